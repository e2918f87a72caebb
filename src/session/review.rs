//! The closed sections of a vault as `trust` looks at them: opened whoever wrote them, beside what the pins say.

use super::Session;
use super::closed::{Around, Standing};
use super::decision::SignedHead;
use super::envelope::{Extent, OpenVault};
use super::locate::VaultLocation;
use crate::report::Error;
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{SectionId, View};

/// A closed section that a key at hand opens.
pub struct InnerReview {
    pub section: SectionId,
    /// Its inner vault; none if that is damaged, so that nobody can accept it.
    pub found: Option<SignedHead>,
    /// Why this machine does not trust it; none if it does.
    pub doubt: Option<Error>,
}

/// What a vault holds besides its head, as far as trust is concerned.
pub struct SectionsReview {
    /// The ids of all sections.
    pub all: Vec<SectionId>,
    pub inner: Vec<InnerReview>,
}

impl Session {
    /// Looks at the closed sections of a vault that may not be trusted.
    pub fn review_sections(
        &self,
        pins: &PinStore,
        location: &VaultLocation,
        opened: &OpenVault<'_>,
    ) -> Result<SectionsReview, Error> {
        let head = &opened.head;
        let closed: Vec<SectionId> = head.closed.keys().cloned().collect();
        let View { sections, all, .. } = opened.view(Selection::Current(&closed))?;
        let place = location.place()?;
        let around = |standing| Around { location, head, pins, standing, extent: Extent::Current };
        let mut inner = Vec::new();
        for (section, closed) in sections.closed() {
            let doubt = match self.open_section(around(Standing::Current(&place)), section, closed) {
                Ok(None) => continue,
                Ok(Some(_)) => None,
                Err(doubt) => Some(doubt),
            };
            let found = self.open_versions(around(Standing::Any), section, closed).ok().flatten();
            let found = found.map(|(vault, signed)| SignedHead { head: vault.head, signed });
            inner.push(InnerReview { section: section.clone(), found, doubt });
        }
        Ok(SectionsReview { all, inner })
    }
}
