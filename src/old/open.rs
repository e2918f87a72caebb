//! The one way a vault is opened, and the one way it is closed.
//!
//! A vault opens if it decrypts, its trailer is exact, and its signature is good and by a writer that it
//! lists. Whether that one is to be trusted is `trusted`'s question.

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::context::VaultLocation;
use crate::keys::{self, Card, Identity, Key, OpenError, Purpose};
use crate::old::error::{Damage, Error};
use crate::report::or;
use crate::vault::text::{ParseError, SectionCache, Selection, SignedBody, SignedReader, Text, trailer};
use crate::vault::{Head, MemberName, Vault, View};

/// A vault that was opened: decrypted, and written by who says so.
pub struct Opened<'p> {
    text: Text,
    pub head: Head,
    /// The SHA-256 of what was signed.
    pub digest: [u8; 32],
    place: &'p VaultLocation,
}

/// The bytes of a vault, and about how many there are.
pub struct Sealed<R> {
    bytes: R,
    size: u64,
}

impl Sealed<BufReader<File>> {
    pub fn file(file: BufReader<File>) -> Self {
        let size = file.get_ref().metadata().map_or(0, |file| file.len());
        Sealed { bytes: file, size }
    }
}

impl<'b> Sealed<&'b [u8]> {
    pub fn bytes(bytes: &'b [u8]) -> Self {
        Sealed { bytes, size: bytes.len() as u64 }
    }
}

/// Opens a vault, or a sealed environment; without its history, unless that is asked for.
///
/// # Errors
/// If it cannot be decrypted (exit 5), or is not what a writer of it wrote (exit 6). Nothing of it is
/// told then.
pub fn open<'p>(
    place: &'p VaultLocation,
    what: Purpose,
    sealed: Sealed<impl BufRead>,
    identities: &[Key],
    with_history: bool,
) -> Result<Opened<'p>, Error> {
    let path = place.file.path();
    let damaged = |why| Error::NotVault { path: path.to_owned(), why };
    let Sealed { bytes, size } = sealed;
    let mut intake = SignedReader::new(size as usize, with_history);
    let (opened, digest) = keys::digest(size, |hash| keys::open(bytes, identities, |piece| intake.take(piece, hash)));
    opened.map_err(|error| match error {
        OpenError::NotAge => damaged(Damage::NotAge),
        OpenError::Damaged => damaged(Damage::Sealing),
        OpenError::NoKey => {
            let who: Vec<_> = identities.iter().map(Key::recipient).collect();
            Error::NotMember { path: path.to_owned(), who: or(&who) }
        }
    })?;
    let SignedBody { body, signature } = intake.finish().ok_or_else(|| damaged(Damage::Trailer))?;
    let text = Text::new(String::from_utf8(body).map_err(|_| damaged(Damage::NotText))?);
    // The head names the writer, and the signature covers the head: nothing else is parsed before it is
    // found good.
    let head = text.head().map_err(|error| unreadable(place, error))?;
    let by = head.written_by.clone();
    let key = head.members.get(&by).and_then(|member| member.key);
    let key = key.ok_or_else(|| damaged(Damage::SignedByReader { by: by.clone() }))?;
    if !keys::verify(&key, what, &digest, &signature) {
        let other = if what == Purpose::Vault { Purpose::Environment } else { Purpose::Vault };
        if keys::verify(&key, other, &digest, &signature) {
            return Err(damaged(Damage::Other { found: other }));
        }
        return Err(damaged(Damage::Signature { by }));
    }
    if let Some(asked) = place.team.as_ref().filter(|asked| **asked != head.team) {
        return Err(Error::OtherTeam { path: path.to_owned(), asked: asked.clone(), found: head.team });
    }
    Ok(Opened { text, head, digest, place })
}

impl Opened<'_> {
    /// Reads what is wanted of it, and parses nothing else.
    pub fn view(&self, want: Selection<'_>) -> Result<View, Error> {
        self.text.view(&self.head, want).map_err(|error| unreadable(self.place, error))
    }

    /// Reads all of it.
    pub fn whole(&self) -> Result<Vault, Error> {
        self.text.whole(&self.head).map_err(|error| unreadable(self.place, error))
    }

    /// The same, of one that is read beside others.
    pub fn whole_beside<'t>(&'t self, known: &mut SectionCache<'t>) -> Result<Vault, Error> {
        self.text.whole_beside(&self.head, known).map_err(|error| unreadable(self.place, error))
    }

    /// Whether the text holds the same sections, with the same history.
    pub fn has_tables(&self, text: &Text) -> bool {
        self.text.tables() == text.tables()
    }

    /// The first of the keys that may write it, and whose it is.
    pub fn writer<'i>(&self, identities: &'i [Key]) -> Result<(&'i Identity, MemberName), Error> {
        writer(&self.head, self.place, identities)
    }
}

/// The first of the keys that may write the vault, and whose it is.
pub fn writer<'i>(
    head: &Head,
    place: &VaultLocation,
    identities: &'i [Key],
) -> Result<(&'i Identity, MemberName), Error> {
    let written = |identity: &Identity| {
        let mut writers = head.members.iter().filter(|(_, member)| member.key == Some(identity.writer_key()));
        writers.next().map(|(name, _)| name.clone())
    };
    let mut signers = identities.iter().filter_map(Key::signer);
    if let Some(found) = signers.find_map(|identity| Some((identity, written(identity)?))) {
        return Ok(found);
    }
    let reads = |key: &Key| {
        let (who, _) = head.members.iter().find(|(_, member)| member.recipient == key.recipient())?;
        Some(Error::ReaderWrites { who: who.clone(), card: key.signer().map(Card::of).map(Box::new) })
    };
    match identities.iter().find_map(reads) {
        Some(error) => Err(error),
        None => {
            let who: Vec<_> = identities.iter().map(Key::recipient).collect();
            Err(Error::NotMember { path: place.file.path().to_owned(), who: or(&who) })
        }
    }
}

/// A vault that was closed.
pub struct Closed {
    pub sealed: Vec<u8>,
    /// The SHA-256 of what was signed.
    pub digest: [u8; 32],
}

/// Seals a vault and its text: checked, signed, encrypted to its members, and read back; of a section whose very text
/// was read before it is known what it says.
///
/// # Errors
/// If what would be written could not be read again by its writer, or would not say the same.
pub fn close<'t>(
    vault: &Vault,
    text: &'t Text,
    writer: &Identity,
    known: &mut SectionCache<'t>,
) -> Result<Closed, Error> {
    for (name, member) in &vault.head.members {
        keys::check_recipient(&member.recipient).map_err(|_| Error::MemberRecipient { name: name.clone() })?;
    }
    let mut again = || text.head().and_then(|head| text.whole_beside(&head, known));
    // Two ways to what is read back, of about the same length: the text's and the seal's. The text's is many small
    // pieces of memory, which a second thread gets from the system page by page.
    let (same, closed) = std::thread::scope(|scope| {
        let closed = scope.spawn(|| seal(vault, text.as_str(), writer));
        (again().is_ok_and(|again| again == *vault), closed.join().ok().flatten())
    });
    closed.filter(|_| same).ok_or(Error::NotReadBack)
}

/// Signs and encrypts a text, and opens it again. None if it is not the same then.
fn seal(vault: &Vault, body: &str, writer: &Identity) -> Option<Closed> {
    let digest = keys::hash(body.as_bytes());
    let trailer = trailer(&digest, Purpose::Vault, writer);
    let mut rest = [body.as_bytes(), trailer.as_bytes()];
    let sealed = keys::seal(&rest, vault.head.members.values().map(|member| &member.recipient)).ok()?;
    let mut same = true;
    let compare = |mut piece: &[u8]| {
        for part in &mut rest {
            let (expected, later) = part.split_at(part.len().min(piece.len()));
            let (found, more) = piece.split_at(expected.len());
            same &= expected == found;
            (*part, piece) = (later, more);
        }
        same &= piece.is_empty();
    };
    keys::open(&sealed[..], std::slice::from_ref(writer), compare).ok()?;
    (same && rest.iter().all(|part| part.is_empty())).then_some(Closed { sealed, digest })
}

/// What comes behind a body of this SHA-256: who says that he wrote it is believed by it.
pub fn trailer(digest: &[u8; 32], what: Purpose, writer: &Identity) -> String {
    trailer::print(&keys::sign(writer, what, digest))
}

fn unreadable(place: &VaultLocation, error: ParseError) -> Error {
    let path = place.file.path().to_owned();
    match error {
        ParseError::Damaged { line } => Error::NotVault { path, why: Damage::Text { line } },
        needs => Error::Newer { path, needs },
    }
}
