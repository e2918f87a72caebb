//! A key as 24 words for paper (BIP 39, English): 256 bits of key and 8 bits of checksum, 11 bits in each word.

use std::fmt;

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

use super::identity::Identity;
use crate::vault::near::nearest;

/// The letters by which each word of the list differs from all others.
const UNIQUE: usize = 4;

/// The letters of the longest word.
const LONGEST: usize = 8;

/// A word of the list.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Word(&'static str);

/// Why a text is not a word of the list. Never contains the text, which is a part of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordError {
    /// The word that may have been meant: show it only to the person who types.
    pub nearest: Option<&'static str>,
}

/// All words are in the list, but no key has these 24 words in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChecksumError;

/// The words of one key.
pub struct Words(Zeroizing<[Word; Words::COUNT]>);

impl fmt::Display for WordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a word of the list of BIP 39")
    }
}

impl std::error::Error for WordError {}

impl fmt::Display for ChecksumError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the words do not belong together: at least one of them is wrong")
    }
}

impl std::error::Error for ChecksumError {}

impl Default for Word {
    fn default() -> Word {
        Word(list()[0])
    }
}

impl zeroize::DefaultIsZeroes for Word {}

fn list() -> &'static [&'static str; 2048] {
    Language::English.word_list()
}

impl Word {
    /// Parses a word, in any case, or a beginning of at least four letters that only one word has.
    ///
    /// # Errors
    /// If it is not in the list. Then the word that may have been meant is named.
    pub fn parse(text: &str) -> Result<Word, WordError> {
        let text = Zeroizing::new(text.to_lowercase());
        if let Some(at) = Language::English.find_word(&text) {
            return Ok(Word(list()[usize::from(at)]));
        }
        let mut longer = list().iter().filter(|word| text.len() >= UNIQUE && word.starts_with(&**text));
        match (longer.next(), longer.next()) {
            (Some(word), None) => Ok(Word(word)),
            _ => Err(WordError { nearest: nearest(&text, list().iter().map(|word| (*word, *word))) }),
        }
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl Words {
    pub const COUNT: usize = 24;

    /// The words of an identity. None of a key in hardware.
    pub fn of(identity: &Identity) -> Option<Words> {
        let mnemonic = Mnemonic::from_entropy(&identity.raw()?).expect("a key has 32 bytes, which are 24 words");
        let mut words = Zeroizing::new([Word::default(); Words::COUNT]);
        words.iter_mut().zip(mnemonic.words()).for_each(|(word, text)| *word = Word(text));
        Some(Words(words))
    }

    pub fn new(words: [Word; Words::COUNT]) -> Words {
        Words(Zeroizing::new(words))
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.iter().map(|word| word.0)
    }

    /// The words in one line.
    pub fn line(&self) -> Zeroizing<String> {
        // Reserved at once: a string that grows leaves copies behind.
        let mut line = Zeroizing::new(String::with_capacity(Words::COUNT * (LONGEST + 1)));
        for word in self.iter() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        line
    }

    /// Returns the identity that has these words.
    ///
    /// # Errors
    /// If the checksum in the last word is not that of the others. It finds 255 of 256 mistakes.
    pub fn identity(&self) -> Result<Identity, ChecksumError> {
        let mnemonic = Mnemonic::parse_in_normalized(Language::English, &self.line()).map_err(|_| ChecksumError)?;
        let (bytes, _) = mnemonic.to_entropy_array();
        let bytes = Zeroizing::new(bytes);
        Ok(Identity::from_raw(bytes.first_chunk().expect("24 words have 32 bytes")))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vault::hex;

    fn words(text: &str) -> Result<Words, WordError> {
        let words: Vec<Word> = text.split(' ').map(Word::parse).collect::<Result<_, _>>()?;
        Ok(Words::new(words.try_into().unwrap_or_else(|_| panic!("not 24 words"))))
    }

    /// The vectors of 24 words that BIP 39 refers to (python-mnemonic, vectors.json).
    #[test]
    fn the_words_are_those_of_the_vectors_of_bip_39() {
        let long = "letter advice cage absurd amount doctor acoustic avoid letter advice cage absurd amount doctor \
                    acoustic avoid letter advice cage absurd amount doctor acoustic bless";
        let (abandon, zoo) = (["abandon"; 23].join(" ") + " art", ["zoo"; 23].join(" ") + " vote");
        for (bytes, text) in [
            ("00".repeat(32), abandon.as_str()),
            ("ff".repeat(32), zoo.as_str()),
            ("80".repeat(32), long),
            (
                "7f".repeat(32),
                "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful \
                 legal winner thank year wave sausage worth title",
            ),
            (
                "68a79eaca2324873eacc50cb9c6eca8cc68ea5d936f98787c60c7ebc74e6ce7c".into(),
                "hamster diagram private dutch cause delay private meat slide toddler razor book happy fancy gospel \
                 tennis maple dilemma loan word shrug inflict delay length",
            ),
            (
                "9f6a2878b2520799a44ef18bc7df394e7061a224d2c33cd015b157d746869863".into(),
                "panda eyebrow bullet gorilla call smoke muffin taste mesh discover soft ostrich alcohol speed nation \
                 flash devote level hobby quick inner drive ghost inside",
            ),
            (
                "066dca1a2bb7e8a1db2832148ce9933eea0f3ac9548d793112d9a95c9407efad".into(),
                "all hour make first leader extend hole alien behind guard gospel lava path output census museum junior \
                 mass reopen famous sing advance salt reform",
            ),
            (
                "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f".into(),
                "void come effort suffer camp survey warrior heavy shoot primary clutch crush open amazing screen \
                 patrol group space point ten exist slush involve unfold",
            ),
        ] {
            let raw = (0..32).map(|at| u8::from_str_radix(&bytes[2 * at..2 * at + 2], 16).unwrap());
            let raw: [u8; 32] = raw.collect::<Vec<_>>().try_into().unwrap();
            assert_eq!(Words::of(&Identity::from_raw(&raw)).unwrap().line().as_str(), text);
            let again = words(text).unwrap().identity().unwrap();
            assert_eq!(hex::encode(&again.raw().unwrap()), bytes);
        }
    }

    #[test]
    fn each_word_is_checked_by_itself() {
        let parse = |text: &str| Word::parse(text).map(Word::as_str).map_err(|error| error.nearest);
        for (text, expected) in [
            ("abandon", Ok("abandon")),
            ("ABANDON", Ok("abandon")),
            ("aban", Ok("abandon")),
            ("Aband", Ok("abandon")),
            // A whole word, although longer ones begin with it.
            ("act", Ok("act")),
            ("acto", Ok("actor")),
            ("abandn", Err(Some("abandon"))),
            ("aba", Err(Some("abandon"))),
            ("zooo", Err(Some("zoo"))),
            ("xylophone", Err(None)),
            ("", Err(None)),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
        for word in list() {
            assert_eq!(parse(&word[..word.len().min(UNIQUE)]), Ok(*word));
        }
        assert!(list().iter().all(|word| word.len() <= LONGEST));
    }

    #[test]
    fn a_wrong_word_that_is_in_the_list_is_found_by_the_checksum() {
        let right = ["zoo"; 23].join(" ") + " vote";
        assert!(words(&right).unwrap().identity().is_ok());
        for wrong in [right.replace("vote", "zoo"), right.replacen("zoo", "art", 1), right.replacen("zoo", "zone", 1)] {
            assert_eq!(words(&wrong).unwrap().identity().err(), Some(ChecksumError));
        }
    }

    proptest! {
        #[test]
        fn any_identity_comes_back_from_its_words(raw: [u8; 32]) {
            let identity = Identity::from_raw(&raw);
            let again = words(&Words::of(&identity).unwrap().line()).unwrap().identity().unwrap();
            prop_assert_eq!(again.recipient(), identity.recipient());
            prop_assert_eq!(again.writer_key(), identity.writer_key());
            prop_assert_eq!(again.raw(), identity.raw());
        }
    }
}
