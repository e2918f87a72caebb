//! dotenv text as npm dotenv reads it (16 to 18): its one regular expression, written out.

use std::collections::HashMap;

use zeroize::Zeroizing;

/// Reads a text whose lines end with newlines. The last value of each name counts.
pub fn read(text: &str) -> HashMap<&str, Zeroizing<String>> {
    let mut values = HashMap::new();
    let mut at = 0;
    while at < text.len() {
        let start = after_spaces(text, at);
        let end = match assignment(text, start) {
            Some((name, raw, end)) => {
                values.insert(name, value(raw));
                end
            }
            None => start,
        };
        // A match ends where its line does. The next one starts at the beginning of a line.
        at = text[end..].find('\n').map_or(text.len(), |newline| end + newline + 1);
    }
    values
}

/// Reads an assignment, if one starts here: its name, its value as written, and the end of that.
fn assignment(text: &str, start: usize) -> Option<(&str, &str, usize)> {
    let exported = text[start..].starts_with("export").then(|| after_spaces(text, start + "export".len()));
    let exported = exported.filter(|at| *at > start + "export".len());
    let (name, at) = exported.and_then(|at| key(text, at)).or_else(|| key(text, start))?;
    let (from, to) = quoted(text, at).unwrap_or((at, at + text[at..].find(['#', '\n']).unwrap_or(text.len() - at)));
    Some((name, &text[from..to], to))
}

/// Reads a name and what stands between it and its value.
fn key(text: &str, start: usize) -> Option<(&str, usize)> {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let len = text[start..].find(|c| !is_in_name(c)).filter(|len| *len > 0)?;
    let (name, end) = (&text[start..start + len], start + len);
    let sign = after_spaces(text, end);
    if text[sign..].starts_with('=') {
        return Some((name, sign + 1));
    }
    let space = text[end..].strip_prefix(':')?.chars().next().filter(|c| is_space(*c))?;
    Some((name, end + 1 + space.len_utf8()))
}

/// Finds the quotes around a value, which may begin on a later line. The line must be over after them.
fn quoted(text: &str, at: usize) -> Option<(usize, usize)> {
    let start = after_spaces(text, at);
    let quote = text[start..].chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let closes = |end: &usize| {
        let next = after_spaces(text, end + 1);
        next == text.len() || text[next..].starts_with('#') || text[end + 1..next].contains('\n')
    };
    // The first quote without a backslash before it, or else the last of those before that one.
    let mut escaped = Vec::new();
    let mut plain = None;
    for (offset, _) in text[start + 1..].match_indices(quote) {
        let end = start + 1 + offset;
        if !text[start + 1..end].ends_with('\\') {
            plain = Some(end);
            break;
        }
        escaped.push(end);
    }
    let end = plain.into_iter().chain(escaped.into_iter().rev()).find(closes)?;
    Some((start, end + 1))
}

fn value(raw: &str) -> Zeroizing<String> {
    let raw = raw.trim_matches(is_space);
    let quote = raw.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'));
    let inner = quote.and_then(|quote| raw.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(raw);
    if quote != Some('"') {
        return Zeroizing::new(inner.to_owned());
    }
    let with_newlines = Zeroizing::new(inner.replace("\\n", "\n"));
    Zeroizing::new(with_newlines.replace("\\r", "\r"))
}

fn after_spaces(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start_matches(is_space).len()
}

/// Whether JavaScript's `\s` matches.
fn is_space(c: char) -> bool {
    c == '\u{feff}' || c.is_whitespace() && c != '\u{85}'
}
