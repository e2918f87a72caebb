//! dotenv, in the form that most readers read alike, and that is always correct POSIX shell.
//!
//! Bare if harmless; else in single quotes, which nobody decodes; else in double quotes; and only where
//! nothing else can be, in double quotes with backslashes. There is no text that all readers read alike:
//! whoever would misread a value is named.

use super::misreaders::misreaders;
use super::{FormatError, FormattedText, Variable, escaped, lines};

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Bare,
    Single,
    Double,
    Escaped,
}

/// What a double quote, in a shell, does not take as it is.
pub(super) const SPECIAL: [char; 4] = ['"', '$', '\\', '`'];

impl Form {
    pub(super) fn of(text: &str) -> Form {
        if is_bare(text) {
            Form::Bare
        } else if !text.contains('\'') && !text.ends_with('\\') {
            Form::Single
        } else if text.contains('\'') && !text.contains(SPECIAL) {
            Form::Double
        } else {
            Form::Escaped
        }
    }
}

/// `NAME=value`, a line each; newlines of a value stand raw inside its quotes.
///
/// # Errors
/// For a value that some reader would run, or take new variables from, or whose neighbours one would lose.
pub fn print(variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
    let mut warnings = Vec::new();
    for (at, variable) in variables.iter().enumerate() {
        if let Some(why) = danger(&variable.text, &variables[at + 1..]) {
            let instead = "say who reads it: --reader node, python or compose; or --format shell";
            return Err(FormatError { name: variable.name.to_owned(), why, instead });
        }
        let readers = misreaders(&variable.text);
        if !readers.is_empty() {
            warnings.push(format!(
                "{} would be misread by {}",
                variable.name,
                crate::formats::misreaders::list(&readers)
            ));
        }
    }
    let text = lines(variables, assignment);
    Ok(FormattedText { text, warnings })
}

/// Prints one `NAME=value` line, whatever some reader would do with it: import reads it back exactly.
pub fn assignment(variable: &Variable<'_>, out: &mut String) {
    let text = &*variable.text;
    out.push_str(variable.name);
    out.push('=');
    match Form::of(text) {
        Form::Bare => out.push_str(text),
        Form::Single => escaped(out, '\'', text, &[]),
        Form::Double => escaped(out, '"', text, &[]),
        Form::Escaped => escaped(out, '"', text, &SPECIAL),
    }
    out.push('\n');
}

/// What some well-known reader would do with a value and those after it, beyond reading it wrong.
fn danger(text: &str, after: &[Variable<'_>]) -> Option<&'static str> {
    if text.contains("$(") {
        return Some("dotenv-expand would run what stands in its $( )");
    }
    if Form::of(text) == Form::Escaped && text.contains('"') && text.contains('\n') {
        return Some("node and Vite would take new variables from its later lines");
    }
    if Form::of(text) == Form::Escaped && text.ends_with('\\') && closes(&lines(after, assignment)) {
        return Some("npm dotenv would not see it end at its last backslash, and lose the variables after it");
    }
    None
}

/// Whether npm dotenv, to which the quote of a final `\\"` is one of the value's own, finds another that closes it:
/// at the end of a line or before a comment. What it takes a value to be has no other quote without a backslash.
fn closes(after: &str) -> bool {
    let is_end = |c: char| matches!(c, '#' | '\n' | '\r' | '\u{2028}' | '\u{2029}');
    let is_blank = |c: &char| c.is_whitespace() || *c == '\u{feff}';
    for (at, quote) in after.match_indices('"') {
        let mut rest = after[at + quote.len()..].chars();
        let first = rest.by_ref().find(|c| is_end(*c) || !is_blank(c));
        if first.is_some_and(is_end) {
            return true;
        }
        if !after[..at].ends_with('\\') {
            break;
        }
    }
    false
}

/// Whether no reader sees anything in it. An `=` at the start is one: zsh would look for a command.
pub(super) fn is_bare(text: &str) -> bool {
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,-=".contains(&byte);
    !text.is_empty() && !text.starts_with('=') && text.bytes().all(is_harmless)
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::{Variable, print};

    #[test]
    fn quotes_only_what_needs_it_and_as_little_as_it_needs() {
        for (text, printed) in [
            ("", "A=''\n"),
            ("postgres://u:p@h:5432/db", "A=postgres://u:p@h:5432/db\n"),
            ("a=b==", "A=a=b==\n"),
            ("=ls", "A='=ls'\n"),
            ("~", "A='~'\n"),
            ("a b", "A='a b'\n"),
            ("$HOME `id` \\n #", "A='$HOME `id` \\n #'\n"),
            ("line 1\nline 2\n", "A='line 1\nline 2\n'\n"),
            ("it's", "A=\"it's\"\n"),
            ("ends with \\", "A=\"ends with \\\\\"\n"),
            ("it's $5", "A=\"it's \\$5\"\n"),
            ("'\"`\\", "A=\"'\\\"\\`\\\\\"\n"),
        ] {
            assert_eq!(one(text, print).unwrap().text.as_str(), printed);
        }
    }

    #[test]
    fn refuses_what_a_reader_would_run_or_take_variables_from() {
        for (text, why) in [
            ("$(id)", "dotenv-expand would run what stands in its $( )"),
            ("it's $(id)", "dotenv-expand would run what stands in its $( )"),
            ("'\"\nNODE_OPTIONS=x", "node and Vite would take new variables from its later lines"),
        ] {
            assert_eq!(one(text, print).unwrap_err().why, why);
        }
    }

    #[test]
    fn refuses_a_final_backslash_whose_neighbours_npm_dotenv_would_lose() {
        let after = |texts: &[&'static str]| {
            let variables: Vec<_> = ["a\\"].iter().chain(texts).map(|text| variable(text)).collect();
            print(&variables).map_err(|cannot| cannot.why)
        };
        for texts in [&["#it's"][..], &["x", "#it's"], &["say \"#1\""], &["x \" #"], &["\"\nB=1"], &["\\\"#"]] {
            let why = "npm dotenv would not see it end at its last backslash, and lose the variables after it";
            assert_eq!(after(texts).unwrap_err(), why, "{texts:?}");
        }
        for texts in [&[][..], &["b\\"], &["x", "#y z"], &["it's #1"], &["say \"it's\"", "#it's"]] {
            assert!(after(texts).is_ok(), "{texts:?}");
        }
    }

    fn variable(text: &'static str) -> Variable<'static> {
        Variable { name: "A", text: text.into() }
    }
}
