//! Which versions of a vault a laptop accepts: what members, roots and clocks it refuses.

use super::*;
use crate::vault::clock::{ActorId, Clock};
use crate::vault::key::Signature;
use crate::vault::label::Digest;
use crate::vault::tests::{as_voucher, founded, key, member, print_of, public, verify};
use crate::vault::{Head, Vault};

mod checkouts;
mod histories;
mod members;
mod pins;
mod roots;
mod tokens;
mod unclosed;

/// A forgery: its name, how it changes the head, and why it is refused.
type Forgery<'a> = (&'a str, &'a dyn Fn(&mut Head), Distrust);

const DIGEST: Digest = [1; 32];
const OTHER: Digest = [2; 32];
const SIGNATURE: Signature = Signature([3; 64]);

/// The vault in a clone: in the branch main of a work tree.
fn clone_at(tree: &str) -> Place {
    branch(tree, "main", &[&format!("{tree}/vault.age")])
}

fn branch(tree: &str, branch: &str, locations: &[&str]) -> Place {
    at(Checkout::Branch { tree: tree.to_owned(), branch: branch.to_owned() }, locations)
}

fn commit(tree: &str, commit: &str, locations: &[&str]) -> Place {
    at(Checkout::Commit { tree: tree.to_owned(), commit: commit.to_owned() }, locations)
}

/// A vault outside of git. The last location is the one with symlinks resolved.
fn file(locations: &[&str]) -> Place {
    at(Checkout::File(locations.last().unwrap().to_string()), locations)
}

fn at(checkout: Checkout, locations: &[&str]) -> Place {
    Place { checkout, locations: locations.iter().map(ToString::to_string).collect(), is_passing: false }
}

fn accept(known: Option<&Pins>, place: &Place, head: &Head, digest: Digest) -> Result<Acceptance, Distrust> {
    Pins::accept(known, None, place, Snapshot { head, digest: &digest, signature: &SIGNATURE }, &verify)
}

/// Accepts a version and records it, as an opening does.
fn open(known: Option<&Pins>, place: &Place, head: &Head, digest: Digest) -> Result<Pins, Distrust> {
    let accepted = accept(known, place, head, digest)?;
    let mut pins = known.cloned().unwrap_or_else(|| Pins::new(*head.founder().unwrap()));
    pins.see(place, Snapshot { head, digest: &digest, signature: &SIGNATURE }, accepted.missing());
    Ok(pins)
}

/// alice founds it and adds bob and dan; bob adds cy, a reader; alice removes dan.
fn team() -> Vault {
    let mut vault = founded("alice");
    for (by, name, is_writer) in [("alice", "bob", true), ("alice", "dan", true), ("bob", "cy", false)] {
        add(&mut vault, by, name, is_writer);
    }
    remove(&mut vault, "alice", "dan");
    vault
}

fn add(vault: &mut Vault, by: &str, name: &str, is_writer: bool) {
    as_voucher(by, |by| vault.add_member(&member(name), public(name, is_writer), by)).unwrap();
}

fn remove(vault: &mut Vault, by: &str, name: &str) {
    as_voucher(by, |by| vault.remove_member(&member(name), by)).unwrap();
}

/// The pins of a laptop that has seen the team's vault in the clone `here`.
fn pins() -> Pins {
    open(None, &clone_at("here"), &team().head, DIGEST).unwrap()
}

/// The pins of a laptop that has seen the team's vault, and elsewhere its next version, in which alice removed
/// this member.
fn pins_without(name: &str) -> Pins {
    let mut vault = team();
    remove(&mut vault, "alice", name);
    vault.head.clock.tick(ActorId(1));
    open(Some(&pins()), &clone_at("there"), &vault.head, OTHER).unwrap()
}

/// A head with these counts of the actors 1, 2 and 3.
fn counted(counts: [u64; 3]) -> Head {
    let counts = counts.into_iter().zip(1..).filter(|(count, _)| *count > 0);
    Head { clock: Clock::new(counts.map(|(count, actor)| (ActorId(actor), count)).collect()), ..team().head }
}

fn signed_by_removed(signer: &str, removed: &str) -> Distrust {
    Distrust::SignedByRemoved { signer: member(signer), removed: member(removed) }
}
