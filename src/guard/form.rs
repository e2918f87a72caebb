//! The forms of a value outside the vault: as it is, line by line, encoded, escaped.

use std::fmt;

use zeroize::Zeroizing;

use super::common::{is_phrase, is_plain, without_newlines};
use super::encode;

/// A text by which a value can be recognised.
///
/// It has no `Debug`: its bytes are the value.
pub struct Form {
    pub bytes: Zeroizing<Vec<u8>>,
    pub how: Encoding,
}

/// What was done to the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    Raw,
    /// One line of several.
    Line,
    Base64,
    Hex,
    Url,
    Json,
    Shell,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Encoding::Raw => "raw",
            Encoding::Line => "line",
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
    let encodings = [
        (Encoding::Raw, vec![value.to_vec()]),
        (Encoding::Line, lines(value)),
        (Encoding::Base64, encode::base64(value)),
        (Encoding::Hex, encode::hex(value)),
        (Encoding::Url, encode::url(value)),
        (Encoding::Json, std::str::from_utf8(value).map(encode::json).unwrap_or_default()),
        (Encoding::Shell, encode::shell(value)),
    ];

    let mut forms = Vec::new();
    for (how, texts) in encodings {
        let form = |bytes| Form { bytes: Zeroizing::new(bytes), how };
        forms.extend(texts.into_iter().filter(|text| !text.is_empty()).map(form));
    }
    forms.sort_by(|a, b| (&*a.bytes, a.how).cmp(&(&*b.bytes, b.how)));
    forms.dedup_by(|later, earlier| later.bytes == earlier.bytes);
    forms.sort_by_key(|form| form.how);
    forms
}

/// Returns the lines of a value of several lines that do not stand in everybody's files.
fn lines(value: &[u8]) -> Vec<Vec<u8>> {
    if !value.contains(&b'\n') {
        return Vec::new();
    }
    let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.filter(|line| !is_plain(line) && !is_phrase(line)).map(<[u8]>::to_vec).collect()
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
    fn escapes_as_the_common_encoders_do() {
        let value = "a b/c'd\"e$f+g~h";
        for url in ["a%20b%2Fc%27d%22e%24f%2Bg~h", "a+b%2fc%27d%22e%24f%2bg~h", "a%20b/c%27d%22e%24f%2Bg~h"] {
            assert!(of(Encoding::Url, value).iter().any(|form| form == url), "{url}");
        }
        assert!(of(Encoding::Url, value).contains(&"a%20b%2Fc'd%22e%24f%2Bg~h".into()), "encodeURIComponent");
        assert!(of(Encoding::Url, value).contains(&"a+b%2Fc%27d%22e%24f%2Bg%7Eh".into()), "an HTML form");
        let json = of(Encoding::Json, "a\n\"b\\/é<🦀\u{1}");
        for escaped in [
            "a\\n\\\"b\\\\/é<🦀\\u0001",
            "a\\n\\\"b\\\\/\\u00e9<\\ud83e\\udd80\\u0001",
            "a\\n\\\"b\\\\\\/\\u00e9<\\ud83e\\udd80\\u0001",
            "a\\n\\\"b\\\\/é\\u003c🦀\\u0001",
            "a\\n\\u0022b\\\\/\\u00E9\\u003C\\uD83E\\uDD80\\u0001",
        ] {
            assert!(json.contains(&escaped.into()), "{escaped} in {json:?}");
        }
        let shell = of(Encoding::Shell, "it's $5 `x` \\!");
        for escaped in [
            r"it'\''s $5 `x` \!",
            r#"it'"'"'s $5 `x` \!"#,
            r"it's \$5 \`x\` \\!",
            r"it's \$5 \`x\` \\\!",
            r"it\'s\ \$5\ \`x\`\ \\\!",
            r"it\'s $5 `x` \\!",
        ] {
            assert!(shell.contains(&escaped.into()), "{escaped} in {shell:?}");
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
