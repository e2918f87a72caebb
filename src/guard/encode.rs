//! The encodings in which values turn up. Encoders differ in what they escape, so most functions return several texts.

use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use zeroize::Zeroizing;

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

/// Encodes a value as it appears at each of the three offsets in a longer base64 text.
///
/// The digits that depend on the neighbours of the value are left out.
pub fn base64(value: &[u8]) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    for before in 0..3 {
        let padded = Zeroizing::new([&[0; 2][..before], value].concat());
        let digits = (before * 8).div_ceil(6)..padded.len() * 8 / 6;
        for engine in [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD] {
            let text = Zeroizing::new(engine.encode(&*padded));
            texts.push(text.as_bytes().get(digits.clone()).unwrap_or_default().to_vec());
        }
    }
    texts
}

/// Encodes a value in hexadecimal.
pub fn hex(value: &[u8]) -> Vec<Vec<u8>> {
    [LOWER, UPPER].map(|digits| hex_with(value, digits)).into()
}

/// Percent-encodes a value for a URL or an HTML form.
pub fn url(value: &[u8]) -> Vec<Vec<u8>> {
    // RFC 3986, JavaScript and Python; then three kinds of forms, in which a space is `+`.
    let styles =
        [("-._~", false), ("-._~!'()*", false), ("-._~/", false), ("-._~", true), ("-._*", true), ("-._", true)];
    let mut texts = Vec::new();
    for (unescaped, is_form) in styles {
        for digits in [UPPER, LOWER] {
            texts.push(replace(value, |byte, out| match byte {
                b' ' if is_form => out.push(b'+'),
                byte if byte.is_ascii_alphanumeric() || unescaped.as_bytes().contains(&byte) => out.push(byte),
                byte => out.extend([&b"%"[..], &hex_with(&[byte], digits)].concat()),
            }));
        }
    }
    texts
}

/// Escapes a text for a JSON string.
pub fn json(text: &str) -> Vec<Vec<u8>> {
    // What is escaped beyond the necessary, whether all that is not ASCII is, and the digits of `\u`.
    let styles = [
        ("", false, LOWER),
        ("", true, LOWER),
        ("", true, UPPER),
        // PHP
        ("/", false, LOWER),
        ("/", true, LOWER),
        // Go
        ("<>&\u{2028}\u{2029}", false, LOWER),
        // .NET
        ("<>&'\"+`", true, UPPER),
    ];
    let escape = |(more, is_ascii, digits): (&str, bool, &[u8; 16])| {
        let mut out = Vec::with_capacity(text.len() * 2);
        for c in text.chars() {
            let short = match c {
                '/' if more == "/" => "\\/",
                c if more.contains(c) => "",
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                '\u{8}' => "\\b",
                '\u{c}' => "\\f",
                _ => "",
            };
            let is_control = c.is_ascii_control() && c != '\u{7f}';
            if !short.is_empty() {
                out.extend(short.as_bytes());
            } else if is_control || more.contains(c) || is_ascii && !c.is_ascii() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    out.extend(b"\\u");
                    out.extend(hex_with(&unit.to_be_bytes(), digits));
                }
            } else {
                out.extend(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        out
    };
    styles.map(escape).into()
}

/// Quotes a value for a shell, without the quotes themselves.
pub fn shell(value: &[u8]) -> Vec<Vec<u8>> {
    let single_quoted = [r"'\''", r#"'"'"'"#].map(|quote| {
        replace(value, |byte, out| match byte {
            b'\'' => out.extend(quote.as_bytes()),
            byte => out.push(byte),
        })
    });
    // Between double quotes, the same where `!` recalls the history, and without quotes.
    let backslashed = ["\"\\$`", "\"\\$`!", " \t!\"$&'()*,;<>?[\\]^`{|}"].map(|special| {
        replace(value, |byte, out| {
            if special.as_bytes().contains(&byte) {
                out.push(b'\\');
            }
            out.push(byte);
        })
    });
    // Between `$'` and `'`.
    let ansi = replace(value, |byte, out| match byte {
        b'\n' => out.extend(b"\\n"),
        b'\r' => out.extend(b"\\r"),
        b'\t' => out.extend(b"\\t"),
        b'\'' | b'\\' => out.extend([b'\\', byte]),
        byte => out.push(byte),
    });
    single_quoted.into_iter().chain(backslashed).chain([ansi]).collect()
}

/// Replaces each byte by what a function writes for it.
fn replace(value: &[u8], write: impl Fn(u8, &mut Vec<u8>)) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len() * 3);
    for byte in value {
        write(*byte, &mut out);
    }
    out
}

fn hex_with(bytes: &[u8], digits: &[u8; 16]) -> Vec<u8> {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15].map(|digit| digits[usize::from(digit)])).collect()
}
