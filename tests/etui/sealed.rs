//! Sealed environments: the part of a vault that one machine gets, and that no forgery of it is accepted.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;

use etui::keys::{self, Card, Identity, Purpose};
use etui::session::envelope;
use etui::vault::text;
use etui::vault::{Head, Member, MemberName};

use crate::bench::{Bench, Outcome, bytes, names, open, public_keys, split, vault};
use crate::terminal::driver::Terminal;

const CANARY: &str = "hunter2canary";

/// A team's machine with values of every kind, and another machine that has only a key.
struct Sealing {
    bench: Bench,
    machine: Bench,
}

impl Sealing {
    fn new() -> Sealing {
        let bench = Bench::acme();
        bench.set("TOKEN", "older", &["-g"]);
        bench.set("TOKEN", "one", &["-g"]);
        bench.set("LINES", "a\r\n'\"`$(id)\\\n[x]\n", &["-p", "web"]);
        bench.set("EMPTY", "", &["-p", "web"]);
        fs::write(bench.work().join("bytes"), b"\xff\0\n").unwrap();
        bench.etui(["set", "BYTES", "-p", "web", "--file", "bytes"]).ok();
        fs::remove_file(bench.work().join("bytes")).unwrap();
        bench.etui(["use", "BYTES", "--as", "BYTES_FILE", "--as-file", "-p", "web"]).ok();
        bench.etui(["env", "set", "LEVEL", "secret:TOKEN", "--literal", "-p", "web"]).ok();
        bench.etui(["use", "TOKEN", "-p", "web"]).ok();
        bench.set("HIDDEN", CANARY, &["-p", "api"]);
        bench.etui(["env", "set", "HIDDEN_TOO", CANARY, "-c", "gpu"]).ok();
        let machine = Bench::new();
        machine.etui(["key", "new", "--output", "../machine.key"]).ok();
        Sealing { bench, machine }
    }

    fn key(&self) -> PathBuf {
        self.machine.work().parent().unwrap().join("machine.key")
    }

    fn identity(&self) -> Identity {
        Identity::parse_all(&bytes(self.key())).unwrap().remove(0)
    }

    fn recipient(&self) -> String {
        self.identity().recipient().as_str().to_owned()
    }

    /// Seals an environment for the machine, and returns the file's bytes.
    fn seal(&self, options: &[&str]) -> Vec<u8> {
        let recipient = self.recipient();
        self.bench.etui([&["resolve", "--recipient", &recipient], options].concat()).ok().says("").out
    }

    /// Puts a file on the machine.
    fn put(&self, sealed: &[u8]) {
        fs::write(self.machine.work().join("sealed.age"), sealed).unwrap();
    }

    /// The fingerprint of the vault.
    fn fingerprint(&self) -> String {
        let alice = Identity::parse_all(&bytes(self.bench.key())).unwrap();
        let plain = open(&bytes(self.bench.vault()), &alice).unwrap();
        vault(split(&plain).0).head.fingerprint().unwrap().to_string()
    }

    /// Runs a command on the machine with the sealed environment, its own key and the fingerprint to trust.
    fn run(&self, arguments: &[&str]) -> Outcome {
        let mut command = self.machine.command(["run", "--sealed", "sealed.age"].iter().chain(arguments));
        command.env_remove("ETUI_HOME").env_remove("USER").env("HOME", self.machine.home());
        command.env("ETUI_KEY_FILE", self.key());
        command.env("ETUI_TRUST", self.fingerprint());
        Outcome::from(command.output().unwrap())
    }

    /// The text of a sealed file, opened with the machine's key.
    fn text(&self, sealed: &[u8]) -> Vec<u8> {
        open(sealed, &[self.identity()]).unwrap()
    }
}

/// Signs a body for a purpose and encrypts it.
fn forge<'a>(by: &Identity, purpose: Purpose, body: &str, to: impl IntoIterator<Item = &'a Identity>) -> Vec<u8> {
    let (trailer, _) = envelope::sign(body, purpose, by.open_signer().unwrap());
    let recipients: Vec<_> = to.into_iter().map(Identity::recipient).collect();
    keys::seal(&[body.as_bytes(), trailer.as_bytes()], recipients.iter()).unwrap()
}

#[test]
fn every_kind_of_value_arrives_on_a_machine_without_a_vault() {
    let sealing = Sealing::new();
    sealing.put(&sealing.seal(&["-p", "web"]));
    let show =
        "printf '%s|' \"$TOKEN\" \"$LINES\" \"$EMPTY\" \"$BYTES\" \"$LEVEL\" \"$AUTH_SECRET\"; cat \"$BYTES_FILE\"";
    let outcome = sealing.run(&["sh", "-c", show]).ok();
    let expected = [&b"one|a\r\n'\"`$(id)\\\n[x]\n||/wAK|secret:TOKEN|one|"[..], b"\xff\0\n"].concat();
    assert_eq!((outcome.out, &outcome.err[..]), (expected, ""));
    let here = ["sh", "-c", show];
    let run_with_pins = sealing.bench.etui(["run", "-p", "web"].iter().chain(&here)).ok().out;
    assert_eq!(sealing.run(&here).out, run_with_pins, "the same as from the vault");
    assert_eq!(sealing.run(&["sh", "-c", "exit 7"]).code, 7);
    assert_eq!(names(sealing.machine.work()), ["sealed.age"]);
    assert!(!sealing.machine.key().exists(), "no key is created on the machine");
    // The key can also be given as text, as in CI.
    let key = fs::read_to_string(sealing.key()).unwrap();
    let outcome =
        sealing.machine.with(&[("ETUI_KEY", &key)], ["run", "--sealed", "sealed.age", "sh", "-c", "env"]).ok();
    assert!(outcome.text().contains("TOKEN=one\n") && !outcome.text().contains("ETUI_KEY"));
}

#[test]
fn only_and_except_select_names_on_both_sides() {
    let sealing = Sealing::new();
    sealing.put(&sealing.seal(&["-p", "web", "--only", "TOKEN,BYTES_FILE"]));
    let text = sealing.text(&bytes(sealing.machine.work().join("sealed.age")));
    let text = split(&text).0;
    assert!(text.contains("[secrets.TOKEN]") && text.contains("[secrets.BYTES_FILE]"));
    assert!(!text.contains("LINES") && !text.contains("[secrets.BYTES]") && !text.contains("AUTH_SECRET"), "{text}");
    let list = "echo $TOKEN-${BYTES_FILE:+file}";
    sealing.run(&["sh", "-c", list]).prints("one-file\n");
    sealing.run(&["--only", "TOKEN", "sh", "-c", list]).prints("one-\n");
    sealing.run(&["--except", "TOKEN", "sh", "-c", list]).prints("-file\n");
    sealing
        .run(&["--only", "TOKNE", "true"])
        .fails(3, "error: the sealed environment does not list TOKNE\n hint: did you mean TOKEN?");
    sealing
        .run(&["--except", "TOKNE", "true"])
        .prints("")
        .says("warning: --except TOKNE: nothing here sets it; did you mean TOKEN?");
}

#[test]
fn an_environment_listed_in_a_file_can_be_sealed_too() {
    let sealing = Sealing::new();
    fs::write(sealing.bench.work().join(".env"), "A=secret:TOKEN\nB=plain\nC=file:TOKEN\n").unwrap();
    sealing.put(&sealing.seal(&["--env-file", ".env"]));
    sealing.run(&["sh", "-c", "echo $A $B $(cat $C)"]).prints("one plain one\n");
    fs::write(sealing.bench.work().join("spec.yaml"), "some-env: secret:TOKEN\n").unwrap();
    let recipient = sealing.recipient();
    sealing.bench.etui(["resolve", "--spec", "spec.yaml", "--recipient", &recipient]).fails(
        1,
        "error: a sealed environment cannot hold some-env: it is not a valid secret name\n \
         hint: use another name: a letter, then letters, digits and `_`; or `--except some-env` leaves it out",
    );
}

#[test]
fn contains_nothing_else_of_the_vault() {
    let sealing = Sealing::new();
    // Earlier values, notes and deleted secrets.
    sealing.bench.etui(["set", "TOKEN", "-g", "--value", "one", "--note", "a note of ours"]).ok();
    sealing.bench.set("GONE", "gone value", &["-g"]);
    sealing.bench.etui(["delete", "GONE", "-g"]).ok();
    let text = sealing.text(&sealing.seal(&["-p", "web"]));
    let body = split(&text).0;
    // Keys and signatures are random letters that may contain any short word.
    let random = [
        "id = ",
        "sealed_for = ",
        "sealed_context = ",
        "recipient = ",
        "key = ",
        "card_s",
        "endorsed_by = ",
        "endorsement = ",
    ];
    let readable = body.lines().filter(|line| !random.iter().any(|start| line.starts_with(start)));
    let readable: String = readable.map(|line| format!("{line}\n")).collect();
    for word in [CANARY, "HIDDEN", "api", "gpu", "web", "older", "history", "GONE", "gone value", "ours", "projects"] {
        assert!(!readable.contains(word), "{word}: {body}");
    }
    let machine = sealing.recipient();
    let lines = |name: &str| body.lines().filter(|line| line.contains(name)).count();
    assert_eq!((lines(&machine), lines("[members.alice]"), lines("[members.")), (1, 1, 1));
    assert!(body.contains(&format!("sealed_for = \"{machine}\"\n")));
}

#[test]
fn contains_only_the_members_who_vouch_for_its_writer() {
    let sealing = Sealing::new();
    add_member(&sealing, "zoe", &Identity::generate(), true);
    add_member(&sealing, "ci", &Identity::generate(), false);
    let body = sealing.text(&sealing.seal(&["-p", "web"]));
    let head = vault(split(&body).0).head;
    assert_eq!(head.members.keys().map(MemberName::as_str).collect::<Vec<_>>(), ["alice"]);
}

/// Adds a member to the vault.
fn add_member(sealing: &Sealing, name: &str, who: &Identity, is_writer: bool) {
    let card = if is_writer { Card::of(who).to_string() } else { who.recipient().to_string() };
    sealing.bench.etui(["member", "add", name, &card]).ok();
}

#[test]
fn a_reader_cannot_seal() {
    let sealing = Sealing::new();
    add_member(&sealing, "ci", &sealing.identity(), false);
    let (key, recipient) = (sealing.key().display().to_string(), sealing.recipient());
    sealing.bench.etui(["-i", &key, "resolve", "-g"]).prints("TOKEN=one\n");
    let card = Card::of(&sealing.identity());
    let message = format!(
        "error: ci may read this vault, not write it\n \
         hint: a writer can make ci a writer: `etui member update ci {card}`"
    );
    sealing.bench.etui(["-i", &key, "resolve", "-g", "--recipient", &recipient]).fails(5, &message);
}

#[test]
fn is_written_to_a_file_like_other_output() {
    let sealing = Sealing::new();
    let recipient = sealing.recipient();
    let arguments = ["resolve", "--recipient", &recipient, "-o", "out.age"];
    sealing.bench.etui(arguments).prints("").says("");
    let path = sealing.bench.work().join("out.age");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    sealing.put(&bytes(&path));
    sealing.run(&["sh", "-c", "echo $TOKEN"]).prints("one\n");
    sealing.bench.sh("git init -q .").ok();
    assert_eq!(sealing.bench.etui(arguments).code, 4);
    // On a terminal nothing is asked, and no bytes are written.
    let mut terminal = Terminal::etui(&sealing.bench, &arguments[..3]);
    terminal.ends().shows(2, "note: no project is chosen, so only the secrets of team acme apply: `etui link -p PROJECT` chooses one; or use `-g`, if you mean the team alone\n\
         error: an encrypted file would garble the terminal\n \
         hint: `--output FILE`, or a pipe\n");
}

#[test]
fn conflicting_options_are_refused() {
    let sealing = Sealing::new();
    sealing.put(&sealing.seal(&[]));
    let recipient = sealing.recipient();
    for options in [&["--format", "json"][..], &["--reader", "node"], &["--format", "k8s", "--name", "x"]] {
        let outcome = sealing.bench.etui([&["resolve", "--recipient", &recipient], options].concat());
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{options:?}");
    }
    for options in [&["--env-file", "x"][..], &["--spec", "x"], &["--job", "x"]] {
        let outcome = sealing.run(&[options, &["echo", "ran"]].concat());
        assert_eq!((outcome.code, outcome.text()), (2, ""), "{options:?}");
    }
    for recipient in [
        "",
        "age1",
        "x",
        &recipient[1..],
        &recipient[..recipient.len() - 1],
        "AGE-SECRET-KEY-1",
        &format!("{recipient} {recipient}"),
    ] {
        sealing.bench.etui(["resolve", "--recipient", recipient]).fails(
            2,
            "error: this is not an age recipient\n \
             hint: it begins with `age1`; or on the machine, this prints its own: `etui key show`",
        );
    }
    // A key pasted by mistake is not repeated.
    let key = fs::read_to_string(sealing.key()).unwrap();
    let secret = key.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let outcome = sealing.bench.etui(["resolve", "--recipient", secret, "-l", "debug"]);
    assert!(outcome.code == 2 && !outcome.err.contains(secret), "{}", outcome.err);
}

// Files that are refused.

#[test]
fn another_key_does_not_open_it() {
    let sealing = Sealing::new();
    fs::write(sealing.bench.work().join("s.age"), sealing.seal(&[])).unwrap();
    let (path, own) = (sealing.bench.work().join("s.age"), sealing.bench.key());
    let own = Identity::parse_all(&bytes(own)).unwrap().remove(0).recipient();
    sealing.bench.etui(["run", "--sealed", "s.age", "echo", "ran"]).fails(
        5,
        &format!(
            "error: {} is not encrypted to your key, {}\n \
             hint: use another key: `-i FILE`; or to become a member, send a writer the line that this prints: `etui join`",
            path.display(),
            own.as_str()
        ),
    );
    let machine = Bench::new();
    fs::write(machine.work().join("sealed.age"), bytes(path)).unwrap();
    assert_eq!(machine.etui(["run", "--sealed", "sealed.age", "echo", "ran"]).code, 5, "no key at all");
    sealing.run(&["true"]).fails(1, "error: cannot read sealed.age: no such file or directory");
}

/// Puts a file on the machine, which refuses it with exit code 6 and this reason after the file name.
#[track_caller]
fn refuses(sealing: &Sealing, sealed: &[u8], why: &str) {
    sealing.put(sealed);
    let path = sealing.machine.work().join("sealed.age").canonicalize().unwrap();
    sealing.run(&["echo", "ran"]).fails(
        6,
        &format!(
            "error: {} {why}\n hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
            path.display()
        ),
    );
}

#[test]
fn a_damaged_file_runs_nothing() {
    let sealing = Sealing::new();
    let sealed = sealing.seal(&["--only", "TOKEN"]);
    flip(&sealing, &sealed, (0..sealed.len()).step_by(41));
    for length in (0..sealed.len()).step_by(173) {
        sealing.put(&sealed[..length]);
        let outcome = sealing.run(&["echo", "ran"]);
        assert!([5, 6].contains(&outcome.code) && outcome.text().is_empty(), "{length}: {outcome:?}");
    }
    refuses(&sealing, b"", "is damaged: its bytes are not those that were written");
    refuses(&sealing, b"TOKEN=one\n", "is not an age file");
    refuses(&sealing, &[&sealed[..], b"x"].concat(), "is damaged: its bytes are not those that were written");
}

#[test]
#[ignore = "long: every byte through the binary"]
fn a_file_with_a_flipped_byte_runs_nothing() {
    let sealing = Sealing::new();
    let sealed = sealing.seal(&["--only", "TOKEN"]);
    flip(&sealing, &sealed, 0..sealed.len());
}

fn flip(sealing: &Sealing, sealed: &[u8], places: impl Iterator<Item = usize>) {
    for at in places {
        let mut damaged = sealed.to_vec();
        damaged[at] ^= 1;
        sealing.put(&damaged);
        let outcome = sealing.run(&["echo", "ran"]);
        assert!(
            [5, 6].contains(&outcome.code) && outcome.text().is_empty() && !outcome.err.contains("one\n"),
            "{at}: {outcome:?}"
        );
    }
}

#[test]
fn a_vault_and_a_sealed_environment_are_not_interchangeable() {
    let sealing = Sealing::new();
    let alice = Identity::parse_all(&bytes(sealing.bench.key())).unwrap().remove(0);
    let hint = " hint: restore a good copy, with `git checkout` or from a backup; nothing was changed";
    let path = sealing.bench.vault();
    sealing.bench.etui(["run", "--sealed", &path.display().to_string(), "echo", "ran"]).fails(
        6,
        &format!("error: {} is a vault, not a sealed environment: `--vault FILE` opens it\n{hint}", path.display()),
    );
    // A sealed environment in place of the vault, sealed to a member, or encrypted again by its holder.
    let good = bytes(&path);
    let own = sealing.bench.etui(["resolve", "--recipient", alice.recipient().as_str()]).ok().out;
    let again = keys::seal(&[&sealing.text(&sealing.seal(&["-p", "web"]))], [&alice.recipient()]).unwrap();
    for sealed in [&own, &again] {
        fs::write(&path, sealed).unwrap();
        for arguments in [
            &["resolve"][..],
            &["get", "TOKEN"],
            &["set", "A", "--value", "x", "-g"],
            &["list", "-g"],
            &["run", "echo", "ran"],
        ] {
            let message = format!(
                "error: {} is a sealed environment, not a vault: `etui run --sealed FILE -- COMMAND` uses it\n{hint}",
                path.display()
            );
            sealing.bench.etui(arguments).fails(6, &message);
        }
        assert!(&bytes(&path) == sealed, "the file is not overwritten");
        fs::write(sealing.bench.work().join("s.age"), sealed).unwrap();
        assert_eq!(sealing.bench.etui(["--vault", "s.age", "resolve", "-l", "debug"]).code, 6);
    }
    fs::write(&path, good).unwrap();
    sealing.bench.etui(["resolve", "--only", "TOKEN"]).prints("TOKEN=one\n");
}

#[test]
fn changes_by_its_holder_are_refused() {
    let sealing = Sealing::new();
    let holder = sealing.identity();
    let other = Bench::new();
    other.etui(["key", "new", "--output", "key"]).ok();
    let other_key = Identity::parse_all(&bytes(other.work().join("key"))).unwrap().remove(0);
    let text = sealing.text(&sealing.seal(&["-p", "web"]));
    // Passed on unchanged to another machine.
    fs::write(other.work().join("s.age"), keys::seal(&[&text], [&other_key.recipient()]).unwrap()).unwrap();
    let path = other.work().join("s.age").canonicalize().unwrap();
    other.etui(["-i", "key", "run", "--sealed", "s.age", "echo", "ran"]).fails(
        6,
        &format!(
            "error: {} was sealed for another machine\n \
             hint: restore a good copy, with `git checkout` or from a backup; nothing was changed",
            path.display()
        ),
    );
    // Changed, with the old signature or with the holder's.
    let body = split(&text).0.to_owned();
    let end = std::str::from_utf8(&text[body.len()..]).unwrap();
    let changed = body.replace("'one'", "'two'");
    assert_ne!(changed, body);
    let seal = |text: &str| keys::seal(&[text.as_bytes()], [&holder.recipient()]).unwrap();
    let wrong = "was not written by alice, as it claims: its signature is wrong";
    refuses(&sealing, &seal(&format!("{changed}{end}")), wrong);
    refuses(&sealing, &forge(&holder, Purpose::Environment, &changed, [&holder]), wrong);
    refuses(&sealing, &forge(&holder, Purpose::Environment, &body, [&holder]), wrong);
    refuses(&sealing, &seal(&body), "does not end with a signature");
    refuses(
        &sealing,
        &seal(&format!("{body}{end}{end}")),
        "does not hold a vault: parts of its text contradict each other",
    );
    // Signed by alice, but for another machine or for none.
    let alice = Identity::parse_all(&bytes(sealing.bench.key())).unwrap().remove(0);
    let mine = body.replace(&sealing.recipient(), other_key.recipient().as_str());
    refuses(&sealing, &forge(&alice, Purpose::Environment, &mine, [&holder]), "was sealed for another machine");
    let nobodys = body.lines().filter(|line| !line.starts_with("sealed_for")).map(|line| format!("{line}\n"));
    let nobodys: String = nobodys.collect();
    refuses(&sealing, &forge(&alice, Purpose::Environment, &nobodys, [&holder]), "was sealed for another machine");
    refuses(
        &sealing,
        &forge(&alice, Purpose::Vault, &body, [&holder]),
        "is a vault, not a sealed environment: `--vault FILE` opens it",
    );
    // By a member who is not a writer.
    let mut vault = vault(&body);
    let stranger = Identity::generate();
    let name = MemberName::parse("ci").unwrap();
    let member = vault.head.members.values().next().unwrap().clone();
    vault.head.members.insert(name.clone(), Member { keys: public_keys(&stranger, false), ..member });
    vault.head = Head { written_by: name, ..vault.head };
    let by_reader = forge(&stranger, Purpose::Environment, &text::print(&vault), [&holder]);
    refuses(&sealing, &by_reader, "was written by ci, who is not a writer of it");
}

#[test]
fn reserved_names_are_refused_on_the_machine_too() {
    let sealing = Sealing::new();
    sealing.bench.etui(["set", "NODE_OPTIONS", "-p", "api", "--value", CANARY, "--allow-reserved"]).ok();
    let recipient = sealing.recipient();
    let seal = ["resolve", "-p", "api", "--recipient", &recipient];
    let message = "error: NODE_OPTIONS is a reserved name: node loads code from it\n \
                hint: choose another name; or `--allow-reserved` accepts it";
    sealing.bench.etui(seal).fails(2, message);
    sealing.put(&sealing.bench.etui(seal.iter().chain(&["--allow-reserved"])).ok().out);
    sealing.run(&["echo", "ran"]).fails(2, message);
    sealing.run(&["--allow-reserved", "printenv", "NODE_OPTIONS"]).prints(&format!("{CANARY}\n"));
}

#[test]
fn preserve_env_and_clean_env_work_as_for_run() {
    let sealing = Sealing::new();
    sealing.put(&sealing.seal(&["--only", "TOKEN"]));
    let mut command = sealing.machine.command(["run", "--sealed", "sealed.age", "--preserve-env", "printenv", "TOKEN"]);
    command.env("ETUI_KEY_FILE", sealing.key()).env("TOKEN", "mine");
    Outcome::from(command.output().unwrap()).prints("mine\n");
    let outcome = sealing.run(&["--clean-env", "env"]).ok();
    let mut names: Vec<&str> = outcome.text().lines().filter_map(|line| line.split('=').next()).collect();
    names.sort_unstable();
    assert_eq!(names, ["HOME", "PATH", "TOKEN"]);
}

#[test]
#[ignore = "needs age"]
fn stock_age_opens_it_to_readable_text() {
    let sealing = Sealing::new();
    sealing.put(&sealing.seal(&["-p", "web"]));
    let mut age = Command::new("age");
    age.args(["-d", "-i"]).arg(sealing.key()).arg(sealing.machine.work().join("sealed.age"));
    let printed = Outcome::from(age.output().expect("age")).ok();
    assert_eq!(printed.out, sealing.text(&bytes(sealing.machine.work().join("sealed.age"))));
    let text = split(&printed.out).0;
    assert!(text.contains("[secrets.TOKEN]\nvalue = 'one'\n") && text.contains("\nnote = 'file'\n"));
    for word in [CANARY, "HIDDEN", "history", "older", "api", "gpu"] {
        assert!(!text.contains(word), "{word}");
    }
}

#[test]
fn an_environment_sealed_by_a_stranger_is_refused_given_a_fingerprint_or_pins() {
    let sealing = Sealing::new();
    let stranger = Sealing::new();
    let recipient = sealing.recipient();
    let forged = stranger.bench.etui(["resolve", "-g", "--recipient", &recipient]).ok().out;
    sealing.put(&forged);
    let outcome = sealing.run(&["echo", "ran"]);
    assert_eq!((outcome.code, outcome.text()), (6, ""), "{}", outcome.err);
    assert!(outcome.err.contains("is not the vault that `ETUI_TRUST` demands"), "{}", outcome.err);
    // From the same vault, but by someone whom no member added.
    let plain = open(&sealing.seal(&["-g"]), &[sealing.identity()]).unwrap();
    let mut vault = vault(split(&plain).0);
    let eve = Identity::generate();
    let name = MemberName::parse("eve").unwrap();
    let alice = vault.head.members.values().next().unwrap().clone();
    let member = Member { keys: public_keys(&eve, true), ..alice };
    vault.head.members.insert(name.clone(), member);
    vault.head.written_by = name;
    sealing.put(&forge(&eve, Purpose::Environment, &text::print(&vault), [&sealing.identity()]));
    let outcome = sealing.run(&["echo", "ran"]);
    assert_eq!((outcome.code, outcome.text()), (6, ""), "{}", outcome.err);
    // With pins, the first vault is trusted, and no other one afterwards.
    let run_with_pins = |sealed: &[u8]| {
        sealing.put(sealed);
        let mut command = sealing.machine.command(["run", "--sealed", "sealed.age", "printenv", "TOKEN"]);
        Outcome::from(command.env("ETUI_KEY_FILE", sealing.key()).output().unwrap())
    };
    let good = sealing.seal(&["-g"]);
    let first = run_with_pins(&good).ok();
    assert!(
        first.err.starts_with(
            "first time this machine opens team acme; trusting its founder alice, vault fingerprint vault:"
        )
    );
    run_with_pins(&good).prints("one\n").says("");
}

// What a machine with pins remembers.

impl Sealing {
    /// Runs `printenv TOKEN` with the sealed environment in a file, and with the machine's pins.
    fn pinned(&self, file: &str, options: &str) -> Outcome {
        self.pinned_with(&[], file, options)
    }

    fn pinned_with(&self, variables: &[(&str, &str)], file: &str, options: &str) -> Outcome {
        let words = ["run", "--sealed", file].into_iter().chain(options.split_whitespace());
        let mut command = self.machine.command(words.chain(["printenv", "TOKEN"]));
        Outcome::from(command.env("ETUI_KEY_FILE", self.key()).envs(variables.iter().copied()).output().unwrap())
    }

    /// Puts a file on the machine, under this name.
    fn put_at(&self, name: &str, sealed: &[u8]) {
        fs::write(self.machine.work().join(name), sealed).unwrap();
    }

    /// The machine refuses the file with exit code 6 and this message after its name, and learns nothing from it.
    #[track_caller]
    fn refuses_pinned(&self, file: &str, options: &str, why: &str) {
        let before = bytes(self.machine.pins());
        let path = self.machine.work().join(file).canonicalize().unwrap();
        self.pinned(file, options).fails(6, &format!("error: {} {why}", path.display()));
        assert!(bytes(self.machine.pins()) == before);
    }

    #[track_caller]
    fn first(&self, file: &str) {
        let opened = self.pinned(file, "").prints("one\n");
        assert!(opened.err.starts_with("first time this machine opens team acme"), "{}", opened.err);
    }
}

const OLDER: &str = "is older than what this machine has seen: the vault had 1 change more\n \
                     hint: seal it again: `etui resolve --recipient AGE1… --output FILE`";
const WEB_NOT_API: &str = "was sealed for project:api, not for project:web\n \
                           hint: seal it again, in the right context: `etui resolve --recipient AGE1… --output FILE`";

#[test]
fn an_older_environment_is_refused_whatever_its_path() {
    let sealing = Sealing::new();
    let old = sealing.seal(&["-p", "web"]);
    sealing.bench.set("TOKEN", "two", &["-g"]);
    let new = sealing.seal(&["-p", "web"]);
    sealing.put(&old);
    sealing.first("sealed.age");
    sealing.put(&new);
    sealing.pinned("sealed.age", "").prints("two\n").says("");
    sealing.put(&old);
    sealing.refuses_pinned("sealed.age", "", OLDER);
    sealing.put_at("other.age", &old);
    sealing.refuses_pinned("other.age", "", OLDER);
    fs::remove_file(sealing.machine.work().join("sealed.age")).unwrap();
    std::os::unix::fs::symlink("other.age", sealing.machine.work().join("sealed.age")).unwrap();
    sealing.refuses_pinned("sealed.age", "", OLDER);
    sealing.refuses_pinned("sealed.age", "-p web", OLDER);
    fs::create_dir(sealing.machine.work().join("deep")).unwrap();
    sealing.put_at("deep/sealed.age", &old);
    sealing.refuses_pinned("deep/sealed.age", "", OLDER);
    // The same clock is as good, in any file.
    sealing.put_at("deep/sealed.age", &new);
    sealing.pinned("deep/sealed.age", "").prints("two\n").says("");
}

#[test]
fn clocks_are_compared_for_each_context_and_each_vault() {
    let (sealing, other) = (Sealing::new(), Sealing::new());
    let [web, api, team] = [&["-p", "web"][..], &["-p", "api"], &["-g"]].map(|options| sealing.seal(options));
    sealing.bench.set("TOKEN", "two", &["-g"]);
    sealing.put_at("web.age", &sealing.seal(&["-p", "web"]));
    let opened = sealing.pinned("web.age", "").prints("two\n");
    assert!(opened.err.starts_with("first time this machine opens team acme"), "{}", opened.err);
    // Other contexts were not sealed anew, and are as good as they were.
    sealing.put_at("api.age", &api);
    sealing.put_at("team.age", &team);
    for _ in 0..2 {
        sealing.pinned("api.age", "").prints("one\n").says("");
        sealing.pinned("team.age", "").prints("one\n").says("");
        sealing.pinned("web.age", "").prints("two\n").says("");
    }
    sealing.put_at("web.age", &web);
    sealing.refuses_pinned("web.age", "", OLDER);
    // A vault of another team, or another one of this team, is compared with itself.
    let recipient = sealing.recipient();
    let theirs = other.bench.etui(["resolve", "-p", "web", "--recipient", &recipient]).ok().out;
    sealing.put_at("theirs.age", &theirs);
    sealing.first("theirs.age");
    sealing.pinned("theirs.age", "").prints("one\n").says("");
    sealing.refuses_pinned("web.age", "", OLDER);
}

#[test]
fn another_context_in_the_place_of_one_is_refused() {
    let sealing = Sealing::new();
    let [web, api] = ["web", "api"].map(|project| sealing.seal(&["-p", project]));
    sealing.put_at("web.age", &web);
    sealing.put_at("api.age", &api);
    sealing.first("web.age");
    sealing.pinned("api.age", "").prints("one\n").says("");
    sealing.put_at("web.age", &api);
    sealing.refuses_pinned("web.age", "", WEB_NOT_API);
    sealing.refuses_pinned("web.age", "-p api", WEB_NOT_API);
    // The same by a symbolic link to a good one.
    fs::remove_file(sealing.machine.work().join("web.age")).unwrap();
    std::os::unix::fs::symlink("api.age", sealing.machine.work().join("web.age")).unwrap();
    let before = bytes(sealing.machine.pins());
    let refused = sealing.pinned("web.age", "");
    assert_eq!((refused.code, refused.text()), (6, ""), "{}", refused.err);
    assert!(refused.err.contains(WEB_NOT_API), "{}", refused.err);
    assert!(bytes(sealing.machine.pins()) == before);
    sealing.pinned("api.age", "").prints("one\n").says("");
}

#[test]
fn options_of_run_demand_a_context() {
    let sealing = Sealing::new();
    sealing.put_at("both.age", &sealing.seal(&["-p", "api", "-c", "gpu"]));
    sealing.put_at("team.age", &sealing.seal(&["-g"]));
    let hint = "hint: seal it again, in the right context: `etui resolve --recipient AGE1… --output FILE`";
    for (file, found, demands) in [
        (
            "both.age",
            "cluster:gpu project:api",
            &[
                ("-p api", "project:api"),
                ("-c gpu", "cluster:gpu"),
                ("-g", "team"),
                ("-p web -c gpu", "cluster:gpu project:web"),
            ][..],
        ),
        ("team.age", "team", &[("-p api", "project:api"), ("-p api -c gpu", "cluster:gpu project:api")]),
    ] {
        let path = sealing.machine.work().join(file).canonicalize().unwrap();
        for (options, demanded) in demands {
            let message = format!("error: {} was sealed for {found}, not for {demanded}\n {hint}", path.display());
            sealing.pinned(file, options).fails(6, &message);
        }
    }
    assert!(!sealing.machine.pins().exists());
    sealing.pinned("both.age", "-p api -c gpu").prints("one\n");
    sealing.pinned("team.age", "-g").prints("one\n");
    sealing.pinned("team.age", "").prints("one\n").says("");
}

#[test]
fn another_vault_in_the_place_of_the_known_one_is_refused() {
    let (sealing, stranger) = (Sealing::new(), Sealing::new());
    let good = sealing.seal(&["-p", "web"]);
    sealing.put(&good);
    sealing.first("sealed.age");
    let recipient = sealing.recipient();
    let forged = stranger.bench.etui(["resolve", "-p", "web", "--recipient", &recipient]).ok().out;
    sealing.put(&forged);
    let (ours, theirs) = (sealing.fingerprint(), stranger.fingerprint());
    let why = format!(
        "is of another vault than before: vault fingerprint {theirs}, not {ours}\n \
         hint: if you know that vault: `ETUI_TRUST={theirs}`"
    );
    sealing.refuses_pinned("sealed.age", "", &why);
    sealing.refuses_pinned("sealed.age", "-p web", &why);
    // By a symbolic link too.
    sealing.put_at("new.age", &forged);
    fs::remove_file(sealing.machine.work().join("sealed.age")).unwrap();
    std::os::unix::fs::symlink("new.age", sealing.machine.work().join("sealed.age")).unwrap();
    sealing.refuses_pinned("sealed.age", "", &why);
    // A person who names that vault moves the file to it.
    sealing.pinned_with(&[("ETUI_TRUST", &theirs)], "sealed.age", "").prints("one\n").says("");
    sealing.pinned("sealed.age", "").prints("one\n").says("");
    fs::remove_file(sealing.machine.work().join("sealed.age")).unwrap();
    sealing.put(&good);
    assert_eq!(sealing.pinned("sealed.age", "").code, 6);
}

/// Adds bob, with a laptop of his own and a copy of the vault.
fn with_bob(sealing: &Sealing) -> Bench {
    let bob = Bench::new();
    let joined = bob.etui(["join", "--as", "bob"]).ok();
    let card = joined.text().trim_end().rsplit(' ').next().unwrap().to_owned();
    sealing.bench.etui(["member", "add", "bob", &card]).ok();
    fs::copy(sealing.bench.vault(), bob.vault()).unwrap();
    bob.etui(["get", "TOKEN", "-g"]).ok();
    bob
}

#[test]
fn a_removed_writer_seals_no_new_one_for_a_machine_that_knows_of_the_removal() {
    let sealing = Sealing::new();
    let bob = with_bob(&sealing);
    let recipient = sealing.recipient();
    let bobs = |options: &[&str]| bob.etui([&["resolve", "--recipient", &recipient], options].concat()).ok().out;
    // As long as bob is a member, he seals for everyone.
    sealing.put_at("api.age", &bobs(&["-p", "api"]));
    sealing.first("api.age");
    sealing.bench.etui(["member", "remove", "bob", "-y"]).ok();
    bob.set("TOKEN", "bobs", &["-g"]);

    // The machine does not know of it yet, which SECURITY.md says.
    sealing.pinned("api.age", "").prints("one\n").says("");
    let why = "was not written by anyone this laptop trusts: bob, who was removed, wrote it\n \
               hint: ask a member of the vault to seal it again: `etui resolve --recipient AGE1… --output FILE`";
    // It learns of it from a newer environment of any context.
    sealing.put_at("web.age", &sealing.seal(&["-p", "web"]));
    sealing.pinned("web.age", "").prints("one\n").says("");
    for (file, options) in [("api.age", &["-p", "api"][..]), ("web.age", &["-p", "web"]), ("new.age", &["-g"])] {
        sealing.put_at(file, &bobs(options));
        sealing.refuses_pinned(file, "", why);
    }
}

#[test]
fn a_token_serves_a_machine_with_a_sealed_environment() {
    let sealing = Sealing::new();
    let bob = with_bob(&sealing);
    let recipient = sealing.recipient();
    let bobs = || bob.etui(["resolve", "-p", "web", "--recipient", &recipient]).ok().out;
    let token = |options: &[&str]| {
        let exported = sealing.bench.etui([&["trust", "--export"], options].concat()).ok();
        exported.text().trim_end().to_owned()
    };
    let (old, known_bob) = (sealing.seal(&["-p", "web"]), token(&[]));
    sealing.bench.etui(["member", "remove", "bob", "-y"]).ok();
    sealing.bench.set("TOKEN", "two", &["-g"]);
    let (knows_all, dated, print) = (token(&[]), token(&["--not-older"]), sealing.fingerprint());
    let new = sealing.seal(&["-p", "web"]);
    // Each row is a machine without state.
    let refused_bob = "bob, who was removed, wrote it";
    let refused_old = "is older than what this machine has seen: the vault had 2 changes more";
    for (what, sealed, trust, expected) in [
        ("the newest", &new, &knows_all, Ok("two\n")),
        ("the newest, with a clock", &new, &dated, Ok("two\n")),
        ("the newest, with an old token", &new, &known_bob, Ok("two\n")),
        ("an older one", &old, &knows_all, Ok("one\n")),
        ("an older one, with a clock", &old, &dated, Err(refused_old)),
        ("bob's", &bobs(), &knows_all, Err(refused_bob)),
        ("bob's, with a clock", &bobs(), &dated, Err(refused_bob)),
        ("bob's, with a token from before", &bobs(), &known_bob, Ok("one\n")),
        ("bob's, with a fingerprint", &bobs(), &print, Ok("one\n")),
    ] {
        let _ = fs::remove_dir_all(sealing.machine.home().join("state"));
        sealing.put(sealed);
        let outcome = sealing.pinned_with(&[("ETUI_TRUST", trust)], "sealed.age", "");
        match expected {
            Ok(value) => drop(outcome.prints(value).says("")),
            Err(why) => assert!(outcome.code == 6 && outcome.err.contains(why), "{what}: {outcome:?}"),
        }
    }
    // What a token says stays.
    let _ = fs::remove_dir_all(sealing.machine.home().join("state"));
    sealing.put(&new);
    sealing.pinned_with(&[("ETUI_TRUST", &knows_all)], "sealed.age", "").prints("two\n").says("");
    sealing.put_at("bobs.age", &bobs());
    let refused = sealing.pinned("bobs.age", "");
    assert!(refused.code == 6 && refused.err.contains(refused_bob), "{refused:?}");
}

#[test]
fn an_environment_for_another_key_of_the_machine_is_told_by_the_key_that_opens_it() {
    let sealing = Sealing::new();
    let (mine, stranger) = (sealing.identity(), Identity::generate());
    let text = sealing.text(&sealing.seal(&["-p", "web"]));
    // Sealed for this machine, encrypted again to this machine and another: the holder may do that.
    sealing.put(&keys::seal(&[&text], [&mine.recipient(), &stranger.recipient()]).unwrap());
    sealing.first("sealed.age");
    // Sealed for somebody else, and encrypted again to this machine.
    let recipient = stranger.recipient();
    let other = sealing.bench.etui(["resolve", "-p", "web", "--recipient", recipient.as_str()]).ok().out;
    let text = open(&other, &[stranger]).unwrap();
    sealing.put(&keys::seal(&[&text], [&mine.recipient()]).unwrap());
    let why = "was sealed for another machine\n \
               hint: restore a good copy, with `git checkout` or from a backup; nothing was changed";
    sealing.refuses_pinned("sealed.age", "", why);
}
