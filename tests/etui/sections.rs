//! `project` and `cluster`: list, create, rename, delete.

use crate::bench::Bench;

#[test]
fn are_created_listed_renamed_and_deleted() {
    for kind in ["project", "cluster"] {
        let bench = Bench::new();
        bench.etui(["init", "acme"]).ok();
        bench
            .etui([kind, "list"])
            .prints("")
            .says(&format!("note: team acme has no {kind} yet: `etui {kind} create ID`"));
        bench.etui([kind, "create", "b"]).prints("").says(&format!("created {kind} b in team acme"));
        bench.etui([kind, "create", "a"]).prints("").says(&format!("created {kind} a in team acme"));
        bench.etui([kind, "create", "a"]).fails(4, &format!("error: {kind} a already exists in team acme"));
        bench.set("X", "1", &[&format!("--{kind}"), "b"]);
        bench.etui([kind, "list"]).mask_times().prints("a\t0\t0\tWHEN\nb\t1\t0\tWHEN\n").says("");
        let listed = bench.etui([kind, "ls", "-j"]).mask_times().ok().document();
        let item = |id: &str, secrets: u8| serde_json::json!({"id": id, "secrets": secrets, "entries": 0, "created": "WHEN", "updated": "WHEN", "closed": false, "members": null});
        let expected = serde_json::json!({"items": [item("a", 0), item("b", 1)], "hasMore": false, "nextPage": null});
        assert_eq!(listed, expected);
        let outcome = bench.etui([kind, "rename", "b", "c"]).ok();
        assert!(outcome.err.starts_with(&format!("renamed {kind} b to c in team acme\n")), "{}", outcome.err);
        bench.etui(["get", "X", &format!("--{kind}"), "c"]).prints("1");
        bench.etui([kind, "rename", "c", "a"]).fails(4, &format!("error: {kind} a already exists in team acme"));
        bench.etui([kind, "delete", "a"]).prints("").says(&format!("deleted {kind} a in team acme"));
        bench.etui([kind, "list"]).mask_times().prints("c\t1\t0\tWHEN\n");
    }
}

#[test]
fn a_missing_section_is_reported_with_the_existing_ones() {
    let bench = Bench::acme();
    for (arguments, id, hint) in [
        (&["project", "delete", "webb"][..], "webb", "did you mean web?"),
        (&["project", "rename", "zzz", "y"], "zzz", "the projects are api and web;"),
        (&["set", "A", "--value", "x", "-p", "webb"], "webb", "did you mean web?"),
        (&["resolve", "-p", "webb"], "webb", "did you mean web?"),
        (&["run", "-p", "zzz", "true"], "zzz", "the projects are api and web;"),
        (&["list", "-p", "zzz"], "zzz", "the projects are api and web;"),
        (&["history", "A", "-p", "zzz"], "zzz", "the projects are api and web;"),
    ] {
        bench.etui(arguments).fails(
            3,
            &format!("error: no project {id} in team acme\n hint: {hint} to create it: `etui project create {id}`"),
        );
    }
    // A project is not a cluster.
    bench.etui(["get", "A", "-c", "web"]).fails(
        3,
        "error: no cluster web in team acme\n \
             hint: the only cluster is gpu; to create it: `etui cluster create web`",
    );
}

#[test]
fn a_section_that_is_not_empty_is_deleted_only_by_force_and_can_be_restored() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-p", "web"]);
    bench.set("A", "two", &["-p", "web"]);
    bench.set("B", "b", &["-p", "web"]);
    bench.etui(["project", "delete", "web"]).fails(
        4,
        "error: project web of team acme holds 2 secrets\n \
         hint: `--force` deletes them too; their values stay in the history",
    );
    let outcome = bench.etui(["project", "delete", "web", "--force"]);
    assert_eq!((outcome.code, outcome.text()), (2, ""), "{}", outcome.err);
    bench.etui(["get", "A", "-p", "web"]).prints("two");
    bench.etui(["project", "delete", "web", "--force", "-y"]).prints("").says(
        "deleted project web in team acme\n\
         note: its secrets are in the history: `etui project create web`, then `etui restore NAME -p web`",
    );
    assert_eq!(bench.etui(["list", "-p", "web"]).code, 3);
    bench.etui(["list", "--all"]).prints("");
    bench.etui(["project", "create", "web"]).ok();
    bench.etui(["list", "-p", "web"]).prints("");
    bench
        .etui(["history", "A", "-p", "web"])
        .mask_times()
        .prints("-\tWHEN\talice\tdeleted: project web was deleted\n1\tWHEN\talice\tearlier\n2\tWHEN\talice\tearlier\n");
    bench.etui(["restore", "A", "-p", "web"]).prints("").says("restored A in project web of team acme");
    bench.etui(["get", "A", "-p", "web"]).prints("two");
    bench.etui(["restore", "B", "-p", "web"]).ok();
}

#[test]
fn ids_are_checked() {
    let bench = Bench::acme();
    for good in ["9", "a.b", "Web_EU-1", &"x".repeat(64)] {
        bench.etui(["project", "create", good]).ok();
        bench.set("A", "1", &["-p", good]);
        bench.etui(["resolve", "-p", good]).prints("A=1\n");
    }
    for bad in [".a", "_a", "a b", "a/b", "é", "", &"x".repeat(65)] {
        let outcome = bench.etui(["project", "create", bad]);
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{bad:?} {}", outcome.err);
    }
}
