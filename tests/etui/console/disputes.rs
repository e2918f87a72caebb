//! Disputes in the console: reported, shown on request, and settled as by the command.

use std::fs;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::page::{Page, Server};
use crate::bench::Bench;
use crate::update;

/// The machine of a colleague, bob, who may write the vault too.
pub fn colleague(bench: &Bench) -> Bench {
    let bob = Bench::new();
    bob.etui(["key", "new"]).ok();
    let card = bob.etui(["key", "show", "-j"]).ok().document()["card"].as_str().unwrap().to_owned();
    bench.etui(["member", "add", "bob", &card]).ok();
    bob
}

/// Both change the same name, and then one merges the other's vault.
#[track_caller]
pub fn dispute(bench: &Bench, bob: &Bench, change: &[&str]) {
    fs::copy(bench.vault(), bob.vault()).unwrap();
    bench.etui(change.iter().chain(&["from-alice"])).ok();
    bob.etui(change.iter().chain(&["from-bob"])).ok();
    assert_eq!(bench.etui(["merge", &bob.vault().display().to_string()]).code, 4);
}

const SET: &[&str] = &["set", "KEY", "-p", "web", "--value"];

/// The item that the page shows for a name in project web.
fn item(page: &Page, name: &str) -> Value {
    let all = page.ask("/api/vault", &json!({}));
    all["items"].as_array().unwrap().iter().find(|item| item["name"] == name).unwrap().clone()
}

fn with(item: &Value, more: Value) -> Value {
    let mut asked = json!({"section": "project:web", "name": item["name"], "seen": item["mark"]});
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    asked
}

#[test]
fn a_disputed_name_is_shown_and_only_settling_changes_it() {
    let bench = Bench::acme();
    let bob = colleague(&bench);
    bench.set("KEY", "first", &["-p", "web"]);
    dispute(&bench, &bob, SET);
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let key = item(&page, "KEY");
    assert_eq!((&key["disputed"], &key["kind"]), (&json!(true), &json!("secret")));
    assert!(!key.to_string().contains("from-"), "{key}");
    let named = json!({"section": "project:web", "name": "KEY"});
    let looked = page.ask("/api/secret/look", &named);
    assert_eq!(looked["mark"], key["mark"]);
    assert_eq!(looked["candidates"], bench.etui(["settle", "KEY", "-p", "web", "-j"]).ok().document()["items"]);
    assert_eq!(looked["candidates"], key["candidates"]);
    let reveal = |more: Value| {
        let mut asked = named.clone();
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        page.post("/api/secret/reveal", &asked)
    };
    for candidate in looked["candidates"].as_array().unwrap() {
        let value = reveal(json!({"candidate": candidate["number"]})).document();
        assert_eq!(value["value"], format!("from-{}", candidate["by"].as_str().unwrap()));
    }
    assert_eq!(reveal(json!({"version": 1})).document()["value"], "first");
    // Every other request fails with the message of the command, and changes nothing.
    let command = bench.etui(["set", "KEY", "-p", "web", "--value", "x"]);
    let value = BASE64_STANDARD.encode("x");
    let entry = json!({"gives": {"text": "x"}});
    for (what, answer) in [
        ("shown", reveal(json!({}))),
        ("shown, the third of two", reveal(json!({"candidate": 3}))),
        ("shown, none", reveal(json!({"candidate": 0}))),
        ("created", page.post("/api/secret/set", &with(&key, json!({"value": value, "seen": null})))),
        ("updated", page.post("/api/secret/set", &with(&key, json!({"value": value})))),
        ("a note", page.post("/api/secret/set", &with(&key, json!({"note": "x"})))),
        ("deleted", page.post("/api/secret/delete", &with(&key, json!({"force": true})))),
        ("restored", page.post("/api/secret/restore", &with(&key, json!({"version": 1})))),
        ("an entry", page.post("/api/entry/set", &with(&key, entry.clone()))),
        ("a new entry", page.post("/api/entry/set", &with(&json!({"name": "KEY"}), entry))),
    ] {
        let error = answer.document()["error"].clone();
        assert_eq!((answer.status, &error["code"]), (409, &json!("disputed")), "{what}");
        let words =
            format!("error: {}\n hint: {}\n", error["message"].as_str().unwrap(), error["hint"].as_str().unwrap());
        assert_eq!(words, command.err, "{what}");
    }
    assert_eq!(item(&page, "KEY")["mark"], key["mark"]);
    // The context and the environment report the same error.
    let picked = json!({"cluster": null, "project": "web"});
    let explained = page.ask("/api/context", &picked)["items"][0].clone();
    assert_eq!((&explained["disputed"], &explained["error"]["code"]), (&json!(true), &json!("disputed")));
    let asked = json!({"cluster": null, "project": "web", "format": "dotenv", "reader": null, "name": "", "except": [], "gives": "text"});
    let refused = page.post("/api/resolve", &asked).document()["error"].clone();
    let error = bench.etui(["resolve", "-p", "web", "-j"]).err;
    assert_eq!(serde_json::from_str::<Value>(&error).unwrap()["error"], refused);
    // Pick one of them; the other becomes an earlier value.
    let number = key["candidates"].as_array().unwrap().iter().find(|one| one["by"] == "bob").unwrap()["number"].clone();
    for wrong in [json!({}), json!({"pick": 1, "value": value})] {
        assert_eq!(page.post("/api/secret/settle", &with(&key, wrong)).status, 400);
    }
    assert_eq!(page.post("/api/secret/settle", &with(&key, json!({"pick": 3}))).status, 404);
    let done = page.ask("/api/secret/settle", &with(&key, json!({"pick": number})));
    update::json(&done["said"], &json!("settled KEY in project web of team acme"), "");
    bench.etui(["get", "KEY", "-p", "web"]).prints("from-bob");
    bench.etui(["get", "KEY", "-p", "web", "--version", "1"]).prints("from-alice");
    assert_eq!(item(&page, "KEY")["disputed"], false);
}

#[test]
fn a_dispute_that_changed_since_it_was_shown_is_not_settled() {
    let bench = Bench::acme();
    let bob = colleague(&bench);
    dispute(&bench, &bob, SET);
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let seen = item(&page, "KEY");
    // A third value joins the dispute, because bob's machine does not know about it.
    bob.etui(SET.iter().chain(&["from-bob-again"])).ok();
    bench.etui(["merge", &bob.vault().display().to_string()]);
    let settle = |seen: &Value, more: Value| page.post("/api/secret/settle", &with(seen, more));
    let late = settle(&seen, json!({"pick": 1}));
    assert_eq!((late.status, &late.document()["error"]["code"]), (409, &json!("outdated")), "{}", late.body);
    let now = item(&page, "KEY");
    assert_ne!(now["mark"], seen["mark"]);
    bench.etui(["settle", "KEY", "-p", "web", "--by", "alice"]).ok();
    assert_eq!(settle(&now, json!({"pick": 2})).document()["error"]["code"], "outdated", "a command was faster");
    bench.etui(["get", "KEY", "-p", "web"]).prints("from-alice");
    // A name that is no longer disputed is reported as such.
    let error = settle(&item(&page, "KEY"), json!({"pick": 1})).document()["error"].clone();
    assert_eq!(error["code"], "not_disputed");
}

#[test]
fn a_dispute_can_be_settled_with_a_new_value_also_for_an_entry() {
    let bench = Bench::acme();
    let bob = colleague(&bench);
    dispute(&bench, &bob, SET);
    dispute(&bench, &bob, &["env", "set", "MODE", "-p", "web"]);
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let value = |text: &str| json!({"value": BASE64_STANDARD.encode(text), "note": "agreed on"});
    let key = page.ask("/api/secret/settle", &with(&item(&page, "KEY"), value("both\n")));
    assert_eq!(key["item"]["note"], "agreed on");
    bench.etui(["get", "KEY", "-p", "web"]).prints("both\n");
    let mode = item(&page, "MODE");
    assert_eq!((&mode["kind"], &mode["disputed"]), (&json!("entry"), &json!(true)));
    page.ask("/api/secret/settle", &with(&mode, json!({"value": BASE64_STANDARD.encode("secret:KEY")})));
    bench.etui(["get", "MODE", "-p", "web"]).prints("both\n");
    assert_eq!(item(&page, "MODE")["refers"], "secret:KEY");
}
