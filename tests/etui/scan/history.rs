//! `scan --history` reports each path that held a value, in whatever way git keeps the commit.

use std::fs;

use super::{TOKEN, bench, check_findings, git, put};
use crate::bench::{Bench, Outcome};

fn commit(bench: &Bench, message: &str) -> String {
    git(bench, &["add", "-A"]).ok();
    git(bench, &["commit", "-qm", message]).ok();
    head(bench)
}

fn head(bench: &Bench) -> String {
    git(bench, &["rev-parse", "HEAD"]).text()[..12].to_owned()
}

/// The value was found once at each `COMMIT:PATH`.
#[track_caller]
fn check(outcome: Outcome, places: &[String]) {
    let mut lines: Vec<String> = places.iter().map(|place| format!("{place}:1:1 TOKEN (team)")).collect();
    lines.sort();
    check_findings(outcome, &lines.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_blob_is_reported_once_for_each_path_that_held_it() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    put(&bench, "a", TOKEN);
    put(&bench, "dir/copy", TOKEN);
    let first = commit(&bench, "two at once");
    // Renamed, copied, deleted, and back at its first path.
    git(&bench, &["mv", "a", "renamed"]).ok();
    let second = commit(&bench, "renamed");
    put(&bench, "later", TOKEN);
    let third = commit(&bench, "copied");
    git(&bench, &["rm", "-q", "renamed", "later"]).ok();
    put(&bench, "a", TOKEN);
    commit(&bench, "back");
    git(&bench, &["rm", "-q", "-r", "a", "dir"]).ok();
    commit(&bench, "gone");
    // On a branch that was merged for its history only, and on one that was not merged.
    git(&bench, &["checkout", "-qb", "dropped", "HEAD~1"]).ok();
    put(&bench, "dir/dropped", TOKEN);
    let dropped = commit(&bench, "dropped");
    git(&bench, &["checkout", "-q", "main"]).ok();
    git(&bench, &["merge", "-q", "-s", "ours", "-m", "ours", "dropped"]).ok();
    git(&bench, &["branch", "-qD", "dropped"]).ok();
    git(&bench, &["checkout", "-qb", "other"]).ok();
    put(&bench, "other", TOKEN);
    let other = commit(&bench, "other");
    git(&bench, &["checkout", "-q", "main"]).ok();

    let all = [
        format!("{first}:a"),
        format!("{first}:dir/copy"),
        format!("{second}:renamed"),
        format!("{third}:later"),
        format!("{dropped}:dir/dropped"),
        format!("{other}:other"),
    ];
    let outcome = bench.etui(["scan", "--history"]);
    assert!(outcome.err.contains("error: 6 findings in 6 files\n"), "{}", outcome.err);
    check(outcome, &all);
    check(bench.etui(["scan", "--history", "dir"]), &[all[1].clone(), all[4].clone()]);
    check(bench.etui(["scan", "--history", "renamed", "other"]), &[all[2].clone(), all[5].clone()]);
    // An entry of the link allows one of the paths.
    let link = bench.work().join(".etui.toml");
    fs::write(&link, fs::read_to_string(&link).unwrap() + "allow = ['a:TOKEN', 'dir/dropped:TOKEN']\n").unwrap();
    check(bench.etui(["scan", "--history"]), &[&all[1..4], &all[5..]].concat());
}

#[test]
fn tags_stashes_notes_and_a_detached_head_are_history() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    put(&bench, "clean", "clean");
    commit(&bench, "clean");
    let mut all = Vec::new();
    // A commit that only a tag has, and one that only an annotated tag has.
    for (name, tag) in [("tagged", vec!["tag", "light"]), ("annotated", vec!["tag", "-a", "-m", "heavy", "heavy"])] {
        git(&bench, &["checkout", "-q", "--detach", "main"]).ok();
        put(&bench, name, TOKEN);
        all.push(format!("{}:{name}", commit(&bench, name)));
        git(&bench, &tag).ok();
    }
    git(&bench, &["checkout", "-q", "main"]).ok();
    // Three stashes, one of an untracked file. Only the newest has a reference.
    for name in ["stashed", "clean", "untracked"] {
        put(&bench, name, TOKEN);
        if name == "stashed" {
            git(&bench, &["add", name]).ok();
        }
        git(&bench, &["stash", "push", "-q", "--include-untracked"]).ok();
    }
    let revision = |name: &str| git(&bench, &["rev-parse", name]).ok().text()[..12].to_owned();
    all.push(format!("{}:untracked", revision("stash@{0}^3")));
    all.push(format!("{}:clean", revision("stash@{1}")));
    all.push(format!("{}:stashed", revision("stash@{2}^2")));
    git(&bench, &["checkout", "-q", "--detach"]).ok();
    put(&bench, "detached", TOKEN);
    all.push(format!("{}:detached", commit(&bench, "detached")));
    check(bench.etui(["scan", "--history"]), &all);
    // Only a tag points to this blob.
    put(&bench, "blob", format!("{TOKEN}\n"));
    let blob = git(&bench, &["hash-object", "-w", "blob"]).ok().text().trim_end().to_owned();
    git(&bench, &["tag", "blob", &blob]).ok();
    all.push(format!("{}:{blob}", &blob[..12]));
    check(bench.etui(["scan", "--history"]), &all);
}

#[test]
fn a_bare_repository_has_a_history() {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    put(&bench, "a", TOKEN);
    let first = commit(&bench, "a");
    git(&bench, &["clone", "-q", "--bare", ".", "bare.git"]).ok();
    check(bench.etui(["scan", "--history", "--cwd", "bare.git"]), &[format!("{first}:a")]);
}
