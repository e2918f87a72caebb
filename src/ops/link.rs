//! Links: written, accepted and shown.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::repository;
use crate::git::WorkTree;
use crate::report::{Command, Error, Message, OfVault as _};
use crate::session::locate::{real, same_file};
use crate::session::{Session, existing};
use crate::store::{Link, LinkError, LinkFile};
use crate::vault::change::missing_section;
use crate::vault::text::Selection;
use crate::vault::{Id, SectionId, TeamName};

/// A link as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LinkView {
    /// Its file.
    pub link: PathBuf,
    pub team: Option<String>,
    pub project: Option<String>,
    pub cluster: Option<String>,
    pub vault: Option<PathBuf>,
    pub redact: bool,
}

impl LinkView {
    pub fn new(file: &LinkFile) -> LinkView {
        let Link { team, project, cluster, vault, redact, .. } = &file.link;
        LinkView {
            link: file.path.clone(),
            team: team.as_ref().map(ToString::to_string),
            project: project.as_ref().map(ToString::to_string),
            cluster: cluster.as_ref().map(ToString::to_string),
            vault: vault.clone(),
            redact: *redact,
        }
    }
}

/// A section that a link would name and that does not exist.
pub struct MissingSection {
    pub team: TeamName,
    /// The error for it.
    pub error: Error,
}

/// Checks whether a section exists; returns what is known about one that does not.
///
/// # Errors
/// If it is closed to the keys at hand: nothing would work where it is linked.
pub fn missing(session: &Session, section: &SectionId) -> Result<Option<MissingSection>, Error> {
    let view = session.view(Selection::Current(std::slice::from_ref(section)))?;
    if view.all.contains(section) {
        return existing(&view, section).map(|_| None);
    }
    let team = view.head.team;
    let error = missing_section(section, &view.all).in_team(&team);
    Ok(Some(MissingSection { team, error }))
}

/// Links the directory to the vault in use, and to a project and a cluster. What is not given stays as the directory's
/// own link has it, if that link leads to the same vault and is accepted.
pub fn write(session: &Session, project: Option<Id>, cluster: Option<Id>) -> Result<LinkFile, Error> {
    let directory = &session.settings.directory;
    let location = session.location()?;
    let is_own = location.link.as_ref().is_some_and(|link| link.path.parent() == Some(directory));
    let before = if is_own { session.linked_if_accepted()? } else { Link::default() };
    let team = session.view(Selection::Current(&[]))?.head.team;

    let link = Link {
        vault: vault_below(session, location.file.path(), &team)?,
        team: Some(team),
        project: project.or(before.project),
        cluster: cluster.or(before.cluster),
        ..Link::default()
    };
    write_accepted(session, directory, &link)
}

/// Returns how a link of this directory names a vault. None if it need not: for the usual vault of the team, for the one
/// that the next link above names, and for one in another repository that the team's name means on this laptop.
///
/// # Errors
/// If the vault is elsewhere. One above the directory, in its repository, is named by a link above: other clones find it
/// by nothing else.
fn vault_below(session: &Session, vault: &Path, team: &TeamName) -> Result<Option<PathBuf>, Error> {
    let directory = &session.settings.directory;
    if same_file(vault, &session.directories()?.vault(team)) {
        return Ok(None);
    }
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    let below = || Some(real(vault)?.strip_prefix(real(directory)?).ok()?.to_owned());
    if let Some(below) = below() {
        return Ok(Some(below));
    }

    let is_inside = share_repository(vault, directory);
    let above = directory.parent().map(LinkFile::find).transpose()?.flatten();
    let above = above.filter(|above| above.link.team.as_ref() == Some(team));
    match above.map(|above| above.vault()).transpose()?.flatten() {
        Some(above) if same_file(&above, vault) => Ok(None),
        None if !is_inside && same_file(vault, &session.vault_of(team)?) => Ok(None),
        _ => {
            let path = directory.join(".etui.toml");
            let error = Error::from(LinkError::VaultOutside { path, vault: vault.to_owned() });
            let add = Command::without_vault("vault add").quoted(&vault.to_string_lossy());
            let record = || Message::from("for one in another repository, first: ").command(add);
            Err(if is_inside { error } else { error.hint(record()) })
        }
    }
}

fn share_repository(vault: &Path, directory: &Path) -> bool {
    let top = |path: &Path| WorkTree::of(Path::new(&real(path))).map(|tree| tree.top);
    top(vault).is_some_and(|tree| top(&directory.join(".etui.toml")) == Some(tree))
}

/// A link that another team already has.
pub struct OtherTeam {
    pub path: PathBuf,
    pub team: TeamName,
}

/// Links a repository to a vault inside it: from this directory if the vault is below it, else from the top of the
/// repository. None outside a repository.
pub fn write_for_repository(
    session: &Session,
    vault: &Path,
    team: &TeamName,
) -> Result<Option<Result<LinkFile, OtherTeam>>, Error> {
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (vault, here) = (real(vault), real(&session.settings.directory));
    let Some(top) = vault.ancestors().find(|directory| directory.join(".git").exists()) else { return Ok(None) };
    let directory = if here.starts_with(top) && vault.starts_with(&here) { &here } else { top };
    let Ok(relative) = vault.strip_prefix(directory) else { return Ok(None) };

    let existing = LinkFile::find(directory)?.filter(|existing| existing.path.parent() == Some(directory));
    if let Some(LinkFile { path, link, .. }) = existing
        && let Some(other) = link.team.filter(|other| other != team)
    {
        return Ok(Some(Err(OtherTeam { path, team: other })));
    }
    let link = Link { team: Some(team.clone()), vault: Some(relative.to_owned()), ..Link::default() };
    Ok(Some(Ok(write_accepted(session, directory, &link)?)))
}

fn write_accepted(session: &Session, directory: &Path, link: &Link) -> Result<LinkFile, Error> {
    let written = LinkFile::write(directory, link)?;
    session.accept_link(&written)?;
    Ok(written)
}

/// Finds the link of the directory, and the ones above from which it takes its vault; the nearest first.
///
/// # Errors
/// If one of them names a vault that is not below it.
pub fn chain(session: &Session) -> Result<Vec<LinkFile>, Error> {
    let (mut next, mut chain) = (session.link()?, Vec::new());
    while let Some(link) = next {
        link.vault()?;
        next = link.above()?;
        chain.push(link);
    }
    Ok(chain)
}

/// Accepts the links of the directory. Returns them; none if there is no link.
pub fn accept(session: &Session) -> Result<Vec<LinkFile>, Error> {
    let chain = chain(session)?;
    chain.iter().try_for_each(|link| session.accept_link_for_good(link))?;
    exclude_lock(&chain);
    Ok(chain)
}

/// Keeps the lock of the vault to which links lead out of git in this clone. Where that fails, the links count all the
/// same.
pub fn exclude_lock(links: &[LinkFile]) {
    let vault = links.iter().rev().find_map(|link| link.vault().ok()?);
    if let Some(vault) = vault.filter(|vault| repository::surrounds(vault)) {
        let _ = repository::exclude_lock(&vault);
    }
}
