//! Writers killed at a step that the test chooses: what they leave is gone after the next write, nothing is
//! lost, and what belongs to a process that lives stays.

use std::fs::{self, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};

const HOME: [&str; 4] = ["acme.age", "acme.age.lock", "identity.txt", "state"];
const STATE: [&str; 2] = ["trust.toml", "trust.toml.lock"];

/// The temporary files in a directory.
fn temporaries(directory: &Path) -> Vec<String> {
    names(directory).into_iter().filter(|name| name.contains(".tmp-")).collect()
}

/// Runs etui with a limit on the size of files, in blocks. The system kills it in the middle of the write
/// that exceeds it.
fn killed_at_size(bench: &Bench, blocks: u32, line: &str) {
    let outcome = bench.sh(&format!("ulimit -c 0; ulimit -f {blocks}; etui {line}; exit $?"));
    assert_eq!(outcome.code, 128 + 25, "{outcome:?}");
}

#[test]
fn the_next_write_removes_what_a_write_of_the_vault_left_that_was_killed_halfway() {
    let bench = Bench::acme();
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    let before = bench.snapshot();
    for _ in 0..2 {
        killed_at_size(&bench, 16, "set A -g --value 1");
    }
    assert!(bytes(bench.vault()) == before.vault && bytes(bench.pins()) == before.pins);
    assert_eq!(temporaries(&bench.home()).len(), 1, "the second writer removed what the first left");
    bench.etui(["set", "A", "-g", "--value", "2", "--lock-timeout", "0"]).ok().says("created A in team acme");
    assert_eq!(
        (names(bench.home()), names(bench.home().join("state"))),
        (HOME.map(Into::into).into(), STATE.map(Into::into).into())
    );
}

#[test]
fn the_next_write_removes_what_a_write_of_the_pins_left_that_was_killed_halfway() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let state = bench.home().join("state");
    for _ in 0..2 {
        fs::remove_file(bench.pins()).ok();
        killed_at_size(&bench, 1, "get A -g");
    }
    assert_eq!(temporaries(&state).len(), 1, "the second writer removed what the first left");
    assert_eq!(bench.etui(["get", "A", "-g", "--lock-timeout", "0"]).ok().text(), "1");
    assert_eq!(names(&state), STATE);
    bench.etui(["get", "A", "-g"]).prints("1").says("");
}

#[test]
fn a_rotation_killed_before_the_vault_has_the_new_key_goes_on() {
    let bench = Bench::acme();
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    let key = fs::read_to_string(bench.key()).unwrap();
    killed_at_size(&bench, 16, "key rotate");
    let both = fs::read_to_string(bench.key()).unwrap();
    assert!(both.ends_with(&key) && both.matches("AGE-SECRET-KEY-1").count() == 2);
    assert_eq!(bench.etui(["get", "LARGE", "-g"]).ok().out.len(), 100_000);
    bench
        .etui(["key", "rotate"])
        .ok()
        .says("updated alice in team acme\nthen take the old key out of the file: `etui key rotate`");
    bench.etui(["key", "rotate", "-y"]).ok();
    let new = fs::read_to_string(bench.key()).unwrap();
    assert!(both.contains(&new) && !new.contains(&key));
    let is_old = |name: &&String| !name.starts_with("identity.txt.old-age1");
    assert_eq!(names(bench.home()).iter().filter(is_old).collect::<Vec<_>>(), HOME);
}

#[test]
fn the_temporary_files_of_a_process_that_lives_stay() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let state = bench.home().join("state");
    let (of_vault, of_pins) = (bench.home().join(".acme.age.tmp-living"), state.join(".trust.toml.tmp-living"));
    fs::write(&of_vault, "half a vault").unwrap();
    fs::write(&of_pins, "half the pins").unwrap();
    let hold = |lock: &Path| {
        let file = OpenOptions::new().read(true).write(true).open(lock).unwrap();
        fs2::FileExt::lock_exclusive(&file).unwrap();
        file
    };

    let lock = hold(&bench.home().join("acme.age.lock"));
    assert_eq!(bench.etui(["set", "A", "-g", "--value", "2", "--lock-timeout", "0"]).code, 7);
    assert!(of_vault.exists());
    // Unlocked, not dropped: a child that another test is just starting may share the open file.
    fs2::FileExt::unlock(&lock).unwrap();

    let lock = hold(&state.join("trust.toml.lock"));
    fs::remove_file(bench.pins()).unwrap();
    let outcome = bench.etui(["get", "A", "-g", "--lock-timeout", "0"]).ok();
    assert!(outcome.err.contains("is not recorded: cannot write"), "{}", outcome.err);
    assert!(of_pins.exists());
    fs2::FileExt::unlock(&lock).unwrap();

    bench.etui(["set", "A", "-g", "--value", "2"]).ok();
    assert_eq!((names(bench.home()), names(&state)), (HOME.map(Into::into).into(), STATE.map(Into::into).into()));
}

/// Kills etui at the n-th call of a system call. Returns none if it ended before.
fn killed_at_call(bench: &Bench, call: &str, n: usize, line: &str) -> Option<Outcome> {
    let mut command = Command::new("strace");
    let inject = format!("inject={call}:signal=KILL:when={n}");
    bench.as_user(&mut command).args(["-f", "-qq", "-o", "/dev/null", "-e", &inject]);
    let outcome =
        Outcome::from(command.arg(env!("CARGO_BIN_EXE_etui")).args(line.split(' ')).output().expect("strace"));
    assert!([0, 128 + 9].contains(&outcome.code), "{outcome:?}");
    (outcome.code != 0).then_some(outcome)
}

/// The calls that open, lock, write and rename files. Those with a question mark are not on every machine.
const CALLS: [&str; 9] =
    ["openat", "flock", "ftruncate", "write", "fchmod", "fsync", "?rename", "renameat,?renameat2", "close"];

#[test]
#[ignore = "needs strace"]
fn a_writer_killed_at_any_call_leaves_nothing_and_loses_nothing() {
    let bench = Bench::closed();
    let state = bench.home().join("state");
    fs::set_permissions(bench.vault(), Permissions::from_mode(0o640)).unwrap();
    bench.set("A", "0", &["-c", "gpu"]);
    let (mut last, mut killed, mut left) = ("0".to_owned(), 0, 0);
    for call in CALLS {
        for n in 1.. {
            let value = format!("{call} {n}").replace(' ', "-");
            if killed_at_call(&bench, call, n, &format!("set A -c gpu --value {value}")).is_none() {
                last = value;
                break;
            }
            killed += 1;
            left += temporaries(&bench.home()).len() + temporaries(&state).len();
            let now = bench.etui(["get", "A", "-c", "gpu"]).ok().text().to_owned();
            assert!(now == last || now == value, "{call} {n}: {now}");
            last = format!("after-{value}");
            let set = bench.etui(["set", "A", "-c", "gpu", "--value", &last, "--lock-timeout", "0"]).ok();
            set.says("updated A in cluster gpu of team acme");
            assert_eq!(
                (&names(bench.home())[..], &names(&state)[..]),
                (&HOME.map(String::from)[..], &STATE.map(String::from)[..]),
                "{call} {n}"
            );
            assert_eq!(fs::metadata(bench.vault()).unwrap().permissions().mode() & 0o777, 0o640);
        }
        bench.etui(["get", "A", "-c", "gpu"]).prints(&last).says("");
    }
    bench.keeps_what_is_closed();
    // A static program opens no libraries, so it makes few other calls.
    assert!(killed > 35 && left > 5, "{killed} {left}");
}

#[test]
#[ignore = "needs strace"]
fn a_reader_killed_at_any_call_leaves_nothing_and_loses_no_pins() {
    let bench = Bench::closed();
    bench.set("A", "1", &["-c", "gpu"]);
    let old = bytes(bench.pins());
    bench.set("A", "2", &["-c", "gpu"]);
    let state = bench.home().join("state");
    let (mut killed, mut left) = (0, 0);
    for call in CALLS {
        for n in 1.. {
            // The pins of before the last write: there is something to record.
            fs::write(bench.pins(), &old).unwrap();
            if killed_at_call(&bench, call, n, "get A -c gpu").is_none() {
                break;
            }
            killed += 1;
            left += temporaries(&state).len();
            bench.etui(["get", "A", "-c", "gpu", "--lock-timeout", "0"]).prints("2").says("");
            // What the killed one recorded needs no second write, and leaves nothing to remove.
            assert_eq!(names(&state), STATE, "{call} {n}");
        }
    }
    assert!(killed > 30 && left > 3, "{killed} {left}");
}
