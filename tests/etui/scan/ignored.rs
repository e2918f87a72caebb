//! What git ignores is not searched, and nothing else is left out.

use std::fs;
use std::os::unix::fs::symlink;

use super::{TOKEN, check_findings, git, put};
use crate::bench::{Bench, Outcome};

/// A repository, and a vault outside of it.
fn bench() -> Bench {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    git(&bench, &["init", "-q"]).ok();
    bench
}

/// Puts the value into these files.
fn leak(bench: &Bench, paths: &[&str]) {
    paths.iter().for_each(|path| put(bench, path, TOKEN));
}

/// The value was found in these files.
#[track_caller]
fn check(outcome: Outcome, paths: &[&str]) {
    let lines: Vec<String> = paths.iter().map(|path| format!("{path}:1:1 TOKEN (team)")).collect();
    check_findings(outcome, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_tracked_file_is_searched_whatever_names_it() {
    let bench = bench();
    let excludes = bench.work().join("../excludes");
    fs::write(&excludes, "*.global\n").unwrap();
    git(&bench, &["config", "core.excludesFile", excludes.to_str().unwrap()]).ok();
    put(&bench, ".git/info/exclude", "*.info\n");
    put(&bench, ".gitignore", "*.log\nbuilt/\n/deep/er/**\n.hidden*\n*.bin\n!keep.bin\n");
    put(&bench, "sub/.gitignore", "*\n");
    put(&bench, ".ignore", "*\n");
    put(&bench, ".rgignore", "*\n");
    let tracked = [
        ".hidden/a",
        "a.global",
        "a.info",
        "a.log",
        "built/a",
        "built/b/c",
        "deep/er/a",
        "sub/a",
        "sub/sub/a",
        "x y.log",
    ];
    leak(&bench, &tracked);
    git(&bench, &["add", "-f", "."]).ok();
    let ignored = ["built/d/e", "built/z", "new.global", "new.info", "new.log", "sub/z"];
    leak(&bench, &ignored);
    leak(&bench, &["keep.bin", "new"]);
    let mut all: Vec<&str> = tracked.into_iter().chain(["keep.bin", "new"]).collect();
    all.sort();
    check(bench.etui(["scan"]), &all);
    check(bench.etui(["scan", "."]), &all.clone());
    check(bench.etui(["scan", "--cwd", "sub"]), &["a", "sub/a"]);
    check(bench.etui(["scan", "sub", "deep"]), &["deep/er/a", "sub/a", "sub/sub/a"]);
    // What is committed counts as much as what is in the index.
    git(&bench, &["commit", "-qm", "all"]).ok();
    check(bench.etui(["scan"]), &all);
    all.extend(ignored);
    all.sort();
    check(bench.etui(["scan", "--no-ignore"]), &all);
    // A tracked file that is gone is not one that could not be read.
    fs::remove_file(bench.work().join("a.log")).unwrap();
    check(bench.etui(["scan", "built/a", "a.info"]), &["a.info", "built/a"]);
    check(
        bench.etui(["scan"]),
        &all.iter()
            .copied()
            .filter(|path| {
                tracked[..3].iter().chain(&tracked[4..]).chain(&["keep.bin", "new"]).any(|other| other == path)
            })
            .collect::<Vec<_>>(),
    );
}

/// The rules of git, where other programs read them otherwise.
#[test]
fn untracked_files_are_left_out_as_git_leaves_them_out() {
    for (rules, searched, left_out) in [
        ("\u{feff}a.log\n", vec!["b.log"], vec!["a.log"]),
        ("_*.*\n", vec!["_a/b.js"], vec!["_a.js"]),
        ("*\n!*/\n!*.txt\n", vec!["a.txt", "b/c.txt"], vec!["b/c.log", "c"]),
        ("a/*/*\n", vec!["a/b"], vec!["a/b2/c"]),
        ("/a/**/b\n", vec!["c/a/b"], vec!["a/b", "a/x/y/b"]),
        ("trailing \\ \nkept\\ \n", vec!["kept"], vec!["kept "]),
        ("a\\*\n\\#b\n\\!c\n", vec!["ab"], vec!["!c", "#b", "a*"]),
        ("[[:digit:]]*\n", vec!["a1"], vec!["1a"]),
        ("a.log\r\n", vec!["b.log"], vec!["a.log"]),
        ("dir/\n", vec!["other/dir"], vec!["dir/a"]),
    ] {
        let bench = bench();
        put(&bench, ".gitignore", rules);
        leak(&bench, &searched);
        leak(&bench, &left_out);
        let listed = git(&bench, &["ls-files", "-z", "--others", "--exclude-standard"]);
        let listed: Vec<_> = listed.text().split_terminator('\0').filter(|path| *path != ".gitignore").collect();
        assert_eq!(listed, searched, "{rules:?}");
        check(bench.etui(["scan"]), &searched);
    }
}

#[test]
fn what_is_named_is_searched_though_git_ignores_it() {
    let bench = bench();
    put(&bench, ".gitignore", "*.log\nbuilt/\nhalf/\n");
    leak(&bench, &["a.log", "built/a", "built/deep/a.log", "half/tracked", "half/other"]);
    git(&bench, &["add", "-f", "half/tracked"]).ok();
    check(bench.etui(["scan"]), &["half/tracked"]);
    check(bench.etui(["scan", "a.log"]), &["a.log"]);
    check(bench.etui(["scan", "built"]), &["built/a", "built/deep/a.log"]);
    check(bench.etui(["scan", "built/deep"]), &["built/deep/a.log"]);
    check(bench.etui(["scan", "--cwd", "built/deep"]), &["a.log"]);
    check(bench.etui(["scan", "half"]), &["half/other", "half/tracked"]);
    // Also by another way to it.
    symlink("built", bench.work().join("link")).unwrap();
    check(bench.etui(["scan", "link"]), &["link/a", "link/deep/a.log"]);
    check(bench.etui(["scan", "half/../built"]), &["half/../built/a", "half/../built/deep/a.log"]);
}

#[test]
fn each_repository_has_its_own_rules() {
    let bench = bench();
    put(&bench, ".gitignore", "*.log\nclosed/\n");
    for nested in ["nested", "closed", "nested/inner"] {
        fs::create_dir_all(bench.work().join(nested)).unwrap();
        git(&bench, &["init", "-q", nested]).ok();
        put(&bench, &format!("{nested}/.gitignore"), "*.tmp\n");
        leak(
            &bench,
            &[".log", ".tmp", "t.tmp", ".txt"].map(|end| format!("{nested}/a{end}")).each_ref().map(String::as_str),
        );
        git(&bench, &["-C", nested, "add", "-f", "at.tmp"]).ok();
    }
    // The rules of the outer repository do not count in the inner one, and a repository that is ignored stays closed.
    check(
        bench.etui(["scan"]),
        &["a.log", "a.txt", "at.tmp", "inner/a.log", "inner/a.txt", "inner/at.tmp"]
            .map(|path| format!("nested/{path}"))
            .each_ref()
            .map(String::as_str),
    );
    check(bench.etui(["scan", "closed"]), &["closed/a.log", "closed/a.txt", "closed/at.tmp"]);
    // From outside of all of them.
    check(
        bench.etui(["scan", "--cwd", "..", "work/nested/inner"]),
        &["work/nested/inner/a.log", "work/nested/inner/a.txt", "work/nested/inner/at.tmp"],
    );
}

#[test]
fn submodules_and_linked_work_trees_are_repositories_too() {
    let bench = bench();
    put(&bench, "../library/.gitignore", "*.tmp\n");
    leak(&bench, &["../library/t.tmp", "../library/a"]);
    let library = bench.work().join("../library");
    let library = library.to_str().unwrap();
    git(&bench, &["init", "-q", library]).ok();
    git(&bench, &["-C", library, "add", "-f", "."]).ok();
    git(&bench, &["-C", library, "commit", "-qm", "all"]).ok();
    put(&bench, ".gitignore", "modules/\n*.log\n");
    git(&bench, &["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "-f", library, "modules/library"])
        .ok();
    leak(&bench, &["modules/library/new.tmp", "modules/other", "t.log"]);
    git(&bench, &["add", "-f", "t.log", ".gitignore"]).ok();
    check(bench.etui(["scan"]), &["modules/library/a", "modules/library/t.tmp", "t.log"]);
    git(&bench, &["commit", "-qm", "all"]).ok();
    git(&bench, &["worktree", "add", "-q", "tree"]).ok();
    leak(&bench, &["tree/new.log"]);
    check(bench.etui(["scan", "tree"]), &["tree/t.log"]);
    check(bench.etui(["scan", "--cwd", "tree"]), &["t.log"]);
}

#[test]
fn outside_of_git_and_where_git_refuses_nothing_is_ignored() {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    put(&bench, ".gitignore", "*.log\n");
    leak(&bench, &["a.log", "sub/a"]);
    check(bench.etui(["scan"]), &["a.log", "sub/a"]);
    git(&bench, &["init", "-q"]).ok();
    check(bench.etui(["scan"]), &["sub/a"]);
    put(&bench, ".git/config", "[core]\n\trepositoryformatversion = 9\n");
    let outcome = bench.etui(["scan"]);
    let warning = "warning: ignored files in . were searched, too: git: ";
    assert!(outcome.err.starts_with(warning), "{}", outcome.err);
    check(outcome, &["a.log", "sub/a"]);
    check(bench.etui(["scan", "--no-ignore"]), &["a.log", "sub/a"]);
}

#[test]
fn the_text_of_a_symbolic_link_is_searched_and_not_what_it_leads_to() {
    let bench = bench();
    leak(&bench, &["../outside/a"]);
    put(&bench, ".gitignore", "ignored\ntracked\n");
    for (name, to) in
        [("link", TOKEN), ("ignored", TOKEN), ("tracked", TOKEN), ("out", "../outside"), ("file", "../outside/a")]
    {
        symlink(to, bench.work().join(name)).unwrap();
    }
    git(&bench, &["add", "-f", "tracked"]).ok();
    check(bench.etui(["scan"]), &["link", "tracked"]);
    check(bench.etui(["scan", "out", "file"]), &["file", "out/a"]);
}

#[test]
fn paths_beside_and_above_the_repository() {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    put(&bench, ".gitignore", "*\n");
    fs::create_dir(bench.work().join("repository")).unwrap();
    git(&bench, &["init", "-q", "repository"]).ok();
    put(&bench, "repository/.gitignore", "*.log\n");
    leak(&bench, &["a", "repository/a", "repository/a.log", "repository/t.log"]);
    git(&bench, &["-C", "repository", "add", "-f", "t.log"]).ok();
    // A file of rules above a repository is not one of its files.
    check(bench.etui(["scan"]), &["a", "repository/a", "repository/t.log"]);
    check(
        bench.etui(["scan", "--cwd", "repository", "..", "t.log"]),
        &["../a", "../repository/a", "../repository/t.log", "t.log"],
    );
    // Inside a hook, git names another repository.
    let hook = [("GIT_DIR", "/nowhere/.git"), ("GIT_INDEX_FILE", "/nowhere/index"), ("GIT_WORK_TREE", "/nowhere")];
    check(bench.with(&hook, ["scan", "repository"]), &["repository/a", "repository/t.log"]);
}
