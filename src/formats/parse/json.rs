//! JSON, read as one flat object (RFC 8259): texts are decoded, numbers stay as they are written.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{Assignments, Entry, HALF, SyntaxError, without_mark};

/// Parses a JSON object.
///
/// # Errors
/// If it is no JSON, or no object. A value that is null or nested is only that entry's error.
pub fn parse(text: &str) -> Result<Assignments, SyntaxError> {
    let text = without_mark(text);
    let mut lines = Lines { rest: text, line: 1 };
    let start = text.trim_start();
    if !start.starts_with('{') {
        return Err(SyntaxError::at(lines.of(start), "no object of names and values"));
    }
    let mut json = serde_json::Deserializer::from_str(text);
    let pairs = json.deserialize_map(Pairs).map_err(|error| wrong(&error))?;
    json.end().map_err(|error| SyntaxError::at(error.line(), "something after the end of the object"))?;
    let mut parsed = Assignments::default();
    for (name, value) in pairs {
        let line = lines.of(name.get());
        let name = decode(name, line)?.to_string();
        let value_line = lines.of(value.get());
        let value = match value.get().as_bytes() {
            [b'"', ..] => Ok(decode(value, value_line)?),
            [b'n', ..] => Err("is null, and no value"),
            [b'[', ..] => Err("is a list, and no value"),
            [b'{', ..] => Err("is an object, and no value"),
            _ => Ok(Zeroizing::new(value.get().to_owned())),
        };
        parsed.entries.push(Entry { line, name, value });
    }
    Ok(parsed.last_of_each())
}

/// The names and values of an object as they are written, repeated ones too.
struct Pairs;

impl<'t> Visitor<'t> for Pairs {
    type Value = Vec<(&'t RawValue, &'t RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<M: MapAccess<'t>>(self, mut map: M) -> Result<Self::Value, M::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(pairs)
    }
}

/// Counts lines as it goes through a text: from its start each time would take minutes for a long one.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl Lines<'_> {
    /// The line in which a part of the text begins, which comes after those asked for before.
    fn of(&mut self, part: &str) -> usize {
        let (passed, rest) = self.rest.split_at(part.as_ptr() as usize - self.rest.as_ptr() as usize);
        self.line += passed.matches('\n').count();
        self.rest = rest;
        self.line
    }
}

/// All else was checked when it was found: only what an escape means was not.
fn decode(raw: &RawValue, line: usize) -> Result<Zeroizing<String>, SyntaxError> {
    let text = serde_json::from_str(raw.get());
    text.map(Zeroizing::new).map_err(|_| SyntaxError::at(line, HALF))
}

/// The error's own message may quote a value.
fn wrong(error: &serde_json::Error) -> SyntaxError {
    let what = match error.classify() {
        Category::Eof => "it ends too early",
        _ => "no JSON from here on",
    };
    SyntaxError::at(error.line(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_texts_numbers_and_truths_as_they_are_written() {
        for (text, shown) in [
            ("{}", ""),
            (" \r\n{ }\n", ""),
            ("\u{feff}{\"A\":\"b\"}", "1: A=b"),
            (r#"{"A": "b", "B": "c"}"#, "1: A=b\n1: B=c"),
            (r#"{"A": "\"\\\/\b\f\n\r\t\u00e9\ud83e\udd80"}"#, "1: A=\"\\/\u{8}\u{c}\n\r\té🦀"),
            (r#"{"A": "\u0000"}"#, "1: A=\0"),
            (r#"{"A": ""}"#, "1: A="),
            (r#"{"\u0041": 1, "": 2, "a b": 3}"#, "1: A=1\n1: =2\n1: a b=3"),
            (
                r#"{"A": 1.10, "B": 1e400, "C": -0, "D": 12345678901234567890123}"#,
                "1: A=1.10\n1: B=1e400\n1: C=-0\n1: D=12345678901234567890123",
            ),
            (r#"{"A": true, "B": false}"#, "1: A=true\n1: B=false"),
            ("{\"A\"\n:\n\"b\",\r\n\"B\":\n1}", "1: A=b\n4: B=1"),
            (
                "{\n\"A\": null,\n\"B\": [\n\"x\"],\n\"C\": {\"D\": 1}\n}",
                "2: A is null, and no value\n3: B is a list, and no value\n5: C is an object, and no value",
            ),
            (
                "{\"A\": 1,\n\"B\": 2,\n\"\\u0041\": 3}",
                "2: B=2\n3: A=3\n3! A is set in line 1 too: the last one counts",
            ),
        ] {
            assert_eq!(parse(text).unwrap().shown(), shown, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_flat_object_is_refused_without_a_word_of_it() {
        for (text, line, what) in [
            ("", 1, "no object of names and values"),
            ("\n\n", 3, "no object of names and values"),
            ("\n[\"secret\"]", 2, "no object of names and values"),
            ("secret", 1, "no object of names and values"),
            ("{\n\"A\": secret}", 2, "no JSON from here on"),
            ("{\n\"A\": \"secret\n\"}", 2, "no JSON from here on"),
            ("{\"A\": \"secret\",}", 1, "no JSON from here on"),
            ("{\"A\": 0777}", 1, "no JSON from here on"),
            ("{\"A\": \"\\x\"}", 1, "no JSON from here on"),
            ("{secret: 1}", 1, "no JSON from here on"),
            ("{\"A\": \"secret\"", 1, "it ends too early"),
            ("{\n\"A\":\n\"secr", 3, "it ends too early"),
            ("{}\n{\"A\": \"secret\"}", 2, "something after the end of the object"),
            ("{\n\"A\":\n\"\\ud800secret\"}", 3, HALF),
            ("{\n\"\\udc00\": \"secret\"}", 2, HALF),
        ] {
            assert_eq!(parse(text).map(|parsed| parsed.shown()), Err(SyntaxError::at(line, what)), "{text:?}");
        }
    }

    #[test]
    fn neither_depth_nor_length_is_too_much() {
        let deep = format!("{{\"A\": {}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(parse(&deep).unwrap().shown(), "1: A is a list, and no value");
        let long: Vec<String> = (0..100_000).map(|n| format!("\"A{n}\": {n}")).collect();
        let parsed = parse(&format!("{{\n{}\n}}", long.join(",\n"))).unwrap();
        assert_eq!(parsed.entries.last().map(|entry| (entry.line, entry.name.as_str())), Some((100_001, "A99999")));
    }
}
