//! dotenv for one reader that is known: each value comes back exactly, or is refused.
//!
//! None of these forms is safe to be sourced by a shell.

use clap::ValueEnum;

use super::dotenv::is_bare;
use super::{FormatError, FormattedText, Variable, escaped, lines};

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Reader {
    /// npm dotenv, and node's own `--env-file`.
    Node,
    /// python-dotenv, environs, pydantic-settings.
    Python,
    /// docker compose 2, dotenvy, uv, just.
    Compose,
}

impl Reader {
    /// `NAME=value`, a line each, as this reader reads it.
    ///
    /// # Errors
    /// For a value that the reader has no text for.
    pub(super) fn print(self, variables: &[Variable<'_>]) -> Result<FormattedText, FormatError> {
        let mut warnings = Vec::new();
        if self == Reader::Node {
            for variable in variables {
                if !is_node_text(&variable.text) {
                    let why = "npm dotenv and node have no escape for a value of these quotes and backslashes";
                    let instead = "--format json, or etui run";
                    return Err(FormatError { name: variable.name.to_owned(), why, instead });
                }
                if variable.text.contains('\r') {
                    warnings
                        .push(format!("{} has a carriage return, which node's --env-file cannot hold", variable.name));
                }
            }
        }
        let text = lines(variables, |variable, out| {
            out.push_str(variable.name);
            out.push('=');
            match self {
                Reader::Node => node(out, &variable.text),
                Reader::Python => python(out, &variable.text),
                Reader::Compose => compose(out, &variable.text),
            }
            out.push('\n');
        });
        Ok(FormattedText { text, warnings })
    }
}

/// Whether node's form has a text for the value.
fn is_node_text(text: &str) -> bool {
    if text.contains('\r') {
        !text.contains('"') && !has_escape(text) && !text.ends_with('\\')
    } else {
        node_quote(text).is_some() || is_node_bare(text)
    }
}

fn node(out: &mut String, text: &str) {
    if text.contains('\r') {
        escaped(out, '"', &text.replace('\r', "\\r"), &[]);
    } else if is_bare(text) {
        out.push_str(text);
    } else if let Some(quote) = node_quote(text) {
        escaped(out, quote, text, &[]);
    } else {
        out.push_str(text);
    }
}

/// The first quote that does not occur in the value. None closes after a backslash.
fn node_quote(text: &str) -> Option<char> {
    if text.ends_with('\\') {
        return None;
    }
    let quotes = ['\'', '`', '"'].into_iter();
    quotes.filter(|quote| !text.contains(*quote)).find(|quote| *quote != '"' || !has_escape(text))
}

fn is_node_bare(text: &str) -> bool {
    let is_edge = |c: char| c.is_whitespace() || c == '\u{feff}';
    !text.contains(['#', '\n'])
        && !text.starts_with(is_edge)
        && !text.ends_with(is_edge)
        && !text.starts_with(['\'', '"', '`'])
}

/// Whether it holds what is decoded between double quotes.
fn has_escape(text: &str) -> bool {
    text.contains("\\n") || text.contains("\\r")
}

fn python(out: &mut String, text: &str) {
    let mut quoted = String::with_capacity(text.len() * 2 + 2);
    if text.contains('\r') {
        escaped(&mut quoted, '"', text, &['\\', '"']);
        quoted = quoted.replace('\r', "\\r");
    } else {
        escaped(&mut quoted, '\'', text, &['\\', '\'']);
    }
    // It expands `${…}` in every quoting: a variable without a name, whose default is the `$`.
    out.push_str(&quoted.replace("${", "${:-$}{"));
}

fn compose(out: &mut String, text: &str) {
    if !text.contains('\'') && !text.ends_with('\\') {
        escaped(out, '\'', text, &[]);
    } else {
        escaped(out, '"', text, &['\\', '"', '$']);
    }
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::Reader::{Compose, Node, Python};

    #[test]
    fn writes_what_each_reads() {
        for (reader, text, printed) in [
            (Node, "a b", "A='a b'\n"),
            (Node, "it's", "A=`it's`\n"),
            (Node, "it's `so`", "A=\"it's `so`\"\n"),
            (Node, "it's `so` \\n", "A=it's `so` \\n\n"),
            (Node, "'\"`x", ""),
            (Node, "x'\"`", "A=x'\"`\n"),
            (Node, "ends \\", "A=ends \\\n"),
            (Node, "a\r\\", ""),
            (Node, "a\r\nb", "A=\"a\\r\nb\"\n"),
            (Python, "it's \\ ${X}", "A='it\\'s \\\\ ${:-$}{X}'\n"),
            (Python, "a\r\n\"", "A=\"a\\r\n\\\"\"\n"),
            (Compose, "a $b `c`", "A='a $b `c`'\n"),
            (Compose, "it's $5 `c`\\", "A=\"it's \\$5 `c`\\\\\"\n"),
        ] {
            let text = one(text, |variables| reader.print(variables)).map(|printed| printed.text.to_string());
            assert_eq!(text.unwrap_or_default(), printed);
        }
    }
}
