//! JSON: one flat object (RFC 8259). Strings are decoded, numbers keep their source text.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::assignments::{Assignments, Entry};
use super::syntax_error::{LONE_SURROGATE, SyntaxError, without_byte_order_mark};

/// Parses a JSON object.
///
/// # Errors
/// If the text is not a JSON object. A value that is null or nested is only that entry's error.
pub fn parse(text: &str) -> Result<Assignments, SyntaxError> {
    let text = without_byte_order_mark(text);
    let mut lines = Lines { rest: text, line: 1 };
    let start = text.trim_start();
    if !start.starts_with('{') {
        return Err(SyntaxError::at(lines.of(start), "expected a JSON object of names and values"));
    }

    let mut json = serde_json::Deserializer::from_str(text);
    let pairs = json.deserialize_map(Pairs).map_err(|error| syntax_error(&error))?;
    json.end().map_err(|error| SyntaxError::at(error.line(), "unexpected text after the object"))?;

    let mut parsed = Assignments::default();
    for (name, value) in pairs {
        let line = lines.of(name.get());
        let name = decode(name, line)?.to_string();
        let value_line = lines.of(value.get());
        let value = match value.get().as_bytes() {
            [b'"', ..] => Ok(decode(value, value_line)?),
            [b'n', ..] => Err("null is not a value"),
            [open @ (b'[' | b'{'), rest @ ..] => {
                if *open == b'{' || rest.trim_ascii_start().starts_with(b"{") {
                    parsed.nested.get_or_insert_with(|| name.clone());
                }
                Err(if *open == b'{' { "an object is not a value" } else { "a list is not a value" })
            }
            _ => Ok(Zeroizing::new(value.get().to_owned())),
        };
        parsed.entries.push(Entry { line, name, value });
    }
    Ok(parsed.last_of_each())
}

/// Collects the names and values of an object as they are written, with the repeated ones.
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

/// Counts lines while it walks through a text. Counting from the start each time would be quadratic.
struct Lines<'t> {
    rest: &'t str,
    line: usize,
}

impl Lines<'_> {
    /// Returns the line on which a part of the text begins. Parts must come in the order of the text.
    fn of(&mut self, part: &str) -> usize {
        let offset = part.as_ptr() as usize - self.rest.as_ptr() as usize;
        let (passed, rest) = self.rest.split_at(offset);
        self.line += passed.matches('\n').count();
        self.rest = rest;
        self.line
    }
}

/// Decodes a string. Its syntax is known to be right, so only a surrogate can be wrong.
fn decode(raw: &RawValue, line: usize) -> Result<Zeroizing<String>, SyntaxError> {
    let text = serde_json::from_str(raw.get());
    text.map(Zeroizing::new).map_err(|_| SyntaxError::at(line, LONE_SURROGATE))
}

/// Replaces the message of the JSON library, which may quote a value.
fn syntax_error(error: &serde_json::Error) -> SyntaxError {
    let what = match error.classify() {
        Category::Eof => "unexpected end of the file",
        _ => "invalid JSON",
    };
    SyntaxError::at(error.line(), what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_numbers_and_booleans_as_they_are_written() {
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
                "2: A: null is not a value\n3: B: a list is not a value\n5: C: an object is not a value",
            ),
            (
                "{\"A\": 1,\n\"B\": 2,\n\"\\u0041\": 3}",
                "2: B=2\n3: A=3\n3! A is also set on line 1; the last value wins",
            ),
        ] {
            assert_eq!(parse(text).unwrap().show(), shown, "{text:?}");
        }
    }

    #[test]
    fn refuses_anything_but_a_flat_object_without_quoting_it() {
        for (text, line, what) in [
            ("", 1, "expected a JSON object of names and values"),
            ("\n\n", 3, "expected a JSON object of names and values"),
            ("\n[\"secret\"]", 2, "expected a JSON object of names and values"),
            ("secret", 1, "expected a JSON object of names and values"),
            ("{\n\"A\": secret}", 2, "invalid JSON"),
            ("{\n\"A\": \"secret\n\"}", 2, "invalid JSON"),
            ("{\"A\": \"secret\",}", 1, "invalid JSON"),
            ("{\"A\": 0777}", 1, "invalid JSON"),
            ("{\"A\": \"\\x\"}", 1, "invalid JSON"),
            ("{secret: 1}", 1, "invalid JSON"),
            ("{\"A\": \"secret\"", 1, "unexpected end of the file"),
            ("{\n\"A\":\n\"secr", 3, "unexpected end of the file"),
            ("{}\n{\"A\": \"secret\"}", 2, "unexpected text after the object"),
            ("{\n\"A\":\n\"\\ud800secret\"}", 3, LONE_SURROGATE),
            ("{\n\"\\udc00\": \"secret\"}", 2, LONE_SURROGATE),
        ] {
            assert_eq!(parse(text).map(|parsed| parsed.show()), Err(SyntaxError::at(line, what)), "{text:?}");
        }
    }

    #[test]
    fn reads_deep_and_long_objects() {
        let deep = format!("{{\"A\": {}{}}}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert_eq!(parse(&deep).unwrap().show(), "1: A: a list is not a value");
        let long: Vec<String> = (0..100_000).map(|n| format!("\"A{n}\": {n}")).collect();
        let parsed = parse(&format!("{{\n{}\n}}", long.join(",\n"))).unwrap();
        assert_eq!(parsed.entries.last().map(|entry| (entry.line, entry.name.as_str())), Some((100_001, "A99999")));
    }
}
