//! Inner vaults where a key opens them: what they hold stands in their sections.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::sealed::{Access, Closed, Inner, SealedBytes};
use crate::vault::change::ChangeError;
use crate::vault::contents::{FormerReader, Vault};
use crate::vault::label::Digest;
use crate::vault::section::{Section, SectionId, Sections};

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

    /// The encrypted versions of its inner vault.
    pub(in crate::vault) fn versions(&self) -> BTreeSet<&SealedBytes> {
        self.closed.iter().flat_map(|closed| &closed.sealed).collect()
    }

    /// Records in its inner vault, if that is open, who could read values.
    pub(in crate::vault) fn add_readers(&mut self, reader: FormerReader, hashes: BTreeSet<String>) {
        if let Some(Access::Open(inner)) = self.closed.as_mut().map(|closed| &mut closed.access) {
            inner.read.entry(reader).or_default().extend(hashes);
        }
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
    pub(in crate::vault) fn sealed(&self) -> Section {
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
    pub fn sealed_digests(&self) -> BTreeSet<Digest> {
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
