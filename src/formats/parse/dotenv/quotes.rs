//! The quotes around a value: where they close, and what stands between them.

use zeroize::Zeroizing;

use super::line::{first_line, is_over};

/// Finds the quote that closes the one at the start of the text.
///
/// It is the first quote without a backslash, if the line is over after it. Otherwise it is an earlier one with a
/// backslash, as at the end of a Windows path.
pub fn close(text: &str, quote: char) -> Option<usize> {
    let quotes = || text.match_indices(quote).map(|(at, _)| at).skip(1);
    let first = quotes().find(|at| !is_escaped(text, *at, quote));
    if let Some(at) = first.filter(|at| is_over(&text[at + 1..])) {
        return Some(at);
    }
    // On a later line only after an even run of backslashes: an open quote must not swallow lines.
    let line = first_line(text).len();
    let closes = |at: &usize| (*at < line || !is_escaped(text, *at, '"')) && is_over(&text[at + 1..]);
    quotes().take_while(|at| first.is_none_or(|first| *at < first)).find(closes)
}

/// Finds the closing quote on a line that has other quotes of the same kind before it.
pub fn close_after_others(line: &str, quote: char) -> Option<usize> {
    let mut quotes = line.match_indices(quote).map(|(at, _)| at).skip(1);
    quotes.find(|at| !is_escaped(line, *at, quote) && is_over(&line[at + 1..]))
}

/// Whether a quote is escaped: a `"` after an odd run of backslashes, the others after any run.
pub fn is_escaped(text: &str, at: usize, quote: char) -> bool {
    let run = at - text[..at].trim_end_matches('\\').len();
    if quote == '"' { run % 2 == 1 } else { run > 0 }
}

/// Decodes the escapes between quotes of this kind. An unknown escape stays as it is.
pub fn decode(text: &str, quote: char) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let decoded = match (c, quote, chars.peek()) {
            ('\\', '\'', Some('\'')) => Some('\''),
            ('\\', '"', Some('n')) => Some('\n'),
            ('\\', '"', Some('r')) => Some('\r'),
            ('\\', '"', Some('t')) => Some('\t'),
            ('\\', '"', Some(c @ ('\\' | '"' | '$' | '`'))) => Some(*c),
            _ => None,
        };
        if decoded.is_some() {
            chars.next();
        }
        out.push(decoded.unwrap_or(c));
    }
    out
}

/// Joins adjoining pieces as a shell does: `'it'\''s'`, `"a"'b'`. None if the line consists of anything else.
pub fn join(line: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(line.len()));
    let mut rest = line.trim_end();
    while !(rest.is_empty() || rest.starts_with(char::is_whitespace) && is_over(rest)) {
        let first = rest.chars().next()?;
        let inner = &rest[first.len_utf8()..];
        rest = match first {
            '\'' => {
                let (piece, after) = inner.split_once('\'')?;
                out.push_str(piece);
                after
            }
            '"' => {
                let mut quotes = inner.match_indices('"').map(|(at, _)| at);
                let end = quotes.find(|at| !is_escaped(inner, *at, '"'))?;
                out.push_str(&decode(&inner[..end], '"'));
                &inner[end + 1..]
            }
            '\\' => {
                let c = inner.chars().next()?;
                out.push(c);
                &inner[c.len_utf8()..]
            }
            _ => return None,
        };
    }
    Some(out)
}
