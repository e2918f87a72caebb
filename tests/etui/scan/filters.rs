//! Files of which git stores something else than what stands in the work tree.

use std::fs;

use serde_json::json;

use super::{TOKEN, bench, check_findings, git, put};
use crate::bench::Bench;

/// A repository in which `*.bin` files go through this filter.
fn repository(clean: &str) -> Bench {
    let bench = bench();
    git(&bench, &["init", "-q"]).ok();
    git(&bench, &["config", "filter.lfs.clean", clean]).ok();
    git(&bench, &["config", "filter.lfs.required", "true"]).ok();
    put(&bench, ".gitattributes", "*.bin filter=lfs diff=lfs merge=lfs -text\n*.other filter=other\n");
    bench
}

const POINTER: &str = "echo ran >> ../ran; cat > /dev/null; echo 'version https://git-lfs.github.com/spec/v1'";

#[test]
fn a_file_with_a_clean_filter_is_searched_as_it_is_in_the_work_tree() {
    let bench = repository(POINTER);
    put(&bench, "a.bin", format!("\n{TOKEN}"));
    put(&bench, "sub dir/é.bin", TOKEN);
    put(&bench, "clean.bin", "clean");
    // Git has no such filter, so it stores these as they are.
    put(&bench, "plain.other", TOKEN);
    std::os::unix::fs::symlink(TOKEN, bench.work().join("link.bin")).unwrap();
    git(&bench, &["add", "-A"]).ok();
    put(&bench, "unadded.bin", TOKEN);
    put(&bench, "plain.other", "");
    let ran = fs::read(bench.work().join("../ran")).unwrap();
    let all = [
        "a.bin:2:1 TOKEN (team, in the work tree)",
        "link.bin:1:1 TOKEN (team)",
        "plain.other:1:1 TOKEN (team)",
        "sub dir/é.bin:1:1 TOKEN (team, in the work tree)",
    ];
    check_findings(bench.etui(["scan", "--staged"]), &all);
    check_findings(bench.etui(["scan", "--staged", "--cwd", "sub dir"]), &all);
    check_findings(bench.etui(["scan", "--staged", "a.bin"]), &all[..1]);
    let document = bench.etui(["scan", "--staged", "-j"]).document();
    let filters: Vec<_> = document["items"].as_array().unwrap().iter().map(|item| item["filter"].clone()).collect();
    assert_eq!(filters, [json!("lfs"), json!(null), json!(null), json!("lfs")]);
    assert_eq!(document["items"][0]["allow"], "a.bin:TOKEN");
    assert_eq!(fs::read(bench.work().join("../ran")).unwrap(), ran, "no filter runs");
    // In the work tree, the files are what they are.
    check_findings(
        bench.etui(["scan", "a.bin", "sub dir"]),
        &["a.bin:2:1 TOKEN (team)", "sub dir/é.bin:1:1 TOKEN (team)"],
    );
}

#[test]
fn a_value_that_the_filter_keeps_is_found_once() {
    let bench = repository("cat");
    put(&bench, "a.bin", format!("{TOKEN}\n"));
    git(&bench, &["add", "-A"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &["a.bin:1:1 TOKEN (team)"]);
    // Since then, the file has changed.
    put(&bench, "a.bin", format!("{TOKEN}\n{TOKEN}\n"));
    check_findings(
        bench.etui(["scan", "--staged"]),
        &["a.bin:1:1 TOKEN (team)", "a.bin:2:1 TOKEN (team, in the work tree)"],
    );
}

#[test]
fn each_way_to_configure_a_filter_counts() {
    for (key, value, is_filter) in [
        ("filter.lfs.clean", "git-lfs clean -- %f", true),
        ("filter.lfs.process", "git-lfs filter-process", true),
        ("filter.lfs.smudge", "cat", false),
        ("filter.lfs.clean", "", false),
    ] {
        let bench = repository("");
        git(&bench, &["config", "--remove-section", "filter.lfs"]).ok();
        put(&bench, "a.bin", "");
        git(&bench, &["add", "-A"]).ok();
        git(&bench, &["config", key, value]).ok();
        put(&bench, "a.bin", TOKEN);
        let all = ["a.bin:1:1 TOKEN (team, in the work tree)"];
        check_findings(bench.etui(["scan", "--staged"]), if is_filter { &all } else { &[] });
    }
    // For every clone of the user, and for this file alone.
    let bench = repository("");
    git(&bench, &["config", "--remove-section", "filter.lfs"]).ok();
    put(&bench, "../.gitconfig", "[filter \"My.Own\"]\n\tclean = tr a-z A-Z\n");
    put(&bench, ".git/info/attributes", "secret.txt filter=My.Own\n");
    put(&bench, "secret.txt", TOKEN);
    git(&bench, &["add", "-A"]).ok();
    check_findings(bench.etui(["scan", "--staged"]), &["secret.txt:1:1 TOKEN (team, in the work tree)"]);
}

#[test]
fn a_file_that_is_not_in_the_work_tree_could_not_be_searched() {
    let bench = repository(POINTER);
    for name in ["gone.bin", "link.bin", "pipe.bin"] {
        put(&bench, name, TOKEN);
    }
    git(&bench, &["add", "-A"]).ok();
    for name in ["gone.bin", "link.bin", "pipe.bin"] {
        fs::remove_file(bench.work().join(name)).unwrap();
    }
    std::os::unix::fs::symlink("/etc/hostname", bench.work().join("link.bin")).unwrap();
    super::rustix_fifo(&bench.work().join("pipe.bin"));
    let outcome = bench.etui(["scan", "--staged", "-j"]);
    let unread = |file: &str, reason: &str| json!({"file": file, "commit": null, "reason": format!("{reason}; git has only what filter lfs makes of it")});
    assert_eq!(outcome.code, 1);
    assert_eq!(
        outcome.document()["unread"],
        json!([
            unread("gone.bin", "no such file or directory"),
            unread("link.bin", "too many levels of symbolic links"),
            unread("pipe.bin", "not a regular file"),
        ])
    );
}

#[test]
fn the_hook_refuses_a_commit_with_a_value_behind_a_filter() {
    let bench = repository(POINTER);
    bench.etui(["guard", "install"]).ok();
    put(&bench, "a.bin", TOKEN);
    let outcome = bench.sh("git add -A && git -c user.name=a -c user.email=a@b commit -qm x");
    let output = format!("{}{}", outcome.text(), outcome.err);
    assert!(outcome.code == 1 && output.contains("a.bin:1:1 TOKEN (team, in the work tree)\n"), "{outcome:?}");
    put(&bench, "a.bin", "clean");
    bench.sh("git add -A && git -c user.name=a -c user.email=a@b commit -qm x").ok();
}
