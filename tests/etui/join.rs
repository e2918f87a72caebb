//! `join` in a clone: the link that it brought, and what comes next.

use std::fs;
use std::path::PathBuf;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

/// A team that shares its vault by git, and somebody new with a clone of it.
struct Team {
    alice: Bench,
    bob: Bench,
}

impl Team {
    fn new() -> Team {
        let team = Team { alice: Bench::new(), bob: Bench::new() };
        let names = "git config user.name a; git config user.email a@b";
        team.alice.sh(&format!("git init -q -b main .; {names}")).ok();
        team.alice.etui(["init", "acme", "--vault", "acme.age", "-p", "web", "--as", "alice"]).ok();
        team.alice.etui(["link", "-p", "web"]).ok();
        team.alice.set("A", "value", &[]);
        team.alice.sh("git add -A; git commit -qm first").ok();
        let alice = team.alice.work();
        team.bob.sh(&format!("git clone -q {} .; {names}", alice.display())).ok();
        team
    }

    fn link(&self) -> PathBuf {
        self.bob.work().join(".etui.toml")
    }

    fn join(&self, options: &str) -> Outcome {
        self.bob.etui(["join", "--as", "bob"].into_iter().chain(options.split_whitespace()))
    }

    /// Alice runs the line and shares the vault.
    fn admit(&self, line: &str) {
        let added = self.alice.sh(line).ok();
        assert!(added.err.ends_with("\nnote: bob opens it once you have shared it: `etui sync`\n"), "{}", added.err);
        self.alice.sh("git commit -qam bob").ok();
    }
}

fn key_fingerprint(bench: &Bench) -> String {
    bench.etui(["key", "show", "-j"]).ok().document()["fingerprint"].as_str().unwrap().to_owned()
}

#[test]
fn without_a_terminal_join_says_how_to_accept_the_link_and_what_comes_next() {
    let team = Team::new();
    let joined = team.join("");
    let (print, key) = (key_fingerprint(&team.bob), team.bob.key());
    let line = joined.text().to_owned();
    joined.ok().says(&format!(
        "send this line to a writer of the team; it holds no secret\n\
         your key fingerprint {print}; compare it by voice with what `etui member list` shows to the writer\n\
         back up {}: there is no other copy; on paper: `etui key backup`\n\
         note: the link {} says: team acme, project web, vault acme.age; if you know it, accept it: `etui link --accept`\n\
         once a writer has run it and shared the vault: `git pull`, then `etui run -- COMMAND`",
        key.display(),
        team.link().display(),
    ));
    let document = team.join("-j").ok().document();
    assert_eq!((&document["link"]["project"], &document["accepted"]), (&"web".into(), &false.into()));

    // Each step, as it was printed.
    team.admit(line.trim_end());
    assert!(team.alice.etui(["member", "list"]).ok().text().contains(&print));
    team.bob.etui(["link", "--accept"]).ok();
    team.bob.sh("git pull -q && etui run -- sh -c 'echo $A'").prints("value\n");
    assert_eq!(team.join("-j").ok().document()["accepted"], true);
    assert!(!team.join("").ok().err.contains("link"));
}

#[test]
fn a_terminal_is_asked_about_the_link_before_anything_is_made() {
    let team = Team::new();
    let question = format!(
        "{} says: team acme, project web, vault acme.age. Do you know this link and accept it? [y/N] ",
        team.link().display()
    );
    let ask = |answer: &str| {
        let mut terminal = Terminal::etui(&team.bob, ["join", "--as", "bob"]);
        terminal.sees(&question).types(answer);
        terminal
    };
    assert_eq!(ask("\x03").ends().code, 130);
    assert!(!team.bob.home().exists());

    let mut terminal = ask("n\r");
    terminal.sees("Passphrase for your key (Enter for none): ").types("\r");
    let left = terminal.ends();
    assert!(left.code == 0 && left.screen.contains("if you know it, accept it: `etui link --accept`"), "{left:?}");
    assert_eq!(team.bob.etui(["list"]).code, 2);

    let left = ask("y\r").ends();
    let accepted = format!("\naccepted {}: team acme, project web, vault acme.age\n", team.link().display());
    assert!(left.code == 0 && left.screen.contains(&accepted), "{left:?}");
    assert_eq!(team.bob.etui(["list"]).code, 5);
    let left = Terminal::etui(&team.bob, ["join", "--as", "bob"]).ends();
    assert!(left.code == 0 && !left.screen.contains("link"), "{left:?}");
}

#[test]
fn a_link_that_cannot_be_used_keeps_nobody_from_joining() {
    let team = Team::new();
    for text in ["team = ", "team = \"acme\"\nvault = \"../acme.age\"\n"] {
        fs::write(team.link(), text).unwrap();
        let joined = team.join("").ok();
        assert!(joined.text().starts_with("etui member add bob etui1"), "{joined:?}");
        assert!(joined.err.starts_with("warning: "), "{joined:?}");
    }
    assert!(!team.join("--no-link").ok().err.contains("warning"));
}
