//! `init`: creates a vault, and a key if there is none, and says what to do next.

use std::fs;

use etui::report::now;

use crate::bench::{Bench, bytes, names};
use crate::terminal::driver::Terminal;

#[test]
fn creates_a_key_and_a_vault_and_says_what_to_do_next() {
    let bench = Bench::new();
    let made = bench.etui(["init", "acme", "-p", "web", "-c", "gpu"]).prints("");
    let fingerprint = made.err.lines().nth(1).unwrap().strip_prefix("fingerprint vault:").unwrap().to_owned();
    assert_eq!(fingerprint.len(), 43);
    made.says(&format!(
        "created the vault of team acme, with member alice: {}\nfingerprint vault:{fingerprint}\n\
         back up {}: without it nobody opens this vault\nnext: `etui link -t acme -p web`, then `etui set NAME`",
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
    for directory in ["repo/.git", "repo/src", "plain"] {
        fs::create_dir_all(bench.work().join(directory)).unwrap();
    }
    let made = bench.etui(["--cwd", "repo/src", "init", "acme", "--vault", "../team.age", "-p", "web"]).ok();
    let link = bench.work().join("repo/.etui.toml");
    assert_eq!(fs::read_to_string(&link).unwrap(), "team = \"acme\"\nvault = \"team.age\"\n");
    assert!(made.err.contains(&format!("linked by {}\n", link.display())), "{}", made.err);
    assert!(
        made.err.ends_with("\nto share it: `etui git install` before the first `git add`, then `etui sync`\n"),
        "{}",
        made.err
    );
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
