//! Commands that are told to be typed: they mean the vault that was meant.

use std::borrow::Cow;
use std::path::Path;

/// Verbs that mean no vault, or say themselves which, or are for somebody else to type.
const NONE: &[&str] = &["init", "join", "key", "link", "unlink", "man", "completions", "member"];

/// The options by which a vault was said to a verb: empty, or ` -t acme`, or ` --vault 'my vault.age'`.
pub fn said(verb: &str, team: Option<&str>, vault: Option<&Path>) -> String {
    match (team, vault) {
        _ if matches!(verb, "init" | "link" | "unlink") => String::new(),
        (_, Some(vault)) => format!(" --vault {}", word(&vault.to_string_lossy())),
        (Some(team), None) => format!(" -t {}", word(team)),
        (None, None) => String::new(),
    }
}

/// A text whose commands have these options too.
pub fn reaching<'t>(text: &'t str, said: &str) -> Cow<'t, str> {
    if said.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("etui ") {
        let (before, command) = rest.split_at(at);
        let (name, arguments) = command.split_at("etui".len());
        out.push_str(before);
        out.push_str(name);
        let is_word = before.is_empty() || before.ends_with([' ', '(']);
        let end = arguments.find([';', ',', ')']).unwrap_or(arguments.len());
        let mut words = arguments[..end].split_whitespace();
        let is_verb = words
            .clone()
            .next()
            .is_some_and(|verb| verb.bytes().all(|byte| byte.is_ascii_lowercase()) && !NONE.contains(&verb));
        if is_word && is_verb && !words.any(|word| matches!(word, "-t" | "--vault" | "--help")) {
            out.push_str(said);
        }
        rest = arguments;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// A word as a shell reads it.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/+@%=:".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_commands_that_mean_a_vault_get_the_options() {
        let path = Path::new("my vault's.age");
        assert_eq!(said("init", Some("beta"), None), "", "what it makes is linked, or said by itself");
        assert_eq!(said("get", Some("beta"), Some(path)), r" --vault 'my vault'\''s.age'");
        for (text, expected) in [
            ("undo: etui restore A -p web", "undo: etui -t b restore A -p web"),
            (
                "did you mean web? or make it: etui project create wbe",
                "did you mean web? or make it: etui -t b project create wbe",
            ),
            (
                "etui update A gives it a new value; etui delete A makes room",
                "etui -t b update A gives it a new value; etui -t b delete A makes room",
            ),
            ("etui link -t b -p web, then etui set NAME", "etui link -t b -p web, then etui -t b set NAME"),
            ("etui run --help", "etui run --help"),
            ("etui --help", "etui --help"),
            ("/home/x/.config/etui is no file", "/home/x/.config/etui is no file"),
            ("etui init TEAM makes one; --vault FILE names one", "etui init TEAM makes one; --vault FILE names one"),
        ] {
            assert_eq!(reaching(text, " -t b"), expected);
            assert_eq!(reaching(text, ""), text);
        }
    }
}
