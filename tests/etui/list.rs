//! `list`: names and dates, columns, order and pages, but never values.

use crate::bench::Bench;

/// Team acme with NAME00 … NAME11 in project web.
fn dozen() -> Bench {
    let bench = Bench::acme();
    for number in 0..12 {
        bench.set(&format!("NAME{number:02}"), "hunter2", &["-p", "web"]);
    }
    bench
}

#[test]
fn prints_the_documented_columns() {
    let bench = Bench::acme();
    bench.etui(["set", "B", "-p", "web", "--value", "x", "--note", "why"]).ok();
    bench.set("A", "xy", &["-p", "web"]);
    bench.set("A", "xyz", &["-g"]);
    bench.etui(["list", "-p", "web"]).mask_times().prints("A\tWHEN\talice\t\nB\tWHEN\talice\twhy\n").says("");
    bench.etui(["ls", "-g"]).mask_times().prints("A\tWHEN\talice\t\n");
    bench
        .etui(["list", "--all"])
        .mask_times()
        .prints("A\tproject web\tWHEN\talice\t\nA\tteam\tWHEN\talice\t\nB\tproject web\tWHEN\talice\twhy\n");
    bench
        .etui(["list", "--effective", "-p", "web"])
        .mask_times()
        .prints("A\tproject web\tWHEN\talice\t\nB\tproject web\tWHEN\talice\twhy\n");
    bench.etui(["list", "--effective"]).mask_times().prints("A\tteam\tWHEN\talice\t\n");
    bench.etui(["list", "-p", "web", "-F", "size", "-F", "name,encoding"]).prints("2\tA\tutf-8\n1\tB\tutf-8\n");
    bench.etui(["list", "-g", "-F", "value"]).fails(
        2,
        "error: there is no field `value`\n \
         hint: use name, section, created, updated, by, note, expires, size, encoding, disputed, kind or refers",
    );
    for both in [&["--all", "--effective"][..], &["--all", "-g"], &["--asc", "--desc"]] {
        assert_eq!(bench.etui(["list"].iter().chain(both)).code, 2, "{both:?}");
    }
}

#[test]
fn every_field_of_the_json_document_can_be_selected() {
    let bench = Bench::acme();
    bench.set("A", "x", &["-g"]);
    let whole = bench.etui(["list", "-g", "-j"]).ok().document();
    for field in whole["items"][0].as_object().unwrap().keys() {
        let picked = bench.etui(["list", "-g", "-j", "-F", field]);
        assert_eq!(picked.code, 0, "{}", picked.err);
        assert_eq!(picked.document()["items"][0], serde_json::json!({field: whole["items"][0][field]}));
    }
}

#[test]
fn a_linked_project_notes_what_else_applies() {
    let bench = Bench::linked();
    bench.etui(["list"]).prints("").says("note: project web of team acme has no secret yet: `etui set NAME -p web`");
    bench.set("A", "x", &["-g"]);
    bench.set("B", "x", &["-g"]);
    bench.set("B", "x", &["-c", "gpu"]);
    bench.set("C", "x", &["-p", "web"]);
    bench
        .etui(["list"])
        .mask_times()
        .prints("C\tWHEN\talice\t\n")
        .says("note: and 1 from the team and 1 from cluster gpu apply here: `etui list --effective`");
    bench.etui(["list", "-g"]).ok().says("");
    bench
        .etui(["list", "-p", "api"])
        .ok()
        .says("note: project api of team acme has no secret yet: `etui set NAME -p api`");
}

#[test]
fn notes_how_many_more_names_apply_and_counts_each_once() {
    let bench = Bench::linked();
    bench.set("B", "x", &["-g"]);
    bench.set("B", "x", &["-c", "gpu"]);
    bench.set("C", "x", &["-p", "web"]);
    let effective = bench.etui(["list", "--effective", "-j"]).ok().document()["items"].as_array().unwrap().len();
    assert_eq!(effective, 2);
    bench.etui(["list"]).ok().says("note: and 1 from cluster gpu applies here: `etui list --effective`");
}

#[test]
fn orders_by_the_chosen_field() {
    let bench = dozen();
    let names = |options: &[&str]| {
        let outcome = bench.etui(["list", "-p", "web", "-F", "name", "--limit", "3"].iter().chain(options)).ok();
        outcome.text().replace('\n', " ")
    };
    assert_eq!(names(&[]), "NAME00 NAME01 NAME02 ");
    assert_eq!(names(&["--asc"]), "NAME00 NAME01 NAME02 ");
    assert_eq!(names(&["--desc"]), "NAME11 NAME10 NAME09 ");
    let dates = |order: &str| {
        let items = bench.etui(["list", "-p", "web", "-j", "--desc", "--order-by", order]).ok().document();
        let items = items["items"].as_array().unwrap().clone();
        items.iter().map(|item| item[order].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for order in ["created", "updated"] {
        let dates = dates(order);
        assert!(dates.is_sorted_by(|a, b| a >= b), "{dates:?}");
    }
    assert_eq!(bench.etui(["list", "-p", "web", "--order-by", "size"]).code, 2);
    assert_eq!(bench.etui(["list", "-p", "web", "--limit", "0"]).code, 2);
}

#[test]
fn pages_list_every_name_once_even_if_the_last_one_of_a_page_is_deleted() {
    let bench = dozen();
    let before = bench.snapshot();
    for options in [
        &["list", "-p", "web"][..],
        &["list", "-p", "web", "--desc"],
        &["list", "-p", "web", "--order-by", "updated"],
        &["list", "-p", "web", "--order-by", "created", "--desc"],
        &["list", "--all"],
        &["secret", "list", "-p", "web"],
        &["secret", "list", "-p", "web", "--orderBy", "dtCreated", "--asc"],
    ] {
        bench.restore(&before);
        let mut seen: Vec<String> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut arguments = [options, &["--limit", "5", "-j"]].concat();
            arguments.extend(after.iter().flat_map(|after| ["--after", after]));
            let page = bench.etui(&arguments).ok().document();
            let items = page["items"].as_array().unwrap();
            seen.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
            assert_eq!(page["hasMore"], !page["nextPage"].is_null());
            let Some(next) = page["nextPage"].as_str() else { break };
            assert_eq!(items.len(), 5);
            after = Some(next.to_owned());
            bench.etui(["delete", seen.last().unwrap(), "-p", "web"]).ok();
        }
        seen.sort();
        let all: Vec<String> = (0..12).map(|number| format!("NAME{number:02}")).collect();
        assert_eq!(seen, all, "{options:?}");
    }
}

#[test]
fn the_printed_cursor_can_be_typed() {
    let bench = dozen();
    let first = bench.etui(["list", "-p", "web", "-F", "name", "--limit", "10"]).ok();
    let next = first.err.trim().strip_prefix("more: ").unwrap().to_owned();
    bench.sh(&format!("etui list -p web -F name --limit 10 {next}")).prints("NAME10\nNAME11\n").says("");
}

#[test]
fn the_last_page_says_nothing_more() {
    let bench = dozen();
    bench.etui(["list", "-p", "web", "--limit", "12"]).ok().says("");
    let document = bench.etui(["list", "-p", "web", "--limit", "12", "-j"]).ok().document();
    assert_eq!((&document["hasMore"], &document["nextPage"]), (&false.into(), &serde_json::Value::Null));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let bench = dozen();
    bench.sh("etui list -p web -F name | head -n 1").prints("NAME00\n").says("");
}

#[test]
fn an_invalid_cursor_is_a_usage_error_and_not_an_empty_page() {
    let bench = dozen();
    let by_name = bench.etui(["list", "-p", "web", "--limit", "2", "-j"]).ok().document()["nextPage"].clone();
    for arguments in [&["--after", "nonsense"][..], &["--after", by_name.as_str().unwrap(), "--order-by", "updated"]] {
        let outcome = bench.etui(["list", "-p", "web"].iter().chain(arguments));
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{arguments:?}");
        assert!(outcome.err.starts_with("error: this is not a cursor of this list\n"), "{}", outcome.err);
    }
}
