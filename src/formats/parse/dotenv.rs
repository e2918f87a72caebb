//! dotenv text, read as npm dotenv and python-dotenv read it where they agree, with one exception: a backslash before
//! `$` or a backtick in double quotes is an escape, as in a shell. Where we read another value than one of them, a
//! warning names it.

mod difference;
mod expand;
mod line;
mod npm;
mod python;
mod quotes;

use std::collections::HashSet;

use zeroize::Zeroizing;

use self::difference::differences;
use self::expand::{Reference, References, expand, has_reference};
use self::line::{first_line, split, without_comment};
use self::quotes::{close, close_after_others, decode, is_escaped, join};
use super::assignments::{Assignments, Entry, Note, NoteKind};
use super::syntax_error::without_byte_order_mark;

/// The warning on a value that an application might expand.
const NOT_EXPANDED: &str =
    "`$` is kept as it is; dotenv-expand, docker compose, python-dotenv and others may expand it";

/// Parses dotenv text.
///
/// It never fails: like all consumers, it skips a line that is not an assignment, with a note. It does not expand
/// anything: `$NAME` stays text, with a warning.
pub fn parse(text: &str) -> Assignments {
    read(text, false)
}

/// Parses dotenv text, and expands references to earlier lines. A value with any other reference is refused.
pub fn parse_expanded(text: &str) -> Assignments {
    read(text, true)
}

fn read(text: &str, expands: bool) -> Assignments {
    let text = without_byte_order_mark(text);
    // Without a bare LF this is a file from Windows or an old Mac, whose CRs end lines. Otherwise a CR between
    // quotes is data for us. For the consumers it ends a line in either case.
    let has_bare_newline = text.match_indices('\n').any(|(at, _)| !text[..at].ends_with('\r'));
    let unix = Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n"));
    let rest = if has_bare_newline { text } else { &unix };

    let mut parser = Parser { rest, line: 1, parsed: Assignments::default(), references: References::new() };
    while !parser.rest.is_empty() {
        parser.assignment();
    }
    let Parser { mut parsed, references, .. } = parser;
    let repeated = repeated(&parsed.entries);
    for reference in references.values().filter(|reference| !expands || reference.text.is_none()) {
        let kind = if reference.text.is_some() { NoteKind::Reference } else { NoteKind::Difference };
        parsed.notes.push(Note { line: reference.line, text: NOT_EXPANDED.to_owned(), kind });
    }
    let mut parsed = parsed.last_of_each();
    parsed.notes.extend(differences(&unix, &parsed.entries));
    parsed.notes.sort_by_key(|note| note.line);
    if expands {
        expand(&mut parsed.entries, &references, &repeated);
    }
    parsed
}

/// Returns the names that several lines set.
fn repeated(entries: &[Entry]) -> HashSet<String> {
    let mut seen = HashSet::new();
    let repeated = entries.iter().filter(|entry| !seen.insert(entry.name.as_str()));
    repeated.map(|entry| entry.name.clone()).collect()
}

struct Parser<'t> {
    rest: &'t str,
    /// The line on which the rest begins.
    line: usize,
    parsed: Assignments,
    references: References<'t>,
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
            let word = without_comment(start).trim_end();
            let is_capital = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
            if word.chars().all(is_capital) && !word.starts_with(|c: char| c.is_ascii_digit()) {
                self.parsed.bare.push(word.to_owned());
            }
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
        // Only the last value of a name counts.
        self.references.remove(name);
        let (value, used) = match is_comment {
            true => (Zeroizing::default(), 0),
            false => self.value(name, &self.rest[offset..]),
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

    /// Notes a value that an application might expand.
    fn reference(&mut self, name: &str, text: &'t str, quote: Option<char>) {
        let is_doubtful = matches!(quote, Some('\'' | '`'));
        // Between these quotes, `$NAME` is left alone by all but dotenv-expand.
        if has_reference(text, quote) && (!is_doubtful || text.contains("${")) {
            let text = (!is_doubtful).then_some((text, quote));
            self.references.insert(name.to_owned(), Reference { line: self.line, text });
        }
    }

    /// Reads a value at the start of the text, and returns how many bytes it takes there.
    fn value(&mut self, name: &str, text: &'t str) -> (Zeroizing<String>, usize) {
        let line = first_line(text);
        if let Some(quote @ ('\'' | '"' | '`')) = text.chars().next() {
            if let Some(end) = close(text, quote) {
                let inner = &text[1..end];
                if is_escaped(text, end, quote) {
                    self.note("the backslash before the closing quote is part of the value");
                }
                self.reference(name, inner, Some(quote));
                return (decode(inner, quote), end + 1);
            }
            if let Some(joined) = join(line) {
                self.reference(name, without_comment(line), Some('\''));
                return (joined, line.len());
            }
            if let Some(end) = close_after_others(without_comment(line), quote) {
                self.mistake("the value contains its own quotes: read up to the last one");
                self.reference(name, &line[1..end], Some(quote));
                return (decode(&line[1..end], quote), end + 1);
            }
            self.mistake("unbalanced quotes: read as part of the value");
        }
        let bare = without_comment(line).trim();
        self.reference(name, bare, None);
        (Zeroizing::new(bare.to_owned()), line.len())
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
    fn a_line_of_many_quotes_is_read_once() {
        let text = format!("A='{}", "\\' ".repeat(200_000));
        assert_eq!(read(&text).len(), 1);
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
        let text = "A=1\njunk\n'A'=1\nA=b#c\nB=$X\nD=\"a ${X}\"\nE=\"$X $5\"\nF='$X'\nG='${X}'\nH=$\nC='d\n";
        let expanded = |line: usize| format!("{line}? {NOT_EXPANDED}");
        assert_eq!(
            notes(text),
            [
                "2! not an assignment: no `=`",
                "3! not an assignment: no name before the `=`",
                "4! A is also set on line 1; the last value wins",
                "4? a `#` without a space before it is part of the value; npm dotenv ends the value there",
                &expanded(5),
                &expanded(6),
                &expanded(7),
                &expanded(9),
                "11! unbalanced quotes: read as part of the value",
                "11? python-dotenv does not read this line",
            ]
        );
    }

    fn notes(text: &str) -> Vec<String> {
        parse(text).notes.iter().map(|note| format!("{}{} {}", note.line, note.kind.mark(), note.text)).collect()
    }

    #[test]
    fn a_warning_names_npm_dotenv_and_python_dotenv_where_they_read_another_value() {
        let both = "a backslash is read as an escape; npm dotenv and python-dotenv keep it";
        let npm = "a backslash is read as an escape; npm dotenv keeps it";
        let python = "a backslash is part of the value; python-dotenv reads an escape";
        let unread = "python-dotenv does not read this line";
        let cut = "a `#` without a space before it is part of the value; npm dotenv ends the value there";
        for (text, warning) in [
            (r#"A="pa\$\$w0rd""#, both),
            (r#"A="cost \$5""#, both),
            (r#"A="a\`b""#, both),
            (r#"A="a\$b\`c" # why"#, both),
            (r#"A: "a\$b""#, "a backslash is read as an escape; npm dotenv keeps it"),
            ("A=`date`", "the quotes are not part of the value; python-dotenv keeps them"),
            (r"A='it\'s'", npm),
            (r#"A="a\\b""#, npm),
            (r#"A="a\"b""#, npm),
            (r#"A="a\tb""#, npm),
            (r#"A="a\\nb""#, "npm dotenv reads another value here"),
            (r#"A="a\a""#, python),
            (r#"A="it\'s""#, python),
            (r"A='\\srv\x'", python),
            (r"A='a\\'", python),
            ("A: v", unread),
            ("A='C:\\app\\'", unread),
            ("A='b' c", unread),
            ("A='b", unread),
            ("A=b#c", cut),
            ("A=#c", cut),
            ("A='it'\\''s'", "npm dotenv reads another value here"),
            ("A='b\r\nc'\nB=1", "a carriage return is part of the value; npm dotenv and python-dotenv read a newline"),
            ("A=\n'x'", "npm dotenv reads another value here"),
            ("export =b", unread),
        ] {
            let notes = notes(text);
            assert!(notes.iter().any(|note| note[2..].trim_start().starts_with(warning)), "{text:?}: {notes:?}");
        }
        for text in [
            "A=b",
            "A='b'",
            "A=\"b\"",
            "A=b c",
            "A = 'b #c' # d",
            "export A=b",
            "A=",
            "A=''",
            "A=\"a\\nb\"",
            "A='a\\nb'",
            "A='a\nb'",
            "A=a\\b",
            "A=\"a\\xb\"",
            "A='a$b'",
            "A=\"it's\"",
            "A='a\"b'",
            "# A=b#c",
            "A=b\r\nB='c\r\nd'\r\n",
        ] {
            assert_eq!(notes(text), Vec::<String>::new(), "{text:?}");
        }
    }

    #[test]
    fn expands_plain_references_to_earlier_lines_and_refuses_all_others() {
        let last = |text: &str| parse_expanded(text).entries.pop().unwrap().value.map(|value| value.to_string());
        for (text, value) in [
            ("A=1\nB=$A", "1"),
            ("A=1\nB=${A}", "1"),
            ("A=1\nB=\"x ${A}\\ty\"", "x 1\ty"),
            ("A=h\nB=5\nC=http://${A}:$B/${A}", "http://h:5/h"),
            ("A=1\nB=$A\nC=$B$B", "11"),
            ("A=\nB=x$A", "x"),
            ("A=\"it's #1\"\nB=${A}", "it's #1"),
            ("A=\"two\nlines\"\nB=\"${A}!\"", "two\nlines!"),
            ("export A=1\nexport B=${A} # why", "1"),
            ("A=1\nB='$A ${A}'", "$A ${A}"),
            ("A=1\nB=`${A}`", "${A}"),
            ("A=1\nB=\"\\$A\"", "$A"),
            ("A=1\nB=a$", "a$"),
            ("A=1\rB='2'\rC=$A\nD=1\nE=${A}", "1"),
        ] {
            assert_eq!(last(text), Ok(value.to_owned()), "{text:?}");
        }
        let plain = "`$` is expanded only in a plain `${NAME}`, without escape or operator";
        for (text, why) in [
            ("B=$A", "`$` refers to a name that no earlier line sets"),
            ("B=$B", "`$` refers to a name that no earlier line sets"),
            ("A=${HOME}", "`$` refers to a name that no earlier line sets"),
            ("A=1\nA=2\nB=$A", "`$` refers to a name that several lines set"),
            ("A=1\nB=2\nB=$A", "`$` is not expanded for a name that several lines set"),
            ("A='x$y'\nB=$A", "`$` refers to a value that contains a `$` itself"),
            ("A=$X\nB=$A", "`$` refers to a value that was refused"),
            ("A=1\nB=${A:-x}", plain),
            ("A=1\nB=${A-x}", plain),
            ("A=1\nB=${A:?x}", plain),
            ("A=1\nB=${A+x}", plain),
            ("A=1\nB=${!A}", plain),
            ("A=1\nB=${ A }", plain),
            ("A=1\nB=${A", plain),
            ("A=1\nB=x${}", plain),
            ("A=1\nB=$$A", plain),
            ("A=1\nB=\\$A", plain),
            ("A=1\nB=\"\\$A $A\"", plain),
            ("A=1\nB=\"\\\\$A\"", plain),
            ("A=1\nB=$(id)", plain),
            ("A=1\nB=$A$5", plain),
            ("A=1\nB=\"$A costs $\"", plain),
        ] {
            assert_eq!(last(text), Err(why), "{text:?}");
        }
        // The line after the reference does not count.
        let entries = parse_expanded("B=$A\nA=1").entries;
        assert!(entries[0].value.is_err() && entries[1].value.is_ok());
    }

    #[test]
    fn references_that_double_each_other_end_with_an_error() {
        let lines = (1..100).map(|at| format!("N{at}=${{N{}}}${{N{}}}\n", at - 1, at - 1));
        let entries = parse_expanded(&format!("N0=xx\n{}", lines.collect::<String>())).entries;
        let refused: Vec<&str> = entries.iter().filter_map(|entry| entry.value.as_ref().err().copied()).collect();
        assert_eq!(refused[0], "`$` expands to too much text");
        assert!(refused.len() > 70);
    }
}
