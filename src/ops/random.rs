//! Random values.

use std::str::FromStr;

use rand::Rng as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

/// The longest value that is generated, in characters.
pub const MAX_LENGTH: u32 = 65_536;

/// The characters of a random value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alphabet {
    Alphanumeric,
    /// Every printable ASCII character except the space.
    Printable,
    /// Lower case.
    Hexadecimal,
    Base64Url,
}

/// Parses the name of an alphabet: `alnum`, `ascii`, `hex` or `base64url`.
impl FromStr for Alphabet {
    type Err = ();

    fn from_str(text: &str) -> Result<Alphabet, ()> {
        match text {
            "alnum" => Ok(Alphabet::Alphanumeric),
            "ascii" => Ok(Alphabet::Printable),
            "hex" => Ok(Alphabet::Hexadecimal),
            "base64url" => Ok(Alphabet::Base64Url),
            _ => Err(()),
        }
    }
}

impl Alphabet {
    fn characters(self) -> Vec<u8> {
        let is_member = |character: &u8| match self {
            Alphabet::Alphanumeric => character.is_ascii_alphanumeric(),
            Alphabet::Printable => true,
            Alphabet::Hexadecimal => matches!(character, b'0'..=b'9' | b'a'..=b'f'),
            Alphabet::Base64Url => character.is_ascii_alphanumeric() || b"-_".contains(character),
        };
        (b'!'..=b'~').filter(is_member).collect()
    }

    /// Draws characters, each with the same probability.
    pub fn draw(self, length: u32) -> Zeroizing<Vec<u8>> {
        let characters = self.characters();
        // `gen_range` rejects what a remainder would make more likely.
        let draw = |_| characters[OsRng.gen_range(0..characters.len())];
        Zeroizing::new((0..length).map(draw).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alphabet_has_all_its_characters_once_and_no_other() {
        let text = |alphabet: Alphabet| String::from_utf8(alphabet.characters()).unwrap();
        assert_eq!(text(Alphabet::Hexadecimal), "0123456789abcdef");
        assert_eq!(text(Alphabet::Alphanumeric).len(), 62);
        assert_eq!(text(Alphabet::Base64Url).len(), 64);
        assert_eq!(text(Alphabet::Printable).len(), 94);
    }
}
