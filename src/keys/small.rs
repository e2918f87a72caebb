//! Small age files, opened whole: what is encrypted in a key file.

use std::io::{self, Read as _};

use age::DecryptError;
use age::armor::ArmoredReader;
use zeroize::Zeroizing;

use super::header::{AgeFile, HeaderError};

/// Opens an age file, armored or not.
pub(super) fn open_small(sealed: &[u8], identity: &dyn age::Identity) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let decryptor = age::Decryptor::new_buffered(AgeFile::read(ArmoredReader::new(sealed))?)?;
    let mut reader = decryptor.decrypt(std::iter::once(identity))?;
    // The text is shorter than the file, so no copy is left behind by a vector that grows.
    let mut text = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut text)?;
    Ok(text)
}

impl From<HeaderError> for DecryptError {
    fn from(error: HeaderError) -> DecryptError {
        match error {
            HeaderError::Malformed | HeaderError::TooLarge => DecryptError::InvalidHeader,
            HeaderError::Cut => DecryptError::Io(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}
