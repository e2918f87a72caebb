//! Opening: a binary age file (C2SP age v1) to the text in it.

use std::fmt;
use std::io::{BufRead, ErrorKind, Read, Seek, SeekFrom};
use std::ops::ControlFlow;

use age::DecryptError;
use age::stream::StreamReader;
use age_core::format::{FileKey, Stanza};

use super::header::{AgeFile, HeaderError};
use super::key::AgeIdentity;
use super::plugin::PluginError;

/// The most bytes of a sealed file.
pub const FILE_LIMIT: u64 = 64 << 20;

/// The bytes of text in each encrypted chunk but the last, which may have fewer.
const CHUNK: usize = 64 << 10;

/// The most bytes of text that are handed over at once. A small vault ends, or its history begins, in the first chunk:
/// what comes after that is then not even copied.
const PIECE: usize = 16 << 10;

/// The bytes that each chunk has besides its text.
const TAG: u64 = 16;

/// The bytes between the header and the first chunk.
const NONCE: u64 = 16;

/// What is known of a file that was opened, besides its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// How many recipients it is sealed to, by the stanzas of its header. Nothing says which recipients these are.
    pub stanzas: usize,
}

/// Why a sealed file was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenError {
    /// It is not an age file.
    NotAge,
    /// It ends too early, or its bytes were changed.
    Damaged,
    /// Its header is beyond a limit.
    TooLarge,
    /// It is sealed to none of these keys.
    NoKey,
    /// A key in hardware might open it, and did not.
    Plugin(PluginError),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            OpenError::NotAge => "not an age file",
            OpenError::Damaged => "the file is damaged",
            OpenError::TooLarge => "the file has an age header beyond the limits",
            OpenError::NoKey => "the file is not encrypted to this key",
            OpenError::Plugin(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for OpenError {}

impl From<HeaderError> for OpenError {
    fn from(error: HeaderError) -> OpenError {
        match error {
            HeaderError::Malformed => OpenError::NotAge,
            HeaderError::Cut => OpenError::Damaged,
            HeaderError::TooLarge => OpenError::TooLarge,
        }
    }
}

/// Opens an age file with one of these keys. `take` gets the text in pieces, in order.
///
/// # Errors
/// If any byte was changed, the file is sealed to other keys, or its header is beyond a limit. The caller must discard
/// what it got so far.
pub fn open(
    sealed: impl BufRead,
    identities: &[impl AgeIdentity],
    mut take: impl FnMut(&[u8]),
) -> Result<Opened, OpenError> {
    let (mut reader, opened) = decrypt(AgeFile::read(sealed)?, identities)?;
    let mut take_all = |piece: &[u8]| {
        take(piece);
        ControlFlow::Continue(())
    };
    read(&mut reader, PIECE, &mut take_all).map(|_| opened)
}

/// Opens an age file of `size` bytes, but reads of its text only the beginning, as far as `take` goes on, and the last
/// `tail` bytes. Damage between the two stays unnoticed. Returns the last bytes, or none if `take` went on to the end.
///
/// # Errors
/// As [`open`], as far as the file is read.
pub fn open_ends(
    sealed: impl BufRead + Seek,
    size: u64,
    identities: &[impl AgeIdentity],
    tail: usize,
    mut take: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<(Opened, Option<Vec<u8>>), OpenError> {
    let file = AgeFile::read(sealed)?;
    let text = text_size(size.saturating_sub(file.length as u64));
    let (mut reader, opened) = decrypt(file, identities)?;
    let piece = text.map_or(PIECE, |text| text.clamp(1, PIECE as u64) as usize);
    if read(&mut reader, piece, &mut take)?.is_continue() {
        return Ok((opened, None));
    }
    // Seeking from the end would decrypt the last chunk once more, to find out where the text ends. Instead, nothing
    // may come after the bytes that are the last ones by the size of the file.
    let start = text.and_then(|text| text.checked_sub(tail as u64)).ok_or(OpenError::Damaged)?;
    let mut last = vec![0; tail];
    let read_last = reader.seek(SeekFrom::Start(start)).and_then(|_| reader.read_exact(&mut last));
    let after = read_last.and_then(|()| reader.read(&mut [0])).map_err(|_| OpenError::Damaged)?;
    if after == 0 { Ok((opened, Some(last))) } else { Err(OpenError::Damaged) }
}

/// The size of a text that takes this many bytes after the header. None if no text does.
fn text_size(sealed: u64) -> Option<u64> {
    let chunks = sealed.checked_sub(NONCE)?;
    chunks.checked_sub(chunks.div_ceil(CHUNK as u64 + TAG) * TAG)
}

fn decrypt<R: BufRead>(
    file: AgeFile<R>,
    identities: &[impl AgeIdentity],
) -> Result<(StreamReader<AgeFile<R>>, Opened), OpenError> {
    let opened = Opened { stanzas: file.stanzas };
    let decryptor = age::Decryptor::new_buffered(file).map_err(explain)?;
    let keys = AllKeys(identities.iter().partition(|key| key.hardware().is_none()));
    let reader = decryptor.decrypt(std::iter::once(&keys as _)).map_err(explain)?;
    Ok((reader, opened))
}

/// Keys of which any may open a file: those at hand, then those in hardware. One that fails hides no other.
struct AllKeys<'k, K>((Vec<&'k K>, Vec<&'k K>));

impl<K: AgeIdentity> age::Identity for AllKeys<'_, K> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, DecryptError>> {
        self.unwrap_stanzas(std::slice::from_ref(stanza))
    }

    fn unwrap_stanzas(&self, stanzas: &[Stanza]) -> Option<Result<FileKey, DecryptError>> {
        let mut failed = None;
        for key in self.0.0.iter().chain(&self.0.1) {
            match key.as_age().unwrap_stanzas(stanzas) {
                Some(Err(error)) => failed = failed.or(Some(Err(error))),
                Some(Ok(key)) => return Some(Ok(key)),
                None => {}
            }
        }
        failed
    }
}

/// Reads a text in pieces of at most `size` bytes until `take` breaks off or the text ends.
fn read(
    reader: &mut impl Read,
    size: usize,
    take: &mut dyn FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<ControlFlow<()>, OpenError> {
    let mut piece = vec![0; size];
    // The file may grow while it is read.
    let mut taken = 0;
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(ControlFlow::Continue(())),
            Ok(read) if taken + read as u64 > FILE_LIMIT => return Err(OpenError::TooLarge),
            Ok(read) => {
                taken += read as u64;
                if take(&piece[..read]).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(OpenError::Damaged),
        }
    }
}

fn explain(error: DecryptError) -> OpenError {
    match error {
        DecryptError::NoMatchingKeys => OpenError::NoKey,
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => OpenError::NotAge,
        DecryptError::Io(error) => PluginError::within(error).map_or(OpenError::Damaged, OpenError::Plugin),
        _ => OpenError::Damaged,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Identity, seal};
    use crate::vault::Recipient;

    fn open(sealed: &[u8], identities: &[Identity]) -> Result<Vec<u8>, OpenError> {
        let mut text = Vec::new();
        super::open(sealed, identities, |piece| text.extend_from_slice(piece))?;
        Ok(text)
    }

    #[test]
    fn opens_with_each_recipients_key_and_no_other() {
        let (alice, bob, eve) = (Identity::generate(), Identity::generate(), Identity::generate());
        let sealed = seal(&[b"te", b"xt"], [&alice.recipient(), &bob.recipient()]).unwrap();
        for member in [alice, bob] {
            assert_eq!(open(&sealed, &[member]).unwrap(), b"text");
        }
        assert_eq!(open(&sealed, &[eve]).unwrap_err(), OpenError::NoKey);
    }

    #[test]
    fn counts_the_recipients() {
        let alice = [Identity::generate()];
        for others in [0, 1, 30] {
            let others: Vec<Recipient> = (0..others).map(|_| Identity::generate().recipient()).collect();
            let sealed = seal(&[b"text"], others.iter().chain([&alice[0].recipient()])).unwrap();
            // The age crate adds a stanza of grease.
            assert_eq!(memchr::memmem::find_iter(&sealed, b"\n-> ").count(), others.len() + 2);
            let opened = super::open(&sealed[..], &alice, |_| ()).unwrap();
            assert_eq!(opened, Opened { stanzas: others.len() + 1 });
        }
    }

    #[test]
    fn reads_the_ends_of_a_text_and_notices_what_is_cut_off() {
        let alice = [Identity::generate()];
        let recipient = alice[0].recipient();
        let sizes = [PIECE - 1, PIECE, PIECE + 1, CHUNK - 1, CHUNK, CHUNK + 1, CHUNK + 50, 2 * CHUNK, 3 * CHUNK + 7];
        for size in [100].into_iter().chain(sizes) {
            let text: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let sealed = seal(&[&text], [&recipient]).unwrap();
            let ends = |sealed: &[u8]| {
                let mut first = Vec::new();
                let take = |piece: &[u8]| {
                    first.extend_from_slice(piece);
                    ControlFlow::Break(())
                };
                let (_, last) = open_ends(std::io::Cursor::new(sealed), sealed.len() as u64, &alice, 100, take)?;
                Ok::<_, OpenError>((first, last))
            };
            let expected = (text[..size.min(PIECE)].to_vec(), Some(text[size - 100..].to_vec()));
            assert_eq!(ends(&sealed), Ok(expected), "{size}");
            let chunk = CHUNK + TAG as usize;
            let cuts = [1, 101, chunk, size % CHUNK + TAG as usize, size % CHUNK + TAG as usize + chunk];
            for cut in cuts.into_iter().filter(|cut| *cut < sealed.len()) {
                assert!(ends(&sealed[..sealed.len() - cut]).is_err(), "{size} without {cut}");
            }
            for more in [1, TAG as usize, chunk] {
                assert!(ends(&[&sealed[..], &vec![0; more]].concat()).is_err(), "{size} and {more}");
            }
        }
    }

    #[test]
    fn any_changed_byte_and_any_cut_is_an_error() {
        let alice = [Identity::generate()];
        let sealed = seal(&[b"a text of some length"], [&alice[0].recipient()]).unwrap();
        for at in 0..sealed.len() {
            assert!(open(&sealed[..at], &alice).is_err(), "cut at {at}");
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &alice).is_err(), "changed at {at}");
        }
        assert!(open(&[sealed, vec![0]].concat(), &alice).is_err());
    }
}
