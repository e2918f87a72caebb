//! The file of pins when it is corrupt, lost, restored from a backup or copied to another laptop. Nothing stored is
//! lost in any row: the vault is written only where the table says so, and the file of pins never while it is refused.
//!
//! | the file of pins | exit | said | the next command |
//! | --- | --- | --- | --- |
//! | cut, empty, another encoding, an unknown key, a wrong type, an entry twice | 6 | *is not what etui wrote*; restore it, use the newer etui, or `mv` it | the same, until one of the three is done |
//! | a directory, no permission, a loop of links, more than 64 MiB, a pipe | 1 | *cannot read*; no vault is trusted without it | the same, until it is mended |
//! | writable by others, or of another user, or in such a directory | 1 | `chmod go-w`, or `sudo chown` | works after it |
//! | the directory is read-only or without permission, the disk is full | 0 | a warning: what was seen is not recorded | reads and writes work, and older vaults than the file knows are refused; `link --accept` and `trust` fail |
//! | lost, with or without its lock file | 0 | *first time this laptop opens team acme*, with the fingerprint | the vault is pinned as found: an older one passes once; accepted links are asked for again; writes count for a new actor |
//! | only the lock file is lost | 0 | nothing | as if nothing had happened |
//! | from a backup older than the vault | 0 | what changed among the members since | vaults older than the backup are refused at once, the others once the newest was seen again; writes count for a new actor |
//! | restored beside other processes | 0 | nothing | one whole file, and every write is in the vault |
//! | copied to another laptop | 0 | nothing | older vaults, other vaults and removed members are refused there too; writes count for a new actor |
//! | copied with the whole machine, its id included | 0 or 6 | *lacks 1 change* where both wrote equally often | writes count for a new actor once the file counts more than this laptop wrote; **a clone that wrote more often replaces the changes of the other, without a word** |
//! | 32 readers and writers at once | 0 | nothing | one whole file that holds the last of each |

use std::fs;
use std::path::Path;
use std::process::Command;

use etui::keys::Identity;

use crate::bench::{Bench, Outcome, bytes, open, split, vault};

/// A laptop whose pins know of a removal, a sealed environment and a link, and versions of its vault to go back to.
struct Laptop {
    bench: Bench,
    /// The vault in which A is 1, and the pins of that time.
    first: (Vec<u8>, Vec<u8>),
}

impl Laptop {
    fn new() -> Laptop {
        let bench = Bench::linked();
        let recipient = Identity::generate().recipient();
        bench.etui(["member", "add", "ci", recipient.as_str()]).ok();
        bench.set("A", "1", &["-g"]);
        let first = (bytes(bench.vault()), bytes(bench.pins()));
        bench.etui(["member", "remove", "ci", "-y"]).ok();
        let own = Identity::parse_all(&bytes(bench.key())).unwrap().remove(0).recipient();
        fs::write(bench.work().join("sealed.age"), bench.etui(["resolve", "--recipient", own.as_str()]).ok().out)
            .unwrap();
        bench.etui(["run", "--sealed", "sealed.age", "true"]).ok();
        bench.set("A", "2", &["-g"]);
        Laptop { bench, first }
    }

    fn pins(&self) -> String {
        fs::read_to_string(self.bench.pins()).unwrap()
    }

    fn write_pins(&self, pins: impl AsRef<[u8]>) {
        fs::write(self.bench.pins(), pins).unwrap();
    }

    fn write_vault(&self, vault: &[u8]) {
        fs::write(self.bench.vault(), vault).unwrap();
    }

    #[track_caller]
    fn get(&self, value: &str) -> Outcome {
        self.bench.etui(["get", "A", "-g"]).prints(value)
    }

    #[track_caller]
    fn set(&self, value: &str) -> Outcome {
        self.bench.etui(["set", "A", "-g", "--value", value]).ok()
    }

    fn first_time(&self) -> String {
        let trust = self.bench.etui(["trust"]).ok();
        let print = trust.text().lines().next().unwrap().rsplit(' ').next().unwrap().to_owned();
        format!(
            "first time this laptop opens team acme; trusting its founder alice, vault fingerprint {print}; \
             compare it with what `etui trust` shows to another member"
        )
    }

    /// Reads and writes fail with this message. Vault and pins stay as they are.
    #[track_caller]
    fn refuses(&self, code: i32, message: &str, row: &str) {
        let before = (bytes(self.bench.vault()), bytes(self.bench.pins()));
        for line in ["get A -g", "set A -g --value 3"] {
            let outcome = self.bench.etui(line.split(' ')).mask_times();
            assert_eq!((outcome.code, outcome.text()), (code, ""), "{row}: {line}: {}", outcome.err);
            outcome.says(message);
        }
        assert!((bytes(self.bench.vault()), bytes(self.bench.pins())) == before, "{row}");
    }

    /// The vault is refused as older than the pins.
    #[track_caller]
    fn refuses_older(&self, changes: &str) {
        let vault = self.bench.vault().display().to_string();
        let message = format!(
            "error: {vault} is older than what this laptop has seen: it lacks {changes} that this laptop has seen, the \
             last by alice at WHEN\n \
             hint: restore the newer file, for example with `git pull` or from a backup; or if it was \
             dropped on purpose, as by `git merge --abort`, or is lost: `etui trust`"
        );
        self.refuses(6, &message, changes);
    }

    fn damaged(&self) -> String {
        let path = self.bench.pins().display().to_string();
        format!(
            "error: {path} is not what etui wrote, so nothing can be trusted by it\n \
             hint: restore it from a backup; or if a newer version of etui wrote it, use that one; or start anew, and \
             compare the vault's fingerprint: `mv {path} {path}.bad`"
        )
    }

    /// How often each actor wrote, the largest count first.
    fn counts(&self) -> Vec<u64> {
        let own = Identity::parse_all(&bytes(self.bench.key())).unwrap();
        let text = open(&bytes(self.bench.vault()), &own).unwrap();
        let mut counts: Vec<u64> = vault(split(&text).0).head.clock.iter().map(|(_, count)| count).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        counts
    }
}

/// Repeats the lines from one that begins with `start` up to the next empty line.
fn twice(text: &str, start: &str) -> String {
    let from = text.find(start).unwrap();
    let to = from + text[from..].find("\n\n").unwrap() + 2;
    format!("{}{}{}", &text[..to], &text[from..to], &text[to..])
}

/// The text without the first line that begins with `start`.
fn without(text: &str, start: &str) -> String {
    let from = text.find(&format!("\n{start}")).unwrap() + 1;
    let to = from + text[from..].find('\n').unwrap() + 1;
    format!("{}{}", &text[..from], &text[to..])
}

#[test]
fn a_file_that_this_version_did_not_write_is_refused_and_kept() {
    let laptop = Laptop::new();
    let (good, first_time) = (laptop.pins(), laptop.first_time());
    let message = laptop.damaged();
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from}: {good}");
        good.replacen(from, to, 1).into_bytes()
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let utf16 = || [0xfeff].into_iter().chain(good.encode_utf16()).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let last = good.rfind("\n[").unwrap() + 1;
    let rows = [
        ("empty", text("")),
        ("an empty line", text("\n")),
        ("only its last line", text("# end\n")),
        ("zeros, as after a crash of a file system", vec![0; good.len()]),
        ("cut in the middle", text(&good[..good.len() / 2])),
        ("cut before its last byte", text(&good[..good.len() - 1])),
        ("cut before its last line", text(good.strip_suffix("# end\n").unwrap())),
        ("cut before its last table", text(&good[..last])),
        ("cut before the first vault", text(&good[..good.find("\n[vaults").unwrap() + 1])),
        ("in UTF-16", utf16()),
        ("in Latin-1", [&b"machine = \"\xe9\"\n"[..], good.as_bytes()].concat()),
        ("with the line ends of another system", good.replace('\n', "\r\n").into_bytes()),
        ("twice", format!("{good}{good}").into_bytes()),
        ("an unknown key", replaced("machine = ", "more = 1\nmachine = ")),
        ("an unknown table", replaced("[teams]", "[more]\na = 1\n\n[teams]")),
        ("an unknown key of a vault", replaced("founder = ", "more = 1\nfounder = ")),
        ("an unknown key of a removal", replaced("name = \"ci\"", "more = 1\nname = \"ci\"")),
        ("an unknown key of a checkout", replaced("noted = ", "more = 1\nnoted = ")),
        ("an unknown key of a sealed environment", replaced("context = ", "more = 1\ncontext = ")),
        ("a text for a number", replaced("noted = 0", "noted = \"0\"")),
        ("a number for a text", replaced("by = \"alice\"", "by = 1")),
        ("a text for a list", replaced("roots = []", "roots = \"none\"")),
        ("a negative count", replaced("written = ", "written = -")),
        ("a fraction of a count", replaced("noted = 0", "noted = 0.5")),
        ("a count of no actor", replaced(".clock]\n", ".clock]\nx = ")),
        ("a time that is none", replaced("at = \"20", "at = \"x")),
        ("a name that is none", replaced("acme = ", "\"A cme\" = ")),
        ("a key that is cut", replaced("founder = \"", "founder = \"AA")),
        ("a digest that is cut", replaced("digest = \"", "digest = \"f")),
        ("a signature that is cut", replaced("signature = \"", "signature = \"AA")),
        ("a key twice", replaced("noted = 0", "noted = 0\nnoted = 0")),
        ("a removal twice", twice(&good, "[[vaults.").into_bytes()),
        ("a checkout twice", {
            let from = good.find("file = ").unwrap();
            let from = good[..from].rfind("[[").unwrap();
            let to = from + good[from..].find("\n\n").unwrap() + 2;
            let to = to + good[to..].find("\n\n").unwrap() + 2;
            format!("{}{}{}", &good[..to], &good[from..to], &good[to..]).into_bytes()
        }),
        ("a checkout with an actor and no count", without(&good, "written = ").into_bytes()),
        ("no machine", text(good.split_once('\n').unwrap().1)),
        ("no founder", without(&good, "founder = ").into_bytes()),
        ("no root steps", without(&good, "roots = ").into_bytes()),
        ("no digest", without(&good, "digest = ").into_bytes()),
        ("no links", replaced("[links]", "[links-not]")),
    ];
    for (row, bad) in rows {
        assert!(bad != good.as_bytes(), "{row}");
        laptop.write_pins(&bad);
        laptop.refuses(6, &message, row);
    }
    // Whatever else would use it does not either, and no command makes a new file in its place.
    laptop.write_pins("");
    for line in ["trust -y", "trust --export", "link --accept", "run --sealed sealed.age true", "run true", "audit"] {
        laptop.bench.etui(line.split(' ')).fails(6, &message);
    }
    assert_eq!(laptop.pins(), "");
    laptop.write_pins(&good);
    laptop.get("2").says("");
    // The command of the hint starts anew.
    laptop.write_pins("");
    let path = laptop.bench.pins().display().to_string();
    laptop.bench.sh(&format!("mv {path} {path}.bad; etui get A -g -t acme")).prints("2").says(&first_time);
    laptop.bench.etui(["get", "A", "-g", "-t", "acme"]).prints("2").says("");
}

#[test]
fn a_signature_that_is_not_recorded_yet_is_verified_and_recorded() {
    let laptop = Laptop::new();
    let good = laptop.pins();
    laptop.write_pins(without(&good, "signature = "));
    laptop.get("2").says("");
    assert_eq!(laptop.pins(), good);
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let laptop = Laptop::new();
    let (good, path) = (laptop.pins(), laptop.bench.pins());
    let refused = |why: &str| {
        let message = format!("error: cannot read {}: {why}\n hint: no vault is trusted without it", path.display());
        let before = bytes(laptop.bench.vault());
        for line in ["get A -g", "set A -g --value 3", "trust -y"] {
            laptop.bench.etui(line.split(' ')).fails(1, &message);
        }
        assert!(bytes(laptop.bench.vault()) == before);
    };
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refused("is a directory");
    fs::remove_dir(&path).unwrap();
    std::os::unix::fs::symlink("trust.toml", &path).unwrap();
    refused("too many levels of symbolic links");
    fs::remove_file(&path).unwrap();
    fs::write(&path, good).unwrap();
    laptop.get("2").says("");
}

#[test]
fn a_state_directory_that_is_none_is_an_error() {
    let laptop = Laptop::new();
    let state = laptop.bench.home().join("state");
    fs::rename(&state, laptop.bench.home().join("saved")).unwrap();
    fs::write(&state, "").unwrap();
    let message = format!(
        "error: cannot read {}: not a directory\n hint: no vault is trusted without it",
        laptop.bench.pins().display()
    );
    for line in ["get A -g", "set A -g --value 3"] {
        laptop.bench.etui(line.split(' ')).fails(1, &message);
    }
    fs::remove_file(&state).unwrap();
    fs::rename(laptop.bench.home().join("saved"), &state).unwrap();
    laptop.get("2").says("");
}

#[test]
fn a_lost_file_is_the_first_time_again() {
    for what in ["state/trust.toml", "state/trust.toml.lock", "state"] {
        let laptop = Laptop::new();
        let (first_time, before) = (laptop.first_time(), laptop.counts());
        let lost = laptop.bench.home().join(what);
        if lost.is_dir() { fs::remove_dir_all(lost) } else { fs::remove_file(lost) }.unwrap();
        if what.ends_with(".lock") {
            laptop.get("2").says("");
            laptop.set("3").says("updated A in team acme");
            assert_eq!(laptop.counts(), [before[0] + 1], "nothing was lost");
            continue;
        }
        // The accepted link is lost too, and asked for again.
        laptop.bench.etui(["get", "A"]).fails(
            2,
            &format!(
                "error: the link {} has not been accepted on this machine\n \
                 hint: read it, then accept it: `etui link --accept`; or name the vault and the section yourself: \
                 `-t TEAM -p PROJECT`",
                laptop.bench.work().join(".etui.toml").display()
            ),
        );
        let get = |value: &str| laptop.bench.etui(["get", "A", "-g", "-t", "acme"]).prints(value);
        get("2").says(&first_time);
        get("2").says("");
        // Writes count for a new actor: the old one may have written more than this file shows.
        laptop.bench.etui(["set", "A", "-g", "--value", "3", "-t", "acme"]).ok().says("updated A in team acme");
        assert_eq!(laptop.counts(), [before[0], 1], "{what}");
        // Older vaults are refused from now on, and the removal is known from the vault itself.
        let newest = bytes(laptop.bench.vault());
        laptop.write_vault(&laptop.first.0);
        assert_eq!(laptop.bench.etui(["get", "A", "-g", "-t", "acme"]).code, 6);
        laptop.write_vault(&newest);
        assert!(laptop.pins().contains("name = \"ci\""));
    }
}

#[test]
fn without_the_file_an_older_vault_is_accepted_as_found() {
    let laptop = Laptop::new();
    let (first_time, newer) = (laptop.first_time(), bytes(laptop.bench.vault()));
    fs::remove_file(laptop.bench.pins()).unwrap();
    laptop.write_vault(&laptop.first.0);
    let get = |value: &str| laptop.bench.etui(["get", "A", "-g", "-t", "acme"]).prints(value);
    get("1").says(&first_time);
    laptop.write_vault(&newer);
    get("2").says("note: members of team acme changed since this laptop last looked: ci was removed");
    laptop.write_vault(&laptop.first.0);
    assert_eq!(laptop.bench.etui(["get", "A", "-g", "-t", "acme"]).code, 6);
}

#[test]
fn pins_from_a_backup_refuse_what_is_older_than_the_backup() {
    let laptop = Laptop::new();
    let backup = laptop.pins();
    let versions: Vec<Vec<u8>> = ["3", "4", "5"]
        .map(|value| {
            laptop.set(value);
            bytes(laptop.bench.vault())
        })
        .into();
    let before = laptop.counts();
    // A version between the backup and the newest one passes, until the newest one was seen again.
    laptop.write_pins(&backup);
    laptop.write_vault(&laptop.first.0);
    laptop.refuses_older("2 changes");
    laptop.write_vault(&versions[0]);
    laptop.get("3").says("");
    laptop.write_vault(&versions[2]);
    laptop.get("5").says("");
    laptop.write_vault(&versions[0]);
    laptop.refuses_older("2 changes");
    // The file counts more writes than the backup does, so this laptop writes as somebody new.
    laptop.write_pins(&backup);
    laptop.write_vault(&versions[2]);
    laptop.set("6").says("updated A in team acme");
    assert_eq!(laptop.counts(), [before[0], 1]);
    // A removal that the backup does not know is learned from the vault, and said once.
    laptop.write_pins(&laptop.first.1);
    laptop.get("6").says("note: members of team acme changed since this laptop last looked: ci was removed");
    laptop.get("6").says("");
    assert!(laptop.pins().contains("name = \"ci\""));
}

#[test]
fn a_restore_beside_writers_leaves_one_whole_file_and_every_write() {
    let laptop = Laptop::new();
    let (backup, saved) = (laptop.pins(), laptop.bench.home().join("saved.toml"));
    std::thread::scope(|threads| {
        for name in ["B", "C"] {
            let bench = &laptop.bench;
            threads.spawn(move || {
                for time in 0..6 {
                    let name = format!("{name}_{time}");
                    bench.etui(["set", &name, "-g", "--value", "x", "--lock-timeout", "60"]).ok();
                }
            });
        }
        threads.spawn(|| {
            for _ in 0..6 {
                fs::write(&saved, &backup).unwrap();
                fs::set_permissions(&saved, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
                fs::rename(&saved, laptop.bench.pins()).unwrap();
                laptop.get("2").says("");
            }
        });
    });
    assert_eq!(laptop.bench.etui(["list", "-g"]).ok().says("").text().lines().count(), 13);
    laptop.set("3").says("updated A in team acme");
    laptop.get("3").says("");
}

#[test]
fn many_readers_and_writers_at_once_leave_one_whole_file() {
    let bench = Bench::acme();
    bench.etui(["init", "umbrella", "--as", "alice"]).ok();
    let teams = ["acme", "umbrella"];
    for team in teams {
        bench.set("A", "1", &["-g", "-t", team]);
    }
    std::thread::scope(|threads| {
        for thread in 0..32 {
            let bench = &bench;
            threads.spawn(move || {
                let team = teams[thread / 2 % 2];
                let outcome = match thread % 2 {
                    0 => bench.etui([
                        "set",
                        &format!("A_{thread}"),
                        "-g",
                        "--value",
                        "x",
                        "-t",
                        team,
                        "--lock-timeout",
                        "120",
                    ]),
                    _ => bench.etui(["get", "A", "-g", "-t", team, "--lock-timeout", "120"]),
                };
                let said = if thread % 2 == 0 { format!("created A_{thread} in team {team}") } else { String::new() };
                outcome.ok().says(&said);
            });
        }
    });
    // It holds the last write of both vaults: nothing is left to record.
    let pins = bytes(bench.pins());
    for team in teams {
        let listed = bench.etui(["list", "-g", "-t", team]).ok().says("");
        assert_eq!(listed.text().lines().count(), 9, "{team}");
    }
    assert!(bytes(bench.pins()) == pins);
    let left = crate::bench::names(bench.home().join("state"));
    assert_eq!(left, ["trust.toml", "trust.toml.lock"]);
}

/// The pins as another machine would have written them.
fn of_another_machine(pins: &str) -> String {
    let (own, rest) = pins.split_once('\n').unwrap();
    assert!(own.starts_with("machine = \""), "{own}");
    format!("machine = \"00f1e2d3c4b5a697\"\n{rest}")
}

#[test]
fn pins_copied_to_another_laptop_refuse_what_is_old_and_write_as_somebody_new() {
    let laptop = Laptop::new();
    let before = laptop.counts();
    laptop.write_pins(of_another_machine(&laptop.pins()));
    let newer = bytes(laptop.bench.vault());
    laptop.write_vault(&laptop.first.0);
    laptop.refuses_older("2 changes");
    laptop.write_vault(&newer);
    laptop.get("2").says("");
    laptop.set("3").says("updated A in team acme");
    laptop.set("4").says("updated A in team acme");
    assert_eq!(laptop.counts(), [before[0], 2]);
    assert!(!laptop.pins().starts_with("machine = \"00f1e2d3c4b5a697\""), "the file is of this laptop now");
    // Its removals, its team and its vault are known too.
    let other = Bench::acme();
    laptop.write_pins(of_another_machine(&laptop.pins()));
    laptop.write_vault(&bytes(other.vault()));
    assert_eq!(laptop.bench.etui(["get", "A", "-g"]).code, 5, "another vault, which this key does not open");
}

/// A second machine with a copy of everything, and with the same machine id, as of a virtual machine.
fn clone_of(laptop: &Laptop) -> Laptop {
    let bench = Bench::new();
    fs::create_dir(bench.home()).unwrap();
    Outcome::from(Command::new("cp").arg("-rpT").args([laptop.bench.home(), bench.home()]).output().unwrap()).ok();
    let clone = Laptop { bench, first: laptop.first.clone() };
    // As if it had the same path.
    let [here, there] = [laptop, &clone].map(|laptop| laptop.bench.home().display().to_string());
    clone.write_pins(clone.pins().replace(&here, &there));
    clone
}

#[test]
fn a_clone_of_the_machine_is_noticed_by_the_counts_of_its_writes() {
    // Both wrote once: the counts are equal, the contents are not.
    let laptop = Laptop::new();
    let clone = clone_of(&laptop);
    laptop.set("here");
    clone.set("there");
    let (here, there) = (bytes(laptop.bench.vault()), bytes(clone.bench.vault()));
    for (laptop, other) in [(&laptop, &there), (&clone, &here)] {
        laptop.write_vault(other);
        let vault = laptop.bench.vault().display().to_string();
        let message = format!(
            "error: {vault}, written by alice, lacks 1 change that this laptop has seen, the last by alice at WHEN\n \
             hint: restore the newer file, for example with `git pull` or from a backup; or if it was \
             dropped on purpose, as by `git merge --abort`, or is lost: `etui trust`"
        );
        laptop.refuses(6, &message, "a clone");
    }

    // Only the clone wrote: its writes count for the common actor, and this laptop goes on as somebody new.
    let laptop = Laptop::new();
    let (clone, before) = (clone_of(&laptop), laptop.counts());
    clone.set("3");
    clone.set("4");
    laptop.write_vault(&bytes(clone.bench.vault()));
    laptop.get("4").says("");
    laptop.set("5").says("updated A in team acme");
    assert_eq!(laptop.counts(), [before[0] + 2, 1]);
    // From then on the two are told apart, whatever each of them counts.
    clone.set("6");
    let clones = bytes(clone.bench.vault());
    laptop.write_vault(&clones);
    assert_eq!(laptop.bench.etui(["get", "A", "-g"]).code, 6);
}

#[test]
fn a_clone_that_wrote_more_often_replaces_what_this_laptop_wrote() {
    // The limit of all this: nothing in the counts shows that a change is lost. SECURITY.md says so.
    let laptop = Laptop::new();
    let clone = clone_of(&laptop);
    laptop.set("here");
    clone.set("there");
    clone.set("there again");
    laptop.write_vault(&bytes(clone.bench.vault()));
    laptop.get("there again").says("");
}

#[test]
fn links_are_not_accepted_where_that_cannot_be_recorded() {
    let laptop = Laptop::new();
    let lock = laptop.bench.home().join("state/trust.toml.lock");
    fs::write(laptop.bench.work().join(".etui.toml"), "team = \"acme\"\nproject = \"api\"\n").unwrap();
    fs::remove_file(&lock).unwrap();
    fs::create_dir(&lock).unwrap();
    let before = laptop.pins();
    laptop
        .bench
        .etui(["link", "--accept"])
        .fails(1, &format!("error: cannot write {}: is a directory\n hint: nothing was changed", lock.display()));
    assert_eq!(laptop.pins(), before);
    assert_eq!(laptop.bench.etui(["get", "A"]).code, 2);
}

/// Runs etui without the right of root to read and write everything.
fn as_plain_user(bench: &Bench, line: &str) -> Outcome {
    let mut command = Command::new("setpriv");
    bench.as_user(&mut command).args(["--bounding-set=-all", "--inh-caps=-all", env!("CARGO_BIN_EXE_etui")]);
    Outcome::from(command.args(line.split(' ')).output().expect("setpriv")).mask_times()
}

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
#[ignore = "needs root and util-linux"]
fn a_file_without_permission_is_an_error_and_a_directory_without_it_a_warning() {
    let laptop = Laptop::new();
    let (pins, state) = (laptop.bench.pins(), laptop.bench.home().join("state"));
    for (path, denied, granted) in [(&pins, 0o000, 0o600), (&state, 0o000, 0o700)] {
        mode(path, denied);
        let message =
            format!("error: cannot read {}: permission denied\n hint: no vault is trusted without it", pins.display());
        for line in ["get A -g", "set A -g --value 3", "trust -y"] {
            as_plain_user(&laptop.bench, line).fails(1, &message);
        }
        mode(path, granted);
        laptop.get("2").says("");
    }

    // The pins are read, so that they still protect, and what is new is not recorded.
    mode(&state, 0o500);
    let before = laptop.pins();
    let warning = format!(
        "warning: what was seen of this vault is not recorded: cannot write {}: permission denied",
        pins.display()
    );
    as_plain_user(&laptop.bench, "get A -g").prints("2").says("");
    as_plain_user(&laptop.bench, "set A -g --value 3").ok().says(&format!("{warning}\nupdated A in team acme"));
    as_plain_user(&laptop.bench, "get A -g").prints("3").says(&warning);
    let newer = bytes(laptop.bench.vault());
    laptop.write_vault(&laptop.first.0);
    assert_eq!(as_plain_user(&laptop.bench, "get A -g").code, 6);
    assert_eq!(laptop.pins(), before);
    laptop.write_vault(&newer);
    mode(&state, 0o700);
    laptop.get("3").says("");
    laptop.get("3").says("");
}

/// Mounts something over the state directory, with the same files in it, and runs a script.
fn mounted(laptop: &Laptop, options: &str, script: &str) -> Outcome {
    let mount = format!(
        r#"set -e; state="$ETUI_HOME/state"; cp -rp "$state" saved
        mount -t tmpfs -o mode=700,size=64k none "$state"; cp -rp saved/* "$state"
        {options}
        set +e; {script}"#
    );
    let mut command = Command::new("unshare");
    laptop.bench.as_user(&mut command).args(["-rm", "sh", "-c", &mount, env!("CARGO_BIN_EXE_etui")]);
    Outcome::from(command.output().expect("unshare")).mask_times()
}

#[test]
#[ignore = "needs unshare"]
fn a_full_disk_and_a_read_only_one_are_a_warning() {
    for (options, why) in [
        (r#"mount -o remount,ro "$state""#, "read-only file system"),
        (r#"dd if=/dev/zero of="$state/fill" bs=1k 2>/dev/null && exit 99 || true"#, "no space left on device"),
    ] {
        let laptop = Laptop::new();
        let old = laptop.bench.work().join("old.age");
        fs::write(&old, &laptop.first.0).unwrap();
        let warning = format!(
            "warning: what was seen of this vault is not recorded: cannot write {}: {why}",
            laptop.bench.pins().display()
        );
        // The vault is elsewhere and is written. The pins stay whole, and refuse an older vault.
        let script = r#"
            "$0" get A -g; echo; "$0" set A -g --value 3; "$0" get A -g; echo
            cmp saved/trust.toml "$state/trust.toml"; ls -A "$state" | grep -v fill
            cp old.age "$ETUI_HOME/acme.age"; "$0" get A -g 2>/dev/null; echo $?
        "#;
        let outcome = mounted(&laptop, options, script);
        outcome
            .exits(0, "2\n3\ntrust.toml\ntrust.toml.lock\n6\n")
            .says(&format!("{warning}\nupdated A in team acme\n{warning}"));
    }
}

#[test]
#[ignore = "needs root"]
fn a_state_directory_that_another_user_put_there_is_refused() {
    use std::os::unix::fs::{chown, lchown, symlink};
    const OTHER: u32 = 65534;
    let laptop = Laptop::new();
    let (state, planted) = (laptop.bench.home().join("state"), laptop.bench.work().join("planted"));
    // Its own pins, which trust whatever it wants.
    fs::create_dir(&planted).unwrap();
    fs::write(planted.join("trust.toml"), &laptop.first.1).unwrap();
    for path in [&planted, &planted.join("trust.toml")] {
        chown(path, Some(OTHER), Some(OTHER)).unwrap();
    }
    fs::rename(&state, laptop.bench.home().join("saved")).unwrap();
    symlink(&planted, &state).unwrap();
    lchown(&state, Some(OTHER), Some(OTHER)).unwrap();
    let shown = state.display();
    let message = format!(
        "error: {shown} belongs to another user, who could decide whom this laptop trusts\n \
         hint: if you know what is in it: `sudo chown 0 {shown}`"
    );
    laptop.write_vault(&laptop.first.0);
    laptop.refuses(1, &message, "a link");
    fs::remove_file(&state).unwrap();
    // A directory of its own in the place of this user's.
    fs::rename(&planted, &state).unwrap();
    laptop.refuses(1, &message, "a directory");
    fs::remove_dir_all(&state).unwrap();
    fs::rename(laptop.bench.home().join("saved"), &state).unwrap();
    laptop.refuses_older("2 changes");
}
