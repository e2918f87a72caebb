//! `init`: creates a vault, and a key if there is none, and says what to do next.

use std::fs;

use etui::report::now;

use crate::bench::{Bench, bytes, names};
use crate::terminal::driver::Terminal;

#[test]
fn creates_a_key_and_a_vault_and_says_what_to_do_next() {
    let bench = Bench::new();
    let made = bench.etui(["init", "acme", "-p", "web", "-c", "gpu"]).prints("");
    let fingerprint = made.err.lines().nth(1).unwrap().strip_prefix("vault fingerprint vault:").unwrap().to_owned();
    assert_eq!(fingerprint.len(), 43);
    made.says(&format!(
        "created the vault of team acme, with member alice: {}\n\
         vault fingerprint vault:{fingerprint}\n\
         back up {}: without it nobody opens this vault; on paper: `etui key backup`\n\
         next: `etui link -t acme -p web`, then `etui set NAME`",
        bench.vault().display(),
        bench.key().display(),
    ));
    let mut left = names(bench.home());
    left.retain(|name| !name.ends_with(".lock"));
    assert_eq!(left, ["acme.age", "identity.txt", "state"]);
    bench.etui(["project", "list", "-j"]).ok();
    bench
        .sh("etui link -t acme -p web 2>&1 >/dev/null && printf x | etui set NAME")
        .says("created NAME in project web of team acme");
}

#[test]
fn an_existing_vault_is_a_conflict_and_is_untouched() {
    let bench = Bench::acme();
    let (vault, key) = (bytes(bench.vault()), bytes(bench.key()));
    bench.etui(["init", "acme"]).fails(
        4,
        &format!(
            "error: {} already exists\n \
             hint: to see what is in it: `etui list --all --vault {}`",
            bench.vault().display(),
            bench.vault().display()
        ),
    );
    assert_eq!((bytes(bench.vault()), bytes(bench.key())), (vault, key));
    // A second team uses the same key.
    let second = bench.etui(["init", "umbrella", "-j"]).ok().document();
    assert_eq!(second["key"], bench.key().display().to_string());
    assert_eq!(second["member"], "alice");
    let fields: Vec<&String> = second.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["team", "vault", "fingerprint", "member", "key", "link"]);
}

#[test]
fn bad_names_are_refused_before_anything_is_created() {
    let bench = Bench::new();
    let lower = " hint: a lower-case letter or digit, then lower-case letters, digits, `.`, `_` and `-`: `acme`";
    let long = "a".repeat(65);
    for (arguments, message) in [
        (&["init", "Acme"][..], format!("error: `Acme`: not a team name: character 1 is not allowed\n{lower}")),
        (&["init", &long], format!("error: `{long}`: not a team name: longer than 64 characters\n{lower}")),
        (&["init", ""], format!("error: the team name is empty\n{lower}")),
        (
            &["init", "acme", "--as", "Al ice"],
            format!("error: `Al ice`: not a member name: character 1 is not allowed\n{lower}"),
        ),
        (
            &["init", "acme", "-p", "a/b"],
            "error: `a/b`: not a project or cluster id: character 2 is not allowed\n \
             hint: a letter or digit, then letters, digits, `.`, `_` and `-`: `web-eu.1`"
                .to_owned(),
        ),
    ] {
        bench.etui(arguments).fails(2, &message);
        assert!(!bench.home().exists(), "{arguments:?}");
    }
    bench.etui(["init", "a", "--as", "9.x-y_z", "-p", &"W".repeat(64)]).ok();
}

#[test]
fn the_member_name_defaults_to_the_login_name() {
    let bench = Bench::new();
    let member = |user: &str, team: &str| {
        bench.with(&[("USER", user)], ["init", team, "-j"]).ok().document()["member"].as_str().unwrap().to_owned()
    };
    assert_eq!(member("Alice", "one"), "alice");
    assert_eq!(member("DOMAIN\\bob", "two"), "domainbob");
    let message = bench.with(&[("USER", "!")], ["init", "three"]);
    message.fails(
        2,
        "error: no member name is given, and there is no terminal to ask\n \
         hint: `etui init TEAM --as MEMBER`",
    );
}

#[test]
fn a_vault_is_linked_only_inside_a_repository() {
    let bench = Bench::new();
    bench.sh("git init -q repo && mkdir repo/src plain").ok();
    let made = bench.etui(["--cwd", "repo/src", "init", "acme", "--vault", "../team.age", "-p", "web"]).ok();
    let link = bench.work().join("repo/.etui.toml");
    assert_eq!(fs::read_to_string(&link).unwrap(), "team = \"acme\"\nvault = \"team.age\"\n");
    assert!(made.err.contains(&format!("linked by {}\n", link.display())), "{}", made.err);
    let share = format!(
        "\nto share it: `etui git install`, `git add {} ../.gitattributes ../team.age`, `git commit` and `git push`; \
         later `etui sync`\n",
        link.display()
    );
    assert!(made.err.ends_with(&share), "{}", made.err);
    // The suggested command works there.
    bench.sh("cd repo/src && etui link -t acme -p web && printf x | etui set NAME").ok();
    // A link to another team is not replaced.
    let beta = bench.etui(["--cwd", "repo", "init", "beta", "--vault", "b.age", "-p", "api"]).ok();
    assert!(beta.err.contains("repo/.etui.toml links team acme, and was left as it is\n"), "{}", beta.err);
    assert!(beta.err.contains("next: `etui link --vault "), "{}", beta.err);
    assert!(fs::read_to_string(&link).unwrap().contains("team = \"acme\""));
    bench.etui(["--cwd", "plain", "init", "gamma", "--vault", "v.age"]).ok();
    assert_eq!(names(bench.work().join("plain")).iter().filter(|name| *name == ".etui.toml").count(), 0);
}

#[test]
fn the_suggested_command_works_for_a_vault_elsewhere_too() {
    let bench = Bench::new();
    let made = bench.etui(["init", "acme", "--vault", "v.age", "-p", "web"]).ok();
    let next = made.err.lines().find_map(|line| line.strip_prefix("next: ")).unwrap();
    let first = next.split(", ").next().unwrap().trim_matches('`');
    bench.sh(first).ok();
}

#[test]
fn a_vault_is_dated_when_its_founder_has_answered_not_when_the_command_began() {
    let bench = Bench::new();
    let mut terminal = Terminal::etui(&bench, ["init", "acme"]);
    terminal.sees("Your name in the vault [alice]: ");
    let asked = now();
    while now() == asked {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    terminal.types("\r").sees("Passphrase for your key (Enter for none): ").types("\r");
    assert_eq!(terminal.ends().code, 0);
    let trust = bench.etui(["trust"]).ok();
    let written = trust.text().lines().nth(1).unwrap().strip_prefix("written by alice at ").unwrap();
    assert!(written > asked.to_string().as_str(), "written at {written}, asked at {asked}");
}

/// What `git status` shows of an unborn or clean branch.
fn untracked(bench: &Bench, tree: &str) -> String {
    bench.sh(&format!("git -C {tree} status --porcelain --untracked-files=all")).ok().text().to_owned()
}

#[test]
fn git_does_not_see_the_lock_of_a_new_vault_and_the_hints_lead_to_a_shared_one() {
    let bench = Bench::new();
    bench.sh("git init -q repo; git -C repo config user.name a; git -C repo config user.email a@b").ok();
    let made = bench.etui(["--cwd", "repo", "init", "acme", "--vault", "secrets/acme.age"]).ok();
    let share = made.err.lines().last().unwrap();
    assert_eq!(
        share,
        "to share it: `etui git install`, `git add .etui.toml secrets/.gitattributes secrets/acme.age`, \
         `git commit` and `git push`; later `etui sync`"
    );
    assert_eq!(untracked(&bench, "repo"), "?? .etui.toml\n?? secrets/acme.age\n");
    let commands: Vec<&str> = share.split('`').skip(1).step_by(2).take(3).collect();
    bench.sh(&format!("cd repo; {}; {}; {} -qm first", commands[0], commands[1], commands[2])).ok();
    assert_eq!(untracked(&bench, "repo"), "");

    // A work tree has no `info/exclude` of its own.
    bench.sh("rm repo/.git/info/exclude; git -C repo worktree add -q ../tree").ok();
    bench.etui(["--cwd", "tree", "init", "beta", "--vault", "beta.age", "--no-link"]).ok();
    assert_eq!(untracked(&bench, "tree"), "?? beta.age\n");
    // What is ignored stays ignored, and the hint for the vault says what it takes.
    bench.sh("git init -q ignored; echo '*.age*' > ignored/.gitignore").ok();
    let made = bench.etui(["--cwd", "ignored", "init", "gamma", "--vault", "gamma.age"]).ok();
    assert!(made.err.contains("`git add --force .etui.toml .gitattributes gamma.age`"), "{}", made.err);
    assert_eq!(untracked(&bench, "ignored"), "?? .etui.toml\n?? .gitignore\n");
}

#[test]
fn a_terminal_is_asked_whether_to_set_up_git_before_anything_is_made() {
    let bench = Bench::new();
    bench.sh("git init -q .").ok();
    let question = "Set up this clone too, so that git merges the vault secret by secret? [y/N] ";
    let ask = |line: &str| {
        let mut terminal = Terminal::etui(&bench, line.split(' '));
        terminal.sees(question);
        terminal
    };
    let mut terminal = ask("init acme --as alice --vault acme.age");
    terminal.types("\x03");
    assert_eq!(terminal.ends().code, 130);
    assert!(!bench.home().exists() && !bench.work().join("acme.age").exists());

    let mut terminal = ask("init acme --as alice --vault acme.age");
    terminal.types("y\r").sees("Passphrase for your key (Enter for none): ").types("\r");
    let left = terminal.ends();
    assert_eq!(left.code, 0, "{left:?}");
    assert!(left.screen.contains("set up: the merge driver and the diff of this clone"), "{left:?}");
    assert!(
        left.screen.ends_with(
            "to share it: `git add .etui.toml .gitattributes acme.age`, `git commit` and `git push`; later `etui sync`\n"
        ),
        "{left:?}"
    );
    assert_eq!(untracked(&bench, "."), "?? .etui.toml\n?? .gitattributes\n?? acme.age\n");
    // Without a repository there is no question.
    let outside = Terminal::etui(&bench, ["init", "beta", "--as", "alice"]).ends();
    assert!(outside.code == 0 && !outside.screen.contains("git"), "{outside:?}");
}
