//! The hash that is signed: SHA-256 of a text that comes in pieces.
//!
//! What hashes keeps the last bytes of the text. It stays where it is, on the heap, which is wiped: on the stack it
//! would leave a copy wherever it is moved.

use std::sync::mpsc;
use std::thread;

use sha2::{Digest as _, Sha256};

/// From how many bytes on a second processor is worth its start.
const LARGE: u64 = 2 * 1024 * 1024;

/// How much is handed to it at once, and in how many pieces, which come back: new ones would be new memory each time.
const PIECE: usize = 128 * 1024;
const PIECES: usize = 4;

/// Hashes what `run` hands over while it runs, beside it if there is much: a large text is decrypted on one
/// processor and hashed on another. `size` is about how many bytes will come.
pub fn digest<T>(size: u64, run: impl FnOnce(&mut dyn FnMut(&[u8])) -> T) -> (T, [u8; 32]) {
    if size < LARGE {
        let mut hash = Box::new(Sha256::new());
        let result = run(&mut |piece| hash.update(piece));
        return (result, hash.finalize_reset().into());
    }
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel::<Vec<u8>>();
        let (give_back, empty) = mpsc::channel();
        (0..PIECES).for_each(|_| drop(give_back.send(Vec::with_capacity(PIECE))));
        let hasher = scope.spawn(move || {
            let mut hash = Box::new(Sha256::new());
            for mut piece in receive {
                hash.update(&piece);
                piece.clear();
                // At the end nobody wants it back.
                let _ = give_back.send(piece);
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
                    // It takes all that is sent: it ends when nothing more can come.
                    let _ = send.send(std::mem::replace(&mut pending, next));
                }
            }
        });
        let _ = send.send(pending);
        drop(send);
        (result, hasher.join().expect("hashing does not panic"))
    })
}

/// The hash of a text that is here.
pub fn hash(text: &[u8]) -> [u8; 32] {
    digest(0, |hash| hash(text)).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_same_beside_and_in_line() {
        let text: Vec<u8> = (0..300_000_u32).map(|number| number as u8).collect();
        for size in [0, LARGE] {
            for piece in [1_000, PIECE, 100_000] {
                let ((), hash) = digest(size, |hash| text.chunks(piece).for_each(hash));
                assert_eq!(hash, <[u8; 32]>::from(Sha256::digest(&text)), "{size} {piece}");
            }
        }
    }
}
