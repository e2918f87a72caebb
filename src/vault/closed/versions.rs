//! A closed section in several versions: somebody kept them who could not merge them.

use super::error::ClosedError;
use super::sealed::Closed;
use crate::vault::contents::Vault;
use crate::vault::endorser::Endorser;
use crate::vault::section::{SectionId, Sections};

impl Closed {
    /// Whether it stands for several encrypted versions.
    pub fn has_versions(&self) -> bool {
        self.sealed.len() > 1
    }
}

impl Sections {
    /// The closed sections in several versions.
    pub fn in_versions(&self) -> impl Iterator<Item = (&SectionId, &Closed)> {
        self.closed().filter(|(_, closed)| closed.has_versions())
    }
}

impl Vault {
    /// Makes the versions of a closed section one again: what merging them makes, which is encrypted anew.
    ///
    /// # Errors
    /// If the section is missing, is not closed, or may not be written by this writer.
    pub fn unite_versions(&mut self, id: &SectionId, by: &Endorser<'_>) -> Result<(), ClosedError> {
        self.check_inner_writer(id, by)?;
        if let Some(closed) = self.sections.closed_mut(id).filter(|closed| closed.has_versions()) {
            closed.sealed.clear();
        }
        Ok(())
    }
}
