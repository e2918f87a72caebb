//! What a vault says of a closed section, and the encrypted bytes of its inner vault.

use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use crate::vault::contents::ReadHashes;
use crate::vault::fingerprint::{Fingerprint, VaultFingerprint};
use crate::vault::head::Head;
use crate::vault::label::Digest;
use crate::vault::name::{MemberName, VaultId};
use crate::vault::section::SectionId;
use crate::vault::time::Timestamp;

/// The most versions of one closed section. Whoever opens it opens all of them.
pub const VERSIONS_LIMIT: usize = 64;

/// The field of an inner vault's head that names the vault around it.
const WITHIN: &str = "within";

/// The field of an inner vault's head that names its section.
const SECTION: &str = "section";

/// What a vault says of a closed section, and its inner vault.
#[derive(Debug, Clone, PartialEq)]
pub struct Closed {
    /// The fingerprint of the inner vault.
    pub vault: VaultFingerprint,
    /// The keys of its members, in the order of their names. A copy for those who cannot open it.
    pub members: Vec<Fingerprint>,
    /// When it was last changed, and by whom: claims of that writer, like the copy of the members.
    pub updated: Timestamp,
    pub by: MemberName,
    /// The inner vault in its encrypted form: one version, or several while they are disputed. None if it was
    /// changed and is not encrypted again yet.
    pub sealed: Vec<SealedBytes>,
    /// What the key at hand makes of it. It stands in no file.
    pub access: Access,
}

/// Whether the key at hand opens an inner vault.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Access {
    /// Nobody has tried yet.
    #[default]
    Untried,
    /// It does not. These members can let somebody in.
    Locked { by: Vec<MemberName> },
    /// It does. The section holds what the inner vault holds.
    Open(Box<Inner>),
}

/// What an inner vault holds besides its records.
#[derive(Debug, Clone, PartialEq)]
pub struct Inner {
    pub head: Head,
    pub read: ReadHashes,
}

/// A vault's encrypted bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SealedBytes(Arc<[u8]>);

impl SealedBytes {
    pub fn new(bytes: Vec<u8>) -> SealedBytes {
        SealedBytes(bytes.into())
    }

    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// The SHA-256 of the bytes, by which the removal of a member vouches for them.
    pub fn digest(&self) -> Digest {
        Sha256::digest(&self.0).into()
    }

    pub(in crate::vault) fn from_base64(text: &str) -> Option<SealedBytes> {
        BASE64_STANDARD.decode(text).ok().map(SealedBytes::new)
    }

    /// Reads a list of disputed versions. None if there are fewer than two, too many, or if they are not in the order
    /// of their digests, each once.
    pub(in crate::vault) fn disputed(texts: &[impl AsRef<str>]) -> Option<Vec<SealedBytes>> {
        if !(2..=VERSIONS_LIMIT).contains(&texts.len()) {
            return None;
        }
        let all: Vec<_> = texts.iter().map(|text| SealedBytes::from_base64(text.as_ref())).collect::<Option<_>>()?;
        all.is_sorted_by(|one, next| one.digest() < next.digest()).then_some(all)
    }

    pub(in crate::vault) fn to_base64(&self) -> String {
        BASE64_STANDARD.encode(&self.0)
    }
}

impl fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedBytes({} bytes)", self.0.len())
    }
}

/// The place of an inner vault: the id of the vault around it, and the section. It counts nowhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    pub vault: VaultId,
    pub section: SectionId,
}

impl Head {
    /// The place of an inner vault, as it says itself; none for a team's vault.
    pub fn within(&self) -> Option<Within> {
        let text = |field| self.extra.get(field)?.as_str();
        let (vault, section) = (text(WITHIN)?.parse().ok()?, SectionId::from_str(text(SECTION)?).ok()?);
        Some(Within { vault, section })
    }

    /// Whether it says that it belongs into another vault, in whatever way.
    pub fn is_inner(&self) -> bool {
        self.extra.contains_key(WITHIN) || self.extra.contains_key(SECTION)
    }

    /// Makes this the head of an inner vault.
    pub fn set_within(&mut self, Within { vault, section }: &Within) {
        self.extra.insert(WITHIN.into(), vault.to_string().into());
        self.extra.insert(SECTION.into(), section.as_typed().into());
    }
}
