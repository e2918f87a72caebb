//! The law between the rooms of the house (STYLE.md): who may know whom, who may touch disk, clock, chance
//! and terminal, and what stands nowhere.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may know: those below it. `error` has its own place: it knows the
/// layers' errors, and is known where they are told.
const LAW: &[(&str, &[&str])] = &[
    ("main", &["cli", "commands", "error", "harden", "ui", "vault"]),
    ("words", &[]),
    ("harden", &[]),
    ("lib", &[]),
    ("cli", &["commands", "error", "ui", "git", "guard", "formats", "store", "keys", "vault", "words"]),
    ("commands", &["error", "ui", "git", "guard", "formats", "store", "keys", "vault", "words"]),
    ("ui", &["error", "vault", "words"]),
    ("error", &["git", "guard", "formats", "store", "keys", "vault", "words"]),
    ("git", &["store", "keys", "vault"]),
    ("guard", &["store", "keys", "vault"]),
    ("formats", &["vault", "words"]),
    ("store", &["vault"]),
    ("keys", &["vault"]),
    ("vault", &[]),
];

/// What each of these rooms does without; a path stands for all that begins with it.
const WITHOUT: &[(&str, &[&str])] = &[
    (
        "vault",
        &[
            "std::fs",
            "std::io",
            "std::env",
            "std::process",
            "std::net",
            "std::os",
            "std::thread",
            "std::time::SystemTime",
            "std::time::Instant",
            "SystemTime",
            "Instant",
            "rand",
            "getrandom",
            "OsRng",
            "jiff::Timestamp::now",
            "jiff::Zoned::now",
            "Timestamp::now",
            "Zoned::now",
            "rustix",
            "fs2",
            "tempfile",
            "directories",
            "rpassword",
            "signal_hook",
            "clap",
            "age",
        ],
    ),
    (
        "keys",
        &["std::fs", "std::env", "std::process", "std::net", "tempfile", "fs2", "directories", "rpassword", "clap"],
    ),
    ("store", &["age", "ed25519_dalek", "hkdf", "rpassword", "clap", "std::process::Command"]),
    ("formats", &["std::fs", "std::io", "std::env", "std::process", "std::net", "rpassword"]),
];

/// What prints; only `ui` may, and `main`, before there is one.
const PRINTING: &[&str] =
    &["println!", "eprintln!", "print!", "eprint!", "std::io::stdout", "std::io::stderr", "io::stdout", "io::stderr"];

/// What stands nowhere: each hides a failure, or skips the wiping of values.
const NOWHERE: &[&str] = &[
    ".unwrap",
    "Option::unwrap",
    "Result::unwrap",
    "unsafe",
    "todo!",
    "unimplemented!",
    "dbg!",
    "panic!",
    "std::process::exit",
    "process::exit",
    "std::process::abort",
    "process::abort",
    "std::mem::forget",
    "mem::forget",
];

/// The longest that one noun is.
const LONG: usize = 320;

/// The files that are longer, and why.
const LONGER: &[(&str, &str)] = &[("error/words.rs", "the one table that makes the words of every error")];

/// A source file.
struct File {
    /// Below `src`, with `/`.
    path: String,
    /// The room that it is in.
    room: String,
    /// How many modules deep it is: 1 for the room itself.
    depth: usize,
    text: String,
    used: Vec<String>,
}

fn files() -> Vec<File> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    walk(&source, &mut paths);
    paths.sort();
    let file = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let below = path.strip_prefix(&source).unwrap();
        let modules: Vec<String> = below
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .filter(|part| part != "mod")
            .collect();
        let used = source::uses(&text);
        File { path: below.to_str().unwrap().to_owned(), room: modules[0].clone(), depth: modules.len(), text, used }
    };
    // A file of tests alone is under the law of tests; the console's page is no Rust.
    let is_ours = |path: &PathBuf| path.extension().is_some_and(|kind| kind == "rs") && !path.ends_with("tests.rs");
    paths.into_iter().filter(is_ours).map(file).collect()
}

impl File {
    /// The rooms that it knows, with the path that says so.
    fn knows(&self) -> Vec<(&str, &str)> {
        let mut known = Vec::new();
        for path in &self.used {
            let mut parts = path.split("::").peekable();
            let mut up = 0;
            while parts.next_if_eq(&"super").is_some() {
                up += 1;
            }
            let from_root = match (up, parts.peek()) {
                (0, Some(&"crate" | &"etui")) => parts.next().is_some(),
                (0, _) => false,
                _ => up >= self.depth,
            };
            if let Some(room) = parts.next().filter(|_| from_root) {
                known.push((room, path.as_str()));
            }
        }
        known
    }

    /// Which of the paths it uses.
    fn uses_of<'f>(&'f self, forbidden: &'f [&str]) -> impl Iterator<Item = &'f str> {
        let begins =
            |path: &str, with: &str| path == with || path.strip_prefix(with).is_some_and(|rest| rest.starts_with("::"));
        self.used.iter().map(String::as_str).filter(move |path| forbidden.iter().any(|with| begins(path, with)))
    }
}

/// Nothing breaks the law; or all that does, a line each.
#[track_caller]
fn none(broken: impl IntoIterator<Item = String>) {
    let broken: Vec<String> = broken.into_iter().collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn every_room_knows_only_those_below_it() {
    let mut broken = Vec::new();
    for file in files() {
        let Some((_, below)) = LAW.iter().find(|(room, _)| *room == file.room) else {
            broken.push(format!("{}: the room {} has no place in the law", file.path, file.room));
            continue;
        };
        for (room, path) in file.knows() {
            if room != file.room && !below.contains(&room) {
                broken.push(format!("{}: {} may not know {room}: {path}", file.path, file.room));
            }
        }
    }
    none(broken);
}

#[test]
fn the_law_itself_has_no_circle() {
    // Each room may know only rooms that come later, in one order of all of them.
    let mut left: Vec<_> = LAW.to_vec();
    while !left.is_empty() {
        let rooms: Vec<&str> = left.iter().map(|(room, _)| *room).collect();
        let count = left.len();
        left.retain(|(_, below)| below.iter().any(|room| rooms.contains(room)));
        assert!(left.len() < count, "a circle among {rooms:?}");
    }
}

#[test]
fn the_model_has_no_disk_clock_or_chance_and_the_others_keep_to_their_work() {
    none(files().iter().flat_map(|file| {
        let without =
            WITHOUT.iter().filter(|(room, _)| *room == file.room).flat_map(|(_, without)| file.uses_of(without));
        without.map(|path| format!("{}: {path}", file.path)).collect::<Vec<_>>()
    }));
}

#[test]
fn only_the_ui_prints() {
    let others = files().into_iter().filter(|file| file.room != "ui" && file.room != "main");
    none(
        others.flat_map(|file| file.uses_of(PRINTING).map(|path| format!("{}: {path}", file.path)).collect::<Vec<_>>()),
    );
}

#[test]
fn nothing_panics_by_intent_or_leaves_without_wiping() {
    none(
        files()
            .iter()
            .flat_map(|file| file.uses_of(NOWHERE).map(|path| format!("{}: {path}", file.path)).collect::<Vec<_>>()),
    );
}

#[test]
fn every_file_says_what_it_holds() {
    none(files().iter().filter(|file| !file.text.starts_with("//! ")).map(|file| file.path.clone()));
}

#[test]
fn a_file_is_one_noun() {
    let long: Vec<String> =
        files().into_iter().filter(|file| source::length(&file.text) > LONG).map(|file| file.path).collect();
    let listed: Vec<&str> = LONGER.iter().map(|(path, _)| *path).collect();
    assert_eq!(long, listed, "more than {LONG} lines before the tests, and those that have a reason for it");
}
