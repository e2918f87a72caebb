//! Takes the text of a vault piece by piece, as it is decrypted, and keeps what the read needs.
//!
//! The history is most of a vault and comes last. A read that does not need it drops it after hashing, so
//! that the memory for it is never even touched.

use memchr::memmem;

use super::trailer;
use crate::vault::member::Signature;

/// How the history begins.
pub(super) const HISTORY: &[u8] = b"\n[[history.";

/// The smallest capacity of a read without the history, in bytes.
const MIN_CAPACITY: usize = 64 << 10;

/// Takes a signed text piece by piece.
pub struct SignedReader {
    keeps_history: bool,
    kept: Vec<u8>,
    /// Whether the history has begun and is being dropped.
    is_dropping: bool,
    /// The last bytes so far, which may be the trailer.
    last: Vec<u8>,
}

/// A signed text that was taken to its end.
pub struct SignedBody {
    /// The body, without the history if that was not kept.
    pub body: Vec<u8>,
    pub signature: Signature,
}

impl SignedReader {
    /// Begins. `size` is an upper bound of the bytes to come.
    pub fn new(size: usize, keeps_history: bool) -> SignedReader {
        // The whole capacity is wiped on drop, so keep it close to what is used. A large vault is mostly
        // history.
        let capacity = if keeps_history { size } else { size.min(MIN_CAPACITY.max(size / 3)) };
        let last = Vec::with_capacity(trailer::LENGTH);
        SignedReader { keeps_history, kept: Vec::with_capacity(capacity), is_dropping: false, last }
    }

    /// Takes the next piece, and passes on to `signed` what is now known to belong to the body. All of the
    /// body is signed.
    pub fn take(&mut self, piece: &[u8], signed: &mut dyn FnMut(&[u8])) {
        // The last bytes are held back, as many as a trailer has, until more follow them.
        let body = (self.last.len() + piece.len()).saturating_sub(trailer::LENGTH);
        let from_last = body.min(self.last.len());
        let from_piece = body - from_last;
        let held: Vec<u8> = self.last.drain(..from_last).collect();
        for body in [&held[..], &piece[..from_piece]] {
            signed(body);
            self.keep(body);
        }
        self.last.extend_from_slice(&piece[from_piece..]);
    }

    fn keep(&mut self, piece: &[u8]) {
        if self.is_dropping {
            return;
        }
        // The mark may begin in the piece before.
        let start = self.kept.len().saturating_sub(HISTORY.len());
        self.kept.extend_from_slice(piece);
        if !self.keeps_history
            && let Some(at) = memmem::find(&self.kept[start..], HISTORY)
        {
            self.kept.truncate(start + at + 1);
            self.is_dropping = true;
        }
    }

    /// Ends. None if the text does not end with exactly one trailer, after a complete line.
    pub fn finish(self) -> Option<SignedBody> {
        let signature = trailer::parse(&self.last)?;
        (self.is_dropping || self.kept.ends_with(b"\n")).then_some(SignedBody { body: self.kept, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &[u8], pieces: usize, keeps_history: bool) -> Option<SignedBody> {
        let mut reader = SignedReader::new(text.len(), keeps_history);
        let mut signed = Vec::new();
        text.chunks(pieces).for_each(|piece| reader.take(piece, &mut |body| signed.extend_from_slice(body)));
        assert!(text.starts_with(&signed) && text.len() - signed.len() <= trailer::LENGTH);
        reader.finish()
    }

    #[test]
    fn keeps_the_same_text_however_it_is_split_into_pieces() {
        let trailer = trailer::print(&Signature([7; 64]));
        let current = "a = 1\n\n[secrets.A]\nvalue = '[[history.'\n";
        let history = "\n[[history.secrets.A]]\nvalue = 'old'\n\n[signature]\n\n";
        let text = format!("{current}{history}{trailer}");
        for pieces in 1..text.len() {
            let taken = take(text.as_bytes(), pieces, false).unwrap();
            assert_eq!(taken.body, format!("{current}\n").as_bytes(), "{pieces}");
            assert_eq!(taken.signature, Signature([7; 64]));
            let taken = take(text.as_bytes(), pieces, true).unwrap();
            assert_eq!(taken.body, format!("{current}{history}").as_bytes());
        }
    }

    #[test]
    fn takes_a_trailer_only_at_the_very_end() {
        let trailer = trailer::print(&Signature([7; 64]));
        let good = format!("a = 1\n\n{trailer}");
        assert!(take(good.as_bytes(), 64, false).is_some());
        let two = take(format!("{good}{trailer}").as_bytes(), 64, false).unwrap();
        assert_eq!(two.body, good.as_bytes(), "the first one is content");
        for bad in [
            String::new(),
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
            assert!(take(bad.as_bytes(), 64, false).is_none(), "{bad}");
        }
    }
}
