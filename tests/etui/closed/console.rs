//! The console of a vault with a closed section, for its members and for the others.

use serde_json::json;

use super::reading::{INSIDE, Team};
use crate::console::browser::play;
use crate::console::page::Server;

#[test]
fn the_console_shows_a_closed_section_without_its_content() {
    let team = Team::new();
    let asked = [&team.carol, &team.bob].map(|bench| {
        team.give(bench);
        let mut server = Server::start(bench, &[]);
        let page = server.enter();
        let vault = page.ask("/api/vault", &json!({}));
        let context = page.ask("/api/context", &json!({"cluster": "prod", "project": "web"}));
        let resolve = json!({
            "cluster": "prod", "project": null, "format": "dotenv", "reader": null, "name": "", "except": [], "gives": "text",
        });
        for (path, asked) in [
            ("/api/resolve", &resolve),
            ("/api/secret/look", &json!({"section": "cluster:prod", "name": "HIDDEN_NAME"})),
            ("/api/secret/reveal", &json!({"section": "cluster:prod", "name": "HIDDEN_NAME"})),
        ] {
            let answer = page.post(path, asked);
            let is_shown = answer.status == 200;
            assert_eq!(is_shown, std::ptr::eq(bench, &team.bob), "{path}: {}", answer.body);
            assert!(is_shown || answer.status == 403 && answer.body.contains("section_closed"), "{}", answer.body);
        }
        (vault, context)
    });
    let [(outside, context), (inside, open)] = &asked;
    let prod = |vault: &serde_json::Value| {
        let sections = vault["sections"].as_array().unwrap();
        sections.iter().find(|section| section["id"] == "cluster:prod").unwrap().clone()
    };
    let text = format!("{outside}{context}");
    assert!(INSIDE.iter().all(|hidden| !text.contains(hidden)), "{text}");
    let (shown, own) = (prod(outside), prod(inside));
    assert_eq!((&shown["closed"], &shown["members"]), (&json!(true), &json!(["alice", "bob"])));
    assert_eq!(shown["locked"]["message"], "cluster prod of team acme is closed to your key");
    assert_eq!(
        (&own["closed"], &own["members"], &own["locked"]),
        (&json!(true), &json!(["alice", "bob"]), &json!(null))
    );
    assert_eq!((&context["locked"], &open["locked"]), (&json!(["cluster:prod"]), &json!([])));
    let of = |vault: &serde_json::Value, name: &str| {
        let members = vault["members"].as_array().unwrap();
        members.iter().find(|member| member["name"] == name).unwrap()["sections"].clone()
    };
    assert_eq!((of(outside, "bob"), of(outside, "carol")), (json!(["cluster:prod"]), json!([])));
    assert!(inside.to_string().contains("HIDDEN_NAME") && open.to_string().contains("HIDDEN_ENTRY"));
}

#[test]
#[ignore = "needs chromium and node"]
fn the_page_shows_that_it_is_closed_and_offers_no_change_there() {
    let team = Team::new();
    team.give(&team.carol);
    let server = Server::start(&team.carol, &[]);
    play("closed", &team.carol, &server);
}
