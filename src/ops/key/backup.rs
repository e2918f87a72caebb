//! A key on paper: its 24 words, and the key that they give back.

use crate::keys::{AgeIdentity as _, Identity, Key, Word, Words};
use crate::report::{Command, Error, Kind, Message, and};
use crate::session::Session;
use crate::vault::Recipient;

/// A key for paper.
pub struct Backup {
    pub recipient: Recipient,
    pub fingerprint: String,
    pub words: Words,
    /// Whether a rotation replaces this key.
    pub is_old: bool,
}

/// Returns the backups of all age keys at hand, in the order of the file.
///
/// # Errors
/// If there is no such key. Others have no words.
pub fn backups(session: &Session) -> Result<Vec<Backup>, Error> {
    let keys = session.keys()?;
    let old = session.rotation().map(|rotation| &rotation.old);
    let backup = |identity: &Identity| {
        let words = Words::of(identity)?;
        let recipient = identity.recipient();
        let is_old = Some(&recipient) == old;
        Some(Backup { fingerprint: identity.fingerprint().to_string(), words, is_old, recipient })
    };
    let backups: Vec<Backup> = keys.iter().filter_map(Key::signer).filter_map(backup).collect();
    if backups.is_empty() { Err(no_words(keys)) } else { Ok(backups) }
}

fn no_words(keys: &[Key]) -> Error {
    let refused = |what: &str| {
        Error::new(Kind::Usage, "no_words", format!("{what} has no words: only an age key (AGE-SECRET-KEY-1…) has"))
    };
    if keys.iter().any(|key| key.hardware().is_some()) {
        return refused("a key in hardware, which does not release it,")
            .hint("let the vault have another writer, or a second key of yours in a safe place");
    }
    refused("an ssh key")
        .hint("keep a copy of its file")
        .hint(Message::from("for an age key: ").command(Command::without_vault("key new")))
}

/// Parses the 24 words in a text, with any white space between them, and perhaps numbered.
///
/// # Errors
/// If there are more or fewer, or some are not in the list. No error contains a word.
pub fn parse(text: &str) -> Result<Words, Error> {
    let texts: Vec<&str> = text.split_whitespace().map(unnumbered).filter(|word| !word.is_empty()).collect();
    if texts.len() != Words::COUNT {
        let message = match texts.len() {
            0 => "there are no words".to_owned(),
            1 => "there is 1 word".to_owned(),
            count => format!("there are {count} words"),
        };
        return Err(Error::new(Kind::Usage, "words_count", format!("{message}; a key has {}", Words::COUNT)));
    }
    let mut words = [Word::default(); Words::COUNT];
    let mut unknown = Vec::new();
    for (at, text) in texts.into_iter().enumerate() {
        match Word::parse(text) {
            Ok(word) => words[at] = word,
            Err(_) => unknown.push(at + 1),
        }
    }
    if !unknown.is_empty() {
        let (word, are) = if unknown.len() == 1 { ("word", "is") } else { ("words", "are") };
        let message = format!("{word} {} {are} not in the list of BIP 39, English", and(&unknown));
        return Err(Error::new(Kind::Usage, "words_unknown", message).hint("compare it with the paper"));
    }
    Ok(Words::new(words))
}

/// Strips what numbers a word: `7.`, `7)` or `7:`, before it or by itself.
pub fn unnumbered(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches(['.', ')', ':'])
        .trim_end_matches([',', ';'])
}

/// Returns the identity that has these words.
///
/// # Errors
/// If they do not belong together.
pub fn identity(words: &Words) -> Result<Identity, Error> {
    words.identity().map_err(|_| {
        let message = "all words are in the list, but they do not belong together: at least one of them is wrong";
        let restore = Command::without_vault("key restore");
        Error::new(Kind::Usage, "words_wrong", message)
            .hint(Message::from("compare each with the paper, or correct one on a terminal: ").command(restore))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_however_they_were_written_down() {
        let identity = Identity::generate();
        let words = Words::of(&identity).unwrap();
        let numbered = |mark: &str, space: &str| {
            let words: Vec<String> = words.iter().zip(1..).map(|(word, at)| format!("{at}{mark}{word}")).collect();
            words.join(space)
        };
        let line = words.line().to_string();
        for text in [line.clone(), line.to_uppercase(), line.replace(' ', "\r\n"), line.replace(' ', ", ")]
            .into_iter()
            .chain([numbered(".", "\n"), numbered(". ", "\n\n"), numbered(" ", "\t"), numbered(") ", "  ")])
        {
            let again = super::identity(&parse(&text).unwrap()).unwrap();
            assert_eq!(again.recipient(), identity.recipient(), "{text}");
        }
    }

    #[test]
    fn an_error_says_which_words_are_wrong_and_repeats_none() {
        let (zoo, all) = (["zoo"; 24].join(" "), ["zoo"; 23].join(" ") + " vote");
        for (text, code, message) in [
            (String::new(), "words_count", "there are no words; a key has 24"),
            ("zoo".into(), "words_count", "there is 1 word; a key has 24"),
            (format!("{all} zoo"), "words_count", "there are 25 words; a key has 24"),
            (all.replace("vote", "hunter2"), "words_unknown", "word 24 is not in the list of BIP 39, English"),
            (
                all.replacen("zoo", "hunter2", 2),
                "words_unknown",
                "words 1 and 2 are not in the list of BIP 39, English",
            ),
            (
                zoo,
                "words_wrong",
                "all words are in the list, but they do not belong together: at least one of them is wrong",
            ),
        ] {
            let error = parse(&text).and_then(|words| identity(&words)).err().unwrap();
            assert_eq!((error.code(), error.report().message.to_string().as_str()), (code, message));
        }
    }
}
