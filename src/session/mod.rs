//! The machine's side of a vault: where it is, whether it opens, whether it is trusted, and how it is written.
//!
//! A [`Session`] has two doors: [`Session::view`] to read and [`Session::edit`] to change. Opening exists once, in
//! [`envelope`], and so does writing, in `commit`. A session neither prints nor prompts by itself: it hands notices and
//! questions to its [`Frontend`].

pub mod closed;
mod commit;
mod decision;
pub mod envelope;
pub mod environment;
pub mod exclude;
mod inner;
mod key_error;
mod keys;
mod links;
pub mod locate;
mod locked;
pub mod merge;
mod merge_refused;
mod missing;
mod newer;
pub mod pins;
mod place;
pub mod restore;
pub mod review;
pub mod scope;
mod sealed;
mod sealed_trust;
mod sealing;
mod settings;
mod side;
mod teams;
pub mod token;
pub mod untrusted;
mod versions;

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub use commit::{Condition, Draft};
pub use key_error::KeyError;
pub use keys::{KeyLock, KeySource, PASSPHRASE_TRIES, is_stdin, kept_name};
pub use locate::{Origin, VaultLocation};
pub use scope::{Scope, all_open, bad_name, describe, existing, parse_id, parse_member, parse_section};
pub use settings::{Environment, Settings};

use zeroize::Zeroizing;

use self::envelope::Extent;
use self::locate::{Choice, Facts, LinkedVault, choose, same_file};
use crate::keys::{Identity, Key, Rotation};
use crate::report::{Error, Frontend, Kind, Notice, and};
use crate::store::{Directories, LinkFile, LockRequest, PinStore, VaultFile};
use crate::vault::reserved::{far_reaching, is_own, reserved};
use crate::vault::text::Selection;
use crate::vault::{MemberName, SecretName, SectionId, TeamName, Vault, View};

/// One user's work on one vault: settings, keys, and the vault in use once it was located.
pub struct Session {
    pub settings: Settings,
    pub frontend: Arc<dyn Frontend>,
    /// What must hold of the vault for any change to be made. The console sets it for each of its changes.
    pub condition: Option<Condition>,
    /// Whether a person has said yes to what removed members wrote in versions of closed sections.
    pub counts_removed: Cell<bool>,
    /// Who wrote such versions, as far as they were read.
    removed_versions: RefCell<BTreeMap<SectionId, Vec<MemberName>>>,
    location: OnceCell<VaultLocation>,
    keys: OnceCell<Vec<Key>>,
    /// What the key file says of its keys.
    rotation: OnceCell<Rotation>,
    /// An identity that was made while there were other keys.
    made: OnceCell<Identity>,
    /// The links that are known to be accepted.
    accepted: RefCell<Vec<LinkFile>>,
    /// The pins that were read to find the vault. Those who open it take them.
    read_pins: RefCell<Option<PinStore>>,
    /// The key on standard input, which can only be read once.
    piped: OnceCell<Zeroizing<Vec<u8>>>,
    /// The closed section that is about to be brought back: the vault opens although it is open, gone or replaced.
    lost: OnceCell<SectionId>,
}

impl Session {
    pub fn new(settings: Settings, frontend: Arc<dyn Frontend>) -> Session {
        Session {
            settings,
            frontend,
            condition: None,
            counts_removed: Cell::new(false),
            removed_versions: RefCell::default(),
            location: OnceCell::new(),
            keys: OnceCell::new(),
            rotation: OnceCell::new(),
            made: OnceCell::new(),
            accepted: RefCell::default(),
            read_pins: RefCell::default(),
            piped: OnceCell::new(),
            lost: OnceCell::new(),
        }
    }

    /// Returns the directories of this user: configuration, data and state.
    pub fn directories(&self) -> Result<Directories, Error> {
        let home = self.settings.environment.home.clone();
        Ok(Directories::find(home)?)
    }

    /// Returns the vault in use: named by an option, the environment or the link, or the only one there is.
    pub fn location(&self) -> Result<&VaultLocation, Error> {
        if let Some(location) = self.location.get() {
            return Ok(location);
        }
        let found = self.locate()?;
        Ok(self.location.get_or_init(|| found))
    }

    fn locate(&self) -> Result<VaultLocation, Error> {
        let file = self.settings.vault_file().map(|file| self.settings.directory.join(file));
        let team = self.asked_team(file.is_some())?;

        let link = self.link()?;
        let linked = match &link {
            None => None,
            Some(link) => match (link.vault(), &link.link.team) {
                // Something else names the vault, so a link with a bad vault of its own does no harm.
                (Err(error), _) if file.is_none() && team.is_none() => return Err(error.into()),
                (Ok(Some(path)), _) => Some(path),
                (Ok(None), Some(team)) => Some(self.vault_of(team)?),
                (Ok(None), None) | (Err(_), _) => None,
            },
        };
        let linked_vault = match (&link, &linked) {
            (Some(link), Some(path)) if file.is_none() => {
                let team_of_link = link.link.team.as_ref();
                // Whether it is accepted only matters where its team is asked for.
                let accepted = team.is_some() && team_of_link == team.as_ref() && self.is_accepted(link)?;
                Some(LinkedVault { path, team: team_of_link, accepted })
            }
            _ => None,
        };

        let is_named = file.is_some() || team.is_some() || linked_vault.is_some();
        let teams = if is_named { Vec::new() } else { self.directories()?.teams()? };
        // The only vault in the data directory is used without a name. The others are only named in the error.
        let known = if is_named || teams.len() == 1 { Vec::new() } else { self.known_teams()? };
        let (file, linked_vault) = (file.as_deref(), linked_vault);
        let facts = Facts { file, team: team.as_ref(), linked: linked_vault, teams: &teams, known: &known };
        let path = match choose(&facts)? {
            Choice::File(path) => path,
            Choice::Team(team) => self.vault_of(&team)?,
            Choice::Linked(path) => {
                match (&team, &link) {
                    (Some(team), _) => self.note_two_vaults(team, &path)?,
                    (None, Some(link)) => self.require_accepted(link)?,
                    (None, None) => {}
                }
                path
            }
        };

        let file = VaultFile::at(&path);
        let is_linked = linked.is_some_and(|linked| same_file(VaultFile::at(&linked).path(), file.path()));
        let link = link.filter(|_| is_linked);
        let team = team.or_else(|| link.as_ref().and_then(|link| link.link.team.clone()));
        let shown = link.as_ref().map_or("none".into(), |link| link.path.display().to_string());
        self.frontend.notice(Notice::Debug(format!("vault {}, link {shown}", file.path().display())));
        Ok(VaultLocation { file, named: path, link, team, inner: None })
    }

    /// Returns the team that an option names. A team that only the environment names says nothing about a file that
    /// is named.
    fn asked_team(&self, is_file_named: bool) -> Result<Option<TeamName>, Error> {
        let environment = self.settings.environment.team.as_ref().filter(|_| !is_file_named);
        let team = self.settings.team.as_ref().or(environment);
        team.map(|team| TeamName::parse(team).map_err(|error| bad_name(error, Some(team)))).transpose()
    }

    /// Notes that the link leads to another vault than the team's name does elsewhere. Another checkout of the same vault
    /// is nothing to note.
    fn note_two_vaults(&self, team: &TeamName, linked: &Path) -> Result<(), Error> {
        let known = self.vault_of(team)?;
        let is_same = self.with_pins(|pins| {
            let id = |path: &Path| pins.paths.get(&*path.to_string_lossy());
            id(&known).is_some() && id(&known) == id(linked)
        })?;
        if !is_same && known.exists() && !same_file(linked, &known) {
            let text = format!("the link here uses {} for team {team}, not {}", linked.display(), known.display());
            self.frontend.notice(Notice::Note(text.into()));
        }
        Ok(())
    }

    /// Opens the vault and reads a selection of its sections.
    pub fn view(&self, selection: Selection<'_>) -> Result<View, Error> {
        let location = self.location()?;
        let extent = match selection {
            Selection::History(_) => Extent::WithHistory,
            Selection::Current(_) | Selection::Name(..) | Selection::All => Extent::Current,
        };
        let (opened, mut check) = self.open_trusted(location, |pins| self.open_file(location, extent, Some(pins)))?;
        let view = self.view_of(&mut check, location, &opened, selection)?;
        self.accept(&check, &opened)?;
        Ok(view)
    }

    /// Opens the vault and reads all of it.
    pub fn vault(&self) -> Result<Vault, Error> {
        let location = self.location()?;
        let (opened, mut check) =
            self.open_trusted(location, |_| self.open_file(location, Extent::WithHistory, None))?;
        let mut vault = opened.whole()?;
        self.join(&mut check, location, &opened.head, &mut vault.sections, Extent::WithHistory)?;
        self.accept(&check, &opened)?;
        Ok(vault)
    }

    /// Returns how this command waits for other writers.
    pub fn lock_request(&self) -> LockRequest<'_> {
        let (wait, command) = (self.settings.lock_timeout, &self.settings.command);
        LockRequest { wait, command, on_new: exclude::exclude_new_lock }
    }

    /// Refuses a reserved name, unless `--allow-reserved` is given.
    pub fn refuse_reserved(&self, name: &str) -> Result<(), Error> {
        let Some(reason) = reserved(name) else { return Ok(()) };
        if self.settings.allow_reserved && !is_own(name) {
            return Ok(());
        }
        let error = Error::new(Kind::Usage, "reserved_name", format!("{name} is a reserved name: {reason}"));
        Err(if is_own(name) { error } else { error.hint("choose another name").hint("`--allow-reserved` accepts it") })
    }

    /// Warns, in one line, of those names that many programs read although people set them on purpose.
    pub fn warn_of_far_reaching<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for name in names {
            if let Some(reason) = far_reaching(name) {
                groups.entry(reason).or_default().push(name);
            }
        }
        let go = match groups.values().flatten().count() {
            0 => return,
            1 => "goes",
            _ => "go",
        };
        let groups: Vec<String> =
            groups.iter().map(|(reason, names)| format!("{} ({reason})", names.join(", "))).collect();
        let text = format!("{} {go} to every program that gets this environment", and(&groups));
        self.frontend.notice(Notice::Warning(text.into()));
    }
}

/// Parses the name of a secret or variable. The text may be a value in the wrong place, so no error repeats it.
pub fn parse_name(text: &str) -> Result<SecretName, Error> {
    SecretName::parse(text).map_err(|error| bad_name(error, None))
}
