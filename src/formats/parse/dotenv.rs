//! dotenv text, read as npm dotenv and python-dotenv read it where they agree, and never expanded.

use zeroize::Zeroizing;

use super::{Assignments, Entry, Note, without_mark};

/// Parses dotenv text.
///
/// Nothing is an error: what is no assignment is skipped with a note, as all readers skip it. Values are
/// text as it stands: `$NAME` is never replaced.
pub fn parse(text: &str) -> Assignments {
    let text = without_mark(text);
    let has_bare_newline = text.match_indices('\n').any(|(at, _)| !text[..at].ends_with('\r'));
    // A file from Windows: its line ends are not its values'. Otherwise a CR inside quotes is data.
    let normal = match has_bare_newline {
        true => None,
        false => Some(Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"))),
    };
    let mut reader =
        Reader { rest: normal.as_ref().map_or(text, |text| text.as_str()), line: 1, parsed: Assignments::default() };
    while !reader.rest.is_empty() {
        reader.assignment();
    }
    reader.parsed.last_of_each()
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
    parsed: Assignments,
}

impl<'t> Reader<'t> {
    /// Reads one line, or more of them if a value spans them.
    fn assignment(&mut self) {
        let line = first_line(self.rest);
        let start = line.trim_start();
        if start.is_empty() || start.starts_with('#') {
            return self.advance(line.len());
        }
        let Some((name, value)) = assigned(start) else {
            let has_sign = start.contains('=');
            self.mistake(if has_sign { "no name before its =: skipped" } else { "no = in it: skipped" });
            return self.advance(line.len());
        };
        let text = value.trim_start();
        let offset = text.as_ptr() as usize - self.rest.as_ptr() as usize;
        let at = self.line;
        let (value, used) = match text.starts_with('#') && text.len() < value.len() {
            true => (Zeroizing::default(), 0),
            false => self.value(&self.rest[offset..]),
        };
        self.parsed.entries.push(Entry { line: at, name: name.to_owned(), value: Ok(value) });
        self.advance(offset + used);
    }

    /// Leaves what was used, and what is left of its last line.
    fn advance(&mut self, used: usize) {
        let end = self.rest[used..].find(LINE_ENDS).map_or(self.rest.len(), |at| used + at + 1);
        self.line += self.rest[..end].matches('\n').count();
        self.rest = &self.rest[end..];
    }

    fn note(&mut self, text: &str) {
        self.parsed.notes.push(Note { line: self.line, text: text.to_owned(), is_mistake: false });
    }

    fn mistake(&mut self, text: &str) {
        self.parsed.notes.push(Note { line: self.line, text: text.to_owned(), is_mistake: true });
    }

    /// Reads a value, which may begin with a quote and span lines. Returns how much of the text it was.
    fn value(&mut self, text: &'t str) -> (Zeroizing<String>, usize) {
        let line = first_line(text);
        if let Some(quote @ ('\'' | '"' | '`')) = text.chars().next() {
            if let Some(end) = close(text, quote) {
                if is_escaped(text, end, quote) {
                    self.note("a backslash before the closing quote: taken as part of the value");
                }
                if quote == '"' && refers(&text[1..end]) {
                    self.note(KEPT_DOLLAR);
                }
                return (decode(&text[1..end], quote), end + 1);
            }
            if let Some(joined) = adjoining(line) {
                return (joined, line.len());
            }
            if let Some(end) = close_later(uncommented(line), quote) {
                self.mistake("quotes inside the quotes: read to the last one");
                return (decode(&line[1..end], quote), end + 1);
            }
            self.mistake("unbalanced quotes: read as they stand");
        }
        (self.bare(line), line.len())
    }

    /// Reads a value without quotes.
    fn bare(&mut self, line: &str) -> Zeroizing<String> {
        let text = uncommented(line).trim();
        if text.contains('#') {
            self.note("a # without a space before it: taken as part of the value");
        }
        if text.contains('$') {
            self.note(KEPT_DOLLAR);
        }
        Zeroizing::new(text.to_owned())
    }
}

const KEPT_DOLLAR: &str = "a $: kept as it stands, nothing is expanded";

/// Whether what stands between double quotes has a `$NAME` or `${` that is not escaped.
fn refers(text: &str) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '{'));
    text.match_indices('$').any(|(at, _)| !is_escaped(text, at, '"') && begins(&text[at + 1..]))
}

/// Outside of quotes a CR alone ends a line, too.
const LINE_ENDS: [char; 2] = ['\n', '\r'];

fn first_line(text: &str) -> &str {
    text.split(LINE_ENDS).next().unwrap_or_default()
}

/// The line up to a `#` after a space.
fn uncommented(line: &str) -> &str {
    let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with(char::is_whitespace));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// Splits `export NAME = value` and `NAME: value`.
fn assigned(line: &str) -> Option<(&str, &str)> {
    let exported = line.strip_prefix("export").filter(|rest| rest.starts_with(char::is_whitespace));
    exported.and_then(|rest| split(rest.trim_start())).or_else(|| split(line))
}

fn split(line: &str) -> Option<(&str, &str)> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let end = line.find(|c| !is_name(c)).filter(|end| *end > 0)?;
    let (name, rest) = line.split_at(end);
    let value = match rest.trim_start().strip_prefix('=') {
        Some(value) => value,
        None => rest.strip_prefix(':').filter(|value| value.starts_with([' ', '\t']))?,
    };
    Some((name, value))
}

/// Where the quote that begins the text is closed: the first one that is not escaped, if nothing but a
/// comment follows it on its line; else one before that which is escaped, as the end of a path of Windows.
fn close(text: &str, quote: char) -> Option<usize> {
    let quotes = || text.match_indices(quote).map(|(at, _)| at).skip(1);
    let first = quotes().find(|at| !is_escaped(text, *at, quote));
    if let Some(at) = first.filter(|at| ends(&text[at + 1..])) {
        return Some(at);
    }
    // On a later line only where the backslashes escape each other: an open quote must not swallow lines.
    let line = first_line(text).len();
    let is_close = |at: &usize| (*at < line || !is_escaped(text, *at, '"')) && ends(&text[at + 1..]);
    quotes().take_while(|at| first.is_none_or(|first| *at < first)).find(is_close)
}

/// Where the quote is closed on its own line, with other quotes of its kind in between.
fn close_later(line: &str, quote: char) -> Option<usize> {
    let mut quotes = line.match_indices(quote).map(|(at, _)| at).skip(1);
    quotes.find(|at| !is_escaped(line, *at, quote) && ends(&line[at + 1..]))
}

/// Whether a quote is escaped: after an odd run of backslashes for `"`, after any for the others.
fn is_escaped(text: &str, at: usize, quote: char) -> bool {
    let run = at - text[..at].trim_end_matches('\\').len();
    if quote == '"' { run % 2 == 1 } else { run > 0 }
}

/// Whether nothing follows on the line but a comment.
fn ends(rest: &str) -> bool {
    let rest = first_line(rest).trim_start();
    rest.is_empty() || rest.starts_with('#')
}

fn decode(text: &str, quote: char) -> Zeroizing<String> {
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

/// Reads pieces that a shell would join, as in `'it'\''s'` and `"a"'b'`; none if the line is no such thing.
fn adjoining(line: &str) -> Option<Zeroizing<String>> {
    let mut out = Zeroizing::new(String::with_capacity(line.len()));
    let mut rest = line.trim_end();
    while !(rest.is_empty() || rest.starts_with(char::is_whitespace) && ends(rest)) {
        let quote = rest.chars().next()?;
        let inner = &rest[quote.len_utf8()..];
        rest = match quote {
            '\'' => {
                let (piece, after) = inner.split_once('\'')?;
                out.push_str(piece);
                after
            }
            '"' => {
                let end = rest.match_indices('"').map(|(at, _)| at).skip(1).find(|at| !is_escaped(rest, *at, '"'))?;
                out.push_str(&decode(&rest[1..end], '"'));
                &rest[end + 1..]
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(text).entries.into_iter().map(|entry| (entry.name, entry.value.unwrap().to_string())).collect()
    }

    #[test]
    fn reads_each_form_of_a_value() {
        for (text, value) in [
            ("A=b", "b"),
            ("A = b ", "b"),
            ("A: b", "b"),
            ("export A=b", "b"),
            ("export\tA=b", "b"),
            ("  A=b", "b"),
            ("A=", ""),
            ("A=''", ""),
            ("A=b c", "b c"),
            ("A=b #c", "b"),
            ("A=b#c", "b#c"),
            ("A= #c", ""),
            ("A='b #c' # d", "b #c"),
            ("A='b'#d", "b"),
            ("A=\"b\\nc\"", "b\nc"),
            ("A='b\\nc'", "b\\nc"),
            ("A=`b\\nc`", "b\\nc"),
            ("A=\"b\\tc\\\\ \\\" \\$ \\` \\x\"", "b\tc\\ \" $ ` \\x"),
            ("A='b\nc'\n", "b\nc"),
            ("A=\"b\n\nc\"", "b\n\nc"),
            ("A='it\\'s'", "it's"),
            ("A='it'\\''s'", "it's"),
            ("A=\"a\"'b'", "ab"),
            ("A='C:\\app\\'", "C:\\app\\"),
            ("A=`C:\\app\\`", "C:\\app\\"),
            ("A='C:\\app\\' # it's", "C:\\app\\"),
            ("A='b\nC:\\\\'", "b\nC:\\\\"),
            ("A='b' c'", "b' c"),
            ("A='b' c", "'b' c"),
            ("A='b' c # d'", "'b' c"),
            ("A=``b # `", "``b"),
            ("A='b", "'b"),
            ("A=$B", "$B"),
            ("A=${B}", "${B}"),
            ("\u{feff}A=b", "b"),
            ("A=b\r\nB=c\r\n", "b"),
            ("A='b\r\nc'\r\n", "b\nc"),
            ("A='b\r\nc'\nB=1\n", "b\r\nc"),
            ("A=b\rB=c\n", "b"),
            ("A='b'\rB=c\n", "b"),
            ("A='b\r\nc'\rB=1\n", "b\r\nc"),
            ("\u{a0}A\u{a0}=\u{a0}'b'\u{a0}", "b"),
            ("export\u{a0}A='b'\u{a0}#c", "b"),
            ("A=b=c", "b=c"),
        ] {
            assert_eq!(read(text)[0], ("A".to_owned(), value.to_owned()), "{text:?}");
        }
    }

    #[test]
    fn a_line_of_many_exports_is_no_assignment() {
        assert!(read(&"export ".repeat(100_000)).is_empty());
        assert!(read("export export A=b").is_empty());
        assert_eq!(read("export =b"), [("export".to_owned(), "b".to_owned())]);
    }

    #[test]
    fn an_open_quote_does_not_swallow_the_lines_after_it() {
        let pairs =
            |text: &str| read(text).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        assert_eq!(pairs("A='it' b\nB='c'\n"), ["A='it' b", "B=c"]);
        assert_eq!(pairs("A=it's\nB=c"), ["A=it's", "B=c"]);
        assert_eq!(pairs("# 'x\nA=1\n\n# y'\nB=2"), ["A=1", "B=2"]);
    }

    #[test]
    fn says_what_it_did_and_where() {
        let notes: Vec<_> = parse("A=1\njunk\n'A'=1\nA=b#c\nB=$X\nC='d\nD=\"a ${X}\"\nE=\"\\$X $5\"\nF='$X'\n").notes;
        let shown: Vec<String> = notes.iter().map(|note| format!("{}: {}", note.line, note.text)).collect();
        assert_eq!(
            shown,
            [
                "2: no = in it: skipped",
                "3: no name before its =: skipped",
                "4: a # without a space before it: taken as part of the value",
                "4: A is set in line 1 too: the last one counts",
                "5: a $: kept as it stands, nothing is expanded",
                "6: unbalanced quotes: read as they stand",
                "7: a $: kept as it stands, nothing is expanded",
            ]
        );
    }
}
