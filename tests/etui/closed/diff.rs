//! What changed between versions of a vault with a closed section: for its members, and for the others.

use serde_json::json;

use crate::bench::Outcome;
use crate::sharing::{Laptop, Team};

/// alice and bob are in closed cluster prod, and carol is not.
fn shared() -> Team {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    alice.etui("cluster create prod").ok();
    alice.etui("set HIDDEN_NAME -c prod --value hidden-value-1").ok();
    alice.etui("sync").ok();
    alice.etui("cluster close prod --for bob -y").ok();
    alice.etui("sync").ok();
    for laptop in [bob, carol] {
        laptop.etui("sync").ok();
    }
    team
}

/// The lines of an outcome, without what differs at each run: dates, and the hashes before them.
fn lines(shown: Outcome) -> Vec<String> {
    let shown = shown.ok().mask_times();
    let mask = |line: &str| {
        let words = line.split(' ').map(|word| match word.trim_end_matches(',') {
            hash if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                word.replace(hash, "DIGEST")
            }
            hash if hash.len() == 12 && line.contains(&format!("{hash} by ")) => "HASH".to_owned(),
            _ => word.to_owned(),
        });
        words.collect::<Vec<_>>().join(" ")
    };
    shown.text().lines().map(mask).collect()
}

/// What git shows as changed.
fn by_git(laptop: &Laptop, line: &str) -> Vec<String> {
    let is_change =
        |line: &String| line.starts_with(['-', '+']) && !line.starts_with("---") && !line.starts_with("+++");
    lines(laptop.git(line)).into_iter().filter(is_change).collect()
}

#[test]
fn members_see_the_names_and_the_others_that_it_changed_and_by_whom() {
    let team = shared();
    let [_, bob, carol] = &team.laptops[..] else { unreachable!() };
    let (closed, open) = ("closed section DIGEST, changed by alice at WHEN, for alice, bob", "since WHEN");

    // The last commit closed it.
    let was = [format!("- cluster prod  {open}"), format!("+ cluster prod  {closed}")];
    assert_eq!(lines(bob.etui("diff HEAD~1 HEAD")), was);
    let gone = "- cluster prod: HIDDEN_NAME  HASH by alice at WHEN".to_owned();
    assert_eq!(lines(carol.etui("diff HEAD~1 HEAD")), [&was[..], &[gone]].concat());

    bob.etui("set HIDDEN_NAME -c prod --value hidden-value-2").ok();
    bob.etui("set HIDDEN_TOO -c prod --value the-same-value").ok();
    bob.etui("set B -g --value the-same-value").ok();
    let changed =
        [format!("- cluster prod  {closed}"), format!("+ cluster prod  {}", closed.replace("by alice", "by bob"))];
    let new = "+ team: B  HASH by bob at WHEN".to_owned();
    let inside = [
        "- cluster prod: HIDDEN_NAME  HASH by alice at WHEN",
        "+ cluster prod: HIDDEN_NAME  HASH by bob at WHEN",
        "+ cluster prod: HIDDEN_TOO  HASH by bob at WHEN",
    ];
    let inside = inside.map(str::to_owned);
    let own = [&changed[..], std::slice::from_ref(&new), &inside].concat();
    assert_eq!(lines(bob.etui("diff")), own);
    // Equal values outside and inside have other hashes: the key of the vault opens none of those inside.
    let shown = bob.etui("diff").ok();
    let hash = |name: &str| {
        let line = shown.text().lines().find(|line| line.contains(name)).unwrap();
        line.split("  ").nth(1).unwrap()[..12].to_owned()
    };
    assert_ne!(hash("HIDDEN_TOO"), hash("team: B"));
    let unsigned = |lines: Vec<String>| {
        let mut lines: Vec<String> =
            lines.iter().map(|line| line.replacen(['-', '+'], "", 1).trim().to_owned()).collect();
        lines.sort();
        lines
    };
    assert_eq!(unsigned(by_git(bob, "diff")), unsigned(own));
    bob.etui("sync").ok();

    // carol sees less, and git shows the same.
    carol.git("pull -q").ok();
    let told = carol.etui("diff HEAD~1");
    assert_eq!(
        told.err.trim_end(),
        "note: cluster prod is closed to your key, and left out; alice and bob can let you in"
    );
    let seen = [&changed[..], &[new]].concat();
    assert_eq!(lines(told), seen);
    assert_eq!(unsigned(by_git(carol, "log -p -1 --format=")), unsigned(seen));
    let json = carol.etui("diff HEAD~1 -j").ok().document();
    let [section, _] = &json["items"].as_array().unwrap()[..] else { panic!("{json}") };
    assert_eq!(
        (&section["change"], &section["kind"], &section["section"], &section["name"]),
        (&json!("changed"), &json!("section"), &json!({"kind": "cluster", "id": "prod"}), &json!(null))
    );
}

#[test]
fn sync_says_which_names_arrived_or_that_the_section_changed() {
    let team = shared();
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    bob.etui("set HIDDEN_NAME -c prod --value hidden-value-2").ok();
    bob.etui("set B -g --value b").ok();
    bob.etui("sync").ok();
    alice
        .etui("sync")
        .says("in sync: team acme\narrived: B (team, created by bob), HIDDEN_NAME (cluster prod, updated by bob)");
    let before = carol.etui("log -j").ok().document();
    carol
        .etui("sync")
        .says("in sync: team acme\narrived: B (team, created by bob), closed cluster prod, changed by bob");
    assert_eq!(
        before["items"].as_array().unwrap().len() + 1,
        carol.etui("log -j").document()["items"].as_array().unwrap().len()
    );
    alice.etui("set HIDDEN_NAME -c prod --value hidden-value-3").ok();
    alice.etui("sync").ok();
    let synced = carol.etui("sync -j").ok().document();
    let at = synced["closed"][0]["at"].clone();
    let section = json!({"kind": "cluster", "id": "prod"});
    assert_eq!(synced["closed"], json!([{"section": section, "by": "alice", "at": at}]));
    assert_eq!(synced["arrived"], json!([]));
}
