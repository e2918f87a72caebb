//! Git that refuses to work in the repository of a vault: etui says why, and what ends it.

use std::fs;

use crate::bench::{Bench, Outcome};

/// A repository with a vault that git tracks and that git is set up to merge.
fn bench() -> Bench {
    let bench = Bench::new();
    sh(
        &bench,
        "git init -q --template= -b main . && git config user.name alice && git config user.email x@example.com",
    )
    .ok();
    bench.etui(["init", "acme", "--vault", "acme.age", "--as", "alice"]).ok();
    bench.set("A", "start", &["-g"]);
    bench.etui(["git", "install"]).ok();
    sh(&bench, "git add -A && git commit -q -m start").ok();
    bench
}

fn sh(bench: &Bench, script: &str) -> Outcome {
    bench.sh(&format!("export GIT_CONFIG_NOSYSTEM=1; {script}"))
}

/// The path of the work tree becomes `WORK`, so that the rows of a table can name it.
fn work(bench: &Bench, text: &str) -> String {
    text.replace(bench.work().canonicalize().unwrap().to_str().unwrap(), "WORK")
}

#[test]
fn every_command_says_what_git_refuses_and_what_ends_it() {
    // How many lines git writes into a new repository depends on the system.
    let config = fs::read_to_string(bench().work().join(".git/config")).unwrap();
    let bad_line = format!("bad config line {} in file .git/config", config.lines().count() + 1);
    // What breaks the repository, what `sync`, `git install`, `git resolve` and `doctor` say, and what its hint is
    // once it is followed.
    let table = [
        (
            "export GIT_TEST_ASSUME_DIFFERENT_OWNER=1",
            "detected dubious ownership in repository at 'WORK'",
            "if you trust its owner: `git config --global --add safe.directory WORK`",
            "git config --global --add safe.directory WORK",
        ),
        (
            ": >.git/HEAD",
            "WORK/.git/HEAD names no branch",
            "name its branch again: `echo 'ref: refs/heads/BRANCH' >WORK/.git/HEAD`",
            "echo 'ref: refs/heads/main' >WORK/.git/HEAD",
        ),
        (
            "git config core.bare true",
            "this operation must be run in a work tree",
            "it has a work tree: `git config core.bare false`",
            "git config core.bare false",
        ),
        (
            "git config core.worktree /nowhere",
            "its work tree is /nowhere",
            "`git config --unset core.worktree` makes it the directory itself",
            "git config --unset core.worktree",
        ),
        (
            "echo '[core' >>.git/config",
            &bad_line,
            "correct that line in `.git/config` or `~/.gitconfig`",
            "sed '/^.core$/d' .git/config >.git/new && mv .git/new .git/config",
        ),
        (
            "git config core.repositoryFormatVersion 1 && git config extensions.new x",
            "unknown repository extension found: new",
            "another git wrote this repository; update git",
            "git config -f .git/config --unset extensions.new",
        ),
        (
            "git worktree add -q ../tree && mv ../tree ../moved && rm -rf .git && mv ../moved/.git .",
            "not a git repository: WORK/.git/worktrees/tree",
            "its repository was moved or deleted; `git worktree repair DIR`, in the repository, finds it again",
            "",
        ),
        (
            "mkdir bin && ln -s \"$(command -v sh)\" bin && export PATH=bin",
            "git is not installed",
            "install git, for example with your package manager",
            "PATH=/usr/bin:/bin",
        ),
    ];
    for (breaks, reason, hint, mends) in table {
        let etui = env!("CARGO_BIN_EXE_etui");
        let expected = format!("error: git cannot use the repository of WORK/acme.age: {reason}\n hint: {hint}\n");
        for command in ["git install", "git resolve", "sync"] {
            let bench = self::bench();
            let outcome = sh(&bench, &format!("{breaks}\n{etui} {command}"));
            assert_eq!((outcome.code, work(&bench, &outcome.err)), (1, expected.clone()), "{breaks}: {command}");
        }
        let bench = bench();
        let outcome = sh(&bench, &format!("{breaks}\n{etui} doctor\ntrue"));
        let line = format!("git\twrong\tgit cannot use the repository of WORK/acme.age: {reason}\t{hint}\n");
        assert!(work(&bench, outcome.text()).contains(&line), "{breaks}: {}", outcome.text());
        // The vault itself still opens.
        let bench = self::bench();
        let script = format!("{breaks}\n{etui} get A -g");
        let outcome = sh(&bench, &script);
        assert_eq!((outcome.code, outcome.text()), (0, "start"), "{breaks}: {outcome:?}");
        if !mends.is_empty() {
            let top = bench.work().canonicalize().unwrap();
            let mends = mends.replace("WORK", top.to_str().unwrap());
            sh(&bench, &format!("{breaks}\n{mends}\n{etui} git install")).ok();
        }
    }
}

#[test]
fn without_a_repository_the_hint_is_git_init() {
    let bench = Bench::new();
    bench.etui(["init", "acme", "--vault", "acme.age", "--as", "alice"]).ok();
    let top = bench.work().canonicalize().unwrap();
    let top = top.display();
    bench.etui(["--vault", "acme.age", "git", "install"]).fails(
        1,
        &format!(
            "error: {top}/acme.age is not in a git repository: not a git repository (or any of the parent directories): .git\n \
             hint: `git init` creates one; then `git add` the vault"
        ),
    );
}

#[test]
fn searches_say_it_too() {
    let bench = bench();
    let owner = [("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1"), ("GIT_CONFIG_NOSYSTEM", "1")];
    for command in [&["scan", "--staged"][..], &["scan", "--history"], &["guard", "install"]] {
        let outcome = bench.with(&owner, command);
        let expected = "error: git: detected dubious ownership in repository at 'WORK'\n \
                        hint: if you trust its owner: `git config --global --add safe.directory WORK`\n";
        assert_eq!((outcome.code, work(&bench, &outcome.err)), (1, expected.to_owned()), "{command:?}");
        let outcome = bench.with(&[("GIT_DIR", "/nowhere")], command);
        let expected = "error: git: not a git repository: '/nowhere'\n hint: `unset GIT_DIR`\n";
        assert_eq!((outcome.code, outcome.err.as_str()), (1, expected), "{command:?}");
    }
    // A file that git might commit, and a symbolic link that it might track.
    bench.with(&owner, ["resolve", "-g", "--output", "out.env"]).fails(
        4,
        &format!(
            "error: out.env was not written: git cannot say whether it would be committed: \
             detected dubious ownership in repository at '{top}'\n \
             hint: if you trust its owner: `git config --global --add safe.directory {top}`; or `--force`, if you know that it would not",
            top = bench.work().canonicalize().unwrap().display()
        ),
    );
    fs::create_dir(bench.work().join("there")).unwrap();
    std::os::unix::fs::symlink("there", bench.work().join("way")).unwrap();
    fs::copy(bench.work().join("acme.age"), bench.work().join("there/acme.age")).unwrap();
    let outcome = bench.with(&owner, ["--vault", "way/acme.age", "get", "A", "-g"]);
    let hint = "hint: if you trust its owner: `git config --global --add safe.directory WORK`\n";
    assert!(outcome.code == 6 && work(&bench, &outcome.err).ends_with(hint), "{}", outcome.err);
}
