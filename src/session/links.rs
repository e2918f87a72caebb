//! Links, and whether they count. A link is somebody else's file until this machine accepts it.

use std::path::{Path, PathBuf};

use super::Session;
use super::locate::{LocateError, real};
use super::place::without_parents;
use crate::git::{ListedTree, WorkTree};
use crate::report::{Error, Message};
use crate::store::{Link, LinkFile, PinStore};

impl Session {
    /// Finds the link of the directory, or of the nearest one above that has one.
    pub fn link(&self) -> Result<Option<LinkFile>, Error> {
        if self.settings.no_link {
            return Ok(None);
        }
        Ok(LinkFile::find(&self.settings.directory)?)
    }

    /// Returns whether this machine wrote the link, or accepted it as it is, here or in another work tree of the
    /// repository, or whether `ETUI_TRUST` stands for it.
    pub fn is_accepted(&self, link: &LinkFile) -> Result<bool, Error> {
        // A command asks for it several times: of the link, and of the section that it names.
        if self.accepted.borrow().contains(link) {
            return Ok(true);
        }
        let is_recorded = self.with_pins(|pins| is_recorded(pins, link))?;
        let is_accepted = is_recorded || self.is_demanded(link)?;
        if is_accepted {
            self.accepted.borrow_mut().push(link.clone());
        }
        Ok(is_accepted)
    }

    /// Returns whether `ETUI_TRUST` stands for a link: its vault, which a link above may name, lies in the same work
    /// tree. Each opening then demands that it is the vault that `ETUI_TRUST` names.
    fn is_demanded(&self, link: &LinkFile) -> Result<bool, Error> {
        if self.demand()?.is_none() {
            return Ok(false);
        }
        let Some(vault) = link.vault()? else { return Ok(false) };
        let top = |file: &Path| WorkTree::of(Path::new(&real(file))).map(|tree| tree.top);
        Ok(top(&link.path).is_some_and(|tree| top(&vault) == Some(tree)))
    }

    /// Accepts a link as it is. Where the pins cannot be written, it counts for this command alone, with a warning.
    pub fn accept_link(&self, link: &LinkFile) -> Result<(), Error> {
        self.update_pins(|pins| self.record(pins, link))
    }

    /// Accepts a link as it is, from now on.
    ///
    /// # Errors
    /// If the pins cannot be written.
    pub fn accept_link_for_good(&self, link: &LinkFile) -> Result<(), Error> {
        self.update_pins_for_good(|pins| self.record(pins, link))
    }

    /// Records an accepted link. If it leads to a vault of a team whose vault is not known yet, the team's name means
    /// that one: links in other repositories then find it.
    fn record(&self, pins: &mut PinStore, link: &LinkFile) {
        accept(pins, link);
        let Link { team: Some(team), vault: Some(_), .. } = &link.link else { return };
        if let (Ok(Some(vault)), Ok(usual)) = (link.vault(), self.usual_vault(team))
            && vault.exists()
        {
            pins.locations.see(team, &without_parents(&vault), &usual);
        }
    }

    /// Makes sure that a link counts, and the one above from which it takes its vault. A terminal is asked: a cloned
    /// repository could name a vault of yours beside code of its own. `-y` does not answer that question, since it was
    /// typed before anybody saw the link.
    pub fn require_accepted(&self, link: &LinkFile) -> Result<(), Error> {
        if !self.is_accepted(link)? {
            let unaccepted = || LocateError::LinkUnaccepted { path: link.path.clone() };
            if !self.frontend.can_ask() {
                return Err(unaccepted().into());
            }
            if !self.ask_to_accept(link)? {
                return Err(Error::declined());
            }
            self.accept_link(link)?;
        }
        match link.above()? {
            Some(above) => self.require_accepted(&above),
            None => Ok(()),
        }
    }

    /// Shows a link and asks whether it is to be accepted. Records nothing.
    pub fn ask_to_accept(&self, link: &LinkFile) -> Result<bool, Error> {
        let question = format!("{} says: {}. Do you know this link and accept it?", link.path.display(), link.link);
        self.frontend.ask_yes_no(&Message::from(question))
    }

    /// Returns what the link says, if it leads to the vault in use. It must be accepted if it names a section.
    pub fn linked(&self) -> Result<Link, Error> {
        let Some(file) = &self.location()?.link else { return Ok(Link::default()) };
        if file.link.project.is_some() || file.link.cluster.is_some() {
            self.require_accepted(file)?;
        }
        Ok(file.link.clone())
    }

    /// Returns what the link says, if it leads to the vault in use and is accepted. For remarks besides the result.
    pub fn linked_if_accepted(&self) -> Result<Link, Error> {
        match &self.location()?.link {
            Some(file) if self.is_accepted(file)? => Ok(file.link.clone()),
            _ => Ok(Link::default()),
        }
    }
}

/// Records a link at its path. Also for its repository, if it is in a work tree that may be gone tomorrow.
fn accept(pins: &mut PinStore, link: &LinkFile) {
    let path = link.real();
    let linked = ListedTree::of(&path).filter(|tree| !tree.is_main());
    let shared = linked.and_then(|tree| Some(every_tree(&tree).join(path.strip_prefix(&tree.top).ok()?)));
    for path in [Some(path), shared].into_iter().flatten() {
        pins.links.insert(path.to_string_lossy().into_owned(), link.digest.clone());
    }
}

/// Returns whether a link with this text was accepted at this path, or at the same place in the same repository.
fn is_recorded(pins: &PinStore, link: &LinkFile) -> bool {
    let path = link.real();
    if pins.links.get(&*path.to_string_lossy()) == Some(&link.digest) {
        return true;
    }
    let mut alike = pins.links.iter().filter(|(_, digest)| **digest == link.digest).peekable();
    if alike.peek().is_none() {
        return false;
    }
    let Some(tree) = ListedTree::of(&path) else { return false };
    let Ok(below) = path.strip_prefix(&tree.top) else { return false };
    // The other one must be listed too: the repository here could list a work tree of another one as its own.
    let is_sibling = |top: &Path| ListedTree::at(top).is_some_and(|other| other.common == tree.common);
    let is_same_place = |accepted: &Path| {
        let top = accepted.ancestors().nth(below.components().count()).filter(|_| accepted.ends_with(below));
        top.is_some_and(|top| top == every_tree(&tree) || is_sibling(top))
    };
    alike.any(|(accepted, _)| is_same_place(Path::new(accepted)))
}

/// The path that stands in the pins for every work tree of a repository. Git names no work tree `*`.
fn every_tree(tree: &ListedTree) -> PathBuf {
    tree.common.join("worktrees/*")
}
