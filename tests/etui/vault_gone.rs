//! A vault that git has, but that is not in the work tree: it comes back, and no second one is made.

use std::fs;

use crate::bench::{Bench, Outcome};

/// A repository whose vault is in a directory of its own, and what others cloned from it.
fn bench() -> Bench {
    let bench = Bench::new();
    let script = "git config --global user.name alice; git config --global user.email x@example.com
        git config --global protocol.file.allow always
        git init -q --template= -b main . && git config uploadpack.allowFilter true
        mkdir keep 'my secrets' && touch keep/x";
    sh(&bench, script).ok();
    bench.etui(["init", "acme", "--vault", "my secrets/acme.age", "--as", "alice"]).ok();
    bench.etui(["--vault", "my secrets/acme.age", "set", "A", "-g", "--value", "start"]).ok();
    sh(&bench, "git add keep 'my secrets/acme.age' && git commit -q -m start").ok();
    bench
}

fn sh(bench: &Bench, script: &str) -> Outcome {
    bench.sh(&format!("export GIT_CONFIG_NOSYSTEM=1; {script}"))
}

/// The first command in backticks.
fn command(message: &str) -> &str {
    message.split('`').nth(1).unwrap_or_else(|| panic!("no command: {message}"))
}

#[test]
fn each_way_to_lose_it_has_its_own_way_back() {
    let tracks = "does not exist, although git tracks it";
    let table = [
        ("", "rm 'my secrets/acme.age'", tracks, "git checkout -- 'my secrets/acme.age'"),
        ("", "rm -r 'my secrets'", tracks, "git checkout -- 'my secrets/acme.age'"),
        ("", "git rm -q -r 'my secrets'", tracks, "git checkout HEAD -- 'my secrets/acme.age'"),
        (
            "",
            "git rm -q --cached -r 'my secrets'; rm -r 'my secrets'",
            tracks,
            "git checkout HEAD -- 'my secrets/acme.age'",
        ),
        ("", "git sparse-checkout set keep", "is not in this sparse checkout", "git sparse-checkout add 'my secrets'"),
        (
            "",
            "git sparse-checkout set --sparse-index keep",
            "is not in this sparse checkout",
            "git sparse-checkout add 'my secrets'",
        ),
        (
            "",
            "git sparse-checkout set --no-cone /keep/",
            "is not in this sparse checkout",
            "git sparse-checkout add '/my secrets/acme.age'",
        ),
        (
            "",
            "git update-index --skip-worktree 'my secrets/acme.age'; rm -r 'my secrets'",
            tracks,
            "git checkout --ignore-skip-worktree-bits -- 'my secrets/acme.age'",
        ),
        (
            "",
            "git update-index --assume-unchanged 'my secrets/acme.age'; rm -r 'my secrets'",
            tracks,
            "git checkout -- 'my secrets/acme.age'",
        ),
        (
            "",
            "git sparse-checkout set 'my secrets'; git update-index --skip-worktree 'my secrets/acme.age'
             rm 'my secrets/acme.age'",
            "is not in this sparse checkout",
            "git sparse-checkout add 'my secrets'",
        ),
        ("--no-checkout", "", tracks, "git checkout HEAD -- 'my secrets/acme.age'"),
        ("--filter=blob:none --no-checkout", "", tracks, "git checkout HEAD -- 'my secrets/acme.age'"),
        ("--filter=blob:none --sparse", "", "is not in this sparse checkout", "git sparse-checkout add 'my secrets'"),
        (
            "",
            "git rm -q -r --cached 'my secrets' && git commit -q -m untracked && git stash -q -u",
            "does not exist; stash@{0} holds it",
            "git stash pop",
        ),
        (
            "",
            "git rm -q -r --cached 'my secrets' && git commit -q -m untracked && git stash -q -u && touch x &&
             git stash -q -u",
            "does not exist; stash@{1} holds it",
            "git stash pop stash@{1}",
        ),
    ];
    let bench = bench();
    let top = bench.work().canonicalize().unwrap().parent().unwrap().join("clone");
    for (options, loses, reason, restores) in table {
        sh(&bench, &format!("git clone -q --template= {options} \"file://$PWD\" ../clone")).ok();
        sh(&bench, &format!("cd ../clone; {loses}")).ok();
        let etui = |line: &str| sh(&bench, &format!("cd ../clone && {} {line}", env!("CARGO_BIN_EXE_etui")));
        let vault = format!("{}/my secrets/acme.age", top.display());
        let named = "--vault 'my secrets/acme.age'";
        let expected = format!("error: {vault} {reason}\n hint: restore it: `{restores}`\n");
        for command in ["get A -g", "set A -g --value x", "status", "git install", "trust"] {
            let outcome = etui(&format!("{named} {command}"));
            assert_eq!((outcome.code, outcome.err.as_str()), (3, expected.as_str()), "{loses}: {command}");
        }
        let expected =
            format!("error: {vault} {reason}; this would make a second vault\n hint: restore it: `{restores}`\n");
        let outcome = etui(&format!("init acme {named}"));
        assert_eq!((outcome.code, outcome.err.as_str()), (4, expected.as_str()), "{loses}");
        sh(&bench, &format!("cd ../clone && {restores}")).ok();
        assert_eq!(etui(&format!("{named} get A -g")).ok().text(), "start", "{loses}");
        fs::remove_dir_all(&top).unwrap();
    }
}

#[test]
fn the_command_works_from_any_directory() {
    for directory in ["keep", "my secrets", ".."] {
        let bench = bench();
        fs::remove_file(bench.work().join("my secrets/acme.age")).unwrap();
        let vault = bench.work().canonicalize().unwrap().join("my secrets/acme.age");
        let line = format!("cd '{directory}' && {} --vault '{}'", env!("CARGO_BIN_EXE_etui"), vault.display());
        let outcome = sh(&bench, &format!("{line} get A -g"));
        let restore = command(&outcome.err);
        let top = bench.work().canonicalize().unwrap();
        assert_eq!(restore, format!("git -C {} checkout -- 'my secrets/acme.age'", top.display()));
        sh(&bench, &format!("cd '{directory}' && {restore} && cd {} && {line} get A -g", top.display()))
            .prints("start");
    }
}

#[test]
fn a_submodule_is_checked_out_and_an_unmerged_vault_merged() {
    let bench = bench();
    sh(&bench, "mkdir ../super && cd ../super && git init -q . && git submodule --quiet add \"$OLDPWD\" mod && git commit -q -m x").ok();
    sh(&bench, "git clone -q ../super ../clone").ok();
    let line = format!("cd ../clone && {} --vault 'mod/my secrets/acme.age' get A -g", env!("CARGO_BIN_EXE_etui"));
    let outcome = sh(&bench, &line);
    assert!(outcome.err.contains("is in a submodule that is not checked out\n"), "{}", outcome.err);
    assert_eq!(command(&outcome.err), "git submodule update --init -- mod");
    sh(&bench, &format!("cd ../clone && git submodule --quiet update --init -- mod && {line}")).ok();

    // One side of a merge deleted the vault.
    let script =
        "git checkout -q -b topic && git rm -q -r 'my secrets' && git commit -q -m gone && git checkout -q main";
    sh(&bench, script).ok();
    bench.etui(["--vault", "my secrets/acme.age", "set", "A", "-g", "--value", "changed"]).ok();
    assert_eq!(sh(&bench, "git commit -q -a -m changed && git merge -q topic").code, 1);
    fs::remove_file(bench.work().join("my secrets/acme.age")).unwrap();
    let outcome = bench.etui(["--vault", "my secrets/acme.age", "get", "A", "-g"]);
    assert_eq!(command(&outcome.err), "git checkout --ours -- 'my secrets/acme.age'", "{}", outcome.err);
    sh(&bench, command(&outcome.err)).ok();
    bench.etui(["--vault", "my secrets/acme.age", "get", "A", "-g"]).prints("changed");
}

#[test]
fn a_path_that_git_does_not_have_can_be_founded() {
    let bench = bench();
    // Committed as removed, or never there.
    sh(&bench, "git rm -q -r 'my secrets' && git commit -q -m gone").ok();
    let get = || bench.etui(["--vault", "my secrets/acme.age", "get", "A", "-g"]);
    let outcome = get();
    assert!(outcome.code == 3 && outcome.err.contains(" deleted it\n"), "{}", outcome.err);
    sh(&bench, command(&outcome.err)).ok();
    assert_eq!(get().code, 0);
    sh(&bench, "git rm -q --cached -r 'my secrets' && rm -r 'my secrets'").ok();
    bench.etui(["init", "beta", "--vault", "my secrets/acme.age", "--as", "alice"]).ok();
    bench.etui(["init", "gamma", "--vault", "deep/er/gamma.age", "--as", "alice"]).ok();
    // Git that refuses is named, and the way out of it comes first.
    let outcome = bench.with(&[("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")], ["--vault", "x.age", "get", "A", "-g"]);
    assert!(outcome.code == 3 && command(&outcome.err).starts_with("git config --global --add"), "{}", outcome.err);
}
