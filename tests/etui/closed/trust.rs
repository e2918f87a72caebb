//! Whom and what a laptop trusts of closed sections: `trust`, tokens, `restore`, and sealed environments.

use std::borrow::Cow;
use std::fs;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use etui::keys::{self, Identity, Purpose};
use etui::session::envelope;
use etui::vault::text::print;
use etui::vault::{ActorId, Context, Head, Stamp, Value, VariableContent, sealed as environment};

use super::{Team, at, file, hand, trusting};
use crate::bench::{Bench, Outcome, bytes, open, sealed, signed, split, vault};

const GONE: &str = "error: cluster prod of acme.age was closed, and is open or gone; carol wrote it\n \
     hint: its members bring it back, from an older copy of the vault: \
     `etui --vault acme.age cluster restore prod --from FILE`; \
     or if it was done on purpose, accept it: `etui --vault acme.age trust`";

fn identity(bench: &Bench) -> Identity {
    Identity::parse_all(&bytes(bench.key())).unwrap().remove(0)
}

/// The text of a vault without its trailer.
fn body(vault: &[u8], bench: &Bench) -> String {
    split(&open(vault, &[identity(bench)]).unwrap()).0.to_owned()
}

/// The table of prod in the text of a vault.
fn table(body: &str) -> &str {
    let start = body.find("\n[clusters.prod]\n").unwrap() + 1;
    let end = body[start..].find("\n[").map_or(body.len(), |at| start + at + 1);
    &body[start..end]
}

impl Team {
    /// What carol makes of the vault, whose key opens it: another table of prod. Her etui would refuse to.
    fn forged(&self, vault: &[u8], prod: &str) -> Vec<u8> {
        let text = body(vault, &self.carol);
        let text = text.replace(table(&text), prod);
        let by = text.lines().find(|line| line.starts_with("written_by")).unwrap();
        let mut text = text.replacen(by, "written_by = \"carol\"", 1);
        if !prod.contains("\nvault = ") {
            text = text.replace("requires = [\"closed-sections 0.2\"]", "requires = []");
        }
        let clock = text.find("[clock]\n").unwrap();
        let end = clock + text[clock..].find("\n\n").unwrap() + 1;
        match text.contains("\nffffffffffffffff = 1\n") {
            false => text.insert_str(end, "ffffffffffffffff = 1\n"),
            true => text = text.replace("\nffffffffffffffff = 1\n", "\nffffffffffffffff = 2\n"),
        }
        let people = [&self.alice, &self.bob, &self.carol].map(identity);
        sealed(signed(&people[2], &text), &people)
    }

    fn put(&self, vault: &[u8]) {
        [&self.alice, &self.bob, &self.carol].iter().for_each(|bench| fs::write(file(bench), vault).unwrap());
    }

    /// The same vault with prod closed for carol alone.
    fn replaced(&self) -> String {
        let other = machine(&self.carol, &self.open);
        at(&other, "cluster close prod --for carol -y").ok();
        table(&body(&bytes(file(&other)), &self.carol)).to_owned()
    }
}

/// A machine without state, with somebody's key.
fn machine(key: &Bench, vault: &[u8]) -> Bench {
    let machine = Bench::new();
    fs::create_dir(machine.home()).unwrap();
    fs::copy(key.key(), machine.key()).unwrap();
    fs::write(file(&machine), vault).unwrap();
    machine
}

fn save(bench: &Bench, name: &str, bytes: &[u8]) {
    fs::write(bench.work().join(name), bytes).unwrap();
}

/// A token, or what else this prints on one line.
fn line(bench: &Bench, line: &str) -> String {
    let exported = bench.etui(["--vault", "acme.age"].into_iter().chain(line.split(' '))).ok();
    exported.text().trim_end().to_owned()
}

#[test]
fn an_older_vault_that_a_person_accepts_opens_with_its_closed_section() {
    let team = Team::new();
    let older = bytes(file(&team.alice));
    at(&team.bob, "set DB -c prod --value newer").ok();
    team.share(&team.bob);
    let newer = bytes(file(&team.bob));
    let alice = &team.alice;

    fs::write(file(alice), &older).unwrap();
    assert_eq!(at(alice, "get DB -c prod").code, 6);
    at(alice, "trust").exits(2, "team acme, vault fingerprint vault:…\nwritten by alice at WHEN\n");
    at(alice, "trust -y").prints("team acme, vault fingerprint vault:…\nwritten by alice at WHEN\n").says("warning: acme.age is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by bob at WHEN\n\
         warning: cluster prod of acme.age is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by bob at WHEN\n\
         the vault of team acme is trusted as it is");
    at(alice, "get DB -c prod").prints("for-prod").says("");
    at(alice, "trust")
        .prints("team acme, vault fingerprint vault:…\nwritten by alice at WHEN\n")
        .says("nothing to do: the vault matches what this machine trusts");
    fs::write(file(alice), &newer).unwrap();
    at(alice, "get DB -c prod").prints("newer").says("");

    // Only the section is older, in a vault that is newer.
    team.put(&team.forged(&newer, table(&body(&older, alice))));
    at(alice, "get A -p web").prints("for-all").says("");
    at(alice, "get DB -c prod").fails(6, "error: cluster prod of acme.age is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by bob at WHEN\n \
         hint: restore the newer file, for example with `git pull` or from a backup; or the section alone: `etui --vault acme.age cluster restore prod --from FILE`; or if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui --vault acme.age trust`");
    at(alice, "set A -p web --value x").fails(6, "error: cluster prod of acme.age is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by bob at WHEN\n \
         hint: restore the newer file, for example with `git pull` or from a backup; or the section alone: `etui --vault acme.age cluster restore prod --from FILE`; or if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui --vault acme.age trust`");
    at(&team.carol, "trust")
        .prints("team acme, vault fingerprint vault:…\nwritten by carol at WHEN\n")
        .says("nothing to do: the vault matches what this machine trusts");
    // bob brings the newer one back, and alice accepts the older one, which is not that bad here.
    save(&team.bob, "newer.age", &newer);
    at(&team.bob, "cluster restore prod --from newer.age -y").prints("").says("note: newer.age holds closed cluster prod with 1 secret and 0 env entries, last changed by bob at WHEN, vault:…\n\
         brought back closed cluster prod of team acme from newer.age");
    at(&team.bob, "get DB -c prod").prints("newer").says("");
    at(alice, "trust -y").prints("team acme, vault fingerprint vault:…\nwritten by carol at WHEN\n").says("warning: cluster prod of acme.age is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by bob at WHEN\n\
         the vault of team acme is trusted as it is");
    at(alice, "get DB -c prod").prints("for-prod").says("");
    hand(&team.bob, alice);
    at(alice, "get DB -c prod").prints("newer").says("");

    // What is in its place holds something that the copy lacks.
    let stray = machine(alice, &older);
    at(&stray, "set DB -c prod --value stray").ok();
    let mixed = team.forged(&bytes(file(&team.bob)), table(&body(&bytes(file(&stray)), alice)));
    fs::write(file(&team.bob), mixed).unwrap();
    at(&team.bob, "cluster restore prod --from newer.age -y").prints("").says("note: newer.age holds closed cluster prod with 1 secret and 0 env entries, last changed by bob at WHEN, vault:…\n\
         warning: 1 change of cluster prod here will be dropped: the copy lacks them\n\
         brought back closed cluster prod of team acme from newer.age");
    at(&team.bob, "get DB -c prod").prints("newer").says("");
}

#[test]
fn others_accept_once_that_a_closed_section_was_renamed_opened_or_deleted() {
    let team = Team::new();
    for line in ["cluster rename prod live", "cluster delete prod --force -y", "cluster open prod -y"] {
        assert_eq!(at(&team.carol, line).code, 5, "{line}");
    }

    at(&team.alice, "cluster rename prod live").prints("").says(
        "renamed cluster prod to live in team acme\n\
         note: links that name prod must be written again: `etui --vault acme.age link -c live`\n\
         note: every other laptop will refuse this version until its user accepts it: `etui --vault acme.age trust`",
    );
    hand(&team.alice, &team.carol);
    hand(&team.alice, &team.bob);
    at(&team.carol, "get A -p web").fails(
        6,
        "error: closed cluster prod of acme.age has become cluster live; alice wrote it\n \
         hint: if it was done on purpose, accept it: `etui --vault acme.age trust`",
    );
    at(&team.carol, "trust -y")
        .prints(
            "team acme, vault fingerprint vault:…\n\
         written by alice at WHEN\n\
         closed cluster live: known to this laptop as cluster prod\n",
        )
        .says(
            "warning: closed cluster prod of acme.age has become cluster live; alice wrote it\n\
         the vault of team acme is trusted as it is",
        );
    at(&team.carol, "get A -p web").prints("for-all").says("");
    at(&team.bob, "trust -y").ok();
    at(&team.bob, "get DB -c live").prints("for-prod").says("");

    at(&team.bob, "cluster open live -y").ok();
    hand(&team.bob, &team.carol);
    assert_eq!(at(&team.carol, "get A -p web").code, 6);
    at(&team.carol, "trust -y")
        .prints(
            "team acme, vault fingerprint vault:…\n\
         written by bob at WHEN\n\
         cluster live: was closed, and is open to every member\n",
        )
        .says(
            "warning: cluster live of acme.age was closed, and is open or gone; bob wrote it\n\
         the vault of team acme is trusted as it is",
        );
    at(&team.carol, "get DB -c live").prints("for-prod").says("");

    at(&team.bob, "cluster close live --for alice -y").ok();
    at(&team.bob, "cluster delete live").fails(
        4,
        "error: cluster live of team acme holds 1 secret\n \
         hint: `--force` deletes them too; only older copies of the vault then hold them",
    );
    save(&team.bob, "older.age", &bytes(file(&team.bob)));
    at(&team.bob, "cluster delete live --force -y").prints("").says("deleted cluster live in team acme\n\
         note: it was closed, so its values are not in the history; a copy of the vault from before brings it back: `etui --vault acme.age cluster restore live --from FILE`\n\
         note: every other laptop will refuse this version until its user accepts it: `etui --vault acme.age trust`");
    at(&team.bob, "cluster restore live --from older.age -y").prints("").says("note: older.age holds closed cluster live with 1 secret and 0 env entries, last changed by bob at WHEN, vault:…\n\
         brought back closed cluster live of team acme from older.age");
    at(&team.bob, "get DB -c live").prints("for-prod").says("");
    // carol has seen neither.
    hand(&team.bob, &team.carol);
    at(&team.carol, "trust")
        .prints(
            "team acme, vault fingerprint vault:…\n\
         written by bob at WHEN\n\
         closed cluster live: not known to this laptop, vault:…\n",
        )
        .says("nothing to do: the vault matches what this machine trusts");
}

#[test]
fn a_token_opens_closed_sections_on_a_machine_without_state() {
    let team = Team::new();
    let vault = bytes(file(&team.alice));
    let [token, dated] = ["trust --export", "trust --export --not-older"].map(|export| line(&team.alice, export));
    let outside = line(&team.carol, "trust --export");
    let print = line(&team.alice, "trust").lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
    for trust in [&token, &dated] {
        let machine = machine(&team.bob, &vault);
        trusting(&machine, trust, "get DB -c prod").prints("for-prod").says("");
        trusting(&machine, trust, "run -c prod printenv DB").prints("for-prod\n").says("");
        trusting(&machine, trust, "set DB -c prod --value 2").ok();
        at(&machine, "get DB -c prod").prints("2").says("");
    }
    let without = machine(&team.bob, &vault);
    for trust in [&print, &outside] {
        trusting(&without, trust, "get A -p web").prints("for-all").says("");
        assert_eq!(trusting(&without, trust, "resolve -c prod").code, 6);
    }
    trusting(&without, &print, "get DB -c prod").fails(
        6,
        "error: the fingerprint in `ETUI_TRUST` does not cover cluster prod of acme.age\n \
         hint: a member of that section prints a token that does: `etui --vault acme.age trust --export`",
    );
    trusting(&without, &outside, "get DB -c prod").fails(
        6,
        "error: the token in `ETUI_TRUST` does not cover cluster prod of acme.age\n \
         hint: a member of that section prints a token that does: `etui --vault acme.age trust --export`",
    );
    let stranger = machine(&team.carol, &vault);
    trusting(&stranger, &token, "get A -p web").prints("for-all").says("");
    assert_eq!(trusting(&stranger, &token, "get DB -c prod").code, 5);

    // carol writes the vault, and not the section: every token says that it is closed.
    let open = "[clusters.prod]\ncreated = 2026-11-21T10:00:00Z\n\n".to_owned();
    for prod in [String::new(), open, team.replaced()] {
        for trust in [&token, &dated, &outside] {
            let machine = machine(&team.bob, &team.forged(&vault, &prod));
            let outcome = trusting(&machine, trust, "get A -p web");
            assert_eq!((outcome.code, outcome.out.len()), (6, 0), "{outcome:?}");
            assert!(outcome.err.starts_with("error: cluster prod of acme.age "), "{}", outcome.err);
        }
    }
    // Nor may she put an older one there, if the token has its clock.
    at(&team.bob, "set DB -c prod --value newer").ok();
    let newer = bytes(file(&team.bob));
    let dated = line(&team.bob, "trust --export --not-older");
    let machine = machine(&team.bob, &team.forged(&newer, table(&body(&vault, &team.alice))));
    trusting(&machine, &dated, "get DB -c prod").fails(
        6,
        "error: cluster prod of acme.age is older than `ETUI_TRUST` demands: it lacks 1 change\n \
         hint: fetch the newer vault, or export a new token",
    );
    trusting(&machine, &token, "get DB -c prod").prints("for-prod").says("");
}

#[test]
fn a_section_that_a_token_names_is_not_read_from_before_it_was_closed() {
    let team = Team::new();
    let token = line(&team.alice, "trust --export");
    let machine = machine(&team.alice, &team.open);
    trusting(&machine, &token, "get A -p web").prints("for-all");
    let refused = trusting(&machine, &token, "get DB -c prod");
    assert!(refused.code == 6 && refused.text().is_empty(), "{refused:?}");
}

#[test]
fn the_pins_learn_what_a_token_says_of_a_closed_section() {
    let team = Team::new();
    let older = bytes(file(&team.alice));
    at(&team.alice, "member remove bob --from cluster:prod -y").ok();
    let token = line(&team.alice, "trust --export");
    at(&team.bob, "set DB -c prod --value bobs").ok();

    let forgetful = machine(&team.alice, &bytes(file(&team.bob)));
    trusting(&forgetful, &token, "get DB -c prod").fails(6, "error: cluster prod of acme.age was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
         hint: get the newer vault: `etui --vault acme.age sync` or `git merge`; or if that removal was a mistake: `etui --vault acme.age trust`");
    // The older vault does not tell of the removal.
    let machine = machine(&team.alice, &older);
    trusting(&machine, &token, "get DB -c prod").prints("for-prod").says("");
    hand(&team.bob, &machine);
    at(&machine, "get A -p web").prints("for-all").says("");
    at(&machine, "get DB -c prod").fails(6, "error: cluster prod of acme.age was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
         hint: get the newer vault: `etui --vault acme.age sync` or `git merge`; or if that removal was a mistake: `etui --vault acme.age trust`");
    // The removal stays, unless a person takes it back by name.
    at(&machine, "trust -y").exits(6, "team acme, vault fingerprint vault:…\n\
         written by bob at WHEN\n\
         in closed cluster prod: member bob: writer, not known to this laptop, key fingerprint key:…\n\
         removed from closed cluster prod elsewhere: bob, by alice at WHEN, key fingerprint key:…\n").says("warning: cluster prod of acme.age was not written by anyone this laptop trusts: bob, who was removed, wrote it\n\
         the vault of team acme is trusted as it is\n\
         error: cluster prod of acme.age was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
         hint: get the newer vault: `etui --vault acme.age sync` or `git merge`; or if that removal was a mistake: `etui --vault acme.age trust`");
}

#[test]
fn a_lost_section_comes_back_from_an_older_copy() {
    let team = Team::new();
    let good = bytes(file(&team.alice));
    let (alice, bob, carol) = (&team.alice, &team.bob, &team.carol);
    for bench in [alice, bob, carol] {
        save(bench, "good.age", &good);
        save(bench, "open.age", &team.open);
    }
    at(bob, "cluster restore prod --from good.age -y").fails(
        4,
        "error: closed cluster prod of team acme is there\n \
         hint: to bring back an earlier value of a secret in it: `etui --vault acme.age restore NAME -c prod`",
    );

    let gone = team.forged(&good, "");
    team.put(&gone);
    for bench in [alice, bob, carol] {
        at(bench, "get A -p web").fails(6, GONE);
    }
    at(carol, "cluster restore prod --from good.age -y").fails(
        5,
        "error: cluster prod of team acme is closed to your key\n \
         hint: ask alice or bob, who can let you in: `etui --vault acme.age member add YOU --to cluster:prod`",
    );
    at(bob, "cluster restore prod --from open.age -y").fails(
        3,
        "error: open.age does not hold closed cluster prod\n \
         hint: a copy from when it was there, from a backup or from git: `git show COMMIT:FILE > older.age`",
    );
    at(bob, "cluster restore prod --from good.age").fails(2, "note: good.age holds closed cluster prod with 1 secret and 0 env entries, last changed by alice at WHEN, vault:…\n\
         error: `cluster restore` needs confirmation\n \
         hint: run it again with `-y`");
    save(bob, "other.age", &bytes(Bench::acme().vault()));
    assert_eq!(at(bob, "cluster restore prod --from other.age -y").code, 5);
    at(bob, "get A -p web").fails(6, GONE);
    at(bob, "cluster restore prod --from good.age -y").prints("").says("note: good.age holds closed cluster prod with 1 secret and 0 env entries, last changed by alice at WHEN, vault:…\n\
         brought back closed cluster prod of team acme from good.age");
    at(bob, "get DB -c prod").prints("for-prod").says("");
    // The others need not accept anything.
    team.share(bob);
    at(alice, "get DB -c prod").prints("for-prod").says("");
    at(carol, "set A -p web --value again").ok();
    hand(carol, alice);
    at(alice, "set DB -c prod --value again").ok();

    // Everything else is checked as ever: this one is older.
    fs::write(file(alice), &gone).unwrap();
    at(alice, "cluster restore prod --from good.age -y").fails(6, "error: acme.age is older than what this laptop has seen: it lacks 3 changes that this laptop has seen, the last by alice at WHEN\n \
         hint: restore the newer file, for example with `git pull` or from a backup; or if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui --vault acme.age trust`");
}

#[test]
fn what_stands_in_the_place_of_a_lost_section_is_not_lost_unseen() {
    let team = Team::new();
    let good = bytes(file(&team.alice));
    let (alice, bob) = (&team.alice, &team.bob);
    save(bob, "good.age", &good);
    let secret = "[clusters.prod.secrets.DB]\nvalue = 'carols'\ncreated = 2026-11-21T10:00:00Z\n\
                  updated = 2026-11-21T10:00:00Z\nby = \"carol\"\n";
    let open = format!("[clusters.prod]\ncreated = 2026-11-21T10:00:00Z\n\n{secret}\n");
    team.put(&team.forged(&good, &open));
    at(bob, "cluster restore prod --from good.age -y").fails(4, "error: cluster prod of team acme is open and holds 1 secret and 0 env entries\n \
         hint: accept that, and move it out of the way: `etui --vault acme.age trust`, then `etui --vault acme.age cluster rename prod prod-open`");
    at(bob, "trust -y").ok();
    at(bob, "cluster rename prod prod-open").ok();
    at(bob, "cluster restore prod --from good.age -y").ok();
    at(bob, "get DB -c prod").prints("for-prod").says("");
    at(bob, "get DB -c prod-open").prints("carols").says("");

    let replaced = team.forged(&good, &team.replaced());
    fs::write(file(alice), &replaced).unwrap();
    save(alice, "good.age", &good);
    at(alice, "get A -p web").fails(6, "error: cluster prod of acme.age is another vault than before: vault:…, not vault:…; carol wrote it\n \
         hint: its members bring it back, from an older copy of the vault: `etui --vault acme.age cluster restore prod --from FILE`; or if it was done on purpose, accept it: `etui --vault acme.age trust`");
    at(alice, "cluster restore prod --from good.age -y").prints("").says("note: good.age holds closed cluster prod with 1 secret and 0 env entries, last changed by alice at WHEN, vault:…\n\
         warning: another vault is in its place, and will be dropped with all that it holds: vault:…\n\
         brought back closed cluster prod of team acme from good.age");
    at(alice, "get DB -c prod").prints("for-prod").says("");
}

#[test]
fn bytes_that_nobody_inside_opens_do_not_shut_a_section_for_good() {
    let team = Team::new();
    let good = bytes(file(&team.alice));
    let closed = |table: &str| {
        let line = table.lines().find(|line| line.starts_with("closed = ")).unwrap();
        line.strip_prefix("closed = ").unwrap().to_owned()
    };
    // carol puts bytes beside the section that only she can open. In the file they stand in the order of their hashes.
    let text = body(&good, &team.carol);
    let (prod, hers) = (closed(table(&text)), closed(&team.replaced()));
    let mut both = [&prod, &hers];
    both.sort_by_key(|text| keys::hash(&BASE64_STANDARD.decode(text.trim_matches('"')).unwrap()));
    let beside = table(&text).replace(&prod, &format!("[{}, {}]", both[0], both[1]));
    team.put(&team.forged(&good, &beside));
    save(&team.alice, "good.age", &good);
    at(&team.alice, "get A -p web").prints("for-all");
    assert_eq!(at(&team.alice, "get DB -c prod").code, 5);
    at(&team.alice, "cluster restore prod --from good.age -y").ok();
    at(&team.alice, "get DB -c prod").prints("for-prod").says("");
    hand(&team.alice, &team.bob);
    at(&team.bob, "get DB -c prod").prints("for-prod").says("");
}

/// The fingerprint of the inner vault of prod.
fn inner_print(vault: &[u8], bench: &Bench) -> String {
    let text = body(vault, bench);
    let line = table(&text).lines().find(|line| line.starts_with("vault = ")).unwrap();
    line.to_owned()
}

#[test]
fn a_merge_moves_nothing_into_a_vault_that_somebody_outside_made() {
    let team = Team::new();
    let good = bytes(file(&team.alice));
    let known = inner_print(&good, &team.carol);
    // carol closes prod by herself in a copy from before, until hers would go before the one of the team.
    let hers = std::iter::repeat_with(|| {
        let other = machine(&team.carol, &team.open);
        at(&other, "cluster close prod --for alice,bob -y").ok();
        bytes(file(&other))
    });
    let hers = hers.take(40).find(|hers| inner_print(hers, &team.carol) < known).unwrap();
    save(&team.alice, "other.age", &hers);
    at(&team.alice, "set DB -c prod --value only-inside").ok();
    at(&team.alice, "merge other.age").ok();
    at(&team.alice, "get DB -c prod").prints("only-inside");
    hand(&team.alice, &team.carol);
    hand(&team.alice, &team.bob);
    assert_eq!(at(&team.carol, "get DB -c prod").code, 5);
    at(&team.bob, "get DB -c prod").prints("only-inside");
    assert_eq!(inner_print(&bytes(file(&team.alice)), &team.carol), known);
}

#[test]
fn a_merge_opens_no_section_that_this_laptop_knows_as_closed() {
    let team = Team::new();
    let good = bytes(file(&team.alice));
    let open = "[clusters.prod]\ncreated = 2026-11-21T10:00:00Z\n\n";
    save(&team.alice, "other.age", &team.forged(&good, open));
    at(&team.alice, "set DB -c prod --value only-inside").ok();
    let before = bytes(file(&team.alice));
    at(&team.alice, "merge other.age").fails(6, GONE);
    assert!(bytes(file(&team.alice)) == before);
}

#[test]
fn what_was_changed_in_the_open_after_the_closing_replaces_nothing_by_itself() {
    let team = Team::new();
    let outside = machine(&team.carol, &team.open);
    at(&outside, "set DB -c prod --value from-outside").ok();
    save(&team.alice, "other.age", &bytes(file(&outside)));
    let merged = at(&team.alice, "merge other.age");
    assert!(merged.code == 4 && merged.err.contains("DB in cluster prod"), "{merged:?}");
    assert_eq!(at(&team.alice, "get DB -c prod").code, 4);
}

#[test]
fn earlier_values_stay_in_a_closed_section() {
    let team = Team::new();
    at(&team.alice, "set DB -c prod --value second").ok();
    at(&team.alice, "copy DB -c prod --to project:web").ok();
    at(&team.alice, "move DB -c prod --to team").ok();
    hand(&team.alice, &team.carol);
    for section in ["-p web", "-g"] {
        at(&team.carol, &format!("get DB {section}")).prints("second");
        assert_eq!(at(&team.carol, &format!("get DB {section} --version 1")).code, 3);
    }
    at(&team.alice, "get DB -c prod --exact --version 2").prints("for-prod");
}

/// A machine that gets environments from prod.
struct Server {
    bench: Bench,
    key: Identity,
}

impl Server {
    fn new() -> Server {
        let bench = Bench::new();
        fs::create_dir(bench.home()).unwrap();
        bench.etui(["key", "new", "--output", bench.key().to_str().unwrap()]).ok();
        let key = identity(&bench);
        Server { bench, key }
    }

    fn seal(&self, by: &Bench) -> Vec<u8> {
        let recipient = self.key.recipient().to_string();
        by.etui(["--vault", "acme.age", "resolve", "-c", "prod", "--recipient", &recipient]).ok().out
    }

    /// Runs with an environment, which is at its usual place.
    fn run(&self, sealed: &[u8], trust: &str) -> Outcome {
        save(&self.bench, "prod.age", sealed);
        let line = "run --sealed prod.age -- printenv DB";
        let shown = super::run(&self.bench, trust, line.split(' '));
        Outcome { err: shown.err.replace("prod.age", "FILE"), ..shown }
    }

    /// The head of an environment.
    fn head(&self, sealed: &[u8]) -> Head {
        vault(split(&open(sealed, std::slice::from_ref(&self.key)).unwrap()).0).head
    }

    /// What a writer of the vault can seal: DB is evil, and the head says of closed sections what these texts say.
    fn forged(&self, head: &Head, by: (&str, &Bench), sections: Vec<String>) -> Vec<u8> {
        let context = Context { cluster: "prod".parse().ok(), project: None };
        let stamp = Stamp { by: by.0.parse().unwrap(), at: "2026-11-23T10:00:00Z".parse().unwrap() };
        let value = VariableContent::Value(Cow::Owned(Value::text(b"evil".to_vec().into()).unwrap()));
        let mut vault =
            environment::seal(head, &self.key.recipient(), &context, [("DB".parse().unwrap(), &value)], &stamp);
        vault.head.clock.tick(ActorId(7));
        vault.head.set_sealed_sections(sections);
        let body = print(&vault);
        let (trailer, _) = envelope::sign(&body, Purpose::Environment, identity(by.1).open_signer().unwrap());
        keys::seal(&[body.as_bytes(), trailer.as_bytes()], [&self.key.recipient()]).unwrap()
    }
}

#[test]
fn a_sealed_environment_proves_that_its_closed_section_is_the_one() {
    let team = Team::new();
    let server = Server::new();
    let older = server.seal(&team.alice);
    server.run(&older, "").prints("for-prod\n").says("first time this machine opens team acme; trusting its founder alice, vault fingerprint vault:…; compare it with what `etui trust` shows to another member\n\
         first time this machine opens closed cluster prod of team acme, vault:…");
    server.run(&older, "").prints("for-prod\n").says("");
    at(&team.bob, "set DB -c prod --value newer").ok();
    let newer = server.seal(&team.bob);
    server.run(&newer, "").prints("newer\n").says("");
    server.run(&older, "").fails(
        6,
        "error: FILE is older than what this machine has seen: the vault had 1 change more\n \
         hint: seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );

    // carol may write the vault and not the section; bob has an older one, and after his removal none.
    let outer = {
        let text = body(&bytes(file(&team.bob)), &team.bob);
        vault(&text).head
    };
    let texts = |sealed: &[u8]| -> Vec<String> {
        server.head(sealed).sealed_sections().unwrap().into_iter().map(str::to_owned).collect()
    };
    let carol = ("carol", &team.carol);
    server.run(&server.forged(&outer, carol, Vec::new()), "").fails(
        6,
        "error: FILE does not prove that cluster prod is closed as it was; carol sealed it\n \
         hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    // She closes prod in a copy of her own.
    let own = machine(&team.carol, &team.open);
    at(&own, "cluster close prod --for carol -y").ok();
    server.run(&server.forged(&outer, carol, texts(&server.seal(&own))), "").fails(
        6,
        "error: FILE does not prove that cluster prod is closed as it was; carol sealed it\n \
         hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    server.run(&server.forged(&outer, carol, texts(&newer)), "").fails(
        6,
        "error: FILE was not written by bob, as it claims: its signature is wrong\n \
         hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
    );
    let alice = ("alice", &team.alice);
    server.run(&server.forged(&outer, alice, texts(&older)), "").fails(
        6,
        "error: cluster prod of FILE is older than what this machine has seen: the vault had 1 change more\n \
         hint: seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    server.run(&server.forged(&outer, ("bob", &team.bob), [texts(&newer), texts(&newer)].concat()), "").fails(
        6,
        "error: FILE holds a vault that belongs elsewhere\n \
         hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
    );
    team.share(&team.bob);
    at(&team.alice, "member remove bob --from cluster:prod -y").ok();
    server.run(&server.seal(&team.alice), "").prints("newer\n").says("");
    server.run(&server.forged(&outer, ("bob", &team.bob), texts(&newer)), "").fails(
        6,
        "error: FILE is older than what this machine has seen: the vault had 1 change more\n \
         hint: seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    assert_eq!(at(&team.carol, &format!("resolve -c prod --recipient {}", server.key.recipient())).code, 5);

    // Without state: a token covers the section, a fingerprint does not.
    let current = server.seal(&team.alice);
    let token = line(&team.alice, "trust --export");
    let outside = line(&team.carol, "trust --export");
    let forget = || drop(fs::remove_file(server.bench.pins()));
    forget();
    server.run(&current, &token).prints("newer\n").says("");
    server.run(&server.forged(&outer, carol, Vec::new()), &token).fails(
        6,
        "error: FILE is older than what this machine has seen: the vault had 1 change more\n \
         hint: seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    forget();
    server.run(&server.forged(&outer, carol, Vec::new()), &token).fails(
        6,
        "error: FILE does not prove that cluster prod is closed as it was; carol sealed it\n \
         hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    server.run(&server.forged(&outer, carol, Vec::new()), &outside).fails(
        6,
        "error: FILE does not prove that cluster prod is closed as it was; carol sealed it\n \
         hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    server.run(&newer, &token).fails(
        6,
        "error: cluster prod of FILE was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
         hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`",
    );
    server.run(&current, &outside).fails(
        6,
        "error: the token in `ETUI_TRUST` does not cover cluster prod of FILE\n \
         hint: a member of that section prints a token that does: `etui trust --export`",
    );
}

#[test]
fn doctor_checks_the_closed_sections_that_the_key_opens() {
    let team = Team::new();
    let found = |bench: &Bench| {
        let outcome = at(bench, "doctor");
        let of = |what: &str| {
            let row = outcome.text().lines().find(|row| row.starts_with(&format!("{what}\t"))).unwrap().to_owned();
            row.split('\t').nth(2).unwrap().trim().to_owned()
        };
        (of("pins"), of("vault"))
    };
    let pins = "1 vault and 0 links".to_owned();
    let vault = |rest: &str| format!("acme.age, of team acme, 3 members; {rest}");
    assert_eq!(found(&team.alice), (pins.clone(), vault("you are alice, a writer; 1 closed section")));
    let carol = "you are carol, a writer; 1 closed section, 1 of them closed to your key";
    assert_eq!(found(&team.carol), (pins.clone(), vault(carol)));

    let good = bytes(file(&team.alice));
    let prod = table(&body(&good, &team.carol)).to_owned();
    let sealed = prod.lines().find(|line| line.starts_with("closed = ")).unwrap();
    let cut = format!("{}\"", &sealed[..sealed.len() - 41]);
    team.put(&team.forged(&good, &prod.replace(sealed, &cut)));
    assert_eq!(found(&team.carol), (pins, vault(carol)));
    save(&team.alice, "good.age", &good);
    at(&team.alice, "get DB -c prod").fails(6, "error: cluster prod of acme.age is damaged: its bytes are not those that were written\n \
         hint: its members bring back a good one, from another copy of the vault: `etui --vault acme.age cluster restore prod --from FILE`");
    assert!(found(&team.alice).1.starts_with("cluster prod of acme.age "));
    at(&team.alice, "trust").exits(6, "team acme, vault fingerprint vault:…\nwritten by carol at WHEN\n");
    at(&team.alice, "cluster restore prod --from good.age -y").ok();
    at(&team.alice, "get DB -c prod").prints("for-prod").says("");
}
