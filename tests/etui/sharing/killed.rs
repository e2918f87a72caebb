//! Kills at any instant: of the merge driver alone, or of `sync` together with the git that it runs.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Laptop, Team, map};

/// The git setting for the command that merges vaults.
const DRIVER: &str = "merge.etui.driver";

/// Two branches, main and topic, each with its own changes, one of them in a closed section.
fn branches() -> Team {
    let team = Team::of(&["alice"]);
    let alice = &team.laptops[0];
    alice.etui("cluster create gpu").ok();
    alice.etui("-y cluster close gpu --for alice").ok();
    alice.commit();
    alice.git("checkout -q -b topic").ok();
    alice.set("B", "theirs");
    alice.etui("set D -c gpu --value theirs").ok();
    alice.commit();
    alice.git("checkout -q main").ok();
    alice.set("C", "ours");
    alice.etui("set E -c gpu --value ours").ok();
    alice.commit();
    alice.git("branch -q start").ok();
    team
}

/// Configures the driver to be killed after so many milliseconds.
fn driver(alice: &Laptop, kill_after: Option<u64>) {
    let whole = format!("'{}' git merge-driver %O %A %B %P", env!("CARGO_BIN_EXE_etui"));
    let driver = match kill_after {
        None => whole,
        Some(wait) => format!("{whole} & p=$!; sleep 0.{wait:03}; kill -9 $p 2>/dev/null; wait $p"),
    };
    alice.bench.as_user(&mut std::process::Command::new("git")).args(["config", DRIVER, &driver]).output().unwrap();
}

/// Kills the driver later and later, then follows git and the README. Returns how often it was killed.
fn kill_the_driver(how: &str, waits: impl Iterator<Item = u64>) -> usize {
    let team = branches();
    let alice = &team.laptops[0];
    let doing = how.split(' ').next().unwrap();
    let mut killed = 0;
    for wait in waits {
        // A new branch each time, because what was seen on a branch is pinned for that branch.
        alice.git(&format!("checkout -q -b at-{wait} start")).ok();
        driver(alice, Some(wait));
        let outcome = alice.git(how);
        driver(alice, None);
        killed += usize::from(outcome.code != 0);
        let about = format!("{how}, killed after {wait} ms: {outcome:?}");
        // The vault is that of one side, or the merge, and never damaged.
        alice.vault();
        let status = alice.git("status --porcelain --untracked-files=no").ok();
        let stopped = status.text().contains("UU acme.age");
        if stopped {
            alice.etui("git resolve").ok();
            let go_on = if doing == "merge" { "commit -q --no-edit".to_owned() } else { format!("{doing} --continue") };
            assert_eq!(alice.git(&go_on).code, 0, "{about}");
        } else if outcome.code != 0 {
            // git either stopped before it began, or waits for an abort.
            alice.git(&format!("{doing} --abort"));
            alice.git(how).ok();
        }
        assert_eq!(alice.team_values(), map(&[("A", "start"), ("B", "theirs"), ("C", "ours")]), "{about}");
        alice.git("status --porcelain --untracked-files=no").prints("");
        alice.etui("resolve -c gpu").prints("A=start\nB=theirs\nC=ours\nD=theirs\nE=ours\n");
    }
    killed
}

const COMMANDS: [&str; 3] = ["merge --no-edit topic", "rebase topic", "cherry-pick topic"];

#[test]
fn a_killed_driver_leaves_a_whole_vault_and_a_way_to_continue() {
    for how in COMMANDS {
        // On a busy machine the driver may end before the kill.
        let mut killed = (0..5).map(|_| kill_the_driver(how, [0, 15, 35].into_iter()));
        assert!(killed.any(|killed| killed > 0), "{how}: no kill hit");
    }
}

#[test]
#[ignore = "long: some 20 s, the driver killed at every instant"]
fn a_driver_killed_at_every_instant_leaves_a_whole_vault_and_a_way_to_continue() {
    for how in COMMANDS {
        assert!(kill_the_driver(how, (0..40).step_by(2)) > 0, "{how}: no kill hit");
    }
}

/// Removes the lock that a killed git left, if the error names one. Returns whether it did.
fn unlock(err: &str) -> bool {
    let Some((_, rest)) = err.split_once("Unable to create '") else { return false };
    let (path, rest) = rest.split_once("': File exists.").unwrap();
    let hints = [
        "another git process is running, or was killed; when none is running, remove that file",
        "nothing is lost; if no other git process is running, remove ",
        "once it accepts pushes: `etui sync`; or",
    ];
    assert!(hints.iter().any(|hint| rest.contains(&format!("hint: {hint}"))), "{err}");
    fs::remove_file(path).unwrap();
    true
}

/// Runs `sync` until it succeeds, following its messages.
fn sync(laptop: &Laptop) {
    for _ in 0..8 {
        let outcome = laptop.etui("sync");
        if outcome.code == 0 {
            return;
        }
        // What git was writing when it was killed is missing or incomplete.
        if outcome.err.contains("git checkout") {
            let index = laptop.bench.work().join(".git/index.lock");
            fs::remove_file(index).ok();
            laptop.git("checkout -- acme.age").ok();
            continue;
        }
        assert!(unlock(&outcome.err), "{}: {outcome:?}", laptop.who);
    }
    panic!("{} does not come to an end", laptop.who);
}

/// Kills `sync` with every git and driver that it started, later and later.
fn kill_sync(rounds: u64, step: u64) {
    let team = Team::two();
    let [alice, bob] = &team.laptops[..] else { unreachable!() };
    let mut expected = vec!["start".to_owned()];
    for round in 0..rounds {
        let (a, b) = (format!("a{round:02}"), format!("b{round:02}"));
        alice.set(&format!("A{round}"), &a);
        sync(alice);
        bob.set(&format!("B{round}"), &b);
        expected.extend([a, b]);
        let mut started = bob.bench.command(["sync"]);
        started.stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
        let mut started = started.spawn().unwrap();
        sleep(Duration::from_millis(step * round));
        let group = Pid::from_child(&started);
        // It may have ended already. Its process id is still valid because nobody has waited for it.
        let _ = kill_process_group(group, Signal::KILL);
        started.wait().unwrap();
        bob.git("status").ok();
        sync(bob);
        bob.vault();
        sync(alice);
    }
    expected.sort();
    for laptop in [alice, bob] {
        assert_eq!(laptop.values(), expected, "{}", laptop.who);
        laptop.git("status --porcelain --untracked-files=no").prints("");
    }
}

#[test]
fn a_killed_sync_continues_by_following_its_messages() {
    kill_sync(5, 35);
}

#[test]
#[ignore = "long: some 40 s, sync killed at every instant"]
fn a_sync_killed_at_every_instant_continues_by_following_its_messages() {
    kill_sync(24, 10);
}
