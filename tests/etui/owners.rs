//! Whose the files are that etui writes: those of the user for whom root works, of two users who share a
//! vault, and of a user who replaces what belongs to another one.
//!
//! | what is written | by | becomes | or |
//! | --- | --- | --- | --- |
//! | anything but an output, new | root, in a user's directory | that user's | |
//! | an output (`-o`), new | root, in a user's directory | root's: the values are for whoever asked | |
//! | anything, over a file | root | what the file was | |
//! | anything, over a file | its owner | what the file was | exit 1, if the group would lose access |
//! | anything, over a file | another user | that user's, of the same group and mode | exit 1, if the owner loses access |
//! | the lock | its owner, or root | of the vault's group and mode, whatever it was | the error names the lock |

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};

const ALICE: u32 = 1000;
const BOB: u32 = 1001;
const DEV: u32 = 2000;

/// A machine with a directory that all may enter, on which root runs etui for its users.
struct Machine {
    bench: Bench,
    etui: PathBuf,
}

impl Machine {
    fn new() -> Machine {
        let bench = Bench::new();
        let root = bench.work().parent().unwrap().to_owned();
        let etui = root.join("etui");
        let built = env!("CARGO_BIN_EXE_etui");
        fs::hard_link(built, &etui).or_else(|_| fs::copy(built, &etui).map(|_| ())).unwrap();
        mode(&root, 0o755);
        Machine { bench, etui }
    }

    /// Makes the home of a user.
    fn home(&self, user: u32) -> PathBuf {
        let home = self.bench.work().join(format!("home{user}"));
        fs::create_dir(&home).unwrap();
        chown(&home, Some(user), Some(user)).unwrap();
        home
    }

    /// A command with the home of a user, run by this or another one with these groups besides its own.
    fn command(&self, user: u32, groups: &[u32], home: &Path) -> Command {
        let groups = groups.iter().map(u32::to_string).collect::<Vec<_>>().join(",");
        let groups = if groups.is_empty() { "--clear-groups".to_owned() } else { format!("--groups={groups}") };
        let mut command = Command::new("setpriv");
        self.bench.as_user(&mut command).env_remove("ETUI_HOME").env("HOME", home).current_dir(home);
        command.args([format!("--reuid={user}"), format!("--regid={user}"), groups]).arg(&self.etui);
        command
    }

    fn run(&self, user: u32, groups: &[u32], home: &Path, line: &str) -> Outcome {
        let mut command = self.command(user, groups, home);
        Outcome::from(command.args(line.split(' ')).output().expect("setpriv"))
    }
}

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// The owner, the group and the mode of a file.
fn attributes(path: impl AsRef<Path>) -> (u32, u32, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777)
}

/// What below a directory does not belong to a user and its group.
fn foreign(directory: &Path, user: u32) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![directory.to_owned()];
    while let Some(path) = left.pop() {
        let (owner, group, _) = attributes(&path);
        if (owner, group) != (user, user) {
            found.push(path.display().to_string());
        }
        if path.is_dir() {
            left.extend(names(&path).iter().map(|name| path.join(name)));
        }
    }
    found
}

#[test]
#[ignore = "needs root and util-linux"]
fn root_in_the_home_of_a_user_leaves_every_file_to_that_user() {
    let machine = Machine::new();
    let home = machine.home(ALICE);
    let git = |line: &str| {
        let mut command = Command::new("git");
        machine.bench.as_user(&mut command).env("HOME", &home).current_dir(&home);
        assert!(command.args(line.split(' ')).status().unwrap().success());
    };
    git("init -q .");
    for path in [home.join(".git"), home.join(".git/hooks"), home.join(".git/info")] {
        chown(path, Some(ALICE), Some(ALICE)).unwrap();
    }
    let as_root = |line: &str| {
        let mut command = machine.command(0, &[], &home);
        // Git trusts a repository of another user only if it is told to.
        let trusted = [("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", "*")];
        Outcome::from(command.envs(trusted).args(line.split(' ')).output().expect("setpriv")).ok();
    };
    let is_git = |path: &String| path.contains("/.git/") && !path.ends_with("/hooks/pre-commit");
    for line in [
        "init acme --as alice",
        "set A -g --value 1",
        "get A -g",
        "init team --as alice --vault deep/er/team.age",
        "set A -g --value 1 --vault deep/er/team.age",
        "key new --output keys/new.txt",
        "link -t acme",
        "link -t acme",
        "guard install",
        "git install --vault deep/er/team.age",
        "trust -t acme",
    ] {
        as_root(line);
        let foreign: Vec<String> = foreign(&home, ALICE).into_iter().filter(|path| !is_git(path)).collect();
        assert_eq!(foreign, [""; 0], "{line}");
    }
    machine.run(ALICE, &[], &home, "get A -t acme -g").prints("1").says("");
    machine.run(ALICE, &[], &home, "set A -t acme -g --value 2").ok().says("updated A in team acme");
    as_root("get A -g -t acme");

    // The pins are lost, and root is the first to see the vault.
    fs::remove_dir_all(home.join(".local/state")).unwrap();
    as_root("get A -g -t acme");
    machine.run(ALICE, &[], &home, "get A -g -t acme").prints("2").says("");
    machine.run(ALICE, &[], &home, "set A -g -t acme --value 3").ok().says("updated A in team acme");
}

#[test]
#[ignore = "needs root and util-linux"]
fn what_root_left_in_the_home_of_a_user_is_an_error_with_the_command_that_gives_it_back() {
    let machine = Machine::new();
    let home = machine.home(ALICE);
    machine.run(ALICE, &[], &home, "init acme --as alice").ok();
    for (path, verb) in [
        (".local/state/etui", "get A -g"),
        (".local/state/etui/trust.toml", "get A -g"),
        (".local/share/etui/acme.age", "set A -g --value 1"),
        (".local/share/etui/acme.age", "get A -g"),
        (".local/share/etui/acme.age.lock", "set A -g --value 1"),
    ] {
        let path = home.join(path);
        chown(&path, Some(0), Some(0)).unwrap();
        let outcome = machine.run(ALICE, &[], &home, verb);
        let (_, command) = outcome.err.split_once("`sudo ").unwrap_or_else(|| panic!("{verb}: {outcome:?}"));
        let command = command.split('`').next().unwrap().replace("&& sudo", "&&");
        assert!(outcome.code == 1 && command.contains(path.to_str().unwrap()), "{}", outcome.err);
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
        chown(&path, None, Some(ALICE)).unwrap();
        machine.run(ALICE, &[], &home, "set A -g --value 1").ok();
        assert_eq!(foreign(&home, ALICE), [""; 0], "{}", path.display());
    }
}

#[test]
#[ignore = "needs root and util-linux"]
fn a_vault_keeps_owner_group_and_mode_or_stays_as_it_is() {
    let machine = Machine::new();
    let home = machine.home(ALICE);
    machine.run(ALICE, &[], &home, "init acme --as alice --vault team/acme.age").ok();
    let vault = home.join("team/acme.age");
    for (by, groups, was, is) in [
        (ALICE, &[][..], (ALICE, ALICE, 0o600), Some((ALICE, ALICE, 0o600))),
        (ALICE, &[DEV], (ALICE, DEV, 0o640), Some((ALICE, DEV, 0o640))),
        (ALICE, &[DEV], (ALICE, DEV, 0o660), Some((ALICE, DEV, 0o660))),
        (ALICE, &[DEV], (ALICE, DEV, 0o4750), Some((ALICE, DEV, 0o750))),
        (ALICE, &[], (ALICE, DEV, 0o644), Some((ALICE, ALICE, 0o644))),
        (ALICE, &[], (ALICE, DEV, 0o600), Some((ALICE, ALICE, 0o600))),
        (ALICE, &[], (ALICE, DEV, 0o640), None),
        (ALICE, &[], (ALICE, DEV, 0o664), None),
        (ALICE, &[], (BOB, BOB, 0o644), Some((ALICE, ALICE, 0o644))),
        (ALICE, &[DEV], (BOB, DEV, 0o660), Some((ALICE, DEV, 0o660))),
        (ALICE, &[DEV], (BOB, DEV, 0o2640), Some((ALICE, DEV, 0o640))),
        (0, &[], (ALICE, DEV, 0o640), Some((ALICE, DEV, 0o640))),
        (0, &[], (ALICE, ALICE, 0o600), Some((ALICE, ALICE, 0o600))),
        (0, &[], (BOB, DEV, 0o600), Some((BOB, DEV, 0o600))),
        (0, &[], (0, 0, 0o600), Some((0, 0, 0o600))),
    ] {
        chown(&vault, Some(was.0), Some(was.1)).unwrap();
        mode(&vault, was.2);
        let row = format!("{by} {groups:?} {was:?}");
        let before = bytes(&vault);
        let outcome = machine.run(
            by,
            groups,
            &home,
            &format!("set A -g --vault team/acme.age --value {}", rand::random::<u64>()),
        );
        let Some(is) = is else {
            let shown = vault.display();
            outcome.fails(
                1,
                &format!(
                    "error: cannot write {shown}: you cannot give files to its group, 2000, which could not use it \
                     afterwards\n \
                     hint: nothing was changed; run it as a member of that group, or give the file to yours: \
                     `sudo chgrp 1000 {shown}`"
                ),
            );
            assert!(bytes(&vault) == before && attributes(&vault) == was, "{row}");
            continue;
        };
        assert_eq!((outcome.code, attributes(&vault)), (0, is), "{row}: {}", outcome.err);
        // The lock is for the same users as the vault that it is for.
        let (_, group, bits) = attributes(home.join("team/acme.age.lock"));
        assert_eq!(
            (group, bits),
            if by == 0 || groups.contains(&was.1) { (was.1, was.2 & 0o666) } else { (group, bits) }
        );
        assert_eq!(names(home.join("team")), ["acme.age", "acme.age.lock"], "{row}");
    }
}

#[test]
#[ignore = "needs root and util-linux"]
fn an_output_is_for_who_asked_and_for_the_owner_of_the_file_that_it_replaces() {
    let machine = Machine::new();
    let home = machine.home(ALICE);
    machine.run(ALICE, &[], &home, "init acme --as alice").ok();
    machine.run(ALICE, &[], &home, "set A -g --value 1").ok();
    let (new, old) = (home.join("new"), home.join("old"));
    machine.run(0, &[], &home, "resolve -g -o new").prints("");
    assert_eq!(attributes(&new), (0, 0, 0o600));
    for (by, was, is) in [
        (0, (ALICE, ALICE, 0o644), Some((ALICE, ALICE, 0o600))),
        (0, (BOB, DEV, 0o640), Some((BOB, DEV, 0o600))),
        (ALICE, (ALICE, ALICE, 0o640), Some((ALICE, ALICE, 0o600))),
        (ALICE, (0, 0, 0o644), Some((ALICE, ALICE, 0o600))),
        (ALICE, (BOB, BOB, 0o644), None),
    ] {
        fs::write(&old, "old").unwrap();
        chown(&old, Some(was.0), Some(was.1)).unwrap();
        mode(&old, was.2);
        let outcome = machine.run(by, &[], &home, "resolve -g -o old");
        if let Some(is) = is {
            outcome.prints("");
            assert_eq!((attributes(&old), bytes(&old)), (is, b"A=1\n".to_vec()), "{by} {was:?}");
            continue;
        }
        let shown = old.display();
        outcome.fails(
            1,
            &format!(
                "error: cannot write {shown}: it belongs to user 1001, who could not read it afterwards\n \
                 hint: nothing was changed; to take it over: `sudo chown 1000 {shown}`"
            ),
        );
        assert_eq!((attributes(&old), bytes(&old)), (was, b"old".to_vec()));
    }
    // In a directory like /tmp, the file of another user may be a trap.
    mode(&home, 0o1777);
    for owner in [BOB, ALICE] {
        chown(&old, Some(owner), None).unwrap();
        machine.run(0, &[], &home, "resolve -g -o old").prints("");
        assert_eq!(attributes(&old).0, if owner == BOB { 0 } else { ALICE });
    }
}

/// Two users and a vault in a directory of their group, which bob can open with alice's key.
struct Shared {
    machine: Machine,
    homes: [PathBuf; 2],
    directory: PathBuf,
}

impl Shared {
    /// The bits are those of the directory.
    fn new(bits: u32) -> Shared {
        let machine = Machine::new();
        let homes = [machine.home(ALICE), machine.home(BOB)];
        let directory = machine.bench.work().join("shared");
        fs::create_dir(&directory).unwrap();
        chown(&directory, None, Some(DEV)).unwrap();
        mode(&directory, bits);
        let shared = Shared { machine, homes, directory };
        shared.run(ALICE, "init acme --as alice").ok();
        let key = shared.homes[1].join("key");
        fs::copy(shared.homes[0].join(".config/etui/identity.txt"), &key).unwrap();
        chown(&key, Some(BOB), Some(BOB)).unwrap();
        mode(&key, 0o600);
        shared
    }

    fn run(&self, user: u32, line: &str) -> Outcome {
        let home = &self.homes[usize::from(user == BOB)];
        let mut command = self.machine.command(user, &[DEV], home);
        if user == BOB {
            command.env("ETUI_KEY_FILE", home.join("key"));
        }
        command.args(line.split(' ')).arg("--vault").arg(self.vault());
        Outcome::from(command.output().expect("setpriv"))
    }

    fn set(&self, user: u32, value: u32) -> Outcome {
        self.run(user, &format!("set A -g --value {value}"))
    }

    fn vault(&self) -> PathBuf {
        self.directory.join("v.age")
    }

    fn lock(&self) -> PathBuf {
        self.directory.join("v.age.lock")
    }
}

#[test]
#[ignore = "needs root and util-linux"]
fn two_users_change_a_vault_in_turns_in_a_directory_of_their_group() {
    for bits in [0o2770, 0o2775, 0o770, 0o777] {
        for of_vault in [0o660, 0o640, 0o664, 0o644] {
            let shared = Shared::new(bits);
            chown(shared.vault(), None, Some(DEV)).unwrap();
            mode(shared.vault(), of_vault);
            // The lock of a private vault was private. Its owner opens it, and then a new one is opened from
            // the start.
            for round in 0..2 {
                for (turn, user) in [ALICE, BOB, BOB, ALICE].into_iter().enumerate() {
                    let value = 10 * round + turn as u32;
                    let outcome = shared.set(user, value);
                    assert_eq!(outcome.code, 0, "{bits:o} {of_vault:o} {round} {turn}: {}", outcome.err);
                    assert_eq!(attributes(shared.vault()), (user, DEV, of_vault));
                    assert_eq!(attributes(shared.lock()), (if round == 0 { ALICE } else { BOB }, DEV, of_vault));
                    shared.run(ALICE, "get A -g").prints(&value.to_string());
                }
                fs::remove_file(shared.lock()).unwrap();
                shared.set(BOB, 99).ok();
            }
            assert_eq!(names(&shared.directory), ["v.age", "v.age.lock"]);
        }
    }
}

#[test]
#[ignore = "needs root and util-linux"]
fn a_lock_that_stops_a_user_is_named_with_the_command_that_opens_it() {
    let shared = Shared::new(0o2770);
    let (vault, lock) = (shared.vault(), shared.lock());
    // A private vault: the lock is not what stops bob.
    shared.set(BOB, 1).fails(
        1,
        &format!(
            "error: cannot read {0}: permission denied\n \
             hint: see who may read it: `ls -l {0}`",
            vault.display()
        ),
    );
    mode(&vault, 0o660);
    for (owner, group, bits) in [(ALICE, DEV, 0o600), (ALICE, ALICE, 0o660), (0, 0, 0o600), (0, DEV, 0o000)] {
        chown(&lock, Some(owner), Some(group)).unwrap();
        mode(&lock, bits);
        let shown = lock.display();
        shared.set(BOB, 2).fails(
            1,
            &format!(
                "error: cannot use the lock {shown}: permission denied\n \
                 hint: give it the owner, the group and the mode of the vault: \
                 `sudo chown 1000:2000 {shown} && sudo chmod 660 {shown}`"
            ),
        );
        assert_eq!(shared.run(BOB, "doctor").code, 1);
        assert_eq!(attributes(&lock), (owner, group, bits));
        // Its owner and root can do without the hint.
        if owner == ALICE {
            shared.set(ALICE, 3).ok();
        } else {
            chown(&lock, Some(ALICE), Some(DEV)).unwrap();
            mode(&lock, 0o660);
        }
        assert_eq!(attributes(&lock), (ALICE, DEV, 0o660));
        shared.set(BOB, 4).ok();
        chown(&vault, Some(ALICE), None).unwrap();
    }
    // A directory that takes no new file is the obstacle itself, with or without a lock.
    mode(&shared.directory, 0o2750);
    let refused = format!(
        "error: cannot write {}: permission denied\n \
         hint: nothing was changed; see who may write there: `ls -ld {}`",
        vault.display(),
        shared.directory.display()
    );
    shared.set(BOB, 5).fails(1, &refused);
    fs::remove_file(&lock).unwrap();
    shared.set(BOB, 5).fails(1, &refused);
}

#[test]
#[ignore = "needs root and util-linux"]
fn in_a_sticky_directory_the_lock_works_and_the_owner_of_the_vault_is_named_as_the_obstacle() {
    for (bits, hint) in [
        (0o3770, "in a sticky directory only its owner can replace it; `sudo chmod -t {}`"),
        (0o1777, "in {}, which is for everybody, only its owner can replace it; use another directory"),
    ] {
        let shared = Shared::new(bits);
        chown(shared.vault(), None, Some(DEV)).unwrap();
        mode(shared.vault(), 0o660);
        shared.set(ALICE, 1).ok();
        shared.run(BOB, "get A -g").prints("1");
        let hint = hint.replace("{}", &shared.directory.display().to_string());
        shared.set(BOB, 2).fails(
            1,
            &format!(
                "error: cannot write {}: operation not permitted\n \
                 hint: nothing was changed; {hint}",
                shared.vault().display()
            ),
        );
        assert_eq!(names(&shared.directory), ["v.age", "v.age.lock"]);
        // Root keeps it alice's there, too.
        let key = shared.homes[0].join(".config/etui/identity.txt");
        let mut command = shared.machine.command(0, &[], &shared.homes[0]);
        command.env("ETUI_KEY_FILE", key).args(["set", "A", "-g", "--value", "3", "--vault"]).arg(shared.vault());
        Outcome::from(command.output().unwrap()).ok();
        assert_eq!(attributes(shared.vault()), (ALICE, DEV, 0o660));
        shared.set(ALICE, 4).ok();
    }
}
