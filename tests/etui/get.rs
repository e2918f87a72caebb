//! `get`: prints the effective value exactly, and says when another section wins.

use crate::bench::Bench;

#[test]
fn prints_the_effective_value_and_notes_the_section_that_wins() {
    let bench = Bench::linked();
    bench.set("A", "team", &["-g"]);
    bench.set("A", "gpu", &["-c", "gpu"]);
    bench.set("A", "web", &["-p", "web"]);
    bench.etui(["get", "A"]).prints("web").says("");
    bench.etui(["get", "A", "-p", "web"]).prints("web").says("");
    bench.etui(["get", "A", "-g"]).prints("team").says("");
    bench
        .etui(["get", "A", "-c", "gpu"])
        .prints("web")
        .says("note: project web wins over cluster gpu; `--exact` prints the value of cluster gpu");
    bench.etui(["get", "A", "-c", "gpu", "--exact"]).prints("gpu").says("");
    bench
        .etui(["get", "A", "-p", "api"])
        .prints("gpu")
        .says("note: from cluster gpu of team acme; project api does not set it");
    bench
        .etui(["get", "A", "-p", "api", "--no-link"])
        .prints("team")
        .says("note: from team acme; project api does not set it");
    bench.etui(["get", "A", "-p", "web", "-c", "gpu"]).prints("web").says("");
    bench.etui(["get", "A", "--exact"]).prints("web");
    bench.etui(["get", "A", "-p", "api", "--exact"]).fails(
        3,
        "error: A is not set in project api of team acme\n \
             hint: it is set in team, cluster gpu and project web: `etui get A -g`",
    );
}

#[test]
fn a_missing_name_is_reported_with_where_it_is_set_or_a_suggestion() {
    let bench = Bench::acme();
    bench.set("STRIPE_KEY", "x", &["-c", "gpu"]);
    bench.etui(["get", "STRIPE_KEY", "-p", "web"]).fails(
        3,
        "error: STRIPE_KEY is not set in project web of team acme\n \
         hint: it is set in cluster gpu: `etui get STRIPE_KEY -c gpu`",
    );
    bench
        .etui(["get", "STRIPE_KYE", "-c", "gpu"])
        .fails(3, "error: STRIPE_KYE is not set in cluster gpu of team acme\n hint: did you mean STRIPE_KEY?");
    bench
        .etui(["get", "ZZZ", "-p", "web", "-c", "gpu"])
        .fails(3, "error: ZZZ is not set in project web on cluster gpu of team acme\n hint: `etui set ZZZ -p web`");
}

#[test]
fn earlier_values_are_numbered_from_the_newest() {
    let bench = Bench::acme();
    for value in ["one", "two", "three"] {
        bench.set("A", value, &["-g"]);
    }
    bench.etui(["get", "A", "-g", "--version", "1"]).prints("two");
    bench.etui(["get", "A", "-g", "--version", "2"]).prints("one");
    for number in ["3", "0"] {
        bench.etui(["get", "A", "-g", "--version", number]).fails(
            3,
            &format!("error: A in team acme has 2 earlier values, no version {number}\n hint: `etui history A -g`"),
        );
    }
    bench.etui(["delete", "A", "-g"]).ok();
    bench.etui(["get", "A", "-g", "--version", "1"]).prints("three");
    assert_eq!(bench.etui(["get", "A", "-g", "--version", "x"]).code, 2);
}
