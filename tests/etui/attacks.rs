//! Attacks on a team that shares a vault: by people who know the members' public keys, by former members, and by
//! whoever can push or write to the shared folder. Each is refused, prints nothing of the vault and changes no pin.
//! Beside each kind stands its honest twin, which works.

mod everywhere;
mod forged;
mod inner;
mod merged;
mod moved;
mod prepared;
mod roots;
mod sealed;
mod twins;
mod verbs;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use bech32::{Bech32, Hrp};
use etui::keys::{Card, Identity};
use etui::vault::text::print;
use etui::vault::{ActorId, Endorser, HashKey, MemberName, PublicKeys, SealedBytes, SectionId, Stamp, Vault};
use sha2::{Digest as _, Sha256};

use crate::bench::{self, Bench, Outcome, bytes, names, open, public_keys, signed, split, vault};
use crate::damage;

/// A file in the place of the vault, and how every command refuses it.
struct Attack {
    what: &'static str,
    file: Vec<u8>,
    code: i32,
    /// A part of the error.
    message: &'static str,
}

/// alice's laptop and her vault, which bob writes and ci reads. dan and ann were removed.
///
/// It may also be the inner vault of a closed section. Then all of this is so of that one, and carol, who is not in it,
/// writes the vault around it.
struct Team {
    bench: Bench,
    file: PathBuf,
    section: Option<SectionId>,
    carol: Identity,
    alice: Identity,
    bob: Identity,
    /// A writer until alice removed him.
    dan: Identity,
    /// Whom dan added on a branch that this laptop looked at once, before he was removed.
    puppet: Identity,
    /// A stranger.
    eve: Identity,
    /// The vault when dan and ann were still members.
    with_dan: Vault,
    /// The good vault and the pins.
    good: bench::Snapshot,
}

impl Team {
    /// The vault stands outside of git.
    fn new() -> Team {
        let bench = Bench::acme();
        let file = bench.vault();
        Team::join(bench, file, None)
    }

    /// The vault is the inner one of a closed section.
    fn closed() -> Team {
        let bench = Bench::acme();
        let file = bench.vault();
        Team::join(bench, file, Some("cluster:gpu"))
    }

    /// The vault stands in a repository that is set up to merge it, with an upstream.
    fn in_git() -> Team {
        Team::in_repository(None)
    }

    /// The same of the inner vault of a closed section.
    fn closed_in_git() -> Team {
        Team::in_repository(Some("cluster:gpu"))
    }

    fn in_repository(section: Option<&str>) -> Team {
        let bench = Bench::new();
        git(&bench, "init -q --template= -b main");
        bench.etui("init acme --as alice -p web -p api -c gpu --vault acme.age".split(' ')).ok();
        let file = bench.work().join("acme.age");
        let team = Team::join(bench, file, section);
        team.bench.etui(["git", "install"]).ok();
        team.git("init -q --bare --template= -b main ../hub");
        team.git("remote add origin ../hub");
        team.git("add -A");
        team.git("commit -q -m start");
        team.git("push -q -u origin main");
        team
    }

    fn join(bench: Bench, file: PathBuf, section: Option<&str>) -> Team {
        let alice = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
        let [bob, dan, ann, ci, puppet, eve, carol] = [(); 7].map(|()| Identity::generate());
        let members = [
            ("bob", &bob, true),
            ("dan", &dan, true),
            ("ann", &ann, false),
            ("ci", &ci, false),
            ("carol", &carol, true),
        ];
        for (name, who, is_writer) in &members[..if section.is_some() { 5 } else { 4 }] {
            let card = if *is_writer { Card::of(who).to_string() } else { who.recipient().to_string() };
            bench.etui(["member", "add", name, &card]).ok();
        }
        for (name, value, scope) in [
            ("A", "one", &["-g"][..]),
            ("A", "the-second", &["-g"]),
            ("A", "web", &["-p", "web"]),
            ("C", "gpu", &["-c", "gpu"]),
        ] {
            bench.set(name, value, scope);
        }
        let from = section.map(|section| {
            bench.set("A", "one", &["-c", "gpu"]);
            bench.etui("cluster close gpu --for bob,dan,ann,ci -y".split(' ')).ok();
            bench.set("A", "the-second", &["-c", "gpu"]);
            ["--from", section]
        });
        let section: Option<SectionId> = section.map(|section| section.parse().unwrap());
        let read = |sealed: &[u8]| vault(split(&open(sealed, std::slice::from_ref(&alice)).unwrap()).0);
        let outer = read(&bytes(&file));
        let with_dan = section.as_ref().map_or_else(|| outer.clone(), |id| read(&inner_bytes(&outer, id)));

        let mut side = with_dan.clone();
        side.head.clock.tick(ActorId(0xda));
        add(&mut side, "puppet", public_keys(&puppet, true), &dan);
        let aside = bench.home().join("side.age");
        let side = bench::sealed(written_by(side, "dan", &dan), [&alice]);
        let side = match &section {
            None => side,
            Some(id) => bench::sealed(written_by(around(outer, id, &side), "carol", &carol), [&alice]),
        };
        fs::write(&aside, side).unwrap();
        let get: &[&str] = if section.is_some() { &["get", "A", "-c", "gpu"] } else { &["get", "A", "-g"] };
        bench.etui([get, &["--vault", aside.to_str().unwrap()]].concat()).prints("the-second");
        fs::remove_file(aside).unwrap();

        for name in ["dan", "ann"] {
            let from = from.iter().flatten().copied();
            bench.etui(["member", "remove", name, "-y"].into_iter().chain(from)).ok();
        }
        bench.etui(get).prints("the-second");
        let good = bench::Snapshot { vault: bytes(&file), pins: bytes(bench.pins()) };
        Team { bench, file, section, carol, alice, bob, dan, puppet, eve, with_dan, good }
    }

    /// The good encrypted bytes.
    fn good_bytes(&self) -> Vec<u8> {
        match &self.section {
            None => self.good.vault.clone(),
            Some(id) => inner_bytes(&self.outer(), id),
        }
    }

    /// The vault in the file, whatever is attacked.
    fn outer(&self) -> Vault {
        vault(split(&open(&self.good.vault, std::slice::from_ref(&self.alice)).unwrap()).0)
    }

    /// The file for these encrypted bytes. carol, who may, puts those of an inner vault into the vault around it.
    fn file(&self, sealed: &[u8]) -> Vec<u8> {
        match &self.section {
            None => sealed.to_vec(),
            Some(id) => self.by_carol(around(self.outer(), id, sealed)),
        }
    }

    /// The file that carol writes.
    fn by_carol(&self, outer: Vault) -> Vec<u8> {
        bench::sealed(written_by(outer, "carol", &self.carol), [&self.alice, &self.bob])
    }

    fn text(&self) -> String {
        String::from_utf8(open(&self.good_bytes(), std::slice::from_ref(&self.alice)).unwrap()).unwrap()
    }

    /// The vault as it is now.
    fn vault_now(&self) -> Vault {
        let text = open(&bytes(&self.file), std::slice::from_ref(&self.alice)).unwrap();
        vault(split(&text).0)
    }

    /// The good vault, one write newer.
    fn vault(&self) -> Vault {
        newer(vault(split(self.text().as_bytes()).0))
    }

    /// Encrypts a text to the usual recipients.
    fn sealed(&self, text: &str) -> Vec<u8> {
        bench::sealed(text, [&self.alice, &self.bob])
    }

    /// Replaces the vault with a text.
    fn put(&self, text: &str) {
        fs::write(&self.file, self.file(&self.sealed(text))).unwrap();
    }

    fn restore(&self) {
        fs::write(&self.file, &self.good.vault).unwrap();
        fs::write(self.bench.pins(), &self.good.pins).unwrap();
    }

    #[track_caller]
    fn git(&self, line: &str) -> Outcome {
        git(&self.bench, line)
    }

    /// A command refuses the current vault.
    #[track_caller]
    fn refuses(&self, what: &str, expected: (i32, &str), command: &str) {
        refuses(&self.bench, &self.file, what, expected, command);
    }

    /// Each command refuses each attack.
    fn refuses_all<'a>(&self, attacks: &[Attack], commands: impl Fn(&Attack) -> Vec<&'a str>) {
        let mut wrong = Vec::new();
        for attack in attacks {
            fs::write(&self.file, &attack.file).unwrap();
            let expected = (attack.code, attack.message);
            for command in commands(attack) {
                let refused = refusal(&self.bench, &self.file, expected, command);
                wrong.extend(refused.err().map(|wrong| format!("{}: {command}: {wrong}", attack.what)));
                fs::write(&self.file, &attack.file).unwrap();
                fs::write(self.bench.pins(), &self.good.pins).unwrap();
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

#[track_caller]
fn git(bench: &Bench, line: &str) -> Outcome {
    try_git(bench, line).ok()
}

fn try_git(bench: &Bench, line: &str) -> Outcome {
    let mut git = Command::new("git");
    let git = bench.as_user(&mut git).args(["-c", "user.name=alice", "-c", "user.email=alice@example.com"]);
    let git = git.env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_EDITOR", "true");
    Outcome::from(git.args(line.split(' ')).output().unwrap())
}

/// As [`refusal`], and it is refused.
#[track_caller]
fn refuses(bench: &Bench, file: &Path, what: &str, expected: (i32, &str), command: &str) {
    if let Err(wrong) = refusal(bench, file, expected, command) {
        panic!("{what}: {command}: {wrong}");
    }
}

/// Checks that a command, or a script with `etui` in it, is refused in two lines, prints nothing, and changes neither
/// the file nor the pins. Returns what is wrong if not.
fn refusal(bench: &Bench, file: &Path, (code, message): (i32, &str), command: &str) -> Result<(), String> {
    let state = || (fs::read(file).ok(), fs::read(bench.pins()).ok(), names(bench.home()));
    let before = state();
    let is_script = command.contains("etui ");
    let outcome = if is_script { bench.sh(command) } else { damage::run(bench, command) };
    let lines: Vec<&str> = outcome.err.lines().collect();
    let is_error = matches!(lines[..], [error, hint] if error.starts_with("error: ") && hint.starts_with(" hint: "));
    let wrong = match (outcome.code == code, outcome.out.is_empty(), is_error && outcome.err.contains(message)) {
        (true, true, true) if before == state() => return Ok(()),
        (true, true, true) => "it changed the vault or the pins, or left a file behind",
        (false, _, _) => "another exit code",
        (_, false, _) => "it printed something",
        _ => "another message",
    };
    Err(format!("{wrong}: {outcome:?}, not {code} {message:?}"))
}

/// The encrypted bytes of a closed section.
fn inner_bytes(outer: &Vault, id: &SectionId) -> Vec<u8> {
    let (_, closed) = outer.sections.closed().find(|(closed, _)| *closed == id).unwrap();
    closed.sealed[0].as_slice().to_vec()
}

/// The vault, one write newer, with these bytes in the place of a closed section.
fn around(outer: Vault, id: &SectionId, sealed: &[u8]) -> Vault {
    let mut outer = newer(outer);
    outer.sections.closed_mut(id).unwrap().sealed = vec![SealedBytes::new(sealed.to_vec())];
    outer
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

/// Changes the members as a writer does.
fn as_writer<T>(who: &Identity, name: &str, change: impl FnOnce(&Endorser<'_>) -> T) -> T {
    let stamp = Stamp { by: member(name), at: "2026-11-22T10:00:00Z".parse().unwrap() };
    let keys = public_keys(who, true);
    change(&Endorser {
        stamp: &stamp,
        keys,
        sign: &|bytes| who.open_signer().unwrap().sign(bytes),
        fresh: &|| HashKey([9; 32]),
    })
}

#[test]
fn a_vault_from_before_a_removal_opens_and_the_next_write_removes_again() {
    let team = Team::new();
    let mut forgotten = newer(team.with_dan.clone());
    forgotten.head.clock = newer(team.vault()).head.clock;
    // dan added a member that this laptop does not know.
    forgotten.head.removed.clear();
    forgotten.head.members.remove(&member("ann"));
    add(&mut forgotten, "fay", public_keys(&team.eve, true), &team.dan);
    team.put(&written_by(forgotten, "alice", &team.alice));
    team.bench
        .etui(["get", "A", "-g"])
        .prints("the-second")
        .says("note: this copy is from before dan was removed; the next change removes them here too");
    let set = team.bench.etui(["set", "A", "-g", "--value", "three"]).ok();
    assert!(set.err.contains("fay was endorsed by a member who was removed, and is left out"), "{}", set.err);
    let left = team.vault_now().head;
    let members: Vec<String> = left.members.keys().map(ToString::to_string).collect();
    assert_eq!((members.join(" "), left.removed.len()), ("alice bob ci".to_owned(), 1));
    team.bench.etui(["get", "A", "-g"]).prints("three").says("");
}

#[test]
fn each_invalid_member_is_named() {
    let team = Team::new();
    let strangers = [(); 2].map(|()| Identity::generate());
    let mut unendorsed = team.vault();
    add(&mut unendorsed, "eve", public_keys(&team.eve, true), &strangers[0]);
    add(&mut unendorsed, "fay", public_keys(&strangers[0], false), &team.eve);
    add(&mut unendorsed, "gil", public_keys(&strangers[1], true), &team.dan);
    let mut back = team.vault();
    add(&mut back, "dan", public_keys(&team.dan, true), &team.alice);
    add(&mut back, "dave", public_keys(&team.dan, false), &team.alice);
    let file = team.file.display().to_string();
    for (vault, message) in [
        (unendorsed, format!("members eve, fay and gil are endorsed by no member of {file}; alice wrote it")),
        (back, format!("members dan and dave were removed, and are in {file} again; alice wrote it")),
    ] {
        team.put(&written_by(vault, "alice", &team.alice));
        team.refuses("several members", (6, &message), "get A -g");
        let doctor = team.bench.etui(["doctor"]);
        assert!(doctor.code == 1 && doctor.text().contains(&format!("vault\twrong\t{message}\t")), "{}", doctor.text());
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
        let signature = team.eve.open_signer().unwrap().sign(&Sha256::digest(&bob[..32]));
        card([&bob[..32], &eve[32..64], &signature.0])
    };
    let before = bytes(&team.file);
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
    assert!(bytes(&team.file) == before);
    team.bench.etui(["member", "add", "eve", &card([&eve[..32], &eve[32..64], &eve[64..]])]).ok();
}
