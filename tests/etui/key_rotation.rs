//! A key that is replaced by another one, while every vault can be read and written.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Stdio;

use etui::keys::{Identity, Rotation};

use crate::bench::{Bench, Outcome, bytes, lock};
use crate::terminal::driver::Terminal;

/// Two people on two machines with one vault file.
struct Pair {
    alice: Bench,
    bob: Bench,
}

impl Pair {
    fn new() -> Pair {
        let (alice, bob) = (Bench::new(), Bench::new());
        let vault = alice.work().join("acme.age").display().to_string();
        alice.etui(["init", "acme", "--as", "alice", "--vault", &vault, "--no-link"]).ok();
        alice.set("A", "value", &["-g", "-t", "acme"]);
        let line = bob.etui(["join", "--as", "bob"]).ok().text().trim_end().to_owned();
        type_line(&alice, &format!("{line} -t acme"));
        bob.etui(["vault", "add", &vault]).ok();
        Pair { alice, bob }
    }
}

/// Types a line that a colleague sent.
fn type_line(bench: &Bench, line: &str) {
    bench.etui(line.trim_end().strip_prefix("etui ").unwrap().split(' ')).ok();
}

fn keys(bench: &Bench) -> Vec<Identity> {
    Identity::parse_all(&bytes(bench.key())).unwrap()
}

fn fingerprint(bench: &Bench) -> String {
    bench.etui(["key", "show", "-j"]).ok().document()["fingerprint"].as_str().unwrap().to_owned()
}

fn rotate(bench: &Bench, options: &[&str]) -> Outcome {
    bench.etui(["key", "rotate"].iter().chain(options))
}

#[test]
fn a_writer_sends_a_line_and_works_with_both_keys_until_it_has_arrived() {
    let Pair { alice, bob } = &Pair::new();
    let (old, file) = (keys(bob).remove(0), bob.key().display().to_string());
    let begun = rotate(bob, &[]).ok();
    let new = fingerprint(bob);
    let line = begun.text().trim_end().to_owned();
    assert!(line.starts_with("etui member update bob etui1") && line.ends_with(" -t acme"), "{line}");
    let send = format!("send this line to alice; it holds no secret; compare {new} by voice");
    begun.says(&format!(
        "made a new key in {file}; the old one stays beside it until all vaults list the new one\n{send}\n\
         once it has arrived, as by `git pull`, take the old key out of the file: `etui key rotate`\n\
         note: until then, avoid changing that vault: what the old key still writes has to be merged by `etui git resolve -t acme`"
    ));
    assert_eq!(keys(bob).iter().map(Identity::recipient).collect::<Vec<_>>()[1], old.recipient());
    assert_eq!(fs::metadata(bob.key()).unwrap().permissions().mode() & 0o777, 0o600);

    // Both keys work, and each command that looks at the key says what is going on.
    bob.set("B", "by bob", &["-g", "-t", "acme"]);
    let doctor = bob.etui(["doctor", "-t", "acme"]).ok();
    assert!(doctor.text().contains("; team acme has not got the new key yet: `etui key rotate`"), "{}", doctor.text());
    let shown = bob.etui(["key", "show"]).ok();
    assert!(shown.err.contains("note: this is the new key of a rotation that began at "), "{}", shown.err);
    assert_eq!(bob.etui(["key", "show", "-j"]).ok().document()["replaces"], old.recipient().to_string());
    assert_eq!(bob.etui(["key", "backup"]).ok().text().lines().count(), 2);
    // The same line again, whether or not somebody says yes to everything.
    rotate(bob, &["-y"]).prints(&format!("{line}\n"));
    assert_eq!(keys(bob).len(), 2);
    let vaults = rotate(bob, &["-j"]).ok().document()["vaults"].clone();
    assert_eq!((&vaults[0]["state"], &vaults[0]["command"]), (&"waiting".into(), &line.clone().into()));

    type_line(alice, &line);
    bob.etui(["get", "A", "-g", "-t", "acme"]).prints("value");
    bob.set("B", "by bob again", &["-g", "-t", "acme"]);
    assert!(alice.etui(["member", "list", "-t", "acme"]).ok().text().contains(&new));
    // A member with a new key was not removed.
    alice.etui(["audit", "-t", "acme"]).exits(1, "A\tteam\tread by an earlier key of bob\n");
    let doctor = bob.etui(["doctor", "-t", "acme"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.text().contains(", and can be finished\t`etui key rotate`\n"), "{}", doctor.text());

    let aside = format!("{file}.old-{}", &old.recipient().as_str()[..12]);
    let ready = "team acme lists the new key, as bob";
    rotate(bob, &[])
        .fails(2, &format!("{ready}\nerror: `key rotate` needs confirmation\n hint: run it again with `-y`"));
    let mut terminal = Terminal::etui(bob, ["key", "rotate"]);
    terminal.sees(&format!("Take the old key out of {file}? [y/N] ")).types("n\n");
    assert_eq!((terminal.ends().code, keys(bob).len()), (1, 2));
    rotate(bob, &["-y"]).prints("").says(&format!(
        "{ready}\ntook the old key out of {file}; it is in {aside}\n\
         note: it opens what git has from before: move it to your backups\n\
         note: a paper, a backup and a CI secret may hold the old key alone; for a new paper: `etui key backup`\n\
         note: if somebody else may have the old key, replace what it could read: `etui rotate -t acme`"
    ));
    assert_eq!(keys(bob).len(), 1);
    let kept = Identity::parse_all(&bytes(&aside)).unwrap().remove(0);
    assert_eq!((kept.recipient(), fs::metadata(&aside).unwrap().mode() & 0o777), (old.recipient(), 0o600));
    assert_eq!(fingerprint(bob), new);
    assert_eq!(Rotation::find(&bytes(bob.key())), None);
    bob.etui(["get", "B", "-g", "-t", "acme"]).prints("by bob again");
    bob.etui(["doctor", "-t", "acme"]).ok();
}

#[test]
fn the_root_updates_its_vaults_by_itself_and_each_other_team_is_named() {
    let Pair { alice, bob } = &Pair::new();
    // bob is the root of a team of his own, under another name, and knows a vault that is gone.
    bob.etui(["init", "own", "--as", "robert"]).ok();
    bob.set("MINE", "1", &["-g", "-t", "own"]);
    let gone = bob.work().join("gone.age").display().to_string();
    bob.etui(["init", "gone", "--as", "bob", "--vault", &gone, "--no-link"]).ok();
    let away = format!("{gone}.away");
    fs::rename(&gone, &away).unwrap();
    let begun = rotate(bob, &[]).ok();
    assert!(begun.text().starts_with("etui member update bob etui1"), "{begun:?}");
    assert!(begun.err.contains("\nupdated robert in team own\n"), "{}", begun.err);
    assert!(begun.err.contains("warning: team gone was not asked: ") && begun.err.contains("`etui vault forget gone`"));
    bob.etui(["get", "MINE", "-g", "-t", "own"]).prints("1");
    type_line(alice, begun.text());

    // One that nobody can look at keeps the old key.
    let waits = rotate(bob, &["-y"]).ok();
    assert!(waits.err.contains("then take the old key out of the file: `etui key rotate`"), "{}", waits.err);
    assert_eq!(keys(bob).len(), 2);
    fs::rename(&away, &gone).unwrap();
    let found = rotate(bob, &["-y"]).ok();
    assert!(found.err.contains("updated bob in team gone\n"), "{}", found.err);
    rotate(bob, &["-y"]).ok();
    assert_eq!(keys(bob).len(), 1);
    for (team, name) in [("acme", "A"), ("own", "MINE")] {
        bob.etui(["get", name, "-g", "-t", team]).ok();
    }
    bob.etui(["list", "-g", "-t", "gone"]).ok();
}

#[test]
fn a_reader_gets_a_line_with_its_recipient() {
    let bench = Bench::acme();
    bench.set("A", "value", &["-g"]);
    bench.etui(["key", "new", "--output", "ci.key"]).ok();
    let ci = Identity::parse_all(&bytes(bench.work().join("ci.key"))).unwrap().remove(0);
    bench.etui(["member", "add", "ci", ci.recipient().as_str()]).ok();
    let begun = rotate(&bench, &["-i", "ci.key"]).ok();
    let line = begun.text().trim_end().to_owned();
    assert!(line.starts_with("etui member update ci age1"), "{line}");
    bench.etui(["-i", "ci.key", "get", "A", "-g"]).prints("value");
    type_line(&bench, &line);
    rotate(&bench, &["-i", "ci.key", "-y"]).ok();
    bench.etui(["-i", "ci.key", "get", "A", "-g"]).prints("value");
    bench.etui(["member", "list", "-j"]).ok();
    // The other key of this machine was not touched.
    assert_eq!(keys(&bench).len(), 1);
}

#[test]
fn keys_that_etui_cannot_change_say_what_to_do_instead() {
    let bench = Bench::acme();
    let key = fs::read_to_string(bench.key()).unwrap();
    let before = bytes(bench.key());
    let file = "hint: put its text into a file of mode 0600: `etui key rotate -i FILE`";
    bench.with(&[("ETUI_KEY", &key)], ["key", "rotate"]).fails(
        2,
        &format!(
            "error: the key comes from `ETUI_KEY`, which etui cannot change\n {file}, \
             and store the new text of the file as ETUI_KEY"
        ),
    );
    bench.with(&[("ETUI_KEY_COMMAND", "pass key")], ["key", "rotate"]).fails(
        2,
        &format!(
            "error: the key comes from `ETUI_KEY_COMMAND`, which etui cannot change\n {file}, \
             and give the new text of the file to what the command reads"
        ),
    );
    bench
        .piped(&key, ["-i", "-", "key", "rotate"])
        .fails(2, "error: a key on standard input cannot be changed\n hint: name its file: `-i FILE`");
    bench
        .etui(["-i", "a", "-i", "b", "key", "rotate"])
        .fails(2, "error: `key rotate` works on one key file\n hint: name one: `-i FILE`");
    let ssh = include_str!("keys.rs").split("SSH_OPEN: &str = \"\\\n").nth(1).unwrap().split("\";").next().unwrap();
    let path = bench.work().join("ssh");
    fs::write(&path, ssh).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    bench.etui(["-i", "ssh", "key", "rotate"]).fails(
        2,
        "error: only an age key is rotated here, and this is an ssh key\n \
         hint: make another with `ssh-keygen -t ed25519`; a writer then runs `etui member update MEMBER 'ssh-ed25519 …'`",
    );
    assert_eq!(bytes(bench.key()), before);
    // ETUI_KEY_FILE works.
    let variables = [("ETUI_KEY_FILE", bench.key().display().to_string())];
    bench.with(&[(variables[0].0, &variables[0].1)], ["key", "rotate"]).ok();
    assert_eq!(keys(&bench).len(), 2);
}

#[test]
fn a_key_that_no_vault_lists_is_not_dropped() {
    let bench = Bench::new();
    bench.etui(["join", "--as", "bob"]).ok();
    for options in [&[][..], &["-y"]] {
        let ran = rotate(&bench, options).ok();
        assert!(ran.err.contains("note: no vault that this machine knows lists either key"), "{}", ran.err);
        assert_eq!(keys(&bench).len(), 2);
    }
}

#[test]
fn a_passphrase_stays_and_is_asked_for_once() {
    let bench = Bench::acme();
    bench.set("A", "value", &["-g"]);
    let plain = fs::read_to_string(bench.key()).unwrap();
    fs::write(bench.key(), lock(&plain, "correct horse")).unwrap();
    let asks = |line: &str, then: &[(&str, &str)]| {
        let mut terminal = Terminal::etui(&bench, line.split(' '));
        terminal.asks_hidden(": ").types("correct horse\r");
        for (question, answer) in then {
            terminal.sees(question).types(answer);
        }
        let left = terminal.ends();
        assert!(left.code == 0 && left.screen.matches("Passphrase for").count() == 1, "{left:?}");
        let sealed = bytes(bench.key());
        assert!(sealed.starts_with(b"age-encryption.org/v1\n-> scrypt "));
        String::from_utf8(etui::keys::unlock(&sealed, "correct horse").unwrap().to_vec()).unwrap()
    };
    let both = asks("key rotate", &[]);
    assert!(both.ends_with(&plain) && both.len() > plain.len(), "{both}");
    let new = asks("key rotate", &[("[y/N] ", "y\n")]);
    assert!(both.starts_with(new.lines().next().unwrap()) || !new.contains(plain.lines().last().unwrap()));
    assert_eq!(Identity::parse_all(new.as_bytes()).unwrap().len(), 1);
    fs::write(bench.key(), new).unwrap();
    bench.etui(["get", "A", "-g"]).prints("value");
}

#[test]
fn several_at_once_and_killed_ones_lose_nothing() {
    for round in 0..3 {
        let bench = Bench::acme();
        bench.set("A", "value", &["-g"]);
        let old = keys(&bench).remove(0).recipient();
        let started: Vec<_> = (0..4)
            .map(|_| bench.command(["key", "rotate"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
            .collect();
        for (number, mut child) in started.into_iter().enumerate() {
            if number == round {
                child.kill().unwrap();
            }
            child.wait().unwrap();
        }
        // Whoever came first made the new key; the vault opens and can be written, and the old key is there.
        bench.set("A", "later", &["-g"]);
        assert_eq!(keys(&bench).last().unwrap().recipient(), old);
        for _ in 0..3 {
            if keys(&bench).len() > 1 {
                rotate(&bench, &["-y"]).ok();
            }
        }
        assert_eq!(keys(&bench).len(), 1);
        bench.etui(["get", "A", "-g"]).prints("later");
    }
}

#[test]
fn a_change_that_git_has_not_shared_keeps_the_old_key() {
    let bench = Bench::new();
    let git = |line: &str| {
        let mut git = std::process::Command::new("git");
        let git = bench.as_user(&mut git).env("GIT_CONFIG_NOSYSTEM", "1");
        let config = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
        Outcome::from(git.args(config).args(line.split(' ')).output().unwrap()).ok()
    };
    git("init -q --template= -b main .");
    bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age", "--no-link"]).ok();
    git("add acme.age");
    git("commit -q -m start");
    let begun = rotate(&bench, &[]).ok();
    assert!(begun.err.contains("updated alice in team acme; share it: `etui sync -t acme`"), "{}", begun.err);
    let waits = rotate(&bench, &["-y"]).ok();
    assert!(waits.err.contains("lists the new key, as alice; share that first: `etui sync -t acme`"), "{}", waits.err);
    git("commit -q -a -m rotated");
    // Where there is a server, a branch that nobody pushes shares nothing.
    git("remote add origin nowhere");
    let waits = rotate(&bench, &["-y"]).ok();
    assert!(waits.err.contains("share that first"), "{}", waits.err);
    git("remote remove origin");
    rotate(&bench, &["-y"]).ok();
    assert_eq!(keys(&bench).len(), 1);
}

#[test]
fn a_vault_that_another_file_hides_or_whose_name_is_forgotten_is_not_passed_over() {
    let (bench, stranger) = (Bench::new(), Bench::acme());
    let vault = |team: &str| bench.work().join(team).display().to_string();
    for team in ["hidden", "forgotten"] {
        bench.etui(["init", team, "--as", "alice", "--vault", &vault(team), "--no-link"]).ok();
        bench.set("A", team, &["-g", "-t", team]);
    }
    let hidden = bytes(vault("hidden"));
    fs::write(vault("hidden"), bytes(stranger.vault())).unwrap();
    bench.etui(["vault", "forget", "forgotten"]).ok();

    for options in [&[][..], &["-y"]] {
        let ran = rotate(&bench, options).ok();
        assert!(ran.err.contains("warning: team hidden was not asked: "), "{}", ran.err);
        assert_eq!(keys(&bench).len(), 2);
    }
    fs::write(vault("hidden"), hidden).unwrap();
    assert!(rotate(&bench, &["-y"]).ok().err.contains("updated alice in team hidden\n"));
    rotate(&bench, &["-y"]).ok();
    assert_eq!(keys(&bench).len(), 1);
    for team in ["hidden", "forgotten"] {
        bench.etui(["get", "A", "-g", "--vault", &vault(team)]).prints(team);
    }
}
