//! What the store guarantees with concurrent writers, kills, full disks and symbolic links: every
//! acknowledged change is kept, every read is complete, and no file is left behind.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use crate::bench::{Bench, Outcome, bytes, feed, names, open, split, vault};
use crate::update;

/// The files in the home of [`Bench::acme`]: no temporary files.
const HOME: [&str; 4] = ["acme.age", "acme.age.lock", "identity.txt", "state"];

/// The values that `resolve --format null` prints, by name.
fn resolve(bench: &Bench, scope: &[&str]) -> BTreeMap<String, String> {
    let arguments = ["resolve", "--format", "null"].into_iter().chain(scope.iter().copied());
    let outcome = bench.etui(arguments).ok();
    let pair = |pair: &str| pair.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    outcome.text().split_terminator('\0').map(pair).collect()
}

/// The number of writes in the vault's clock, over all actors.
pub fn count_writes(bench: &Bench) -> u64 {
    let identities = etui::keys::Identity::parse_all(&bytes(bench.key())).unwrap();
    let plain = open(&bytes(bench.vault()), &identities).unwrap();
    let head = vault(split(&plain).0).head;
    head.clock.iter().map(|(_, count)| count).sum()
}

// Concurrent writers and readers.

/// Runs `writers` × `changes` changes beside readers. Each writer alternates between its own name, in one
/// kind of section, and a name that all share, in a closed one.
fn race(writers: usize, changes: usize) {
    const SECTIONS: [&[&str]; 3] = [&["-g"], &["-p", "web"], &["-c", "gpu"]];
    let bench = Bench::closed();
    let before = count_writes(&bench);
    let left = AtomicUsize::new(writers);
    thread::scope(|threads| {
        for writer in 0..writers {
            let (bench, left) = (&bench, &left);
            threads.spawn(move || {
                for change in 0..changes {
                    let value = format!("{writer} {change}");
                    let name = if change % 2 == 0 { format!("W{writer}_{change}") } else { "SHARED".to_owned() };
                    let scope = if change % 2 == 0 { SECTIONS[writer % SECTIONS.len()] } else { SECTIONS[2] };
                    let arguments = ["set", &name, "--file", "-", "--lock-timeout", "600"];
                    let outcome = bench.piped(&value, arguments.into_iter().chain(scope.iter().copied()));
                    if outcome.code != 0 {
                        left.store(0, Ordering::SeqCst);
                    }
                    outcome.ok();
                }
                // A writer that failed has already set this to zero, so that the readers end.
                let _ = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
            });
        }
        for _ in 0..2 {
            threads.spawn(|| {
                let mut seen: BTreeMap<String, String> = BTreeMap::new();
                while left.load(Ordering::SeqCst) > 0 {
                    let now = resolve(&bench, &["-p", "web", "-c", "gpu"]);
                    assert!(
                        seen.keys().all(|name| now.contains_key(name)),
                        "a later read lacks a change that an earlier one had"
                    );
                    for (name, value) in &now {
                        let Some((writer, change)) = name.strip_prefix('W').and_then(|own| own.split_once('_')) else {
                            continue;
                        };
                        assert_eq!(*value, format!("{writer} {change}"));
                        // A writer's changes appear in order: a read that has one has all before it.
                        let change: usize = change.parse().unwrap();
                        assert!(
                            (0..change).step_by(2).all(|earlier| now.contains_key(&format!("W{writer}_{earlier}")))
                        );
                    }
                    let listed = bench.etui(["list", "--all", "-j"]).ok();
                    let listed: serde_json::Value = serde_json::from_str(listed.text()).unwrap();
                    assert!(listed["items"].is_array());
                    if let Some(shared) = now.get("SHARED") {
                        assert_ne!(bench.etui(["get", "SHARED", "-c", "gpu"]).ok().text(), "");
                        assert!(shared.split_once(' ').is_some());
                    }
                    seen = now;
                }
            });
        }
    });
    assert_eq!(count_writes(&bench) - before, (writers * changes) as u64, "a write was lost");
    let there = resolve(&bench, &["-p", "web", "-c", "gpu"]);
    for writer in 0..writers {
        for change in (0..changes).step_by(2) {
            assert_eq!(there[&format!("W{writer}_{change}")], format!("{writer} {change}"));
        }
    }
    assert!(there.contains_key("SHARED"));
    assert_eq!(names(bench.home()), HOME);
    bench.keeps_what_is_closed();
}

#[test]
fn concurrent_writers_lose_no_change_and_every_read_is_complete() {
    race(4, 5);
}

#[test]
#[ignore = "long: 800 changes"]
fn sixteen_writers_lose_none_of_800_changes() {
    race(16, 50);
}

// Writers killed at any instant.

/// Kills `kills` racing pairs of writers, each pair a little later than the one before.
fn kill(kills: u32) {
    let bench = Bench::closed();
    // A larger vault, so that writing it takes a while.
    bench.set("LARGE", vec![b'x'; 500_000], &["-g"]);
    let change = |name: &str, value: &str, scope: &[&str]| {
        let arguments = ["set", name, "--value", value].into_iter().chain(scope.iter().copied());
        bench.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    // One in the open, and one in a closed section.
    let pair = |name: &str, round: &str| [change(name, "own", &["-g"]), change("SHARED", round, &["-c", "gpu"])];
    let started = Instant::now();
    let done = pair("FIRST", "unkilled").map(|mut child| child.wait().unwrap().success());
    assert_eq!(done, [true, true]);
    let lifetime = started.elapsed();

    let mut known = resolve(&bench, &["-c", "gpu"]);
    for round in 0..kills {
        let own = (format!("K{round}"), "own".to_owned());
        let shared = ("SHARED".to_owned(), format!("round {round}"));
        let mut children = pair(&own.0, &shared.1);
        // From the start of a pair until well after its end.
        thread::sleep(lifetime * 2 * round / kills);
        for child in &mut children {
            // A writer may be done already.
            let _ = child.kill();
        }
        let done = children.map(|mut child| child.wait().unwrap().success());

        let now = resolve(&bench, &["-c", "gpu"]);
        assert_eq!(now["LARGE"].len(), 500_000);
        for ((name, value), done) in [own, shared].into_iter().zip(done) {
            let (there, before) = (now.get(&name), known.get(&name));
            assert!(there == Some(&value) || (!done && there == before), "{name}: {there:?} after {before:?}");
        }
        for (name, value) in &known {
            assert!(name == "SHARED" || now.get(name) == Some(value), "{name} was acknowledged but is lost");
        }
        known = now;
    }
    bench.etui(["set", "LAST", "--value", "last", "-g", "--lock-timeout", "0"]).ok();
    assert_eq!(names(bench.home()), HOME);
    bench.keeps_what_is_closed();
}

#[test]
fn keeps_every_acknowledged_change_when_writers_are_killed_at_any_instant() {
    kill(15);
}

#[test]
#[ignore = "long: 300 kills"]
fn keeps_every_acknowledged_change_through_300_kills() {
    kill(300);
}

#[test]
fn the_next_writer_sweeps_files_of_killed_writers_and_nothing_else() {
    let bench = Bench::acme();
    for name in [".acme.age.tmp-Kx81mQ", ".other.age.tmp-Kx81mQ", "acme.age.bak"] {
        fs::write(bench.home().join(name), "half a vault").unwrap();
    }
    bench.etui(["resolve", "-g"]).prints("");
    assert!(
        bench.home().join(".acme.age.tmp-Kx81mQ").exists(),
        "a read removes nothing, because a writer may be using it"
    );
    bench.etui(["set", "A", "--value", "1", "-g"]).ok();
    assert_eq!(
        names(bench.home()),
        [".other.age.tmp-Kx81mQ", "acme.age", "acme.age.bak", "acme.age.lock", "identity.txt", "state"]
    );
}

// A full disk.

#[test]
fn keeps_the_old_vault_when_the_disk_is_full() {
    let bench = Bench::closed();
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    let before = bytes(bench.vault());
    let vault = bench.vault().display().to_string();
    // Every verb writes through the same code, so four are enough.
    for arguments in [
        &["set", "A", "--value", "1", "-g"][..],
        &["set", "A", "--value", "1", "-c", "gpu"],
        &["rename", "LARGE", "HUGE", "-g"],
        &["project", "create", "site"],
    ] {
        limited(&bench, 16, arguments).fails(
            1,
            &format!(
                "error: cannot write {vault}: file too large\n \
                 hint: nothing was changed; free some space and run it again"
            ),
        );
        assert!(bytes(bench.vault()) == before, "{arguments:?} changed the vault");
        assert_eq!(names(bench.home()), HOME);
    }
    let error = limited(&bench, 16, &["set", "A", "--value", "1", "-g", "-j"]);
    let error: serde_json::Value = serde_json::from_str(&error.err).unwrap();
    assert_eq!((&error["error"]["code"], &error["error"]["exit"]), (&"io".into(), &1.into()));
    for (scope, place) in [(&["-g"][..], "team acme"), (&["-c", "gpu"], "cluster gpu of team acme")] {
        let set = ["set", "A", "--value", "1"].into_iter().chain(scope.iter().copied());
        bench.etui(set).ok().says(&format!("created A in {place}"));
    }
    bench.keeps_what_is_closed();
}

#[test]
fn init_creates_nothing_if_the_vault_cannot_be_written() {
    let bench = Bench::new();
    let outcome = limited(&bench, 0, &["init", "acme", "--as", "alice"]);
    assert_eq!((outcome.code, outcome.text()), (1, ""), "{}", outcome.err);
    assert!(
        outcome.err.starts_with("error: cannot write ") && outcome.err.contains("\n hint: nothing was changed"),
        "{}",
        outcome.err
    );
    let left = names(bench.home());
    assert!(!left.iter().any(|name| name != "acme.age.lock"), "{left:?}");
    bench.etui(["init", "acme", "--as", "alice"]).ok();
}

/// Runs etui with a limit on the size of files, in blocks: the closest to a full disk that needs no
/// privileges.
fn limited(bench: &Bench, blocks: u32, arguments: &[&str]) -> Outcome {
    // With the signal ignored, a write fails as on a full disk.
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
    within_shell(bench, &["sh", "-c", &script], arguments)
}

/// Runs etui from a shell that first sets up its surroundings.
fn within_shell(bench: &Bench, shell: &[&str], arguments: &[&str]) -> Outcome {
    let etui = bench.command(arguments);
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).arg(etui.get_program()).args(etui.get_args()).current_dir(bench.work()).env_clear();
    command.envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?)))).stdin(Stdio::null());
    Outcome::from(command.output().unwrap())
}

#[test]
#[ignore = "needs unshare"]
fn keeps_the_old_vault_on_a_full_file_system() {
    let bench = Bench::closed();
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    // Mounts a small file system over the home, copies the home's files into it, and fills it to the last
    // byte.
    let script = r#"
        set -e
        mkdir saved && cp -rp "$ETUI_HOME"/* saved
        mount -t tmpfs -o size=256k,mode=700 none "$ETUI_HOME"
        cp -rp saved/* "$ETUI_HOME"
        dd if=/dev/zero of="$ETUI_HOME/fill" bs=1k 2>/dev/null && exit 99
        code=0; "$0" "$@" || code=$?
        cmp "$ETUI_HOME/acme.age" saved/acme.age
        ls -A "$ETUI_HOME"
        rm "$ETUI_HOME/fill"
        "$0" "$@"
        exit $code
    "#;
    let outcome =
        within_shell(&bench, &["unshare", "-rm", "sh", "-c", script], &["set", "A", "--value", "1", "-c", "gpu"]);
    outcome.exits(1, "acme.age\nacme.age.lock\nfill\nidentity.txt\nstate\n").says(&format!(
        "error: cannot write {}: no space left on device\n \
         hint: nothing was changed; free some space and run it again\n\
         created A in cluster gpu of team acme",
        bench.vault().display()
    ));
}

// The lock.

/// Holds the lock of the vault like another process, until dropped.
fn hold_lock(bench: &Bench, line: &str) -> File {
    let path = bench.home().join("acme.age.lock");
    let mut file = OpenOptions::new().read(true).write(true).open(path).unwrap();
    fs2::FileExt::lock_exclusive(&file).unwrap();
    file.set_len(0).unwrap();
    file.write_all(line.as_bytes()).unwrap();
    file
}

const HOLDER: &str = "4242 desk 2026-11-21T10:00:00Z etui edit\n";

#[test]
fn a_lock_that_is_a_symbolic_link_truncates_no_other_file() {
    let bench = Bench::acme();
    let (lock, mine) = (bench.home().join("acme.age.lock"), bench.work().join(".profile"));
    let before = bytes(bench.vault());
    for there in [true, false] {
        if there {
            fs::write(&mine, "mine").unwrap();
        } else {
            fs::remove_file(&mine).unwrap();
        }
        fs::remove_file(&lock).unwrap();
        std::os::unix::fs::symlink(&mine, &lock).unwrap();
        let shown = lock.display();
        let message = format!(
            "error: cannot use the lock {shown}: it is a symbolic link\n \
             hint: nothing was changed; to make another: `mv {shown} {shown}.bad`"
        );
        bench.etui(["set", "A", "--value", "1", "-g"]).fails(1, &message);
        let doctor = bench.etui(["doctor"]);
        assert!(
            doctor.code == 1 && doctor.text().contains("acme.age.lock: it is a symbolic link"),
            "{}",
            doctor.text()
        );
        assert_eq!(fs::read_to_string(&mine).ok(), there.then(|| "mine".to_owned()));
        assert!(bytes(bench.vault()) == before);
    }
}

#[test]
fn a_locked_vault_is_an_error_that_names_the_holder() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let before = bytes(bench.vault());
    let lock = hold_lock(&bench, HOLDER);
    let path = bench.home().join("acme.age.lock").display().to_string();
    let by = "process 4242 on desk (`etui edit`) since 2026-11-21T10:00:00Z";
    let hint = "run it again, or wait longer: `--lock-timeout 60`";
    for arguments in [
        &["set", "B", "--value", "2", "-g"][..],
        &["delete", "A", "-g"],
        &["project", "create", "site"],
        &["-y", "purge", "-g"],
    ] {
        let arguments = arguments.iter().copied().chain(["--lock-timeout", "0"]);
        bench.etui(arguments).fails(7, &format!("error: {path} is locked by {by}; waited 0 s\n hint: {hint}"));
    }
    let error = bench.etui(["set", "B", "--value", "2", "-g", "--lock-timeout", "0", "-j"]);
    let document = serde_json::json!({"error": {
        "code": "locked", "exit": 7, "message": format!("{path} is locked by {by}; waited 0 s"), "hint": hint,
    }});
    error.fails_in_json(7, &document);
    assert_eq!(bytes(bench.vault()), before);
    // Unlocked, not dropped: a child that another test is just starting may share the open file.
    fs2::FileExt::unlock(&lock).unwrap();
    bench.etui(["set", "B", "--value", "2", "-g", "--lock-timeout", "0"]).ok();
}

#[test]
fn an_unnamed_holder_is_called_another_process() {
    for line in ["", "\n", "4242", "4242 desk\n", "not a number at all\n", "\u{1b}[31m é\n"] {
        let bench = Bench::acme();
        let _lock = hold_lock(&bench, line);
        bench.etui(["set", "B", "--value", "2", "-g", "--lock-timeout", "0"]).fails(
            7,
            &format!(
                "error: {}.lock is locked by another process; waited 0 s\n \
                 hint: run it again, or wait longer: `--lock-timeout 60`",
                bench.vault().display()
            ),
        );
    }
}

#[test]
fn a_reader_needs_no_lock() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let lock = hold_lock(&bench, HOLDER);
    bench.etui(["resolve", "-g"]).prints("A=1\n");
    bench.etui(["get", "A", "-g"]).prints("1");
    bench.etui(["run", "-g", "--", "printenv", "A"]).prints("1\n");
    bench.etui(["list", "-g", "-F", "name"]).ok();
    bench.etui(["history", "A", "-g"]).ok();
    bench.etui(["explain", "-g"]).ok();
    assert_eq!(bytes(bench.home().join("acme.age.lock")), HOLDER.as_bytes(), "a read wrote to the lock");
    drop(lock);
    // It does not create one either, because the reader may not be allowed to write to the directory.
    let copy = bench.work().join("copy.age");
    fs::copy(bench.vault(), &copy).unwrap();
    bench.etui(["resolve", "-g", "--vault", "copy.age"]).prints("A=1\n");
    assert_eq!(names(bench.work()), ["copy.age"]);
}

#[test]
fn a_writer_waits_for_the_lock_and_then_sees_the_other_change() {
    let bench = Bench::acme();
    let old = bytes(bench.vault());
    bench.set("B", "2", &["-g"]);
    let new = bytes(bench.vault());
    fs::write(bench.vault(), old).unwrap();
    let lock = hold_lock(&bench, HOLDER);
    let mut waiting = bench.command(["set", "A", "--value", "1", "-g", "--lock-timeout", "600"]);
    let waiting = waiting.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // The test holds the lock, so it may write.
    fs::write(bench.vault(), new).unwrap();
    drop(lock);
    Outcome::from(waiting.wait_with_output().unwrap()).ok().says("created A in team acme");
    bench.etui(["resolve", "-g"]).prints("A=1\nB=2\n");
}

#[test]
fn a_lock_file_of_a_dead_process_blocks_nothing() {
    let bench = Bench::acme();
    for line in ["", HOLDER, "1 here 2026-11-21T10:00:00Z etui set\n", "\0\u{ff}junk"] {
        fs::write(bench.home().join("acme.age.lock"), line).unwrap();
        bench.etui(["set", "A", "--value", line.trim_matches(['\0', '\n']), "-g", "--lock-timeout", "0"]).ok();
    }
    fs::remove_file(bench.home().join("acme.age.lock")).unwrap();
    bench.etui(["set", "A", "--value", "last", "-g", "--lock-timeout", "0"]).ok().says("updated A in team acme");
}

#[test]
fn the_lock_file_contains_no_secret_of_its_holder() {
    let bench = Bench::acme();
    bench.etui(["set", "STRIPE_KEY", "--value", "hunter2", "-g", "--note", "rotated"]).ok();
    let line = String::from_utf8(bytes(bench.home().join("acme.age.lock"))).unwrap();
    let words: Vec<&str> = line.splitn(4, ' ').collect();
    assert_eq!(words.len(), 4, "{line}");
    assert!(words[0].parse::<u32>().is_ok() && words[2].ends_with('Z'), "{line}");
    assert_eq!(words[3], "etui set\n");
}

// Symbolic links and file modes.

#[test]
fn a_vault_behind_symbolic_links_is_replaced_at_its_target() {
    let bench = Bench::acme();
    let real = bench.work().join("real");
    fs::create_dir(&real).unwrap();
    fs::rename(bench.vault(), real.join("team.age")).unwrap();
    // A relative link to an absolute one.
    symlink("real/team.age", bench.work().join("near.age")).unwrap();
    symlink(bench.work().join("near.age"), bench.vault()).unwrap();
    let before = bytes(real.join("team.age"));
    bench.etui(["set", "A", "--value", "1", "-g"]).ok();
    assert_ne!(bytes(real.join("team.age")), before);
    assert_eq!(fs::read_link(bench.vault()).unwrap(), bench.work().join("near.age"));
    assert_eq!(fs::read_link(bench.work().join("near.age")).unwrap(), Path::new("real/team.age"));
    assert_eq!(names(&real), ["team.age", "team.age.lock"]);
    assert_eq!(names(bench.work()), ["near.age", "real"]);
    bench.etui(["get", "A", "-g"]).prints("1");
    // Both paths are the same vault, with one lock.
    bench.etui(["set", "A", "--value", "2", "-g", "--vault", "real/team.age"]).ok();
    bench.etui(["get", "A", "-g"]).prints("2");
}

#[test]
fn a_new_vault_is_created_at_the_target_of_a_symbolic_link() {
    let bench = Bench::new();
    symlink("deep/er/acme.age", bench.work().join("link.age")).unwrap();
    bench.etui(["init", "acme", "--as", "alice", "--vault", "link.age"]).ok();
    assert_eq!(fs::read_link(bench.work().join("link.age")).unwrap(), Path::new("deep/er/acme.age"));
    assert_eq!(names(bench.work().join("deep/er")), ["acme.age", "acme.age.lock"]);
}

#[test]
fn a_symbolic_link_loop_is_an_error() {
    let bench = Bench::acme();
    symlink("b.age", bench.work().join("a.age")).unwrap();
    symlink("a.age", bench.work().join("b.age")).unwrap();
    for arguments in [&["resolve", "-g"][..], &["set", "A", "--value", "1", "-g"]] {
        let outcome = bench.etui(arguments.iter().copied().chain(["--vault", "a.age"]));
        assert!(matches!(outcome.code, 1 | 3), "{outcome:?}");
        assert_eq!(outcome.text(), "");
        assert!(outcome.err.starts_with("error: "), "{}", outcome.err);
    }
}

fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o7777
}

#[test]
fn new_files_are_private_whatever_the_umask() {
    for umask in ["0", "022", "077"] {
        let bench = Bench::new();
        let script = format!("umask {umask}; exec \"$0\" \"$@\"");
        let run = |arguments: &[&str]| within_shell(&bench, &["sh", "-c", &script], arguments).ok();
        run(&["init", "acme", "--as", "alice", "--vault", "team/secrets/acme.age"]);
        run(&["set", "A", "--value", "1", "-g", "--vault", "team/secrets/acme.age"]);
        let team = bench.work().join("team");
        for directory in [&bench.home(), &team, &team.join("secrets")] {
            assert_eq!(mode(directory), 0o700, "{directory:?} with umask {umask}");
        }
        for file in [&bench.key(), &team.join("secrets/acme.age"), &team.join("secrets/acme.age.lock")] {
            assert_eq!(mode(file), 0o600, "{file:?} with umask {umask}");
        }
    }
}

#[test]
fn the_modes_of_existing_files_are_kept() {
    let bench = Bench::acme();
    fs::set_permissions(bench.home(), Permissions::from_mode(0o755)).unwrap();
    for bits in [0o640, 0o644, 0o664, 0o600] {
        fs::set_permissions(bench.vault(), Permissions::from_mode(bits)).unwrap();
        // The umask must not remove permissions.
        let script = "umask 077; exec \"$0\" \"$@\"";
        within_shell(&bench, &["sh", "-c", script], &["set", "A", "--value", &bits.to_string(), "-g"]).ok();
        assert_eq!(mode(bench.vault()), bits);
        assert_eq!(mode(bench.home()), 0o755);
    }
}

// Commands that change nothing.

#[test]
fn a_command_that_changes_nothing_does_not_write_the_file() {
    let bench = Bench::acme();
    bench.etui(["set", "A", "--value", "1", "-g", "--note", "one"]).ok();
    let before = (bytes(bench.vault()), fs::metadata(bench.vault()).unwrap().ino());
    for (arguments, message) in [
        (&["set", "A", "--value", "1", "-g"][..], "unchanged A in team acme"),
        (&["set", "A", "--value", "1", "-g", "--note", "one"], "unchanged A in team acme"),
        (&["update", "A", "--value", "1", "-g"], "unchanged A in team acme"),
        (&["purge", "-y", "-g"], "purged 0 earlier values in team acme"),
    ] {
        let outcome = bench.etui(arguments).ok();
        update::text(outcome.err.lines().next().unwrap_or_default(), message, &format!("{arguments:?}"));
        assert!((bytes(bench.vault()), fs::metadata(bench.vault()).unwrap().ino()) == before, "{arguments:?}");
    }
    // Refused commands change nothing either.
    for (arguments, code) in [
        (&["create", "A", "--value", "2", "-g"][..], 4),
        (&["update", "B", "--value", "2", "-g"], 3),
        (&["delete", "B", "-g"], 3),
        (&["set", "A", "--value", "2", "-p", "nowhere"], 3),
        (&["project", "create", "web"], 4),
        (&["restore", "A", "-g"], 3),
    ] {
        assert_eq!(bench.etui(arguments).code, code, "{arguments:?}");
        assert!((bytes(bench.vault()), fs::metadata(bench.vault()).unwrap().ino()) == before, "{arguments:?}");
    }
    assert_eq!(feed(&mut bench.command(["set", "A", "-g"]), b"2\n").code, 0);
    assert!(bytes(bench.vault()) != before.0, "a real change is written");
}
