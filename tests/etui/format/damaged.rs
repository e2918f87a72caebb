//! Damaged variants of the golden vault. Both readers refuse each of them.

use std::io::Write as _;

use etui::keys::{self, Identity, Purpose};
use etui::session::envelope::sign;
use etui::vault::text::print;
use etui::vault::{ActorId, Member, MemberName, Recipient, Signature, Vault, WriterKey};

use super::golden::{bob, ci, person};
use crate::bench::{member, public_keys, signed};

/// What is wrong, and the sealed file. `text` is the good one.
pub fn variants(vault: &Vault, text: &str, recipients: &[Recipient]) -> Vec<(&'static str, Vec<u8>)> {
    // More recipients than members, so that a member who is added has a stanza too.
    let more = [0x71, 0x72].map(|byte| person("more", byte).identity.recipient());
    let seal = |text: &str| keys::seal(&[text.as_bytes()], recipients.iter().chain(&more)).unwrap();
    let mut all = changed_files(&seal(text), text);
    let unsigned = changed_texts(text).into_iter().map(|(what, text)| (what, seal(&text)));
    all.extend(unsigned);
    let bodies =
        changed_bodies(&print(vault)).into_iter().map(|(what, body)| (what, seal(&signed(&bob().identity, &body))));
    all.extend(bodies);
    for (what, change) in changes() {
        let mut vault = vault.clone();
        change(&mut vault);
        all.push((what, seal(&signed(&bob().identity, &print(&vault)))));
    }
    all
}

fn changed_files(good: &[u8], text: &str) -> Vec<(&'static str, Vec<u8>)> {
    let mut flipped = good.to_vec();
    *flipped.last_mut().unwrap() ^= 1;
    let mut armored = age::armor::ArmoredWriter::wrap_output(Vec::new(), age::armor::Format::AsciiArmor).unwrap();
    armored.write_all(good).unwrap();
    let first = |new: &str| String::from_utf8_lossy(&good[..21]).replace("v1", new).into_bytes();
    vec![
        ("a byte of the ciphertext", flipped),
        ("an end that is missing", good[..good.len() - 1].to_vec()),
        ("bytes after the end", [good, b"\0"].concat()),
        ("armor", armored.finish().unwrap()),
        ("another version of age", [&first("v2"), &good[21..]].concat()),
        ("fewer recipients than members", keys::seal(&[text.as_bytes()], [&bob().identity.recipient()]).unwrap()),
    ]
}

/// Texts whose signature is not by their writer, or not of them.
fn changed_texts(text: &str) -> Vec<(&'static str, String)> {
    let body = &text[..text.len() - etui::vault::text::trailer::LENGTH];
    let trailer = &text[body.len()..];
    let lines: Vec<&str> = trailer.lines().collect();
    let swapped = format!("{body}{}\n{}\n{}\n{}\n", lines[0], lines[2], lines[1], lines[3]);
    let stranger = Identity::generate();
    vec![
        ("a value that was not signed", text.replacen("'debug'", "'trace'", 1)),
        ("an earlier value that was not signed", text.replacen("'sk_live_1'", "'sk_live_2'", 1)),
        ("a signature by a stranger", signed(&stranger, body)),
        (
            "a signature for another purpose",
            body.to_owned() + &sign(body, Purpose::Environment, bob().identity.open_signer().unwrap()).0,
        ),
        ("an empty line after the trailer", format!("{text}\n")),
        ("a trailer in another order", swapped),
        ("no trailer", body.to_owned()),
    ]
}

/// Bodies that no etui writes, signed by a writer.
fn changed_bodies(body: &str) -> Vec<(&'static str, String)> {
    let replaced = |old: &str, new: &str| {
        assert!(body.contains(old), "{old}");
        body.replacen(old, new, 1)
    };
    let record = "value = 'x'\ncreated = 2026-11-21T10:03:00Z\nupdated = 2026-11-21T10:03:00Z\nby = \"bob\"\n\n";
    let before = |mark: &str, table: &str| replaced(&format!("[{mark}]\n"), &format!("[{table}]\n{record}[{mark}]\n"));
    vec![
        ("a head with another space", replaced("format = 1", "format =  1")),
        ("a head without its list of features", replaced("requires = []\n", "")),
        ("an unknown table in the head", replaced("[clock]\n", "[later]\na = 1\n\n[clock]\n")),
        ("format 2", replaced("format = 1", "format = 2")),
        ("an unknown feature", replaced("requires = []", "requires = [\"later 9.9\"]")),
        ("a count above 2^53", replaced("a11ce00000000001 = 1", "a11ce00000000001 = 9007199254740993")),
        ("an unknown key in a root step", replaced("[[roots]]\n", "[[roots]]\nfuture = 1\n")),
        ("a NUL in a text", replaced("'debug'", "\"\\u0000\"")),
        ("a text as base64", replaced("'/wD+'", "'dGV4dA=='")),
        ("a value and a deletion", replaced("value = 'sk_live_1'", "deleted = true\nvalue = 'sk_live_1'")),
        ("a date without an offset", replaced("updated = 2026-11-21T10:04:00Z", "updated = 2026-11-21T10:04:00")),
        ("a name that is a secret and an entry", before("secrets.APOSTROPHE", "secrets.LOG_LEVEL")),
        ("a name that is set and disputed", before("projects.web", "projects.api.secrets.TOKEN")),
        ("a dispute in no section", before("[history.env.LOG_LEVEL]", "[disputes.projects.none.secrets.X]")),
        ("an unknown key in an acknowledgement", replaced("acknowledged = { at", "acknowledged = { a = 1, at")),
        ("an acknowledgement without a reason", replaced(", reason = \"no one was removed yet\"", "")),
        ("a bad name", before("secrets.APOSTROPHE", "secrets.A-B")),
    ]
}

type Changed = (&'static str, fn(&mut Vault));

/// Heads that a writer could make, but whose members do not follow from the founder.
fn changes() -> Vec<Changed> {
    vec![
        ("a card of other keys", |vault| {
            let stolen = vault.head.members[&name("carol")].keys.writer.unwrap().card_signature;
            writer(vault, "bob").keys.writer.as_mut().unwrap().card_signature = stolen;
        }),
        ("a forged endorsement", |vault| writer(vault, "ci").endorsement.0[0] ^= 1),
        ("an endorsement for another name", |vault| {
            let ci = vault.head.members.remove(&name("ci")).unwrap();
            vault.head.members.insert(name("cy"), ci);
        }),
        ("members who endorse each other", |vault| {
            let [one, other] = [person("one", 0x21), person("other", 0x22)];
            for (new, by) in [(&one, &other), (&other, &one)] {
                let entry = member(&vault.head.id, &new.member(), new.keys(true), &by.identity);
                vault.head.members.insert(new.member(), entry);
            }
        }),
        ("an endorsement by a reader", |vault| {
            let new = person("new", 0x21);
            let entry = member(&vault.head.id, &new.member(), new.keys(false), &ci().identity);
            let reader = vault.head.members[&name("ci")].fingerprint();
            vault.head.members.insert(new.member(), Member { endorsed_by: reader, ..entry });
        }),
        ("a second root", |vault| {
            let new = person("new", 0x21);
            let entry = member(&vault.head.id, &new.member(), new.keys(true), &new.identity);
            vault.head.members.insert(new.member(), entry);
        }),
        ("a removed member", |vault| {
            let dan = person("dan", 0x0d);
            let entry = member(&vault.head.id, &dan.member(), public_keys(&dan.identity, false), &bob().identity);
            vault.head.members.insert(name("x"), entry);
        }),
        ("a recipient twice", |vault| {
            let entry = member(&vault.head.id, &name("x"), ci().keys(false), &bob().identity);
            vault.head.members.insert(name("x"), entry);
        }),
        ("a recipient in capitals", |vault| {
            let mut keys = person("new", 0x21).keys(false);
            keys.recipient = Recipient::new(&keys.recipient.as_str().to_uppercase());
            let entry = member(&vault.head.id, &name("x"), keys, &bob().identity);
            vault.head.members.insert(name("x"), entry);
        }),
        ("a writer who is a reader", |vault| vault.head.written_by = name("ci")),
        ("a takeover without its vouchers", |vault| vault.head.roots[0].vouchers.clear()),
        ("a takeover with fewer vouchers", |vault| drop(vault.head.roots[0].vouchers.remove(0))),
        ("a root step with another signature", |vault| vault.head.roots[1].signature = Signature([7; 64])),
        ("a root step that is missing", |vault| drop(vault.head.roots.pop())),
        ("root steps that do not follow each other", |vault| vault.head.roots[1].from = WriterKey([7; 32])),
        ("an old root who was not removed", |vault| {
            vault.head.removed.retain(|_, removed| removed.name != name("alice"))
        }),
        ("a removed member under another fingerprint", |vault| {
            let (print, mut removed) = vault.head.removed.pop_first().unwrap();
            removed.recipient = person("new", 0x21).identity.recipient();
            vault.head.removed.insert(print, removed);
        }),
        ("a count of 2^53 + 1", |vault| {
            vault.head.clock = etui::vault::Clock::new([(ActorId(1), (1 << 53) + 1)].into());
        }),
    ]
}

fn name(text: &str) -> MemberName {
    text.parse().unwrap()
}

fn writer<'v>(vault: &'v mut Vault, member: &str) -> &'v mut Member {
    vault.head.members.get_mut(&name(member)).unwrap()
}
