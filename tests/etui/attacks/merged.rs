//! Vaults that somebody brings in by a merge: superseded ones, and those of former members.

use std::fs;

use etui::keys::Identity;
use etui::vault::change::Precondition;
use etui::vault::{ActorId, Details, SectionId, Stamp, Value, Vault};

use super::{Team, add, as_writer, git, member, try_git, written_by};
use crate::bench::{Bench, Outcome, bytes, public_keys};

/// main, with GONE deleted and purged, and A rotated; a branch `start` from before both were set.
fn purged() -> (Bench, Vec<u8>) {
    let bench = Bench::new();
    git(&bench, "init -q --template= -b main");
    bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age"]).ok();
    bench.etui(["git", "install"]).ok();
    let commit = || {
        git(&bench, "add -A");
        git(&bench, "commit -q -m vault");
    };
    commit();
    git(&bench, "branch start");
    bench.set("GONE", "leaked", &["-g"]);
    bench.set("A", "1", &["-g"]);
    commit();
    let superseded = bytes(bench.work().join("acme.age"));
    bench.etui("delete GONE -g".split(' ')).ok();
    bench.etui("purge GONE -g -y".split(' ')).ok();
    bench.set("A", "2", &["-g"]);
    commit();
    (bench, superseded)
}

#[track_caller]
fn nothing_came_back(bench: &Bench, file: &[u8]) {
    assert!(bytes(bench.work().join("acme.age")) == file);
    bench.etui(["get", "A", "-g"]).prints("2").says("");
    assert_eq!(bench.etui(["get", "GONE", "-g"]).code, 3);
    assert_eq!(bench.etui(["restore", "GONE", "-g"]).code, 3);
}

#[test]
fn a_superseded_vault_on_a_branch_brings_nothing_back() {
    let (bench, superseded) = purged();
    let file = bytes(bench.work().join("acme.age"));
    git(&bench, "checkout -q -b side start");
    fs::write(bench.work().join("acme.age"), &superseded).unwrap();
    git(&bench, "commit -q -a -m replayed");
    git(&bench, "checkout -q main");
    git(&bench, "merge -q --no-edit side");
    nothing_came_back(&bench, &file);
    git(&bench, "reset -q --hard HEAD~1");

    // From the other side, it is the newer one that counts.
    git(&bench, "checkout -q side");
    git(&bench, "merge -q --no-edit main");
    assert!(bytes(bench.work().join("acme.age")) == file);
    git(&bench, "checkout -q main");

    // Without a base, as a stray copy and as the driver sees unrelated histories.
    fs::write(bench.work().join("copy.age"), &superseded).unwrap();
    bench.etui(["merge", "copy.age"]).ok();
    nothing_came_back(&bench, &file);
    for (ours, theirs) in [(&file, &superseded), (&superseded, &file)] {
        for (name, side) in [("base", &b""[..]), ("ours", ours), ("theirs", theirs)] {
            fs::write(bench.work().join(name), side).unwrap();
        }
        bench.etui(["git", "merge-driver", "base", "ours", "theirs", "acme.age"]).prints("").says("");
        assert!(bytes(bench.work().join("ours")) == file);
    }
}

#[test]
fn an_older_vault_on_top_of_a_newer_one_is_no_change() {
    let (bench, superseded) = purged();
    git(&bench, "checkout -q -b side");
    fs::write(bench.work().join("acme.age"), &superseded).unwrap();
    git(&bench, "commit -q -a -m older");
    git(&bench, "checkout -q main");
    bench.set("B", "b", &["-g"]);
    git(&bench, "commit -q -a -m b");
    let (file, pins) = (bytes(bench.work().join("acme.age")), bytes(bench.pins()));
    for (how, back) in [("merge -q --no-edit side", "merge --abort"), ("cherry-pick side", "cherry-pick --abort")] {
        let refused = try_git(&bench, how);
        assert!(refused.code != 0 && refused.err.contains("committed on top of a newer one"), "{how}: {refused:?}");
        // What resolves it is the newer one.
        bench.etui(["git", "resolve"]).ok();
        assert!(bytes(bench.work().join("acme.age")) == file, "{how}");
        git(&bench, back);
        assert!(bytes(bench.pins()) == pins, "{how}");
        nothing_came_back(&bench, &file);
    }
    // A fast-forward takes the file as it is. It is then refused like any older file.
    git(&bench, "checkout -q side~1 -f");
    git(&bench, "checkout -q -B main");
    assert_eq!(bench.etui(["get", "A", "-g"]).code, 6, "main lost the change after it");
    git(&bench, "merge -q --ff-only side");
    assert_eq!(bench.etui(["get", "A", "-g"]).code, 6);
}

pub(super) fn set(vault: &mut Vault, name: &str, value: &str, by: &str) {
    let stamp = Stamp { by: member(by), at: "2026-11-23T10:00:00Z".parse().unwrap() };
    let value = Value::text(value.as_bytes().to_vec().into()).unwrap();
    let name = name.parse().unwrap();
    vault.sections.set(&SectionId::Team, &name, value, Details::default(), Precondition::Any, &stamp).unwrap();
}

/// Runs the driver without pins, as in a fresh clone, or with them.
fn drive(team: &Team, base: &[u8], theirs: &str, has_pins: bool) -> Outcome {
    for (name, side) in [("base", base), ("ours", &team.good.vault), ("theirs", &team.sealed(theirs))] {
        fs::write(team.bench.work().join(name), side).unwrap();
    }
    match has_pins {
        true => fs::write(team.bench.pins(), &team.good.pins).unwrap(),
        false => drop(fs::remove_file(team.bench.pins())),
    }
    team.bench.etui(["git", "merge-driver", "base", "ours", "theirs", "acme.age"])
}

#[test]
fn a_side_of_a_removed_member_is_refused_also_where_nobody_saw_the_removal() {
    let team = Team::in_git();
    let (dan, puppet) = (&team.dan, &team.puppet);
    let good = team.vault();
    let base = team.sealed(&written_by(team.with_dan.clone(), "alice", &team.alice));

    // A branch of his own, from before his removal; one that claims all writes; and the same by his puppet.
    let mut branch = team.with_dan.clone();
    branch.head.clock.tick(ActorId(0xd));
    set(&mut branch, "A", "evil", "dan");
    let mut newer = branch.clone();
    newer.head.clock = good.head.clock.clone();
    let mut emptied = newer.clone();
    emptied.head.removed.clear();
    let [mut through, mut newer_through] = [branch.clone(), newer.clone()];
    for vault in [&mut through, &mut newer_through] {
        add(vault, "puppet", public_keys(puppet, true), dan);
    }
    let mut innocent = newer.clone();
    add(&mut innocent, "puppet", public_keys(puppet, true), dan);
    innocent.head.members.remove(&member("dan"));
    for (what, theirs) in [
        ("a branch", written_by(branch, "dan", dan)),
        ("all writes claimed", written_by(newer, "dan", dan)),
        ("nobody removed", written_by(emptied, "dan", dan)),
        ("a branch of the puppet", written_by(through, "puppet", puppet)),
        ("all writes claimed by the puppet", written_by(newer_through, "puppet", puppet)),
        ("the puppet without its endorser", written_by(innocent, "puppet", puppet)),
    ] {
        for (has_pins, base) in [(true, &base[..]), (true, b""), (false, &base), (false, b"")] {
            let merged = drive(&team, base, &theirs, has_pins);
            assert_eq!((merged.code, merged.text()), (6, ""), "{what}: {has_pins}: {merged:?}");
            assert!(bytes(team.bench.work().join("ours")) == team.good.vault, "{what}");
            assert!(!merged.err.contains("evil"), "{what}: {}", merged.err);
            let pins = fs::read(team.bench.pins()).unwrap_or_default();
            assert!(pins == if has_pins { &team.good.pins[..] } else { b"" }, "{what}");
        }
    }
}

/// dan had added fay. alice removed him and endorsed her, while fay wrote on a branch.
#[test]
fn the_branch_of_somebody_who_stays_is_merged() {
    let team = Team::in_git();
    let fay = Identity::generate();
    let mut base = team.with_dan.clone();
    as_writer(&team.dan, "dan", |by| base.add_member(&member("fay"), public_keys(&fay, true), by)).unwrap();
    base.head.clock.tick(ActorId(0xd));
    let mut ours = base.clone();
    as_writer(&team.alice, "alice", |by| ours.remove_member(&member("dan"), by)).unwrap();
    ours.head.clock.tick(ActorId(0xa));
    let mut theirs = base.clone();
    set(&mut theirs, "B", "fays", "fay");
    theirs.head.clock.tick(ActorId(0xf));
    let base = team.sealed(&written_by(base, "dan", &team.dan));
    let ours = team.sealed(&written_by(ours, "alice", &team.alice));
    let theirs = team.sealed(&written_by(theirs, "fay", &fay));
    fs::remove_file(team.bench.pins()).unwrap();
    for (name, side) in [("base", &base), ("ours", &ours), ("theirs", &theirs)] {
        fs::write(team.bench.work().join(name), side).unwrap();
    }
    let merged = team.bench.etui(["git", "merge-driver", "base", "ours", "theirs", "acme.age"]).prints("");
    assert!(merged.err.lines().count() <= 1, "{}", merged.err);
    fs::copy(team.bench.work().join("ours"), &team.file).unwrap();
    let left = team.vault_now().head;
    let members: Vec<String> = left.members.keys().map(ToString::to_string).collect();
    assert_eq!(members.join(" "), "alice ann bob ci fay");
    team.bench.etui(["get", "B", "-g", "--vault", "acme.age"]).prints("fays");
}

#[test]
fn sides_that_do_not_fit_are_refused() {
    let team = Team::in_git();
    let (bob, alice) = (&team.bob, &team.alice);
    // Each side added somebody else under one name.
    let [one, two] = [(); 2].map(|()| Identity::generate());
    let mut base = team.vault();
    base.head.clock = team.vault_now().head.clock;
    let mut ours = base.clone();
    ours.head.clock.tick(ActorId(1));
    add(&mut ours, "fay", public_keys(&one, true), alice);
    let mut theirs = base;
    theirs.head.clock.tick(ActorId(2));
    add(&mut theirs, "fay", public_keys(&two, true), bob);
    let ours = team.sealed(&written_by(ours, "alice", alice));
    for (name, side) in
        [("base", &team.good.vault), ("ours", &ours), ("theirs", &team.sealed(&written_by(theirs, "bob", bob)))]
    {
        fs::write(team.bench.work().join(name), side).unwrap();
    }
    let drive = || team.bench.etui(["git", "merge-driver", "base", "ours", "theirs", "acme.age"]);
    let merged = drive();
    assert_eq!((merged.code, merged.text()), (4, ""), "{merged:?}");
    assert!(merged.err.contains("acme.age added a different member fay"), "{merged:?}");
    assert!(bytes(team.bench.work().join("ours")) == ours);

    // A common base of another founder, with the same id.
    let mut foreign = team.vault();
    foreign.head.clock = etui::vault::Clock::default();
    foreign.head.members.clear();
    add(&mut foreign, "eve", public_keys(&team.eve, true), &team.eve);
    let mut theirs = team.vault();
    set(&mut theirs, "A", "bobs", "bob");
    fs::write(team.bench.work().join("base"), team.sealed(&written_by(foreign, "eve", &team.eve))).unwrap();
    fs::write(team.bench.work().join("theirs"), team.sealed(&written_by(theirs, "bob", bob))).unwrap();
    let merged = drive();
    assert_eq!((merged.code, merged.text()), (4, ""), "{merged:?}");
    assert!(bytes(team.bench.work().join("ours")) == ours);
    assert!(bytes(team.bench.pins()) == team.good.pins);
}
