//! Takes the text of a vault piece by piece, as it is decrypted, and keeps what the read needs.
//!
//! The history is most of a vault and comes last. A read that does not need it stops where it begins, and
//! skips to the trailer.

use memchr::memmem;

use super::trailer::{LENGTH, Trailer};

/// How the history begins. Its first byte still belongs to the current part.
pub(super) const HISTORY: &[u8] = b"\n[[history.";

/// The first capacity of a read without the history, in bytes.
const CAPACITY: usize = 32 << 10;

/// By what a growth multiplies the capacity at most, as long as there may be a history.
const GROWTH: usize = 10;

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
    /// An upper bound of all bytes.
    size: usize,
    /// What was taken, without the history if that is not kept.
    taken: Vec<u8>,
    /// How much of that was hashed.
    hashed: usize,
    /// Where the history begins, once that is known.
    history: Option<usize>,
    /// The last bytes of the text, if what comes before them was skipped.
    last: Option<Vec<u8>>,
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
        // The whole capacity is wiped on drop, so it must not follow the size of a history that is not kept.
        let capacity = if keeps_history { size } else { size.min(CAPACITY) };
        let taken = Vec::with_capacity(capacity);
        SignedReader { keeps_history, size, taken, hashed: 0, history: None, last: None }
    }

    /// Takes the next piece, and hashes what is now known to belong to a part. A history that is not kept is
    /// not hashed either.
    pub fn take(&mut self, piece: &[u8], hash: Hash<'_>) {
        // Each growth is a copy, to new pages of memory. A large vault is mostly history: if more than a third is
        // not, there may be none.
        let (length, capacity) = (self.taken.len(), self.taken.capacity());
        if capacity - length < piece.len() {
            let third = self.size / 3;
            let next = if capacity < third { third.min(GROWTH * capacity) } else { self.size };
            self.taken.reserve_exact(next.saturating_sub(length).max(piece.len()));
        }
        // The mark may begin in the piece before.
        let start = self.taken.len().saturating_sub(HISTORY.len());
        self.taken.extend_from_slice(piece);
        if self.history.is_none() {
            self.history = memmem::find(&self.taken[start..], HISTORY).map(|at| start + at + 1);
        }
        self.taken.truncate(if self.needs_more() { self.taken.len() } else { self.history.unwrap_or_default() });

        let body = self.body();
        for (part, end) in [(Part::Current, self.history.map_or(body, |at| at.min(body))), (Part::History, body)] {
            if end > self.hashed {
                hash(part, &self.taken[self.hashed..end]);
                self.hashed = end;
            }
        }
    }

    /// How much of what was taken certainly belongs to the body: the last bytes may be the trailer.
    fn body(&self) -> usize {
        if self.needs_more() { self.taken.len().saturating_sub(LENGTH) } else { self.taken.len() }
    }

    /// Whether more pieces are needed. If not, only the trailer is: see [`SignedReader::skip_to`].
    pub fn needs_more(&self) -> bool {
        self.keeps_history || self.history.is_none()
    }

    /// Skips what is left of the text, up to its last bytes, as many as a trailer has.
    pub fn skip_to(&mut self, last: Vec<u8>) {
        self.last = Some(last);
    }

    /// Returns what was taken. None if the text does not end with exactly one trailer, after a complete line.
    pub fn finish(mut self) -> Option<SignedBody> {
        let body = self.body();
        let trailer = Trailer::parse(self.last.as_deref().unwrap_or(&self.taken[body..]))?;
        self.taken.truncate(body);
        self.taken.ends_with(b"\n").then_some(SignedBody { body: self.taken, trailer })
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
        let mut pieces = text.chunks(pieces);
        while let Some(piece) = pieces.next().filter(|_| reader.needs_more()) {
            reader.take(piece, &mut hash);
        }
        if !reader.needs_more() {
            reader.skip_to(text[text.len() - LENGTH..].to_vec());
        }
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
