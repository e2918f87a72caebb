//! The last table of the file, `[signature]`: found by its shape from the end, and nowhere else.

use crate::vault::member::Signature;

const BEFORE: &[u8] = b"[signature]\nvalue = \"";
const AFTER: &[u8] = b"\"\n";
/// 64 bytes in base64.
const SIGNATURE: usize = 88;
const LENGTH: usize = BEFORE.len() + SIGNATURE + AFTER.len();

/// Splits a file into what was signed and its signature. None if it does not end in exactly a trailer.
///
/// A text `[signature]` anywhere before is content, whoever wrote it there: only what ends the file counts.
pub fn split(text: &[u8]) -> Option<(&[u8], Signature)> {
    let (body, trailer) = text.split_at_checked(text.len().checked_sub(LENGTH)?)?;
    let signature = trailer.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let signature = Signature::parse(std::str::from_utf8(signature).ok()?)?;
    body.ends_with(b"\n").then_some((body, signature))
}

/// The trailer of a signature.
pub fn print(signature: &Signature) -> String {
    format!("[signature]\nvalue = \"{signature}\"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_exactly_one_trailer_at_the_very_end() {
        let trailer = print(&Signature([7; 64]));
        let good = format!("a = 1\n\n{trailer}");
        assert_eq!(split(good.as_bytes()), Some((&b"a = 1\n\n"[..], Signature([7; 64]))));
        let twice = format!("{good}{trailer}");
        assert_eq!(split(twice.as_bytes()).unwrap().0, good.as_bytes(), "the inner one is signed content");
        for bad in [
            "".to_owned(),
            "a = 1\n".to_owned(),
            trailer.clone(),
            format!("a = 1{trailer}"),
            format!("{good}\n"),
            format!("{good}x = 1\n"),
            good.replace("value = ", "value  = "),
            good.replace("\"\n", "\"\r\n"),
            good.replace("==", "=A"),
            good.replace("[signature]", "[Signature]"),
        ] {
            assert_eq!(split(bad.as_bytes()), None, "{bad}");
        }
    }
}
