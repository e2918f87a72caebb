//! Takes a vault's text as it is decrypted, piece by piece, and keeps what a read needs of it.
//!
//! The history is most of a vault and comes last. A read that does not ask for it lets it go once it is hashed:
//! memory that is never touched is never waited for.

use memchr::memmem;

use super::trailer;
use crate::vault::member::Signature;

/// The beginning of the history.
pub(super) const HISTORY: &[u8] = b"\n[[history.";

/// The room that a read without the history begins with, at least.
const FIRST: usize = 64 << 10;

/// What has come so far.
pub struct SignedReader {
    keeps_history: bool,
    kept: Vec<u8>,
    /// Whether the history has begun, and is let go.
    past: bool,
    /// The last bytes that came, which may be the trailer.
    last: Vec<u8>,
}

/// A whole vault's text has come.
pub struct SignedBody {
    /// The body, or what was kept of it.
    pub body: Vec<u8>,
    pub signature: Signature,
}

impl SignedReader {
    /// Begins; as many bytes as this will come at most. Of the history nothing is kept, unless it is asked for.
    pub fn new(room: usize, keeps_history: bool) -> SignedReader {
        // All room that there is gets wiped, and so touched, in the end: no more than is used, about. A vault that is
        // large is so by its history.
        let room = if keeps_history { room } else { room.min(FIRST.max(room / 3)) };
        let last = Vec::with_capacity(trailer::LENGTH);
        SignedReader { keeps_history, kept: Vec::with_capacity(room), past: false, last }
    }

    /// Takes the next piece, and hands on what is now known to be of the body, all of which is signed.
    pub fn take(&mut self, piece: &[u8], signed: &mut dyn FnMut(&[u8])) {
        // As many bytes as a trailer has are held back, until others come behind them.
        let out = (self.last.len() + piece.len()).saturating_sub(trailer::LENGTH);
        let from_last = out.min(self.last.len());
        let from_piece = out - from_last;
        let held: Vec<u8> = self.last.drain(..from_last).collect();
        for body in [&held[..], &piece[..from_piece]] {
            signed(body);
            self.body(body);
        }
        self.last.extend_from_slice(&piece[from_piece..]);
    }

    fn body(&mut self, piece: &[u8]) {
        if self.past {
            return;
        }
        let looked = self.kept.len().saturating_sub(HISTORY.len());
        self.kept.extend_from_slice(piece);
        if !self.keeps_history
            && let Some(at) = memmem::find(&self.kept[looked..], HISTORY)
        {
            self.kept.truncate(looked + at + 1);
            self.past = true;
        }
    }

    /// Ends. None if what came does not end with exactly a trailer, or has nothing before it.
    pub fn finish(self) -> Option<SignedBody> {
        let signature = trailer::parse(&self.last)?;
        (self.past || self.kept.ends_with(b"\n")).then_some(SignedBody { body: self.kept, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(text: &[u8], pieces: usize, keeps_history: bool) -> Option<SignedBody> {
        let mut intake = SignedReader::new(text.len(), keeps_history);
        let mut signed = Vec::new();
        text.chunks(pieces).for_each(|piece| intake.take(piece, &mut |body| signed.extend_from_slice(body)));
        assert!(text.starts_with(&signed) && text.len() - signed.len() <= trailer::LENGTH);
        intake.finish()
    }

    #[test]
    fn keeps_the_same_for_every_split_into_pieces() {
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
    fn takes_exactly_one_trailer_at_the_very_end() {
        let trailer = trailer::print(&Signature([7; 64]));
        let good = format!("a = 1\n\n{trailer}");
        assert!(take(good.as_bytes(), 64, false).is_some());
        let twice = take(format!("{good}{trailer}").as_bytes(), 64, false).unwrap();
        assert_eq!(twice.body, good.as_bytes(), "the inner one is signed content");
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
