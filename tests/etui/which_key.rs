//! Which key is used: `-i`, `ETUI_KEY`, `ETUI_KEY_FILE`, `ETUI_KEY_COMMAND`, or the default file; and the
//! command `key`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, bytes, feed};

/// A file with a stranger's key.
fn stranger(bench: &Bench) -> String {
    bench.etui(["key", "new", "--output", "stranger"]).ok();
    bench.work().join("stranger").display().to_string()
}

#[test]
fn the_first_source_of_a_key_wins() {
    let bench = Bench::acme();
    let (key, text) = (bench.key().display().to_string(), fs::read_to_string(bench.key()).unwrap());
    let stranger = stranger(&bench);
    let other = fs::read_to_string(&stranger).unwrap();
    let (cat_key, cat_other) = (format!("cat '{key}'"), format!("cat '{stranger}'"));
    for (variables, options, opens) in [
        (&[][..], &[][..], true),
        (&[("ETUI_KEY_COMMAND", &cat_other[..])], &[], false),
        (&[("ETUI_KEY_COMMAND", &cat_key)], &[], true),
        (&[("ETUI_KEY_FILE", &key), ("ETUI_KEY_COMMAND", &cat_other)], &[], true),
        (&[("ETUI_KEY_FILE", &stranger), ("ETUI_KEY_COMMAND", &cat_key)], &[], false),
        (&[("ETUI_KEY", &text), ("ETUI_KEY_FILE", &stranger)], &[], true),
        (&[("ETUI_KEY", &other), ("ETUI_KEY_FILE", &key)], &[], false),
        (&[("ETUI_KEY", &other)], &["-i", &key], true),
        (&[("ETUI_KEY", &text)], &["-i", &stranger], false),
        // Several keys: any of them may open the vault.
        (&[], &["-i", &stranger, "-i", &key], true),
        // An empty variable is ignored, but not one that a CI system leaves empty in place of a key.
        (&[("ETUI_KEY_FILE", ""), ("ETUI_KEY_COMMAND", "")], &[], true),
        (&[("ETUI_KEY", ""), ("ETUI_KEY_FILE", &key), ("ETUI_KEY_COMMAND", &cat_key)], &[], false),
        (&[("ETUI_KEY", "\n")], &[], false),
        (&[("ETUI_KEY", "")], &["-i", &key], true),
    ] {
        let outcome = bench.with(variables, ["list", "-g"].iter().chain(options));
        assert_eq!(outcome.code, if opens { 0 } else { 5 }, "{options:?} {}", outcome.err);
    }
}

#[test]
fn an_empty_variable_where_a_fork_has_no_secrets_is_an_error() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let says = |name: &str, instead: &str| {
        format!(
            "error: `{name}` is empty: a CI system gives no secrets to the jobs of forks\n \
             hint: skip this step there; or to {instead}: `unset {name}`"
        )
    };
    let (key, trust) = ("use the key of this machine", "trust what this machine knows");
    let get = |variables: &[(&str, &str)]| bench.with(variables, ["get", "A", "-g"]);
    get(&[("ETUI_KEY", "")]).fails(5, &says("ETUI_KEY", key));
    get(&[("ETUI_TRUST", " ")]).fails(5, &says("ETUI_TRUST", trust));
    get(&[("ETUI_KEY", ""), ("ETUI_TRUST", "")]).fails(5, &says("ETUI_KEY", key));
    let printed = bench.with(&[("ETUI_KEY", "")], ["get", "A", "-g", "-j"]);
    assert_eq!(printed.code, 5);
    assert!(printed.err.contains(r#""code":"variable_empty""#), "{}", printed.err);
    // What opens no vault does not mind.
    bench.with(&[("ETUI_KEY", ""), ("ETUI_TRUST", "")], ["vault", "list"]).ok();
}

#[test]
fn a_key_of_a_non_member_is_an_error_with_a_way_out() {
    let bench = Bench::acme();
    let shown = bench.etui(["-i", &stranger(&bench), "key", "show", "-j"]).ok().document();
    bench.etui(["list", "-g", "-i", "stranger"]).fails(
        5,
        &format!(
            "error: {} is not encrypted to your key, {}\n \
             hint: use another key: `-i FILE`; or to become a member, send a writer the line that this prints: `etui join`",
            bench.vault().display(),
            shown["recipient"].as_str().unwrap(),
        ),
    );
}

#[test]
fn an_invalid_key_is_never_repeated() {
    let bench = Bench::acme();
    let message =
        "is not a key file: line 1 is neither a key nor a comment\n hint: an age key begins with `AGE-SECRET-KEY-1`";
    bench.with(&[("ETUI_KEY", "hunter2")], ["list", "-g"]).fails(5, &format!("error: `ETUI_KEY` {message}"));
    bench
        .with(&[("ETUI_KEY_COMMAND", "echo hunter2")], ["list", "-g"])
        .fails(5, &format!("error: the output of `ETUI_KEY_COMMAND` {message}"));
    bench
        .with(&[("ETUI_KEY_COMMAND", "exit 3")], ["list", "-g"])
        .fails(5, "error: the command in `ETUI_KEY_COMMAND` failed: exit status: 3");
    fs::write(bench.work().join("k"), "# only a comment\n").unwrap();
    fs::set_permissions(bench.work().join("k"), fs::Permissions::from_mode(0o600)).unwrap();
    let path = bench.work().join("k").display().to_string();
    bench.etui(["list", "-g", "-i", "k"]).fails(5, &format!("error: {path} holds no key"));
    bench.etui(["list", "-g", "-i", "none"]).fails(
        5,
        &format!(
            "error: no key on this laptop: {} does not exist\n \
             hint: name one with `-i FILE` or `ETUI_KEY_FILE`; or new to the team? `etui join`; or have it on paper? `etui key restore`",
            bench.work().join("none").display()
        ),
    );
}

#[test]
fn a_key_that_others_can_read_is_refused_with_the_command_to_fix_it() {
    let bench = Bench::acme();
    let key = bench.key().display().to_string();
    for mode in [0o640, 0o604, 0o660] {
        fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
        bench.etui(["list", "-g"]).fails(5, &format!("error: others can read the key {key}\n hint: `chmod 600 {key}`"));
    }
    bench.sh(&format!("chmod 600 {key} && etui list -g")).prints("");
}

#[test]
fn the_command_that_prints_the_key_does_not_get_standard_input() {
    let bench = Bench::acme();
    // Like `ssh host cat key`, which reads all of standard input.
    let greedy = format!("cat >/dev/null; cat '{}'", bench.key().display());
    let mut command = bench.command(["run", "--", "cat"]);
    feed(command.env("ETUI_KEY_COMMAND", greedy), b"for the command").prints("for the command");
}

#[test]
fn a_new_key_is_private_and_never_overwrites_an_old_one() {
    let bench = Bench::new();
    let key = bench.key().display().to_string();
    let made = bench.etui(["key", "new"]).ok();
    let made = made.says(&format!(
        "created {key}; back it up: there is no other copy\n\
         note: the list of members shows the first if the card was added, and the second if the recipient was"
    ));
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    bench
        .etui(["key", "show"])
        .prints(made.text())
        .says("note: the list of members shows the first if the card was added, and the second if the recipient was");
    let lines: Vec<&str> = made.text().lines().collect();
    assert!(lines[0].starts_with("recipient                    age1"), "{lines:?}");
    assert!(lines[1].starts_with("card                         etui1"), "{lines:?}");
    assert!(lines[2].starts_with("key fingerprint              key:"), "{lines:?}");
    assert_eq!(lines.len(), 4);
    let before = bytes(&key);
    bench.etui(["key", "new"]).fails(
        4,
        &format!(
            "error: {key} already exists, and a key is never overwritten\n \
             hint: to see the key: `etui key show`; or to create another one: `etui key new --output FILE`"
        ),
    );
    assert_eq!(bytes(&key), before);
    bench.etui(["key", "new", "--output", "ci.key"]).ok();
    assert_eq!(bench.etui(["key", "new", "--output", "ci.key"]).code, 4);
    let shown = bench.etui(["key", "show", "-j", "-i", "ci.key"]).ok().document();
    let fields: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["recipient", "card", "fingerprint", "readerFingerprint", "file", "replaces"]);
}

#[test]
fn a_path_that_holds_the_name_of_the_program_is_printed_as_it_is() {
    let bench = Bench::new();
    let path = bench.work().join("the etui dir/k").display().to_string();
    let made = bench.etui(["-t", "beta", "key", "new", "--output", &path]).ok();
    made.says(&format!(
        "created {path}; back it up: there is no other copy\n\
         note: the list of members shows the first if the card was added, and the second if the recipient was"
    ));
    let (exists, show) = (format!("{path} already exists, and a key is never overwritten"), "`etui key show`");
    bench.etui(["-t", "beta", "key", "new", "--output", &path]).fails(
        4,
        &format!(
            "error: {exists}\n hint: to see the key: {show}; or to create another one: `etui key new --output FILE`"
        ),
    );
}

#[test]
fn without_a_key_there_is_nothing_to_show() {
    let bench = Bench::new();
    bench.etui(["key", "show"]).fails(
        5,
        &format!(
            "error: no key on this laptop: {} does not exist\n \
             hint: name one with `-i FILE` or `ETUI_KEY_FILE`; or new to the team? `etui join`; or have it on paper? `etui key restore`",
            bench.key().display()
        ),
    );
}

#[test]
fn an_endless_key_is_refused() {
    let bench = Bench::acme();
    bench.etui(["-i", "/dev/zero", "list", "-g"]).fails(1, "error: cannot read /dev/zero: more than 1048576 bytes");
    for (endless, why) in [("yes", "more than 1048576 bytes"), ("kill -9 $$", "signal: 9 (SIGKILL)")] {
        let message = format!("error: the command in `ETUI_KEY_COMMAND` failed: {why}");
        bench.with(&[("ETUI_KEY_COMMAND", endless)], ["list", "-g"]).fails(5, &message);
    }
}
