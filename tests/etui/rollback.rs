//! A genuine vault, but not the newest that this laptop has seen there: refused, by reads too. What git does every
//! day is no rollback.

use std::fs;
use std::path::Path;
use std::process::Command;

use etui::keys::{self, Identity};
use etui::vault::text::{print, trailer};

use crate::bench::{Bench, Kept, Ran, bytes, open, sign, split, vault};
use crate::damage::{self, OPENERS};

const BACK: &str =
    " hint: restore the newer file, for example with `git checkout`; or if it was dropped on purpose, as by `git merge --abort`: `etui trust`";

/// A directory under git, with a vault in it.
struct Clone {
    bench: Bench,
}

impl Clone {
    fn new() -> Clone {
        let clone = Clone { bench: Bench::new() };
        clone.git("init -q -b main");
        clone.bench.etui(["init", "acme", "--as", "alice", "--vault", "acme.age"]).ok();
        clone.set("1");
        clone.commit();
        clone
    }

    fn try_git(&self, line: &str) -> Ran {
        let mut git = Command::new("git");
        let git = self.bench.dress(&mut git).args(["-c", "user.name=alice", "-c", "user.email=alice@example.com"]);
        Ran::from(git.args(line.split(' ')).output().unwrap())
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
        self.bench.etui(["set", "A", "-g", "--value", value]).ok().says("set A in team acme");
    }

    #[track_caller]
    fn gets(&self, value: &str) -> Ran {
        self.bench.etui(["get", "A", "-g"]).prints(value)
    }

    fn file(&self) -> std::path::PathBuf {
        self.bench.work().join("acme.age")
    }
}

/// Reads and writes are refused with this, and nothing is remembered.
#[track_caller]
fn refused(bench: &Bench, file: &Path, said: &str) {
    let before = (bytes(file), bytes(bench.memory()));
    for line in ["get A -g", "set A -g --value new", "resolve -g", "member list", "run -g -- echo started"] {
        bench.etui(line.split(' ')).steady().fails(6, &format!("error: {}{said}\n{BACK}", file.display()));
    }
    assert!((bytes(file), bytes(bench.memory())) == before);
}

#[test]
fn every_command_refuses_an_older_vault() {
    let bench = damage::bench();
    let old = bytes(bench.vault());
    bench.set("A", "three", &["-g"]);
    bench.set("A", "four", &["-g"]);
    let good = bench.kept();
    fs::write(bench.vault(), &old).unwrap();
    let said = " is older than what this laptop has seen: it lacks 2 changes that this laptop has seen, the last by alice at WHEN";
    for opener in OPENERS {
        let said = format!("error: {}{said}\n{BACK}", bench.vault().display());
        damage::run(&bench, opener).steady().fails(6, &said);
        assert!(bytes(bench.vault()) == old, "{opener}");
        assert!(bytes(bench.memory()) == good.memory, "{opener}");
    }
    fs::write(bench.vault(), &good.vault).unwrap();
    bench.etui(["get", "A", "-g"]).prints("four").says("");
}

#[test]
fn one_persons_two_laptops_that_write_at_once_lose_nothing_unnoticed() {
    let (one, two) = (Bench::acme(), Bench::new());
    fs::create_dir(two.home()).unwrap();
    // As a backup or a copied home brings it: the key, the vault, and all that was remembered.
    one.set("A", "1", &["-g"]);
    Ran::from(Command::new("cp").arg("-rpT").args([one.home(), two.home()]).output().unwrap()).ok();
    two.etui(["get", "A", "-g"]).ok();
    let base = bytes(one.vault());
    for (bench, value) in [(&one, "one"), (&two, "two")] {
        fs::write(bench.vault(), &base).unwrap();
        bench.set("A", value, &["-g"]);
    }
    let beside = ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN";
    let (ones, twos) = (bytes(one.vault()), bytes(two.vault()));
    fs::write(one.vault(), &twos).unwrap();
    refused(&one, &one.vault(), beside);
    fs::write(two.vault(), &ones).unwrap();
    refused(&two, &two.vault(), beside);
}

#[test]
fn equal_counts_with_other_content_are_refused() {
    let bench = Bench::acme();
    bench.set("A", "one", &["-g"]);
    let alice = Identity::parse_all(&bytes(bench.key())).unwrap();
    let text = open(&bytes(bench.vault()), &alice).unwrap();
    let (body, _) = split(&text);
    let other = print(&vault(&body.replace("'one'", "'two'")));
    let text = format!("{}{}", &*other, trailer::print(&sign(&alice[0], other.as_bytes())));
    fs::write(bench.vault(), keys::seal(&[text.as_bytes()], [&alice[0].recipient()]).unwrap()).unwrap();
    refused(
        &bench,
        &bench.vault(),
        ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn the_file_of_one_branch_in_the_place_of_another_is_refused() {
    let clone = Clone::new();
    clone.git("checkout -q -b topic");
    clone.set("topic");
    clone.commit();
    clone.git("checkout -q main");
    clone.set("main");
    clone.commit();
    let main = bytes(clone.file());
    clone.git("checkout -q topic -- acme.age");
    let beside = ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN";
    refused(&clone.bench, &clone.file(), beside);
    clone.git("checkout -q main -f");
    assert!(bytes(clone.file()) == main);
    clone.gets("main").says("");
    clone.git("checkout -q topic");
    clone.gets("topic").says("");
    // The same for a commit that is taken back on its own branch.
    clone.git("reset -q --hard main");
    refused(&clone.bench, &clone.file(), beside);
}

#[test]
fn changing_branches_asks_nothing_and_a_new_one_tells_what_it_lacks() {
    let clone = Clone::new();
    clone.git("checkout -q -b topic");
    clone.gets("1").says("");
    clone.set("topic");
    clone.commit();
    clone.git("checkout -q main");
    clone.gets("1").says("");
    clone.git("checkout -q -b other");
    let lacks = "note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN";
    clone.gets("1").steady().says(lacks);
    clone.gets("1").says("");
    clone.git("checkout -q main");
    clone.git("merge -q --ff-only topic");
    clone.gets("topic").says("");
    clone.set("main");
    clone.commit();
    for branch in ["topic", "other", "main"] {
        clone.git(&format!("checkout -q {branch}"));
        clone.bench.etui(["get", "A", "-g"]).ok().says("");
    }
    // A branch with another name is another place.
    clone.git("branch -q -m other renamed");
    clone.git("checkout -q renamed");
    clone.gets("1").ok();
    clone.set("renamed");
}

#[test]
fn a_detached_head_is_no_place_and_a_worktree_is_one_of_its_own() {
    let clone = Clone::new();
    let first = bytes(clone.file());
    clone.set("2");
    clone.commit();
    clone.git("checkout -q --detach HEAD~1");
    assert!(bytes(clone.file()) == first);
    let lacks = "note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN";
    for _ in 0..2 {
        clone.gets("1").steady().says(lacks);
    }
    clone.bench.etui(["set", "A", "-g", "--value", "3"]).ok();
    clone.git("commit -q -a -m detached");
    clone.git("checkout -q main");
    clone.gets("2").says("");
    clone.git("worktree add -q ../tree -b tree HEAD~1");
    let tree = clone.bench.work().join("../tree");
    let gets = |value: &str| {
        clone.bench.etui(["get", "A", "-g", "--cwd", tree.to_str().unwrap(), "--vault", "acme.age"]).prints(value)
    };
    gets("1").steady().says(lacks);
    gets("1").says("");
    fs::write(clone.file(), &first).unwrap();
    refused(
        &clone.bench,
        &clone.file(),
        " is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn a_rebase_that_leaves_the_vault_alone_asks_nothing() {
    let clone = Clone::new();
    clone.git("checkout -q -b topic");
    fs::write(clone.bench.work().join("code"), "topic").unwrap();
    clone.git("add code");
    clone.git("commit -q -m code");
    clone.gets("1").says("");
    clone.git("checkout -q main");
    clone.set("2");
    clone.commit();
    clone.git("checkout -q topic");
    clone.gets("1").says("");
    // It stops behind the commit, on no branch: the place is the branch that is rebased.
    assert_ne!(clone.try_git("rebase -q --exec false main").code, 0);
    assert!(clone.bench.work().join(".git/rebase-merge/head-name").exists());
    clone.gets("2").says("");
    clone.git("rebase --continue");
    clone.gets("2").says("");
    clone.git("checkout -q main");
    clone.gets("2").says("");
}

#[test]
fn two_worktrees_that_write_at_once_lose_nothing_unnoticed() {
    let clone = Clone::new();
    clone.bench.etui(["git", "install"]).ok();
    clone.git("add -A");
    clone.git("commit -q -m install");
    clone.git("worktree add -q -b topic ../tree");
    let tree = clone.bench.work().join("../tree");
    let etui = |at: &str, line: &str| {
        clone
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
    // Each has its own, and neither passes for the other.
    let (main, topic) = (bytes(clone.file()), bytes(tree.join("acme.age")));
    let lacks = "lacks 5 changes that this laptop has seen, the last by alice at WHEN";
    for (at, file, other, mine) in
        [(".", clone.file(), &topic, &main), ("../tree", tree.join("acme.age"), &main, &topic)]
    {
        fs::write(&file, other).unwrap();
        for line in ["get A -g", "set A -g --value new", "list -g"] {
            let ran = etui(at, line).steady();
            assert_eq!((ran.code, ran.text()), (6, ""), "{at}: {line}");
            assert!(ran.err.contains(&format!("acme.age, written by alice, {lacks}")), "{at}: {line}: {}", ran.err);
        }
        fs::write(&file, mine).unwrap();
    }
    // Merged, both have all.
    clone.git("commit -q -a -m main");
    clone.git("-C ../tree commit -q -a -m topic");
    clone.git("merge -q --no-edit topic");
    clone.git("-C ../tree merge -q --no-edit main");
    for at in [".", "../tree"] {
        let listed = etui(at, "list -g").ok();
        assert_eq!((listed.text().lines().count(), listed.err.as_str()), (11, ""), "{at}");
    }
}

#[test]
fn another_clone_on_this_laptop_is_told_what_it_lacks() {
    let clone = Clone::new();
    clone.set("2");
    clone.git("clone -q . ../clone");
    let there = clone.bench.work().join("../clone");
    let get =
        || clone.bench.etui(["get", "A", "-g", "--cwd", there.to_str().unwrap(), "--vault", "acme.age"]).prints("1");
    get().steady().says("note: this copy lacks 1 change seen elsewhere, the last by alice at WHEN");
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
                        .says("set A in team acme");
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
fn readers_beside_writers_are_told_no_falsehood() {
    readers_beside_writers(8, 3, 5);
}

#[test]
#[ignore = "long: a hundred readers beside ten writers"]
fn a_hundred_readers_beside_ten_writers_are_told_no_falsehood() {
    readers_beside_writers(100, 10, 10);
}

/// Nobody, not even the superuser, can open a directory as the lock.
fn make_unwritable(bench: &Bench) {
    let lock = bench.home().join("state/trust.toml.lock");
    let _ = fs::remove_file(&lock);
    fs::create_dir(lock).unwrap();
}

#[test]
fn a_memory_that_cannot_be_written_is_a_warning_and_still_refuses() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let old = bytes(bench.vault());
    bench.set("A", "2", &["-g"]);
    make_unwritable(&bench);
    let warning = format!(
        "warning: what was seen of this vault is not recorded: cannot write {}: is a directory",
        bench.memory().display()
    );
    bench.etui(["get", "A", "-g"]).prints("2").says("");
    bench.etui(["set", "A", "-g", "--value", "3"]).ok().says(&format!("{warning}\nset A in team acme"));
    bench.etui(["get", "A", "-g"]).prints("3").says(&warning);
    fs::write(bench.vault(), &old).unwrap();
    refused(
        &bench,
        &bench.vault(),
        " is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn a_memory_that_is_damaged_is_refused_in_words_and_nothing_is_trusted() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let (good, path) = (fs::read_to_string(bench.memory()).unwrap(), bench.memory().display().to_string());
    let before = bytes(bench.vault());
    let said = format!(
        "error: {path} is not what etui wrote, so nothing can be trusted by it\n \
         hint: restore it from a backup; or start anew, and compare the vault's fingerprint: `mv {path} {path}.bad`"
    );
    for bad in [
        "junk".to_owned(),
        good[..good.len() / 2].to_owned(),
        good.replacen("root = \"", "root = \"!", 1),
        good.replacen("digest = \"", "digest = \"ff", 1),
        good.replacen("written = ", "written = -", 1),
        good.replacen("path = ", "paths = ", 1),
    ] {
        fs::write(bench.memory(), &bad).unwrap();
        for line in ["get A -g", "set A -g --value new", "trust -y", "member list"] {
            bench.etui(line.split(' ')).fails(6, &said);
        }
        assert_eq!(fs::read_to_string(bench.memory()).unwrap(), bad);
    }
    fs::write(bench.memory(), b"\xff\xfe").unwrap();
    bench.etui(["get", "A", "-g"]).fails(6, &said);
    assert!(bytes(bench.vault()) == before);
    fs::remove_file(bench.memory()).unwrap();
    let ran = bench.etui(["get", "A", "-g"]).prints("1");
    assert!(
        ran.err.starts_with("first time this laptop opens team acme; trusting its founder alice, SHA256:"),
        "{}",
        ran.err
    );
}

#[test]
fn a_person_can_accept_an_older_vault_and_the_line_goes_on_from_there() {
    let bench = Bench::acme();
    bench.set("A", "c4n4ry", &["-g"]);
    let old = bytes(bench.vault());
    bench.set("A", "2", &["-g"]);
    let newer = bytes(bench.vault());
    fs::write(bench.vault(), &old).unwrap();
    let before = bytes(bench.memory());
    let ran = bench.etui(["trust"]).steady();
    assert_eq!(ran.code, 2);
    let path = bench.vault().display().to_string();
    let warning = format!(
        "warning: {path} is older than what this laptop has seen: it lacks 1 change that this laptop has seen, the last by alice at WHEN"
    );
    ran.says(&format!(
        "{warning}\nerror: `trust` needs confirmation\n hint: run it again with `-y`"
    ));
    assert!(bytes(bench.memory()) == before);
    let ran = bench.etui(["trust", "-y"]).ok().steady();
    let lines: Vec<&str> = ran.text().lines().collect();
    assert!(
        matches!(lines[..], [team, by] if team.starts_with("team acme, fingerprint SHA256:") && by == "written by alice at WHEN"),
        "{lines:?}"
    );
    assert!(!ran.err.contains("c4n4ry"));
    ran.says(&format!("{warning}\nthe vault of team acme is trusted as it is"));
    bench.etui(["get", "A", "-g"]).prints("c4n4ry").says("");
    bench.etui(["set", "A", "-g", "--value", "3"]).ok().says("set A in team acme");
    bench.etui(["get", "A", "-g"]).prints("3").says("");
    // The line that was left is another one now.
    fs::write(bench.vault(), &newer).unwrap();
    refused(
        &bench,
        &bench.vault(),
        ", written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN",
    );
}

#[test]
fn a_machine_without_memory_trusts_the_fingerprint_that_it_is_given() {
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
        with(&theirs).fails(6, &format!(
            "error: {path} is not the vault that `ETUI_TRUST` demands: {ours}, not {theirs}\n \
             hint: compare the fingerprints with another member: `etui trust`"
        ));
        for bad in ["SHA256:", "nonsense", &ours[7..], &format!("{ours}A"), &ours.to_lowercase()] {
            with(bad)
                .fails(2, "error: `ETUI_TRUST` is not a fingerprint\n \
                     hint: it is `SHA256:…`, as `etui init` and `etui trust` print it");
        }
        assert!(!bench.memory().exists());
    }
    bench.with(&[("ETUI_TRUST", &ours)], ["get", "A", "-g"]).prints("1").says("");
    bench.with(&[("ETUI_TRUST", &format!(" {ours}\n"))], ["get", "A", "-g"]).prints("1").says("");
    bench.with(&[("ETUI_TRUST", "")], ["get", "A", "-g"]).prints("1").says("");
    // It is demanded also of a vault that is known.
    bench.with(&[("ETUI_TRUST", &theirs)], ["get", "A", "-g"]).says(&format!(
        "error: {path} is not the vault that `ETUI_TRUST` demands: {ours}, not {theirs}\n \
         hint: compare the fingerprints with another member: `etui trust`"
    ));
}

/// The actors of a vault, and how often each wrote.
fn counts(bench: &Bench) -> Vec<u64> {
    let own = Identity::parse_all(&bytes(bench.key())).unwrap();
    let text = open(&bytes(bench.vault()), &own).unwrap();
    vault(split(&text).0).head.clock.iter().map(|(_, count)| count).collect()
}

#[test]
fn a_memory_that_was_copied_to_another_machine_is_not_written_on_as_the_first_one_s() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let copied = bench.kept();
    let text = String::from_utf8(copied.memory.clone()).unwrap();
    let own = text.lines().next().unwrap().to_owned();
    assert!(own.starts_with("machine = \""), "{own}");
    // What both had, as it reads on the other machine; and as older versions wrote it.
    let there = text.replace(&own, "machine = \"00f1e2d3c4b5a697\"");
    let older = text.replace(&own, "");
    bench.set("A", "2", &["-g"]);
    let (here, before) = (bench.kept(), counts(&bench));
    assert_eq!(before, [3]);
    for (memory, then) in [(&older, vec![4]), (&there, vec![2, 2])] {
        bench.put_back(&Kept { vault: copied.vault.clone(), memory: memory.clone().into_bytes() });
        bench.set("B", "1", &["-g"]);
        bench.set("B", "2", &["-g"]);
        let mut after = counts(&bench);
        after.sort();
        assert_eq!(after, then);
        assert!(String::from_utf8(bytes(bench.memory())).unwrap().starts_with(&own), "it is this machine's now");
    }
    // The other machine's vault comes back: what was written here meanwhile is missed.
    std::fs::write(bench.memory(), &here.memory).unwrap();
    let ran = bench.etui(["get", "B", "-g"]);
    assert_eq!(ran.code, 6, "{ran:?}");
    assert!(ran.err.contains("lacks 1 change that this laptop has seen"), "{}", ran.err);
}

#[test]
#[ignore = "needs root and util-linux"]
fn machines_are_told_apart_by_their_id_or_else_by_their_name() {
    let bench = Bench::acme();
    let set_at = |machine: &str, value: &str| {
        let script = format!("mount -t tmpfs none /etc && {machine} && exec \"$@\"");
        let mut command = Command::new("unshare");
        bench.dress(&mut command).args(["--mount", "--uts", "sh", "-ec", &script, "sh"]);
        command.args([env!("CARGO_BIN_EXE_etui"), "set", "A", "-g", "--value", value]);
        Ran::from(command.output().expect("unshare")).ok();
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
