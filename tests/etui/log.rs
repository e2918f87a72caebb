//! `log`: who changed which name when, over all sections; never a value.

use serde_json::json;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

/// A vault in which every kind of change was made.
fn changed() -> Bench {
    let bench = Bench::acme();
    bench.set("KEY", "one", &["-g"]);
    bench.set("KEY", "two", &["-g"]);
    bench.etui(["restore", "KEY", "-g"]).ok();
    bench.etui(["env", "set", "LEVEL", "info", "-p", "web"]).ok();
    bench.set("OLD", "one", &["-p", "web"]);
    bench.etui(["rename", "OLD", "NEW", "-p", "web"]).ok();
    bench.etui(["delete", "NEW", "-p", "web"]).ok();
    bench
}

/// The rows, without their dates and sorted, since most changes were made in the same second.
fn rows(outcome: Outcome) -> Vec<String> {
    let outcome = outcome.ok().mask_times();
    let mut rows: Vec<String> = outcome.text().lines().map(|row| row.replacen("WHEN\t", "", 1)).collect();
    rows.sort();
    rows
}

#[test]
fn lists_every_change_of_every_section_and_narrows() {
    let bench = changed();
    let team = ["alice\tKEY\tteam\tcreated", "alice\tKEY\tteam\trestored", "alice\tKEY\tteam\tupdated"];
    let new = ["alice\tNEW\tproject web\tcreated", "alice\tNEW\tproject web\tdeleted"];
    let old = "alice\tOLD\tproject web\tdeleted: renamed to NEW";
    let level = "alice\tLEVEL\tproject web\tcreated";
    assert_eq!(rows(bench.etui(["log"])), [&team[..], &[level], &new, &[old]].concat());
    assert_eq!(rows(bench.etui(["log", "-g"])), team);
    assert_eq!(rows(bench.etui(["log", "KEY"])), team);
    assert_eq!(rows(bench.etui(["log", "-p", "web"])), [&[level][..], &new, &[old]].concat());
    assert_eq!(rows(bench.etui(["log", "?E?"])), [&team[..], &new].concat());
    assert_eq!(rows(bench.etui(["log", "NOTHING*"])), [""; 0]);
    // The newest change of a name comes first, also within a second.
    let key = bench.etui(["log", "KEY"]).ok();
    let changes: Vec<&str> = key.text().lines().filter_map(|row| row.rsplit('\t').next()).collect();
    assert_eq!(changes, ["restored", "updated", "created"]);
}

#[test]
fn a_deleted_section_still_has_its_log() {
    let bench = changed();
    bench.etui(["project", "delete", "web", "--force", "-y"]).ok();
    let rows = rows(bench.etui(["log", "LEVEL", "-p", "web"]));
    assert_eq!(
        rows,
        ["alice\tLEVEL\tproject web\tcreated", "alice\tLEVEL\tproject web\tdeleted: project web was deleted"]
    );
    bench.etui(["log", "-p", "never"]).fails(
        3,
        "error: no project never in team acme\n \
         hint: the only project is api; to create it: `etui project create never`",
    );
}

#[test]
fn pages_follow_each_other_and_end() {
    let bench = changed();
    let whole = bench.etui(["log"]).ok();
    let (mut pages, mut after) = (String::new(), None);
    loop {
        let mut line = vec!["log".to_owned(), "--limit".to_owned(), "3".to_owned()];
        if let Some(after) = after.take() {
            line.extend(["--after".to_owned(), after]);
        }
        let page = bench.etui(&line).ok();
        pages.push_str(page.text());
        match page.err.strip_prefix("more: --after ") {
            Some(next) => after = Some(next.trim_end().to_owned()),
            None => break,
        }
    }
    assert_eq!(pages, whole.text());
    bench
        .etui(["log", "--after", "KEY,team"])
        .fails(2, "error: this is not a cursor of the log\n hint: use the one that the page before printed");
}

#[test]
fn json_is_a_page() {
    let bench = changed();
    let page = bench.etui(["log", "OLD", "-j"]).mask_times().document();
    let event = json!({
        "at": "WHEN",
        "change": "deleted",
        "name": "OLD",
        "section": {"kind": "project", "id": "web"},
        "kind": "secret",
        "by": "alice",
        "reason": "renamed to NEW",
    });
    assert_eq!(page, json!({"items": [event], "hasMore": false, "nextPage": null}));
    let first = bench.etui(["log", "-j", "--limit", "1"]).document();
    assert_eq!(first["hasMore"], true);
    let next = first["nextPage"].as_str().unwrap().to_owned();
    let rest = bench.etui(["log", "-j", "--after", &next]).document();
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["hasMore"]), (6, &json!(false)));
}

#[test]
fn a_name_of_which_nothing_is_known_is_an_error_that_repeats_no_value() {
    let bench = changed();
    bench
        .etui(["log", "KEYS"])
        .fails(3, "error: KEYS was never set in team acme or its sections\n hint: did you mean this? `etui log KEY`");
    bench.etui(["log", "KEY", "-p", "web"]).fails(
        3,
        "error: KEY was never set in project web of team acme\n \
             hint: to see every change: `etui log -p web`",
    );
    let refused = bench.etui(["log", "hunter2!"]);
    assert_eq!(refused.code, 2);
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
}

#[test]
fn a_terminal_gets_a_table_with_relative_dates() {
    let bench = Bench::acme();
    bench.set("KEY", "one", &["-g"]);
    let left = Terminal::etui(&bench, ["log"]).ends();
    let (header, row) = left.screen.trim_end().split_once('\n').unwrap();
    assert!(header.starts_with("UPDATED ") && header.ends_with("BY     NAME  SECTION  CHANGE"), "{left:?}");
    assert!(row.ends_with("alice  KEY   team     created") && !row.contains("20"), "{left:?}");
}
