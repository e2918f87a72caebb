//! A secret's value: stored exactly, wiped when dropped, and impossible to log by accident.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use super::shared::{Part, SharedText};

/// The longest value, in bytes.
pub const LIMIT: usize = 1 << 20;

/// The value of a secret or an env entry: text that an environment can hold, or bytes that it cannot.
///
/// It has no `Display` and no `Serialize`, and its `Debug` shows nothing. [`Value::expose`] and
/// [`Value::as_text`] are the only ways out.
#[derive(Clone, PartialEq, Eq)]
pub struct Value(Content);

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Text(Part),
    Bytes(Arc<Zeroizing<Vec<u8>>>),
}

/// Why bytes cannot be a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueError {
    /// More than [`LIMIT`] bytes.
    TooLong,
    /// A NUL follows this many bytes. No environment can hold one.
    Nul(usize),
    /// Invalid UTF-8 follows this many valid bytes.
    NotText(usize),
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueError::TooLong => write!(f, "longer than {LIMIT} bytes, the limit"),
            ValueError::Nul(at) => write!(f, "a NUL at byte {at}, which no environment can hold"),
            ValueError::NotText(at) => write!(f, "not UTF-8 text at byte {at}"),
        }
    }
}

impl std::error::Error for ValueError {}

impl Value {
    /// Makes a value from text: UTF-8 without NUL, at most [`LIMIT`] bytes.
    ///
    /// # Errors
    /// If the bytes are not such text, or too many.
    pub fn text(bytes: Zeroizing<Vec<u8>>) -> Result<Value, ValueError> {
        limit(&bytes)?;
        match std::str::from_utf8(&bytes) {
            Err(error) => Err(ValueError::NotText(error.valid_up_to())),
            Ok(text) => Value::from_text(Zeroizing::new(text.to_owned())),
        }
    }

    /// Makes a value from any bytes, at most [`LIMIT`]. Bytes that are valid text become text.
    ///
    /// # Errors
    /// If there are too many.
    pub fn any(bytes: Zeroizing<Vec<u8>>) -> Result<Value, ValueError> {
        limit(&bytes)?;
        let is_text = memchr::memchr(0, &bytes).is_none() && std::str::from_utf8(&bytes).is_ok();
        if is_text { Value::text(bytes) } else { Ok(Value(Content::Bytes(bytes.into()))) }
    }

    /// Makes a value from text that is already known to be UTF-8.
    pub(crate) fn from_text(text: Zeroizing<String>) -> Result<Value, ValueError> {
        limit(text.as_bytes())?;
        match memchr::memchr(0, text.as_bytes()) {
            Some(at) => Err(ValueError::Nul(at)),
            None => Ok(Value(Content::Text(SharedText::from(text).whole()))),
        }
    }

    /// Makes a value from a part of a text that has no NUL. None if it is too long.
    pub(in crate::vault) fn from_part(part: Part) -> Option<Value> {
        limit(part.as_bytes()).is_ok().then_some(Value(Content::Text(part)))
    }

    /// Decodes bytes from base64, as a vault stores them. Text is refused in this form, so that each value
    /// has only one.
    pub(crate) fn from_base64(text: &str) -> Option<Value> {
        let bytes = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
        Value::any(bytes).ok().filter(|value| !value.is_text())
    }

    /// The exact bytes of the value.
    pub fn expose(&self) -> &[u8] {
        match &self.0 {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes) => bytes,
        }
    }

    /// The text that an environment gets: the text itself, or the bytes as base64.
    pub fn as_text(&self) -> Cow<'_, str> {
        match &self.0 {
            Content::Text(text) => Cow::Borrowed(&**text),
            Content::Bytes(bytes) => Cow::Owned(BASE64_STANDARD.encode(bytes.as_slice())),
        }
    }

    /// Whether it is text. Otherwise it is bytes, and [`Value::as_text`] returns base64.
    pub fn is_text(&self) -> bool {
        matches!(self.0, Content::Text(_))
    }

    /// Its length in bytes.
    pub fn size(&self) -> usize {
        self.expose().len()
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

fn limit(bytes: &[u8]) -> Result<(), ValueError> {
    if bytes.len() > LIMIT { Err(ValueError::TooLong) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(bytes: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(bytes.to_vec())
    }

    #[test]
    fn keeps_text_and_bytes_exactly() {
        for exact in [&b""[..], b"a\r\n\t b\n", "é🦀".as_bytes()] {
            let value = Value::text(bytes(exact)).unwrap();
            assert_eq!((value.expose(), value.is_text()), (exact, true));
        }
        let value = Value::any(bytes(b"\xff\0a")).unwrap();
        assert_eq!((value.expose(), value.is_text()), (&b"\xff\0a"[..], false));
        assert_eq!(value.as_text(), "/wBh");
        assert_eq!(Value::from_base64("/wBh"), Some(value));
        assert_eq!(Value::from_base64("YWJj"), None, "text is never stored as base64");
    }

    #[test]
    fn refuses_text_that_no_environment_can_hold() {
        assert_eq!(Value::text(bytes(b"a\0b")), Err(ValueError::Nul(1)));
        assert_eq!(Value::text(bytes(b"ab\xff")), Err(ValueError::NotText(2)));
        assert!(Value::any(bytes(&vec![b'x'; LIMIT])).is_ok());
        assert_eq!(Value::any(bytes(&vec![b'x'; LIMIT + 1])), Err(ValueError::TooLong));
    }

    #[test]
    fn shows_nothing_in_debug_output() {
        assert_eq!(format!("{:?}", Value::text(bytes(b"hunter2")).unwrap()), "Value(…)");
    }
}
