//! The forms of a value outside the vault: as it is, line by line, encoded, quoted.

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use super::common::{is_common_line, without_newlines};
use super::encode;
use super::reading::read_value;

/// How deep the parts of a JSON value are looked for in texts that are JSON themselves.
const DEEPEST: usize = 3;

/// A text by which a value can be recognised.
///
/// It has no `Debug`: its bytes are the value.
pub struct Form {
    pub bytes: Zeroizing<Vec<u8>>,
    pub how: Encoding,
    pub in_text: InText,
    pub in_reading: InReading,
}

/// What was done to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    Raw,
    /// One line of several.
    Line,
    /// A text inside a JSON value.
    Part,
    Base64,
    Hex,
    Url,
    Json,
    Shell,
}

/// Where a form is recognised in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InText {
    Never,
    /// As a whole line.
    AsLine,
    Anywhere,
}

/// When a form is recognised in the reading of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InReading {
    Never,
    /// If an escape was decoded.
    Escaped,
    /// If an escape was decoded or lines were joined.
    Changed,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Encoding::Raw => "raw",
            Encoding::Line => "line",
            Encoding::Part => "part",
            Encoding::Base64 => "base64",
            Encoding::Hex => "hex",
            Encoding::Url => "url",
            Encoding::Json => "json",
            Encoding::Shell => "shell",
        })
    }
}

/// Returns every form of a value once, the value itself first.
///
/// Line ends at the end of the value belong to no form.
pub fn forms(value: &[u8]) -> Vec<Form> {
    let value = without_newlines(value);
    let mut forms = Vec::new();
    add_forms(value, Encoding::Raw, &mut forms);
    for part in json_parts(value, DEEPEST) {
        add_forms(without_newlines(part.as_bytes()), Encoding::Part, &mut forms);
    }

    forms.retain(|form| !form.bytes.is_empty());
    forms.sort_by(|a, b| (&*a.bytes, a.how).cmp(&(&*b.bytes, b.how)));
    forms.dedup_by(|later, earlier| {
        let is_same = later.bytes == earlier.bytes;
        if is_same {
            earlier.in_text = earlier.in_text.max(later.in_text);
            earlier.in_reading = earlier.in_reading.max(later.in_reading);
        }
        is_same
    });
    forms.sort_by_key(|form| form.how);
    forms
}

/// Adds the forms of a value, or of a part of one.
fn add_forms(value: &[u8], how: Encoding, forms: &mut Vec<Form>) {
    let mut add = |bytes: Vec<u8>, how, in_text, in_reading| {
        forms.push(Form { bytes: Zeroizing::new(bytes), how, in_text, in_reading });
    };
    for text in encode::base64(value) {
        add(text, Encoding::Base64, InText::Anywhere, InReading::Changed);
    }
    for text in encode::hex(value) {
        add(text, Encoding::Hex, InText::Anywhere, InReading::Changed);
    }

    let lines: Vec<&[u8]> = value.split(|byte| *byte == b'\n').collect();
    let in_reading = if lines.len() > 1 { InReading::Changed } else { InReading::Escaped };
    let texts = [(value.to_vec(), how)].into_iter();
    let texts = texts.chain(encode::form(value).map(|text| (text, Encoding::Url)));
    for (text, how) in texts.chain(encode::quoted(value).into_iter().map(|text| (text, Encoding::Shell))) {
        // Most values read as what they are.
        let mut reads_as_itself = InReading::Never;
        for reading in read_value(&text) {
            match reading {
                None => reads_as_itself = in_reading,
                Some(mut reading) => add(std::mem::take(&mut reading), how, InText::Never, in_reading),
            }
        }
        add(text, how, InText::Anywhere, reads_as_itself);
    }
    if lines.len() > 1 {
        // A terminal puts a CR before each newline.
        add(lines.join(&b"\r\n"[..]), how, InText::Anywhere, InReading::Never);
        for line in lines.into_iter().map(<[u8]>::trim_ascii).filter(|line| !is_common_line(line)) {
            add(line.to_vec(), Encoding::Line, InText::AsLine, InReading::Never);
        }
    }
}

/// Returns the texts in a JSON object or array, and in those that they hold.
fn json_parts(value: &[u8], depth: usize) -> Vec<Zeroizing<String>> {
    if depth == 0 || !value.trim_ascii_start().starts_with(b"{") && !value.trim_ascii_start().starts_with(b"[") {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let mut rest: Vec<Value> = serde_json::from_slice(value).into_iter().collect();
    while let Some(value) = rest.pop() {
        match value {
            Value::Array(values) => rest.extend(values),
            Value::Object(values) => rest.extend(values.into_iter().map(|(_, value)| value)),
            Value::String(text) => {
                parts.extend(json_parts(text.as_bytes(), depth - 1));
                parts.push(Zeroizing::new(text));
            }
            _ => {}
        }
    }
    parts.retain(|part| !is_common_line(part.as_bytes()));
    parts
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, Engine as _};

    use super::*;

    /// The forms of a kind, as text.
    fn of(how: Encoding, value: &str) -> Vec<String> {
        let forms = forms(value.as_bytes()).into_iter().filter(|form| form.how == how);
        forms.map(|form| String::from_utf8(form.bytes.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_value_of_letters_and_digits_has_forms_in_base64_and_hex_only() {
        let all: Vec<String> = forms(b"jklJKL123456").iter().map(|form| form.how.to_string()).collect();
        assert_eq!(all, ["raw", "base64", "base64", "base64", "hex", "hex"]);
        assert_eq!(of(Encoding::Hex, "kLmN"), ["6B4C6D4E", "6b4c6d4e"]);
    }

    #[test]
    fn base64_is_found_at_every_offset() {
        for value in ["x9fK2mQ8", "x9fK2mQ8s", "x9fK2mQ8s?>~ÿ", "a\n?b>>?>~~~\u{7f}"] {
            let forms = of(Encoding::Base64, value);
            for before in ["", "u", "us", "use", "user"] {
                for after in ["", ":", ":p", ":pw"] {
                    let text = format!("{before}{value}{after}");
                    for encoded in [BASE64_STANDARD.encode(&text), BASE64_URL_SAFE.encode(&text)] {
                        let found = forms.iter().filter(|form| encoded.contains(*form)).map(String::len).max();
                        let all = value.len() * 8 / 6;
                        assert!(found.is_some_and(|found| found + 2 >= all), "{text} {encoded}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_line_that_stands_in_everybodys_files_is_not_a_form() {
        let key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\r\n  AASCBKcwggSjAgEAAoIBAQ\nQ==\n-----END PRIVATE KEY-----\n";
        assert_eq!(of(Encoding::Line, key), ["AASCBKcwggSjAgEAAoIBAQ", "MIIEvQIBADANBgkqhkiG9w0BAQEF"]);
        let account = "{\n  \"type\": \"service_account\",\n  \"private_key_id\": \"9f31c2d4a0b17e55\",\n  \"auth_uri\": \"https://accounts.google.com/o/oauth2/auth\",\n  \"cert\": \"https://www.googleapis.com/oauth2/v1/certs\"\n}";
        assert_eq!(of(Encoding::Line, account), ["\"private_key_id\": \"9f31c2d4a0b17e55\","]);
        assert_eq!(
            of(Encoding::Line, "apiVersion: v1\nkind: Config\n  password: tr0ub4dor&3\n"),
            ["password: tr0ub4dor&3"]
        );
        assert_eq!(of(Encoding::Line, "one line, 2 w0rds\n"), [""; 0]);
    }

    #[test]
    fn a_newline_at_the_end_belongs_to_no_form() {
        let plain = forms(b"x9fK2mQ8");
        for end in ["\n", "\r\n", "\n\n"] {
            let other = forms(format!("x9fK2mQ8{end}").as_bytes());
            assert!(plain.iter().map(|form| &form.bytes).eq(other.iter().map(|form| &form.bytes)));
        }
        assert!(forms(b"\n").is_empty() && forms(b"").is_empty());
    }
}
