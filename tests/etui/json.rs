//! `--json`: one document of the promised shape on standard output, without values unless they were asked
//! for.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::update;

fn secret(section: Value, note: Value, size: usize) -> Value {
    json!({
        "name": "A", "section": section, "created": "WHEN", "updated": "WHEN", "by": "alice", "note": note,
        "expires": null, "size": size, "encoding": "utf-8", "disputed": false,
    })
}

#[test]
fn every_change_of_a_secret_prints_its_secret() {
    let bench = Bench::acme();
    let web = json!({"kind": "project", "id": "web"});
    let team = json!({"kind": "team", "id": "acme"});
    let gpu = json!({"kind": "cluster", "id": "gpu"});
    for (arguments, expected) in [
        (&["set", "A", "--value", "xy", "-p", "web"][..], secret(web.clone(), Value::Null, 2)),
        (&["update", "A", "--value", "xyz", "--note", "n", "-p", "web"], secret(web.clone(), "n".into(), 3)),
        (&["rename", "A", "B", "-p", "web"], Value::Null),
        (&["rename", "B", "A", "-p", "web"], secret(web.clone(), "n".into(), 3)),
        (&["copy", "A", "--to", "team", "-p", "web"], secret(team.clone(), "n".into(), 3)),
        (&["move", "A", "--to", "cluster:gpu", "-g"], secret(gpu.clone(), "n".into(), 3)),
        (&["delete", "A", "-c", "gpu"], secret(gpu.clone(), "n".into(), 3)),
        (&["restore", "A", "-c", "gpu"], secret(gpu, "n".into(), 3)),
        (&["create", "A", "--value", "", "-g"], secret(team.clone(), Value::Null, 0)),
        (&["generate", "A", "-g", "--length", "7"], secret(team, Value::Null, 7)),
    ] {
        let outcome = bench.etui(arguments.iter().chain(&["-j"])).mask_times().ok();
        if !expected.is_null() {
            update::json(&outcome.document(), &expected, &format!("{arguments:?}"));
        }
        assert_eq!(outcome.err, "", "{arguments:?}");
    }
    let keys: Vec<String> = secret(web, Value::Null, 0).as_object().unwrap().keys().cloned().collect();
    let shown = bench.etui(["get", "A", "-p", "web", "-j"]).ok().document();
    let shown: Vec<&String> = shown.as_object().unwrap().keys().collect();
    assert_eq!(shown[..keys.len()], keys.iter().collect::<Vec<_>>()[..], "the documented order");
    assert_eq!(shown[keys.len()..], ["value"]);
}

#[test]
fn changes_of_sections_print_the_section() {
    let bench = Bench::acme();
    for (arguments, id) in [
        (&["create", "docs"][..], "docs"),
        (&["rename", "docs", "handbook"], "handbook"),
        (&["delete", "handbook"], "handbook"),
    ] {
        let outcome = bench.etui(["project", "-j"].iter().chain(arguments)).ok();
        assert_eq!(outcome.document(), json!({"kind": "project", "id": id}));
        assert_eq!(outcome.err, "", "{arguments:?}");
    }
}

#[test]
fn lists_are_paged_in_every_grammar() {
    let bench = Bench::acme();
    bench.set("A", "x", &["-p", "web"]);
    for arguments in [
        &["list", "-p", "web"][..],
        &["list", "--all"],
        &["list", "--effective", "-p", "web"],
        &["history", "A", "-p", "web"],
        &["project", "list"],
        &["cluster", "list"],
        &["secret", "list", "-p", "web"],
        &["secrets", "list", "project", "--id", "web"],
        // Also an empty list.
        &["list", "-g"],
        &["secret", "list", "-g"],
        &["secrets", "list", "team"],
    ] {
        let outcome = bench.etui(arguments.iter().chain(&["--json"])).ok();
        let document = outcome.document();
        let fields: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["items", "hasMore", "nextPage"], "{arguments:?}");
        assert_eq!((&document["hasMore"], &document["nextPage"]), (&false.into(), &Value::Null));
    }
}

#[test]
fn status_has_a_field_for_each_part_of_the_context() {
    let bench = Bench::linked();
    let fingerprint = bench.etui(["vault", "list", "-j"]).ok().document()["items"][0]["fingerprint"].clone();
    assert_eq!(
        bench.etui(["status", "-j"]).ok().document(),
        json!({
            "team": "acme", "project": "web", "cluster": "gpu", "vault": bench.vault(),
            "link": bench.work().join(".etui.toml"), "unlocked": true,
            "fingerprint": fingerprint, "member": "alice", "role": "writer", "opens": true,
        })
    );
    assert_eq!(bench.etui(["unlink", "-j"]).ok().document(), json!({"link": bench.work().join(".etui.toml")}));
    assert_eq!(bench.etui(["link", "-j"]).ok().document(), Value::Null);
}

#[test]
fn every_json_output_is_a_document() {
    let bench = Bench::acme();
    // Also if there is nothing to do.
    for arguments in [&["unlink"][..], &["link"], &["purge", "-y", "-g"]] {
        bench.etui(arguments.iter().chain(&["-j"])).ok().document();
    }
}
