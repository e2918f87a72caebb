//! Anyone who knows the members' public keys can encrypt an age file to them and replace the vault with it.
//! Every command refuses such a file, prints nothing of it, and changes no pins.

use std::fs;

use bech32::{Bech32, Hrp};
use etui::keys::{Card, Identity};
use etui::vault::member::carded;
use etui::vault::text::print;
use etui::vault::{ActorId, Member, MemberName, PublicKeys, Recipient, Vault, WriterHalf};
use sha2::{Digest as _, Sha256};

use crate::bench::{self, Bench, bytes, names, open, public_keys, signed, split, vault};
use crate::damage::{self, OPENERS};

/// Commands that open a vault and also need a file or a pipe.
const SCRIPTS: &[&str] = &[
    "echo B=1 | etui import - -g",
    "echo B=1 | etui import - -g --dry-run",
    "echo A= > names; etui check names -g",
    "echo B=secret:A > spec; etui resolve -g --env-file spec",
    "echo B=secret:A > spec; etui run -g --env-file spec -- echo started",
    "etui resolve -g --recipient age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9 --output sealed",
    "ETUI_HOME=$PWD/other etui join --as ci > card 2> said; etui member update ci $(cut -d' ' -f5 card)",
    "etui trust -y",
];

/// alice's laptop and her vault, which bob writes and ci reads; dan was removed.
struct Team {
    bench: Bench,
    alice: Identity,
    bob: Identity,
    dan: Identity,
    /// A stranger.
    eve: Identity,
    /// The vault when dan was still a member.
    with_dan: Vault,
    /// The good vault and the pins.
    good: crate::bench::Snapshot,
}

impl Team {
    fn new() -> Team {
        let bench = damage::bench();
        let alice = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
        let [bob, dan, eve] = [(); 3].map(|()| Identity::generate());
        for (name, identity) in [("bob", &bob), ("dan", &dan)] {
            bench.etui(["member", "add", name, &Card::of(identity).to_string()]).ok();
        }
        let text = open(&bytes(bench.vault()), std::slice::from_ref(&alice)).unwrap();
        let with_dan = vault(split(&text).0);
        bench.etui(["member", "remove", "dan", "-y"]).ok();
        let good = bench.snapshot();
        Team { bench, alice, bob, dan, eve, with_dan, good }
    }

    fn text(&self) -> String {
        String::from_utf8(open(&self.good.vault, std::slice::from_ref(&self.alice)).unwrap()).unwrap()
    }

    /// The vault as it is now.
    fn vault_now(&self) -> Vault {
        let text = open(&bytes(self.bench.vault()), std::slice::from_ref(&self.alice)).unwrap();
        vault(split(&text).0)
    }

    /// The good vault, one write newer.
    fn vault(&self) -> Vault {
        newer(vault(split(self.text().as_bytes()).0))
    }

    /// Replaces the vault with a text, sealed to the usual recipients.
    fn put(&self, text: &str) {
        fs::write(self.bench.vault(), bench::sealed(text, [&self.alice, &self.bob])).unwrap();
    }

    /// A command refuses the current vault.
    #[track_caller]
    fn refuses(&self, what: &str, message: &str, command: &str) {
        let before = (bytes(self.bench.vault()), bytes(self.bench.pins()), names(self.bench.home()));
        let is_script = command.contains("etui ");
        let outcome = if is_script { self.bench.sh(command) } else { damage::run(&self.bench, command) };
        assert_eq!((outcome.code, outcome.text()), (6, ""), "{what}: {command}: {}", outcome.err);
        assert!(outcome.err.contains(message), "{what}: {command}: {}", outcome.err);
        let lines: Vec<&str> = outcome.err.lines().collect();
        assert!(
            matches!(lines[..], [error, hint] if error.starts_with("error: ") && hint.starts_with(" hint: ")),
            "{lines:?}"
        );
        let after = (bytes(self.bench.vault()), bytes(self.bench.pins()), names(self.bench.home()));
        assert!(before == after, "{what}: {command} changed the vault or the pins, or left a file behind");
    }
}

/// The same vault with one more write, by an unknown actor.
fn newer(mut vault: Vault) -> Vault {
    vault.head.clock.tick(ActorId(0xe4e));
    vault
}

/// A vault's text, signed by a key under a member's name.
fn written_by(mut vault: Vault, name: &str, by: &Identity) -> String {
    vault.head.written_by = member(name);
    signed(by, &print(&vault))
}

fn member(name: &str) -> MemberName {
    MemberName::parse(name).unwrap()
}

/// Adds a member, endorsed by a key.
fn add(vault: &mut Vault, name: &str, keys: PublicKeys, by: &Identity) {
    let new = bench::member(&vault.head.id, &member(name), keys, by);
    vault.head.members.insert(member(name), new);
}

/// The good vault with one more member.
fn with(team: &Team, name: &str, who: &Identity, is_writer: bool, by: &Identity) -> Vault {
    let mut vault = team.vault();
    add(&mut vault, name, public_keys(who, is_writer), by);
    vault
}

/// Forged vaults: a description, the text, and a part of the error. Where the signer is trusted, only the
/// content is wrong, and an attacker could not even make such a signature.
fn forgeries(team: &Team) -> Vec<(&'static str, String, &'static str)> {
    let (good, body) = (team.text(), split(team.text().as_bytes()).0.to_owned());
    let trailer = &good[body.len()..];
    let (alice, dan, eve) = (&team.alice, &team.dan, &team.eve);
    let signature = "its signature is wrong";
    let shape = "does not end with a signature";
    let other = "is not the vault of team acme that this laptop knows";
    let stranger = "was not written by anyone this laptop trusts";
    let endorsed_by_nobody = "is endorsed by no member of";
    let back = "member x was removed, and is in";

    // A card that eve signed for somebody else's recipient, which she can do.
    let mixed = |recipient: Recipient| {
        let key = eve.writer_key();
        let card_signature = eve.sign(&carded(&recipient, &key));
        PublicKeys { recipient, writer: Some(WriterHalf { key, card_signature }) }
    };
    let mut founded = team.vault();
    founded.head.id.0[0] ^= 1;
    founded.head.members.clear();
    add(&mut founded, "alice", mixed(alice.recipient()), eve);
    let mut other_id = team.vault();
    other_id.head.id.0[0] ^= 1;
    let mut other_team = founded.clone();
    other_team.head.team = etui::vault::TeamName::parse("umbrella").unwrap();
    let mut root = team.vault();
    add(&mut root, "alice", mixed(alice.recipient()), eve);
    let mut forgotten = newer(team.with_dan.clone());
    forgotten.head.removed.clear();
    let back_again = with(team, "x", dan, false, alice);
    let mut accomplice = forgotten.clone();
    accomplice.head.members.remove(&member("dan"));
    add(&mut accomplice, "fay", public_keys(eve, true), dan);
    let mut copied = team.vault();
    let ci = copied.head.members[&member("ci")].clone();
    copied.head.members.insert(member("eve"), Member { keys: public_keys(eve, false), ..ci.clone() });
    let mut promoted = team.vault();
    promoted.head.members.insert(member("ci"), Member { keys: mixed(ci.recipient().clone()), ..ci.clone() });
    let mut renamed = team.vault();
    renamed.head.members.remove(&member("ci"));
    renamed.head.members.insert(member("cd"), ci);
    let foreign = {
        // A member endorsed by the right key, but for another vault.
        let (mut here, mut there) = (team.vault(), team.vault());
        there.head.id.0[0] ^= 1;
        add(&mut there, "eve", public_keys(eve, true), alice);
        here.head.members.insert(member("eve"), there.head.members[&member("eve")].clone());
        here
    };
    let counted =
        |count: &str| signed(alice, &body.replacen("[clock]\n", &format!("[clock]\n0000000000000001 = {count}\n"), 1));
    vec![
        ("a value changed", format!("{}{trailer}", body.replace("'two'", "'owt'")), signature),
        ("the signature left out", body.clone(), shape),
        ("signed by a stranger in alice's name", written_by(team.vault(), "alice", eve), signature),
        ("signed by a stranger who added himself", written_by(with(team, "eve", eve, true, eve), "eve", eve), stranger),
        ("signed by a stranger in the founder's place", written_by(root, "alice", eve), stranger),
        ("another founder's vault of the same name", written_by(founded, "alice", eve), other),
        (
            "another founder's vault of another name",
            written_by(other_team, "alice", eve),
            "is not the vault of team umbrella",
        ),
        ("another id, signed by the founder", written_by(other_id, "alice", alice), other),
        ("tables after the trailer", format!("{good}\n[secrets.B]\nvalue = 'b'\n"), shape),
        (
            "signed by a removed member, who is in again",
            written_by(forgotten.clone(), "dan", dan),
            "dan, who was removed, wrote it",
        ),
        ("signed by a removed member in alice's name", written_by(team.vault(), "alice", dan), signature),
        ("signed by a removed member who is not in it", written_by(team.vault(), "dan", dan), "dan"),
        ("signed by whom a removed member added", written_by(accomplice.clone(), "fay", eve), endorsed_by_nobody),
        ("a member whom the vault itself lists as removed", written_by(back_again, "alice", alice), back),
        (
            "a writer endorsed by nobody",
            written_by(with(team, "eve", eve, true, &Identity::generate()), "alice", alice),
            endorsed_by_nobody,
        ),
        (
            "a reader endorsed by nobody",
            written_by(with(team, "eve", eve, false, eve), "alice", alice),
            endorsed_by_nobody,
        ),
        ("an endorsement by a removed key", written_by(accomplice, "alice", alice), endorsed_by_nobody),
        ("an endorsement of another member", written_by(copied, "alice", alice), endorsed_by_nobody),
        ("an endorsement for another role", written_by(promoted, "alice", alice), endorsed_by_nobody),
        ("an endorsement for another name", written_by(renamed, "alice", alice), endorsed_by_nobody),
        ("an endorsement for another vault", written_by(foreign, "alice", alice), endorsed_by_nobody),
        ("a count near 2^63", counted("9223372036854775807"), "does not hold a vault"),
        ("a count of 2^64 - 1", counted("18446744073709551615"), "does not hold a vault"),
        ("a count above 2^53", counted("9007199254740993"), "does not hold a vault"),
    ]
}

#[test]
fn every_command_refuses_every_forgery() {
    let team = Team::new();
    let forgeries = forgeries(&team);
    // All commands for the first forgery of each kind; for the others one command that reads and one that
    // writes.
    let mut kinds = std::collections::BTreeSet::new();
    for (what, text, message) in &forgeries {
        team.put(text);
        let all = if kinds.insert(*message) { OPENERS } else { &[] };
        for command in ["resolve -g", "set A -g --value new"].iter().chain(all) {
            team.refuses(what, message, command);
        }
    }
    // A well-formed vault made in the same way is accepted.
    team.put(&written_by(team.vault(), "bob", &team.bob));
    team.bench.etui(["get", "A", "-g"]).prints("two").says("");
}

#[test]
fn a_vault_from_before_a_removal_opens_and_the_next_write_removes_again() {
    let team = Team::new();
    let mut forgotten = newer(team.with_dan.clone());
    forgotten.head.clock = newer(team.vault()).head.clock;
    // dan added two members: this laptop knows one of them.
    forgotten.head.removed.clear();
    add(&mut forgotten, "fay", public_keys(&team.eve, true), &team.dan);
    team.put(&written_by(forgotten, "alice", &team.alice));
    team.bench
        .etui(["get", "A", "-g"])
        .prints("two")
        .says("note: this copy is from before dan was removed; the next change removes them here too");
    let set = team.bench.etui(["set", "A", "-g", "--value", "three"]).ok();
    assert!(set.err.contains("fay was endorsed by a member who was removed, and is left out"), "{}", set.err);
    let left = team.vault_now().head;
    let members: Vec<String> = left.members.keys().map(ToString::to_string).collect();
    assert_eq!((members.join(" "), left.removed.len()), ("alice bob ci".to_owned(), 1));
    team.bench.etui(["get", "A", "-g"]).prints("three").says("");
}

#[test]
#[ignore = "long: every forgery through every command"]
fn each_command_refuses_each_forgery() {
    let team = Team::new();
    for (what, text, message) in forgeries(&team) {
        team.put(&text);
        OPENERS.iter().for_each(|command| team.refuses(what, message, command));
    }
}

#[test]
fn commands_that_take_a_vault_file_refuse_every_forgery() {
    let team = Team::new();
    for script in SCRIPTS {
        team.bench.restore(&team.good);
        assert_eq!(team.bench.sh(script).code, 0, "{script} of a good vault");
        team.bench.restore(&team.good);
        for (what, text, message) in
            forgeries(&team).into_iter().filter(|(_, _, message)| message.contains("endorsed by no member")).take(1)
        {
            team.put(&text);
            if !script.contains("trust") {
                team.refuses(what, message, script);
            }
        }
    }
}

#[test]
fn each_invalid_member_is_named() {
    let team = Team::new();
    let strangers = [(); 2].map(|()| Identity::generate());
    let mut unendorsed = with(&team, "eve", &team.eve, true, &strangers[0]);
    add(&mut unendorsed, "fay", public_keys(&strangers[0], false), &team.eve);
    add(&mut unendorsed, "gil", public_keys(&strangers[1], true), &team.dan);
    let mut back = with(&team, "dan", &team.dan, true, &team.alice);
    add(&mut back, "dave", public_keys(&team.dan, false), &team.alice);
    let file = team.bench.vault().display().to_string();
    for (vault, message) in [
        (unendorsed, format!("members eve, fay and gil are endorsed by no member of {file}; alice wrote it")),
        (back, format!("members dan and dave were removed, and are in {file} again; alice wrote it")),
    ] {
        team.put(&written_by(vault, "alice", &team.alice));
        team.refuses("several members", &message, "get A -g");
        let doctor = team.bench.etui(["doctor"]);
        assert!(doctor.code == 1 && doctor.text().contains(&format!("vault\twrong\t{message}\t")), "{}", doctor.text());
    }
}

#[test]
fn another_vault_of_the_same_name_is_refused_at_another_path_too() {
    let team = Team::new();
    let mut other = team.vault();
    other.head.id.0[0] ^= 1;
    other.head.members.clear();
    add(&mut other, "eve", public_keys(&team.eve, true), &team.eve);
    add(&mut other, "alice", public_keys(&team.alice, true), &team.eve);
    team.put(&written_by(other, "eve", &team.eve));
    let elsewhere = team.bench.work().join("copy.age");
    fs::rename(team.bench.vault(), &elsewhere).unwrap();
    team.bench.restore(&team.good);
    for command in
        ["resolve -g --vault copy.age", "set A -g --value new --vault copy.age", "member list --vault copy.age"]
    {
        team.refuses(
            "another vault elsewhere",
            "copy.age is not the vault of team acme that this laptop knows",
            command,
        );
    }
}

#[test]
fn a_card_with_a_strangers_key_or_recipient_is_refused() {
    let team = Team::new();
    let raw = |identity: &Identity| bech32::decode(&Card::of(identity).to_string()).unwrap().1;
    let (bob, eve) = (raw(&Identity::generate()), raw(&team.eve));
    let card = |parts: [&[u8]; 3]| bech32::encode::<Bech32>(Hrp::parse("etui").unwrap(), &parts.concat()).unwrap();
    let self_signed = {
        // eve signs bob's recipient with her key, but not in the form of a card.
        let signature = team.eve.sign(&Sha256::digest(&bob[..32]));
        card([&bob[..32], &eve[32..64], &signature.0])
    };
    let before = bytes(team.bench.vault());
    for bad in [
        card([&eve[..32], &bob[32..64], &bob[64..]]),
        card([&bob[..32], &eve[32..64], &bob[64..]]),
        card([&bob[..32], &bob[32..64], &eve[64..]]),
        card([&bob[..32], &[0; 32], &[0; 64]]),
        card([&bob[..32], &bob[32..64], &bob[64..127]]),
        self_signed,
    ] {
        for verb in [["member", "add", "eve", &bad], ["member", "update", "bob", &bad]] {
            team.bench.etui(verb).fails(
                2,
                "error: this is neither a card nor a recipient\n \
                 hint: `etui join` prints a card (etui1…); a machine's recipient is `age1…` or `ssh-ed25519 …`",
            );
        }
    }
    assert!(bytes(team.bench.vault()) == before);
    team.bench.etui(["member", "add", "eve", &card([&eve[..32], &eve[32..64], &eve[64..]])]).ok();
}
