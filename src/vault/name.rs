//! Names and ids: what may be called what. Parsed once, at the edge; a value of these types is valid.

use std::borrow::Borrow;
use std::fmt;

/// Why a text is no name. Holds no part of the text, which may be a value typed in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameError {
    /// What it should have been: "secret name", "project id" …
    pub what: &'static str,
    pub problem: NameProblem,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    Empty,
    /// More characters than the given limit.
    TooLong(usize),
    /// The character at this place, counted from 1, cannot stand there.
    Character(usize),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.problem {
            NameProblem::Empty => write!(f, "an empty {what}"),
            NameProblem::TooLong(limit) => write!(f, "not a {what}: longer than {limit} characters"),
            NameProblem::Character(place) => write!(f, "not a {what}: character {place} cannot stand there"),
        }
    }
}

impl std::error::Error for NameError {}

macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $what:literal, $limit:literal, $first:expr, $rest:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type(Box<str>);

        impl $type {
            /// Parses a name.
            ///
            /// # Errors
            /// If the text is empty, too long, or holds a character that cannot stand there.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                check(text, $what, $limit, $first, $rest)?;
                Ok(Self(text.into()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl Borrow<str> for $type {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
                struct Text;
                impl serde::de::Visitor<'_> for Text {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str(concat!("a ", $what))
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$type, E> {
                        $type::parse(text).map_err(E::custom)
                    }
                }
                source.deserialize_str(Text)
            }
        }
    };
}

name!(
    /// The name of a secret or an env entry: `^[a-zA-Z][a-zA-Z0-9_]*$`, at most 128 characters.
    SecretName,
    "secret name",
    128,
    |byte| byte.is_ascii_alphabetic(),
    |byte| byte.is_ascii_alphanumeric() || byte == b'_'
);

name!(
    /// The id of a project or a cluster: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, at most 64 characters.
    Id,
    "project or cluster id",
    64,
    |byte| byte.is_ascii_alphanumeric(),
    is_id_byte
);

name!(
    /// The name of a team: an [`Id`] in lower case.
    TeamName,
    "team name",
    64,
    is_lower_start,
    is_lower_rest
);

name!(
    /// The name of a member: an [`Id`] in lower case.
    MemberName,
    "member name",
    64,
    is_lower_start,
    is_lower_rest
);

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn is_lower_start(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_lower_rest(byte: u8) -> bool {
    is_lower_start(byte) || matches!(byte, b'.' | b'_' | b'-')
}

fn check(
    text: &str,
    what: &'static str,
    limit: usize,
    first: fn(u8) -> bool,
    rest: fn(u8) -> bool,
) -> Result<(), NameError> {
    let problem = |problem| Err(NameError { what, problem });
    let bytes = text.as_bytes();
    if bytes.is_empty() {
        return problem(NameProblem::Empty);
    }
    let bad = (0..bytes.len()).find(|&at| !(if at == 0 { first } else { rest })(bytes[at]));
    if let Some(at) = bad {
        return problem(NameProblem::Character(text[..floor(text, at)].chars().count() + 1));
    }
    if bytes.len() > limit {
        return problem(NameProblem::TooLong(limit));
    }
    Ok(())
}

/// The start of the character that the byte at `at` belongs to.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_the_rules_allow() {
        for good in ["A", "a", "DATABASE_URL", "a1_", &"A".repeat(128)] {
            assert!(SecretName::parse(good).is_ok(), "{good}");
        }
        for good in ["web", "9", "a.b-c_D", &"w".repeat(64)] {
            assert!(Id::parse(good).is_ok(), "{good}");
        }
        assert!(TeamName::parse("acme-2.eu").is_ok());
    }

    #[test]
    fn says_where_a_name_goes_wrong_and_never_repeats_it() {
        for (bad, problem) in [
            ("", NameProblem::Empty),
            ("1A", NameProblem::Character(1)),
            ("_A", NameProblem::Character(1)),
            ("A-B", NameProblem::Character(2)),
            ("AB=hunter2", NameProblem::Character(3)),
            ("Aé", NameProblem::Character(2)),
            ("É", NameProblem::Character(1)),
        ] {
            let error = SecretName::parse(bad).unwrap_err();
            assert_eq!(error.problem, problem, "{bad}");
            assert!(bad.len() < 2 || !error.to_string().contains(bad));
        }
        assert_eq!(SecretName::parse(&"A".repeat(129)).unwrap_err().problem, NameProblem::TooLong(128));
        assert_eq!(TeamName::parse("Acme").unwrap_err().problem, NameProblem::Character(1));
        assert_eq!(Id::parse(".hidden").unwrap_err().problem, NameProblem::Character(1));
    }
}
