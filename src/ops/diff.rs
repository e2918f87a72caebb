//! What differs between two versions of a vault: names, sections and members; never a value.

use std::path::Path;

use serde::Serialize;

use super::git_merge::read;
use super::repository::{self, GitFailed};
use super::view::SectionView;
use crate::git;
use crate::report::{Command, Error, Kind};
use crate::session::closed::Standing;
use crate::session::{Session, VaultLocation};
use crate::vault::outline::{Difference, Outline, Subject, differences};
use crate::vault::{TeamName, Vault};

/// Two versions of a vault, as outlines.
pub struct Versions {
    pub team: TeamName,
    pub old: Outline,
    pub new: Outline,
}

/// One difference, as JSON shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DifferenceView<'v> {
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    pub kind: &'static str,
    pub section: Option<SectionView>,
    pub name: Option<&'v str>,
    pub old: Option<&'v str>,
    pub new: Option<&'v str>,
}

/// Reads two versions: each a file, or a revision of git. Without a name, they are `HEAD` and the vault as it is.
pub fn versions(session: &Session, old: Option<&str>, new: Option<&str>) -> Result<Versions, Error> {
    let location = session.location()?;
    let old = version(session, location, old.unwrap_or("HEAD"))?;
    let new = match new {
        Some(new) => version(session, location, new)?,
        None => session.vault()?,
    };
    session.note_merge_driver(location);
    session.note_locked(&new.sections);
    Ok(Versions { team: new.head.team.clone(), old: old.outline(&new), new: new.outline(&new) })
}

impl Versions {
    /// Lists what differs, in order.
    pub fn differences(&self) -> Vec<(&Subject, Difference<'_>)> {
        differences(&self.old, &self.new)
    }

    /// Lists what differs, as JSON shows it.
    pub fn views(&self) -> Vec<DifferenceView<'_>> {
        self.differences().into_iter().map(|(subject, difference)| self.view(subject, difference)).collect()
    }

    fn view<'v>(&'v self, subject: &'v Subject, difference: Difference<'v>) -> DifferenceView<'v> {
        let (change, old, new) = match difference {
            Difference::Added(new) => ("added", None, Some(new)),
            Difference::Removed(old) => ("removed", Some(old), None),
            Difference::Changed { old, new } => ("changed", Some(old), Some(new)),
        };
        let section = subject.section().map(|id| SectionView::new(id, &self.team));
        DifferenceView { change, kind: subject.kind(), section, name: subject.name(), old, new }
    }
}

/// Reads a version of the vault at a location: a file, or what the vault's file held in a revision.
fn version(session: &Session, location: &VaultLocation, text: &str) -> Result<Vault, Error> {
    let path = session.settings.directory.join(text);
    let (at, bytes) = if path.is_file() {
        (VaultLocation::of(&path), read(&path)?)
    } else {
        let (repository, relative) = repository::find(location.file.path())?;
        if !repository.knows(text) {
            let message = format!("{text} is neither a file nor a revision of git");
            return Err(Error::new(Kind::NotFound, "version_missing", message)
                .hint(Command::new("diff").arg("HEAD~1"))
                .hint(Command::new("diff").arg("OLD.age").arg("NEW.age")));
        }
        let bytes = repository.version(text, &relative);
        let bytes = bytes.map_err(|error| GitFailed::new(format!("find {text}"), error))?;
        let bytes = git::contents(repository.top(), bytes);
        (VaultLocation::of(Path::new(&format!("{text}:{}", relative.display()))), bytes)
    };
    let vault = session.read_bytes(&at, &bytes, Standing::Past)?;
    session.check_once_trusted(location, &vault.head)?;
    Ok(vault)
}
