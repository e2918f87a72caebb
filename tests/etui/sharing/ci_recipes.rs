//! The action for GitHub, and the recipes of `etui help ci` for GitHub, GitLab and a container: their lines run in bash as
//! they stand, with the variables that each system sets.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use etui::vault::hex;
use granit_parser::{Event, Parser};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::{Laptop, Team};
use crate::bench::{Outcome, bytes};
use crate::github_env;

const DATABASE_URL: &str = "postgres://db.web.internal/web";

/// YAML as JSON, each scalar as a string.
fn yaml(text: &str) -> Value {
    let mut open: Vec<Vec<Value>> = vec![Vec::new()];
    for event in Parser::new_from_str(text) {
        let closed = match event.unwrap().0 {
            Event::Scalar(text, ..) => Value::from(&*text),
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                open.push(Vec::new());
                continue;
            }
            Event::SequenceEnd => Value::from(open.pop().unwrap()),
            Event::MappingEnd => {
                let parts = open.pop().unwrap();
                let pair = |pair: &[Value]| (pair[0].as_str().unwrap().to_owned(), pair[1].clone());
                Value::Object(parts.chunks(2).map(pair).collect())
            }
            _ => continue,
        };
        open.last_mut().unwrap().push(closed);
    }
    open.pop().unwrap().pop().unwrap()
}

fn action() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/actions/etui/action.yml");
    yaml(&fs::read_to_string(path).unwrap())
}

/// The examples of `help ci` that begin with this line, without their indent.
fn recipes(laptop: &Laptop, first: &str) -> Vec<String> {
    let topic = laptop.etui("help ci").ok().text().to_owned();
    let blocks = topic.split("\n\n").filter(|block| block.starts_with(&format!("  {first}")));
    blocks.map(|block| block.lines().map(|line| line[2..].to_owned() + "\n").collect()).collect()
}

/// A text in which `${{ NAME }}` is replaced.
fn expand(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut parts = text.split("${{ ");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |before, part| {
        let (name, after) = part.split_once(" }}").unwrap();
        before + &value(name) + after
    })
}

/// A team whose vault is in the application's repository, and the key and the token of its CI.
struct Ci {
    team: Team,
    key: String,
    token: String,
}

impl Ci {
    fn new() -> Ci {
        let team = Team::of(&["alice"]);
        let alice = &team.laptops[0];
        alice.etui("project create web").ok();
        alice.etui("cluster create gpu").ok();
        alice.bench.set("DATABASE_URL", DATABASE_URL, &["-p", "web"]);
        alice.bench.set("CERT", "-- begin\nAbCdEfGh\n", &["-c", "gpu"]);
        alice.etui("env set CERT_FILE file:CERT -c gpu").ok();
        alice.etui("link -p web -c gpu").ok();
        alice.etui("key new --output ../ci.key").ok();
        let key = String::from_utf8(bytes(alice.bench.work().join("../ci.key"))).unwrap();
        let recipient = key.lines().find_map(|line| line.strip_prefix("# public key: ")).unwrap();
        alice.etui(&format!("member add ci {recipient}")).ok();
        let token = alice.etui("trust --export").ok().text().trim().to_owned();
        alice.commit();
        alice.git("push -q").ok();
        Ci { team, key, token }
    }

    fn alice(&self) -> &Laptop {
        &self.team.laptops[0]
    }

    /// The line that opens the vault.
    fn secret_line(&self) -> &str {
        self.key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap()
    }

    fn secrets(&self, name: &str) -> String {
        match name {
            "secrets.ETUI_KEY" => self.key.clone(),
            "secrets.ETUI_TRUST" => self.token.clone(),
            other => format!("<{other}>"),
        }
    }
}

/// A machine that runs one job.
struct Runner {
    root: TempDir,
    /// What the system sets for each step.
    variables: BTreeMap<String, String>,
}

impl Runner {
    fn new() -> Runner {
        let root = tempfile::Builder::new().prefix("etui-ci-").tempdir().unwrap();
        let at = |name: &str| root.path().join(name).display().to_string();
        ["bin", "work", "temp", "home"].iter().for_each(|name| fs::create_dir(at(name)).unwrap());
        ["env", "output", "path"].iter().for_each(|name| fs::write(at(name), "").unwrap());
        let etui = Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap().display().to_string();
        let path = format!("{}:{etui}:{}", at("bin"), std::env::var("PATH").unwrap());
        let variables = [
            ("PATH", path),
            ("HOME", at("home")),
            ("CI", "true".to_owned()),
            ("GITHUB_ACTIONS", "true".to_owned()),
            ("GITHUB_WORKSPACE", at("work")),
            ("GITHUB_ENV", at("env")),
            ("GITHUB_OUTPUT", at("output")),
            ("GITHUB_PATH", at("path")),
            ("RUNNER_TEMP", at("temp")),
            ("RUNNER_OS", "Linux".to_owned()),
            ("RUNNER_ARCH", "X64".to_owned()),
        ];
        let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let runner = Runner { root, variables };
        runner.program("npm", "echo \"npm $1: $DATABASE_URL $(cat \"$CERT_FILE\")\"");
        runner
    }

    fn at(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.at(name)).unwrap()
    }

    /// Puts a program on the path.
    fn program(&self, name: &str, script: &str) {
        let file = self.at("bin").join(name);
        fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(file, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn check_out(&self, hub: &Path, place: &str) {
        let clone = Command::new("git").args(["clone", "-q"]).arg(hub).arg(self.at("work").join(place)).output();
        Outcome::from(clone.unwrap()).ok();
    }

    /// Runs lines of a job.
    fn bash(&self, lines: &str, variables: &[(String, String)]) -> Outcome {
        let mut bash = Command::new("bash");
        bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", lines]).current_dir(self.at("work"));
        bash.env_clear().envs(&self.variables).envs(variables.iter().cloned());
        Outcome::from(bash.output().unwrap())
    }

    /// Runs the action with these inputs.
    fn uses(&self, with: &[(&str, &str)]) -> Outcome {
        let action = action();
        let inputs = &action["inputs"];
        assert!(with.iter().all(|(name, _)| inputs.get(*name).is_some()), "{with:?}");
        let given = |name: &str| with.iter().find(|(input, _)| *input == name).map(|(_, value)| (*value).to_owned());
        let default = |name: &str| inputs[name]["default"].as_str().unwrap().to_owned();
        let input = |name: &str| {
            let name = name.strip_prefix("inputs.").unwrap();
            given(name).unwrap_or_else(|| default(name))
        };
        let [step] = &action["runs"]["steps"].as_array().unwrap()[..] else { panic!("{action}") };
        let variables = step["env"].as_object().unwrap();
        let variables = variables.iter().map(|(name, text)| (name.clone(), expand(text.as_str().unwrap(), &input)));
        self.bash(step["run"].as_str().unwrap(), &variables.collect::<Vec<_>>())
    }

    /// What later steps get.
    fn exported(&self) -> BTreeMap<String, String> {
        github_env::read(&self.read("env")).into_iter().collect()
    }

    /// Runs the steps of a job for GitHub. Those that check something out are done before.
    fn steps(&self, steps: &Value, ci: &Ci) -> Vec<Outcome> {
        let mut outcomes = Vec::new();
        for step in steps.as_array().unwrap() {
            let uses = step["uses"].as_str().unwrap_or_default();
            let with = step["with"].as_object().cloned().unwrap_or_default();
            if uses.ends_with(concat!("/.github/actions/etui@v", env!("CARGO_PKG_VERSION"))) {
                outcomes.push(self.uses_with(&with, ci));
            } else if let Some(run) = step["run"].as_str() {
                let exported: Vec<(String, String)> = self.exported().into_iter().collect();
                outcomes.push(self.bash(run, &exported));
            } else {
                assert_eq!(uses, "actions/checkout@v5", "{step}");
            }
        }
        outcomes
    }

    fn uses_with(&self, with: &Map<String, Value>, ci: &Ci) -> Outcome {
        let value = |value: &Value| expand(value.as_str().unwrap(), &|name| ci.secrets(name));
        let with: Vec<(&str, String)> = with.iter().map(|(name, text)| (name.as_str(), value(text))).collect();
        self.uses(&with.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    }
}

const NPM: &str = "npm test: postgres://db.web.internal/web -- begin\nAbCdEfGh\n";

#[test]
fn the_recipes_for_github_give_the_steps_the_environment() {
    let ci = Ci::new();
    let recipes = recipes(ci.alice(), "steps:");
    let [in_the_application, of_its_own] = &recipes[..] else { panic!("{recipes:#?}") };

    let runner = Runner::new();
    runner.check_out(ci.team.hub.path(), ".");
    let outcomes = runner.steps(&yaml(in_the_application)["steps"], &ci);
    let [action, test] = <[Outcome; 2]>::try_from(outcomes).unwrap();
    // The masks are all that it prints: of the key first.
    let values = ["start", "-- begin", "AbCdEfGh", DATABASE_URL];
    let masks = [ci.secret_line()].into_iter().chain(values).map(|line| format!("::add-mask::{line}\n"));
    assert_eq!(action.ok().says("").text(), masks.collect::<String>());
    test.prints(NPM);
    assert_eq!(runner.read("output"), "skipped=false\n");
    let file = &runner.exported()["CERT_FILE"];
    assert!(file.starts_with(&*runner.at("temp").to_string_lossy()), "{file}");
    assert_eq!(runner.exported().keys().collect::<Vec<_>>(), ["A", "CERT", "CERT_FILE", "DATABASE_URL"]);

    // The application has no vault, and a link that does not count; and the variables go to the command alone.
    let runner = Runner::new();
    fs::write(runner.at("work/.etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    runner.check_out(ci.team.hub.path(), "secrets");
    let outcomes = runner.steps(&yaml(of_its_own)["steps"], &ci);
    let [action] = <[Outcome; 1]>::try_from(outcomes).unwrap();
    let printed = action.ok().text().to_owned();
    let (before, after) = printed.split_at(printed.len() - NPM.len());
    assert_eq!(after, NPM);
    assert!(before.lines().all(|line| line.starts_with("::add-mask::")), "{printed}");
    assert!(before.contains(DATABASE_URL) && before.contains("AbCdEfGh"), "{printed}");
    assert!(runner.exported().is_empty());
    assert_eq!(fs::read_dir(runner.at("temp")).unwrap().count(), 0);
}

#[test]
fn the_action_says_that_the_key_is_empty_or_skips() {
    let ci = Ci::new();
    let runner = Runner::new();
    runner.check_out(ci.team.hub.path(), ".");
    // A machine of one's own may have a key, which must not step in.
    let home = runner.at("home/.local/share/etui");
    fs::create_dir_all(&home).unwrap();
    fs::copy(ci.alice().bench.key(), home.join("identity.txt")).unwrap();
    for run in ["", "npm test"] {
        let empty = "error: `ETUI_KEY` is empty: a CI system gives no secrets to the jobs of forks\n \
                     hint: skip this step there; or to use the key of this machine: `unset ETUI_KEY`";
        runner.uses(&[("key", ""), ("trust", ""), ("run", run)]).fails(5, empty);
        runner.uses(&[("key", ""), ("trust", &ci.token), ("run", run)]).fails(5, empty);
        let empty = "error: `ETUI_TRUST` is empty: a CI system gives no secrets to the jobs of forks\n \
                     hint: skip this step there; or to trust what this machine knows: `unset ETUI_TRUST`";
        let outcome = runner.uses(&[("key", &ci.key), ("trust", ""), ("run", run)]);
        outcome.exits(5, &format!("::add-mask::{}\n", ci.secret_line())).says(empty);

        fs::write(runner.at("output"), "").unwrap();
        let outcome = runner.uses(&[("key", ""), ("trust", ""), ("run", run), ("skip-without-key", "true")]);
        outcome.prints("::notice title=etui::skipped: the key is empty, as in a pull request from a fork\n").says("");
        assert_eq!(runner.read("output"), "skipped=true\n");
    }
    assert!(runner.exported().is_empty());
}

#[test]
fn the_action_takes_its_inputs_as_values() {
    let ci = Ci::new();
    let runner = Runner::new();
    runner.check_out(ci.team.hub.path(), ".");
    let uses = |more: &[(&str, &str)]| runner.uses(&[&[("key", &*ci.key), ("trust", &*ci.token)], more].concat());

    uses(&[("only", "A, CERT"), ("run", "echo \"$A $CERT\"; env | grep ^ETUI_ || true")]).ok();
    let printed = uses(&[("run", "echo $A; env | grep -c ^ETUI_WITH || env | grep '^ETUI_KEY' || true")]).ok();
    assert!(printed.text().ends_with("\nstart\n0\n"), "{printed:?}");
    // A command that fails fails the step, at its first line.
    let failed = uses(&[("run", "false | true\necho more")]);
    assert!(failed.code == 1 && !failed.text().contains("more"), "{failed:?}");

    for hostile in ["$(touch pwned)", "`touch pwned`", "x; touch pwned", "x\"; touch pwned; \"", "--force", "-g", "a b"]
    {
        for input in ["vault", "project", "cluster", "only", "except", "directory"] {
            let outcome = uses(&[(input, hostile)]);
            assert_ne!(outcome.code, 0, "{input} {hostile}: {outcome:?}");
        }
    }
    assert!(!runner.at("work/pwned").exists());
    assert!(runner.exported().is_empty());

    // What a pull request chooses never becomes a part of the script.
    let action = action();
    let script = action["runs"]["steps"][0]["run"].as_str().unwrap();
    assert!(!script.contains("${{"), "{script}");
    assert_eq!(action["inputs"]["version"]["default"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn the_action_downloads_etui_and_checks_it() {
    let ci = Ci::new();
    let mut runner = Runner::new();
    runner.check_out(ci.team.hub.path(), ".");
    let path = runner.variables["PATH"].clone();
    let etui = Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap().display().to_string();
    runner.variables.insert("PATH".to_owned(), path.replace(&format!(":{etui}:"), ":"));
    // A server, as curl sees it.
    runner
        .program("curl", r#"for url; do :; done; while [ "$1" != -o ]; do shift; done; cp "$HOME/${url#*://*/}" "$2""#);
    let name = format!("etui-{}-x86_64-unknown-linux-gnu", env!("CARGO_PKG_VERSION"));
    let release = runner.at(&format!("home/releases/download/v{}", env!("CARGO_PKG_VERSION")));
    let packed = release.join(&name);
    fs::create_dir_all(&packed).unwrap();
    fs::write(packed.join("etui"), format!("#!/bin/sh\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_etui"))).unwrap();
    fs::set_permissions(packed.join("etui"), fs::Permissions::from_mode(0o755)).unwrap();
    let archive = format!("{name}.tar.gz");
    let tar = Command::new("tar").args(["-czf", &archive, &name]).current_dir(&release).output();
    Outcome::from(tar.unwrap()).ok();
    let sum = hex::encode(&Sha256::digest(bytes(release.join(&archive))));
    fs::write(release.join("SHA256SUMS"), format!("{sum}  {archive}\n")).unwrap();

    let uses = |more: &[(&str, &str)]| {
        let given = [("key", &*ci.key), ("trust", &*ci.token), ("releases", "https://git.example/releases/download")];
        runner.uses(&[&given, more].concat())
    };
    let at = |what: &str| format!("::error title=etui::{what}\n");
    let refuses = |more: &[(&str, &str)], what: &str| {
        let outcome = uses(more);
        assert!(outcome.code == 1 && outcome.text().ends_with(&at(what)), "{outcome:?}");
        assert!(runner.exported().is_empty());
    };
    let other = "0".repeat(64);
    refuses(&[("sha256", &other)], &format!("the SHA-256 of {name}.tar.gz is {sum}, not {other}"));
    fs::rename(release.join("SHA256SUMS"), release.join("sums")).unwrap();
    let url = format!("https://git.example/releases/download/v{}", env!("CARGO_PKG_VERSION"));
    refuses(&[], &format!("cannot download {url}/SHA256SUMS"));
    fs::write(release.join("SHA256SUMS"), format!("{sum}  other.tar.gz\n")).unwrap();
    refuses(&[], &format!("the SHA-256 of {name}.tar.gz is {sum}, not in SHA256SUMS"));
    fs::rename(release.join("sums"), release.join("SHA256SUMS")).unwrap();
    refuses(
        &[("version", "9.9.9")],
        &format!("cannot download {}", format!("{url}/{name}.tar.gz").replace(env!("CARGO_PKG_VERSION"), "9.9.9")),
    );

    uses(&[("sha256", &sum)]).ok();
    uses(&[]).ok();
    assert_eq!(runner.exported()["DATABASE_URL"], DATABASE_URL);
    // Later steps have it, too.
    let found = runner.read("path").lines().last().unwrap().to_owned();
    assert!(Path::new(&found).join("etui").is_file(), "{found}");
}

#[test]
fn the_recipes_for_gitlab_run_a_command_and_hide_the_values() {
    let ci = Ci::new();
    let recipes = recipes(ci.alice(), "test:");
    let [in_the_application, of_its_own] = &recipes[..] else { panic!("{recipes:#?}") };
    let script = |recipe: &str| {
        let job = yaml(recipe)["test"].clone();
        let lines = ["before_script", "script"].map(|part| job[part].as_array().unwrap().clone()).concat();
        lines.iter().map(|line| format!("{}\n", line.as_str().unwrap())).collect::<String>()
    };
    let variables = |key: &str| {
        [("ETUI_KEY", key), ("ETUI_TRUST", &ci.token), ("CI_JOB_TOKEN", "token"), ("CI_SERVER_HOST", "git.example")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    // What one line can hold, which GitLab masks.
    let variables = variables(ci.secret_line());
    let hidden = "npm test: [DATABASE_URL] [CERT]";

    let mut runner = Runner::new();
    let project = runner.at("work").display().to_string();
    runner.variables.insert("CI_PROJECT_DIR".to_owned(), project);
    runner.check_out(ci.team.hub.path(), ".");
    let outcome = runner.bash(&script(in_the_application), &variables).ok();
    assert!(outcome.text().starts_with(hidden), "{outcome:?}");
    let empty = "error: `ETUI_KEY` is empty: a CI system gives no secrets to the jobs of forks\n \
                 hint: skip this step there; or to use the key of this machine: `unset ETUI_KEY`";
    runner.bash(&script(in_the_application), &[]).fails(5, empty);

    let runner = Runner::new();
    let hub = ci.team.hub.path().display();
    let config = format!("[url \"{hub}\"]\ninsteadOf = https://gitlab-ci-token:token@git.example/acme/secrets.git\n");
    fs::write(runner.at("home/.gitconfig"), config).unwrap();
    fs::write(runner.at("work/.etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    let outcome = runner.bash(&script(of_its_own), &variables).ok();
    assert!(outcome.text().starts_with(hidden), "{outcome:?}");
}

#[test]
fn the_recipe_for_a_container_becomes_the_program() {
    let ci = Ci::new();
    let [recipe] = &recipes(ci.alice(), "COPY ")[..] else { panic!("there is one") };
    let words = |instruction: &str| -> Vec<String> {
        let line = recipe.lines().find_map(|line| line.strip_prefix(instruction)).unwrap();
        serde_json::from_str(line).unwrap()
    };
    let runner = Runner::new();
    let app = runner.at("app");
    fs::create_dir(&app).unwrap();
    fs::copy(ci.alice().file(), app.join("acme.age")).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_etui"), app.join("etui")).unwrap();
    // It shows its process, and what it was given.
    let start = "#!/bin/sh\necho $$ \"$DATABASE_URL\" \"$ETUI_KEY\"\n";
    fs::write(app.join("start"), start).unwrap();
    fs::set_permissions(app.join("start"), fs::Permissions::from_mode(0o755)).unwrap();
    assert!(recipe.contains("\nENV PATH=/app:$PATH ETUI_VAULT=/app/acme.age\n"), "{recipe}");

    let mut line = words("ENTRYPOINT ");
    // A file entry keeps etui beside the program.
    line.splice(line.len() - 1.., ["--except", "CERT_FILE", "--"].map(str::to_owned));
    line.extend(words("CMD "));
    let run = |variables: &[(&str, &str)]| {
        let mut command = Command::new(app.join(&line[0]));
        command.args(&line[1..]).current_dir(&app).env_clear().envs(variables.iter().copied());
        command.env("PATH", "/usr/bin:/bin").env("HOME", runner.at("home")).env("ETUI_VAULT", app.join("acme.age"));
        let child = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
        (child.id(), Outcome::from(child.wait_with_output().unwrap()))
    };
    let (process, outcome) = run(&[("ETUI_KEY", ci.secret_line()), ("ETUI_TRUST", &ci.token)]);
    outcome.prints(&format!("{process} {DATABASE_URL} \n"));
    let (_, outcome) = run(&[("ETUI_KEY", ""), ("ETUI_TRUST", &ci.token)]);
    assert!(outcome.code == 5 && outcome.err.starts_with("error: `ETUI_KEY` is empty: "), "{outcome:?}");
    // A key in a file.
    let key = runner.at("etui_key");
    fs::write(&key, &ci.key).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    let (process, outcome) = run(&[("ETUI_KEY_FILE", key.to_str().unwrap()), ("ETUI_TRUST", &ci.token)]);
    outcome.prints(&format!("{process} {DATABASE_URL} \n"));
}
