//! `rename`, `move` and `copy`: the history goes along, and a taken name is a conflict.

use crate::bench::Bench;

/// A vault with OLD in project web: value three, and the earlier values one and two.
fn three() -> Bench {
    let bench = Bench::acme();
    for value in ["one", "two", "three"] {
        bench.set("OLD", value, &["-p", "web"]);
    }
    bench
}

#[test]
fn rename_keeps_the_history() {
    let bench = three();
    bench.etui(["rename", "OLD", "NEW", "-p", "web"]).prints("").says("renamed OLD to NEW in project web of team acme");
    bench.etui(["resolve", "-p", "web"]).prints("NEW=three\n");
    bench.etui(["get", "NEW", "-p", "web", "--version", "2"]).prints("one");
    bench.etui(["history", "OLD", "-p", "web"]).mask_times().prints("-\tWHEN\talice\tdeleted: renamed to NEW\n");
    bench.etui(["mv", "NEW", "OLD", "-p", "web", "-j"]).ok();
    bench.etui(["get", "OLD", "-p", "web", "--version", "1"]).prints("two");
}

#[test]
fn a_taken_name_is_a_conflict_and_changes_nothing() {
    let bench = three();
    bench.set("NEW", "x", &["-p", "web"]);
    bench.set("OLD", "team", &["-g"]);
    for arguments in [
        &["rename", "OLD", "NEW", "-p", "web"][..],
        &["move", "OLD", "--to", "team", "-p", "web"],
        &["copy", "OLD", "--to", "team", "-p", "web"],
    ] {
        let outcome = bench.etui(arguments);
        assert_eq!((outcome.code, outcome.text()), (4, ""), "{arguments:?}");
        assert!(outcome.err.contains(" is already set in "), "{}", outcome.err);
    }
    bench.etui(["resolve", "-p", "web"]).prints("NEW=x\nOLD=three\n");
    bench.etui(["get", "OLD", "-g"]).prints("team");
    bench.etui(["rename", "OLD", "OLD", "-p", "web"]).fails(2, "error: the old and the new name are the same");
    let missing = bench.etui(["rename", "NONE", "X", "-p", "web"]);
    assert_eq!(missing.code, 3);
}

#[test]
fn moves_and_copies_to_any_section() {
    for (to, scope, words) in [
        ("team", &["-g"][..], "team acme"),
        ("project:api", &["-p", "api"], "project api of team acme"),
        ("project/api", &["-p", "api"], "project api of team acme"),
        ("cluster:gpu", &["-c", "gpu"], "cluster gpu of team acme"),
    ] {
        let bench = three();
        bench
            .etui(["copy", "OLD", "--to", to, "-p", "web"])
            .prints("")
            .says(&format!("copied OLD from project web to {words}"));
        bench.etui(["get", "OLD", "-p", "web", "--exact"]).prints("three");
        bench.etui(["get", "OLD", "--version", "2"].iter().chain(scope)).prints("one");
        bench.etui(["delete", "OLD"].iter().chain(scope)).ok();
        bench
            .etui(["move", "OLD", "--to", to, "-p", "web"])
            .prints("")
            .says(&format!("moved OLD from project web to {words}"));
        assert_eq!(bench.etui(["get", "OLD", "-p", "web", "--exact"]).code, 3);
        bench.etui(["get", "OLD", "--version", "1"].iter().chain(scope)).prints("two");
        bench
            .etui(["history", "OLD", "-p", "web"])
            .mask_times()
            .prints(&format!("-\tWHEN\talice\tdeleted: moved to {}\n", to.replace([':', '/'], " ")));
    }
}

#[test]
fn an_invalid_target_section_is_an_error() {
    let bench = three();
    for verb in ["move", "copy"] {
        for (to, hint) in
            [("web", "`project:web` or `cluster:web`"), ("member:alice", "`team`, `project:ID` or `cluster:ID`")]
        {
            bench.etui([verb, "OLD", "--to", to, "-p", "web"]).fails(
                2,
                &format!(
                    "error: `{to}` does not name a section\n \
                     hint: {hint}"
                ),
            );
        }
        assert_eq!(bench.etui([verb, "OLD", "--to", "project:none", "-p", "web"]).code, 3);
        assert_eq!(bench.etui([verb, "OLD", "-p", "web"]).code, 2, "--to is required");
    }
}

#[test]
fn moving_to_the_same_section_reports_no_change() {
    let bench = three();
    bench
        .etui(["move", "OLD", "--to", "project:web", "-p", "web"])
        .prints("")
        .says("unchanged OLD in project web of team acme");
}
