//! `check`: whether all names that a program needs are set.

use std::fs;

use crate::bench::{Bench, bytes};

#[test]
fn reports_that_all_names_are_set_or_which_are_missing() {
    let bench = Bench::linked();
    bench.set("A", "1", &["-g"]);
    bench.set("B", "2", &["-c", "gpu"]);
    bench.etui(["env", "set", "LEVEL", "info", "-p", "web"]).ok();
    let before = bytes(bench.vault());
    fs::write(bench.work().join(".env.example"), "A=\nB=\nLEVEL=\n").unwrap();
    let place = "project web on cluster gpu of team acme";
    bench.etui(["check"]).prints("").says(&format!("all 3 names of .env.example are set in {place}"));
    bench.etui(["check", "-j"]).prints("{\n  \"needed\": 3,\n  \"missing\": []\n}\n").says("");
    let outcome = bench.etui(["check", "-p", "api", "--no-link"]);
    assert_eq!((outcome.code, outcome.text()), (1, "B\nLEVEL\n"));
    outcome.says(
        "error: 2 of the 3 names in .env.example have no value in project api of team acme\n \
         hint: to see what is set: `etui explain`",
    );
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
fn an_invalid_name_or_a_dangling_reference_counts_as_missing() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    bench.set("TOKEN", "1", &["-g"]);
    bench.etui(["env", "set", "GOOD", "secret:TOKEN", "-p", "web"]).ok();
    bench.etui(["env", "set", "GONE", "secret:NONE", "-p", "web"]).ok();
    fs::write(bench.work().join("needs.yaml"), "GOOD: x\nGONE: x\nA: {deep: 1}\nFOO-BAR: null\n").unwrap();
    let outcome = bench.etui(["check", "needs.yaml", "-p", "web"]);
    assert_eq!((outcome.code, outcome.text()), (1, "GONE\nFOO-BAR\n"));
    fs::write(bench.work().join("needs.json"), r#"{"A": "", "\u001b[31m\n": 1}"#).unwrap();
    let outcome = bench.etui(["check", "needs.json", "-g"]);
    assert_eq!((outcome.code, outcome.text()), (1, "\\u{1b}[31m\\n\n"));
    let outcome = bench.etui(["check", "needs.json", "-g", "-j"]);
    assert_eq!((outcome.code, outcome.document()), (1, serde_json::json!({"needed": 2, "missing": ["\u{1b}[31m\n"]})));
}

#[test]
fn reads_the_needed_names_from_a_file_or_a_pipe() {
    let bench = Bench::acme();
    bench.etui(["check", "-g"]).fails(1, "error: cannot read .env.example: no such file or directory");
    bench.etui(["check", "none", "-g"]).fails(1, "error: cannot read none: no such file or directory");
    bench.etui(["check", ".", "-g"]).fails(1, "error: cannot read .: is a directory");
    let outcome = bench.piped("A=1\n# B\nexport C=\n", ["check", "-", "-g"]);
    assert_eq!((outcome.code, outcome.text()), (1, "A\nC\n"));
    fs::create_dir(bench.work().join("sub")).unwrap();
    fs::write(bench.work().join("sub/.env.example"), "Z=\n").unwrap();
    let outcome = bench.etui(["check", "--cwd", "sub", "-g"]);
    assert_eq!((outcome.code, outcome.text()), (1, "Z\n"));
}

#[test]
fn checks_thousands_of_names_at_once() {
    let bench = Bench::acme();
    let text: String = (0..5_000).map(|at| format!("NAME_{at}=1\n")).collect();
    bench.piped(&text, ["import", "-", "-g"]).ok();
    bench.piped(&text, ["check", "-", "-g"]).prints("");
}

#[test]
fn a_reference_to_a_missing_secret_is_named_with_its_entry() {
    let bench = Bench::acme();
    bench.etui(["env", "set", "AUTH", "secret:NONE", "-p", "web"]).ok();
    fs::write(bench.work().join(".env.example"), "AUTH=\nLEVEL=\n").unwrap();
    let outcome = bench.etui(["check", "-p", "web"]);
    assert_eq!((outcome.code, outcome.text()), (1, "AUTH\nLEVEL\n"));
    outcome.says(
        "warning: entry AUTH of project web of team acme refers to NONE, which is not set in project web of team acme\n\
         error: 2 of the 2 names in .env.example have no value in project web of team acme\n \
         hint: to see what is set: `etui explain`",
    );
    let outcome = bench.etui(["get", "AUTH", "-p", "web", "-j"]);
    let error: serde_json::Value = serde_json::from_str(&outcome.err).unwrap();
    assert_eq!(error["error"]["code"], "reference_missing");
}
