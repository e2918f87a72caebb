//! What could not be searched is named, and is no success.

use std::fs;

use super::{TOKEN, bench, check_findings, git, put, rustix_fifo};
use crate::bench::{Bench, feed};

const NOTE: &str =
    "note: not looked for: 1 value of fewer than 8 characters and 1 value that is a plain word or number";

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_is_named_and_is_no_success() {
    let bench = bench();
    put(&bench, "a", TOKEN);
    let outcome = bench.etui(["scan", "a", "/proc/self/mem"]);
    let warning = "warning: not searched: /proc/self/mem: input/output error\n";
    assert!(outcome.err.starts_with(warning) && outcome.err.contains("error: 1 finding in 1 file"), "{}", outcome.err);
    check_findings(outcome, &["a:1:1 TOKEN (team)"]);
    bench.etui(["scan", "/proc/self/mem"]).fails(
        1,
        &format!(
            "warning: not searched: /proc/self/mem: input/output error\n{NOTE}\nerror: 1 file could not be searched"
        ),
    );
    let outcome = bench.etui(["scan", "-j", "/proc/self/mem", "a"]);
    let unread = serde_json::json!([{"file": "/proc/self/mem", "commit": null, "reason": "input/output error"}]);
    assert_eq!((outcome.code, &outcome.document()["unread"]), (1, &unread));
    assert_eq!(outcome.document()["items"].as_array().unwrap().len(), 1);
    let outcome = bench.etui(["scan", "-j", "/proc/self/mem"]);
    assert_eq!((outcome.code, &outcome.document()["unread"]), (1, &unread));
    let error: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(error["error"]["code"], "scan_incomplete");
}

#[test]
fn files_and_directories_without_permission_are_named_up_to_a_number() {
    let bench = bench();
    let names = ["a", "b", "c", "d/e", "f", "g", "h"];
    names.iter().for_each(|name| put(&bench, name, TOKEN));
    // Root may read everything, so the kernel is asked for a file that nobody can read.
    names.iter().for_each(|name| {
        fs::remove_file(bench.work().join(name)).unwrap();
        let socket = std::os::unix::net::UnixListener::bind(bench.work().join(name)).unwrap();
        drop(socket);
    });
    // In a tree, sockets hold no text. Those that are named could not be searched.
    check_findings(bench.etui(["scan"]), &[]);
    let outcome = bench.etui(["scan"].into_iter().chain(names));
    let line = |name: &&str| format!("warning: not searched: {name}: no such device or address\n");
    let lines: String = names[..5].iter().map(line).collect();
    outcome.fails(
        1,
        &format!("{lines}warning: not searched: 2 more; `-j` lists them\n{NOTE}\nerror: 7 files could not be searched"),
    );
}

#[test]
fn pipes_and_devices_are_read_only_if_they_are_named() {
    let bench = bench();
    rustix_fifo(&bench.work().join("pipe"));
    check_findings(bench.etui(["scan"]), &[]);
    bench.etui(["scan", "/dev/null"]).ok();
    let piped = feed(&mut bench.command(["scan", "/dev/stdin"]), TOKEN.as_bytes());
    check_findings(piped, &["/dev/stdin:1:1 TOKEN (team)"]);
    let script = format!("printf '\\n{TOKEN}' > pipe & etui scan pipe");
    check_findings(bench.sh(&script), &["pipe:2:1 TOKEN (team)"]);
}

#[test]
fn a_missing_object_shifts_no_finding_to_another_file() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    put(&bench, "mm.txt", "harmless");
    put(&bench, "zz.txt", TOKEN);
    git(&bench, &["add", "mm.txt", "zz.txt"]).ok();
    let tree = git(&bench, &["mktree"]).ok().text().trim_end().to_owned();
    // An object that is missing, and one that is not a file.
    for (object, path) in [("1234567890123456789012345678901234567890", "aa.txt"), (&*tree, "bb.txt")] {
        git(&bench, &["update-index", "--add", "--cacheinfo", "100644", object, path]).ok();
    }
    let outcome = bench.etui(["scan", "--staged"]);
    let warning = "warning: not searched: aa.txt: git does not have it here\n";
    assert!(outcome.err.contains(warning), "{}", outcome.err);
    check_findings(outcome, &["zz.txt:1:1 TOKEN (team)"]);
    git(&bench, &["rm", "-q", "--cached", "zz.txt"]).ok();
    let outcome = bench.etui(["scan", "--staged"]);
    assert!(outcome.code == 1 && outcome.err.ends_with("error: 1 file could not be searched\n"), "{outcome:?}");
    // The hook warns, and refuses if it is strict.
    let outcome = bench.etui(["scan", "--staged", "--hook"]).ok();
    assert_eq!(outcome.err, warning);
    assert_eq!(bench.etui(["scan", "--staged", "--hook", "--strict"]).code, 1);
}

/// A repository with two commits of `a`, beside the working directory, that can be cloned in part.
fn origin(bench: &Bench) -> String {
    let origin = bench.work().join("origin");
    let origin = origin.to_str().unwrap();
    git(bench, &["init", "-q", origin]).ok();
    git(bench, &["-C", origin, "config", "uploadpack.allowFilter", "true"]).ok();
    for text in [TOKEN, "clean"] {
        put(bench, "origin/a", text);
        git(bench, &["-C", origin, "add", "a"]).ok();
        git(bench, &["-C", origin, "commit", "-qm", text]).ok();
    }
    format!("file://{origin}")
}

#[test]
fn a_clone_that_lacks_commits_or_blobs_is_not_the_whole_history() {
    let bench = bench();
    let url = origin(&bench);
    git(&bench, &["clone", "-q", "--depth", "1", &url, "shallow"]).ok();
    bench.etui(["scan", "--history", "--cwd", "shallow"]).fails(
        1,
        &format!(
            "warning: not searched: this clone is shallow: earlier commits are not here\n{NOTE}\n\
             error: some commits could not be searched\n hint: `git fetch --unshallow`"
        ),
    );
    git(&bench, &["-C", "shallow", "fetch", "-q", "--unshallow"]).ok();
    let outcome = bench.etui(["scan", "--history", "--cwd", "shallow"]);
    assert!(outcome.text().ends_with(":a:1:1 TOKEN (team)\n"), "{outcome:?}");

    for (filter, path) in [("blob:none", ":a"), ("tree:0", "")] {
        git(&bench, &["clone", "-q", "--no-checkout", "--filter", filter, &url, filter]).ok();
        let outcome = bench.etui(["scan", "--history", "--cwd", filter]);
        let end = format!("{path}: git does not have it here");
        let warnings = outcome.err.lines().filter(|line| line.ends_with(&end)).count();
        let hint = "error: 2 files could not be searched\n hint: `git fetch --refetch --no-filter`\n";
        assert!(outcome.code == 1 && warnings == 2 && outcome.err.ends_with(hint), "{outcome:?}");
        // What is staged is here, whatever else is not.
        put(&bench, &format!("{filter}/new"), TOKEN);
        git(&bench, &["-C", filter, "add", "new"]).ok();
        check_findings(bench.etui(["scan", "--staged", "--cwd", filter]), &["new:1:1 TOKEN (team)"]);
        git(&bench, &["-C", filter, "fetch", "-q", "--refetch", "--no-filter"]).ok();
        let outcome = bench.etui(["scan", "--history", "--cwd", filter]);
        assert!(outcome.text().ends_with(":a:1:1 TOKEN (team)\n"), "{outcome:?}");
    }
}

#[test]
fn a_damaged_object_is_not_passed_over() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    put(&bench, "a", "harmless");
    put(&bench, "z", TOKEN);
    git(&bench, &["add", "a", "z"]).ok();
    git(&bench, &["commit", "-qm", "all"]).ok();
    let id = git(&bench, &["rev-parse", "HEAD:a"]).text().trim_end().to_owned();
    let object = bench.work().join(".git/objects").join(&id[..2]).join(&id[2..]);
    fs::remove_file(&object).unwrap();
    fs::write(&object, "damaged").unwrap();
    let outcome = bench.etui(["scan", "--history"]);
    assert!(outcome.code == 1 && outcome.text().ends_with(":z:1:1 TOKEN (team)\n"), "{outcome:?}");
    assert!(outcome.err.contains(":a: git does not have it here\n"), "{outcome:?}");
}
