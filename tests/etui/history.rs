//! `delete`, `history`, `restore` and `purge`: nothing is gone until it is purged.

use crate::bench::Bench;

#[test]
fn delete_says_how_to_restore_and_that_works() {
    let bench = Bench::acme();
    for (option, id, place) in
        [("-p", "web", "project web of team acme"), ("-c", "gpu", "cluster gpu of team acme"), ("-g", "", "team acme")]
    {
        let scope: Vec<&str> = [option, id].into_iter().filter(|part| !part.is_empty()).collect();
        bench.set("A", "value", &scope);
        let scoped = scope.join(" ");
        bench
            .etui(["delete", "A"].iter().chain(&scope))
            .prints("")
            .says(&format!("deleted A in {place}; undo: `etui restore A {scoped}`"));
        let outcome = bench.etui(["rm", "A"].iter().chain(&scope));
        assert_eq!(outcome.code, 3, "{}", outcome.err);
        bench.sh(&format!("etui restore A {scoped}")).prints("").says(&format!("restored A in {place}"));
        bench.etui(["get", "A"].iter().chain(&scope)).prints("value").says("");
        bench.etui(["delete", "A"].iter().chain(&scope)).ok();
    }
}

#[test]
fn suggested_commands_name_the_vault_that_was_chosen() {
    let bench = Bench::acme();
    bench.etui(["init", "beta", "--vault", "my beta.age", "--project", "web"]).ok();
    let beta = ["--vault", "my beta.age"];
    for options in [&["-t", "acme"][..], &beta] {
        let etui = |arguments: &[&str]| bench.etui(options.iter().chain(arguments));
        etui(&["set", "A", "-p", "web", "--value", "x"]).ok();
        let deleted = etui(&["delete", "A", "-p", "web"]).ok();
        let undo = deleted.err.split('`').nth(1).unwrap().to_owned();
        bench.sh(&undo).ok();
        etui(&["get", "A", "-p", "web"]).prints("x");
        let refused = etui(&["create", "A", "-p", "web", "--value", "y"]);
        let delete = refused.err.split('`').nth(3).unwrap().to_owned();
        assert!(delete.starts_with("etui -"), "{}", refused.err);
        bench.sh(&delete).ok();
        assert_eq!(etui(&["get", "A", "-p", "web"]).code, 3);
    }
}

#[test]
fn the_ten_newest_earlier_values_are_kept() {
    let bench = Bench::acme();
    for number in 0..13 {
        bench.set("A", number.to_string(), &["-g"]);
    }
    let rows: String = (1..=10).map(|number| format!("{number}\tWHEN\talice\tearlier\n")).collect();
    bench.etui(["history", "A", "-g"]).mask_times().prints(&format!("-\tWHEN\talice\tcurrent\n{rows}")).says("");
    for version in 1..=10 {
        bench.etui(["get", "A", "-g", "--version", &version.to_string()]).prints(&(12 - version).to_string());
    }
    assert_eq!(bench.etui(["get", "A", "-g", "--version", "11"]).code, 3);
    bench
        .etui(["restore", "A", "-g", "--version", "11"])
        .fails(3, "error: A in team acme has 10 earlier values, no version 11\n hint: `etui history A -g`");
    bench.etui(["restore", "A", "-g", "--version", "10"]).says("restored A in team acme");
    bench.etui(["get", "A", "-g"]).prints("2");
    bench.etui(["get", "A", "-g", "--version", "1"]).prints("12");
    bench
        .etui(["restore", "A", "-g", "--version", "0"])
        .fails(3, "error: A in team acme has 10 earlier values, no version 0\n hint: `etui history A -g`");
}

#[test]
fn history_in_json_has_states_and_no_values() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    bench.set("A", "two", &["-g"]);
    bench.etui(["delete", "A", "-g"]).ok();
    bench.set("A", "three", &["-g"]);
    let outcome = bench.etui(["history", "A", "-g", "-j"]).mask_times().ok();
    let document = outcome.document();
    let items = document["items"].as_array().unwrap();
    let states: Vec<_> = items.iter().map(|item| (item["version"].clone(), item["state"].as_str().unwrap())).collect();
    let expected = [
        (serde_json::Value::Null, "current"),
        (serde_json::Value::Null, "deleted"),
        (1.into(), "earlier"),
        (2.into(), "earlier"),
    ];
    assert_eq!(states, expected);
    for value in ["one", "two", "three"] {
        assert!(!outcome.text().contains(value), "{}", outcome.text());
    }
    assert_eq!((&document["hasMore"], &document["nextPage"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn a_name_that_was_never_set_has_no_history() {
    let bench = Bench::acme();
    bench.set("STRIPE_KEY", "x", &["-g"]);
    for verb in [&["history"][..], &["restore"], &["purge", "-y"]] {
        bench
            .etui(verb.iter().chain(&["STRIPE_KYE", "-g"]))
            .fails(3, "error: STRIPE_KYE is not set in team acme\n hint: did you mean STRIPE_KEY?");
    }
}

#[test]
fn restoring_the_current_value_changes_nothing() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    bench.set("A", "two", &["-g"]);
    bench.set("A", "one", &["-g"]);
    bench.etui(["restore", "A", "-g", "--version", "2"]).says("unchanged A in team acme");
    bench.etui(["restore", "A", "-g"]).says("restored A in team acme");
    bench.etui(["get", "A", "-g"]).prints("two");
}

#[test]
fn purge_drops_values_but_remembers_deletions() {
    let bench = Bench::acme();
    for name in ["A", "B"] {
        bench.set(name, "one", &["-g"]);
        bench.set(name, "two", &["-g"]);
    }
    bench.etui(["delete", "A", "-g"]).ok();
    bench.etui(["purge", "A", "-g"]).fails(2, "error: `purge` needs confirmation\n hint: run it again with `-y`");
    bench
        .etui(["purge", "A", "-g", "--no-input"])
        .fails(2, "error: `purge` needs confirmation\n hint: run it again with `-y`");
    bench.etui(["purge", "A", "-g", "-y"]).prints("").says(
        "purged 2 earlier values in team acme\nnote: older copies of the vault, such as those in git, still hold them",
    );
    bench.etui(["history", "A", "-g"]).mask_times().prints("-\tWHEN\talice\tdeleted\n");
    bench
        .etui(["restore", "A", "-g"])
        .fails(3, "error: A in team acme has 0 earlier values, no version 1\n hint: `etui history A -g`");
    bench.etui(["history", "B", "-g"]).mask_times().prints("-\tWHEN\talice\tcurrent\n1\tWHEN\talice\tearlier\n");
    assert_eq!(bench.etui(["purge", "-g", "-y", "-j"]).ok().document(), serde_json::json!({"purged": 1}));
    bench.etui(["history", "B", "-g"]).mask_times().prints("-\tWHEN\talice\tcurrent\n");
    bench.etui(["get", "B", "-g"]).prints("two");
}
