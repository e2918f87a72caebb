//! dotenv text, read as npm dotenv and python-dotenv read it where they agree.

mod line;
mod quotes;

use zeroize::Zeroizing;

use self::line::{first_line, split, without_comment};
use self::quotes::{close, close_after_others, decode, has_reference, is_escaped, join};
use super::assignments::{Assignments, Entry, Note};
use super::syntax_error::without_byte_order_mark;

/// The note on a value that a consumer might expand.
const NOT_EXPANDED: &str = "`$` is kept as it is: nothing is expanded";

/// Parses dotenv text.
///
/// It never fails: like all consumers, it skips a line that is not an assignment, with a note. It never expands
/// anything: `$NAME` stays text.
pub fn parse(text: &str) -> Assignments {
    let text = without_byte_order_mark(text);
    // Without a bare LF this is a file from Windows or an old Mac, whose CRs end lines. Otherwise a CR between
    // quotes is data.
    let has_bare_newline = text.match_indices('\n').any(|(at, _)| !text[..at].ends_with('\r'));
    let unix = match has_bare_newline {
        true => None,
        false => Some(Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"))),
    };

    let rest = unix.as_ref().map_or(text, |text| text.as_str());
    let mut parser = Parser { rest, line: 1, parsed: Assignments::default() };
    while !parser.rest.is_empty() {
        parser.assignment();
    }
    parser.parsed.last_of_each()
}

struct Parser<'t> {
    rest: &'t str,
    /// The line on which the rest begins.
    line: usize,
    parsed: Assignments,
}

impl<'t> Parser<'t> {
    /// Reads one line, or the lines that the value on it spans.
    fn assignment(&mut self) {
        let line = first_line(self.rest);
        let start = line.trim_start();
        if start.is_empty() || start.starts_with('#') {
            return self.advance(line.len());
        }
        let Some((name, value)) = split(start) else {
            let has_sign = start.contains('=');
            self.mistake(if has_sign {
                "not an assignment: no name before the `=`"
            } else {
                "not an assignment: no `=`"
            });
            return self.advance(line.len());
        };

        let text = value.trim_start();
        let offset = text.as_ptr() as usize - self.rest.as_ptr() as usize;
        let at = self.line;
        let is_comment = text.starts_with('#') && text.len() < value.len();
        let (value, used) = match is_comment {
            true => (Zeroizing::default(), 0),
            false => self.value(&self.rest[offset..]),
        };
        self.parsed.entries.push(Entry { line: at, name: name.to_owned(), value: Ok(value) });
        self.advance(offset + used);
    }

    /// Goes to the line after the first `used` bytes of the rest.
    fn advance(&mut self, used: usize) {
        let end = self.rest[used..].find(line::ENDS).map_or(self.rest.len(), |at| used + at + 1);
        self.line += self.rest[..end].matches('\n').count();
        self.rest = &self.rest[end..];
    }

    fn note(&mut self, text: &str) {
        self.parsed.notes.push(Note::new(self.line, text));
    }

    fn mistake(&mut self, text: &str) {
        self.parsed.notes.push(Note::mistake(self.line, text));
    }

    /// Reads a value at the start of the text, and returns how many bytes it takes there.
    fn value(&mut self, text: &'t str) -> (Zeroizing<String>, usize) {
        let line = first_line(text);
        if let Some(quote @ ('\'' | '"' | '`')) = text.chars().next() {
            if let Some(end) = close(text, quote) {
                let inner = &text[1..end];
                if is_escaped(text, end, quote) {
                    self.note("the backslash before the closing quote is part of the value");
                }
                if quote == '"' && has_reference(inner) {
                    self.note(NOT_EXPANDED);
                }
                return (decode(inner, quote), end + 1);
            }
            if let Some(joined) = join(line) {
                return (joined, line.len());
            }
            if let Some(end) = close_after_others(without_comment(line), quote) {
                self.mistake("the value contains its own quotes: read up to the last one");
                return (decode(&line[1..end], quote), end + 1);
            }
            self.mistake("unbalanced quotes: read as part of the value");
        }
        (self.bare(line), line.len())
    }

    /// Reads a value without quotes.
    fn bare(&mut self, line: &str) -> Zeroizing<String> {
        let text = without_comment(line).trim();
        if text.contains('#') {
            self.note("a `#` without a space before it is part of the value");
        }
        if text.contains('$') {
            self.note(NOT_EXPANDED);
        }
        Zeroizing::new(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        parse(text).entries.into_iter().map(|entry| (entry.name, entry.value.unwrap().to_string())).collect()
    }

    #[test]
    fn reads_bare_and_quoted_values() {
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
    fn skips_a_line_of_many_exports() {
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
    fn notes_how_it_read_a_line() {
        let text = "A=1\njunk\n'A'=1\nA=b#c\nB=$X\nC='d\nD=\"a ${X}\"\nE=\"\\$X $5\"\nF='$X'\n";
        let notes = parse(text).notes;
        let shown: Vec<String> = notes.iter().map(|note| format!("{}: {}", note.line, note.text)).collect();
        assert_eq!(
            shown,
            [
                "2: not an assignment: no `=`",
                "3: not an assignment: no name before the `=`",
                "4: a `#` without a space before it is part of the value",
                "4: A is also set on line 1; the last value wins",
                "5: `$` is kept as it is: nothing is expanded",
                "6: unbalanced quotes: read as part of the value",
                "7: `$` is kept as it is: nothing is expanded",
            ]
        );
    }
}
