//! `guard install`: git runs etui before each commit, beside existing hooks.

mod managers;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

use crate::bench::{Bench, Outcome, names};
use crate::scan::git;

const TOKEN: &str = "tk_9fK2mQ8sLw3TxY7z";

/// A repository, and a vault with a secret that must not be committed.
fn bench() -> Bench {
    let bench = Bench::linked();
    bench.set("TOKEN", TOKEN, &["-g"]);
    git(&bench, &["init", "-q"]).ok();
    bench
}

fn put(bench: &Bench, path: &str, text: &str) {
    let path = bench.work().join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn hook(bench: &Bench, path: &str, text: &str) {
    put(bench, path, text);
    fs::set_permissions(bench.work().join(path), Permissions::from_mode(0o755)).unwrap();
}

fn read(bench: &Bench, path: &str) -> String {
    fs::read_to_string(bench.work().join(path)).unwrap()
}

/// Commits a file as a person does, with etui on the path.
fn commit(bench: &Bench, path: &str, text: &str) -> Outcome {
    put(bench, path, text);
    bench.sh(&format!("git add '{path}' && git -c user.name=a -c user.email=a@b commit -qm x"))
}

#[track_caller]
fn refused(outcome: Outcome) {
    assert_eq!(outcome.code, 1, "{outcome:?}");
    let output = format!("{}{}", outcome.text(), outcome.err);
    assert!(
        output.contains("TOKEN (team)") && output.contains("1 finding in 1 file") && !output.contains(TOKEN),
        "{output}"
    );
}

#[test]
fn refuses_a_commit_with_a_value_and_silently_passes_others() {
    let bench = bench();
    bench.etui(["guard", "install"]).prints("").says("installed the guard in .git/hooks/pre-commit");
    let text = read(&bench, ".git/hooks/pre-commit");
    bench.etui(["guard", "install"]).prints("").says("unchanged: .git/hooks/pre-commit");
    assert_eq!(read(&bench, ".git/hooks/pre-commit"), text);
    commit(&bench, "a", "clean").ok().says("");
    refused(commit(&bench, "b", TOKEN));
    refused(commit(&bench, "dir/c", "clean"));
    git(&bench, &["rm", "-q", "--cached", "b"]).ok();
    commit(&bench, "dir/c", "clean").ok().says("");
    // Only what is committed counts: here one of two changed files.
    put(&bench, "a", TOKEN);
    put(&bench, "dir/c", "changed");
    bench.sh("git -c user.name=a -c user.email=a@b commit -qm x dir/c").ok().says("");
    refused(bench.sh("git -c user.name=a -c user.email=a@b commit -qam x"));
    bench.etui(["guard", "uninstall"]).prints("").says("removed the guard from .git/hooks/pre-commit");
    bench.etui(["guard", "uninstall"]).prints("").says("unchanged: .git/hooks/pre-commit");
    assert!(!names(bench.work().join(".git/hooks")).contains(&"pre-commit".to_owned()));
    commit(&bench, "b", TOKEN).ok();
}

#[test]
fn searches_the_whole_commit_whatever_the_diff_settings_of_git() {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    git(&bench, &["init", "-q"]).ok();
    fs::create_dir(bench.work().join("sub")).unwrap();
    bench.etui(["--cwd", "sub", "link", "-p", "web"]).ok();
    bench.etui(["--cwd", "sub", "guard", "install"]).ok();
    for (key, value) in [
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("diff.external", "false"),
        ("diff.ignoreSubmodules", "none"),
        ("diff.noprefix", "true"),
        ("diff.relative", "true"),
        ("diff.renames", "copies"),
    ] {
        git(&bench, &["config", key, value]).ok();
    }
    refused(commit(&bench, "leak.txt", TOKEN));
    let lines = "leak.txt:1:1 TOKEN (team)\n";
    assert_eq!(bench.etui(["--cwd", "sub", "scan", "--staged"]).text(), lines);
    commit(&bench, "leak.txt", "clean").ok().says("");
}

#[test]
fn without_a_key_it_warns_and_passes_the_commit_unless_strict() {
    let bench = bench();
    bench.etui(["guard", "install"]).ok();
    let key = fs::read_to_string(bench.key()).unwrap();
    fs::rename(bench.key(), bench.home().join("away")).unwrap();
    let outcome = commit(&bench, "a", TOKEN).ok();
    assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    assert!(outcome.err.starts_with("warning: this commit was not searched: "), "{}", outcome.err);
    // A plain key is recognised without a key to open the vault.
    let outcome = commit(&bench, "key", &key);
    assert_eq!(outcome.code, 1);
    assert!(outcome.err.contains("a plain age key") || outcome.text().contains("a plain age key"), "{outcome:?}");
    bench.etui(["guard", "install", "--strict"]).ok();
    git(&bench, &["rm", "-q", "--cached", "key"]).ok();
    let outcome = commit(&bench, "b", "clean");
    assert!(outcome.code == 1 && outcome.err.starts_with("error: "), "{outcome:?}");
    fs::rename(bench.home().join("away"), bench.key()).unwrap();
    commit(&bench, "b", "clean").ok().says("");
}

#[test]
fn a_commit_that_adds_nothing_needs_no_vault() {
    let bench = bench();
    for file in ["a", "b"] {
        commit(&bench, file, "clean").ok();
    }
    fs::rename(bench.key(), bench.home().join("away")).unwrap();
    for (file, option) in [("a", None), ("b", Some("--strict"))] {
        bench.etui(["guard", "install"].into_iter().chain(option)).ok();
        let git = "git -c user.name=a -c user.email=a@b";
        bench.sh(&format!("{git} commit -q --allow-empty -m x")).ok().says("");
        bench.sh(&format!("git rm -q {file} && {git} commit -qm x")).ok().says("");
    }
    bench.etui(["-j", "scan", "--staged", "--hook", "--strict"]).ok().says("");
    // A person who asks wants to know that the vault does not open.
    let outcome = bench.etui(["scan", "--staged"]);
    assert!(outcome.code == 5 && outcome.err.starts_with("error: "), "{outcome:?}");
    assert_eq!(commit(&bench, "c", "clean").code, 1);
}

#[test]
fn warns_if_etui_is_not_installed() {
    let bench = bench();
    bench.etui(["guard", "install"]).ok();
    put(&bench, "a", TOKEN);
    git(&bench, &["add", "a"]).ok();
    git(&bench, &["commit", "-qm", "x"]).ok().says("etui is not installed: this commit was not searched");
    bench.etui(["guard", "install", "--strict"]).ok();
    let outcome = git(&bench, &["commit", "-qm", "x", "--amend"]);
    assert_eq!((outcome.code, outcome.err.lines().count()), (1, 1), "{}", outcome.err);
}

#[test]
fn an_existing_hook_runs_too_and_is_restored_on_uninstall() {
    for text in ["#!/bin/sh\necho ran >> ran\nexit 0\n", "#!/usr/bin/env -S cat /dev/null\n"] {
        let bench = bench();
        hook(&bench, ".git/hooks/pre-commit", text);
        bench.etui(["guard", "install"]).ok();
        bench.etui(["guard", "install"]).says("unchanged: .git/hooks/pre-commit");
        refused(commit(&bench, "a", TOKEN));
        commit(&bench, "a", "clean").ok();
        bench.etui(["guard", "uninstall"]).ok();
        assert_eq!(read(&bench, ".git/hooks/pre-commit"), text);
        commit(&bench, "a", TOKEN).ok();
        let runs = fs::read_to_string(bench.work().join("ran")).unwrap_or_default();
        assert_eq!(runs, if text.contains("ran") { "ran\nran\n" } else { "" });
    }
    // A hook that refuses still refuses, also one that is not a shell script.
    for text in ["#!/bin/sh\nexit 3\n", "#!/usr/bin/env false\n"] {
        let bench = bench();
        hook(&bench, ".git/hooks/pre-commit", text);
        bench.etui(["guard", "install"]).ok();
        assert_eq!(commit(&bench, "a", "clean").code, 1);
    }
}

#[test]
fn a_linked_hook_and_a_hook_that_is_not_executable_are_not_changed() {
    let bench = bench();
    hook(&bench, "scripts/hook", "#!/bin/sh\necho ran >> ran\n");
    std::os::unix::fs::symlink("../../scripts/hook", bench.work().join(".git/hooks/pre-commit")).unwrap();
    bench.etui(["guard", "install"]).ok();
    assert_eq!(read(&bench, "scripts/hook"), "#!/bin/sh\necho ran >> ran\n");
    refused(commit(&bench, "a", TOKEN));
    commit(&bench, "a", "clean").ok();
    assert_eq!(read(&bench, "ran"), "ran\n");
    let bench = self::bench();
    put(&bench, ".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    bench.etui(["guard", "install"]).ok();
    commit(&bench, "a", "clean").ok();
    // A file that would be lost is not touched.
    fs::remove_file(bench.work().join(".git/hooks/pre-commit")).unwrap();
    put(&bench, ".git/hooks/pre-commit", "another");
    bench.etui(["guard", "install"]).fails(
        1,
        &format!(
            "error: cannot change {}/.git/hooks/pre-commit: pre-commit.local already exists",
            bench.work().display()
        ),
    );
}

#[test]
fn an_existing_hook_still_runs_if_ours_cannot_be_written() {
    let bench = bench();
    hook(&bench, ".git/hooks/pre-commit", "#!/usr/bin/env -S touch ran\n");
    let before = names(bench.work().join(".git/hooks"));
    let path = bench.work().join(".git/hooks/pre-commit");
    bench.sh("trap '' XFSZ; ulimit -f 0; etui guard install").fails(
        1,
        &format!(
            "error: cannot change {}: file too large\n hint: nothing was changed; free some space and run it again",
            path.display()
        ),
    );
    assert_eq!(names(bench.work().join(".git/hooks")), before);
    commit(&bench, "a", "clean").ok();
    assert!(bench.work().join("ran").exists());
}

#[test]
fn uninstall_works_after_the_moved_hook_was_deleted() {
    let bench = bench();
    hook(&bench, ".git/hooks/pre-commit", "#!/usr/bin/env -S touch ran\n");
    bench.etui(["guard", "install"]).ok();
    bench.etui(["guard", "install", "--strict"]).ok();
    commit(&bench, "a", "clean").ok();
    assert!(bench.work().join("ran").exists(), "the edited guard still runs the moved hook");
    fs::remove_file(bench.work().join(".git/hooks/pre-commit.local")).unwrap();
    bench.etui(["guard", "uninstall"]).prints("").says("removed the guard from .git/hooks/pre-commit");
    commit(&bench, "b", TOKEN).ok();
}

#[test]
fn a_local_hook_that_the_existing_hook_runs_is_run_once() {
    let bench = bench();
    let text = "#!/bin/sh\n\"${0%/*}/pre-commit.local\" \"$@\" || exit\n";
    hook(&bench, ".git/hooks/pre-commit", text);
    hook(&bench, ".git/hooks/pre-commit.local", "#!/bin/sh\necho ran >> ran\n");
    bench.etui(["guard", "install"]).ok();
    bench.etui(["guard", "install"]).says("unchanged: .git/hooks/pre-commit");
    commit(&bench, "a", "clean").ok();
    assert_eq!(read(&bench, "ran"), "ran\n");
    bench.etui(["guard", "uninstall"]).ok();
    assert_eq!(read(&bench, ".git/hooks/pre-commit"), text);
    assert_eq!(read(&bench, ".git/hooks/pre-commit.local"), "#!/bin/sh\necho ran >> ran\n");
}

#[test]
fn installs_into_the_configured_hooks_directory() {
    let bench = bench();
    git(&bench, &["config", "core.hooksPath", "tools/hooks"]).ok();
    bench.etui(["guard", "install"]).says("installed the guard in tools/hooks/pre-commit");
    refused(commit(&bench, "a", TOKEN));
    // husky: git runs the hook that husky makes in `_`, and that runs ours.
    let bench = self::bench();
    git(&bench, &["config", "core.hooksPath", ".husky/_"]).ok();
    hook(&bench, ".husky/_/pre-commit", "#!/bin/sh\nsh -e \"${0%/*}/../pre-commit\" \"$@\"\n");
    put(&bench, ".husky/pre-commit", "echo npm test\n");
    bench.etui(["guard", "install"]).says("installed the guard in .husky/pre-commit");
    assert!(read(&bench, ".husky/pre-commit").ends_with("echo npm test\n"));
    refused(commit(&bench, "a", TOKEN));
    // The framework `pre-commit` rewrites its hook, so the message says how to configure it.
    let bench = self::bench();
    hook(
        &bench,
        ".git/hooks/pre-commit",
        "#!/usr/bin/env bash\n# File generated by pre-commit: https://pre-commit.com\n",
    );
    let outcome = bench.etui(["guard", "install"]).ok();
    assert!(
        outcome.err.contains("add to .pre-commit-config.yaml, under `repos:`: `- {repo: local,"),
        "{}",
        outcome.err
    );
    refused(commit(&bench, "a", TOKEN));
}

#[test]
fn a_link_in_a_subdirectory_and_another_worktree_are_searched_too() {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    git(&bench, &["init", "-q"]).ok();
    fs::create_dir_all(bench.work().join("it's/web")).unwrap();
    bench.etui(["--cwd", "it's/web", "link", "-p", "web"]).ok();
    bench.etui(["--cwd", "it's/web", "guard", "install"]).ok();
    assert!(read(&bench, ".git/hooks/pre-commit").contains(r"etui --cwd 'it'\''s/web' scan --staged --hook"));
    refused(commit(&bench, "a", TOKEN));
    commit(&bench, "a", "clean").ok();
    git(&bench, &["add", "-A"]).ok();
    bench.sh("git -c user.name=a -c user.email=a@b commit -qm all && git worktree add -q ../tree").ok();
    fs::write(bench.work().join("../tree/b"), TOKEN).unwrap();
    bench.sh("cd ../tree && etui --cwd \"it's/web\" link --accept && git add b").ok();
    refused(bench.sh("cd ../tree && git -c user.name=a -c user.email=a@b commit -qm x"));
    bench.etui(["--cwd", bench.home().to_str().unwrap(), "guard", "install"]).fails(
        1,
        "error: git: not a git repository (or any of the parent directories): .git\n \
             hint: `git init` creates one, and `--cwd DIR` names a directory in one",
    );
}
