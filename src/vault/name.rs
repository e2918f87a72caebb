//! Names and ids: which texts are valid ones.
//!
//! They are parsed once, where they come in: a value of one of these types is valid.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::hex;
use super::malformed::Malformed;
use super::shared::Part;

/// Why a text is not a name.
///
/// It holds no part of the text, which may be a value typed in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameError {
    /// What it should have been: "secret name", "project or cluster id" …
    pub what: &'static str,
    pub problem: NameProblem,
}

/// What is wrong with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameProblem {
    /// It has no character.
    Empty,
    /// It has more characters than this limit.
    TooLong(usize),
    /// The character at this position, counted from 1, is not allowed there.
    Character(usize),
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = self.what;
        match self.problem {
            NameProblem::Empty => write!(f, "the {what} is empty"),
            NameProblem::TooLong(limit) => write!(f, "not a {what}: longer than {limit} characters"),
            NameProblem::Character(position) => write!(f, "not a {what}: character {position} is not allowed"),
        }
    }
}

impl std::error::Error for NameError {}

/// What a kind of name may consist of. All bytes that it allows are ASCII.
struct Rule {
    what: &'static str,
    limit: usize,
    first: fn(u8) -> bool,
    rest: fn(u8) -> bool,
}

impl Rule {
    fn check(&self, text: &str) -> Result<(), NameError> {
        let problem = |problem| Err(NameError { what: self.what, problem });
        let Some((first, rest)) = text.as_bytes().split_first() else {
            return problem(NameProblem::Empty);
        };

        let bad = match (self.first)(*first) {
            true => rest.iter().position(|byte| !(self.rest)(*byte)).map(|at| at + 1),
            false => Some(0),
        };
        if let Some(bad) = bad {
            let position = text.char_indices().take_while(|(start, _)| *start <= bad).count();
            return problem(NameProblem::Character(position));
        }
        if text.len() > self.limit {
            return problem(NameProblem::TooLong(self.limit));
        }
        Ok(())
    }
}

const SECRET: Rule = Rule {
    what: "secret name",
    limit: 128,
    first: |byte| byte.is_ascii_alphabetic(),
    rest: |byte| byte.is_ascii_alphanumeric() || byte == b'_',
};

const ID: Rule = Rule {
    what: "project or cluster id",
    limit: 64,
    first: |byte| byte.is_ascii_alphanumeric(),
    rest: |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'),
};

const TEAM: Rule = Rule { what: "team name", ..LOWERCASE };
const MEMBER: Rule = Rule { what: "member name", ..LOWERCASE };

const LOWERCASE: Rule = Rule {
    what: "name",
    limit: 64,
    first: |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9'),
    rest: |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-'),
};

macro_rules! name {
    ($(#[$doc:meta])* $type:ident($text:ty), $rule:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $type($text);

        impl $type {
            /// Parses a name, as [`FromStr`] does.
            ///
            /// # Errors
            /// If the text is empty, too long, or holds a character that is not allowed.
            pub fn parse(text: &str) -> Result<Self, NameError> {
                text.parse()
            }

            /// Its text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                $rule.check(text)?;
                Ok(Self(text.into()))
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
                let text = String::deserialize(source)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

name!(
    /// The name of a secret or an env entry: `^[a-zA-Z][a-zA-Z0-9_]*$`, at most 128 characters.
    SecretName(Part),
    SECRET
);

impl SecretName {
    /// The length of the longest name at the start of a text.
    pub(in crate::vault) fn length_at_start(text: &str) -> Option<usize> {
        let bytes = text.as_bytes();
        let length = bytes.iter().position(|byte| !(SECRET.rest)(*byte)).unwrap_or(bytes.len());
        ((SECRET.first)(*bytes.first()?) && length <= SECRET.limit).then_some(length)
    }

    /// Makes a name of a part of a text. None if it is not one.
    pub(in crate::vault) fn from_part(part: Part) -> Option<SecretName> {
        (SecretName::length_at_start(&part)? == part.len()).then_some(SecretName(part))
    }
}

name!(
    /// The id of a project or a cluster: `^[A-Za-z0-9][A-Za-z0-9._-]*$`, at most 64 characters.
    Id(Box<str>),
    ID
);

name!(
    /// The name of a team: an [`Id`] in lowercase.
    TeamName(Box<str>),
    TEAM
);

name!(
    /// The name of a member: an [`Id`] in lowercase.
    MemberName(Arc<str>),
    MEMBER
);

/// A vault's id: 128 random bits, printed as 32 lowercase hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VaultId(pub [u8; 16]);

impl VaultId {
    /// Parses an id, as [`FromStr`] does.
    pub fn parse(text: &str) -> Option<VaultId> {
        text.parse().ok()
    }
}

impl FromStr for VaultId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<VaultId, Malformed> {
        let expected = "a vault id (32 lowercase hexadecimal digits)";
        hex::decode(text).map(VaultId).ok_or(Malformed { expected })
    }
}

impl fmt::Display for VaultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_names_that_the_rules_allow() {
        for good in ["A", "a", "DATABASE_URL", "a1_", &"A".repeat(128)] {
            assert!(SecretName::parse(good).is_ok(), "{good}");
        }
        for good in ["web", "9", "a.b-c_D", &"w".repeat(64)] {
            assert!(Id::parse(good).is_ok(), "{good}");
        }
        assert!(TeamName::parse("acme-2.eu").is_ok());
    }

    #[test]
    fn points_at_the_bad_character_and_never_repeats_the_text() {
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
        assert_eq!(MemberName::parse("al ice").unwrap_err().what, "member name");
        assert_eq!(Id::parse(".hidden").unwrap_err().problem, NameProblem::Character(1));
        assert_eq!(Id::parse(&"w".repeat(65)).unwrap_err().problem, NameProblem::TooLong(64));
    }

    #[test]
    fn parses_a_vault_id_from_its_printed_form_only() {
        let id = VaultId([0xab; 16]);
        assert_eq!(id.to_string(), "ab".repeat(16));
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "ab", &"AB".repeat(16), &"ab".repeat(17)] {
            let error = bad.parse::<VaultId>().unwrap_err();
            assert_eq!(error.to_string(), "not a vault id (32 lowercase hexadecimal digits)", "{bad}");
        }
    }
}
