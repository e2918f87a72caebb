//! The hashes that are signed: SHA-256 of each part of a text that arrives in pieces.
//!
//! A hasher buffers the last bytes of the text, which may be secret. It is boxed, since freed heap memory is
//! wiped; on the stack it would leave a copy wherever it is moved.

use std::sync::mpsc;
use std::thread;

use sha2::{Digest as _, Sha256};

use crate::vault::text::{Digests, Hash, Part};

/// The size in bytes from which a second thread is worth its start.
const LARGE: u64 = 1 << 20;

/// The number of pieces that may wait for that thread. Their buffers are reused.
const PIECES: usize = 4;

/// Hashes the parts of a text that `run` passes to its argument, and returns what `run` returns.
///
/// A second thread hashes a large text while `run` decrypts. `size` estimates the bytes to come.
pub fn digest<T>(size: u64, run: impl FnOnce(Hash<'_>) -> T) -> (T, Digests) {
    let mut hasher = Hasher::default();
    if size < LARGE {
        let result = run(&mut |part, piece| hasher.update(part, piece));
        return (result, hasher.finish());
    }
    thread::scope(|scope| {
        let (full, pieces) = mpsc::channel::<(Part, Vec<u8>)>();
        let (emptied, empty) = mpsc::channel();
        (0..PIECES).for_each(|_| drop(emptied.send(Vec::new())));
        let hasher = scope.spawn(move || {
            for (part, mut piece) in pieces {
                hasher.update(part, &piece);
                piece.clear();
                // Fails once `run` has returned and needs no more buffers.
                let _ = emptied.send(piece);
            }
            hasher.finish()
        });
        let result = run(&mut |part, piece| {
            let mut copy: Vec<u8> = empty.recv().unwrap_or_default();
            copy.extend_from_slice(piece);
            // Cannot fail: the hasher receives until `full` is dropped.
            let _ = full.send((part, copy));
        });
        drop(full);
        (result, hasher.join().expect("hashing does not panic"))
    })
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
        let text: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        let (current, history) = text.split_at(200_001);
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
