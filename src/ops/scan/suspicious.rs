//! What no commit should contain, whatever its values are: a plain key, or dotenv lines that set names of the vault.

use std::collections::BTreeSet;
use std::path::Path;

use memchr::memmem;

use super::finding::{FileRef, Finding, What};
use crate::formats::parse;
use crate::guard::{decode, lets_pass};
use crate::vault::{Entry, SecretName, Value};

/// The start of an age key. 58 more characters follow (bech32).
const KEY: &[u8] = b"AGE-SECRET-KEY-1";

/// Parts of the names of files that list names without their values.
const EXAMPLES: &[&str] = &["example", "sample", "template", "dist", "defaults", "schema"];

/// Finds them in the text of a file, which may be UTF-16: Windows PowerShell writes `age-keygen > FILE` so.
pub(super) fn find(file: &FileRef, bytes: &[u8], names: &BTreeSet<SecretName>) -> Vec<Finding> {
    let decoded = decode(bytes);
    let bytes = decoded.as_deref().unwrap_or(bytes);
    let mut findings = Vec::new();
    let lines = bytes.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !lets_pass(line));
    let mut add = |line, column, what| findings.push(Finding { file: file.clone(), line, column, what });
    for (line, number) in lines {
        for at in memmem::find_iter(line, KEY).filter(|at| is_key(&line[at + KEY.len()..])) {
            add(number, at as u64 + 1, What::Identity);
        }
    }
    let text = std::str::from_utf8(bytes).ok().filter(|_| is_dotenv(&file.path) && !names.is_empty());
    let lines: Vec<&[u8]> = text.map(|_| bytes.split(|byte| *byte == b'\n').collect()).unwrap_or_default();
    for entry in text.map(parse::dotenv).unwrap_or_default().entries {
        let Some(name) = SecretName::parse(&entry.name).ok().filter(|name| names.contains(name)) else { continue };
        let is_plain = |text| Value::from_text(text).is_ok_and(|value| Entry::of(&value).target().is_none());
        // A lone CR ends a line too, where no LF does.
        let line = lines.get(entry.line - 1).copied().unwrap_or_default();
        if entry.value.is_ok_and(|text| !text.is_empty() && is_plain(text)) && !lets_pass(line) {
            add(entry.line as u64, 1, What::Entry(name));
        }
    }
    findings
}

fn is_key(after: &[u8]) -> bool {
    after.iter().take(58).filter(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count() == 58
}

/// Returns whether programs read their environment from a file of this name.
fn is_dotenv(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_one = name == ".env" || name.starts_with(".env.") || name.ends_with(".env");
    is_one && !name.split(['.', '-', '_']).any(|part| EXAMPLES.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_of_each_entry_and_passes_over_marked_ones() {
        let file = FileRef::new(".env".into(), "/.env".into());
        let names = ["A", "B", "C", "D"].map(|name| SecretName::parse(name).unwrap()).into();
        let text = "# A=1\nA=1\r\nOTHER='x\ny'\n\nB='1\n2'\nC=2 # etui:allow\nANOTHER=1\n D=3";
        let found = find(&file, text.as_bytes(), &names);
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [2, 6, 10]);
        let old = find(&file, b"A=1\rB=2\rOTHER=x\rC=3", &names);
        assert_eq!(old.iter().map(|found| found.line).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn recognises_dotenv_files_by_their_names() {
        let are = |names: &[&str]| names.iter().map(|name| is_dotenv(Path::new(name))).collect::<Vec<_>>();
        assert_eq!(are(&[".env", "a/.env.local", "deploy/prod.env"]), [true; 3]);
        assert_eq!(are(&[".env.example", ".env.sample", "example.env", ".environment", ".envrc", "env"]), [false; 6]);
    }
}
