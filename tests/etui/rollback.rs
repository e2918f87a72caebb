//! A genuine vault that is not the newest one that this machine has seen at its location is refused, by reads
//! too. Everyday git commands do not count as a rollback.

use std::fs;
use std::path::Path;
use std::process::Command;

use etui::keys::{self, Identity};
use etui::vault::text::print;

use crate::bench::{Bench, Outcome, Snapshot, bytes, open, signed, split, vault};
use crate::damage::{self, OPENERS};

const HINT: &str = " hint: restore the newer file, for example with `git pull` or from a backup; or if it was dropped on purpose, as by `git merge --abort`, or is lost: `etui trust`";

/// A git repository with a vault.
struct Repository {
    bench: Bench,
}

impl Repository {
    fn new() -> Repository {
        let repository = Repository { bench: Bench::new() };
        repository.git("init -q --template= -b main");
        repository.bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age"]).ok();
        repository.set("1");
        repository.commit();
        repository
    }

    fn try_git(&self, line: &str) -> Outcome {
        let mut git = Command::new("git");
        let git = self.bench.as_user(&mut git).args(["-c", "user.name=alice", "-c", "user.email=alice@example.com"]);
        Outcome::from(git.args(line.split(' ')).output().unwrap())
    }

    #[track_caller]
    fn git(&self, line: &str) {
        self.try_git(line).ok();
    }

    fn commit(&self) {
        self.git("add acme.age");
        self.git("commit -q -m vault");
    }

    #[track_caller]
    fn set(&self, value: &str) {
        let set = self.bench.etui(["set", "A", "-g", "--value", value]).ok();
        assert!(matches!(&*set.err, "created A in team acme\n" | "updated A in team acme\n"), "{}", set.err);
    }

    #[track_caller]
    fn get(&self, value: &str) -> Outcome {
        self.bench.etui(["get", "A", "-g"]).prints(value)
    }

    fn file(&self) -> std::path::PathBuf {
        self.bench.work().join("acme.age")
    }
}

/// Reads and writes are refused with this reason, and the pins do not change.
#[track_caller]
fn refused(bench: &Bench, file: &Path, reason: &str) {
    refused_with_hint(bench, file, reason, HINT);
}

/// Git has the newer file, and this command brings it back.
#[track_caller]
fn refused_where_git_has_it(bench: &Bench, file: &Path, reason: &str, command: &str) {
    let (_, trust) = HINT.split_once("; or ").unwrap();
    refused_with_hint(bench, file, reason, &format!(" hint: restore the newer file: `{command}`; or {trust}"));
}

/// Like [`refused_where_git_has_it`], where the vault also has changes that the newer one lacks.
#[track_caller]
fn refused_as_a_fork(bench: &Bench, file: &Path, reason: &str, command: &str) {
    let (_, trust) = HINT.split_once("; or ").unwrap();
    let merge =
        format!("to merge the two: `cp {} other.age && {command}`, then `etui merge other.age`", file.display());
    refused_with_hint(bench, file, reason, &format!(" hint: {merge}; or {trust}"));
}

#[track_caller]
fn refused_with_hint(bench: &Bench, file: &Path, reason: &str, hint: &str) {
    let before = (bytes(file), bytes(bench.pins()));
    for line in ["get A -g", "set A -g --value new", "resolve -g", "member list", "run -g -- echo started"] {
        bench.etui(line.split(' ')).mask_times().fails(6, &format!("error: {}{reason}\n{hint}", file.display()));
    }
    assert!((bytes(file), bytes(bench.pins())) == before);
}

#[test]
fn every_command_refuses_an_older_vault() {
    let bench = damage::bench();
    let old = bytes(bench.vault());
    bench.set("A", "three", &["-g"]);
    bench.set("A", "four", &["-g"]);
    let good = bench.snapshot();
    fs::write(bench.vault(), &old).unwrap();
    let message = " is older than what this laptop has seen: it lacks 2 changes that this laptop has seen, the last by alice at WHEN";
    for opener in OPENERS {
        let message = format!("error: {}{message}\n{HINT}", bench.vault().display());
        damage::run(&bench, opener).mask_times().fails(6, &message);
        assert!(bytes(bench.vault()) == old, "{opener}");
        assert!(bytes(bench.pins()) == good.pins, "{opener}");
    }
    fs::write(bench.vault(), &good.vault).unwrap();
    bench.etui(["get", "A", "-g"]).prints("four").says("");
}

#[test]
fn concurrent_writes_on_a_persons_two_machines_are_noticed() {
    let (one, two) = (Bench::acme(), Bench::new());
    fs::create_dir(two.home()).unwrap();
    // A copied home, as from a backup: the key, the vault and the pins.
    one.set("A", "1", &["-g"]);
    Outcome::from(Command::new("cp").arg("-rpT").args([one.home(), two.home()]).output().unwrap()).ok();
    two.etui(["get", "A", "-g"]).ok();
    let base = bytes(one.vault());
    for (bench, value) in [(&one, "one"), (&two, "two")] {
        fs::write(bench.vault(), &base).unwrap();
        bench.set("A", value, &["-g"]);
    }
    let fork = ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN";
    let (ones, twos) = (bytes(one.vault()), bytes(two.vault()));
    fs::write(one.vault(), &twos).unwrap();
    refused(&one, &one.vault(), fork);
    fs::write(two.vault(), &ones).unwrap();
    refused(&two, &two.vault(), fork);
}

#[test]
fn different_content_with_equal_counts_is_refused() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    let alice = Identity::parse_all(&bytes(bench.key())).unwrap();
    let text = open(&bytes(bench.vault()), &alice).unwrap();
    let (body, _) = split(&text);
    let other = print(&vault(&body.replace("'one'", "'two'")));
    let text = signed(&alice[0], &other);
    fs::write(bench.vault(), keys::seal(&[text.as_bytes()], [&alice[0].recipient()]).unwrap()).unwrap();
    refused(
        &bench,
        &bench.vault(),
        ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

/// What is said once of a copy that lacks a change.
const LACKS: &str = "note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN";

#[test]
fn the_vault_of_another_branch_is_refused() {
    let repository = Repository::new();
    repository.git("checkout -q -b topic");
    repository.set("topic");
    repository.commit();
    repository.git("checkout -q main");
    repository.get("1").mask_times().says(LACKS);
    repository.set("main");
    repository.commit();
    let main = bytes(repository.file());
    repository.git("checkout -q topic -- acme.age");
    let fork = ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN";
    refused_as_a_fork(&repository.bench, &repository.file(), fork, "git checkout HEAD -- acme.age");
    repository.git("checkout -q main -f");
    assert!(bytes(repository.file()) == main);
    repository.get("main").says("");
    repository.git("checkout -q topic");
    repository.get("topic").mask_times().says(LACKS);
    // The same for a commit that is reset on its own branch.
    repository.git("reset -q --hard main");
    refused_as_a_fork(&repository.bench, &repository.file(), fork, "git checkout ORIG_HEAD -- acme.age");
}

#[test]
fn switching_branches_needs_no_confirmation_and_a_new_branch_notes_what_it_lacks() {
    let repository = Repository::new();
    repository.git("checkout -q -b topic");
    repository.get("1").says("");
    repository.set("topic");
    repository.commit();
    repository.git("checkout -q main");
    repository.get("1").mask_times().says(LACKS);
    repository.get("1").says("");
    repository.git("checkout -q -b other");
    repository.get("1").mask_times().says(LACKS);
    repository.get("1").says("");
    repository.git("checkout -q main");
    repository.git("merge -q --ff-only topic");
    repository.get("topic").says("");
    repository.set("main");
    repository.commit();
    // Each branch says once that it lacks more than before.
    let two = LACKS.replace("1 change", "2 changes");
    for (branch, said) in [("topic", LACKS), ("other", &two), ("main", "")] {
        repository.git(&format!("checkout -q {branch}"));
        repository.bench.etui(["get", "A", "-g"]).ok().mask_times().says(said);
        repository.bench.etui(["get", "A", "-g"]).ok().says("");
    }
    // A renamed branch is another location.
    repository.git("branch -q -m other renamed");
    repository.git("checkout -q renamed");
    repository.get("1").ok();
    repository.set("renamed");
}

#[test]
fn a_detached_head_is_a_checkout_of_its_own_and_so_is_each_worktree() {
    let repository = Repository::new();
    let first = bytes(repository.file());
    repository.set("2");
    repository.commit();
    repository.git("checkout -q --detach HEAD~1");
    assert!(bytes(repository.file()) == first);
    repository.get("1").mask_times().says(LACKS);
    repository.get("1").says("");
    // At the same commit, an older file is refused.
    repository.set("2b");
    let detached = bytes(repository.file());
    fs::write(repository.file(), &first).unwrap();
    refused(
        &repository.bench,
        &repository.file(),
        " is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
    fs::write(repository.file(), detached).unwrap();
    repository.bench.etui(["set", "A", "-g", "--value", "3"]).ok();
    repository.git("commit -q -a -m detached");
    repository.git("checkout -q main");
    repository.get("2").mask_times().says(&LACKS.replace("1 change", "2 changes"));
    repository.git("worktree add -q ../tree -b tree HEAD~1");
    let tree = repository.bench.work().join("../tree");
    let get = |value: &str| {
        repository.bench.etui(["get", "A", "-g", "--cwd", tree.to_str().unwrap(), "--vault", "acme.age"]).prints(value)
    };
    get("1").mask_times().says(&LACKS.replace("1 change", "3 changes"));
    get("1").says("");
    fs::write(repository.file(), &first).unwrap();
    refused_where_git_has_it(
        &repository.bench,
        &repository.file(),
        " is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN",
        "git checkout -- acme.age",
    );
}

#[test]
fn a_rebase_without_changes_of_the_vault_needs_no_confirmation() {
    let repository = Repository::new();
    repository.git("checkout -q -b topic");
    fs::write(repository.bench.work().join("code"), "topic").unwrap();
    repository.git("add code");
    repository.git("commit -q -m code");
    repository.get("1").says("");
    repository.git("checkout -q main");
    repository.set("2");
    repository.commit();
    repository.git("checkout -q topic");
    repository.get("1").mask_times().says(LACKS);
    // The rebase stops on a detached head; the location is still the branch that is rebased.
    assert_ne!(repository.try_git("rebase -q --exec false main").code, 0);
    assert!(repository.bench.work().join(".git/rebase-merge/head-name").exists());
    repository.get("2").says("");
    repository.git("rebase --continue");
    repository.get("2").says("");
    repository.git("checkout -q main");
    repository.get("2").says("");
}

#[test]
fn concurrent_writes_in_two_worktrees_are_noticed() {
    let repository = Repository::new();
    repository.bench.etui(["git", "install"]).ok();
    repository.git("add -A");
    repository.git("commit -q -m install");
    repository.git("worktree add -q -b topic ../tree");
    let tree = repository.bench.work().join("../tree");
    let etui = |at: &str, line: &str| {
        repository
            .bench
            .etui(["--cwd", at, "--vault", "acme.age", "--lock-timeout", "60"].into_iter().chain(line.split(' ')))
    };
    etui("../tree", "list -g").ok();
    std::thread::scope(|threads| {
        for (at, name) in [(".", "MAIN"), ("../tree", "TOPIC")] {
            threads.spawn(move || {
                (0..5).for_each(|time| drop(etui(at, &format!("set {name}_{time} -g --value {time}")).ok()));
            });
        }
    });
    // Each worktree is its own location, and neither vault is accepted in place of the other.
    let (main, topic) = (bytes(repository.file()), bytes(tree.join("acme.age")));
    let lacks = "lacks 5 changes that this laptop has seen, the last by alice at WHEN";
    for (at, file, other, mine) in
        [(".", repository.file(), &topic, &main), ("../tree", tree.join("acme.age"), &main, &topic)]
    {
        fs::write(&file, other).unwrap();
        for line in ["get A -g", "set A -g --value new", "list -g"] {
            let outcome = etui(at, line).mask_times();
            assert_eq!((outcome.code, outcome.text()), (6, ""), "{at}: {line}");
            assert!(
                outcome.err.contains(&format!("acme.age, written by alice, {lacks}")),
                "{at}: {line}: {}",
                outcome.err
            );
        }
        fs::write(&file, mine).unwrap();
    }
    // After merging, both have all changes.
    repository.git("commit -q -a -m main");
    repository.git("-C ../tree commit -q -a -m topic");
    repository.git("merge -q --no-edit topic");
    repository.git("-C ../tree merge -q --no-edit main");
    for at in [".", "../tree"] {
        let listed = etui(at, "list -g").ok();
        assert_eq!((listed.text().lines().count(), listed.err.as_str()), (11, ""), "{at}");
    }
}

#[test]
fn another_clone_on_this_machine_notes_what_it_lacks() {
    let repository = Repository::new();
    repository.set("2");
    repository.git("clone -q --template= . ../clone");
    let there = repository.bench.work().join("../clone");
    let get = || {
        repository.bench.etui(["get", "A", "-g", "--cwd", there.to_str().unwrap(), "--vault", "acme.age"]).prints("1")
    };
    get().mask_times().says("note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN");
    get().says("");
}

fn readers_beside_writers(readers: usize, writers: usize, times: usize) {
    let bench = Bench::acme();
    bench.set("A", "0", &["-g"]);
    std::thread::scope(|threads| {
        for writer in 0..writers {
            let bench = &bench;
            threads.spawn(move || {
                for time in 0..times {
                    let value = format!("{writer}-{time}");
                    bench
                        .etui(["set", "A", "-g", "--value", &value, "--lock-timeout", "120"])
                        .ok()
                        .says("updated A in team acme");
                }
            });
        }
        for _ in 0..readers {
            threads.spawn(|| {
                for _ in 0..times {
                    bench.etui(["get", "A", "-g", "--lock-timeout", "120"]).ok().says("");
                }
            });
        }
    });
    bench.etui(["get", "A", "-g"]).ok().says("");
}

#[test]
fn readers_beside_writers_get_no_false_warning() {
    readers_beside_writers(8, 3, 5);
}

#[test]
#[ignore = "long: a hundred readers beside ten writers"]
fn a_hundred_readers_beside_ten_writers_get_no_false_warning() {
    readers_beside_writers(100, 10, 10);
}

/// Puts a directory where the lock file should be, which not even root can open.
fn make_unwritable(bench: &Bench) {
    let lock = bench.home().join("state/trust.toml.lock");
    let _ = fs::remove_file(&lock);
    fs::create_dir(lock).unwrap();
}

#[test]
fn unwritable_pins_are_a_warning_and_still_protect() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let old = bytes(bench.vault());
    bench.set("A", "2", &["-g"]);
    make_unwritable(&bench);
    let warning = format!(
        "warning: what was seen of this vault is not recorded: cannot write {}.lock: is a directory",
        bench.pins().display()
    );
    bench.etui(["get", "A", "-g"]).prints("2").says("");
    bench.etui(["set", "A", "-g", "--value", "3"]).ok().says(&format!("{warning}\nupdated A in team acme"));
    bench.etui(["get", "A", "-g"]).prints("3").says(&warning);
    fs::write(bench.vault(), &old).unwrap();
    refused(
        &bench,
        &bench.vault(),
        " is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn a_person_can_accept_an_older_vault_and_continue_from_it() {
    let bench = Bench::acme();
    bench.set("A", "c4n4ry", &["-g"]);
    let old = bytes(bench.vault());
    bench.set("A", "2", &["-g"]);
    let newer = bytes(bench.vault());
    fs::write(bench.vault(), &old).unwrap();
    let before = bytes(bench.pins());
    let outcome = bench.etui(["trust"]).mask_times();
    assert_eq!(outcome.code, 2);
    let path = bench.vault().display().to_string();
    let warning = format!(
        "warning: {path} is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN"
    );
    outcome.says(&format!("{warning}\nerror: `trust` needs confirmation\n hint: run it again with `-y`"));
    assert!(bytes(bench.pins()) == before);
    let outcome = bench.etui(["trust", "-y"]).ok().mask_times();
    let lines: Vec<&str> = outcome.text().lines().collect();
    assert!(
        matches!(lines[..], [team, by] if team.starts_with("team acme, vault fingerprint vault:") && by == "written by alice at WHEN"),
        "{lines:?}"
    );
    assert!(!outcome.err.contains("c4n4ry"));
    outcome.says(&format!("{warning}\nthe vault of team acme is trusted as it is"));
    bench.etui(["get", "A", "-g"]).prints("c4n4ry").says("");
    bench.etui(["set", "A", "-g", "--value", "3"]).ok().says("updated A in team acme");
    bench.etui(["get", "A", "-g"]).prints("3").says("");
    // The newer vault from before is now on another line of changes.
    fs::write(bench.vault(), &newer).unwrap();
    refused(
        &bench,
        &bench.vault(),
        ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn a_machine_without_pins_trusts_the_given_fingerprint() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let other = Bench::acme();
    let print = |bench: &Bench| {
        let trust = bench.etui(["trust"]).ok();
        trust.text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned()
    };
    let (ours, theirs) = (print(&bench), print(&other));
    fs::remove_dir_all(bench.home().join("state")).unwrap();
    let path = bench.vault().display().to_string();
    for line in ["get A -g", "set A -g --value 1", "resolve -g"] {
        let with = |trust: &str| bench.with(&[("ETUI_TRUST", trust)], line.split(' '));
        with(&theirs).fails(
            6,
            &format!(
                "error: {path} is not the vault that `ETUI_TRUST` demands: its vault fingerprint is {ours}, not {theirs}\n \
             hint: compare the vault fingerprint with another member: `etui trust`"
            ),
        );
        for bad in ["vault:", "nonsense", &ours[6..], &format!("{ours}A")] {
            with(bad).fails(
                2,
                "error: `ETUI_TRUST` is neither a token nor a vault fingerprint\n \
                 hint: a member prints a token with `etui trust --export`; a vault fingerprint begins with `vault:`",
            );
        }
        assert!(!bench.pins().exists());
    }
    bench.with(&[("ETUI_TRUST", &ours)], ["get", "A", "-g"]).prints("1").says("");
    bench.with(&[("ETUI_TRUST", &format!(" {ours}\n"))], ["get", "A", "-g"]).prints("1").says("");
    // It also applies to a vault that this machine knows.
    bench.with(&[("ETUI_TRUST", &theirs)], ["get", "A", "-g"]).says(&format!(
        "error: {path} is not the vault that `ETUI_TRUST` demands: its vault fingerprint is {ours}, not {theirs}\n \
         hint: compare the vault fingerprint with another member: `etui trust`"
    ));
}

/// How often each actor wrote to a vault.
fn counts(bench: &Bench) -> Vec<u64> {
    let own = Identity::parse_all(&bytes(bench.key())).unwrap();
    let text = open(&bytes(bench.vault()), &own).unwrap();
    vault(split(&text).0).head.clock.iter().map(|(_, count)| count).collect()
}

#[test]
fn pins_copied_to_another_machine_get_their_own_actor() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let snapshot = bench.snapshot();
    let text = String::from_utf8(snapshot.pins.clone()).unwrap();
    let own = text.lines().next().unwrap().to_owned();
    assert!(own.starts_with("machine = \""), "{own}");
    // The pins that both machines had, as the other machine would write them.
    let there = text.replace(&own, "machine = \"00f1e2d3c4b5a697\"");
    bench.set("A", "2", &["-g"]);
    let (here, before) = (bench.snapshot(), counts(&bench));
    assert_eq!(before, [3]);
    for (pins, expected) in [(&text, vec![4]), (&there, vec![2, 2])] {
        bench.restore(&Snapshot { vault: snapshot.vault.clone(), pins: pins.clone().into_bytes() });
        bench.set("B", "1", &["-g"]);
        bench.set("B", "2", &["-g"]);
        let mut after = counts(&bench);
        after.sort();
        assert_eq!(after, expected);
        assert!(
            String::from_utf8(bytes(bench.pins())).unwrap().starts_with(&own),
            "the pins belong to this machine now"
        );
    }
    // The vault of the other machine comes back. What was written here meanwhile is missing in it.
    std::fs::write(bench.pins(), &here.pins).unwrap();
    let outcome = bench.etui(["get", "B", "-g"]);
    assert_eq!(outcome.code, 6, "{outcome:?}");
    assert!(outcome.err.contains("lacks 1 change that this laptop has seen"), "{}", outcome.err);
}

#[test]
#[ignore = "needs root and util-linux"]
fn machines_are_distinguished_by_id_or_by_host_name() {
    let bench = Bench::acme();
    let set_at = |machine: &str, value: &str| {
        let script = format!("mount -t tmpfs none /etc && {machine} && exec \"$@\"");
        let mut command = Command::new("unshare");
        bench.as_user(&mut command).args(["--mount", "--uts", "sh", "-ec", &script, "sh"]);
        command.args([env!("CARGO_BIN_EXE_etui"), "set", "A", "-g", "--value", value]);
        Outcome::from(command.output().expect("unshare")).ok();
        counts(&bench).len()
    };
    let id = |digit: &str| format!("echo {} > /etc/machine-id", digit.repeat(32));
    let name = |name: &str| format!("mount -t tmpfs none /var/lib && hostname {name}");
    for (machine, value, actors) in [
        (id("a"), "1", 2),
        (id("a"), "2", 2),
        (id("b"), "3", 3),
        (format!("{} && hostname other", id("b")), "4", 3),
        (name("desk"), "5", 4),
        (format!("echo uninitialized > /etc/machine-id && {}", name("desk")), "6", 4),
        (name("lap"), "7", 5),
    ] {
        assert_eq!(set_at(&machine, value), actors, "{machine}");
    }
}
