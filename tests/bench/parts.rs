//! What each part of the program weighs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use crate::ETUI;
use crate::team::output;

const STANDARD: [&str; 3] = ["core", "alloc", "std"];

/// The crates of each part, by the names that they have in symbols.
const PARTS: [(&str, &str); 6] = [
    (
        "the standard library, also where it is generic for other parts",
        "std core alloc hashbrown gimli addr2line miniz_oxide rustc_demangle",
    ),
    ("the command line: clap", "clap clap_builder clap_lex clap_complete clap_mangen clone anstream strsim"),
    (
        "encryption and signatures: age and its ciphers",
        "age age_core bech32 chacha20 chacha20poly1305 poly1305 scrypt salsa20 pbkdf2 rsa num_bigint_dig aes der spki \
         x25519_dalek ed25519_dalek curve25519_dalek sha2 hmac hkdf digest rand_chacha \
         i18n_embed fluent fluent_bundle fluent_syntax intl_memoizer",
    ),
    ("the console: hyper and tokio", "hyper hyper_util tokio http http_body_util httparse futures_util"),
    (
        "TOML, JSON, YAML and dates",
        "toml toml_parser toml_writer toml_datetime winnow serde serde_core serde_spanned serde_json granit_parser jiff",
    ),
    ("searching files", "memchr walkdir"),
];

const REST: &str = "other crates, and the C library";

/// Returns the parts as a table, of a program that has its symbols.
pub fn table() -> String {
    let mut rooms = BTreeMap::<String, u64>::new();
    let mut parts = BTreeMap::<&str, u64>::new();
    let symbols = output(Command::new("nm").args(["-S", "--defined-only", "--demangle", ETUI]));
    for line in String::from_utf8_lossy(&symbols).lines() {
        // Address, size, kind and name.
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let [_, size, kind, name] = fields[..] else { continue };
        let Ok(size) = u64::from_str_radix(size, 16) else { continue };
        if !kind.eq_ignore_ascii_case("t") {
            continue;
        }
        let path: Vec<&str> = path_of(name);
        match path[..] {
            ["etui", room, ..] => *rooms.entry(room.to_owned()).or_default() += size,
            [..] => {
                let krate = path.first().copied().unwrap_or_default();
                let part = PARTS.iter().find(|(_, crates)| crates.split(' ').any(|name| name == krate));
                *parts.entry(part.map_or(REST, |(part, _)| part)).or_default() += size;
            }
        }
    }

    let mut rows: Vec<(String, u64)> = rooms.into_iter().map(|(room, size)| (format!("etui: {room}"), size)).collect();
    rows.extend(parts.into_iter().map(|(part, size)| (part.to_owned(), size)));
    rows.extend(sections());
    rows.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    let mut text = String::from("## What each part weighs\n\nCode by its crate and room, then the data.\n\n");
    text += "| part | bytes |\n| --- | ---: |\n";
    for (part, size) in rows {
        let _ = writeln!(text, "| {part} | {size} |");
    }
    text
}

/// The first path in a name that is not the standard library's: generic code of it belongs to whoever uses it.
fn path_of(name: &str) -> Vec<&str> {
    let words = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ':'));
    let paths = words.map(|word| word.trim_matches(':').split("::").collect::<Vec<_>>());
    let mut paths = paths.filter(|path| path.len() > 1).peekable();
    let first = paths.peek().cloned().unwrap_or_default();
    paths.find(|path| !STANDARD.contains(&path[0])).unwrap_or(first)
}

/// The parts that are not code.
fn sections() -> Vec<(String, u64)> {
    let printed = output(Command::new("size").args(["-A", "-d", ETUI]));
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let kinds = [
        ("data: texts and tables", &[".rodata", ".data.rel.ro", ".data", ".tdata"][..]),
        ("data: how to unwind the stack", &[".eh_frame", ".eh_frame_hdr", ".gcc_except_table"]),
        ("data: addresses to relocate", &[".rela.dyn", ".got", ".relro_padding"]),
    ];
    let size_of = |wanted: &[&str]| {
        let lines = printed.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        lines
            .filter(|line| line.first().is_some_and(|name| wanted.contains(name)))
            .filter_map(|line| line[1].parse::<u64>().ok())
            .sum()
    };
    kinds.map(|(name, sections)| (name.to_owned(), size_of(sections))).to_vec()
}
