//! The program for Linux is static. It needs no library and no file of the system that it runs on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Outcome, names};
use crate::terminal::driver::Terminal;

const TOKEN: &str = "tk_9fK2mQ8sLw3TxY7z";

const NO_HOME: &str = "error: `HOME` is not set\n \
                       hint: set `HOME`, or set `ETUI_HOME` to a directory for etui alone";

/// Where the parts of a 64-bit program are, and what it says about libraries (elf(5)).
struct Elf {
    kind: u64,
    /// The type and the extent of each part.
    parts: Vec<(u64, usize, usize)>,
    /// The tags of the entries for the dynamic linker.
    tags: Vec<u64>,
}

impl Elf {
    /// It can be loaded at any address.
    const RELOCATABLE: u64 = 3;
    const DYNAMIC: u64 = 2;
    /// The path of the program that loads this one.
    const INTERPRETER: u64 = 3;
    /// The name of a library.
    const NEEDED: u64 = 1;

    fn read(path: &Path) -> Elf {
        let file = fs::read(path).unwrap();
        let number = |at: usize, size: usize| {
            let mut bytes = [0; 8];
            bytes[..size].copy_from_slice(&file[at..at + size]);
            u64::from_le_bytes(bytes)
        };
        assert_eq!(file[..6], *b"\x7fELF\x02\x01", "a 64-bit program, little-endian");
        let (table, size, count) = (number(32, 8) as usize, number(54, 2) as usize, number(56, 2) as usize);
        let headers = (0..count).map(|part| table + part * size);
        let parts: Vec<_> = headers
            .map(|header| (number(header, 4), number(header + 8, 8) as usize, number(header + 32, 8) as usize))
            .collect();
        let dynamic = parts.iter().filter(|(kind, ..)| *kind == Elf::DYNAMIC);
        let tags = dynamic.flat_map(|(_, start, length)| (*start..start + length).step_by(16));
        let tags = tags.map(|entry| number(entry, 8)).take_while(|tag| *tag != 0).collect();
        Elf { kind: number(16, 2), parts, tags }
    }
}

#[test]
#[cfg(target_env = "gnu")]
fn the_program_is_static_and_its_addresses_are_random() {
    let Elf { kind, parts, tags } = Elf::read(Path::new(env!("CARGO_BIN_EXE_etui")));
    let interpreters = parts.iter().filter(|(kind, ..)| *kind == Elf::INTERPRETER).count();
    let libraries = tags.iter().filter(|tag| **tag == Elf::NEEDED).count();
    let why = "`.cargo/config.toml` makes it so; RUSTFLAGS, if set, replaces the flags there";
    assert_eq!((interpreters, libraries, kind), (0, 0, Elf::RELOCATABLE), "{why}");
    // The test itself is right about programs that are not static.
    let Elf { parts, tags, .. } = Elf::read(&fs::canonicalize("/bin/sh").unwrap());
    if parts.iter().any(|(kind, ..)| *kind == Elf::INTERPRETER) {
        assert!(tags.contains(&Elf::NEEDED));
    }
}

#[test]
fn odd_locales_change_nothing() {
    let bench = Bench::linked();
    bench.set("TOKEN", TOKEN, &["-g"]);
    for arguments in [&["list"][..], &["status"], &["resolve"], &["get", "NONE"], &["set", "--help"]] {
        let plain = bench.etui(arguments).mask_times();
        for locale in
            ["C", "POSIX", "de_DE.UTF-8", "xx_YY.ISO-8859-15@euro", "../../../etc/passwd", "/", "", "é🦀", "%n"]
        {
            let variables = ["LANG", "LC_ALL", "LC_MESSAGES", "LANGUAGE"].map(|name| (name, locale));
            let other = bench.with(&variables, arguments).mask_times();
            assert_eq!((other.code, other.text(), &other.err), (plain.code, plain.text(), &plain.err), "{locale}");
        }
    }
}

#[test]
fn a_terminal_may_have_one_column_and_no_type() {
    let bench = Bench::linked();
    bench.set("TOKEN", TOKEN, &["-g"]);
    for arguments in [&["list"][..], &["status"], &["--help"], &["scan", "--help"], &["get", "TOKEN"]] {
        let mut command = bench.command(arguments);
        let mut terminal = Terminal::script(r#"read -r go; "$@""#, command.env_remove("TERM"));
        terminal.resizes(1, 1).types("\r");
        let ended = terminal.ends();
        assert!(ended.code == 0 && ended.screen.len() > 8, "{arguments:?}: {ended:?}");
    }
    let mut terminal = Terminal::script(r#"read -r go; "$@""#, bench.command(["set", "NEW", "-g"]).env_remove("TERM"));
    terminal.resizes(1, 1).types("\r").asks_hidden("NEW").types("value of new\r");
    assert_eq!(terminal.ends().code, 0);
    bench.etui(["get", "NEW", "-g"]).prints("value of new");
}

/// A directory that is all there is: the program, and what a test puts there.
struct Root {
    bench: Bench,
    path: PathBuf,
}

impl Root {
    fn new(bench: Bench) -> Root {
        let path = bench.work().join("root");
        fs::create_dir(&path).unwrap();
        fs::copy(env!("CARGO_BIN_EXE_etui"), path.join("etui")).unwrap();
        Root { bench, path }
    }

    /// Runs the program there as root of a user namespace, with these variables alone.
    fn etui(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Outcome {
        let mut command = Command::new("unshare");
        command.args(["--user", "--map-root-user", "chroot"]).arg(&self.path).arg("/etui").args(arguments);
        self.bench.as_user(&mut command).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        Outcome::from(command.envs(variables.iter().copied()).output().expect("unshare"))
    }
}

#[test]
#[ignore = "needs unshare"]
fn runs_where_there_is_nothing_else() {
    let bench = Bench::acme();
    bench.set("TOKEN", TOKEN, &["-g"]);
    let root = Root::new(bench);
    fs::create_dir(root.path.join("home")).unwrap();
    for file in ["acme.age", "identity.txt"] {
        fs::copy(root.bench.home().join(file), root.path.join("home").join(file)).unwrap();
    }
    let etui = |arguments: &[&str]| root.etui(&[("ETUI_HOME", "/home")], arguments);

    let version = concat!("etui ", env!("CARGO_PKG_VERSION"), "\n");
    etui(&["--version"]).prints(version).says("");
    let first = etui(&["resolve", "-g"]);
    assert_eq!((first.code, first.text()), (0, &*format!("TOKEN={TOKEN}\n")), "{}", first.err);
    etui(&["get", "TOKEN", "-g"]).prints(TOKEN).says("");
    etui(&["set", "TOKEN", "-g", "--value", "another value"]).prints("").says("updated TOKEN in team acme");
    etui(&["get", "TOKEN", "-g"]).prints("another value").says("");
    etui(&["run", "-g", "--", "/etui", "--version"]).prints(version).says("");
    etui(&["run", "-g", "--", "true"]).fails(127, "error: true: command not found");
    etui(&["scan", "--staged"])
        .fails(1, "error: git: git is not installed\n hint: install git, for example with your package manager");
    // Nobody can be asked.
    etui(&["set", "NEW", "-g"]).fails(
        2,
        "error: no value for NEW\n \
         hint: for an empty value on purpose: `etui set NEW -g --value ''`",
    );
    etui(&["purge", "TOKEN", "-g"]).fails(2, "error: `purge` needs confirmation\n hint: run it again with `-y`");
    assert_eq!(names(&root.path), ["etui", "home"]);
}

#[test]
#[ignore = "needs unshare"]
fn asks_no_name_service_for_a_home() {
    let root = Root::new(Bench::new());
    fs::create_dir(root.path.join("etc")).unwrap();
    // glibc would load the libraries of these services.
    fs::write(root.path.join("etc/nsswitch.conf"), "passwd: sss ldap systemd files\n").unwrap();
    fs::write(root.path.join("etc/passwd"), "root:x:0:0::/r:/bin/sh\n").unwrap();
    let init = &["init", "acme", "--as", "alice"];
    root.etui(&[], init).fails(1, NO_HOME);
    root.etui(&[("HOME", "")], init).fails(1, NO_HOME);
    assert_eq!(names(&root.path), ["etc", "etui"]);
    root.etui(&[("HOME", "/r")], init).ok();
    assert_eq!(names(root.path.join("r/.local/share/etui")), ["acme.age", "acme.age.lock"]);
    assert_eq!(names(root.path.join("r/.config/etui")), ["identity.txt"]);
}
