//! The forms in which a value is met outside the vault: as it is, line by line, encoded, escaped.

use std::fmt;

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use zeroize::Zeroizing;

/// What has fewer characters is met by chance.
pub const SHORTEST: usize = 8;

/// From how many letters or digits on a text of them alone is no mere word or number.
const LONG_WORD: usize = 16;

/// A text by which a value can be known.
///
/// No `Debug`: its bytes are the value.
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

/// Whether a value is one that any text may hold by chance: shorter than [`SHORTEST`] characters, one
/// character repeated, or a single word or number of fewer than 16 characters, as `localhost`.
pub fn is_plain(value: &[u8]) -> bool {
    let value = without_newlines(value);
    let is_word = value.iter().all(u8::is_ascii_alphabetic)
        && (value[1.min(value.len())..].iter().all(u8::is_ascii_lowercase) || value.iter().all(u8::is_ascii_uppercase));
    is_short(value)
        || value.iter().all(|byte| *byte == value[0])
        || value.len() < LONG_WORD && (is_word || value.iter().all(u8::is_ascii_digit))
}

/// Every form of a value, each once; those that are the value itself stand first. Newlines at its end belong to none of them: a
/// value that was read from a file often has one, and is met without it.
pub fn forms(value: &[u8]) -> Vec<Form> {
    let value = without_newlines(value);
    let mut found = Snapshot(Vec::new());
    found.add(Encoding::Raw, value.to_vec());
    if value.contains(&b'\n') {
        let lines = value.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
        lines
            .filter(|line| !is_plain(line) && !is_words(line))
            .for_each(|line| found.add(Encoding::Line, line.to_vec()));
    }
    base64(value, &mut found);
    found.add(Encoding::Hex, value.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    found.add(Encoding::Hex, value.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()).collect());
    url(value, &mut found);
    if let Ok(text) = std::str::from_utf8(value) {
        json(text, &mut found);
    }
    shell(value, &mut found);
    let mut forms = found.0;
    forms.sort_by(|a, b| (&*a.bytes, a.how).cmp(&(&*b.bytes, b.how)));
    forms.dedup_by(|later, earlier| later.bytes == earlier.bytes);
    forms.sort_by_key(|form| form.how);
    forms
}

/// The forms so far, some of them more than once.
struct Snapshot(Vec<Form>);

impl Snapshot {
    fn add(&mut self, how: Encoding, bytes: Vec<u8>) {
        if !bytes.is_empty() {
            self.0.push(Form { bytes: Zeroizing::new(bytes), how });
        }
    }
}

fn without_newlines(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    &value[..end.map_or(0, |end| end + 1)]
}

/// Whether a value has fewer than [`SHORTEST`] characters, newlines at its end not counted: no form has them.
pub fn is_short(value: &[u8]) -> bool {
    let bytes = without_newlines(value);
    std::str::from_utf8(bytes).map_or(bytes.len(), |text| text.chars().count()) < SHORTEST
}

/// Whether a line of a longer value is made of words and numbers alone, as those that frame a key, or hold
/// the fields of a JSON file: they stand in everybody's.
fn is_words(line: &[u8]) -> bool {
    let is_word = |run: &[u8]| {
        let letters = run.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
        let digits = run.len() - letters;
        let lower: Vec<bool> = run[..letters].iter().map(u8::is_ascii_lowercase).collect();
        let changes = lower.windows(2).filter(|pair| pair[0] != pair[1]).count();
        run[letters..].iter().all(u8::is_ascii_digit)
            && if letters == 0 { digits < LONG_WORD } else { digits <= 4 && changes * 3 <= letters }
    };
    line.split(|byte| !byte.is_ascii_alphanumeric() && byte.is_ascii()).all(is_word)
}

/// As it stands at each of the three places in a longer text that is encoded: only the digits that do not
/// depend on its neighbours.
fn base64(value: &[u8], found: &mut Snapshot) {
    for before in 0..3 {
        let padded = Zeroizing::new([&[0; 2][..before], value].concat());
        let digits = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(engine.encode(&*padded));
            found.add(Encoding::Base64, text.as_bytes().get(digits.clone()).unwrap_or_default().to_vec());
        }
    }
}

/// What escapes differs: RFC 3986, JavaScript, Python, and three kinds of forms.
fn url(value: &[u8], found: &mut Snapshot) {
    let kept = ["-._~", "-._~!'()*", "-._~/"].map(|kept| (kept, false));
    for (kept, plus) in kept.into_iter().chain(["-._~", "-._*", "-._"].map(|kept| (kept, true))) {
        for upper in [true, false] {
            let escaped = escape(value, |byte| match byte {
                b' ' if plus => Some("+".into()),
                byte if byte.is_ascii_alphanumeric() || kept.as_bytes().contains(&byte) => None,
                byte if upper => Some(format!("%{byte:02X}")),
                byte => Some(format!("%{byte:02x}")),
            });
            found.add(Encoding::Url, escaped);
        }
    }
}

/// What is escaped beyond what must be differs: nothing, all that is not ASCII, `/` (PHP), `<>&` (Go), and
/// more (.NET).
fn json(text: &str, found: &mut Snapshot) {
    for (also, ascii, upper) in [
        ("", false, false),
        ("", true, false),
        ("", true, true),
        ("/", false, false),
        ("/", true, false),
        ("<>&\u{2028}\u{2029}", false, false),
        ("<>&'\"+`", true, true),
    ] {
        let mut escaped = Vec::new();
        let mut units = [0; 2];
        for c in text.chars() {
            let short = match c {
                '/' if also == "/" => "\\/",
                c if also.contains(c) => "",
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\u{8}' => "\\b",
                '\u{c}' => "\\f",
                _ => "",
            };
            if !short.is_empty() {
                escaped.extend_from_slice(short.as_bytes());
            } else if c.is_ascii_control() && c != '\u{7f}' || also.contains(c) || ascii && !c.is_ascii() {
                for unit in c.encode_utf16(&mut units) {
                    let unit = if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                    escaped.extend_from_slice(unit.as_bytes());
                }
            } else {
                escaped.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        found.add(Encoding::Json, escaped);
    }
}

/// Between single quotes (in two ways), double quotes (in two ways), none, and in `$'…'`.
fn shell(value: &[u8], found: &mut Snapshot) {
    for quote in [r"'\''", r#"'"'"'"#] {
        found.add(Encoding::Shell, escape(value, |byte| (byte == b'\'').then(|| quote.into())));
    }
    for escapes in ["\"\\$`", "\"\\$`!", " \t!\"$&'()*,;<>?[\\]^`{|}"] {
        let backslash = |byte: u8| escapes.as_bytes().contains(&byte).then(|| format!("\\{}", char::from(byte)));
        found.add(Encoding::Shell, escape(value, backslash));
    }
    let ansi = |byte| {
        let escaped = match byte {
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'\'' => "\\'",
            b'\\' => "\\\\",
            _ => return None,
        };
        Some(escaped.to_owned())
    };
    found.add(Encoding::Shell, escape(value, ansi));
}

/// The value with some of its bytes replaced.
fn escape(value: &[u8], escape: impl Fn(u8) -> Option<String>) -> Vec<u8> {
    value.iter().flat_map(|byte| escape(*byte).map_or(vec![*byte], String::into_bytes)).collect()
}

#[cfg(test)]
mod tests {
    use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};

    use super::*;

    /// The forms of a kind, as text.
    fn of(how: Encoding, value: &str) -> Vec<String> {
        let forms = forms(value.as_bytes()).into_iter().filter(|form| form.how == how);
        forms.map(|form| String::from_utf8(form.bytes.to_vec()).unwrap()).collect()
    }

    #[test]
    fn a_value_without_any_sign_is_met_as_it_is_in_base64_and_in_hex() {
        let all: Vec<String> = forms(b"jklJKL123456").iter().map(|form| form.how.to_string()).collect();
        assert_eq!(all, ["raw", "base64", "base64", "base64", "hex", "hex"]);
        assert_eq!(of(Encoding::Hex, "kLmN"), ["6B4C6D4E", "6b4c6d4e"]);
    }

    #[test]
    fn base64_is_known_wherever_the_value_stands_in_what_is_encoded() {
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
    fn each_escape_is_as_others_write_it() {
        let value = "a b/c'd\"e$f+g~h";
        for url in ["a%20b%2Fc%27d%22e%24f%2Bg~h", "a+b%2fc%27d%22e%24f%2bg~h", "a%20b/c%27d%22e%24f%2Bg~h"] {
            assert!(of(Encoding::Url, value).iter().any(|form| form == url), "{url}");
        }
        assert!(of(Encoding::Url, value).contains(&"a%20b%2Fc'd%22e%24f%2Bg~h".into()), "encodeURIComponent");
        assert!(of(Encoding::Url, value).contains(&"a+b%2Fc%27d%22e%24f%2Bg%7Eh".into()), "a form's");
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
    fn lines_that_stand_in_everybodys_files_are_no_forms() {
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
    fn newlines_at_the_end_belong_to_no_form() {
        let plain = forms(b"x9fK2mQ8");
        for end in ["\n", "\r\n", "\n\n"] {
            let other = forms(format!("x9fK2mQ8{end}").as_bytes());
            assert!(plain.iter().map(|form| &form.bytes).eq(other.iter().map(|form| &form.bytes)));
        }
        assert!(forms(b"\n").is_empty() && forms(b"").is_empty());
    }

    #[test]
    fn what_any_text_may_hold_is_plain() {
        for plain in [
            "",
            "\n",
            "1234567",
            "éééé",
            "localhost",
            "Production",
            "POSTGRES",
            "production\n",
            "20261121",
            "--------",
            "xxxxxxxxxxxxxxxxxxxx",
            "123456789012345",
        ] {
            assert!(is_plain(plain.as_bytes()), "{plain}");
        }
        for telling in [
            "12345678x",
            "пароль12",
            "passWord",
            "correcthorsebatterystaple",
            "localhost:5432",
            "1234567890123456",
            "\u{0}\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}",
        ] {
            assert!(!is_plain(telling.as_bytes()), "{telling}");
        }
        assert!(!is_plain(b"\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8"));
    }
}
