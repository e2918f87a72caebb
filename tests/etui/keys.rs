//! Keys with a passphrase, ssh keys, and unlocked keys; accepted links; findings of doctor.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;

use etui::keys::Identity;

use crate::bench::{Bench, Outcome, bytes, lock, names, open, signed, split};
use crate::terminal::driver::Terminal;

const PASSPHRASE: &str = "correct horse";

/// Two ssh keys, one with a passphrase and one without.
const SSH_LOCKED: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAJM9D5CA
+iyCChvXf6P4K+AAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIHGlCktvh4UraSRV
XE3NJUkqgx1/kAGBNwAjW0wBRNiTAAAAkKm5AU2G6dofdwa46+eX8GG/kOY9IouWQ6IQGu
jsQF3lqQObj3XO0tgccGilDoLdS65xys5D5M7AEUfHKBk5Hd7jDijV0Yru+/Ef4JaWtSrn
v3c7dFe1sXCw3PwQ8pu0zsUvnsa9etkQ/tCJp5PlrLyP9KRbTs0BegsvybjSJv8WRNSw9D
BPug6l+E7m8p7WNg==
-----END OPENSSH PRIVATE KEY-----
";
const SSH_OPEN: &str = "\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACDmd6foAHqKefyC14hXo9DEu8PronmZRvP7sAXUxCssmAAAAJB7YtHse2LR
7AAAAAtzc2gtZWQyNTUxOQAAACDmd6foAHqKefyC14hXo9DEu8PronmZRvP7sAXUxCssmA
AAAEDRH06sBDU8jrYkHnXL9S169RH0PrLRzxSEWjcGWzX9FuZ3p+gAeop5/ILXiFej0MS7
w+uieZlG8/uwBdTEKyyYAAAAB2NpQGFjbWUBAgMEBQY=
-----END OPENSSH PRIVATE KEY-----
";

/// A machine whose key has a passphrase.
fn locked() -> Bench {
    let bench = Bench::linked();
    bench.set("TOKEN", "one", &[]);
    let plain = fs::read_to_string(bench.key()).unwrap();
    fs::write(bench.key(), lock(&plain, PASSPHRASE)).unwrap();
    bench
}

/// Runs a command in a terminal, in its own session.
fn at_terminal(bench: &Bench, line: &str) -> Terminal {
    let mut command = bench.command(line.split(' '));
    Terminal::script(r#""$@""#, command.env("TERM", "dumb"))
}

fn passphrase_prompt(bench: &Bench) -> String {
    format!("Passphrase for {}: ", bench.key().display())
}

#[test]
fn a_key_behind_a_passphrase_is_asked_for_three_times() {
    let bench = locked();
    let mut terminal = at_terminal(&bench, "get TOKEN");
    terminal.sees(&passphrase_prompt(&bench)).types("wrong\r");
    terminal.sees("wrong passphrase").sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    assert_eq!(terminal.ends().code, 0);
    let mut terminal = at_terminal(&bench, "get TOKEN");
    for _ in 0..3 {
        terminal.sees(&passphrase_prompt(&bench)).types("wrong\r").sees("wrong passphrase");
    }
    assert_eq!(terminal.ends().code, 5);
    // Without a terminal, that is an error.
    bench.etui(["--no-input", "get", "TOKEN"]).fails(
        5,
        &format!(
            "error: {} is behind a passphrase, and there is no terminal to ask for it\n \
             hint: first, on a terminal: `etui unlock`; or `ETUI_KEY_COMMAND` can print the key",
            bench.key().display()
        ),
    );
    bench.etui(["status"]).prints("team acme · project web · cluster gpu · locked\n");
}

/// The prompts for a new passphrase.
const NEW: &str = "Passphrase for your key (Enter for none): ";
const AGAIN: &str = "Repeat it: ";
const SHORT: &str =
    "warning: a passphrase of fewer than 8 characters is easy to guess; type it again to use it anyway\n";

#[test]
fn a_passphrase_can_be_set_changed_and_removed() {
    let bench = Bench::linked();
    bench.set("TOKEN", "one", &[]);
    let mut terminal = at_terminal(&bench, "key passphrase");
    terminal.sees(NEW).types("mistyped\r").sees(AGAIN).types("mistaped\r").sees("the two are not the same");
    terminal.sees(NEW).types("first passphrase\r").sees(AGAIN).types("first passphrase\r");
    let left = terminal.ends();
    assert!(left.code == 0 && !left.screen.contains("fewer than"), "{left:?}");
    // As `age -p` makes it.
    let sealed = bytes(bench.key());
    let stanza = sealed.split(|byte| *byte == b'\n').nth(1).unwrap();
    assert!(stanza.starts_with(b"-> scrypt ") && stanza.ends_with(b" 18"));
    assert_eq!(fs::metadata(bench.key()).unwrap().permissions().mode() & 0o777, 0o600);
    let mut terminal = at_terminal(&bench, "key passphrase");
    terminal.sees(&passphrase_prompt(&bench)).types("first passphrase\r").sees(NEW).types("\r");
    assert_eq!(terminal.ends().code, 0);
    bench.etui(["get", "TOKEN"]).prints("one");
}

#[test]
fn a_short_passphrase_is_asked_for_once_more() {
    let dialogue = |bench: &Bench, line: &str, dialogue: &[(&str, &str)]| {
        let mut terminal = at_terminal(bench, line);
        for (prompt, typed) in dialogue {
            terminal.asks_hidden(prompt).types(&format!("{typed}\r"));
        }
        let left = terminal.ends();
        assert_eq!(left.code, 0, "{left:?}");
        left.screen.matches(SHORT).count()
    };
    let bench = Bench::acme();
    for (answers, chosen) in [
        (&[(NEW, "1234567"), (NEW, "12345678"), (AGAIN, "12345678")][..], "12345678"),
        (&[(NEW, "pässwör"), (NEW, "pässwör"), (AGAIN, "pässwör")], "pässwör"),
        (&[(NEW, "x"), (NEW, "y"), (AGAIN, "z"), (NEW, "y"), (AGAIN, "y")], "y"),
    ] {
        let plain = bytes(bench.key());
        assert_eq!(dialogue(&bench, "key passphrase", answers), 1);
        assert_eq!(etui::keys::unlock(&bytes(bench.key()), chosen).unwrap()[..], plain[..]);
        fs::write(bench.key(), plain).unwrap();
    }
    for line in ["init acme --as alice", "join --as bob"] {
        let bench = Bench::new();
        assert_eq!(dialogue(&bench, line, &[(NEW, "short"), (NEW, "")]), 1);
        assert!(bytes(bench.key()).starts_with(b"# created: "));
    }
}

#[test]
fn the_passphrase_of_an_ssh_key_is_left_to_ssh() {
    let bench = Bench::new();
    let key = bench.work().join("ssh");
    fs::write(&key, "").unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    let message = format!(
        "error: etui does not change the passphrase of an ssh key\n \
         hint: `ssh-keygen -p -f {}`\n",
        key.display()
    );
    for text in [SSH_LOCKED, SSH_OPEN, &format!("\n {SSH_LOCKED}"), &format!(" \n{SSH_OPEN}")] {
        fs::write(&key, text).unwrap();
        at_terminal(&bench, "-i ssh key passphrase").ends().shows(2, &message);
        assert_eq!(fs::read_to_string(&key).unwrap(), text);
    }
}

#[test]
fn a_passphrase_is_set_on_the_target_of_a_symbolic_link() {
    let bench = Bench::linked();
    bench.set("TOKEN", "one", &[]);
    fs::create_dir(bench.home().join("real")).unwrap();
    fs::rename(bench.key(), bench.home().join("real/key")).unwrap();
    symlink("real/key", bench.home().join("between")).unwrap();
    symlink(bench.home().join("between"), bench.key()).unwrap();
    let mut terminal = at_terminal(&bench, "key passphrase");
    terminal.sees(NEW).types("first one\r").sees(AGAIN).types("first one\r");
    assert_eq!(terminal.ends().code, 0);
    assert!(bench.key().is_symlink() && bench.home().join("between").is_symlink());
    assert!(bytes(bench.home().join("real/key")).starts_with(b"age-encryption.org/v1\n-> scrypt "));
    assert_eq!(names(bench.home().join("real")), ["key"]);
    let mut terminal = at_terminal(&bench, "get TOKEN");
    terminal.sees(&passphrase_prompt(&bench)).types("first one\r");
    assert_eq!(terminal.ends().code, 0);
}

#[test]
fn no_key_is_created_where_a_symbolic_link_is() {
    let bench = Bench::new();
    fs::create_dir(bench.home()).unwrap();
    symlink("nowhere", bench.key()).unwrap();
    for line in ["key new", "join --as bob"] {
        assert_eq!(bench.etui(line.split(' ')).code, 4, "{line}");
        assert_eq!(fs::read_link(bench.key()).unwrap().to_str(), Some("nowhere"));
        assert_eq!(names(bench.home()), ["identity.txt"]);
    }
}

#[test]
#[ignore = "needs the kernel's keyring"]
fn an_unlocked_key_expires() {
    let bench = locked();
    let mut terminal = at_terminal(&bench, "unlock --for 3s");
    terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    let left = terminal.ends();
    // A container may forbid the keyring: then a message says so, and the passphrase is asked for as before.
    if left.code == 1 {
        assert!(left.screen.contains("this system has no keyring that may be used"), "{left:?}");
        let mut terminal = at_terminal(&bench, "get TOKEN");
        terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
        assert_eq!(terminal.ends().code, 0);
        return;
    }
    assert_eq!(left.code, 0, "{left:?}");
    bench.etui(["--no-input", "get", "TOKEN"]).prints("one");
    bench.etui(["lock"]).ok();
    // The first command that asks says how to be asked less often, once.
    for note in ["note: to type the passphrase once for the next 8 hours: `etui unlock`\n", ""] {
        let mut terminal = at_terminal(&bench, "get TOKEN");
        terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
        terminal.ends().shows(0, &format!("{}\n{note}one\n", passphrase_prompt(&bench)));
    }
    let mut terminal = at_terminal(&bench, "unlock --for 3s");
    terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    assert_eq!(terminal.ends().code, 0);
    bench.etui(["--no-input", "get", "TOKEN"]).prints("one");
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(bench.etui(["--no-input", "get", "TOKEN"]).code, 5, "the time is over");
    let mut terminal = at_terminal(&bench, "unlock");
    terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    assert_eq!(terminal.ends().code, 0);
    bench.etui(["--no-input", "get", "TOKEN"]).prints("one");
    bench.etui(["lock"]).ok();
    assert_eq!(bench.etui(["--no-input", "get", "TOKEN"]).code, 5, "after a lock");
    // Changing the passphrase ends it too, so that no entry is left that `lock` would not find.
    let old = bytes(bench.key());
    let mut terminal = at_terminal(&bench, "unlock");
    terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    assert_eq!(terminal.ends().code, 0);
    let mut terminal = at_terminal(&bench, "key passphrase");
    terminal.sees(&passphrase_prompt(&bench)).types(&format!("{PASSPHRASE}\r"));
    terminal.sees(NEW).types("\r");
    assert_eq!(terminal.ends().code, 0);
    fs::write(bench.key(), old).unwrap();
    assert_eq!(bench.etui(["--no-input", "get", "TOKEN"]).code, 5, "the old passphrase unlocks nothing");
}

#[test]
#[ignore = "needs ssh-keygen"]
fn an_ssh_key_reads_and_does_not_write() {
    let bench = Bench::linked();
    bench.set("TOKEN", "one", &[]);
    let key = bench.work().join("ssh");
    let path = key.to_str().unwrap();
    let mut keygen = Command::new("ssh-keygen");
    let made =
        keygen.args(["-q", "-t", "ed25519", "-N", "", "-C", "ci@acme", "-f", path]).output().expect("ssh-keygen");
    Outcome::from(made).ok();
    let public = fs::read_to_string(key.with_extension("pub")).unwrap();
    let words: Vec<&str> = ["member", "add", "ci"].into_iter().chain(public.split_whitespace()).collect();
    bench.etui(words).ok();
    bench.etui(["-i", path, "get", "TOKEN"]).prints("one");
    bench.etui(["-i", path, "set", "TOKEN", "--value", "x"]).fails(
        5,
        "error: ci may read this vault, not write it\n hint: an ssh key only reads; for a key that writes: `etui join`",
    );
}

#[test]
fn someone_elses_link_is_used_once_accepted_and_until_it_changes() {
    let bench = Bench::acme();
    bench.set("TOKEN", "one", &["-p", "web"]);
    let link = bench.work().join(".etui.toml");
    fs::write(&link, "team = \"acme\"\nproject = \"web\"\n").unwrap();
    let refused = format!(
        "error: the link {} has not been accepted on this machine\n \
         hint: read it, then accept it: `etui link --accept`; or name the vault and the section yourself: `-t TEAM -p PROJECT`",
        link.display()
    );
    let before = bytes(bench.vault());
    for line in ["get TOKEN", "resolve", "run -- echo ran", "set A --value 1", "list", "explain", "edit"] {
        bench.etui(line.split(' ')).fails(2, &refused);
    }
    assert!(bytes(bench.vault()) == before);
    bench.etui(["get", "TOKEN", "-t", "acme", "-p", "web"]).prints("one");
    bench.etui(["get", "TOKEN", "--no-link", "-p", "web"]).prints("one");
    bench.etui(["link", "--accept"]).says(&format!("accepted {}: team acme, project web", link.display()));
    bench.etui(["get", "TOKEN"]).prints("one");
    fs::write(&link, "team = \"acme\"\nproject = \"api\"\n").unwrap();
    bench.etui(["get", "TOKEN"]).fails(2, &refused);
}

#[test]
fn doctor_says_what_is_wrong_and_how_to_fix_it() {
    let bench = Bench::acme();
    let outcome = bench.etui(["doctor"]).ok();
    assert!(outcome.text().lines().all(|line| line.contains("\tok\t")), "{}", outcome.text());
    let items = bench.etui(["doctor", "-j"]).ok().document()["items"].clone();
    let checked: Vec<&str> = items.as_array().unwrap().iter().map(|item| item["what"].as_str().unwrap()).collect();
    assert_eq!(checked, ["key", "pins", "vault", "keyring"]);
    let pins = serde_json::json!({"what": "pins", "found": "1 vault and 0 links", "ok": true, "mend": null});
    assert_eq!(items[1], pins);
    fs::set_permissions(bench.vault(), fs::Permissions::from_mode(0o666)).unwrap();
    let outcome = bench.etui(["doctor"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.text().contains(&format!("chmod o-w {}", bench.vault().display())), "{}", outcome.text());
    outcome.says("error: 1 problem found\n hint: the column FIX says how");
    // A vault that a group shares is no fault.
    fs::set_permissions(bench.vault(), fs::Permissions::from_mode(0o660)).unwrap();
    bench.etui(["doctor"]).ok();
    fs::set_permissions(bench.vault(), fs::Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(bench.key(), fs::Permissions::from_mode(0o644)).unwrap();
    let outcome = bench.etui(["doctor"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.text().contains("chmod"), "{}", outcome.text());
}

#[test]
fn doctor_checks_the_whole_vault_the_lock_and_the_pins_and_names_the_user() {
    let bench = Bench::acme();
    let wrong = |subjects: &[&str], found: &str, fix: &str| {
        let outcome = bench.etui(["doctor"]);
        let lines: Vec<&str> = outcome.text().lines().filter(|line| line.contains("\twrong\t")).collect();
        assert_eq!((outcome.code, lines.len()), (1, subjects.len()), "{}", outcome.text());
        for (line, subject) in lines.iter().zip(subjects) {
            let cells: Vec<&str> = line.split('\t').collect();
            assert!(cells[0] == *subject && cells[2].contains(found) && cells[3].contains(fix), "{cells:?}");
        }
    };
    assert!(bench.etui(["doctor"]).ok().text().contains("1 member; you are alice, a writer\t"));
    let lock = fs::File::open(bench.home().join("acme.age.lock")).unwrap();
    fs2::FileExt::lock_exclusive(&lock).unwrap();
    wrong(&["lock"], "is locked by process", "--lock-timeout");
    drop(lock);
    for (path, mode) in [(bench.pins(), 0o600), (bench.home().join("state"), 0o700)] {
        fs::set_permissions(&path, fs::Permissions::from_mode(0o777)).unwrap();
        wrong(&["pins", "vault"], &format!("others can write {}", path.display()), "chmod go-w ");
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
    // A member who may sign has damaged a section that no other command reads here.
    let identity = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0);
    bench.set("A", "1", &["-p", "api"]);
    let text = open(&bytes(bench.vault()), std::slice::from_ref(&identity)).unwrap();
    let body = split(&text).0.replace("value = '1'", "value = 1");
    let plain = signed(&identity, &body);
    fs::write(bench.vault(), etui::keys::seal(&[plain.as_bytes()], [&identity.recipient()]).unwrap()).unwrap();
    fs::remove_file(bench.pins()).unwrap();
    bench.etui(["list", "-g"]).prints("");
    wrong(&["vault"], "does not hold a vault: ", "restore a good copy");
}

#[test]
fn run_warns_about_secrets_that_expire_within_a_week() {
    let bench = Bench::acme();
    bench.etui(["set", "SOON", "-g", "--value", "1", "--expires", "3d"]).ok();
    bench.etui(["set", "LATER", "-g", "--value", "1", "--expires", "30d"]).ok();
    bench.etui(["run", "-g", "true"]).ok().mask_times().says("warning: SOON expires at WHEN");
    bench.etui(["set", "ALSO", "-g", "--value", "1", "--expires", "1d"]).ok();
    let both = "warning: ALSO expires at WHEN; SOON expires at WHEN";
    bench.etui(["run", "-g", "true"]).ok().mask_times().says(both);
    for name in ["A", "B"] {
        bench.etui(["set", name, "-g", "--value", "1", "--expires", "1d"]).ok();
    }
    bench
        .etui(["run", "-g", "true"])
        .says("warning: 4 secrets have expired, or will within a week: `etui list --all --expiring 7d`");
    bench.etui(["list", "--all", "-F", "name,section,expires"]).ok();
    bench.etui(["resolve", "-g"]).ok().says("");
}
