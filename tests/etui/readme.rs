//! The README is true: its transcripts are run, and so is its first command.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bench::{Bench, Outcome};
use crate::update;

fn readme() -> String {
    fs::read_to_string(path()).unwrap()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The code blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Whether what a command printed is what the README shows.
pub fn matches(printed: &str, shown: &str) -> bool {
    let mut pairs = printed.lines().zip(shown.lines());
    printed.lines().count() == shown.lines().count() && pairs.all(|(line, shown)| matches_line(line, shown))
}

/// Whether a line matches the README, where `…` stands for anything.
fn matches_line(line: &str, shown: &str) -> bool {
    let mut pieces = shown.split('…');
    let first = pieces.next().unwrap();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        let is_last = at + 1 == pieces.len();
        let found = if is_last { rest.ends_with(piece).then(|| rest.len() - piece.len()) } else { rest.find(piece) };
        let Some(found) = found else { return false };
        rest = &rest[found + piece.len()..];
    }
    rest.is_empty()
}

/// One command of a transcript: `$ etui list`, or `bob$ etui list` on the laptop of bob.
pub struct Step {
    person: String,
    pub command: String,
    pub shown: String,
}

/// The steps of a transcript. Each ends where the next prompt stands.
fn steps(block: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        let prompt = line.split_once("$ ").filter(|(person, _)| person.bytes().all(|byte| byte.is_ascii_lowercase()));
        match (prompt, steps.last_mut()) {
            (Some((person, command)), _) => {
                let (person, command) = (person.to_owned(), command.to_owned());
                steps.push(Step { person, command, shown: String::new() });
            }
            (None, Some(step)) => step.shown += &format!("{line}\n"),
            (None, None) => panic!("a transcript starts with {line:?}"),
        }
    }
    steps
}

/// The steps of the first transcript, on one laptop.
pub fn first_transcript() -> Vec<Step> {
    let steps = steps(&blocks(&readme(), "console")[0]);
    assert!(steps.iter().all(|step| step.person.is_empty()), "one laptop");
    steps
}

/// A command in which each word that ends in `…` is the last word with this beginning that a command printed: the line
/// that one person sends to another.
fn with_sent(command: &str, printed: &str) -> String {
    let mut words: Vec<&str> = command.split(' ').collect();
    for word in &mut words {
        let Some(beginning) = word.strip_suffix('…') else { continue };
        let sent = printed.split_whitespace().rfind(|sent| sent.starts_with(beginning));
        *word = sent.unwrap_or_else(|| panic!("nothing printed {word}"));
    }
    words.join(" ")
}

/// The laptop of a reader who types what the README shows, and the directory where the last command left off.
pub struct Laptop {
    bench: Bench,
    directory: PathBuf,
    /// All the files that a command sees there, if not those of this machine.
    root: Option<PathBuf>,
}

impl Laptop {
    /// A laptop whose git knows its user, and finds the repositories of `git.example` in a directory.
    fn new(person: &str, hub: &Path) -> Laptop {
        let bench = Bench::new();
        let config = format!(
            "[user]\nname = {person}\nemail = {person}@git.example\n[init]\ndefaultBranch = main\n\
             [url \"{}/\"]\ninsteadOf = git@git.example:\n",
            hub.display()
        );
        fs::write(bench.work().parent().unwrap().join(".gitconfig"), config).unwrap();
        let directory = bench.work();
        Laptop { bench, directory, root: None }
    }

    /// A laptop with these files alone, among them a shell, and with an empty home.
    pub fn in_root(root: PathBuf) -> Laptop {
        fs::create_dir_all(root.join("home/work")).unwrap();
        Laptop { bench: Bench::new(), directory: "/home/work".into(), root: Some(root) }
    }

    /// Types a line. Both streams are one, as in a terminal, and a `cd` lasts.
    pub fn types(&mut self, command: &str, files: &str) -> String {
        // The reader of the README has the files that it shows.
        if let Some(file) = command.strip_prefix("cat ") {
            fs::write(self.seen(&self.directory.join(file)), files).unwrap();
        }
        let left = match self.root {
            Some(_) => PathBuf::from("/directory"),
            None => self.bench.home().with_file_name("directory"),
        };
        let script =
            format!("exec 2>&1; cd '{}' || exit; {command}; pwd >'{}'", self.directory.display(), left.display());
        let outcome = Outcome::from(self.shell().args(["-c", &script]).output().unwrap());
        self.directory = fs::read_to_string(self.seen(&left)).unwrap().trim_end().into();
        outcome.text().to_owned()
    }

    /// The path by which this test sees a file of the laptop.
    fn seen(&self, path: &Path) -> PathBuf {
        match &self.root {
            Some(root) => root.join(path.strip_prefix("/").unwrap()),
            None => path.to_owned(),
        }
    }

    fn shell(&self) -> Command {
        let Some(root) = &self.root else {
            let bin = Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap();
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            let mut shell = Command::new("sh");
            self.bench.as_user(&mut shell).env("PATH", path);
            return shell;
        };
        // Root may change the root; somebody else becomes root of a user namespace for it.
        let is_root = rustix::process::geteuid().is_root();
        let before: &[&str] = if is_root { &[] } else { &["unshare", "--user", "--map-root-user"] };
        let mut shell = Command::new("env");
        shell.args(before).arg("chroot").arg(root).arg("/bin/sh").env_clear();
        shell.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", "/home").stdin(Stdio::null());
        shell
    }
}

#[test]
fn its_transcripts_are_true() {
    let hub = tempfile::tempdir().unwrap();
    for repository in ["secrets", "web"] {
        let bare = hub.path().join(format!("acme/{repository}.git"));
        let init = ["-c", "init.defaultBranch=main", "init", "--quiet", "--bare"];
        assert!(Command::new("git").args(init).arg(bare).status().unwrap().success());
    }
    // The application exists already.
    let mut first = Laptop::new("someone", hub.path());
    first.types(
        "git clone -q git@git.example:acme/web && cd web && git commit -q --allow-empty -m start && git push -q",
        "",
    );
    let mut laptops: BTreeMap<String, Laptop> = BTreeMap::new();
    let (mut run, mut all) = (0, String::new());
    // The README as it is rewritten, and how much of it is behind us.
    let (mut rewritten, mut done) = (readme(), 0);
    for step in blocks(&readme(), "console").iter().flat_map(|block| steps(block)) {
        // A build without the console has no `etui ui`.
        if step.command.starts_with("etui ui ") && cfg!(not(feature = "ui")) {
            continue;
        }
        let Step { person, command, shown } = &step;
        let laptop = laptops.entry(person.clone()).or_insert_with(|| Laptop::new(person, hub.path()));
        let printed = laptop.types(&with_sent(command, &all), shown);
        all += &printed;
        let same = matches(&printed, shown);
        let printed: Vec<&str> = printed.lines().collect();
        let lines: Vec<&str> = shown.lines().collect();
        let step = format!("{person}$ {command}\n{shown}");
        done += rewritten[done..].find(&step).unwrap();
        let mut text = step.clone();
        if !same && update::is_on() {
            // A line that still matches keeps its `…`.
            let lines = printed.iter().map(|line| lines.iter().find(|shown| matches_line(line, shown)).unwrap_or(line));
            text = format!("{person}$ {command}\n");
            text.extend(lines.map(|line| format!("{line}\n")));
            rewritten.replace_range(done..done + step.len(), &text);
        } else {
            assert!(same, "{person}$ {command}\nprinted {printed:#?}\nbut the README shows {lines:#?}");
        }
        done += text.len();
        run += 1;
    }
    if rewritten != readme() {
        fs::write(path(), rewritten).unwrap();
    }
    assert!(run > 15, "only {run} commands were found in the README");
}

#[test]
fn the_demo_vault_opens_with_its_published_key() {
    let bench = Bench::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let resolve_with = |key: &str, scope: &[&str]| {
        let key = fs::read_to_string(fixtures.join(key)).unwrap();
        let vault = fixtures.join("demo.age");
        let arguments = ["resolve", "--vault", vault.to_str().unwrap()].into_iter().chain(scope.iter().copied());
        Outcome::from(bench.command(arguments).env("ETUI_KEY", &key).output().unwrap())
    };
    let resolve = |scope: &[&str]| resolve_with("identity.txt", scope);
    resolve(&["-g"]).prints(
        "DATABASE_URL=postgres://demo@db.internal:5432/shared\nLOG_LEVEL=info\nSTRIPE_KEY=sk_test_not_a_real_key\n",
    );
    let merged = "DATABASE_URL=postgres://web@db.web.internal:5432/web\n\
         GREETING=\"it's a demo\"\n\
         LOG_LEVEL=info\n\
         MODEL_DIR=/mnt/models\n\
         STRIPE_KEY=sk_test_not_a_real_key\n\
         TLS_KEY=MC4CAQAwBQYDK2VwBCIEIJn44gZ1KD2SV3SLifRWxAOdn6+TDryYOVMEvGtlTRTH\n";
    // A newcomer's first output has no warning.
    resolve(&["-p", "web", "-c", "gpu"]).prints(merged).says("");

    // Cluster prod is closed to another published key.
    let closed = resolve(&["-c", "prod"]);
    assert!(closed.code == 5 && closed.out.is_empty() && closed.err.contains("closed to your key"), "{closed:?}");
    resolve_with("production.txt", &["-c", "prod"]).prints(
        "DATABASE_URL=postgres://prod@db.internal:5432/shop\nLOG_LEVEL=warning\nSTRIPE_KEY=sk_live_not_a_real_key\n",
    );
}

#[test]
#[ignore = "long: builds the release"]
fn its_first_command_prints_a_merged_environment() {
    let commands = blocks(&readme(), "sh").concat();
    let first = commands.lines().find(|line| line.contains("cargo run")).unwrap();
    let mut shell = Command::new("sh");
    let home = tempfile::tempdir().unwrap();
    // Its pins are those of a machine on which etui has never run.
    shell.args(["-c", first]).current_dir(env!("CARGO_MANIFEST_DIR")).env("ETUI_HOME", home.path());
    let outcome = Outcome::from(shell.output().unwrap());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(!outcome.err.contains("warning: "), "{}", outcome.err);
    assert!(outcome.text().starts_with("DATABASE_URL=postgres://web@db.web.internal:5432/web\n"), "{}", outcome.text());
}
