//! How the root of a vault got there: steps that are forged, moved, dropped, or rest on a removed member.

use std::fs;

use etui::keys::Identity;
use etui::vault::change::Precondition;
use etui::vault::{ActorId, Details, MemberName, RootStep, SectionId, Stamp, TeamName, Value, Vault, VaultId};

use super::{Attack, as_writer, member, refusal, written_by};
use crate::bench::{self, Bench, bytes, public_keys};

/// carol's laptop. alice founded the vault and replaced her key; bob removed her, and dan, and is the root.
struct Heirs {
    bench: Bench,
    alice: Identity,
    /// alice's second key.
    alice2: Identity,
    bob: Identity,
    carol: Identity,
    dan: Identity,
    eve: Identity,
    /// The vault at its beginning, and as it is.
    first: Vault,
    vault: Vault,
}

impl Heirs {
    fn new() -> Heirs {
        let bench = Bench::new();
        bench.etui(["join", "--as", "carol"]).ok();
        let carol = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
        let [alice, alice2, bob, dan, eve] = [(); 5].map(|()| Identity::generate());
        let team = TeamName::parse("acme").unwrap();
        let mut vault = as_writer(&alice, "alice", |by| Vault::found(team, VaultId([7; 16]), by));
        let stamp = Stamp { by: member("alice"), at: "2026-11-21T10:00:00Z".parse().unwrap() };
        let value = Value::text(b"the-second".to_vec().into()).unwrap();
        let name = "A".parse().unwrap();
        vault.sections.set(&SectionId::Team, &name, value, Details::default(), Precondition::Any, &stamp).unwrap();
        for (name, who) in [("bob", &bob), ("dan", &dan)] {
            as_writer(&alice, "alice", |by| vault.add_member(&member(name), public_keys(who, true), by)).unwrap();
        }
        as_writer(&bob, "bob", |by| vault.add_member(&member("carol"), public_keys(&carol, true), by)).unwrap();
        vault.head.clock.tick(ActorId(1));
        let first = vault.clone();
        as_writer(&alice, "alice", |old| as_writer(&alice2, "alice", |new| vault.replace_root(old, new))).unwrap();
        vault.head.clock.tick(ActorId(2));
        for name in ["alice", "dan"] {
            as_writer(&bob, "bob", |by| vault.remove_member(&member(name), by)).unwrap();
        }
        vault.head.clock.tick(ActorId(3));
        Heirs { bench, alice, alice2, bob, carol, dan, eve, first, vault }
    }

    fn put(&self, file: &[u8]) {
        fs::create_dir_all(self.bench.home()).unwrap();
        fs::write(self.bench.vault(), file).unwrap();
    }

    fn sealed(&self, vault: Vault, name: &str, by: &Identity) -> Vec<u8> {
        bench::sealed(written_by(vault, name, by), [&self.carol])
    }

    /// A vault that is one write newer, after a change, signed by somebody.
    fn forged(
        &self,
        what: &'static str,
        (name, by): (&str, &Identity),
        message: &'static str,
        change: &dyn Fn(&mut Vault),
    ) -> Attack {
        let mut vault = self.vault.clone();
        vault.head.clock.tick(ActorId(9));
        change(&mut vault);
        Attack { what, file: self.sealed(vault, name, by), code: 6, message }
    }
}

/// Makes a member the only root, who endorses all others anew.
fn enthrone(vault: &mut Vault, name: &str, root: &Identity) {
    super::add(vault, name, public_keys(root, true), root);
    let others: Vec<MemberName> = vault.head.members.keys().filter(|other| other.as_str() != name).cloned().collect();
    for other in others {
        let keys = vault.head.members[&other].keys.clone();
        super::add(vault, other.as_str(), keys, root);
    }
}

fn attacks(team: &Heirs) -> Vec<Attack> {
    let Heirs { alice, alice2, bob, carol, dan, eve, .. } = team;
    let unproven = "it does not prove how its root took the founder's place";
    let another = "another member founded it";
    let step = |from: &Identity, to: &Identity, signer: &Identity| RootStep {
        from: from.writer_key(),
        to: to.writer_key(),
        signature: signer.open_signer().unwrap().sign(&RootStep::signed(
            &VaultId([7; 16]),
            &from.writer_key(),
            &to.writer_key(),
        )),
        vouchers: Vec::new(),
    };
    let ban = |vault: &mut Vault, name: &str| {
        // As bob would be listed if somebody had removed him.
        let gone = vault.head.members.remove(&member(name)).unwrap();
        let example = vault.head.removed.values().next().unwrap().clone();
        let removed = etui::vault::Removed {
            name: member(name),
            recipient: gone.recipient().clone(),
            key: gone.key().copied(),
            ..example
        };
        vault.head.removed.insert(removed.fingerprint(), removed);
    };
    let voucher = |name: &str, who: &Identity, by: &Identity| {
        (member(name), bench::member(&VaultId([7; 16]), &member(name), public_keys(who, true), by))
    };
    let takeover = |vault: &mut Vault, vouchers: Vec<(MemberName, etui::vault::Member)>| {
        ban(vault, "bob");
        vault.head.roots.push(RootStep { vouchers, ..step(bob, eve, eve) });
        enthrone(vault, "eve", eve);
    };
    let by_bob = ("bob", bob);
    let by_eve = ("eve", eve);
    vec![
        team.forged("a step to a stranger, signed by the stranger", by_eve, unproven, &|vault| {
            ban(vault, "bob");
            vault.head.roots.push(step(bob, eve, eve));
            enthrone(vault, "eve", eve);
        }),
        team.forged("a stranger who took over by her own word", by_eve, unproven, &|vault| {
            takeover(vault, vec![voucher("eve", eve, eve)]);
        }),
        team.forged("a stranger who took over with a forged voucher", by_eve, unproven, &|vault| {
            let mut forged = voucher("eve", eve, eve);
            forged.1.endorsed_by = bob.fingerprint();
            takeover(vault, vec![forged]);
        }),
        team.forged(
            "a step signed by a removed root",
            by_eve,
            "its root changed by alice, who was removed",
            &|vault| {
                vault.head.roots.pop();
                vault.head.roots.push(step(alice2, eve, alice2));
                enthrone(vault, "eve", eve);
            },
        ),
        team.forged("the first step replaced, signed by a removed founder", by_eve, "who was removed", &|vault| {
            vault.head.roots = vec![step(alice, eve, alice)];
            enthrone(vault, "eve", eve);
        }),
        team.forged(
            "vouchers through a removed member",
            by_eve,
            "its root changed by dan, who was removed",
            &|vault| {
                takeover(vault, vec![voucher("dan", dan, bob), voucher("eve", eve, dan)]);
            },
        ),
        team.forged("vouchers that end at somebody else", by_eve, unproven, &|vault| {
            takeover(vault, vec![voucher("carol", carol, bob)]);
        }),
        team.forged("vouchers for another vault", by_eve, unproven, &|vault| {
            let other = bench::member(&VaultId([8; 16]), &member("eve"), public_keys(eve, true), bob);
            takeover(vault, vec![(member("eve"), other)]);
        }),
        team.forged("steps in another order", by_bob, unproven, &|vault| vault.head.roots.reverse()),
        team.forged("the first step dropped", by_bob, another, &|vault| drop(vault.head.roots.remove(0))),
        team.forged("the last step dropped", by_bob, unproven, &|vault| drop(vault.head.roots.pop())),
        team.forged("all steps dropped", by_bob, another, &|vault| vault.head.roots.clear()),
        team.forged("a step twice", by_bob, unproven, &|vault| {
            let last = vault.head.roots[1].clone();
            vault.head.roots.push(last);
        }),
        team.forged("another founder before the first step", by_bob, another, &|vault| {
            vault.head.roots.insert(0, step(eve, alice, eve));
            let example = vault.head.removed.values().next().unwrap().clone();
            let removed = etui::vault::Removed {
                name: member("eve"),
                recipient: eve.recipient(),
                key: Some(eve.writer_key()),
                ..example
            };
            vault.head.removed.insert(removed.fingerprint(), removed);
        }),
        team.forged("a step for another vault", by_bob, unproven, &|vault| {
            let bytes = RootStep::signed(&VaultId([8; 16]), &alice.writer_key(), &alice2.writer_key());
            vault.head.roots[0].signature = alice.open_signer().unwrap().sign(&bytes);
        }),
        team.forged("a takeover without its vouchers", by_bob, unproven, &|vault| vault.head.roots[1].vouchers.clear()),
        team.forged("a replacement with vouchers", by_bob, unproven, &|vault| {
            vault.head.roots[0].vouchers = vault.head.roots[1].vouchers.clone();
        }),
        team.forged("the old root not listed as removed", by_bob, unproven, &|vault| {
            vault.head.removed.retain(|_, removed| removed.key != Some(alice.writer_key()));
        }),
        team.forged(
            "the founder again, and nobody was removed",
            ("alice", alice),
            "alice, who was removed, wrote it",
            &|vault| {
                let clock = vault.head.clock.clone();
                *vault = team.first.clone();
                vault.head.clock = clock;
            },
        ),
        team.forged(
            "bob in the place that he had, endorsed by the founder",
            by_bob,
            "who was removed, wrote it",
            &|vault| {
                let clock = vault.head.clock.clone();
                *vault = team.first.clone();
                vault.head.clock = clock;
            },
        ),
    ]
}

#[test]
fn forged_steps_are_refused_by_a_laptop_that_knows_the_vault_or_has_a_token() {
    let team = Heirs::new();
    let bench = &team.bench;
    team.put(&team.sealed(team.first.clone(), "alice", &team.alice));
    bench.etui(["get", "A", "-g"]).prints("the-second");
    team.put(&team.sealed(team.vault.clone(), "bob", &team.bob));
    let told = "note: members of team acme changed since this laptop last looked: alice was removed; dan was removed; bob is the new root";
    bench.etui(["get", "A", "-g"]).prints("the-second").says(told);
    // A write that changes nothing makes the lock.
    bench.etui(["set", "A", "-g", "--value", "the-second"]).ok();
    let token = bench.etui(["trust", "--export"]).ok().text().trim_end().to_owned();

    // A new laptop walks the steps, and so does one with nothing but a token.
    let state = bench.home().join("state");
    let pins = bytes(bench.pins());
    fs::remove_dir_all(&state).unwrap();
    let first = bench.etui(["get", "A", "-g"]).prints("the-second");
    assert!(first.err.starts_with("first time this laptop opens team acme; trusting its founder"), "{}", first.err);
    assert_eq!(first.err.lines().count(), 1);
    fs::remove_dir_all(&state).unwrap();
    bench.with(&[("ETUI_TRUST", &token)], ["get", "A", "-g"]).prints("the-second").says("");

    let mut wrong = Vec::new();
    for Attack { what, file, code, message } in attacks(&team) {
        team.put(&file);
        let _ = fs::create_dir(&state);
        for (command, pinned) in [
            ("resolve -g", &pins[..]),
            ("set A -g --value new", &pins),
            (&format!("ETUI_TRUST={token} etui get A -g"), b""),
        ] {
            if pinned.is_empty() {
                let _ = fs::remove_file(bench.pins());
            } else {
                fs::write(bench.pins(), pinned).unwrap();
            }
            // The token names the founder, so that another one is another vault.
            let message = if pinned.is_empty() { "" } else { message };
            let refused = refusal(bench, &bench.vault(), (code, message), command);
            wrong.extend(refused.err().map(|wrong| format!("{what}: {command}: {wrong}")));
            team.put(&file);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
