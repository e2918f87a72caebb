//! The last table of the file, `[signature]`: known by its exact shape at the end, and nowhere else.

use crate::vault::member::Signature;

const BEFORE: &[u8] = b"[signature]\nvalue = \"";
const AFTER: &[u8] = b"\"\n";

/// How long every trailer is, in bytes: a signature has 88 in base64.
pub const LENGTH: usize = BEFORE.len() + 88 + AFTER.len();

/// Reads a trailer. A text `[signature]` anywhere before the end is content, whoever wrote it there.
pub fn parse(trailer: &[u8]) -> Option<Signature> {
    let signature = trailer.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    Signature::parse(std::str::from_utf8(signature).ok()?)
}

/// The trailer of a signature.
pub fn print(signature: &Signature) -> String {
    format!("[signature]\nvalue = \"{signature}\"\n")
}
