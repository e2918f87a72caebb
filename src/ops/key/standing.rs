//! The vaults that this machine can find, and how each stands in the rotation of a key.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::keys::{Card, Identity, Key, Rotation};
use crate::ops::{closed, location, member, repository};
use crate::report::{Command, Error, Kind};
use crate::session::envelope::OpenError;
use crate::session::locate::{real, same_file};
use crate::session::{Environment, Session, Settings};
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{Fingerprint, Head, Member, MemberName, PublicKeys, SectionId, VaultId, View};

/// How a vault stands in a rotation.
pub struct Standing {
    /// The team, or the path of a vault that did not open.
    pub team: String,
    pub vault: PathBuf,
    pub member: Option<MemberName>,
    pub state: State,
    /// The closed sections that list the old key although the vault does not.
    pub sections: Vec<WithOldKey>,
}

/// A closed section that lists the old key.
pub struct WithOldKey {
    pub section: SectionId,
    /// What one of these writers must run.
    pub command: Command,
    pub writers: Vec<MemberName>,
}

/// What a vault still needs.
pub enum State {
    /// Nothing.
    Done,
    /// It has the new key since just now.
    Updated,
    /// It has the new key, but git has not shared that yet.
    Unshared,
    /// One of these writers must run this command, which gives the member this fingerprint.
    Waiting { command: Command, writers: Vec<MemberName>, fingerprint: Fingerprint },
    /// The old key is a member too, under this name.
    Both { old: MemberName },
    /// It lists neither key, so it is none of this rotation's business.
    Foreign,
    /// Nobody knows: it is not there, or it does not open.
    Unknown(Error),
}

impl Standing {
    /// Whether the old key may go, as far as this vault is concerned.
    pub fn is_done(&self) -> bool {
        self.state.is_done() && self.sections.is_empty()
    }
}

impl State {
    /// The stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            State::Done => "done",
            State::Updated => "updated",
            State::Unshared => "unshared",
            State::Waiting { .. } => "waiting",
            State::Both { .. } => "both",
            State::Foreign => "foreign",
            State::Unknown(_) => "unknown",
        }
    }

    fn is_done(&self) -> bool {
        matches!(self, State::Done | State::Foreign)
    }
}

/// How far a rotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// All vaults of the key list the new one.
    Ready,
    /// Some do not.
    Waiting,
    /// No vault lists either key, so nothing says that the old one is not needed.
    Unknown,
}

impl Progress {
    pub fn of(standings: &[Standing]) -> Progress {
        let mut others = standings.iter().filter(|one| !matches!(one.state, State::Foreign)).peekable();
        match (others.peek().is_some(), others.all(Standing::is_done)) {
            (false, _) => Progress::Unknown,
            (true, true) => Progress::Ready,
            (true, false) => Progress::Waiting,
        }
    }
}

/// How the vaults stand in the rotation that the key file is in, for a report: nothing is changed. None if there is no
/// rotation, or if the keys were not opened.
pub fn standings(session: &Session) -> Option<Vec<Standing>> {
    let rotation = session.rotation()?;
    let vaults = known_vaults(session, &old_prints(session.keys().ok()?, rotation)).ok()?;
    Some(vaults.iter().map(|vault| vault.standing(&vault.session(session), rotation, Act::Look)).collect())
}

/// A vault that this machine can find.
pub(super) struct KnownVault {
    path: PathBuf,
    team: Option<String>,
}

/// Lists the vaults that this machine can find: by the names of their teams, at the path that an option names, and where
/// one was seen that lists the old key.
pub(super) fn known_vaults(session: &Session, old: &[Fingerprint]) -> Result<Vec<KnownVault>, Error> {
    let named = location::list(session)?.into_iter();
    let mut vaults: Vec<KnownVault> =
        named.map(|known| KnownVault { path: known.vault, team: Some(known.team) }).collect();
    let chosen = session.settings.vault_file().map(|file| session.settings.directory.join(file));
    let is_known = |path: &PathBuf| vaults.iter().any(|known| known.path == *path || same_file(&known.path, path));
    if let Some(path) = chosen.filter(|path| !is_known(path)) {
        vaults.push(KnownVault { path, team: None });
    }
    let pins = session.pins()?;
    let listed: Vec<VaultId> = vaults.iter().filter_map(|known| pins.paths.get(&real(&known.path)).copied()).collect();
    let others = seen(&pins, old).filter(|(id, _)| !listed.contains(id));
    vaults.extend(others.map(|(_, path)| KnownVault { path, team: None }));
    Ok(vaults)
}

/// Finds the vaults that were seen with a key, and that are still there: one place of each.
fn seen<'p>(pins: &'p PinStore, key: &'p [Fingerprint]) -> impl Iterator<Item = (VaultId, PathBuf)> + 'p {
    pins.vaults.keys().filter(|id| lists(pins, id, key)).filter_map(|id| {
        let mut at = pins.paths.iter().filter(|(_, seen)| *seen == id).map(|(path, _)| PathBuf::from(path));
        at.find(|path| path.exists()).map(|path| (*id, path))
    })
}

/// Returns whether a vault, as it was last seen, lists a key, by one of its fingerprints.
fn lists(pins: &PinStore, id: &VaultId, key: &[Fingerprint]) -> bool {
    pins.vaults.get(id).is_some_and(|pins| pins.roster.members.values().any(|print| key.contains(print)))
}

/// Returns the fingerprints of the old key of a rotation: as a reader's, and as a writer's.
pub(super) fn old_prints(keys: &[Key], rotation: &Rotation) -> Vec<Fingerprint> {
    let old = keys.iter().filter_map(Key::signer).find(|key| key.recipient() == rotation.old);
    let as_reader = PublicKeys::reader(rotation.old.clone()).fingerprint();
    old.map(Identity::fingerprint).into_iter().chain([as_reader]).collect()
}

/// Whether a vault may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Look,
    Update,
}

impl KnownVault {
    /// A session that works on this vault, whatever the directory and the options say.
    pub(super) fn session(&self, session: &Session) -> Session {
        let environment = Environment { team: None, vault: None, ..session.settings.environment.clone() };
        let settings = session.settings.clone();
        let settings = Settings { team: None, vault: Some(self.path.clone()), no_link: true, environment, ..settings };
        Session::new(settings, Arc::clone(&session.frontend))
    }

    /// Returns whether this machine has seen the old key among the members, at this place or under this name.
    fn has_listed(&self, session: &Session, rotation: &Rotation) -> bool {
        let (Ok(pins), Ok(keys)) = (session.pins(), session.keys()) else { return true };
        let old = old_prints(keys, rotation);
        let at = pins.paths.get(&real(&self.path));
        let named = pins.teams.iter().find(|(team, _)| self.team.as_deref() == Some(team.as_str())).map(|(_, id)| id);
        at.into_iter().chain(named).any(|id| lists(&pins, id, &old))
    }

    pub(super) fn standing(&self, session: &Session, rotation: &Rotation, act: Act) -> Standing {
        let shown = || self.team.clone().unwrap_or_else(|| self.path.display().to_string());
        let standing = |team, member, state| {
            let sections = Vec::new();
            Standing { team, vault: self.path.clone(), member, state, sections }
        };
        let head = match session.view(Selection::Current(&[])) {
            Ok(view) => view.head,
            Err(error) if matches!(error.cause(), Some(OpenError::NotMember { .. })) => {
                // Another file in the place of a vault opens for nobody either.
                let is_foreign = !self.has_listed(session, rotation);
                return standing(shown(), None, if is_foreign { State::Foreign } else { State::Unknown(error) });
            }
            Err(error) => return standing(shown(), None, State::Unknown(error)),
        };
        let team = head.team.to_string();
        match self.state(session, &head, rotation, act) {
            Ok((Some(name), state)) => match self.with_old_key(session, &name, rotation, act) {
                Ok(sections) => Standing { sections, ..standing(team, Some(name), state) },
                Err(error) => standing(team, Some(name), State::Unknown(error)),
            },
            Ok((None, state)) => standing(team, None, state),
            Err(error) => standing(team, None, State::Unknown(error)),
        }
    }

    fn state(
        &self,
        session: &Session,
        head: &Head,
        rotation: &Rotation,
        act: Act,
    ) -> Result<(Option<MemberName>, State), Error> {
        let with = |recipient| head.members.iter().find(|(_, member)| member.recipient() == recipient);
        let (name, member) = match (with(&rotation.old), with(&rotation.new)) {
            (Some((old, _)), Some((new, _))) => return Ok((Some(new.clone()), State::Both { old: old.clone() })),
            (None, Some((new, _))) => {
                let state = if is_shared(&self.path) { State::Done } else { State::Unshared };
                return Ok((Some(new.clone()), state));
            }
            (None, None) => return Ok((None, State::Foreign)),
            (Some(old), None) => old,
        };
        let (public, text) = new_keys(session, member, rotation)?;
        if member.is_root() && act == Act::Update {
            member::update(session, name, public)?;
            return Ok((Some(name.clone()), State::Updated));
        }
        let fingerprint = public.fingerprint();
        let is_other = |(other, member): &(&MemberName, &Member)| *other != name && member.key().is_some();
        let writers = head.members.iter().filter(is_other).map(|(name, _)| name.clone()).collect();
        let command = Command::without_vault("member update").arg(name).arg(text).arg("-t").arg(&head.team);
        Ok((Some(name.clone()), State::Waiting { command, writers, fingerprint }))
    }
}

impl KnownVault {
    /// Finds the closed sections that list the old key, once the vault lists the new one. Where the old key is the root,
    /// it is replaced at once.
    fn with_old_key(
        &self,
        session: &Session,
        name: &MemberName,
        rotation: &Rotation,
        act: Act,
    ) -> Result<Vec<WithOldKey>, Error> {
        let head = session.view(Selection::Current(&[]))?.head;
        let has_new = head.members.values().any(|member| *member.recipient() == rotation.new);
        if head.closed.is_empty() || !has_new {
            return Ok(Vec::new());
        }
        let old = session.keys()?.iter().filter_map(Key::signer).find(|key| key.recipient() == rotation.old);
        let reader = || PublicKeys::reader(rotation.old.clone());
        let old = old.map_or_else(reader, |identity| Card::of(identity).public_keys());
        let closed: Vec<SectionId> = head.closed.keys().cloned().collect();
        let View { head, sections, .. } = session.view(Selection::Current(&closed))?;
        let mut with_old = Vec::new();
        for (section, content) in sections.iter().filter(|(_, section)| section.lists(&old)) {
            let root = content.inner().and_then(|inner| inner.head.root());
            let is_root = root.is_some_and(|(_, root)| root.keys == old);
            if is_root && act == Act::Update {
                closed::add(session, section, name)?;
                continue;
            }
            let (team, add) = (&head.team, Command::without_vault("member add"));
            with_old.push(WithOldKey {
                section: section.clone(),
                command: add.arg(name).arg("--to").arg(section.as_typed()).arg("-t").arg(team),
                writers: content.able_to_remove(&old, &head),
            });
        }
        Ok(with_old)
    }
}

/// The new public keys as the member has its old ones, and their text: a writer's card, or a reader's recipient.
fn new_keys(session: &Session, member: &Member, rotation: &Rotation) -> Result<(PublicKeys, String), Error> {
    if member.key().is_none() {
        return Ok((PublicKeys::reader(rotation.new.clone()), rotation.new.to_string()));
    }
    let new = session.keys()?.iter().filter_map(Key::signer).find(|key| key.recipient() == rotation.new);
    let card = Card::of(new.ok_or_else(|| new_is_missing(rotation))?);
    let text = card.to_string();
    Ok((card.public_keys(), text))
}

/// Returns whether other clones can have a vault as it is here, as far as git knows. Without git nobody can tell.
fn is_shared(vault: &Path) -> bool {
    if !repository::surrounds(vault) {
        return true;
    }
    let Ok((repository, path)) = repository::find(vault) else { return false };
    let is_silent = |arguments: &[&str]| {
        let arguments = ["--literal-pathspecs"].iter().chain(arguments).map(OsStr::new);
        repository.git(arguments.chain([OsStr::new("--"), path.as_os_str()])).map(|printed| printed.is_empty())
    };
    // Nobody pushes a branch without an upstream, unless there is no server at all.
    let is_alone = || repository.git(["remote"].map(OsStr::new)).is_ok_and(|remotes| remotes.is_empty());
    is_silent(&["status", "--porcelain"]).unwrap_or(false)
        && is_silent(&["rev-list", "--max-count=1", "@{upstream}..HEAD"]).unwrap_or_else(|_| is_alone())
}

/// The error for a key file without the new key of its rotation.
pub(super) fn new_is_missing(rotation: &Rotation) -> Error {
    let message = format!("the key file lacks the new key of its rotation, {}", rotation.new);
    Error::new(Kind::NoAccess, "new_key_missing", message)
        .hint("put it back from a backup, or remove the comment `# etui rotation` and begin anew")
}
