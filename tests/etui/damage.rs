//! A vault that no writer of the team wrote. Every command refuses it, says what is wrong, prints nothing of
//! it, and leaves the file as it is. No message contains a value.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use etui::keys::{self, Identity};
use etui::vault::text::{Trailer, print};
use etui::vault::{ActorId, MemberName, PublicKeys, Recipient, SealedBytes, Signature};

use crate::bench::{Bench, Outcome, bytes, lock, member, names, open, sealed, signed, split, vault};

/// Every command that opens a vault, in a form that succeeds on a good one.
pub const OPENERS: &[&str] = &[
    "resolve -p web -c gpu",
    "get A -g",
    "get A -g --exact",
    "get A -g --version 1",
    "list -g",
    "list --all",
    "list --effective -p web",
    "list -g --expiring 30d",
    "compare team project:web",
    "explain -p web",
    "explain A -g",
    "run -g -- echo started",
    "history A -g",
    "set A -g --value new",
    "create B -g --value new",
    "update A -g --value new",
    "generate B -g",
    "rename A B -g",
    "move A --to cluster:gpu -g",
    "copy A --to cluster:gpu -g",
    "delete A -g",
    "restore A -g",
    "purge -y -g",
    "purge A -y -g",
    "project list",
    "project create site",
    "project rename web site",
    "project delete api",
    "project close web --for alice -y",
    "cluster list",
    "cluster create tpu",
    "cluster rename gpu tpu",
    "cluster delete gpu --force -y",
    "cluster close gpu --for alice -y",
    "link -p api",
    "secret create B new -g",
    "secret get A -g",
    "secret list -g",
    "secret update A new -g",
    "secret delete A -g",
    "secrets set team --name A --value new",
    "secrets list team",
    "secrets delete team --name A",
    "env list -g",
    "env set LEVEL info -g",
    "use A --as VAR -g",
    "use A --as VAR --as-file -p web",
    "edit -g",
    "member list",
    "member add bot age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9",
    "member update ci age19ht5mragxql499xw8w72gsvfafqcw2athk7nafkzjdyufavw2deqsjwvp9",
    "member rename ci bot",
    "member remove ci -y",
    "audit",
];

/// Runs one of [`OPENERS`], with an editor that changes nothing.
pub fn run(bench: &Bench, opener: &str) -> Outcome {
    bench.with(&[("EDITOR", "true")], opener.split(' '))
}

/// A vault with a secret in each section, one of them with an earlier value, and a machine as a reader.
pub fn bench() -> Bench {
    let bench = Bench::acme();
    bench.etui(["member", "add", "ci", Identity::generate().recipient().as_str()]).ok();
    for (name, value, scope) in [
        ("A", "one", ["-g"].as_slice()),
        ("A", "two", &["-g"]),
        ("A", "web", &["-p", "web"]),
        ("C", "gpu", &["-c", "gpu"]),
    ] {
        bench.set(name, value, scope);
    }
    bench
}

fn identity(bench: &Bench) -> Identity {
    Identity::parse_all(&bytes(bench.key())).unwrap().remove(0)
}

/// The vault's text: body and trailer.
fn text(bench: &Bench) -> String {
    let plain = open(&bytes(bench.vault()), &[identity(bench)]).unwrap();
    String::from_utf8(plain.to_vec()).unwrap()
}

fn body(bench: &Bench) -> String {
    let text = text(bench);
    split(text.as_bytes()).0.to_owned()
}

/// Replaces the vault with a text that is sealed to its member.
fn seal(bench: &Bench, text: impl AsRef<[u8]>) {
    fs::write(bench.vault(), sealed(text, [&identity(bench)])).unwrap();
}

/// Replaces the vault with a body that its member signed and that is sealed to the member, so that only its
/// content is wrong. Each forged vault is newer than the one before.
fn forge(bench: &Bench, body: &str) {
    static WRITES: AtomicU64 = AtomicU64::new(1);
    let count = WRITES.fetch_add(1, Ordering::Relaxed);
    let body = body.replacen("[clock]\n", &format!("[clock]\n0000000000000001 = {count}\n"), 1);
    seal(bench, signed(&identity(bench), &body));
}

/// The trailer of a body with another signature.
fn with(signature: Signature, body: &str) -> String {
    let own = signed(&Identity::generate(), body);
    Trailer { signature, ..split(own.as_bytes()).1 }.print()
}

/// The error message for exit code 6, with its hint.
fn error_for(bench: &Bench, why: &str) -> String {
    format!(
        "error: {} {why}\n hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
        bench.vault().display()
    )
}

/// The command refuses the vault and leaves it as it is.
#[track_caller]
fn refused(bench: &Bench, arguments: &str) -> Outcome {
    let (before, beside) = (bytes(bench.vault()), names(bench.home()));
    let outcome = run(bench, arguments);
    assert!(matches!(outcome.code, 5 | 6), "{arguments}: {outcome:?}");
    assert_eq!(outcome.text(), "", "{arguments}");
    let lines: Vec<&str> = outcome.err.lines().collect();
    assert!(
        matches!(lines[..], [error, hint] if error.starts_with("error: ") && hint.starts_with(" hint: ")),
        "{arguments}: {}",
        outcome.err
    );
    assert!(bytes(bench.vault()) == before, "{arguments} wrote over a damaged vault");
    assert_eq!(names(bench.home()), beside, "{arguments} left a file behind");
    outcome
}

// Damage to the sealed file.

#[test]
fn a_named_pipe_instead_of_a_vault_is_refused_without_waiting() {
    let bench = Bench::acme();
    let pipe = bench.home().join("pipe.age");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for verb in [&["list", "-t", "pipe", "-g"][..], &["set", "A", "-t", "pipe", "-g", "--value", "x"]] {
        bench.etui(verb).fails(1, &format!("error: cannot read {}: not a file", pipe.display()));
    }
}

#[test]
fn every_command_refuses_a_damaged_vault() {
    let bench = bench();
    let good = bench.snapshot();
    let mut damaged = good.vault.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for opener in OPENERS {
        fs::write(bench.vault(), &damaged).unwrap();
        refused(&bench, opener).says(&error_for(&bench, "is damaged: its bytes are not those that were written"));
        assert!(names(bench.work()).is_empty(), "{opener} wrote a link");
        // The same command opens the good vault.
        bench.restore(&good);
        run(&bench, opener).ok();
        let _ = fs::remove_file(bench.work().join(".etui.toml"));
    }
}

#[test]
fn damage_is_reported_in_json() {
    let bench = bench();
    fs::write(bench.vault(), "junk").unwrap();
    let error = serde_json::json!({"error": {
        "code": "vault_damaged",
        "exit": 6,
        "message": format!("{} is not an age file", bench.vault().display()),
        "hint": "restore a good copy, with `git checkout` or from a backup; nothing was changed",
    }});
    for opener in OPENERS {
        // Before `--`, because everything after it belongs to the command.
        run(&bench, &format!("-j {opener}")).fails_in_json(6, &error);
    }
}

#[test]
fn any_changed_byte_and_any_truncation_of_the_file_is_refused() {
    let bench = Bench::acme();
    let sealed = bytes(bench.vault());
    let alice = [identity(&bench)];
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1 << (at % 8);
        assert!(open(&changed, &alice).is_err(), "byte {at} changed");
        assert!(open(&sealed[..at], &alice).is_err(), "cut at {at}");
    }
    for at in (0..sealed.len()).step_by(sealed.len() / 32) {
        let mut changed = sealed.clone();
        changed[at] ^= 0x80;
        for damaged in [&changed, &sealed[..at].to_vec(), &[&sealed[..at], b"\n", &sealed[at..]].concat()] {
            fs::write(bench.vault(), damaged).unwrap();
            refused(&bench, "resolve -g");
        }
    }
    for damaged in [[&sealed[..], b"\n"].concat(), [&sealed[..], &sealed[..]].concat()] {
        fs::write(bench.vault(), damaged).unwrap();
        refused(&bench, "resolve -g");
        refused(&bench, "set A -g --value new");
    }
}

/// Somebody who writes the vault damages the bytes of a closed section in it.
#[test]
fn any_changed_byte_and_any_truncation_of_a_closed_section_is_refused() {
    let bench = Bench::acme();
    bench.set("A", "inside", &["-c", "gpu"]);
    bench.etui("cluster close gpu --for alice -y".split(' ')).ok();
    let (alice, outer) = (identity(&bench), vault(&body(&bench)));
    let inner = outer.sections.closed().next().unwrap().1.sealed[0].as_slice().to_vec();
    let put = |bytes: Vec<u8>| {
        let mut outer = outer.clone();
        outer.head.clock.tick(ActorId(1));
        outer.sections.closed_mut(&"cluster:gpu".parse().unwrap()).unwrap().sealed = vec![SealedBytes::new(bytes)];
        seal(&bench, signed(&alice, &print(&outer)));
    };
    for at in (0..inner.len()).step_by(inner.len() / 32) {
        let mut changed = inner.clone();
        changed[at] ^= 1 << (at % 8);
        for damaged in [changed, inner[..at].to_vec(), [&inner[..at], b"\n", &inner[at..]].concat()] {
            put(damaged);
            assert_eq!(refused(&bench, "resolve -c gpu").code, 6);
        }
    }
    assert_eq!(refused(&bench, "set A -c gpu --value new").code, 6);
    // What does not need it goes on.
    bench.etui(["resolve", "-g"]).prints("");
}

#[test]
#[ignore = "long: every bit through the binary"]
fn any_flipped_bit_of_the_file_is_refused_by_the_binary() {
    let bench = Bench::acme();
    let sealed = bytes(bench.vault());
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            fs::write(bench.vault(), changed).unwrap();
            refused(&bench, "resolve -g");
        }
    }
}

#[test]
fn junk_instead_of_a_vault_is_refused_with_a_description() {
    let bench = bench();
    let eve = Identity::generate();
    let to_eve = |plain: &[u8]| keys::seal(&[plain], [&eve.recipient()]).unwrap();
    let to_alice = |plain: &[u8]| keys::seal(&[plain], [&identity(&bench).recipient()]).unwrap();
    let mut random = vec![0; 4096];
    rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut random);
    let not_age = "is not an age file";
    let sealing = "is damaged: its bytes are not those that were written";
    let trailer = "does not end with a signature";
    for (what, junk, why) in [
        ("nothing", Vec::new(), sealing),
        ("a newline", b"\n".to_vec(), not_age),
        ("text", b"DATABASE_URL=postgres://hunter2\n".to_vec(), not_age),
        ("TOML", text(&bench).into_bytes(), not_age),
        ("conflict markers", b"<<<<<<< ours\nage-encryption.org/v1\n=======\n>>>>>>> theirs\n".to_vec(), not_age),
        ("random bytes", random, not_age),
        ("zeros, as a crashed file system leaves them", vec![0; 1134], not_age),
        ("the first line alone", b"age-encryption.org/v1\n".to_vec(), sealing),
        ("a header without a recipient", b"age-encryption.org/v1\n--- AAAA\n".to_vec(), not_age),
        ("an age file of nothing", to_alice(b""), trailer),
        ("an age file of something else", to_alice(b"dear diary, hunter2\n"), trailer),
        ("an age file of bytes", to_alice(&[0xff; 300]), trailer),
        ("an age file in an age file", to_alice(&bytes(bench.vault())), trailer),
    ] {
        fs::write(bench.vault(), junk).unwrap();
        for opener in ["resolve -g", "set A -g --value new"] {
            let outcome = refused(&bench, opener);
            assert_eq!(outcome.code, 6, "{what}");
            outcome.says(&error_for(&bench, why));
        }
    }
    for sealed in [to_eve(b"dear diary"), to_eve(another_teams_text().as_bytes())] {
        fs::write(bench.vault(), sealed).unwrap();
        for opener in ["resolve -g", "set A -g --value new"] {
            refused(&bench, opener).fails(
                5,
                &format!(
                    "error: {} is not encrypted to your key, {}\n \
                     hint: use another key: `-i FILE`; or to become a member, send a writer the line that this prints: `etui join`",
                    bench.vault().display(),
                    identity(&bench).recipient()
                ),
            );
        }
    }
}

fn another_teams_text() -> String {
    text(&Bench::acme())
}

#[test]
fn no_key_opens_a_file_sealed_with_a_passphrase() {
    let bench = bench();
    fs::write(bench.vault(), lock(&text(&bench), "hunter2")).unwrap();
    assert_eq!(refused(&bench, "resolve -g").code, 5);
}

#[test]
fn a_vault_path_that_is_not_a_file_is_an_error() {
    let bench = bench();
    fs::remove_file(bench.vault()).unwrap();
    fs::create_dir(bench.vault()).unwrap();
    for opener in ["resolve -g", "set A -g --value new"] {
        bench
            .etui(opener.split(' '))
            .fails(1, &format!("error: cannot read {}: is a directory", bench.vault().display()));
    }
}

// Damage inside the encryption, which takes the members' public keys to produce.

#[test]
fn a_text_that_changed_after_signing_is_refused() {
    let bench = bench();
    let (good, body) = (text(&bench), body(&bench));
    let trailer = &good[body.len()..];
    let eve = Identity::generate();
    let signature = "was not written by alice, as it claims: its signature is wrong";
    let shape = "does not end with a signature";
    let other = body.replace("value = 'two'", "value = 'owt'");
    assert_ne!(other, body);
    let by_eve = signed(&eve, &body);
    let eves = split(by_eve.as_bytes()).1;
    for (what, text, why) in [
        ("one byte of a value changed", format!("{other}{trailer}"), signature),
        (
            "a line added",
            format!("{}{trailer}", body.replacen("\n[secrets.A]", "\n[secrets.B]\nvalue = 'b'\n\n[secrets.A]", 1)),
            signature,
        ),
        ("signed by a key that the vault does not list", signed(&eve, &body), signature),
        ("the signature of another text", format!("{other}{}", eves.print()), signature),
        ("a signature of zeros", format!("{body}{}", with(Signature([0; 64]), &body)), signature),
        ("the signature left out", body.clone(), shape),
        ("a newline after the trailer", format!("{good}\n"), shape),
        ("a comment after the trailer", format!("{good}# hello\n"), shape),
        ("a secret after the trailer", format!("{good}[secrets.B]\nvalue = 'b'\n"), shape),
        ("a NUL after the trailer", format!("{good}\0"), shape),
        ("a key more in the trailer", good.replace("[signature]\n", "[signature]\nby = \"alice\"\n"), shape),
        ("another shape of the trailer", good.replace("\nvalue = \"", "\nvalue  = \""), shape),
        ("line ends of Windows", good.replace('\n', "\r\n"), shape),
        ("the trailer alone", trailer.to_owned(), shape),
        ("the trailer first", format!("{trailer}{body}"), shape),
    ] {
        seal(&bench, &text);
        for opener in ["resolve -g", "set A -g --value new"] {
            let outcome = refused(&bench, opener);
            assert_eq!(outcome.code, 6, "{what}");
            outcome.says(&error_for(&bench, why));
        }
    }
    // A read never looks at the history. Writes, and reads of the history, check it.
    for text in [format!("{good}{trailer}"), format!("{body}[secrets.B]\nvalue = 'b'\n{trailer}")] {
        seal(&bench, &text);
        bench.etui(["get", "A", "-g"]).prints("two");
        for opener in ["set A -g --value new", "history A -g"] {
            refused(&bench, opener).says(&error_for(&bench, "has a damaged history; its current values are good"));
        }
    }
    // Not UTF-8 at all, though the trailer is well formed.
    let bad = [b"format = 1\n\xff\n".as_slice(), trailer.as_bytes()].concat();
    seal(&bench, bad);
    refused(&bench, "resolve -g").says(&error_for(&bench, "does not hold text"));
}

#[test]
fn public_keys_alone_are_not_enough_to_write() {
    let bench = bench();
    let body = body(&bench);
    let (alice, eve) = (identity(&bench), Identity::generate());
    let listed = format!("key = \"{}\"", alice.writer_key());
    assert!(body.contains(&listed));
    let is_writers = |line: &&str| line.starts_with("key = ") || line.starts_with("card_signature = ");
    let reader: String = body.lines().filter(|line| !is_writers(line)).map(|line| format!("{line}\n")).collect();
    for (what, text, why) in [
        (
            "written by nobody that it lists",
            signed(&eve, &body.replace("written_by = \"alice\"", "written_by = \"eve\"")),
            "was written by eve, who is not a writer of it",
        ),
        ("written by a reader", signed(&alice, &reader), "was written by alice, who is not a writer of it"),
    ] {
        seal(&bench, text);
        for opener in ["resolve -g", "set A -g --value new"] {
            let outcome = refused(&bench, opener);
            assert_eq!(outcome.code, 6, "{what}");
            outcome.says(&error_for(&bench, why));
        }
    }
    // A key that is not on the curve, or a weak key that accepts many signatures, verifies nothing.
    for key in [[0; 32], [0xff; 32], std::array::from_fn(|at| u8::from(at == 0))] {
        let weak = body.replace(&listed, &format!("key = \"{}\"", etui::vault::WriterKey(key)));
        let eves = split(signed(&eve, &weak).as_bytes()).1.signature;
        for signature in [Signature([0; 64]), eves] {
            seal(&bench, format!("{weak}{}", with(signature, &weak)));
            refused(&bench, "resolve -g")
                .says(&error_for(&bench, "was not written by alice, as it claims: its signature is wrong"));
        }
    }
}

#[test]
fn a_trailer_inside_a_value_is_kept_as_text() {
    let bench = bench();
    let text = text(&bench);
    let own = text[text.find("[signature]").unwrap()..].to_owned();
    for value in [
        "[signature]\nvalue = \"...\"\n",
        "[signature]\nvalue = \"...\"",
        "\n\n[signature]\nvalue = \"...\"\n",
        &own,
        &format!("'''\n{own}"),
        &format!("\"\"\"\n{own}'"),
        "'''\n[[history.secrets.A]]\nvalue = '''",
    ] {
        bench.set("A", value, &["-g"]);
        bench.etui(["get", "A", "-g"]).prints(value);
        bench.etui(["resolve", "-g", "--format", "null"]).prints(&format!("A={value}\0"));
        // The same as an earlier value and as a note.
        bench.etui(["set", "A", "--value", "next", "--note", value, "-g"]).ok();
        bench.etui(["get", "A", "-g", "--version", "1"]).prints(value);
        let shown = bench.etui(["get", "A", "-g", "-j"]).ok();
        let shown: serde_json::Value = serde_json::from_str(shown.text()).unwrap();
        assert_eq!(shown["note"], value);
        bench.etui(["get", "A", "-p", "web"]).prints("web");
    }
}

#[test]
fn a_vault_from_a_newer_etui_is_refused_with_what_it_needs() {
    let bench = bench();
    let body = body(&bench);
    for (from, to, needs) in [
        ("format = 1", "format = 2", "has format 2"),
        ("format = 1", "format = -1", "has format -1"),
        ("format = 1\nrequires = []\nteam", "format = 3\nrequires = []\nguild", "has format 3"),
        ("requires = []", "requires = [\"warp\"]", "requires warp"),
        ("requires = []", "requires = [\"warp\\u001b[2Jdrive\"]", "requires a feature"),
    ] {
        assert!(body.contains(from));
        forge(&bench, &body.replace(from, to));
        let before = bytes(bench.vault());
        for opener in ["resolve -g", "set A -g --value new", "list --all"] {
            bench.etui(opener.split(' ')).fails(
                1,
                &format!(
                    "error: {} {needs}, which etui {} does not know\n hint: install a newer etui; this one would misread the vault",
                    bench.vault().display(),
                    env!("CARGO_PKG_VERSION")
                ),
            );
        }
        assert!(bytes(bench.vault()) == before);
    }
    // The feature may name the version that it needs.
    forge(&bench, &body.replace("requires = []", "requires = [\"open-windows 0.9\"]"));
    bench.etui(["get", "A", "-g"]).fails(
        1,
        &format!(
            "error: {} requires open-windows, which etui {} does not know\n \
             hint: install etui 0.9; this one would misread the vault",
            bench.vault().display(),
            env!("CARGO_PKG_VERSION")
        ),
    );
}

#[test]
fn a_signed_text_that_is_not_a_vault_is_refused() {
    let bench = bench();
    let good = body(&bench);
    let clock = good.lines().skip_while(|line| *line != "[clock]").nth(1).unwrap();
    let actor = &clock[..16];
    let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
    for (what, from, to) in [
        ("a count beyond 2^53", clock, format!("{actor} = 9007199254740993")),
        ("a count beyond 64 bits", clock, format!("{actor} = 99999999999999999999")),
        ("a count below nothing", clock, format!("{actor} = -1")),
        ("an actor that is none", clock, "me = 1".to_owned()),
        ("no format", "format = 1\n", String::new()),
        ("a format that is no number", "format = 1", "format = \"1\"".to_owned()),
        ("no team", "team = \"acme\"\n", String::new()),
        ("a team of a strange name", "team = \"acme\"", "team = \"../acme\"".to_owned()),
        ("the team said twice", "team = \"acme\"", "team = \"acme\"\nteam = \"acme\"".to_owned()),
        ("an id that is none", "\nid = \"", "\nid = \"0".to_owned()),
        ("a moment that is none", "written_at = 2", "written_at = 9999".to_owned()),
        ("a key that is none", "key = \"", "key = \"!".to_owned()),
        ("an unfinished table", "[clock]", "[clock".to_owned()),
        ("a table that is not there", "[members.alice]", "[members.\"al ice\"]".to_owned()),
        ("arrays without end", "requires = []", format!("requires = []\nx = {}", deep("[", "]"))),
        ("tables without end", "requires = []", format!("requires = []\nx = {}", deep("{a = ", "}"))),
        ("keys without end", "requires = []", format!("requires = []\n{}x = 1", "x.".repeat(20_000))),
        ("headers without end", "[clock]", format!("[x{}]\n\n[clock]", ".x".repeat(20_000))),
    ] {
        assert!(good.contains(from), "{what}");
        forge(&bench, &good.replacen(from, &to, 1));
        for opener in ["resolve -g", "set A -g --value new"] {
            let outcome = refused(&bench, opener);
            assert_eq!(outcome.code, 6, "{what}");
            assert!(outcome.err.contains(" does not hold a vault: "), "{what}: {}", outcome.err);
        }
    }
}

#[test]
fn a_write_refuses_parts_that_contradict_the_whole_text() {
    let bench = bench();
    let good = body(&bench);
    let record = "created = 2026-11-21T10:00:00Z\nupdated = 2026-11-21T10:00:00Z\nby = \"alice\"\n";
    let torn = [
        // In places that a read skips, but any other TOML parser would see.
        ("a secret after the history", format!("{good}[secrets.LATE]\nvalue = 'late'\n{record}\n")),
        ("a section after the history", format!("{good}[projects.late]\ncreated = 2026-11-21T10:00:00Z\n\n")),
        // A value with a line that a read would take for a table header.
        (
            "a table in a value",
            good.replace(
                "\n[secrets.A]\n",
                &format!("\n[secrets.A0]\nvalue = '''\n[projects.web]\n'''\n{record}\n[secrets.A]\n"),
            ),
        ),
        ("an earlier value that is none", format!("{good}[[history.secrets.B]]\nvalue = 1\n\n")),
    ];
    let accepted: Vec<_> = torn
        .iter()
        .filter(|(_, bad)| {
            forge(&bench, bad);
            bench.etui(["set", "A", "-g", "--value", "new"]).code != 6
        })
        .map(|(what, _)| what)
        .collect();
    assert!(accepted.is_empty(), "a write accepted {accepted:?}");
}

#[test]
fn a_member_with_an_unusable_recipient_is_named() {
    let bench = bench();
    let alice = identity(&bench);
    let good = vault(&body(&bench));
    for recipient in ["", "age1nobody", "ssh-rsa AAAA", "\u{1b}[31m", &alice.recipient().as_str().to_uppercase()] {
        // Alice endorses him, whatever his recipient is.
        let mut vault = good.clone();
        let (name, keys) = (MemberName::parse("bob").unwrap(), PublicKeys::reader(Recipient::new(recipient)));
        vault.head.members.insert(name.clone(), member(&good.head.id, &name, keys, &alice));
        forge(&bench, &print(&vault));
        for opener in ["get A -g", "set A -g --value new"] {
            refused(&bench, opener).says(&error_for(&bench, "has an invalid recipient for member bob"));
        }
    }
}

#[test]
fn a_member_cannot_open_a_vault_that_is_not_sealed_to_him() {
    let bench = bench();
    let eve = Identity::generate();
    let sealed = keys::seal(&[text(&bench).as_bytes()], [&eve.recipient()]).unwrap();
    fs::write(bench.vault(), sealed).unwrap();
    assert_eq!(refused(&bench, "resolve -g").code, 5);
}

#[test]
fn the_vault_of_another_team_is_refused() {
    let bench = bench();
    for arguments in ["resolve -g -t umbrella", "set A -g --value new -t umbrella"] {
        let vault = bench.vault().display().to_string();
        let all = arguments.split(' ').chain(["--vault", &vault]);
        bench.etui(all).fails(
            6,
            &format!(
                "error: {vault} is the vault of team acme, not of team umbrella\n \
                 hint: if you want that vault: `-t acme`"
            ),
        );
    }
}

// No message contains a value.

#[test]
fn no_error_about_the_text_contains_a_value() {
    const CANARY: &str = "c4n4ry-Xq7";
    let bench = Bench::acme();
    bench.set("A", CANARY, &["-g"]);
    let good = body(&bench);
    let value = format!("value = '{CANARY}'");
    assert!(good.contains(&value));
    // A mistake beside the value or in place of it, wherever a parser might quote its input.
    for bad in [
        format!("value = '{CANARY}"),
        format!("value = \"{CANARY}"),
        format!("value = '''{CANARY}"),
        format!("value = {CANARY}"),
        format!("value = '{CANARY}' '{CANARY}'"),
        format!("value = '{CANARY}' = 1"),
        format!("value = \"{CANARY}\\q\""),
        format!("value = \"{CANARY}\u{1}\""),
        format!("value = ['{CANARY}']"),
        format!("value = {{ text = '{CANARY}' }}"),
        format!("value = '{CANARY}'\nvalue = '{CANARY}'"),
        format!("value = '{CANARY}'\nexpires = '{CANARY}'"),
        format!("value = '{CANARY}'\nencoding = '{CANARY}'"),
        format!("value = '{CANARY}'\nencoding = \"base64\""),
        format!("value = '{CANARY}'\nnote = [\"{CANARY}\"]"),
        format!("value = \"{CANARY}\\u0000\""),
        format!("value = '{CANARY}'\nby = '{CANARY} {CANARY}'"),
        format!("'{CANARY}'"),
        format!("[secrets.'{CANARY}']\nvalue = '{CANARY}'"),
        format!("[projects.'{CANARY} {CANARY}']"),
        format!("value = '{CANARY}'\n[secrets.A.'{CANARY}']\nx = '{CANARY}'"),
        format!("value = '{CANARY}'\n[secrets]\nA = '{CANARY}'"),
    ] {
        forge(&bench, &good.replace(&value, &bad));
        for opener in ["resolve -p web -c gpu", "list --all", "history A -g", "set B -g --value new"] {
            for options in ["-l debug", "-l debug -j"] {
                let before = bytes(bench.vault());
                let outcome = bench.etui(format!("{opener} {options}").split(' '));
                assert_eq!(outcome.code, 6, "{opener} {options} of {bad}: {outcome:?}");
                assert!(outcome.out.is_empty(), "{opener} {options} of {bad}: {outcome:?}");
                assert!(!outcome.err.contains(CANARY), "{opener} {options} of {bad}: {}", outcome.err);
                assert!(!outcome.err.contains("panicked"), "{}", outcome.err);
                assert!(bytes(bench.vault()) == before);
            }
        }
    }
}

#[test]
fn no_debug_message_about_a_good_vault_contains_a_value() {
    const CANARY: &str = "c4n4ry-Xq7";
    let bench = Bench::acme();
    bench.etui(["member", "add", "ci", Identity::generate().recipient().as_str()]).ok();
    for (name, value, scope) in [
        ("A", "before", &["-g"][..]),
        ("A", CANARY, &["-g"]),
        ("A", CANARY, &["-p", "web"]),
        ("C", CANARY, &["-c", "gpu"]),
    ] {
        bench.set(name, value, scope);
    }
    let good = bench.snapshot();
    for opener in OPENERS {
        bench.restore(&good);
        let _ = fs::remove_file(bench.work().join(".etui.toml"));
        let opener = opener.replace(" new", &format!(" {CANARY}"));
        let outcome = run(&bench, &format!("-l debug {opener}"));
        // The same value is set everywhere, and `audit` reports that.
        assert_eq!(outcome.code, i32::from(*opener == *"audit"), "{opener}: {outcome:?}");
        assert!(outcome.err.contains("debug: "), "{opener}: {}", outcome.err);
        assert!(!outcome.err.contains(CANARY), "{opener}: {}", outcome.err);
    }
}

// Anyone who holds the key can read the file with other tools.

#[test]
#[ignore = "needs age and python3"]
fn stock_age_decrypts_it_and_any_toml_parser_reads_it() {
    let bench = bench();
    bench.set("PEM", "-----BEGIN KEY-----\nMC4C\n-----END KEY-----\n", &["-p", "web"]);
    bench.set("HOSTILE", "'''\r\n\"\"\"\\\u{1}\u{7f}\n[signature]\nvalue = \"x\"\n", &["-g"]);
    bench.set("BYTES", b"\xff\0", &["-g"]);
    let output = Command::new("age").args(["-d", "-i"]).arg(bench.key()).arg(bench.vault()).output().expect("age");
    let printed = Outcome::from(output).ok();
    assert_eq!(printed.text(), text(&bench));
    let python = "import json, sys, tomllib; print(json.dumps(tomllib.load(sys.stdin.buffer), default=str))";
    let read = crate::bench::feed(Command::new("python3").args(["-c", python]), &printed.out).ok();
    let read: serde_json::Value = serde_json::from_str(read.text()).unwrap();
    assert_eq!(read["format"], 1);
    assert_eq!(read["team"], "acme");
    assert_eq!(read["written_by"], "alice");
    assert_eq!(read["members"]["alice"]["recipient"], Recipient::as_str(&identity(&bench).recipient()));
    assert_eq!(read["secrets"]["A"]["value"], "two");
    assert_eq!(read["secrets"]["HOSTILE"]["value"], "'''\r\n\"\"\"\\\u{1}\u{7f}\n[signature]\nvalue = \"x\"\n");
    assert_eq!(read["secrets"]["BYTES"]["value"], "/wA=");
    assert_eq!(read["secrets"]["BYTES"]["encoding"], "base64");
    assert_eq!(read["projects"]["web"]["secrets"]["PEM"]["value"], "-----BEGIN KEY-----\nMC4C\n-----END KEY-----\n");
    assert_eq!(read["clusters"]["gpu"]["secrets"]["C"]["value"], "gpu");
    assert_eq!(read["history"]["secrets"]["A"][0]["value"], "one");
    let (_, trailer) = split(&printed.out);
    assert_eq!(read["signature"]["value"], trailer.signature.to_string());
}

#[test]
#[ignore = "needs age and python3"]
fn stock_age_applied_twice_opens_a_closed_section() {
    let bench = bench();
    bench.etui(["cluster", "create", "prod"]).ok();
    bench.etui(["cluster", "close", "prod", "--for", "alice", "-y"]).ok();
    bench.set("PRODUCTION", "in production alone", &["-c", "prod"]);
    let document = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/vault/text/FORMAT.md")).unwrap();
    let (_, lines) = document.split_once("applied twice").unwrap();
    let (_, lines) = lines.split_once("```sh\n").unwrap();
    let (lines, _) = lines.split_once("```").unwrap();
    assert_eq!(lines.lines().count(), 2);

    fs::copy(bench.key(), bench.work().join("identity.txt")).unwrap();
    fs::copy(bench.vault(), bench.work().join("acme.age")).unwrap();
    let inner = bench.sh(lines).ok();
    assert!(inner.text().contains("[secrets.PRODUCTION]\nvalue = 'in production alone'\n"), "{}", inner.text());
    let outer = fs::read_to_string(bench.work().join("acme.toml")).unwrap();
    assert!(outer.contains("[clusters.prod]\n") && !outer.contains("PRODUCTION"), "{outer}");
}

#[test]
fn damage_in_the_history_stops_no_read_of_current_values() {
    let bench = Bench::acme();
    for fill in ["1", "2", "3"] {
        bench.piped(fill.repeat(200_000), ["set", "LARGE", "-g", "--file", "-"]).ok();
    }
    bench.set("A", "one", &["-g"]);
    let mut damaged = bytes(bench.vault());
    // age encrypts pieces of 64 KiB: this is one of those that hold nothing but earlier values.
    let at = damaged.len() * 2 / 3;
    damaged[at] ^= 1;
    fs::write(bench.vault(), &damaged).unwrap();

    bench.etui(["get", "A", "-g"]).prints("one").says("");
    bench.etui(["resolve", "-g", "--only", "A"]).prints("A=one\n");
    for opener in ["set A -g --value new", "history A -g"] {
        refused(&bench, opener).says(&error_for(&bench, "is damaged: its bytes are not those that were written"));
    }
    let doctor = bench.etui(["doctor"]);
    let fix = "or only earlier values are damaged; to give them up: `etui doctor --drop-history`\n";
    assert!(doctor.text().contains("vault\twrong\t") && doctor.text().contains(fix), "{}", doctor.text());
    let drop = "doctor --drop-history";
    bench.etui(drop.split(' ')).fails(2, &format!("error: `{drop}` needs confirmation\n hint: run it again with `-y`"));
    assert!(bytes(bench.vault()) == damaged);
    bench.etui(["doctor", "--drop-history", "-y"]).prints("").says("wrote the vault anew, without its history");
    bench.etui(["set", "A", "-g", "--value", "two"]).ok().says("updated A in team acme");
    assert_eq!(bench.etui(["get", "LARGE", "-g"]).ok().out, "3".repeat(200_000).into_bytes());
    bench.etui(["history", "A", "-g"]).ok().mask_times().prints("-\tWHEN\talice\tcurrent\n1\tWHEN\talice\tearlier\n");
    bench
        .etui(["doctor", "--drop-history", "-y"])
        .fails(4, "error: the history is not damaged\n hint: to erase earlier values: `etui purge`");
    // Damage in the first or the last piece is damage of what a read needs.
    for at in [1_000, damaged.len() - 10] {
        let mut damaged = damaged.clone();
        damaged[at] ^= 1;
        fs::write(bench.vault(), &damaged).unwrap();
        refused(&bench, "get A -g");
    }
}
