//! The trailer: the last table of the file, `[signature]`.
//!
//! It is recognised by its exact shape at the very end, and nowhere else.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::vault::key::Signature;
use crate::vault::label::{Digest, labelled};

const CURRENT: &str = "[signature]\ncurrent = \"";
const HISTORY: &str = "\"\nhistory = \"";
const VALUE: &str = "\"\nvalue = \"";
const END: &str = "\"\n";

/// The length of every trailer, in bytes: a digest has 44 characters of base64, a signature 88.
pub const LENGTH: usize = CURRENT.len() + 44 + HISTORY.len() + 44 + VALUE.len() + 88 + END.len();

/// The digests of the two parts of a text. The signature covers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Digests {
    /// The SHA-256 of the current part.
    pub current: Digest,
    /// The SHA-256 of the history.
    pub history: Digest,
}

impl Digests {
    /// The bytes that the writer signs. `purpose` says what the text is: "vault" or "environment".
    pub fn signed(&self, purpose: &str) -> Vec<u8> {
        labelled(purpose, &[&self.current, &self.history])
    }
}

/// A trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trailer {
    pub digests: Digests,
    pub signature: Signature,
}

impl Trailer {
    /// Parses a trailer. The same text anywhere before the end of a file is content.
    pub fn parse(trailer: &[u8]) -> Option<Trailer> {
        let text = std::str::from_utf8(trailer).ok()?;
        let (current, rest) = text.strip_prefix(CURRENT)?.split_at_checked(44)?;
        let (history, rest) = rest.strip_prefix(HISTORY)?.split_at_checked(44)?;
        let signature = rest.strip_prefix(VALUE)?.strip_suffix(END)?;
        let digest = |text: &str| BASE64_STANDARD.decode(text).ok()?.try_into().ok();
        let digests = Digests { current: digest(current)?, history: digest(history)? };
        Some(Trailer { digests, signature: signature.parse().ok()? })
    }

    /// Its text.
    pub fn print(&self) -> String {
        let Trailer { digests, signature } = self;
        let [current, history] = [digests.current, digests.history].map(|digest| BASE64_STANDARD.encode(digest));
        format!("{CURRENT}{current}{HISTORY}{history}{VALUE}{signature}{END}")
    }
}
