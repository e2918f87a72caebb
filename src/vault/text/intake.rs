//! Takes a vault's text as it is decrypted, piece by piece, and keeps what a read needs of it.
//!
//! The history is most of a vault and comes last. A read that does not ask for it hashes it and lets it go:
//! memory that is never touched is never waited for.

use memchr::memmem;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::trailer;
use crate::vault::member::Signature;

/// The beginning of the history.
pub(super) const HISTORY: &[u8] = b"\n[[history.";

/// What has come so far.
pub struct Intake {
    keeps_history: bool,
    kept: Zeroizing<Vec<u8>>,
    /// Whether the history has begun, and is let go.
    past: bool,
    /// The last bytes that came, which may be the trailer.
    last: Zeroizing<Vec<u8>>,
    hash: Sha256,
}

/// A whole vault's text has come.
pub struct Taken {
    /// The body, or what was kept of it.
    pub body: Zeroizing<Vec<u8>>,
    /// SHA-256 of the whole body.
    pub digest: [u8; 32],
    pub signature: Signature,
}

impl Intake {
    /// Begins. Of the history nothing is kept, unless it is asked for.
    pub fn new(keeps_history: bool) -> Intake {
        Intake {
            keeps_history,
            kept: Zeroizing::default(),
            past: false,
            last: Zeroizing::new(Vec::with_capacity(trailer::LENGTH)),
            hash: Sha256::new(),
        }
    }

    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) {
        // As many bytes as a trailer has are held back, until others come behind them.
        let out = (self.last.len() + piece.len()).saturating_sub(trailer::LENGTH);
        let from_last = out.min(self.last.len());
        let from_piece = out - from_last;
        let held: Zeroizing<Vec<u8>> = Zeroizing::new(self.last.drain(..from_last).collect());
        self.body(&held);
        self.body(&piece[..from_piece]);
        self.last.extend_from_slice(&piece[from_piece..]);
    }

    fn body(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        if self.past {
            return;
        }
        let looked = self.kept.len().saturating_sub(HISTORY.len());
        self.keep(piece);
        if !self.keeps_history
            && let Some(at) = memmem::find(&self.kept[looked..], HISTORY)
        {
            self.kept.truncate(looked + at + 1);
            self.past = true;
        }
    }

    /// Grows by hand: a buffer that grows by itself leaves its old copies behind, unwiped.
    fn keep(&mut self, piece: &[u8]) {
        let length = self.kept.len() + piece.len();
        if length > self.kept.capacity() {
            let mut larger = Zeroizing::new(Vec::with_capacity(length.max(2 * self.kept.capacity())));
            larger.extend_from_slice(&self.kept);
            self.kept = larger;
        }
        self.kept.extend_from_slice(piece);
    }

    /// Ends. None if what came does not end with exactly a trailer, or has nothing before it.
    pub fn finish(self) -> Option<Taken> {
        let signature = trailer::parse(&self.last)?;
        // The history's own end is its last line's, which the digest covers.
        (self.past || self.kept.ends_with(b"\n")).then(|| Taken {
            body: self.kept,
            digest: self.hash.finalize().into(),
            signature,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &[u8], pieces: usize, keeps_history: bool) -> Option<Taken> {
        let mut intake = Intake::new(keeps_history);
        text.chunks(pieces).for_each(|piece| intake.take(piece));
        intake.finish()
    }

    #[test]
    fn keeps_the_same_for_every_split_into_pieces() {
        let trailer = trailer::print(&Signature([7; 64]));
        let current = "a = 1\n\n[secrets.A]\nvalue = '[[history.'\n";
        let history = "\n[[history.secrets.A]]\nvalue = 'old'\n\n[signature]\n\n";
        let text = format!("{current}{history}{trailer}");
        let digest: [u8; 32] = Sha256::digest(format!("{current}{history}")).into();
        for pieces in 1..text.len() {
            let taken = take(text.as_bytes(), pieces, false).unwrap();
            assert_eq!(&**taken.body, format!("{current}\n").as_bytes(), "{pieces}");
            assert_eq!((taken.digest, taken.signature), (digest, Signature([7; 64])));
            let taken = take(text.as_bytes(), pieces, true).unwrap();
            assert_eq!(&**taken.body, format!("{current}{history}").as_bytes());
        }
    }

    #[test]
    fn takes_exactly_one_trailer_at_the_very_end() {
        let trailer = trailer::print(&Signature([7; 64]));
        let good = format!("a = 1\n\n{trailer}");
        assert!(take(good.as_bytes(), 64, false).is_some());
        let twice = take(format!("{good}{trailer}").as_bytes(), 64, false).unwrap();
        assert_eq!(&**twice.body, good.as_bytes(), "the inner one is signed content");
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
