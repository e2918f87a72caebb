//! Keeps the law between the modules (`src/lib.rs`): who may use whom, and what the pure rooms do without.
//!
//! It reads text and knows little of Rust: `use` statements, and every other path with `::` in it. Comments and the
//! tests inside `src` do not count. What clippy can check is in `[lints]`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from top to bottom. A room may use those in the lines below its own; `may_use` has the exceptions.
const FLOORS: &[&[&str]] = &[
    &["main"],
    &["cli"],
    &["commands", "console"],
    &["ops"],
    &["session"],
    &["ui", "process", "git", "guard", "formats", "store", "keys"],
    &["report"],
    &["vault"],
];

/// The modules of `commands` that verbs share. All others are verbs.
const SHARED: &[&str] = &["app", "args", "binding", "newcomer", "outcome"];

/// What a room must not use, as parts of a path, separated by spaces.
const WITHOUT: &[(&str, &str)] = &[
    ("vault", "std::fs std::io std::env std::process std::net std::os std::thread SystemTime Instant"),
    ("vault", "Timestamp::now Zoned::now rand rustix fs2 tempfile directories rpassword signal_hook clap age"),
    ("keys", "std::fs std::env std::process std::net fs2 tempfile directories rpassword clap"),
    ("formats", "std::fs std::io std::env std::process std::net rpassword"),
    ("store", "age ed25519_dalek hkdf rpassword clap Command"),
];

fn may_use(room: &str, other: &str) -> bool {
    let floor = |room| FLOORS.iter().position(|rooms| rooms.contains(&room));

    match (room, other) {
        ("guard", "git") => true,
        ("ui", _) => other == "report",
        ("ops" | "session", "ui") => false,
        _ => floor(room).zip(floor(other)).is_some_and(|(above, below)| above < below),
    }
}

struct File {
    /// Relative to `src`.
    path: String,
    module: Vec<String>,
    text: String,
    /// The paths that the code uses, as they are written.
    uses: BTreeSet<String>,
    /// What `pub use` offers to others: a name, and the path that it stands for.
    exports: BTreeMap<String, String>,
}

impl File {
    fn new(path: &str, text: String) -> File {
        let module = path.trim_end_matches(".rs").split('/');
        let module = module.filter(|part| !["mod", "lib"].contains(part)).map(str::to_owned).collect();
        let (mut uses, mut exports) = (BTreeSet::new(), BTreeMap::new());

        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap().replace("(in crate::", "(");
        let code: Vec<&str> = code.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
        for statement in format!("\n{}", code.join("\n")).split(';') {
            let start = ["\nuse ", "\npub use ", "\npub(crate) use "].iter().find_map(|start| statement.find(start));
            let (before, tree) = statement.split_at(start.unwrap_or(statement.len()));
            let words = before.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            uses.extend(words.map(|word| word.trim_matches(':').to_owned()).filter(|word| word.contains("::")));

            let names = tree.split_once("use ").map(|(_, tree)| flatten("", tree)).unwrap_or_default();
            if tree.starts_with("\npub") {
                // A module may offer what its children define without using it.
                uses.extend(
                    names.values().filter(|path| path.starts_with("crate") || path.starts_with("super")).cloned(),
                );
                exports.extend(names);
            } else {
                uses.extend(names.into_values());
            }
        }
        File { path: path.to_owned(), module, text, uses, exports }
    }

    fn room(&self) -> &str {
        self.module.first().map_or("lib", String::as_str)
    }
}

/// The names that the tree of a `use` brings in, each with its whole path.
fn flatten(prefix: &str, tree: &str) -> BTreeMap<String, String> {
    if let Some((head, branches)) = tree.split_once('{') {
        let prefix = format!("{prefix}{}", head.trim());
        let (branches, _) = branches.rsplit_once('}').unwrap();
        let mut depth = 0;
        let branches = branches.split(|c| {
            depth += i32::from(c == '{') - i32::from(c == '}');
            c == ',' && depth == 0
        });
        return branches
            .filter(|branch| !branch.trim().is_empty())
            .flat_map(|branch| flatten(&prefix, branch))
            .collect();
    }
    let (path, alias) = tree.split_once(" as ").unwrap_or((tree, ""));
    let path = format!("{prefix}{}", path.trim());
    let path = path.trim_end_matches("::self");
    let name = if alias.is_empty() { path.rsplit("::").next().unwrap() } else { alias.trim() };
    BTreeMap::from([(name.to_owned(), path.to_owned())])
}

/// The files of `src`, without those that hold only tests.
fn files() -> Vec<File> {
    fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => walk(&path, found),
                false => found.push(path),
            }
        }
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&source, &mut found);

    let is_code = |path: &&PathBuf| {
        let is_test = path.with_extension("").iter().any(|part| part == "tests");
        path.extension().is_some_and(|extension| extension == "rs") && !is_test
    };
    let file = |path: &PathBuf| {
        let name = path.strip_prefix(&source).unwrap().to_str().unwrap();
        File::new(name, fs::read_to_string(path).unwrap())
    };
    let mut files: Vec<File> = found.iter().filter(is_code).map(file).collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

/// The file that defines what a path means in a module, or nothing if that is outside of this crate.
fn definition<'f>(files: &'f [File], module: &[String], path: &str) -> Option<&'f File> {
    let find = |module: &[String]| files.iter().find(|file| file.module == module);
    let parts: Vec<String> = path.split("::").map(str::to_owned).collect();
    let supers = parts.iter().take_while(|part| *part == "super").count();
    let path = match parts[0].as_str() {
        "crate" | "etui" => parts[1..].to_vec(),
        "self" => [module, &parts[1..]].concat(),
        "super" => [&module[..module.len() - supers], &parts[supers..]].concat(),
        child => find(&[module, &[child.to_owned()]].concat()).map(|_| [module, &parts[..]].concat())?,
    };

    let length = (0..=path.len()).rev().find(|length| find(&path[..*length]).is_some())?;
    let file = find(&path[..length])?;
    match path.get(length).and_then(|name| file.exports.get(name)) {
        Some(export) => definition(files, &file.module, export),
        None => Some(file),
    }
}

/// Each use of one file by another, and the path that shows it.
fn edges(files: &[File]) -> Vec<(&File, &File, &str)> {
    let mut edges = Vec::new();
    for file in files {
        for path in &file.uses {
            match definition(files, &file.module, path) {
                Some(used) if used.path != file.path => edges.push((file, used, path.as_str())),
                _ => {}
            }
        }
    }
    edges
}

/// Fails with everything that breaks the law, a line each.
#[track_caller]
fn assert_none(broken: impl IntoIterator<Item = (String, String)>) {
    let broken: BTreeMap<String, String> = broken.into_iter().collect();
    let lines: Vec<String> = broken.iter().map(|(what, how)| format!("{what}: {how}")).collect();
    assert!(lines.is_empty(), "\n{}\n", lines.join("\n"));
}

#[test]
fn a_room_uses_only_the_rooms_below_it() {
    let files = files();
    let is_broken =
        |(file, used, _): &(&File, &File, &str)| file.room() != used.room() && !may_use(file.room(), used.room());
    let broken = edges(&files).into_iter().filter(is_broken);
    let broken = broken.map(|(file, used, path)| {
        (format!("{} -> {}", file.room(), used.room()), format!("{} uses {path}", file.path))
    });
    assert_none(broken);
}

#[test]
fn no_two_files_use_each_other() {
    let files = files();
    let edges: BTreeMap<_, _> =
        edges(&files).into_iter().map(|(file, used, path)| ((&file.path, &used.path), path)).collect();
    let back = |(a, b)| edges.get(&(b, a)).filter(|_| a < b);
    let pairs = edges.iter().filter_map(|((a, b), there)| {
        let back = back((*a, *b))?;
        Some((format!("{a} <-> {b}"), format!("by {there} and {back}")))
    });
    assert_none(pairs);
}

#[test]
fn no_verb_uses_another_verb() {
    let files = files();
    let verb = |file: &File| match &file.module[..] {
        [room, verb, ..] if room == "commands" && !SHARED.contains(&verb.as_str()) => Some(verb.clone()),
        _ => None,
    };
    let broken = edges(&files).into_iter().filter_map(|(file, used, path)| {
        let (verb, other) = verb(file).zip(verb(used))?;
        (verb != other).then(|| (format!("{verb} -> {other}"), format!("{} uses {path}", file.path)))
    });
    assert_none(broken);
}

#[test]
fn the_pure_rooms_use_no_disk_clock_or_randomness() {
    let files = files();
    let mut broken = BTreeMap::new();
    for file in &files {
        let foreign: Vec<_> =
            file.uses.iter().filter(|path| definition(&files, &file.module, path).is_none()).collect();
        let without = WITHOUT.iter().filter(|(room, _)| *room == file.room());
        for forbidden in without.flat_map(|(_, paths)| paths.split(' ')) {
            let is_forbidden = |path: &&&String| format!("::{path}::").contains(&format!("::{forbidden}::"));
            broken.extend(foreign.iter().find(is_forbidden).map(|path| (file.path.clone(), path.to_string())));
        }
    }
    assert_none(broken);
}

#[test]
fn every_file_begins_with_its_documentation() {
    let missing = files().into_iter().filter(|file| !file.text.starts_with("//! "));
    assert_none(missing.map(|file| (file.path, "does not begin with `//! `".to_owned())));
}

#[test]
fn reads_the_paths_that_a_file_uses() {
    let text = "//! No::doc\n\npub use child::Name;\npub use super::Up;\nuse std::{fs, io::{self, Read as _}};\n\
                // no::comment\nfn f() {\n    use a::b;\n    c::d(e);\n}\n#[cfg(test)]\nmod tests {\n    use no::test;\n}\n";
    let file = File::new("room/mod.rs", text.to_owned());

    assert_eq!(file.module, ["room"]);
    assert_eq!(Vec::from_iter(&file.uses), ["a::b", "c::d", "std::fs", "std::io", "std::io::Read", "super::Up"]);
    assert_eq!(Vec::from_iter(file.exports.values()), ["child::Name", "super::Up"]);
}
