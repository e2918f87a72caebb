//! Sealing and opening: the vault's text to and from an age file (C2SP age v1, binary).

use std::io::{BufRead, ErrorKind, Read as _, Write as _};

use age::DecryptError;

use super::file::AgeIdentity;
use crate::vault::Recipient;

/// Why bytes could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenError {
    /// Not an age file at all.
    NotAge,
    /// An age file that ends too early, or whose bytes are not those that were sealed.
    Damaged,
    /// Sealed, but to none of these identities.
    NoKey,
}

/// A text that is no recipient this version can encrypt to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecipientError;

/// Opens an age file with the identity that it was sealed to; the text comes in pieces, in order.
///
/// # Errors
/// If it is damaged in any byte, or sealed to somebody else. What came until then is to be thrown away.
pub fn open(
    sealed: impl BufRead,
    identities: &[impl AgeIdentity],
    mut take: impl FnMut(&[u8]),
) -> Result<(), OpenError> {
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(explain)?;
    let mut reader = decryptor.decrypt(identities.iter().map(AgeIdentity::as_age)).map_err(explain)?;
    // Small: age hands out its own chunks of 64 KiB in as many steps as are asked for.
    let mut piece = vec![0; 16 * 1024];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(read) => take(&piece[..read]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(OpenError::Damaged),
        }
    }
}

fn explain(error: DecryptError) -> OpenError {
    match error {
        DecryptError::NoMatchingKeys => OpenError::NoKey,
        DecryptError::InvalidHeader | DecryptError::UnknownFormat => OpenError::NotAge,
        DecryptError::Io(error) if error.kind() == ErrorKind::InvalidData => OpenError::NotAge,
        _ => OpenError::Damaged,
    }
}

/// Seals a text, which is in pieces, to recipients.
///
/// # Errors
/// If one of them is no recipient; [`check_recipient`] tells which.
pub fn seal<'a>(
    text: &[&[u8]],
    recipients: impl IntoIterator<Item = &'a Recipient>,
) -> Result<Vec<u8>, RecipientError> {
    let length: usize = text.iter().map(|piece| piece.len()).sum();
    let recipients: Vec<Box<dyn age::Recipient>> = recipients.into_iter().map(parse).collect::<Result<_, _>>()?;
    let encryptor = age::Encryptor::with_recipients(recipients.iter().map(|recipient| &**recipient));
    let mut sealed = Vec::with_capacity(length + length / 4096 + 512 + 128 * recipients.len());
    let write = |sealed: &mut Vec<u8>| {
        let mut writer = encryptor.map_err(std::io::Error::other)?.wrap_output(sealed)?;
        text.iter().try_for_each(|piece| writer.write_all(piece))?;
        writer.finish().map(drop)
    };
    write(&mut sealed).map_err(|_| RecipientError)?;
    Ok(sealed)
}

/// Whether a text is a recipient that can be encrypted to.
pub fn check_recipient(recipient: &Recipient) -> Result<(), RecipientError> {
    parse(recipient).map(drop)
}

/// An age recipient, or an ssh-ed25519 public key.
fn parse(recipient: &Recipient) -> Result<Box<dyn age::Recipient>, RecipientError> {
    let text = recipient.as_str();
    if text.starts_with("ssh-") {
        return match text.parse() {
            Ok(recipient @ age::ssh::Recipient::SshEd25519(..)) => Ok(Box::new(recipient)),
            _ => Err(RecipientError),
        };
    }
    match text.parse::<age::x25519::Recipient>() {
        Ok(recipient) => Ok(Box::new(recipient)),
        Err(_) => Err(RecipientError),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;

    fn open(sealed: &[u8], identities: &[Identity]) -> Result<Vec<u8>, OpenError> {
        let mut text = Vec::new();
        super::open(sealed, identities, |piece| text.extend_from_slice(piece))?;
        Ok(text)
    }

    #[test]
    fn opens_what_was_sealed_to_it_and_nothing_else() {
        let (alice, bob, eve) = (Identity::generate(), Identity::generate(), Identity::generate());
        let sealed = seal(&[b"te", b"xt"], [&alice.recipient(), &bob.recipient()]).unwrap();
        for member in [alice, bob] {
            assert_eq!(open(&sealed, &[member]).unwrap(), b"text");
        }
        assert_eq!(open(&sealed, &[eve]).unwrap_err(), OpenError::NoKey);
        assert_eq!(seal(&[b"te", b"xt"], [&Recipient::new("age1nobody")]).unwrap_err(), RecipientError);
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
