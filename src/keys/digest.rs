//! The hash that is signed: SHA-256 of a text that arrives in pieces.
//!
//! A hasher buffers the last bytes of the text, which may be secret. It is boxed, since freed heap memory is
//! wiped; on the stack it would leave a copy wherever it is moved.

use std::sync::mpsc;
use std::thread;

use sha2::{Digest as _, Sha256};

/// The size in bytes from which a second thread is worth its start.
const LARGE: u64 = 2 * 1024 * 1024;

/// The bytes handed to that thread at once, and the number of such buffers, which are reused.
const PIECE: usize = 128 * 1024;
const PIECES: usize = 4;

/// Hashes the pieces that `run` passes to its argument, and returns what `run` returns.
///
/// From 2 MiB on, a second thread hashes while `run` decrypts. `size` estimates the bytes to come.
pub fn digest<T>(size: u64, run: impl FnOnce(&mut dyn FnMut(&[u8])) -> T) -> (T, [u8; 32]) {
    if size < LARGE {
        let mut hash = Box::new(Sha256::new());
        let result = run(&mut |piece| hash.update(piece));
        return (result, hash.finalize_reset().into());
    }
    thread::scope(|scope| {
        let (full, pieces) = mpsc::channel::<Vec<u8>>();
        let (emptied, empty) = mpsc::channel();
        (0..PIECES).for_each(|_| drop(emptied.send(Vec::with_capacity(PIECE))));
        let hasher = scope.spawn(move || {
            let mut hash = Box::new(Sha256::new());
            for mut piece in pieces {
                hash.update(&piece);
                piece.clear();
                // Fails once `run` has returned and needs no more buffers.
                let _ = emptied.send(piece);
            }
            hash.finalize_reset().into()
        });

        let mut pending = empty.recv().unwrap_or_default();
        let result = run(&mut |mut piece| {
            while !piece.is_empty() {
                let (now, later) = piece.split_at(piece.len().min(PIECE - pending.len()));
                pending.extend_from_slice(now);
                piece = later;
                if pending.len() == PIECE {
                    let next = empty.recv().unwrap_or_default();
                    // Cannot fail: the hasher receives until `full` is dropped.
                    let _ = full.send(std::mem::replace(&mut pending, next));
                }
            }
        });
        let _ = full.send(pending);
        drop(full);
        (result, hasher.join().expect("hashing does not panic"))
    })
}

/// Hashes a whole text.
pub fn hash(text: &[u8]) -> [u8; 32] {
    digest(0, |hash| hash(text)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_hash() {
        let text: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        for size in [0, LARGE] {
            for piece in [1_000, PIECE, 100_000] {
                let ((), hash) = digest(size, |hash| text.chunks(piece).for_each(hash));
                assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(&text)), "{size} {piece}");
            }
        }
    }
}
