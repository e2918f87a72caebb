//! Closed sections: vaults within the vault, which only some of its members can read.
//!
//! An *inner vault* is a vault like any other, with members, a clock and a signature of its own. What it holds
//! stands in its team section. The outer vault carries its encrypted bytes along, and says in the clear who its
//! members are and when it changed last. Where a key opens it, its content is put into the section's records,
//! so that everything works on it as on an open section.

mod change;

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr as _;
use std::sync::Arc;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use sha2::{Digest as _, Sha256};

use super::change::ChangeError;
use super::contents::{ReadHashes, Vault};
use super::fingerprint::{Fingerprint, VaultFingerprint};
use super::head::Head;
use super::label::Digest;
use super::name::{MemberName, VaultId};
use super::section::{Section, SectionId, Sections};
use super::time::Timestamp;
pub(in crate::vault) use change::rename;
pub use change::{ClosedError, InSections};

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

impl Section {
    /// Whether it is closed, and the key at hand does not open it. It then shows no record.
    pub fn is_locked(&self) -> bool {
        self.closed.as_ref().is_some_and(|closed| !matches!(closed.access, Access::Open(_)))
    }

    /// The error for a section that is locked.
    pub fn locked(&self, id: &SectionId) -> ChangeError {
        let by = match self.closed.as_ref().map(|closed| &closed.access) {
            Some(Access::Locked { by }) => by.clone(),
            _ => Vec::new(),
        };
        ChangeError::Locked { section: id.clone(), by }
    }

    /// The head and the hashes of its inner vault, if that is open.
    pub fn inner(&self) -> Option<&Inner> {
        match &self.closed.as_ref()?.access {
            Access::Open(inner) => Some(inner),
            _ => None,
        }
    }

    /// Its inner vault, if that is open.
    pub fn inner_vault(&self) -> Option<Vault> {
        let Inner { head, read } = self.inner()?.clone();
        let team = Section { env: self.env.clone(), secrets: self.secrets.clone(), ..Section::default() };
        Some(Vault { head, sections: Sections([(SectionId::Team, team.into())].into()), read })
    }

    /// Takes over what an inner vault holds.
    pub fn hold(&mut self, inner: Vault) {
        let Vault { head, mut sections, read } = inner;
        let team = sections.0.remove(&SectionId::Team).map(Arc::unwrap_or_clone).unwrap_or_default();
        if let Some(closed) = &mut self.closed {
            (self.env, self.secrets) = (team.env, team.secrets);
            closed.access = Access::Open(Inner { head, read }.into());
        }
    }

    /// The section as the outer vault's text has it.
    fn sealed(&self) -> Section {
        let closed = self.closed.clone().map(|closed| Closed { access: Access::Untried, ..*closed }.into());
        Section { created: self.created, closed, extra: self.extra.clone(), ..Section::default() }
    }
}

impl Vault {
    /// The vault as its text has it: without what stands in inner vaults.
    pub fn outer(&self) -> Vault {
        let outer = |(id, section): (&SectionId, &Arc<Section>)| match section.closed.is_some() {
            true => (id.clone(), section.sealed().into()),
            false => (id.clone(), section.clone()),
        };
        Vault { sections: Sections(self.sections.0.iter().map(outer).collect()), ..self.clone() }
    }

    /// The ids of the closed sections that are open here.
    pub fn opened(&self) -> Vec<SectionId> {
        let open = self.sections.0.iter().filter(|(_, section)| section.inner().is_some());
        open.map(|(id, _)| id.clone()).collect()
    }

    /// Changes an inner vault that is open. None if the section is not closed, or is locked.
    pub fn change_inner<T>(&mut self, id: &SectionId, change: impl FnOnce(&mut Vault) -> T) -> Option<T> {
        let section = self.sections.0.get_mut(id)?;
        let mut inner = section.inner_vault()?;
        let result = change(&mut inner);
        Arc::make_mut(section).hold(inner);
        Some(result)
    }
}

impl Sections {
    /// The closed sections that the key at hand does not open.
    pub fn locked(&self) -> impl Iterator<Item = (&SectionId, &Closed)> {
        self.iter()
            .filter(|(_, section)| section.is_locked())
            .filter_map(|(id, section)| Some((id, section.closed.as_deref()?)))
    }

    /// All closed sections.
    pub fn closed(&self) -> impl Iterator<Item = (&SectionId, &Closed)> {
        self.iter().filter_map(|(id, section)| Some((id, section.closed.as_deref()?)))
    }

    /// The digests of all inner vaults, as they stand.
    pub(in crate::vault) fn sealed_digests(&self) -> BTreeSet<Digest> {
        self.closed().flat_map(|(_, closed)| &closed.sealed).map(SealedBytes::digest).collect()
    }

    /// Changes what is known of a closed section.
    pub fn closed_mut(&mut self, id: &SectionId) -> Option<&mut Closed> {
        let section = self.0.get_mut(id).filter(|section| section.closed.is_some())?;
        Arc::make_mut(section).closed.as_deref_mut()
    }

    /// Puts what an inner vault holds into its section.
    pub fn hold(&mut self, id: &SectionId, inner: Vault) {
        if let Some(section) = self.0.get_mut(id) {
            Arc::make_mut(section).hold(inner);
        }
    }
}
