//! Keys in hardware: a member whose key is in an age plugin, and what happens where the plugin does not help.

mod plugin;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::bench::{Bench, Outcome, bytes, names};
use crate::terminal::driver::Terminal;

/// A machine with a plugin, and a key that it has in the usual place.
struct Laptop {
    bench: Bench,
    recipient: String,
    /// The key file as the plugin wrote it.
    text: String,
    /// The key file that was there before.
    kept: String,
}

impl Laptop {
    fn new() -> Laptop {
        Laptop::of(Bench::new())
    }

    fn of(bench: Bench) -> Laptop {
        let (identity, recipient) = plugin::generate();
        let text = format!("# Created: today\n#    Recipient: {recipient}\n\n{identity}\n");
        let kept = fs::read_to_string(bench.key()).unwrap_or_default();
        let laptop = Laptop { bench, recipient, text, kept };
        fs::create_dir(laptop.hardware()).unwrap();
        plugin::install(&laptop.hardware());
        fs::create_dir_all(laptop.bench.home()).unwrap();
        laptop.write(&laptop.bench.key(), &laptop.text);
        laptop
    }

    /// A machine whose user has founded team acme with a key in hardware.
    fn acme() -> Laptop {
        let laptop = Laptop::new();
        laptop.etui(["init", "acme", "--as", "alice"]).ok();
        laptop
    }

    fn write(&self, path: &Path, text: impl AsRef<[u8]>) {
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// The directory of the plugin: the program, and what it does.
    fn hardware(&self) -> PathBuf {
        self.bench.work().join("../hardware")
    }

    /// Has the plugin do something: a file in its directory says what.
    fn sets(&self, what: &str, text: &str) {
        fs::write(self.hardware().join(what), text).unwrap();
    }

    fn unsets(&self, what: &str) {
        fs::remove_file(self.hardware().join(what)).unwrap();
    }

    /// What the plugin was started for since the last call: a letter for each.
    fn starts(&self) -> String {
        let file = self.hardware().join("starts");
        let starts = fs::read_to_string(&file).unwrap_or_default();
        let _ = fs::remove_file(file);
        starts.lines().map(|line| if line == "identity-v1" { 'o' } else { 'e' }).collect()
    }

    fn path(&self) -> String {
        let hardware = self.hardware().canonicalize().unwrap();
        format!("{}:{}", hardware.display(), std::env::var("PATH").unwrap())
    }

    fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.bench.command(arguments);
        command.env("PATH", self.path());
        command
    }

    fn etui<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        self.with(&[], arguments)
    }

    fn with<'a>(&self, variables: &[(&str, &str)], arguments: impl IntoIterator<Item = &'a str>) -> Outcome {
        let path = self.path();
        let variables: Vec<_> = [("PATH", &*path)].into_iter().chain(variables.iter().copied()).collect();
        self.bench.with(&variables, arguments)
    }

    fn set(&self, name: &str, value: &str) -> Outcome {
        let outcome = crate::bench::feed(&mut self.command(["set", name, "-g", "--file", "-"]), value.as_bytes());
        outcome.ok()
    }
}

#[test]
fn a_founder_with_a_key_in_hardware_reads_and_writes() {
    let laptop = Laptop::new();
    laptop.sets("message", "please touch\x1b[31m");
    let key = laptop.bench.key();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    let init = laptop.etui(["init", "acme", "--as", "alice"]).ok();
    let touch = "age-plugin-etuitest: please touch\\u{1b}[31m\n";
    let begin = format!(
        "note: making a signing key for your hardware key; age-plugin-etuitest opens it once, as a check\n\
         {touch}created the vault"
    );
    assert!(init.err.starts_with(&begin), "{}", init.err);
    assert!(init.err.contains("back up"), "{}", init.err);
    laptop.unsets("message");

    // One line was added, and nothing else has changed.
    let text = fs::read_to_string(&key).unwrap();
    let added: Vec<&str> = text.lines().filter(|line| line.starts_with("# etui signing key: etui1")).collect();
    assert_eq!((added.len(), text.replace(&format!("{}\n", added[0]), "")), (1, laptop.text.clone()));
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o400);

    laptop.starts();
    let shown = laptop.etui(["key", "show", "-j"]).ok().document();
    assert_eq!(shown["recipient"], *laptop.recipient);
    let status = laptop.etui(["status", "-j"]).ok().document();
    assert_eq!((&status["unlocked"], &status["member"]), (&serde_json::Value::Null, &"alice".into()));
    laptop.etui(["status"]).prints("team acme · key in hardware\n");
    laptop.etui(["join", "--as", "alice"]).ok();
    laptop.etui(["doctor"]).ok();
    assert_eq!(laptop.starts(), "", "what is public needs no hardware");

    laptop.set("TOKEN", "one");
    assert_eq!(laptop.starts(), "ooe", "the vault, the signing key, and the new vault");
    laptop.etui(["get", "TOKEN", "-g"]).prints("one").says("");
    assert_eq!(laptop.starts(), "o");
    laptop.set("TOKEN", "one");
    assert_eq!(laptop.starts(), "o", "nothing is signed where nothing changes");
    laptop.etui(["resolve"]).prints("TOKEN=one\n");
}

#[test]
fn hardware_and_files_share_a_vault() {
    let team = Bench::acme();
    team.set("TOKEN", "one", &["-g"]);
    let bob = Laptop::new();
    let line = bob.etui(["join", "--as", "bob"]).ok();
    let card = line.text().trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(bob.starts(), "eo");

    // Alice has no plugin, but bob's key needs it.
    let before = bytes(team.vault());
    team.etui(["member", "add", "bob", &card]).fails(
        5,
        "error: nothing can be encrypted to bob: age-plugin-etuitest is not installed\n \
         hint: install age-plugin-etuitest, where `PATH` leads to it",
    );
    assert!(bytes(team.vault()) == before);

    let alice = Laptop::of(team);
    alice.write(&alice.bench.key(), &alice.kept);
    alice.etui(["member", "add", "bob", &card]).ok();
    alice.set("TOKEN", "two");
    assert_eq!(alice.starts(), "ee");
    alice.etui(["get", "TOKEN", "-g"]).prints("two").says("");
    assert_eq!(alice.starts(), "", "what stands in a vault starts no program when it is read");

    fs::copy(alice.bench.vault(), bob.bench.vault()).unwrap();
    bob.etui(["get", "TOKEN", "-g"]).prints("two");
    bob.set("TOKEN", "three");
    fs::copy(bob.bench.vault(), alice.bench.vault()).unwrap();
    alice.etui(["get", "TOKEN", "-g"]).prints("three");

    // A machine reads with another key of the same plugin, by its recipient alone.
    let (identity, recipient) = plugin::generate();
    alice.etui(["member", "add", "ci", &recipient.to_uppercase()]).ok();
    alice.starts();
    alice.with(&[("ETUI_KEY", &identity)], ["get", "TOKEN", "-g"]).prints("three");
    assert_eq!(alice.starts(), "o");
    alice.with(&[("ETUI_KEY", &identity)], ["set", "X", "-g", "--value", "x"]).fails(
        5,
        "error: your key of age-plugin-etuitest only reads: it has no signing key\n \
         hint: to make one: `etui join`",
    );
    assert_eq!(alice.etui(["member", "add", "again", &recipient]).code, 4);
    alice.etui(["member", "remove", "ci", "-y"]).ok();
    let line = bob.etui(["key", "show", "-j"]).ok().document();
    alice.etui(["member", "remove", "bob", "-y"]).ok();
    alice.starts();
    alice.set("TOKEN", "four");
    assert_eq!(alice.starts(), "", "nobody needs the plugin now");
    assert_eq!(alice.etui(["member", "add", "bob", line["recipient"].as_str().unwrap()]).code, 4);
    fs::copy(alice.bench.vault(), bob.bench.vault()).unwrap();
    let refused = bob.etui(["get", "TOKEN", "-g"]);
    assert_eq!((refused.code, refused.err.contains("is not encrypted to your key, age1etuitest1")), (5, true));
}

#[test]
fn a_member_moves_its_key_into_hardware() {
    let laptop = Laptop::of(Bench::acme());
    laptop.write(&laptop.bench.key(), &laptop.kept);
    laptop.set("TOKEN", "one");
    let new = laptop.bench.work().join("new.txt");
    laptop.write(&new, &laptop.text);
    let line = laptop.etui(["join", "--as", "alice", "-i", "new.txt"]).ok();
    let card = line.text().trim().rsplit(' ').next().unwrap().to_owned();
    let old = laptop.bench.key().display().to_string();
    laptop.etui(["member", "update", "alice", &card, "-i", &old, "-i", "new.txt"]).ok();
    laptop.starts();
    laptop.etui(["get", "TOKEN", "-g", "-i", "new.txt"]).prints("one");
    assert_eq!(laptop.starts(), "o");
    assert_eq!(laptop.etui(["get", "TOKEN", "-g"]).code, 5, "the old key is out");
}

#[test]
fn the_seed_is_encrypted_and_belongs_to_its_hardware() {
    let laptop = Laptop::acme();
    let text = fs::read_to_string(laptop.bench.key()).unwrap();
    let line = text.lines().find(|line| line.starts_with("# etui signing key: ")).unwrap();
    let words: Vec<&str> = line.split(' ').collect();
    let sealed = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, words[5]).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1\n-> etuitest "));

    // The seed of another key, and no seed at all.
    let other = Laptop::acme();
    let text_of_other = fs::read_to_string(other.bench.key()).unwrap();
    let sealed_of_other =
        text_of_other.lines().find(|line| line.starts_with("# etui sign")).unwrap().split(' ').next_back();
    for sealed in [sealed_of_other.unwrap(), "YWdl"] {
        laptop.write(&laptop.bench.key(), text.replace(words[5], sealed));
        laptop.etui(["set", "X", "-g", "--value", "x"]).fails(
            5,
            "error: the signing key in the key file is damaged, or belongs to another hardware key\n \
             hint: restore your backup of the key file",
        );
    }
    let cut = text.replace(&format!(" {}", words[5]), "");
    laptop.write(&laptop.bench.key(), cut);
    let key = laptop.bench.key().display().to_string();
    laptop.etui(["get", "X", "-g"]).fails(
        5,
        &format!(
            "error: line 4 of {key} is not the signing key that etui wrote there\n hint: restore your backup of it"
        ),
    );
}

#[test]
fn a_plugin_that_is_missing_ends_or_refuses_is_named() {
    let laptop = Laptop::acme();
    laptop.set("TOKEN", "one");
    let get = ["get", "TOKEN", "-g"];
    laptop.bench.etui(get).fails(
        5,
        "error: age-plugin-etuitest is not installed\n \
         hint: install age-plugin-etuitest, where `PATH` leads to it",
    );
    laptop.sets("die", "");
    laptop.etui(get).fails(5, "error: age-plugin-etuitest ended without an answer\n hint: is the hardware connected?");
    laptop.unsets("die");
    laptop.sets("refuse", "no touch\x1b[2J");
    laptop.etui(get).fails(
        5,
        "error: age-plugin-etuitest failed: 'age-plugin-etuitest' couldn't use an identity: no touch\\u{1b}[2J",
    );
    laptop.unsets("refuse");
    laptop.sets("labels", "alone");
    laptop.etui(["set", "X", "-g", "--value", "x"]).fails(
        1,
        "error: nothing can be encrypted to alice: age-plugin-etuitest encrypts to recipients of its own kind only, \
         and a vault has others\n \
         hint: nothing was changed",
    );
    // A directory that depends on where one stands, such as a clone, must not bring programs along.
    fs::copy(laptop.hardware().join("age-plugin-etuitest"), laptop.bench.work().join("age-plugin-etuitest")).unwrap();
    laptop.starts();
    for relative in [".", ""] {
        let path = format!("{relative}:{}", laptop.path());
        laptop.bench.with(&[("PATH", &path)], get).fails(
            5,
            "error: age-plugin-etuitest is not run from `.`, a relative directory of `PATH`\n \
             hint: put full paths into `PATH`",
        );
    }
    assert_eq!(laptop.starts(), "");
    // A vault that others wrote starts nothing either, whatever its members' recipients say.
    assert_eq!(names(laptop.bench.work()), ["age-plugin-etuitest"]);
}

#[test]
fn questions_of_a_plugin_are_asked_on_a_terminal_only() {
    let laptop = Laptop::acme();
    laptop.set("TOKEN", "one");
    laptop.sets("pin", "1234");
    let get = ["get", "TOKEN", "-g"];
    let unasked = |question: &str| {
        format!(
            "error: age-plugin-etuitest asks \"{question}\", and there is no terminal to ask\n \
             hint: run it on a terminal; a machine needs a key in a file"
        )
    };
    laptop.with(&[], ["get", "TOKEN", "-g", "--no-input"]).fails(5, &unasked("Enter the PIN"));

    let terminal = |answers: &[(&str, &str)]| {
        let mut terminal = Terminal::etui_in(&mut laptop.command(get));
        for (question, answer) in answers {
            terminal.asks_hidden(question).types(answer);
        }
        terminal.ends()
    };
    let pin = "age-plugin-etuitest: Enter the PIN: ";
    terminal(&[(pin, "1234\r")]).shows(0, &format!("{pin}\none\n"));
    let wrong = "error: age-plugin-etuitest failed: 'age-plugin-etuitest' couldn't use an identity: wrong PIN\n";
    terminal(&[(pin, "0000\r")]).shows(5, &format!("{pin}\n{wrong}"));
    terminal(&[(pin, "\x03")]).shows(130, &format!("{pin}\nerror: interrupted; nothing was changed\n"));
    laptop.unsets("pin");

    laptop.sets("confirm", "Insert the key");
    laptop.etui(get).fails(5, &unasked("Insert the key (y: it is there, n: skip it)"));
    let question = "age-plugin-etuitest: Insert the key (y: it is there, n: skip it) [y/N] ";
    let mut asked = Terminal::etui_in(&mut laptop.command(get));
    asked.sees(question).types("y\r");
    asked.ends().shows(0, &format!("{question}y\none\n"));
}

#[test]
fn a_key_file_may_be_encrypted_to_another_key() {
    let laptop = Laptop::new();
    // One file: the hardware's line, and an age key that is encrypted to it.
    laptop.etui(["key", "new", "--output", "plain"]).ok();
    let plain = bytes(laptop.bench.work().join("plain"));
    let armored = plugin::armored(&plain, &laptop.recipient);
    let file = format!("{}{armored}", laptop.text);
    laptop.write(&laptop.bench.key(), &file);
    laptop.etui(["init", "acme", "--as", "alice"]).ok();
    assert_eq!(laptop.starts(), "o", "the age key is the member");
    assert_eq!(fs::read_to_string(laptop.bench.key()).unwrap(), file);
    laptop.set("TOKEN", "one");
    assert_eq!(laptop.starts(), "o");
    laptop.etui(["status"]).prints("team acme · locked\n");
    assert_eq!(laptop.starts(), "");
    laptop.with(&[("ETUI_KEY", &file)], ["get", "TOKEN", "-g"]).prints("one");
    laptop.etui(["get", "TOKEN", "-g", "-i", "plain"]).prints("one");

    // Two files, in any order.
    laptop.write(&laptop.bench.work().join("hardware"), &laptop.text);
    laptop.write(&laptop.bench.work().join("sealed"), &armored);
    laptop.starts();
    for files in [["hardware", "sealed"], ["sealed", "hardware"]] {
        let options = ["get", "TOKEN", "-g", "-i", files[0], "-i", files[1]];
        laptop.etui(options).prints("one");
        assert_eq!(laptop.starts(), "o");
    }
    let sealed = laptop.bench.work().join("sealed").display().to_string();
    laptop.etui(["get", "TOKEN", "-g", "-i", "sealed"]).fails(
        5,
        &format!("error: {sealed} is encrypted to a key that is not here\n hint: name that key's file too: `-i FILE`"),
    );
    laptop.sets("refuse", "no");
    assert_eq!(laptop.etui(["get", "TOKEN", "-g"]).code, 5);
    // What else is at hand is used, whatever the hardware says.
    laptop
        .etui(["get", "TOKEN", "-g", "-i", "plain", "-i", "hardware", "-i", "sealed"])
        .prints("one")
        .says("note: not used: age-plugin-etuitest failed: 'age-plugin-etuitest' couldn't use an identity: no");
}

#[test]
#[ignore = "needs the kernel's keyring"]
fn unlock_keeps_a_key_that_hardware_opens() {
    let laptop = Laptop::new();
    laptop.etui(["key", "new", "--output", "plain"]).ok();
    let armored = plugin::armored(&bytes(laptop.bench.work().join("plain")), &laptop.recipient);
    laptop.write(&laptop.bench.key(), format!("{}{armored}", laptop.text));
    laptop.etui(["init", "acme", "--as", "alice"]).ok();
    laptop.set("TOKEN", "one");
    laptop.starts();
    let unlocked = laptop.etui(["unlock", "--for", "60s"]);
    assert_eq!(laptop.starts(), "o");
    // A container may forbid the keyring.
    let is_kept = unlocked.code == 0;
    assert!(is_kept || unlocked.err.contains("this system has no keyring that may be used"), "{unlocked:?}");
    laptop.etui(["get", "TOKEN", "-g"]).prints("one");
    assert_eq!(laptop.starts(), if is_kept { "" } else { "o" });
    laptop.etui(["status"]).prints(if is_kept { "team acme · unlocked\n" } else { "team acme · locked\n" });
    laptop.etui(["lock"]).ok();
    laptop.etui(["get", "TOKEN", "-g"]).prints("one");
    assert_eq!(laptop.starts(), "o");
}

#[test]
fn a_key_in_hardware_has_no_passphrase_and_nothing_to_keep() {
    let laptop = Laptop::acme();
    laptop.starts();
    let key = laptop.bench.key().display().to_string();
    laptop.etui(["unlock"]).prints("").says(&format!(
        "the key in {key} is in hardware, so there is nothing to keep: age-plugin-etuitest asks each time"
    ));
    laptop.etui(["key", "passphrase"]).fails(
        2,
        &format!(
            "error: {key} holds no secret to hide behind a passphrase: its key is in hardware\n \
             hint: a PIN, if it has one, is set by other means: see age-plugin-etuitest"
        ),
    );
    assert_eq!(laptop.starts(), "");
}

#[test]
fn a_signing_key_needs_a_file_and_the_right_recipient() {
    let laptop = Laptop::new();
    let join = ["join", "--as", "bob"];
    let key = laptop.bench.key().display().to_string();
    laptop.with(&[("ETUI_KEY", &laptop.text)], join).fails(
        5,
        "error: your key of age-plugin-etuitest has no signing key, and its place is no file to add one to\n \
         hint: name a file that holds the key in the clear: `-i FILE`",
    );
    let without: String = laptop.text.lines().filter(|line| line.starts_with("AGE-")).collect();
    laptop.write(&laptop.bench.key(), &without);
    laptop.etui(join).fails(
        5,
        &format!(
            "error: {key} does not say which recipient your key of age-plugin-etuitest has\n \
             hint: add the line `# recipient: age1…` before the key, with what the plugin calls its recipient"
        ),
    );
    let other = laptop.text.replace(&laptop.recipient, &plugin::generate().1);
    laptop.write(&laptop.bench.key(), &other);
    let refused = laptop.etui(join);
    assert_eq!(refused.code, 5);
    assert!(refused.err.contains("is not that of your key of age-plugin-etuitest; nothing was changed"), "{refused:?}");
    assert_eq!(fs::read_to_string(laptop.bench.key()).unwrap(), other);

    // Lines end as they did.
    let windows = laptop.text.replace('\n', "\r\n");
    laptop.write(&laptop.bench.key(), &windows);
    laptop.etui(join).ok();
    let text = fs::read_to_string(laptop.bench.key()).unwrap();
    assert_eq!((text.matches("\r\n").count(), text.matches('\n').count()), (5, 5), "{text}");
}

#[test]
fn kinds_that_are_not_supported_are_refused_by_name() {
    let bench = Bench::acme();
    let pq = "a post-quantum recipient, which the age library of etui does not support yet";
    let rsa = "an ssh-rsa key, which etui refuses: the library for it leaks through timing (RUSTSEC-2023-0071)";
    let ssh = "an ssh key of another kind than ssh-ed25519, the only one that etui takes";
    for (recipient, reason) in [
        ("age1pq1qqqqqq", pq),
        ("age1tagpq1qqqqqq", pq),
        ("ssh-rsa AAAAB3NzaC1yc2E= me", rsa),
        ("ecdsa-sha2-nistp256 AAAA me", ssh),
        ("sk-ssh-ed25519@openssh.com AAAA me", ssh),
    ] {
        let words = recipient.split(' ');
        bench.etui(["member", "add", "x"].into_iter().chain(words)).fails(2, &format!("error: this is {reason}"));
        let resolve = bench.etui(["resolve", "-g", "--recipient", recipient]);
        assert!(resolve.code == 2 && resolve.err.starts_with(&format!("error: this is {reason}\n")), "{resolve:?}");
    }
    bench.with(&[("ETUI_KEY", "AGE-SECRET-KEY-PQ-1QQ")], ["get", "X", "-g"]).fails(
        5,
        "error: `ETUI_KEY` holds no key that opens a vault: line 1 is a post-quantum key, which the age library of \
         etui does not support yet\n \
         hint: for an age key: `etui key new`",
    );
    // age itself encrypts to this kind.
    let tag = "age1tag1qd43050juykyy3lchnnw2caygre8wqmasyk7kvaq7jsnj3wcnrpfvt5hxye";
    bench.etui(["member", "add", "tag", tag]).ok();
}

#[test]
#[ignore = "needs age"]
fn stock_age_opens_the_vault_and_ignores_the_signing_key() {
    let laptop = Laptop::acme();
    laptop.set("TOKEN", "one");
    let mut age = Command::new("age");
    let key = laptop.bench.key();
    age.env("PATH", laptop.path()).args(["-d", "-i"]).arg(&key).arg(laptop.bench.vault());
    let opened = Outcome::from(age.output().unwrap()).ok();
    assert!(opened.text().contains("[secrets.TOKEN]\nvalue = 'one'\n"), "{}", opened.text());
}

#[test]
fn a_key_in_hardware_has_no_words_and_is_not_rotated_here() {
    let laptop = Laptop::acme();
    laptop.starts();
    laptop.etui(["key", "backup"]).fails(
        2,
        "error: a key in hardware, which does not release it, has no words: only an age key (AGE-SECRET-KEY-1…) has\n \
         hint: let the vault have another writer, or a second key of yours in a safe place",
    );
    laptop.etui(["key", "rotate"]).fails(
        2,
        "error: only an age key is rotated here, and this one is in hardware\n \
         hint: make another with `age-plugin-etuitest`, and its card with `etui join`; a writer then runs `etui member update MEMBER etui1…`",
    );
    assert_eq!(laptop.starts(), "");
}

#[test]
fn several_at_once_make_one_signing_key() {
    let laptop = Laptop::new();
    let started: Vec<_> = (0..4)
        .map(|_| laptop.command(["join", "--as", "bob"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap())
        .collect();
    let outcomes: Vec<_> =
        started.into_iter().map(|child| child.wait_with_output().unwrap()).map(Outcome::from).collect();
    let text = fs::read_to_string(laptop.bench.key()).unwrap();
    assert_eq!(text.matches("# etui signing key: ").count(), 1);
    // Whoever came too late says so. A card that was printed is that of the key in the file.
    for outcome in &outcomes {
        let card = outcome.text().split_whitespace().last();
        assert!(outcome.code == 7 || card.is_some_and(|card| text.contains(card)), "{outcome:?}");
    }
    assert!(outcomes.iter().any(|outcome| outcome.code == 0), "{outcomes:?}");
}
