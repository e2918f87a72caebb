//! dotenv text as python-dotenv reads it (1.2), without interpolation.

use std::collections::HashMap;

use zeroize::Zeroizing;

/// A text that does not have the form that was expected next. The rest of the line is then skipped.
struct Unexpected;

/// Reads a text whose lines end with newlines. The last value of each name counts; a name alone has none.
pub fn read(text: &str) -> HashMap<&str, Zeroizing<String>> {
    let mut values = HashMap::new();
    let mut reader = Reader { rest: text.trim_start_matches(is_space) };
    while !reader.rest.is_empty() {
        match reader.binding() {
            Ok((Some(name), Some(value))) => drop(values.insert(name, value)),
            Ok((Some(name), None)) => drop(values.remove(name)),
            Ok((None, _)) => {}
            Err(Unexpected) => {
                let end = reader.rest.find('\n').map_or(reader.rest.len(), |at| at + 1);
                reader.rest = &reader.rest[end..];
            }
        }
        reader.rest = reader.rest.trim_start_matches(is_space);
    }
    values
}

struct Reader<'t> {
    rest: &'t str,
}

type Binding<'t> = (Option<&'t str>, Option<Zeroizing<String>>);

impl<'t> Reader<'t> {
    fn binding(&mut self) -> Result<Binding<'t>, Unexpected> {
        let exported = self.rest.strip_prefix("export").filter(|rest| rest.starts_with(is_inline_space));
        self.rest = exported.unwrap_or(self.rest);
        self.skip_spaces();
        let name = self.name()?;
        self.skip_spaces();
        let value = match self.rest.strip_prefix('=') {
            Some(rest) => {
                self.rest = rest;
                self.skip_spaces();
                let is_comment = self.rest.len() < rest.len() && self.rest.starts_with('#');
                Some(if is_comment { Zeroizing::default() } else { self.value()? })
            }
            None => None,
        };

        self.skip_spaces();
        if self.rest.starts_with('#') {
            self.line();
        }
        if !(self.rest.is_empty() || self.rest.starts_with('\n')) {
            return Err(Unexpected);
        }
        Ok((name, value))
    }

    fn name(&mut self) -> Result<Option<&'t str>, Unexpected> {
        if self.rest.starts_with('#') {
            return Ok(None);
        }
        let (name, rest) = match self.rest.strip_prefix('\'') {
            Some(inner) => inner.split_once('\'').ok_or(Unexpected)?,
            None => {
                let end = self.rest.find(|c| matches!(c, '=' | '#') || is_space(c));
                self.rest.split_at(end.unwrap_or(self.rest.len()))
            }
        };
        if name.is_empty() {
            return Err(Unexpected);
        }
        self.rest = rest;
        Ok(Some(name))
    }

    fn value(&mut self) -> Result<Zeroizing<String>, Unexpected> {
        let Some(quote @ ('\'' | '"')) = self.rest.chars().next() else {
            let line = self.line();
            let comment = line.match_indices('#').find(|(at, _)| line[..*at].ends_with(is_space));
            let value = comment.map_or(line, |(at, _)| &line[..at]);
            return Ok(Zeroizing::new(value.trim_end_matches(is_space).to_owned()));
        };
        let inner = &self.rest[1..];
        let mut value = Zeroizing::new(String::new());
        let mut chars = inner.char_indices();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                self.rest = &inner[at + 1..];
                return Ok(value);
            }
            if c != '\\' {
                value.push(c);
                continue;
            }
            let (_, escaped) = chars.next().ok_or(Unexpected)?;
            match unescape(escaped, quote) {
                Some(decoded) => value.push(decoded),
                None => value.extend(['\\', escaped]),
            }
        }
        Err(Unexpected)
    }

    /// Takes the rest of the line, without its end.
    fn line(&mut self) -> &'t str {
        let (line, rest) = self.rest.split_at(self.rest.find('\n').unwrap_or(self.rest.len()));
        self.rest = rest;
        line
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches(is_inline_space);
    }
}

/// Decodes the character after a backslash, if the two are an escape between these quotes.
fn unescape(c: char, quote: char) -> Option<char> {
    match (c, quote) {
        ('\\' | '\'', _) | ('"', '"') => Some(c),
        ('a', '"') => Some('\u{7}'),
        ('b', '"') => Some('\u{8}'),
        ('f', '"') => Some('\u{c}'),
        ('n', '"') => Some('\n'),
        ('r', '"') => Some('\r'),
        ('t', '"') => Some('\t'),
        ('v', '"') => Some('\u{b}'),
        _ => None,
    }
}

/// Whether Python's `\s` matches.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

fn is_inline_space(c: char) -> bool {
    is_space(c) && !matches!(c, '\r' | '\n')
}
