//! Links from other people: a cloned repository whose link names one of your vaults, projects or clusters
//! beside its own code. Until you accept the link, etui reads, runs and writes nothing for it.
//!
//! Files that must not be read are replaced by named pipes without a writer, so that opening one would hang.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bench::{Bench, Outcome, bytes, names};
use crate::damage::OPENERS;
use crate::terminal::driver::Terminal;

/// The user's machine: a vault, the user's own link to it in `mine`, and a clone of someone else's
/// repository.
struct Laptop {
    bench: Bench,
}

impl Laptop {
    fn new() -> Laptop {
        let bench = Bench::acme();
        bench.set("A", "stolen", &["-p", "web"]);
        fs::create_dir(bench.work().join("mine")).unwrap();
        fs::create_dir(bench.work().join("clone")).unwrap();
        bench.etui(["--cwd", "mine", "link", "-p", "web"]).ok();
        Laptop { bench }
    }

    fn clone(&self) -> PathBuf {
        self.bench.work().join("clone")
    }

    fn link(&self) -> PathBuf {
        self.clone().join(".etui.toml")
    }

    fn write_link(&self, text: &str) {
        fs::write(self.link(), text).unwrap();
    }

    fn command(&self, line: &str) -> Command {
        let mut command = self.bench.command(line.split(' '));
        command.current_dir(self.clone()).env("EDITOR", "touch edited").env("ETUI_KEY_FILE", self.bench.key());
        command
    }

    /// Runs a command in the clone, with a time limit.
    #[track_caller]
    fn run(&self, line: &str, variables: &[(&str, &str)]) -> Outcome {
        let mut command = self.command(line);
        command.envs(variables.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let end = Instant::now() + Duration::from_secs(30);
        while child.try_wait().unwrap().is_none() {
            if Instant::now() > end {
                child.kill().unwrap();
                panic!("{line} opened a file that it must not open");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Outcome::from(child.wait_with_output().unwrap())
    }

    fn unaccepted(&self) -> String {
        format!(
            "error: the link {} has not been accepted on this machine\n \
             hint: read it, then accept it: `etui link --accept`; or name the vault and the section yourself: \
             `-t TEAM -p PROJECT`",
            self.link().display()
        )
    }
}

/// Replaces files by named pipes without a writer.
fn block_reads(files: &[PathBuf]) {
    files.iter().for_each(|file| drop(fs::remove_file(file)));
    assert!(Command::new("mkfifo").args(files).status().unwrap().success());
}

/// A description, what it puts into the clone, and the vault in the link if that alone makes it refused.
type Case<'a> = (&'a str, &'a dyn Fn(&Laptop), Option<&'a str>);

#[test]
fn nothing_is_read_run_or_written_for_a_link_before_it_is_accepted() {
    let there = |vault: &str| format!("team = \"acme\"\nproject = \"web\"\nvault = \"{vault}\"\n");
    let outside = |link: &Laptop, vault: &str| link.write_link(&there(vault));
    let cases: [Case; 13] = [
        ("a known team's project", &|there| there.write_link("team = \"acme\"\nproject = \"web\"\n"), None),
        ("a known team's cluster", &|there| there.write_link("team = \"acme\"\ncluster = \"gpu\"\n"), None),
        ("a known team", &|there| there.write_link("team = \"acme\"\nredact = true\n"), None),
        ("a foreign vault", &|there| outside(there, "evil.age"), None),
        ("a foreign vault under another name", &|there| there.write_link("vault = \"evil.age\"\n"), None),
        ("a home that only a shell knows", &|there| outside(there, "~/acme.age"), None),
        (
            "a foreign vault by a link in it",
            &|there| {
                symlink("evil.age", there.clone().join("in.age")).unwrap();
                outside(there, "in.age");
            },
            None,
        ),
        (
            "a link that is yours, under its own name",
            &|there| symlink("../mine/.etui.toml", there.link()).unwrap(),
            None,
        ),
        ("a vault beside it", &|there| outside(there, "../../home/acme.age"), Some("../../home/acme.age")),
        (
            "a vault by its whole path",
            &|there| {
                outside(there, there.bench.vault().to_str().unwrap());
            },
            Some("/home/acme.age"),
        ),
        (
            "a vault by a symbolic link",
            &|there| {
                symlink(there.bench.vault(), there.clone().join("out.age")).unwrap();
                outside(there, "out.age");
            },
            Some("out.age"),
        ),
        (
            "a vault below a symbolic link",
            &|there| {
                symlink(there.bench.home(), there.clone().join("dir")).unwrap();
                outside(there, "dir/acme.age");
            },
            Some("dir/acme.age"),
        ),
        ("a vault that is not there yet", &|there| outside(there, "../new.age"), Some("../new.age")),
    ];
    for (at, (what, clone, named)) in cases.into_iter().enumerate() {
        let laptop = Laptop::new();
        let (bench, here) = (&laptop.bench, laptop.clone());
        block_reads(&[bench.vault(), bench.key(), here.join("evil.age")]);
        clone(&laptop);
        let options = match named {
            None => laptop.unaccepted(),
            Some(vault) => {
                format!("{vault}\n hint: put the link above its vault, or name the vault each time: `--vault FILE`")
            }
        };
        let before = || (names(bench.home()), names(bench.work()), names(&here), bytes(bench.pins()));
        let (left, scripts) =
            (before(), ["sync", "merge evil.age", "diff", "trust -y", "git resolve", "set A --value 1"]);
        // All commands for one case of each kind of refusal; for the other cases a few that read, run and
        // write.
        let some = ["get A", "resolve", "run -- touch ran", "list", "set A --value 1 -p api", "status", "scan"];
        let all = if matches!(at, 0 | 8) { OPENERS } else { &[] };
        for line in some.iter().chain(all).chain(&scripts) {
            for variables in [&[][..], &[("ETUI_KEY_COMMAND", "touch asked; false"), ("ETUI_KEY_FILE", "")]] {
                let outcome = laptop.run(line, variables);
                assert_eq!((outcome.code, outcome.text()), (2, ""), "{what}: {line}: {}", outcome.err);
                assert!(outcome.err.trim_end().ends_with(&options), "{what}: {line}: {}", outcome.err);
                assert!(before() == left, "{what}: {line} changed or left a file");
            }
        }
    }
}

#[test]
fn a_command_that_names_its_vault_ignores_the_link() {
    let laptop = Laptop::new();
    let vault = laptop.bench.vault().display().to_string();
    for link in [
        "team = \"acme\"\nproject = \"api\"\n",
        "team = \"acme\"\nproject = \"api\"\nvault = \"../../home/acme.age\"\n",
        "vault = \"/nowhere\"\n",
    ] {
        laptop.write_link(link);
        for options in
            ["-t acme -p web", "--no-link -t acme -p web", &format!("--vault {vault} -p web"), "--no-link -p web"]
        {
            laptop.run(&format!("get A {options}"), &[]).prints("stolen").says("");
            laptop.run(&format!("run {options} -- sh -c exit"), &[]).prints("").says("");
        }
        for (name, options) in [("ETUI_VAULT", &*vault), ("ETUI_TEAM", "acme")] {
            laptop.run("get A -p web", &[(name, options)]).prints("stolen").says("");
        }
    }
    // A new link takes nothing from the link that it replaces.
    laptop.write_link("team = \"acme\"\ncluster = \"gpu\"\n");
    laptop.run("link -t acme -p api", &[]).ok();
    assert_eq!(fs::read_to_string(laptop.link()).unwrap(), "team = \"acme\"\nproject = \"api\"\n");
    // A link that is invalid anyway is not accepted.
    laptop.write_link("team = \"acme\"\nvault = \"../mine.age\"\n");
    assert_eq!(laptop.run("link --accept", &[]).code, 2);
}

#[test]
fn a_terminal_asks_and_the_answer_covers_only_this_link_as_it_is() {
    let laptop = Laptop::new();
    let asked = |line: &str, answer: &str| {
        let mut terminal = Terminal::script(r#""$@""#, laptop.command(line).env("TERM", "dumb"));
        terminal.sees("Do you know this link and accept it? [y/N] ").types(answer);
        terminal.ends()
    };
    let not_asked = |line: &str| Terminal::script(r#""$@""#, laptop.command(line).env("TERM", "dumb")).ends();
    laptop.write_link("team = \"acme\"\nproject = \"web\"\n");
    let (pins, vault, key) = (bytes(laptop.bench.pins()), bytes(laptop.bench.vault()), bytes(laptop.bench.key()));
    block_reads(&[laptop.bench.vault(), laptop.bench.key()]);
    for line in ["get A", "run -- touch ran", "set A --value 1", "list", "trust", "member list"] {
        let left = asked(line, "\r");
        assert_eq!(left.code, 1, "{line}: {left:?}");
        assert!(left.screen.contains("says: team acme, project web."), "{line}: {left:?}");
        // No option accepts a link that the user has not looked at.
        for options in ["-y", "--no-input", "-y --no-input"] {
            let left = not_asked(&format!("{options} {line}"));
            assert_eq!(left.code, 2, "{options} {line}: {left:?}");
            assert!(left.screen.ends_with(&format!("{}\n", laptop.unaccepted())), "{options} {line}: {left:?}");
        }
    }
    assert_eq!(names(laptop.clone()), [".etui.toml"]);
    assert!(bytes(laptop.bench.pins()) == pins);
    for (file, text) in [(laptop.bench.vault(), vault), (laptop.bench.key(), key)] {
        fs::remove_file(&file).unwrap();
        fs::write(&file, text).unwrap();
        fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }
    let left = asked("get A", "y\r");
    assert!(left.code == 0 && left.screen.ends_with("stolen\n"), "{left:?}");
    laptop.run("get A", &[]).prints("stolen");
    // A change of the findings that scan allows needs no new acceptance; any other change does.
    laptop.write_link("team = \"acme\"\nproject = \"web\"\nallow = [\"x\"]\n");
    laptop.run("get A", &[]).prints("stolen");
    for changed in ["team = \"acme\"\nproject = \"api\"\n", "team = \"acme\"\nproject = \"web\"\ncluster = \"gpu\"\n"] {
        laptop.write_link(changed);
        laptop.run("get A", &[]).fails(2, &laptop.unaccepted());
        assert_eq!(asked("get A", "n\r").code, 1);
    }
    // Only the link in this directory was accepted, not a copy in another directory.
    laptop.write_link("team = \"acme\"\nproject = \"web\"\n");
    let copy = laptop.clone().join("copy");
    fs::create_dir(&copy).unwrap();
    fs::copy(laptop.link(), copy.join(".etui.toml")).unwrap();
    assert_eq!(laptop.run("--cwd copy get A", &[]).code, 2);
    // The directory may be reached by another path.
    symlink(laptop.clone(), laptop.bench.work().join("other")).unwrap();
    laptop.bench.etui(["--cwd", "other", "get", "A"]).prints("stolen");
}

#[test]
fn a_link_that_is_not_a_text_file_is_refused_without_waiting() {
    let laptop = Laptop::new();
    type Make<'m> = &'m dyn Fn(&Path);
    let put = |make: Make<'_>| {
        drop(fs::remove_file(laptop.link()));
        make(&laptop.link());
    };
    let nothing: [(Make<'_>, &str); 5] = [
        (&|link| symlink("/dev/zero", link).unwrap(), "not a file"),
        (&|link| assert!(Command::new("mkfifo").arg(link).status().unwrap().success()), "not a file"),
        (&|link| fs::File::create(link).unwrap().set_len(1 << 40).unwrap(), "more than 65536 bytes"),
        (&|link| fs::write(link, b"team = '\xff'\n").unwrap(), "not UTF-8 text"),
        (&|link| fs::write(link, "#".repeat(65537)).unwrap(), "more than 65536 bytes"),
    ];
    for (make, why) in nothing {
        put(make);
        for line in ["status", "get A", "run -- true", "link", "unlink", "link --accept"] {
            let link = laptop.link();
            let options =
                format!("error: cannot read the link {}: {why}\n hint: `--no-link` ignores it", link.display());
            laptop.run(line, &[]).fails(1, &options);
        }
        let below = laptop.clone().join("below");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(laptop.run("--cwd below get A", &[]).code, 1);
        laptop.run("get A --no-link -p web", &[]).prints("stolen");
    }
}
