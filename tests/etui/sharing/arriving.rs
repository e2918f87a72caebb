//! What `sync` says afterwards: which names arrived, and from whom; never a value.

use serde_json::json;

use super::{Laptop, Team};
use crate::bench::feed;

impl Laptop {
    /// Sets many secrets of project web at once.
    fn import(&self, names: std::ops::Range<usize>) {
        let text: String = names.map(|number| format!("N{number:03}=value-{number}\n")).collect();
        feed(&mut self.bench.command(["import", "-", "-p", "web"]), text.as_bytes()).ok();
    }
}

#[test]
fn names_arrive_with_their_section_and_who_changed_them() {
    let team = Team::of(&["alice", "bob", "carol"]);
    let [alice, bob, carol] = &team.laptops[..] else { unreachable!() };
    bob.etui("project create web").ok();
    bob.etui("set DATABASE_URL -p web --value secret-of-bob").ok();
    bob.etui("env set LEVEL info -g").ok();
    bob.etui("sync").ok().says("synced: team acme");
    carol.set("MINE", "secret-of-carol");
    carol.etui("delete A -g").ok();
    carol
        .etui("sync")
        .ok()
        .says("synced: team acme\narrived: LEVEL (team, created by bob), DATABASE_URL (project web, created by bob)");
    // One's own changes are no news, nor are they for oneself.
    carol.etui("sync").ok().says("in sync: team acme");
    alice.set("ALICES", "a1");
    alice.etui("sync").ok().says(
        "synced: team acme\n\
         arrived: A (team, deleted by carol)\n\
         arrived: MINE (team, created by carol)\n\
         arrived: LEVEL (team, created by bob)\n\
         arrived: DATABASE_URL (project web, created by bob)",
    );
    bob.etui("set DATABASE_URL -p web --value other-of-bob").ok();
    bob.etui("rename DATABASE_URL DB_URL -p web").ok();
    bob.etui("sync").ok();
    carol.etui("sync").ok().says(
        "in sync: team acme\n\
         arrived: ALICES (team, created by alice), \
         DATABASE_URL (project web, deleted by bob: renamed to DB_URL), DB_URL (project web, updated by bob)",
    );
}

#[test]
fn five_hundred_names_stay_readable() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.etui("project create web").ok();
    alice.import(0..500);
    alice.etui("sync").ok();
    let synced = bob.etui("sync").ok();
    let lines: Vec<&str> = synced.err.lines().collect();
    assert_eq!(lines.len(), 22, "{lines:?}");
    assert_eq!(lines[..2], ["in sync: team acme", "arrived: N000 (project web, created by alice)"]);
    assert_eq!(lines[20..], ["arrived: N019 (project web, created by alice)", "and 480 more: `etui log`"]);
    assert_eq!(bob.etui("log -p web").ok().text().lines().count(), 500);
}

#[test]
fn members_arrive_too_and_json_has_all_of_it() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let carol = etui::keys::Card::of(&etui::keys::Identity::generate()).to_string();
    alice.etui(&format!("-y member add carol {carol}")).ok();
    alice.set("A", "other");
    alice.etui("sync").ok();
    let synced = bob.etui("sync -j").ok().mask_times();
    assert_eq!(
        synced.document(),
        json!({
            "team": "acme",
            "changed": false,
            "arrived": [{
                "at": "WHEN",
                "change": "updated",
                "name": "A",
                "section": {"kind": "team", "id": "acme"},
                "kind": "secret",
                "by": "alice",
                "reason": null,
            }],
            "members": [{"name": "carol", "change": "added", "old": null}],
            "closed": [],
        })
    );
    assert_eq!(synced.err, "note: members of team acme changed since this laptop last looked: carol was added\n");
    alice.etui("-y member remove carol").ok();
    alice.etui("sync").ok();
    bob.etui("sync").ok().says(
        "note: members of team acme changed since this laptop last looked: carol was removed\n\
         in sync: team acme",
    );
}

#[test]
fn names_that_arrived_are_said_although_the_push_fails() {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    alice.set("ALICES", "a1");
    alice.etui("sync").ok();
    bob.set("BOBS", "b1");
    super::syncing::hook(&bob.bench.work().join(".git/hooks/pre-push"), "exit 1");
    bob.etui("sync").fails(
        1,
        "arrived: ALICES (team, created by alice)\n\
         error: the hook `pre-push` of this clone stopped the push to origin/main; the change is committed here\n \
         hint: once the hook passes: `etui sync`",
    );
}
