//! The hashes that are signed: SHA-256 of each part of a text that arrives in pieces.
//!
//! A hasher buffers the last bytes of the text, which may be secret. It is boxed, since freed heap memory is
//! wiped; on the stack it would leave a copy wherever it is moved.

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{self, Scope, ScopedJoinHandle};

use sha2::{Digest as _, Sha256};

use crate::vault::text::{Digests, Hash, Part};

/// The size in bytes of a text that may be worth a second thread.
const LARGE: u64 = 1 << 20;

/// How many bytes of it come before that thread starts. What is read of a large text may be small.
const BEFORE: usize = 256 << 10;

/// The number of pieces that may wait for that thread. Their buffers are reused.
const PIECES: usize = 4;

/// Hashes the parts of a text that `run` passes to its argument, and returns what `run` returns.
///
/// A second thread hashes a large text while `run` decrypts. `size` estimates the bytes to come.
pub fn digest<T>(size: u64, run: impl FnOnce(Hash<'_>) -> T) -> (T, Digests) {
    let mut hasher = Hasher::default();
    let mut taken = 0;
    thread::scope(|scope| {
        let mut helper = None;
        let result = run(&mut |part, piece| {
            if size >= LARGE && taken >= BEFORE {
                helper.get_or_insert_with(|| Helper::start(scope, std::mem::take(&mut hasher))).send(part, piece);
            } else {
                hasher.update(part, piece);
            }
            taken += piece.len();
        });
        (result, helper.map_or(hasher, Helper::end).finish())
    })
}

/// A thread that hashes.
struct Helper<'s> {
    full: Sender<(Part, Vec<u8>)>,
    empty: Receiver<Vec<u8>>,
    thread: ScopedJoinHandle<'s, Hasher>,
}

impl<'s> Helper<'s> {
    /// Starts it, to go on with what was hashed so far.
    fn start(scope: &'s Scope<'s, '_>, mut hasher: Hasher) -> Helper<'s> {
        let (full, pieces) = mpsc::channel::<(Part, Vec<u8>)>();
        let (emptied, empty) = mpsc::channel();
        (0..PIECES).for_each(|_| drop(emptied.send(Vec::new())));
        let thread = scope.spawn(move || {
            for (part, mut piece) in pieces {
                hasher.update(part, &piece);
                piece.clear();
                // Fails once no more buffers are needed.
                let _ = emptied.send(piece);
            }
            hasher
        });
        Helper { full, empty, thread }
    }

    fn send(&self, part: Part, piece: &[u8]) {
        let mut copy = self.empty.recv().unwrap_or_default();
        copy.extend_from_slice(piece);
        // Cannot fail: the thread receives until `full` is dropped.
        let _ = self.full.send((part, copy));
    }

    fn end(self) -> Hasher {
        drop(self.full);
        self.thread.join().expect("hashing does not panic")
    }
}

/// The hashes of both parts.
#[derive(Default)]
struct Hasher {
    current: Box<Sha256>,
    history: Box<Sha256>,
}

impl Hasher {
    fn update(&mut self, part: Part, piece: &[u8]) {
        match part {
            Part::Current => self.current.update(piece),
            Part::History => self.history.update(piece),
        }
    }

    fn finish(mut self) -> Digests {
        Digests { current: self.current.finalize_reset().into(), history: self.history.finalize_reset().into() }
    }
}

/// Hashes bytes that are all there.
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Box::new(Sha256::new());
    hash.update(bytes);
    hash.finalize_reset().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_hashes() {
        let text: Vec<u8> = (0..600_000_u32).map(|number| number as u8).collect();
        let (current, history) = text.split_at(400_001);
        let expected = Digests { current: Sha256::digest(current).into(), history: Sha256::digest(history).into() };
        for size in [0, LARGE] {
            for piece in [1_000, 100_000] {
                let ((), digests) = digest(size, |hash| {
                    current.chunks(piece).for_each(|piece| hash(Part::Current, piece));
                    history.chunks(piece).for_each(|piece| hash(Part::History, piece));
                });
                assert_eq!(digests, expected, "{size} {piece}");
            }
        }
    }
}
