//! The trailer: the last table of the file, `[signature]`.
//!
//! It is recognised by its exact shape at the very end, and nowhere else.

use crate::vault::member::Signature;

const BEFORE: &[u8] = b"[signature]\nvalue = \"";
const AFTER: &[u8] = b"\"\n";

/// The length of every trailer, in bytes: a signature has 88 characters of base64.
pub const LENGTH: usize = BEFORE.len() + 88 + AFTER.len();

/// Parses a trailer. The same text anywhere before the end of a file is content.
pub fn parse(trailer: &[u8]) -> Option<Signature> {
    let signature = trailer.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    std::str::from_utf8(signature).ok()?.parse().ok()
}

/// Prints the trailer of a signature.
pub fn print(signature: &Signature) -> String {
    format!("[signature]\nvalue = \"{signature}\"\n")
}
