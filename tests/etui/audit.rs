//! What `audit` finds, what may be acknowledged, and for how long.

use etui::keys::Identity;
use etui::ops::audit::{Cause, findings};
use etui::vault::change::Precondition;
use etui::vault::text::{Text, print};
use etui::vault::{
    ActorId, Details, Endorser, Expiry, HashKey, MemberName, PublicKeys, SecretName, SectionId, Stamp, Timestamp,
    Value, Vault, VaultId,
};
use serde_json::json;

use crate::bench::{Bench, bytes, open};
use crate::format::golden::{Person, person};

/// A vault, and the one who writes it, one minute after the other.
struct Story {
    vault: Vault,
    alice: Person,
    minute: u32,
}

impl Story {
    /// A team of alice, with dan and eve, who read.
    fn begin() -> Story {
        let alice = person("alice", 0x0a);
        let stamp = Stamp { by: alice.member(), at: at(0) };
        let sign = |bytes: &[u8]| alice.identity.open_signer().unwrap().sign(bytes);
        let keys = alice.card().public_keys();
        let founder = Endorser { stamp: &stamp, keys, sign: &sign, fresh: &|| HashKey([1; 32]) };
        let vault = Vault::found("acme".parse().unwrap(), VaultId([0x5a; 16]), &founder);
        let mut story = Story { vault, alice, minute: 0 };
        for (name, byte) in [("dan", 0x0d), ("eve", 0x0e)] {
            story.members(|vault, by| vault.add_member(&member(name), reader(byte), by).unwrap());
        }
        story
    }

    fn stamp(&mut self) -> Stamp {
        self.minute += 1;
        self.vault.head.clock.tick(ActorId(1));
        Stamp { by: self.alice.member(), at: at(self.minute) }
    }

    fn members(&mut self, change: impl FnOnce(&mut Vault, &Endorser<'_>)) -> &mut Story {
        let stamp = self.stamp();
        let sign = |bytes: &[u8]| self.alice.identity.open_signer().unwrap().sign(bytes);
        let keys = self.alice.card().public_keys();
        let fresh = HashKey([self.minute as u8; 32]);
        change(&mut self.vault, &Endorser { stamp: &stamp, keys, sign: &sign, fresh: &|| fresh });
        self
    }

    fn removes(&mut self, name: &str) -> &mut Story {
        self.members(|vault, by| vault.remove_member(&member(name), by).unwrap())
    }

    fn sets(&mut self, key: &str, value: &str) -> &mut Story {
        self.sets_with(key, value, Details::default())
    }

    fn sets_with(&mut self, key: &str, value: &str, details: Details) -> &mut Story {
        let stamp = self.stamp();
        let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
        self.vault.sections.set(&SectionId::Team, &name(key), value, details, Precondition::Any, &stamp).unwrap();
        self
    }

    fn deletes(&mut self, key: &str) -> &mut Story {
        let stamp = self.stamp();
        self.vault.sections.delete(&SectionId::Team, &name(key), false, &stamp).unwrap();
        self
    }

    fn acknowledges(&mut self, key: &str) -> &mut Story {
        let stamp = self.stamp();
        self.vault.acknowledge(&SectionId::Team, &name(key), "fine".to_owned(), &stamp).unwrap();
        self
    }

    /// Does what only a changed etui does: says in the acknowledgement of A that it was made in that minute, for
    /// the removal of dan.
    fn forges(&mut self, minute: u32) -> &mut Story {
        let dan = person("reader", 0x0d).keys(false).fingerprint();
        let text = print(&self.vault);
        let (before, rest) = text.split_once("acknowledged = { at = ").unwrap();
        let (_, after) = rest.split_once(" }\n").unwrap();
        let at = at(minute);
        let forged =
            format!("acknowledged = {{ at = {at}, by = \"alice\", exposed = [\"{dan}\"], reason = \"fine\" }}\n");
        let text = Text::new([before, &forged, after].concat());
        self.vault = text.whole(&text.head().unwrap()).unwrap();
        self
    }

    /// The findings one minute after the last write, those that were acknowledged in parentheses.
    #[track_caller]
    fn shows(&mut self, expected: &str) -> &mut Story {
        self.shows_at(self.minute + 1, expected)
    }

    #[track_caller]
    fn shows_at(&mut self, minute: u32, expected: &str) -> &mut Story {
        let age = "1d".parse().unwrap();
        let show = |cause: &Cause| match cause {
            Cause::Expired => "expired".to_owned(),
            Cause::Old { .. } => "old".to_owned(),
            Cause::Exposed { to, keys_of } => {
                let names = to.iter().chain(keys_of).map(ToString::to_string);
                names.collect::<Vec<_>>().join("+")
            }
            Cause::Open { to } => format!("open:{}", to.len()),
            Cause::Shared { with } => format!("={}", with.len()),
        };
        let found = findings(&self.vault, Some(age), at(minute));
        let found = found.iter().map(|finding| match &finding.acknowledged {
            None => format!("{} {}", finding.name, show(&finding.cause)),
            Some(_) => format!("({} {})", finding.name, show(&finding.cause)),
        });
        assert_eq!(found.collect::<Vec<_>>().join(", "), expected);
        self
    }
}

fn at(minute: u32) -> Timestamp {
    let start: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
    start.plus(format!("{minute}m").parse().unwrap())
}

fn member(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn name(text: &str) -> SecretName {
    text.parse().unwrap()
}

fn reader(byte: u8) -> PublicKeys {
    person("reader", byte).keys(false)
}

/// The minutes of a day.
const DAY: u32 = 24 * 60;

const LONG: &str = "a value that stands in no other text";

#[test]
fn what_was_acknowledged_is_what_was_known_then() {
    let mut story = Story::begin();
    story.sets("A", LONG).removes("dan").shows("A dan").acknowledges("A").shows("(A dan)");
    // Another removal is new, and only that one.
    story.removes("eve").shows("A eve, (A dan)").acknowledges("A").shows("(A dan+eve)");
    // The same value again changes nothing, and another one begins anew.
    story.sets("A", LONG).shows("(A dan+eve)");
    story.sets("A", "another").shows("").sets("A", LONG).shows("A dan+eve");

    // An expiry that passes later, and an age that is reached later.
    let expires = Some(Expiry::At(at(100)));
    let mut story = Story::begin();
    story.sets_with("B", LONG, Details { expires, ..Details::default() }).removes("dan").acknowledges("B");
    story.shows_at(99, "(B dan)").shows_at(100, "B expired, (B dan)").shows_at(5 * DAY, "B expired, B old, (B dan)");
    story.minute = 2 * DAY;
    story.acknowledges("B").shows_at(5 * DAY, "(B expired), (B old), (B dan)");
    // Another expiry is another reason.
    let details = Details { expires: Some(Expiry::At(at(3 * DAY))), ..Details::default() };
    story.sets_with("B", LONG, details).shows_at(2 * DAY + 3, "(B dan)");
    story.shows_at(3 * DAY, "B expired, (B dan)");
}

#[test]
fn nothing_is_acknowledged_in_advance() {
    // Before a member is removed, a writer says that the removal is known: at that time, or later.
    for said in [0, 3, 1000] {
        let mut story = Story::begin();
        story.sets("A", LONG).acknowledges("A").forges(said).removes("dan").shows("A dan");
        story.shows_at(2000, "A old, A dan").acknowledges("A").shows("(A dan)");
    }
    // The removal comes from another laptop, and meets the forgery in a merge.
    for said in [0, 3] {
        let mut start = Story::begin();
        start.sets("A", LONG);
        let side = |byte| {
            let mut vault = start.vault.clone();
            vault.head.clock.tick(ActorId(byte));
            Story { vault, alice: person("alice", 0x0a), minute: 9 }
        };
        let [mut removal, mut forgery] = [side(11), side(12)];
        removal.removes("dan");
        forgery.acknowledges("A").forges(said);
        let merged = Vault::merge(Some(&start.vault), &removal.vault, &forgery.vault, None).unwrap().vault;
        Story { vault: merged, ..side(13) }.shows("A dan");
    }
    // From the future nothing is acknowledged, whatever it is about.
    let details = Details { expires: Some(Expiry::At(at(100))), ..Details::default() };
    let mut story = Story::begin();
    story.sets_with("A", LONG, details).sets("B", LONG).removes("dan").acknowledges("A").forges(3 * DAY);
    story.shows_at(100, "A expired, A dan, A =1, B dan, B =1");
}

#[test]
fn a_removal_by_a_laptop_whose_clock_is_ahead_can_be_acknowledged() {
    let mut story = Story::begin();
    story.sets("A", LONG);
    story.minute = 20;
    story.removes("dan");
    story.minute = 15;
    story.acknowledges("A").shows_at(21, "(A dan)");
}

#[test]
fn a_value_that_is_shared_is_acknowledged_for_each_name() {
    let mut story = Story::begin();
    story.sets("A", LONG).sets("B", LONG).shows("A =1, B =1");
    story.acknowledges("A").shows("(A =1), B =1").acknowledges("B").shows("(A =1), (B =1)");
    story.sets("C", LONG).shows("(A =2), (B =2), C =2");
}

#[test]
fn short_and_common_values_are_shared_by_chance() {
    for value in ["", "true", "3000", "localhost", "production", "\n", "xxxxxxxxxxxxxxxxxxxx"] {
        Story::begin().sets("A", value).sets("B", value).shows("");
    }
    for value in ["localhost:5432", "sk_test_1", "correcthorsebatterystaple"] {
        Story::begin().sets("A", value).sets("B", value).shows("A =1, B =1");
    }
}

#[test]
fn nobody_could_read_what_was_set_after_the_removal() {
    let mut story = Story::begin();
    story.sets("OLD", LONG).removes("dan").sets("NEW", "made after dan was gone").shows("OLD dan");
    // Between two values of a secret, somebody came and went. The first one stands in the history.
    let mut story = Story::begin();
    story.sets("A", LONG).members(|vault, by| vault.add_member(&member("fay"), reader(0x0f), by).unwrap());
    story.removes("fay").sets("A", "made after fay was gone").shows("");
    // Before there is any value, nobody reads one.
    Story::begin().removes("dan").sets("A", LONG).shows("");
    // Somebody who was removed twice, on two laptops, read what both held, and nothing that came later.
    let mut start = Story::begin();
    start.sets("A", LONG);
    let two = [11, 12].map(|byte| {
        let mut side = Story { vault: start.vault.clone(), alice: person("alice", 0x0a), minute: 9 };
        side.removes("dan").sets(&format!("LATER_{byte}"), &format!("made after dan was gone, {byte}"));
        side.vault.head.clock.tick(ActorId(byte));
        side.vault
    });
    start.vault = Vault::merge(Some(&start.vault), &two[0], &two[1], None).unwrap().vault;
    start.shows("A dan");
}

#[test]
fn a_common_value_elsewhere_says_nothing_about_a_secret_that_was_made_later() {
    let mut story = Story::begin();
    story.sets("DEBUG", "true").sets("PIN", "4711").removes("dan").shows("DEBUG dan, PIN dan");
    story.sets("VERBOSE", "true").shows("DEBUG dan, PIN dan");
    // But a secret is as old as its name, and a value that it had is not new.
    story.deletes("PIN").sets("PIN", "4711").shows("DEBUG dan, PIN dan");
    story.sets("PIN", "1234").shows("DEBUG dan").sets("PIN", "4711").shows("DEBUG dan, PIN dan");
    // A value that nobody chooses twice is known, wherever it stands.
    let mut story = Story::begin();
    story.sets("A", LONG).removes("dan").deletes("A").sets("B", LONG).shows("B dan");
}

/// A vault whose reader ci was removed after A and B were set.
fn with_removal() -> Bench {
    let bench = Bench::acme();
    bench.set("A", "c4n4ry-a", &["-g"]);
    bench.set("B", "c4n4ry-b", &["-p", "web"]);
    remove(&bench, "ci");
    bench
}

/// Adds a reader and removes it.
fn remove(bench: &Bench, name: &str) {
    bench.etui(["member", "add", name, Identity::generate().recipient().as_str()]).ok();
    bench.etui(["member", "remove", name, "-y"]).ok();
}

const OLD: &str = "note: anyone with an old copy of the vault can still read it; only new values help";

#[test]
fn an_acknowledged_finding_is_shown_only_on_request() {
    let bench = with_removal();
    let line = ["audit", "acknowledge", "A", "-g", "--reason", "a test account"];
    bench.etui(line).prints("").says("acknowledged A in team acme: read by ci, who was removed");
    let left = "error: 1 secret needs a new value\n hint: one after another: `etui rotate`; \
         or for one that may stay: `etui audit acknowledge NAME --reason TEXT`";
    let known = "note: 1 finding is acknowledged: `etui audit --all`";
    bench
        .etui(["audit"])
        .exits(1, "B\tproject web\tread by ci, who was removed\n")
        .says(&format!("{known}\n{OLD}\n{left}"));
    bench.etui(["audit", "acknowledge", "B", "-p", "web", "--reason", "it is\n[on] purpose"]).ok();
    let known = "note: 2 findings are acknowledged: `etui audit --all`";
    bench.etui(["audit"]).prints("").says(&format!("{known}\n{OLD}"));
    bench.etui(["audit", "--all"]).mask_times().prints(
        "A\tteam\tread by ci, who was removed\tWHEN\talice\ta test account\n\
         B\tproject web\tread by ci, who was removed\tWHEN\talice\tit is\\n[on] purpose\n",
    );

    let document = bench.etui(["audit", "-j"]).ok().mask_times().document();
    let acknowledged = json!({"by": "alice", "at": "WHEN", "reason": "a test account"});
    let first = json!({
        "name": "A", "section": {"kind": "team", "id": "acme"}, "why": "read by ci, who was removed",
        "cause": "exposed", "acknowledged": acknowledged,
    });
    assert_eq!(document["items"][0], first);

    // The next removal is another matter.
    remove(&bench, "cd");
    let cd = "read by cd, who was removed";
    bench.etui(["audit"]).exits(1, &format!("A\tteam\t{cd}\nB\tproject web\t{cd}\n"));
    // And a new value ends all of it.
    bench.etui(["generate", "A", "-g"]).ok();
    bench.etui(["generate", "B", "-p", "web"]).ok();
    bench.etui(["audit"]).prints("").says(OLD);
    let text = open(&bytes(bench.vault()), &Identity::parse_all(&bytes(bench.key())).unwrap()).unwrap();
    assert!(!String::from_utf8_lossy(&text).contains("acknowledged"));
}

#[test]
fn an_acknowledgement_needs_a_secret_and_a_reason() {
    let bench = with_removal();
    let before = bytes(bench.vault());
    let acknowledge = |name: &str, reason: &str| bench.etui(["audit", "acknowledge", name, "-g", "--reason", reason]);
    acknowledge("A", " ").fails(2, "error: the reason is empty\n hint: `--reason TEXT`, for those who ask later");
    assert_eq!(acknowledge("NONE", "why").code, 3);
    assert_eq!(bench.etui(["audit", "acknowledge", "A", "-g"]).code, 2);
    assert_eq!(bench.etui(["audit", "--all", "acknowledge", "A", "-g", "--reason", "x"]).code, 2);
    assert_eq!(bytes(bench.vault()), before);
    // Of a secret without findings, its age is acknowledged.
    bench.set("OLD", "c4n4ry-old", &["-g"]);
    acknowledge("OLD", "it never changes").says(
        "acknowledged OLD in team acme\n\
         note: OLD has no finding now; this covers its age alone",
    );
    let document = acknowledge("OLD", "it never changes").code;
    assert_eq!(document, 0);
    let known = bench.etui(["audit", "--older-than", "0s", "-j"]).document();
    let known = known["items"].as_array().unwrap().iter().filter(|item| item["name"] == "OLD").collect::<Vec<_>>();
    assert_eq!((known.len(), &known[0]["cause"], &known[0]["acknowledged"]["by"]), (1, &"old".into(), &"alice".into()));

    let line = ["audit", "acknowledge", "A", "-g", "-j", "--reason", "why"];
    let document = bench.etui(line).ok().document();
    assert_eq!((&document["name"], &document["acknowledged"]["reason"]), (&"A".into(), &"why".into()));
}

#[test]
fn setting_the_same_value_again_says_that_it_still_needs_a_new_one() {
    let bench = with_removal();
    let still = "note: A still needs a new value: read by ci, who was removed";
    bench.etui(["set", "A", "-g", "--value", "c4n4ry-a"]).says(&format!("unchanged A in team acme\n{still}"));
    bench
        .etui(["set", "A", "-g", "--value", "c4n4ry-a", "--note", "a note"])
        .says(&format!("updated A in team acme\n{still}"));
    bench.etui(["audit", "acknowledge", "A", "-g", "--reason", "why"]).ok();
    bench.etui(["set", "A", "-g", "--value", "c4n4ry-a"]).says("unchanged A in team acme");
}

#[test]
fn an_expiry_goes_with_its_value_and_a_note_says_so() {
    let bench = Bench::acme();
    bench.etui(["set", "A", "-g", "--value", "one", "--expires", "2020-01-01"]).ok();
    bench
        .etui(["set", "A", "-g", "--value", "one"])
        .says("unchanged A in team acme\nnote: A still needs a new value: expired");
    let note = "note: the expiry went with the old value; to set a new one: `etui update A -g --expires 90d`";
    bench.etui(["set", "A", "-g", "--value", "two"]).says(&format!("updated A in team acme\n{note}"));
    bench.etui(["audit"]).prints("").says("");
    bench.etui(["set", "A", "-g", "--value", "three", "--expires", "90d"]).says("updated A in team acme");
    bench.etui(["generate", "A", "-g"]).says(&format!(
        "generated a new value for A in team acme; undo: `etui restore A -g`\n\
         {note}"
    ));
    bench.etui(["update", "A", "-g", "--expires", "90d"]).says("updated the expiry of A in team acme");
}
