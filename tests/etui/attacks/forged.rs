//! Files that somebody made and put in the place of the vault.

use etui::keys::{self, Identity};
use etui::vault::member::carded;
use etui::vault::text::{Trailer, print};
use etui::vault::{ActorId, Clock, Member, PublicKeys, Recipient, TeamName, Vault, WriterHalf};

use super::{Attack, Team, add, member, newer, written_by};
use crate::bench::{lock, public_keys, signed, split, vault};
use crate::damage::OPENERS;

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

const SIGNATURE: &str = "its signature is wrong";
const SHAPE: &str = "does not end with a signature";
const STRANGER: &str = "was not written by anyone this laptop trusts";
const UNENDORSED: &str = "endorsed by no member of";
const TEXT: &str = "does not hold a vault";
const CARD: &str = "do not belong together";
const BYTES: &str = "is damaged: its bytes are not those that were written";

/// Everything that is forged. Where the signer is trusted, only the content is wrong, and nobody but that writer
/// could make such a file.
pub fn all(team: &Team) -> Vec<Attack> {
    let texts = [signers(team), members(team), membership(team), texts(team), clocks(team)];
    let texts = texts.into_iter().flatten();
    let texts = texts.map(|(what, text, message)| Attack { what, file: team.sealed(&text), code: 6, message });
    let attacks = texts.chain(envelopes(team)).map(|attack| Attack { file: team.file(&attack.file), ..attack });
    if team.section.is_none() { attacks.collect() } else { attacks.map(inside).collect() }
}

/// An inner vault of another founder is not the one whose fingerprint stands beside it, and one that opened before
/// cannot be somebody else's now.
fn inside(attack: Attack) -> Attack {
    let message = match attack.what {
        "to strangers" | "behind a passphrase" => "is not encrypted to your key, although you are a member of it",
        "another founder's vault of another name" => "holds a vault that belongs elsewhere",
        "signed by a stranger in the founder's place"
        | "another founder's vault of the same id"
        | "another founder's vault of the same name"
        | "another id, signed by the founder"
        | "no root, signed by another writer"
        | "another writer as the root, without a step" => "is not the vault whose fingerprint stands beside it",
        _ => attack.message,
    };
    Attack { code: 6, message, ..attack }
}

type Text = (&'static str, String, &'static str);

/// A card that eve signed for somebody else's recipient, which she can do.
fn mixed(team: &Team, recipient: &Recipient) -> PublicKeys {
    let key = team.eve.writer_key();
    let card_signature = team.eve.open_signer().unwrap().sign(&carded(recipient, &key));
    PublicKeys { recipient: recipient.clone(), writer: Some(WriterHalf { key, card_signature }) }
}

/// The good vault with one more member.
fn with(team: &Team, name: &str, who: &Identity, is_writer: bool, by: &Identity) -> Vault {
    let mut vault = team.vault();
    add(&mut vault, name, public_keys(who, is_writer), by);
    vault
}

/// Signed by somebody else than it says, or by somebody whom this laptop does not trust.
pub fn signers(team: &Team) -> Vec<Text> {
    let good = team.text();
    let body = split(good.as_bytes()).0;
    let trailer = &good[body.len()..];
    let (alice, dan, eve, puppet) = (&team.alice, &team.dan, &team.eve, &team.puppet);
    let other = "is not the vault of team acme that this laptop knows";

    let mut founded = team.vault();
    founded.head.id.0[0] ^= 1;
    founded.head.members.clear();
    add(&mut founded, "alice", mixed(team, &alice.recipient()), eve);
    let mut same_id = founded.clone();
    same_id.head.id = team.vault().head.id;
    same_id.head.members.clear();
    add(&mut same_id, "eve", public_keys(eve, true), eve);
    let mut other_id = team.vault();
    other_id.head.id.0[0] ^= 1;
    let mut other_team = founded.clone();
    other_team.head.team = TeamName::parse("umbrella").unwrap();
    let mut root = team.vault();
    add(&mut root, "alice", mixed(team, &alice.recipient()), eve);
    let mut forgotten = newer(team.with_dan.clone());
    forgotten.head.clock = newer(team.vault()).head.clock;
    let mut accomplice = forgotten.clone();
    accomplice.head.members.remove(&member("dan"));
    add(&mut accomplice, "fay", public_keys(eve, true), dan);
    let mut through = forgotten.clone();
    add(&mut through, "puppet", public_keys(puppet, true), dan);
    let mut shortened = with(team, "dan", dan, true, alice);
    shortened.head.removed.retain(|_, removed| removed.name != member("dan"));
    let reader = written_by(team.vault(), "ci", eve);
    let nobody = written_by(team.vault(), "nobody", eve);
    vec![
        ("a value changed", format!("{}{trailer}", body.replace("'the-second'", "'owt'")), SIGNATURE),
        ("the signature left out", body.to_owned(), SHAPE),
        ("a table after the trailer", format!("{good}\n[secrets.B]\nvalue = 'b'\n"), SHAPE),
        ("a byte after the trailer", format!("{good}\n"), SHAPE),
        ("a trailer that was cut", good[..good.len() - 2].to_owned(), SHAPE),
        ("a trailer in another spelling", good.replace("\nhistory = \"", "\nhistory  = \""), SHAPE),
        ("a signature that is no signature", zero_signature(&good), SIGNATURE),
        ("signed by a stranger in alice's name", written_by(team.vault(), "alice", eve), SIGNATURE),
        ("signed by another writer in alice's name", written_by(team.vault(), "alice", &team.bob), SIGNATURE),
        ("signed by a stranger in a reader's name", reader, "was written by ci, who is not a writer of it"),
        ("signed by nobody in it", nobody, "was written by nobody, who is not a writer of it"),
        ("signed by a stranger who added herself", written_by(with(team, "eve", eve, true, eve), "eve", eve), STRANGER),
        ("signed by a stranger in the founder's place", written_by(root, "alice", eve), STRANGER),
        ("another founder's vault of the same id", written_by(same_id, "eve", eve), "another member founded it"),
        ("another founder's vault of the same name", written_by(founded, "alice", eve), other),
        (
            "another founder's vault of another name",
            written_by(other_team, "alice", eve),
            "not the vault of team umbrella",
        ),
        ("another id, signed by the founder", written_by(other_id, "alice", alice), other),
        ("signed by a removed member in alice's name", written_by(team.vault(), "alice", dan), SIGNATURE),
        (
            "signed by a removed member who is not in it",
            written_by(team.vault(), "dan", dan),
            "who is not a writer of it",
        ),
        (
            "signed by a removed member, who emptied the list of removed members",
            written_by(
                {
                    let mut vault = forgotten.clone();
                    vault.head.removed.clear();
                    vault
                },
                "dan",
                dan,
            ),
            "dan, who was removed, wrote it",
        ),
        (
            "signed by a removed member, who shortened the list of removed members",
            written_by(shortened, "dan", dan),
            "dan, who was removed, wrote it",
        ),
        (
            "signed by a member through a removed one",
            written_by(through, "puppet", puppet),
            "puppet, a member through dan, who was removed, wrote it",
        ),
        ("signed by whom a removed member added", written_by(accomplice, "fay", eve), UNENDORSED),
    ]
}

fn zero_signature(good: &str) -> String {
    let (body, trailer) = split(good.as_bytes());
    let zero = Trailer { signature: etui::vault::Signature([0; 64]), ..trailer };
    format!("{body}{}", zero.print())
}

/// Members whom no member endorsed as they stand there.
pub fn members(team: &Team) -> Vec<Text> {
    let (alice, dan, eve, puppet) = (&team.alice, &team.dan, &team.eve, &team.puppet);
    let ci = team.vault().head.members[&member("ci")].clone();
    let change = |change: &dyn Fn(&mut Vault)| {
        let mut vault = team.vault();
        change(&mut vault);
        vault
    };
    let insert = |vault: &mut Vault, name: &str, entry: Member| drop(vault.head.members.insert(member(name), entry));
    let by_alice = |change: Vault| written_by(change, "alice", alice);
    let second = Identity::generate();

    let puppets = change(&|vault| {
        add(vault, "puppet", public_keys(puppet, true), &second);
        add(vault, "puppet2", public_keys(&second, true), puppet);
    });
    let ring = change(&|vault| {
        let [p, q, r] = [puppet, &second, eve];
        for (name, who, by) in [("p", p, q), ("q", q, r), ("r", r, p)] {
            add(vault, name, public_keys(who, true), by);
        }
    });
    let with_dan = change(&|vault| {
        vault.head.removed.clear();
        add(vault, "dan", public_keys(dan, true), dan);
        add(vault, "puppet", public_keys(puppet, true), dan);
    });
    let claimed = change(&|vault| {
        // eve signs, and says that it was alice.
        add(vault, "eve", public_keys(eve, true), eve);
        vault.head.members.get_mut(&member("eve")).unwrap().endorsed_by = alice.fingerprint();
    });
    vec![
        ("puppets who endorse each other, one of them seen before", written_by(puppets, "puppet", puppet), UNENDORSED),
        ("three who endorse each other", written_by(ring, "p", puppet), UNENDORSED),
        (
            "a puppet seen before, endorsed by a key that is not in it",
            written_by(with(team, "puppet", puppet, true, dan), "puppet", puppet),
            UNENDORSED,
        ),
        ("a puppet seen before, and its removed endorser as a root", written_by(with_dan, "puppet", puppet), STRANGER),
        (
            "a puppet seen before as a second root",
            written_by(with(team, "p", puppet, true, puppet), "p", puppet),
            STRANGER,
        ),
        ("an endorsement that claims to be the root's", written_by(claimed, "eve", eve), UNENDORSED),
        ("a writer endorsed by a stranger", by_alice(with(team, "eve", eve, true, &second)), UNENDORSED),
        ("a reader endorsed by a stranger", by_alice(with(team, "eve", eve, false, &second)), UNENDORSED),
        ("a reader who endorses herself", by_alice(with(team, "eve", eve, false, eve)), UNENDORSED),
        (
            "a member endorsed by a reader",
            by_alice(change(&|vault| {
                add(vault, "eve", public_keys(eve, true), &second);
                vault.head.members.get_mut(&member("eve")).unwrap().endorsed_by = ci.fingerprint();
            })),
            UNENDORSED,
        ),
        (
            "an endorsement of another member",
            by_alice(change(&|vault| {
                insert(vault, "eve", Member { keys: public_keys(eve, false), ..ci.clone() });
            })),
            UNENDORSED,
        ),
        (
            "an endorsement for another role",
            by_alice(change(&|vault| {
                insert(vault, "ci", Member { keys: mixed(team, ci.recipient()), ..ci.clone() });
            })),
            UNENDORSED,
        ),
        (
            "an endorsement for another name",
            by_alice(change(&|vault| {
                vault.head.members.remove(&member("ci"));
                insert(vault, "cd", ci.clone());
            })),
            UNENDORSED,
        ),
        (
            "an endorsement for another vault",
            by_alice(change(&|vault| {
                let mut there = vault.clone();
                there.head.id.0[0] ^= 1;
                add(&mut there, "eve", public_keys(eve, true), alice);
                insert(vault, "eve", there.head.members[&member("eve")].clone());
            })),
            UNENDORSED,
        ),
        (
            "an endorsement of the keys from before they changed",
            by_alice(change(&|vault| {
                let bob = vault.head.members[&member("bob")].clone();
                insert(vault, "bob", Member { keys: public_keys(eve, true), ..bob });
            })),
            UNENDORSED,
        ),
        (
            "no root",
            by_alice(change(&|vault| drop(vault.head.members.remove(&member("alice"))))),
            "who is not a writer",
        ),
        (
            "no root, signed by another writer",
            written_by(change(&|vault| drop(vault.head.members.remove(&member("alice")))), "bob", &team.bob),
            "its members have no single root",
        ),
        (
            "another writer as the root, without a step",
            written_by(
                change(&|vault| {
                    vault.head.members.remove(&member("alice"));
                    add(vault, "bob", public_keys(&team.bob, true), &team.bob);
                    add(vault, "ci", ci.keys.clone(), &team.bob);
                }),
                "bob",
                &team.bob,
            ),
            "another member founded it",
        ),
    ]
}

/// Members with keys that they may not have.
pub fn membership(team: &Team) -> Vec<Text> {
    let (alice, dan, eve) = (&team.alice, &team.dan, &team.eve);
    let change = |change: &dyn Fn(&mut Vault)| {
        let mut vault = team.vault();
        change(&mut vault);
        written_by(vault, "alice", alice)
    };
    let bob = team.vault().head.members[&member("bob")].keys.clone();
    let writer = bob.writer.unwrap();
    let ssh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN";
    let reader = |text: &str| PublicKeys::reader(Recipient::new(text));
    let removed = "was removed, and is in";
    let recipient = "has an invalid recipient for member x";
    let another = "another member of";
    vec![
        (
            "a removed member under another name",
            change(&|vault| add(vault, "x", public_keys(dan, false), alice)),
            removed,
        ),
        (
            "a removed verifying key with another recipient",
            change(&|vault| {
                let key = dan.writer_key();
                let card_signature = dan.open_signer().unwrap().sign(&carded(&eve.recipient(), &key));
                let writer = Some(WriterHalf { key, card_signature });
                add(vault, "x", PublicKeys { recipient: eve.recipient(), writer }, alice);
            }),
            removed,
        ),
        (
            "a hidden recipient: bob's key with another recipient",
            change(&|vault| {
                add(vault, "bob", PublicKeys { recipient: eve.recipient(), writer: Some(writer) }, alice);
            }),
            CARD,
        ),
        (
            "a hidden recipient, and the signature of its own card",
            change(&|vault| {
                let card_signature = public_keys(eve, true).writer.unwrap().card_signature;
                let writer = Some(WriterHalf { card_signature, ..writer });
                add(vault, "bob", PublicKeys { recipient: eve.recipient(), writer }, alice);
            }),
            CARD,
        ),
        (
            "a hidden recipient of the founder, who endorses it",
            change(&|vault| {
                let writer = public_keys(alice, true).writer;
                add(vault, "alice", PublicKeys { recipient: eve.recipient(), writer }, alice);
                for name in ["bob", "ci"] {
                    let keys = vault.head.members[&member(name)].keys.clone();
                    add(vault, name, keys, alice);
                    let print = vault.head.members[&member("alice")].fingerprint();
                    vault.head.members.get_mut(&member(name)).unwrap().endorsed_by = print;
                }
                let print = vault.head.members[&member("alice")].fingerprint();
                vault.head.members.get_mut(&member("alice")).unwrap().endorsed_by = print;
            }),
            CARD,
        ),
        (
            "no signature of a card",
            {
                let text = print(&team.vault());
                let line = format!("card_signature = \"{}\"\n", writer.card_signature);
                assert!(text.contains(&line));
                signed(alice, &text.replace(&line, ""))
            },
            TEXT,
        ),
        ("a recipient twice", change(&|vault| add(vault, "x", reader(bob.recipient.as_str()), alice)), another),
        (
            "a recipient in capitals",
            change(&|vault| add(vault, "x", reader(&eve.recipient().as_str().to_uppercase()), alice)),
            recipient,
        ),
        (
            "a removed recipient in capitals",
            change(&|vault| add(vault, "x", reader(&dan.recipient().as_str().to_uppercase()), alice)),
            recipient,
        ),
        (
            "an ssh key with a comment",
            change(&|vault| add(vault, "x", reader(&format!("{ssh} x@y")), alice)),
            recipient,
        ),
        (
            "an ssh key with more spaces",
            change(&|vault| add(vault, "x", reader(&ssh.replace(' ', "  ")), alice)),
            recipient,
        ),
        ("an ssh key with padding", change(&|vault| add(vault, "x", reader(&format!("{ssh}=")), alice)), recipient),
        ("a recipient that is none", change(&|vault| add(vault, "x", reader("age1x"), alice)), recipient),
        (
            "a verifying key twice",
            change(&|vault| {
                let key = writer.key;
                let keys = PublicKeys { recipient: eve.recipient(), writer: Some(WriterHalf { key, ..writer }) };
                add(vault, "x", keys, alice);
            }),
            another,
        ),
    ]
}

/// Texts that a write would not reproduce, signed by alice.
pub fn texts(team: &Team) -> Vec<Text> {
    let body = print(&team.vault());
    let alice = &team.alice;
    let replaced = |from: &str, to: &str| {
        assert!(body.contains(from), "{from}");
        signed(alice, &body.replacen(from, to, 1))
    };
    let requires = body.lines().find(|line| line.starts_with("requires = ")).unwrap();
    let field = "value = 'the-second'\n";
    let start = body.find("[secrets.A]").unwrap();
    let record = &body[start..start + body[start..].find("\n\n").unwrap() + 2];
    let disputed = record.replace("[secrets.A]", "[[disputes.secrets.A]]");
    let hidden = "x = \"\"\"\n[secrets.HIDDEN]\nvalue = 'h'\n\"\"\"\n\n[clock]\n";
    let old = split(team.text().as_bytes()).0.to_owned();
    vec![
        ("a number that is none", replaced(field, "value = 'the-second'\nx = nan\n"), TEXT),
        ("a name that is current and disputed", replaced(record, &format!("{record}{disputed}")), TEXT),
        ("a name that is disputed and current", replaced(record, &format!("{disputed}{record}")), TEXT),
        (
            "a name that is a secret and an entry",
            replaced(record, &format!("{}{record}", record.replace("secrets", "env"))),
            TEXT,
        ),
        ("a record twice", replaced(record, &format!("{record}{record}")), TEXT),
        ("a field twice", replaced(field, "value = 'the-second'\nvalue = 'the-second'\n"), TEXT),
        ("a head with hidden tables", replaced("[clock]\n", hidden), TEXT),
        ("a head with a comment", replaced("[clock]\n", "# nothing\n[clock]\n"), TEXT),
        ("a head with other spaces", replaced("team = ", "team  = "), TEXT),
        ("a head with another quote", replaced("team = \"acme\"", "team = 'acme'"), TEXT),
        ("a head with a field twice", replaced("team = \"acme\"\n", "team = \"acme\"\nteam = \"acme\"\n"), TEXT),
        (
            "a head in another order",
            replaced(&format!("format = 1\n{requires}\n"), &format!("{requires}\nformat = 1\n")),
            TEXT,
        ),
        ("a head with lines ended as on Windows", replaced(&format!("{requires}\n"), &format!("{requires}\r\n")), TEXT),
        ("a byte order mark", signed(alice, &format!("\u{feff}{body}")), TEXT),
        (
            "a head without its id",
            {
                let line = body.lines().find(|line| line.starts_with("id = ")).unwrap();
                replaced(&format!("{line}\n"), "")
            },
            TEXT,
        ),
        (
            "the current part of one version, the trailer of another",
            { format!("{body}{}", &team.text()[old.len()..]) },
            SIGNATURE,
        ),
    ]
}

/// Clocks that would confuse those who compare them.
pub fn clocks(team: &Team) -> Vec<Text> {
    let body = split(team.text().as_bytes()).0.to_owned();
    let good = vault(&body).head.clock;
    let counted = |count: &str| {
        signed(&team.alice, &body.replacen("[clock]\n", &format!("[clock]\n0000000000000001 = {count}\n"), 1))
    };
    let with = |clock: Clock| {
        let mut vault = team.vault();
        vault.head.clock = clock;
        written_by(vault, "alice", &team.alice)
    };
    let own = good.iter().max_by_key(|(_, count)| *count).unwrap().0;
    let fewer = good.iter().map(|(actor, count)| (actor, if actor == own { count - 1 } else { count }));
    let fewer = Clock::new(fewer.chain([(ActorId(1), 1 << 53)]).collect());
    vec![
        ("a count near 2^63", counted("9223372036854775807"), TEXT),
        ("a count of 2^64 - 1", counted("18446744073709551615"), TEXT),
        ("a count above 2^53", counted("9007199254740993"), TEXT),
        ("a negative count", counted("-1"), TEXT),
        ("the writes of one actor left out", with(Clock::new([(ActorId(1), 1 << 53)].into())), "lacks"),
        ("one write left out, and many others counted", with(fewer), "lacks 1 change that this laptop has seen"),
        ("no writes at all", with(Clock::default()), "is older than what this laptop has seen"),
        (
            "equal counts with other content",
            signed(&team.alice, &body.replace("'the-second'", "'owt'")),
            "lacks 1 change that this laptop has seen",
        ),
    ]
}

/// Files that hold a good text and were encrypted by somebody else, and files that are none.
pub fn envelopes(team: &Team) -> Vec<Attack> {
    let text = team.text();
    let (good, own) = (&team.good_bytes(), team.alice.recipient());
    let newer = written_by(team.vault(), "alice", &team.alice);
    let fewer = "is encrypted to fewer recipients than it has members";
    let attack = |what, file: Vec<u8>, message| Attack { what, file, code: 6, message };
    let stranger = |count: usize| (0..count).map(|_| Identity::generate().recipient()).collect::<Vec<_>>();
    let others = keys::seal(&[newer.as_bytes()], &stranger(4)).unwrap();
    let mut flipped = good.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let mut header = good.clone();
    header["age-encryption.org/v".len()] ^= 1;
    vec![
        attack("encrypted again, to one member", keys::seal(&[text.as_bytes()], [&own]).unwrap(), fewer),
        attack("a newer one, to one member", keys::seal(&[newer.as_bytes()], [&own]).unwrap(), fewer),
        attack("to one recipient three times", keys::seal(&[text.as_bytes()], [&own, &own]).unwrap(), fewer),
        Attack { what: "to strangers", file: others, code: 5, message: "is not encrypted to your key" },
        Attack {
            what: "behind a passphrase",
            file: lock(&text, "x"),
            code: 5,
            message: "is not encrypted to your key",
        },
        attack("a byte of the text", flipped, BYTES),
        attack("a byte of the header", header, "is not an age file"),
        attack("a byte more", [&good[..], b"x"].concat(), BYTES),
        attack("twice in a row", [&good[..], good].concat(), BYTES),
        attack("the last byte cut", good[..good.len() - 1].to_vec(), BYTES),
        attack("cut in the middle", good[..good.len() / 2].to_vec(), BYTES),
        attack("cut in the header", good[..100].to_vec(), BYTES),
        attack("empty", Vec::new(), BYTES),
        attack("another file", b"[secrets.A]\nvalue = 'the-second'\n".to_vec(), "is not an age file"),
        attack("the text itself", text.clone().into_bytes(), "is not an age file"),
    ]
}

#[test]
fn every_forgery_is_refused() {
    let team = Team::new();
    let attacks = all(&team);
    assert!(attacks.len() >= 60, "{}", attacks.len());
    // One command that reads and one that writes; all of them for one attack of each of the main kinds.
    team.refuses_all(&attacks, |_| vec!["resolve -g", "set A -g --value new"]);
    for kind in [SIGNATURE, "was removed, wrote it"] {
        let first = attacks.iter().position(|attack| attack.message.contains(kind)).unwrap();
        team.refuses_all(&attacks[first..=first], |_| OPENERS.to_vec());
    }
    // A well-formed vault made in the same way is accepted.
    team.put(&written_by(team.vault(), "bob", &team.bob));
    team.bench.etui(["get", "A", "-g"]).prints("the-second").says("");
}

#[test]
fn a_file_that_needs_a_newer_version_is_not_read() {
    let team = Team::new();
    let body = print(&team.vault());
    for (from, to) in [("requires = []", "requires = [\"open-windows 99.0\"]"), ("format = 1", "format = 2")] {
        team.put(&signed(&team.alice, &body.replacen(from, to, 1)));
        for command in ["get A -g", "set A -g --value new"] {
            team.refuses(to, (1, "does not know"), command);
        }
    }
}

#[test]
fn a_zero_hash_key_is_no_attack() {
    let team = Team::new();
    let mut vault = team.vault();
    vault.head.hash_key = etui::vault::HashKey([0; 32]);
    team.put(&written_by(vault, "bob", &team.bob));
    team.bench.etui(["get", "A", "-g"]).prints("the-second").says("");
    team.bench.etui(["set", "A", "-g", "--value", "three"]).ok();
    team.bench.etui(["get", "A", "-g"]).prints("three").says("");
}

/// A history that is not that of the current part. A read never touches it; all else refuses.
#[test]
fn a_foreign_history_is_never_written_again() {
    let team = Team::new();
    let good = team.text();
    let body = split(good.as_bytes()).0;
    let at = body.find("[[history.").unwrap();
    let old = team.with_dan.clone();
    let others = [
        ("the history of another version", format!("{}{}", &body[..at], body[at..].replace("'one'", "'eno'"))),
        ("no history", body[..at].to_owned()),
        ("a trailer in the history", good.clone()),
        ("the history of an older version", {
            let old = print(&old);
            format!("{}{}", &body[..at], &old[old.find("[[history.").unwrap()..])
        }),
    ];
    for (what, other) in others {
        if other == body {
            continue;
        }
        team.put(&format!("{other}{}", &good[body.len()..]));
        team.bench.etui(["get", "A", "-g"]).prints("the-second").says("");
        for command in
            ["set A -g --value new", "history A -g", "restore A -g", "purge -y -g", "audit", "get A -g --version 1"]
        {
            team.refuses(what, (6, "has a damaged history"), command);
        }
    }
}

#[test]
#[ignore = "long: every forgery through every command"]
fn each_command_refuses_each_forgery() {
    let team = Team::new();
    // Some commands read the head alone, at least at first, and see nothing of what is wrong in a section.
    let parses = |attack: &Attack, command: &&&str| {
        attack.message != TEXT || !["link ", "member "].iter().any(|verb| command.starts_with(verb))
    };
    let openers = |attack: &Attack| OPENERS.iter().filter(|command| parses(attack, command)).copied().collect();
    team.refuses_all(&all(&team), openers);
}

#[test]
fn commands_that_take_a_vault_file_refuse_a_forgery() {
    let team = Team::new();
    let forged = members(&team).into_iter().find(|(_, _, message)| *message == UNENDORSED);
    let (what, text, message) = forged.unwrap();
    for script in SCRIPTS {
        team.restore();
        assert_eq!(team.bench.sh(script).code, 0, "{script} of a good vault");
        team.restore();
        team.put(&text);
        if !script.contains("trust") {
            team.refuses(what, (6, message), script);
        }
    }
}

#[test]
fn what_bob_writes_opens() {
    let team = Team::new();
    let mut vault = team.vault();
    vault.head.members.remove(&member("ci"));
    add(&mut vault, "ci", public_keys(&team.eve, true), &team.bob);
    team.put(&written_by(vault, "bob", &team.bob));
    let told = "note: members of team acme changed since this laptop last looked: ci has other keys";
    team.bench.etui(["get", "A", "-g"]).prints("the-second").says(told);
    team.bench.etui(["get", "A", "-g"]).prints("the-second").says("");
}

/// The same, in the place of an inner vault, by somebody who writes the vault around it.
#[test]
fn every_forgery_of_an_inner_vault_is_refused() {
    let team = Team::closed();
    let attacks = all(&team);
    let read = "resolve -c gpu";
    team.refuses_all(&attacks, |_| vec![read]);
    // Writes, and reads of everything, go the same way: one of each kind.
    let mut kinds = std::collections::BTreeSet::new();
    let each: Vec<Attack> = attacks.into_iter().filter(|attack| kinds.insert(attack.message)).collect();
    let all = ["set A -c gpu --value new", "set B -g --value new", "list --all", "history A -c gpu", "audit"];
    team.refuses_all(&each, |_| all.to_vec());
    team.put(&written_by(team.vault(), "bob", &team.bob));
    team.bench.etui(["get", "A", "-c", "gpu"]).prints("the-second").says("");
}
