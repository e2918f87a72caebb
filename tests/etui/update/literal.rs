//! String literals in Rust source: finds, reads and writes them.

use std::ops::Range;

/// The longest line of the sources, as in `rustfmt.toml`.
const LINE: usize = 120;

/// A string literal in a source.
#[derive(Clone)]
pub struct Literal {
    pub span: Range<usize>,
    pub value: String,
    /// Whether it is the format string of a `format!`.
    pub is_template: bool,
}

/// The string literals and the brackets of a source. Comments, characters and byte strings are passed over.
pub struct Scan {
    pub literals: Vec<Literal>,
    /// The offset of each bracket, and whether it opens.
    brackets: Vec<(usize, bool)>,
}

impl Scan {
    pub fn new(source: &str) -> Scan {
        let mut scan = Scan { literals: vec![], brackets: vec![] };
        let mut at = 0;
        while let Some(first) = source[at..].chars().next() {
            at += scan.token(source, at, first);
        }
        scan
    }

    /// The arguments of the call whose name begins here, with their brackets.
    pub fn call(&self, at: usize) -> Range<usize> {
        let mut depth = 0;
        let mut start = at;
        for &(bracket, opens) in self.brackets.iter().filter(|(bracket, _)| *bracket >= at) {
            if depth == 0 {
                start = bracket;
            }
            depth += if opens { 1 } else { -1 };
            if depth == 0 {
                return start..bracket;
            }
        }
        at..at
    }

    /// Records the token that begins here, and returns its length.
    fn token(&mut self, source: &str, at: usize, first: char) -> usize {
        let rest = &source[at..];
        let until = |end: &str| rest.find(end).map_or(rest.len(), |found| found + end.len());
        let word = rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(rest.len());
        match first {
            '/' if rest.starts_with("//") => until("\n"),
            '/' if rest.starts_with("/*") => until("*/"),
            // A character, or the quote of a lifetime.
            '\'' if rest.starts_with("'\\") => 3 + rest[3..].find('\'').map_or(0, |found| found + 1),
            '\'' => match rest.char_indices().nth(2) {
                Some((end, '\'')) => end + 1,
                _ => 1,
            },
            '(' | '[' | '{' | ')' | ']' | '}' => {
                self.brackets.push((at, matches!(first, '(' | '[' | '{')));
                1
            }
            '"' => self.string(source, at, 0),
            _ if word == 0 => first.len_utf8(),
            _ if matches!(&rest[..word], "r" | "b" | "br" | "c" | "cr") => {
                let quote = rest[word..].find(|char| char != '#').map_or("", |hashes| &rest[word + hashes..]);
                if quote.starts_with('"') { self.string(source, at, word) } else { word }
            }
            _ => word,
        }
    }

    /// Records the string that begins here with a prefix of this length, and returns its length.
    fn string(&mut self, source: &str, at: usize, prefix: usize) -> usize {
        let rest = &source[at..];
        let quote = rest.find('"').expect("a string has a quote");
        let is_raw = rest[..prefix].contains('r');
        let (start, mut end) = (quote + 1, quote + 1);
        let closing = format!("\"{}", &rest[prefix..quote]);
        while !rest[end..].starts_with(&closing) {
            let is_escape = !is_raw && rest[end..].starts_with('\\');
            end += if is_escape { 1 } else { 0 };
            end += rest[end..].chars().next().expect("a string is closed").len_utf8();
        }

        let content = &rest[start..end];
        let length = end + closing.len();
        if matches!(&rest[..prefix], "" | "r") {
            let value = if is_raw { content.to_owned() } else { unescape(content) };
            let is_template = source[..at].trim_end().ends_with("format!(");
            self.literals.push(Literal { span: at..at + length, value, is_template });
        }
        length
    }
}

/// The value of a plain literal, given the text between its quotes.
fn unescape(content: &str) -> String {
    let mut value = String::new();
    let mut rest = content;
    while let Some((before, escape)) = rest.split_once('\\') {
        value += before;
        let kind = escape.chars().next().expect("an escape has a character");
        let mut after = &escape[kind.len_utf8()..];
        let mut code = |length: usize, digits: &str| {
            after = &after[length..];
            char::from_u32(u32::from_str_radix(digits, 16).expect("the compiler took it")).expect("the same")
        };
        match kind {
            'n' => value.push('\n'),
            't' => value.push('\t'),
            'r' => value.push('\r'),
            '0' => value.push('\0'),
            'x' => value.push(code(2, &escape[1..3])),
            'u' => {
                let end = escape.find('}').expect("the compiler took it");
                value.push(code(end, &escape[2..end]));
            }
            // The text continues on the next line, after its indentation.
            '\n' => after = after.trim_start(),
            other => value.push(other),
        }
        rest = after;
    }
    value + rest
}

/// Writes a value as the literal that replaces an old one.
///
/// A text of several lines is written on one line with `\n`. If that line is too long, or the old literal was
/// split, each line of the text gets its own line. Quotes and backslashes make it a raw literal.
pub fn write(value: &str, source: &str, old: &Literal) -> String {
    let was = &source[old.span.clone()];
    let is_plain = |char: char| matches!(char, '"' | '\\' | '\'') || char.escape_debug().count() == 1;
    if value.chars().all(is_plain) && (value.contains(['"', '\\']) || was.starts_with('r')) {
        let hashes = "#".repeat((0..).find(|count| !value.contains(&format!("\"{}", "#".repeat(*count)))).unwrap_or(0));
        return format!("r{hashes}\"{value}\"{hashes}");
    }

    let escape = |text: &str| {
        let escaped =
            text.chars().map(|char| if char == '\'' { "'".to_owned() } else { char.escape_debug().to_string() });
        escaped.collect::<String>()
    };
    let line_start = source[..old.span.start].rfind('\n').map_or(0, |newline| newline + 1);
    let before = &source[line_start..old.span.start];
    let after = source[old.span.end..].lines().next().unwrap_or("");
    let one_line = format!("\"{}\"", escape(value));
    let is_long = before.chars().count() + one_line.chars().count() + after.chars().count() > LINE;
    if !is_long && !was.contains("\\\n") {
        return one_line;
    }

    // The compiler drops the indentation of a continued line, so spaces of the text come before the break.
    let column = match was.split_once("\\\n") {
        Some((_, next)) => next.len() - next.trim_start_matches(' ').len(),
        None => before.len() - before.trim_start().len() + if before.trim().is_empty() { 1 } else { 5 },
    };
    let mut broken = String::new();
    let mut rest = value;
    while let Some(newline) = rest.find('\n').filter(|newline| newline + 1 < rest.len()) {
        let spaces = rest[newline + 1..].len() - rest[newline + 1..].trim_start_matches(' ').len();
        let end = newline + 1 + spaces;
        broken += &format!("{}\\\n{}", escape(&rest[..end]), " ".repeat(column));
        rest = &rest[end..];
    }
    format!("\"{broken}{}\"", escape(rest))
}

#[test]
fn reads_literals_and_skips_comments_characters_and_byte_strings() {
    let source = r###"// "no"
    let a = ('"', '\'', '\u{22}', b'"', b"no", "a \"b\"\n \
             c\x41\u{e9}"); /* "no" */
    fn f<'a>(x: &'a str) { format!("{x}", r#"raw "q" \n"#, br"no"); }"###;
    let scan = Scan::new(source);
    let values: Vec<_> = scan.literals.iter().map(|literal| (literal.value.as_str(), literal.is_template)).collect();
    assert_eq!(values, [("a \"b\"\n cAé", false), ("{x}", true), ("raw \"q\" \\n", false)]);
}

#[test]
fn writes_a_literal_in_the_form_that_reads_best() {
    let rewrite = |literal: &str, value: &str| {
        let source = format!("    says({literal});");
        let scan = Scan::new(&source);
        let written = write(value, &source, &scan.literals[0]);
        assert_eq!(Scan::new(&written).literals[0].value, value);
        written
    };
    assert_eq!(rewrite(r#""a""#, "it's\n é\u{1b}"), r#""it's\n é\u{1b}""#);
    assert_eq!(rewrite(r#""a""#, "say \"x\""), r##"r#"say "x""#"##);
    assert_eq!(rewrite(r#""a""#, "say \"x\"\n"), r#""say \"x\"\n""#);
    assert_eq!(rewrite(r#"r"a\b""#, "b"), r#"r"b""#);
    assert_eq!(rewrite("\"a\\n\\\n  b\"", "c\n d\n"), "\"c\\n \\\n  d\\n\"");
    let long = "x".repeat(LINE);
    assert_eq!(rewrite(r#""a""#, &format!("{long}\ny")), format!("\"{long}\\n\\\n         y\""));
}
