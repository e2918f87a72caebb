//! dotenv, in the form that most readers read alike, and that is always correct POSIX shell.
//!
//! Bare if harmless; else in single quotes, which nobody decodes; else in double quotes; and only where
//! nothing else can be, in double quotes with backslashes.

use zeroize::Zeroizing;

use super::{Variable, lines};

/// `NAME=value`, a line each; newlines of a value stand raw inside its quotes.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |variable, out| {
        let text = &*variable.text;
        out.push_str(variable.name);
        out.push('=');
        if is_bare(text) {
            out.push_str(text);
        } else if !text.contains('\'') && !text.ends_with('\\') {
            quoted(out, '\'', text);
        } else if text.contains('\'') && !text.contains(SPECIAL) {
            quoted(out, '"', text);
        } else {
            out.push('"');
            for c in text.chars() {
                if SPECIAL.contains(&c) {
                    out.push('\\');
                }
                out.push(c);
            }
            out.push('"');
        }
        out.push('\n');
    })
}

/// What a double quote, in a shell, does not take as it is.
const SPECIAL: [char; 4] = ['"', '$', '\\', '`'];

/// Whether no reader sees anything in it. An `=` at the start is one: zsh would look for a command.
fn is_bare(text: &str) -> bool {
    let is_harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"_./:@%+,-=".contains(&byte);
    !text.is_empty() && !text.starts_with('=') && text.bytes().all(is_harmless)
}

fn quoted(out: &mut String, quote: char, text: &str) {
    out.push(quote);
    out.push_str(text);
    out.push(quote);
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

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
            assert_eq!(one(text, print), printed);
        }
    }
}
