//! `compare`: two sections side by side, never a value.

use crate::bench::Bench;

/// Projects web and api, which share some names.
fn two() -> Bench {
    let bench = Bench::linked();
    for (name, value, scope) in [
        ("SAME", "hunter2", &["-p", "web"]),
        ("SAME", "hunter2", &["-p", "api"]),
        ("OTHER", "hunter2", &["-p", "web"]),
        ("OTHER", "hunter3", &["-p", "api"]),
        ("WEB", "hunter2", &["-p", "web"]),
        ("API", "hunter2", &["-p", "api"]),
        ("KIND", "info", &["-p", "web"]),
    ] {
        bench.set(name, value, scope);
    }
    for (name, value, project) in [
        ("KIND", "info", "api"),
        ("LEVEL", "info", "web"),
        ("LEVEL", "info", "api"),
        ("AUTH", "secret:SAME", "web"),
        ("AUTH", "secret:OTHER", "api"),
    ] {
        bench.etui(["env", "set", name, value, "-p", project]).ok();
    }
    bench
}

#[test]
fn shows_the_names_that_differ_and_with_all_the_others_too() {
    let bench = two();
    let different = "API\tonly in project api\tsecret\n\
                     AUTH\tdifferent\tenv entry\n\
                     KIND\tdifferent\tsecret, env entry\n\
                     OTHER\tdifferent\tsecret\n\
                     WEB\tonly in project web\tsecret\n";
    bench
        .etui(["compare", "project:web", "project:api"])
        .prints(different)
        .says("note: and 2 names are equal: `etui compare project:web project:api --all`");
    bench
        .etui(["compare", "project/web", "project/api", "--all"])
        .prints(
            "API\tonly in project api\tsecret\n\
             AUTH\tdifferent\tenv entry\n\
             KIND\tdifferent\tsecret, env entry\n\
             LEVEL\tequal\tenv entry\n\
             OTHER\tdifferent\tsecret\n\
             SAME\tequal\tsecret\n\
             WEB\tonly in project web\tsecret\n",
        )
        .says("");
    let document = bench.etui(["compare", "project:web", "project:api", "-j"]).ok().says("").document();
    let expected = serde_json::json!([
        {"name": "API", "result": "only_second", "first": null, "second": "secret"},
        {"name": "AUTH", "result": "different", "first": "entry", "second": "entry"},
        {"name": "KIND", "result": "different", "first": "secret", "second": "entry"},
        {"name": "OTHER", "result": "different", "first": "secret", "second": "secret"},
        {"name": "WEB", "result": "only_first", "first": "secret", "second": null},
    ]);
    assert_eq!((&document["items"], &document["hasMore"]), (&expected, &false.into()));
}

#[test]
fn says_so_where_nothing_differs() {
    let bench = two();
    bench
        .etui(["compare", "project:web", "project:web"])
        .prints("")
        .says("note: project web and project web hold the same 6 names: `etui compare project:web project:web --all`");
    bench.etui(["compare", "team", "cluster:gpu"]).prints("").says("note: neither team nor cluster gpu sets a name");
    bench.etui(["compare", "team", "project:wbe"]).fails(
        3,
        "error: no project wbe in team acme\n hint: did you mean web? to create it: `etui project create wbe`",
    );
    bench
        .etui(["compare", "web", "api"])
        .fails(2, "error: `web` does not name a section\n hint: `project:web` or `cluster:web`");
}
