//! Takes the text of a vault piece by piece, as it is decrypted, and keeps what the read needs.
//!
//! The history is most of a vault and comes last. A read that does not need it stops where it begins, and
//! skips to the trailer.

use memchr::memmem;

use super::trailer::{LENGTH, Trailer};

/// How the history begins. Its first byte still belongs to the current part.
pub(super) const HISTORY: &[u8] = b"\n[[history.";

/// The smallest capacity of a read without the history, in bytes.
const MIN_CAPACITY: usize = 64 << 10;

/// The parts of a text that are hashed, each by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Current,
    History,
}

/// Hashes the next bytes of a part. The history comes after the current part.
pub type Hash<'f> = &'f mut dyn FnMut(Part, &[u8]);

/// Takes a signed text piece by piece.
pub struct SignedReader {
    keeps_history: bool,
    kept: Vec<u8>,
    /// How much of `kept` was hashed.
    hashed: usize,
    /// Whether the history has begun.
    is_history: bool,
    /// The last bytes so far, which may be the trailer.
    last: Vec<u8>,
}

/// A signed text that was taken to its end.
pub struct SignedBody {
    /// The body, without the history if that was not kept.
    pub body: Vec<u8>,
    pub trailer: Trailer,
}

impl SignedReader {
    /// Begins. `size` is an upper bound of the bytes to come.
    pub fn new(size: usize, keeps_history: bool) -> SignedReader {
        // The whole capacity is wiped on drop, so keep it close to what is used. A large vault is mostly
        // history.
        let capacity = if keeps_history { size } else { size.min(MIN_CAPACITY.max(size / 3)) };
        let (kept, last) = (Vec::with_capacity(capacity), Vec::with_capacity(LENGTH));
        SignedReader { keeps_history, kept, hashed: 0, is_history: false, last }
    }

    /// Takes the next piece, and hashes what is now known to belong to a part. A history that is not kept is
    /// not hashed either.
    pub fn take(&mut self, piece: &[u8], hash: Hash<'_>) {
        // The last bytes are held back, as many as a trailer has, until more follow them.
        let body = (self.last.len() + piece.len()).saturating_sub(LENGTH);
        let from_last = body.min(self.last.len());
        let from_piece = body - from_last;
        let held: Vec<u8> = self.last.drain(..from_last).collect();
        for body in [&held[..], &piece[..from_piece]] {
            self.keep(body, hash);
        }
        self.last.extend_from_slice(&piece[from_piece..]);
    }

    fn keep(&mut self, piece: &[u8], hash: Hash<'_>) {
        if self.is_history {
            if self.keeps_history {
                self.kept.extend_from_slice(piece);
                self.hash(Part::History, self.kept.len(), hash);
            }
            return;
        }

        // The mark may begin in the piece before, so as many bytes as it has wait for the next piece.
        let start = self.kept.len().saturating_sub(HISTORY.len());
        self.kept.extend_from_slice(piece);
        let Some(at) = memmem::find(&self.kept[start..], HISTORY) else {
            return self.hash(Part::Current, self.kept.len().saturating_sub(HISTORY.len()), hash);
        };
        self.hash(Part::Current, start + at + 1, hash);
        self.is_history = true;
        if self.keeps_history {
            self.hash(Part::History, self.kept.len(), hash);
        } else {
            self.kept.truncate(start + at + 1);
        }
    }

    fn hash(&mut self, part: Part, until: usize, hash: Hash<'_>) {
        if until > self.hashed {
            hash(part, &self.kept[self.hashed..until]);
            self.hashed = until;
        }
    }

    /// Whether more pieces are needed. If not, only the trailer is: see [`SignedReader::skip_to`].
    pub fn needs_more(&self) -> bool {
        self.keeps_history || !self.is_history
    }

    /// Skips what is left of the text, up to its last bytes, as many as a trailer has.
    pub fn skip_to(&mut self, last: Vec<u8>) {
        self.last = last;
    }

    /// Hashes the rest. Nothing may be taken after that.
    pub fn end(&mut self, hash: Hash<'_>) {
        let part = if self.is_history { Part::History } else { Part::Current };
        self.hash(part, self.kept.len(), hash);
    }

    /// Returns what was taken. None if the text does not end with exactly one trailer, after a complete line.
    pub fn finish(self) -> Option<SignedBody> {
        let trailer = Trailer::parse(&self.last)?;
        let is_dropped = self.is_history && !self.keeps_history;
        (is_dropped || self.kept.ends_with(b"\n")).then_some(SignedBody { body: self.kept, trailer })
    }
}

/// Splits a body into its current part and its history.
pub fn split(body: &str) -> [&str; 2] {
    let history = memmem::find(body.as_bytes(), HISTORY).map_or(body.len(), |at| at + 1);
    let (current, history) = body.split_at(history);
    [current, history]
}

#[cfg(test)]
mod tests {
    use super::super::trailer::Digests;
    use super::*;
    use crate::vault::key::Signature;

    fn take(text: &[u8], pieces: usize, keeps_history: bool) -> Option<(SignedBody, [Vec<u8>; 2])> {
        let mut reader = SignedReader::new(text.len(), keeps_history);
        let (mut current, mut history) = (Vec::new(), Vec::new());
        let mut hash = |part, bytes: &[u8]| match part {
            Part::Current => current.extend_from_slice(bytes),
            Part::History => history.extend_from_slice(bytes),
        };
        text.chunks(pieces).for_each(|piece| reader.take(piece, &mut hash));
        reader.end(&mut hash);
        Some((reader.finish()?, [current, history]))
    }

    fn trailer() -> Trailer {
        let digests = Digests { current: [1; 32], history: [2; 32] };
        Trailer { digests, signature: Signature([7; 64]) }
    }

    #[test]
    fn keeps_and_hashes_the_same_parts_however_the_text_is_split() {
        let current = "a = 1\n\n[secrets.A]\nvalue = '[[history.'\n\n";
        let history = "[[history.secrets.A]]\nvalue = 'old'\n\n[signature]\n\n";
        let text = format!("{current}{history}{}", trailer().print());
        for pieces in 1..text.len() {
            let (taken, parts) = take(text.as_bytes(), pieces, false).unwrap();
            assert_eq!((&taken.body[..], taken.trailer), (current.as_bytes(), trailer()), "{pieces}");
            assert_eq!(parts, [current.as_bytes(), b""]);
            let (taken, parts) = take(text.as_bytes(), pieces, true).unwrap();
            assert_eq!(taken.body, format!("{current}{history}").as_bytes());
            assert_eq!(parts, [current.as_bytes(), history.as_bytes()]);
        }
        let (_, parts) = take(format!("{current}{}", trailer().print()).as_bytes(), 7, true).unwrap();
        assert_eq!(parts, [current.as_bytes(), b""]);
    }

    #[test]
    fn takes_a_trailer_only_at_the_very_end() {
        let trailer = trailer().print();
        let good = format!("a = 1\n\n{trailer}");
        assert!(take(good.as_bytes(), 64, false).is_some());
        let (two, _) = take(format!("{good}{trailer}").as_bytes(), 64, false).unwrap();
        assert_eq!(two.body, good.as_bytes(), "the first one is content");
        for bad in [
            String::new(),
            "a = 1\n".to_owned(),
            trailer.clone(),
            format!("a = 1{trailer}"),
            format!("{good}\n"),
            format!("{good}x = 1\n"),
            good.replace("value = ", "value  = "),
            good.replace("current = ", "currant = "),
            good.replace("\"\n", "\"\r\n"),
            good.replace("==", "=A"),
            good.replace("[signature]", "[Signature]"),
        ] {
            assert!(take(bad.as_bytes(), 64, false).is_none(), "{bad}");
        }
    }
}
