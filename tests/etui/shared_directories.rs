//! What other users of the machine put in the way: symbolic links and pipes in directories like `/tmp`, pipes
//! and devices in the place of files, and pins that they can change.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Outcome, bytes, names};

/// Another user, and one more.
const OTHER: u32 = 65534;
const THIRD: u32 = 65533;

fn mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn mkfifo(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// A directory like `/tmp`, in the working directory.
fn shared(bench: &Bench) -> PathBuf {
    let shared = bench.work().join("shared");
    fs::create_dir(&shared).unwrap();
    mode(&shared, 0o1777);
    shared
}

/// Puts a link of another user there.
fn plant(to: &str, link: &Path) {
    symlink(to, link).unwrap();
    lchown(link, Some(OTHER), Some(OTHER)).unwrap();
}

fn trap(path: &Path) -> String {
    format!("{} belongs to another user, in a directory that everyone can write to", path.display())
}

#[test]
#[ignore = "needs root"]
fn nothing_is_written_through_a_link_or_pipe_of_another_user_in_a_shared_directory() {
    let bench = Bench::acme();
    bench.set("A", "secret", &["-g"]);
    let shared = shared(&bench);
    fs::create_dir(bench.work().join("private")).unwrap();
    let [link, own, directory, pipe] = ["link", "own", "directory", "pipe"].map(|name| shared.join(name));
    plant("../private/victim", &link);
    plant("../private", &directory);
    mkfifo(&pipe);
    chown(&pipe, Some(OTHER), None).unwrap();
    // The link of the user leads to that of another one.
    symlink("link", &own).unwrap();

    let through = directory.join("new");
    let refuses = |verb: &str, path: &Path, trapped: &Path| {
        let hint = match verb {
            "read" => format!("see who may read it: `ls -l {}`", path.display()),
            _ => format!("nothing was changed; see who may write there: `ls -ld {}`", path.parent().unwrap().display()),
        };
        format!("error: cannot {verb} {}: {}\n hint: {hint}", path.display(), trap(trapped))
    };
    for (path, trapped) in [(&link, &link), (&own, &link), (&through, &directory), (&pipe, &pipe)] {
        let (file, refused) = (path.to_str().unwrap(), refuses("write", path, trapped));
        bench.etui(["resolve", "-g", "-o", file]).fails(1, &refused);
        bench.etui(["key", "passphrase", "-i", file]).fails(1, &refused);
        if path != &pipe {
            bench.etui(["init", "beta", "--vault", file]).fails(1, &refused);
        }
    }
    for through in [through, directory.join("new/key")] {
        let refused = refuses("write", &through, &directory);
        bench.etui(["key", "new", "--output", through.to_str().unwrap()]).fails(1, &refused);
    }
    assert_eq!(bench.etui(["key", "new", "--output", link.to_str().unwrap()]).code, 4);
    assert_eq!(names(bench.work().join("private")), [""; 0]);

    let vault = shared.join("vault.age");
    plant("../../home/acme.age", &vault);
    let before = bytes(bench.vault());
    for arguments in [&["get", "A", "-g"][..], &["list", "-g"], &["set", "A", "-g", "--value", "1"]] {
        let verb = if arguments[0] == "set" { "write" } else { "read" };
        let named = ["--vault", vault.to_str().unwrap()];
        bench.etui(arguments.iter().chain(&named)).fails(1, &refuses(verb, &vault, &vault));
    }
    assert_eq!(bytes(bench.vault()), before);
}

#[test]
#[ignore = "needs root"]
fn links_of_the_user_or_of_the_owner_of_the_directory_are_followed() {
    let bench = Bench::acme();
    bench.set("A", "secret", &["-g"]);
    let shared = shared(&bench);
    let write = |name: &str| bench.etui(["resolve", "-g", "-o", shared.join(name).to_str().unwrap()]);
    symlink("../own", shared.join("own")).unwrap();
    write("own").prints("").says("");
    plant("../owner", &shared.join("owner"));
    chown(&shared, Some(OTHER), None).unwrap();
    write("owner").prints("").says("");
    chown(&shared, Some(THIRD), None).unwrap();
    assert_eq!(write("owner").code, 1);
    // Where not everyone can write, links of others are as good as any.
    mode(&shared, 0o1775);
    plant("../unshared", &shared.join("unshared"));
    write("unshared").prints("").says("");
    for name in ["own", "owner", "unshared"] {
        assert_eq!(bytes(bench.work().join(name)), b"A=secret\n", "{name}");
    }
}

#[test]
fn pins_that_others_can_write_are_refused_with_the_command_to_fix_it() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    let state = bench.home().join("state");
    for (path, bad, good) in [
        (bench.pins(), vec![0o666, 0o620, 0o602], vec![0o644, 0o600]),
        (state, vec![0o777, 0o770, 0o702], vec![0o1777, 0o755, 0o700]),
    ] {
        let shown = path.display();
        let refused = format!(
            "error: others can write {shown}, and so decide whom this laptop trusts\n hint: `chmod go-w {shown}`"
        );
        for bad in bad {
            mode(&path, bad);
            let before = (bytes(bench.pins()), bytes(bench.vault()));
            for arguments in [&["get", "A", "-g"][..], &["set", "A", "-g", "--value", "2"], &["trust", "-y"]] {
                bench.etui(arguments).fails(1, &refused);
            }
            assert!((bytes(bench.pins()), bytes(bench.vault())) == before, "{bad:o}");
        }
        for good in good {
            mode(&path, good);
            bench.etui(["get", "A", "-g"]).prints("1").says("");
        }
    }
    bench.sh(&format!("chmod 666 {0}; chmod go-w {0}; etui get A -g", bench.pins().display())).prints("1");
}

#[test]
#[ignore = "needs root"]
fn pins_of_another_user_are_refused() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    for path in [bench.pins(), bench.home().join("state")] {
        chown(&path, Some(OTHER), None).unwrap();
        let shown = path.display();
        bench.etui(["get", "A", "-g"]).fails(
            1,
            &format!(
                "error: {shown} belongs to another user, who could decide whom this laptop trusts\n \
                 hint: if you know what is in it: `sudo chown 0 {shown}`"
            ),
        );
        chown(&path, Some(0), None).unwrap();
        bench.etui(["get", "A", "-g"]).prints("1").says("");
    }
}

#[test]
fn pins_that_are_no_file_are_refused_without_waiting() {
    let bench = Bench::acme();
    let pins = bench.pins();
    for (make, why) in [
        (&mkfifo as &dyn Fn(&Path), "not a file"),
        (&|pins: &Path| symlink("/dev/zero", pins).unwrap(), "not a file"),
        (&|pins: &Path| fs::File::create(pins).unwrap().set_len(1 << 40).unwrap(), "more than 67108864 bytes"),
    ] {
        fs::remove_file(&pins).unwrap();
        make(&pins);
        let refused = format!("error: cannot read {}: {why}\n hint: no vault is trusted without it", pins.display());
        bench.etui(["list", "-g"]).fails(1, &refused);
    }
}

#[test]
fn a_key_comes_through_a_pipe_and_no_further_than_its_limit() {
    let bench = Bench::acme();
    bench.set("A", "1", &["-g"]);
    bench.sh("mkfifo pipe; cat ../home/identity.txt > pipe & etui -i pipe get A -g").prints("1").says("");
    bench
        .sh("mkfifo none; yes > none & ETUI_KEY_FILE=none etui get A -g")
        .fails(1, &format!("error: cannot read {}: more than 1048576 bytes", bench.work().join("none").display()));
}

#[test]
fn a_relative_home_is_refused_and_relative_platform_directories_are_ignored() {
    let bench = Bench::acme();
    let at = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = bench.command(arguments);
        Outcome::from(command.env_remove("ETUI_HOME").envs(variables.iter().copied()).output().unwrap())
    };
    let refused = "error: `HOME` is not an absolute path\n \
                   hint: set `HOME`, or set `ETUI_HOME` to a directory for etui alone";
    for home in ["home", ".", "./home", "~"] {
        at(&[("HOME", home)], &["list", "-g"]).fails(1, refused);
        at(&[("HOME", home)], &["init", "beta"]).fails(1, refused);
    }
    assert_eq!(names(bench.work()), [""; 0]);

    let home = bench.work().parent().unwrap().join("person");
    let relative = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"].map(|name| (name, "relative"));
    let variables = [&relative[..], &[("HOME", home.to_str().unwrap())]].concat();
    at(&variables, &["init", "beta"]).ok();
    assert_eq!((names(bench.work()), home.exists()), (vec![], true));
}
