//! Where what was typed becomes what it means: which vault, which key, who writes, and when.
//!
//! [`Cx`] has two doors: [`Cx::view`] to read and [`Cx::edit`] to change.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::open::{self, Sealed};
use crate::cli::Global;
use crate::git;
use crate::keys::{Key, Purpose};
use crate::old::error::Error;
use crate::old::ui::Ui;
use crate::store::{Directories, LinkFile, LockRequest, StoreError, VaultFile};
use crate::vault::reserved::{is_own, reserved};
use crate::vault::text::{self, SectionCache, Selection, Text};
use crate::vault::{SecretName, Stamp, TeamName, Vault, View};

/// Everything a command knows besides its own arguments.
pub struct Cx {
    pub ui: Ui,
    pub options: Global,
    /// The command as it is told to who waits for its lock: program and verb, no arguments.
    pub command: String,
    directory: PathBuf,
    place: OnceCell<VaultLocation>,
    pub identities: OnceCell<Vec<Key>>,
    /// What must hold of the vault as it is then for any change to be made.
    pub condition: Option<Condition>,
}

/// Whether a vault is still what a change was thought of for; an error if it is not.
pub type Condition = Box<dyn Fn(&Vault) -> Result<(), Error>>;

/// The vault that is meant, and the link that says more, if it speaks of this vault.
pub struct VaultLocation {
    pub file: VaultFile,
    pub link: Option<LinkFile>,
    /// The team that was asked for, which the vault must be of.
    pub team: Option<TeamName>,
}

impl VaultLocation {
    /// A vault at a path, whatever links say.
    pub fn of(path: &Path) -> VaultLocation {
        VaultLocation { file: VaultFile::at(path), link: None, team: None }
    }
}

impl Cx {
    pub fn new(options: &Global, no_input: bool, command: String) -> Result<Cx, Error> {
        use crate::cli::{ColorChoice, LogLevel};
        use crate::old::ui::{Color, Level};
        let level = match options.log_level {
            LogLevel::Debug => Level::Debug,
            LogLevel::Info => Level::Info,
            LogLevel::Warning => Level::Warning,
            LogLevel::Error => Level::Error,
            LogLevel::Critical => Level::Critical,
        };
        let color = match options.color {
            ColorChoice::Auto => Color::Auto,
            ColorChoice::Always => Color::Always,
            ColorChoice::Never => Color::Never,
        };
        let ui = Ui::new(options.json, options.yes, no_input, level, color, crate::report::now()).reaching(
            command.trim_start_matches("etui "),
            options.team.as_deref(),
            options.vault.as_deref(),
        );
        Cx::with(ui, options.clone(), command)
    }

    /// Takes the global options, and the directory to work in.
    pub fn with(ui: Ui, options: Global, command: String) -> Result<Cx, Error> {
        let current = || std::env::current_dir().map_err(|_| Error::Directory { path: None });
        let directory = match &options.cwd {
            None => current()?,
            Some(directory) if directory.is_absolute() => directory.clone(),
            Some(directory) => current()?.join(directory),
        };
        if !directory.is_dir() {
            return Err(Error::Directory { path: Some(directory) });
        }
        Ok(Cx { ui, options, command, directory, place: OnceCell::new(), identities: OnceCell::new(), condition: None })
    }

    /// The directory that the command works in.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    pub fn directories(&self) -> Result<Directories, Error> {
        Directories::find(variable("ETUI_HOME")).ok_or(Error::NoHome)
    }

    /// The link that counts here, unless it is to be passed over.
    pub fn link(&self) -> Result<Option<LinkFile>, Error> {
        if self.options.no_link {
            return Ok(None);
        }
        Ok(LinkFile::find(&self.directory)?)
    }

    /// The vault that is meant: by option, by environment, by link, or because it is the only one.
    pub fn place(&self) -> Result<&VaultLocation, Error> {
        match self.place.get() {
            Some(place) => Ok(place),
            None => {
                let found = self.find_place()?;
                Ok(self.place.get_or_init(|| found))
            }
        }
    }

    /// Whether an option or the environment says which vault is meant.
    pub fn vault_is_said(&self) -> bool {
        let said = self.options.vault.is_some() || self.options.team.is_some();
        said || variable("ETUI_VAULT").is_some() || variable("ETUI_TEAM").is_some()
    }

    fn find_place(&self) -> Result<VaultLocation, Error> {
        let directories = self.directories()?;
        let file = self.options.vault.clone().or_else(|| variable("ETUI_VAULT").map(PathBuf::from));
        // A team that only the environment names is nothing to hold against a file that is named.
        let team = match (&self.options.team, variable("ETUI_TEAM")) {
            (Some(team), _) => Some(team.clone()),
            (None, Some(team)) if file.is_none() => Some(team.to_string_lossy().into_owned()),
            (None, _) => None,
        };
        let team = team.map(|team| TeamName::parse(&team).map_err(|error| Error::Name { error, typed: Some(team) }));
        let team = team.transpose()?;
        let link = self.link()?;
        let linked = match &link {
            None => None,
            Some(link) => match (link.vault(), &link.link.team) {
                // Where something else says the vault, a link that may not name its own says nothing.
                (Err(error), _) if file.is_none() && team.is_none() => return Err(error.into()),
                (Ok(Some(path)), _) => Some(path),
                (Ok(None), Some(team)) => Some(directories.vault(team)),
                (Ok(None), None) | (Err(_), _) => None,
            },
        };
        let path = match (file, &team, &linked) {
            (Some(file), ..) => self.directory.join(file),
            // Where an option says the team, a link that does not count is passed over.
            (None, Some(team), linked) => match &link {
                Some(link) if link.link.team.as_ref() == Some(team) && self.is_accepted(link)? => {
                    let (linked, usual) = (linked.clone(), directories.vault(team));
                    if let Some(linked) = linked.as_ref().filter(|linked| usual.exists() && !same_file(linked, &usual))
                    {
                        let (linked, usual) = (linked.display(), usual.display());
                        self.ui.note(&format!("team {team} by the link here is {linked}, not {usual}"));
                    }
                    linked.unwrap_or(usual)
                }
                _ => directories.vault(team),
            },
            (None, None, Some(linked)) => {
                link.as_ref().map_or(Ok(()), |link| self.settle_link(link))?;
                linked.clone()
            }
            (None, None, None) => match &directories.teams()[..] {
                [only] => directories.vault(only),
                teams => return Err(Error::TeamUnsaid { teams: teams.to_vec() }),
            },
        };
        let file = VaultFile::at(&path);
        let is_linked = linked.is_some_and(|linked| same_file(VaultFile::at(&linked).path(), file.path()));
        let link = link.filter(|_| is_linked);
        let team = team.or_else(|| link.as_ref().and_then(|link| link.link.team.clone()));
        self.ui.debug(|| {
            let link = link.as_ref().map_or("none".into(), |link| link.path.display().to_string());
            format!("vault {}, link {link}", file.path().display())
        });
        Ok(VaultLocation { file, link, team })
    }

    /// The keys that are at hand, from the first of the places where one can be.
    pub fn identities(&self) -> Result<&[Key], Error> {
        match self.identities.get() {
            Some(identities) => Ok(identities),
            None => {
                let found = self.find_identities()?;
                Ok(self.identities.get_or_init(|| found))
            }
        }
    }

    /// Opens the vault to read what is wanted of it.
    pub fn view(&self, want: Selection<'_>) -> Result<View, Error> {
        let place = self.place()?;
        let identities = self.identities()?;
        let with_history = matches!(want, Selection::History(_));
        let open = || open::open(place, Purpose::Vault, Sealed::file(self.sealed(place)?), identities, with_history);
        self.trusted(place, open)?.0.view(want)
    }

    /// Opens all of the vault to read.
    pub fn vault(&self) -> Result<Vault, Error> {
        let (place, identities) = (self.place()?, self.identities()?);
        let open = || open::open(place, Purpose::Vault, Sealed::file(self.sealed(place)?), identities, true);
        self.trusted(place, open)?.0.whole()
    }

    /// The vault's file; or an error that knows which there are.
    fn sealed(&self, place: &VaultLocation) -> Result<BufReader<File>, Error> {
        match place.file.open() {
            Err(missing @ StoreError::Missing(_)) => Err(self.missing_vault().unwrap_or(missing.into())),
            read => Ok(read?),
        }
    }

    /// Opens the vault, changes it, and writes it: checked, signed, sealed and read back before it
    /// replaces anything. A change that leaves everything as it was writes nothing.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Vault, &Stamp) -> Result<T, Error>) -> Result<T, Error> {
        let (mut change, mut result) = (Some(change), None);
        self.write(&mut |vault, stamp| {
            result = change.take().map(|change| change(vault, stamp)).transpose()?;
            Ok(())
        })?;
        Ok(result.expect("the vault was changed, once"))
    }

    /// The same, once for all kinds of changes: the program is 350 KB smaller for it.
    fn write(&self, change: &mut dyn FnMut(&mut Vault, &Stamp) -> Result<(), Error>) -> Result<(), Error> {
        let place = self.place()?;
        let identities = self.identities()?;
        // Before the lock, which would make a directory for a vault that is not there.
        if let Some(missing) = self.missing_vault() {
            return Err(missing);
        }
        self.ui.debug(|| format!("changing {}", place.file.path().display()));
        place.file.update(&self.locking(), |_, write| {
            let open = || open::open(place, Purpose::Vault, Sealed::file(place.file.open()?), identities, true);
            let (opened, trusted) = self.trusted(place, open)?;
            let (writer, by) = opened.writer(identities)?;
            let mut known = SectionCache::new();
            let mut vault = opened.whole_beside(&mut known)?;
            self.condition.as_ref().map_or(Ok(()), |holds| holds(&vault))?;
            change(&mut vault, &Stamp { by: by.clone(), at: self.ui.now })?;
            let same_head = opened.head == vault.head;
            // The change may have been of the writer's own name.
            let own = vault.head.members.iter().find(|(_, member)| member.key == Some(writer.writer_key()));
            vault.head.written_by = own.map_or(by, |(name, _)| name.clone());
            vault.head.written_at = self.ui.now;
            let actor = trusted.actor(&vault.head);
            vault.head.clock.tick(actor);
            let text = Text::new(text::print(&vault));
            if same_head && opened.has_tables(&text) {
                return Ok(());
            }
            let closed = open::close(&vault, &text, writer, &mut known)?;
            write(&closed.sealed)?;
            self.remember(|memory| trusted.wrote(memory, &vault.head, &closed.digest, actor))?;
            self.note_set_up(place);
            Ok(())
        })
    }

    /// Says so where git would not merge this vault secret by secret, though its attributes want that.
    pub fn note_set_up(&self, place: &VaultLocation) {
        if git::setup::lacks_driver(Path::new(&place.real())) {
            self.ui.note("git does not know in this clone how to merge the vault: etui git install");
        }
    }

    /// How this command waits for other writers.
    pub fn locking(&self) -> LockRequest<'_> {
        LockRequest { wait: Duration::from_secs(self.options.lock_timeout), command: &self.command }
    }

    /// The error for a vault that is not there, which knows those that are; none if it is there.
    pub fn missing_vault(&self) -> Option<Error> {
        let place = match self.place() {
            Ok(place) if place.file.exists() => return None,
            Ok(place) => place,
            Err(error) => return Some(error),
        };
        let teams = self.directories().map(|directories| directories.teams()).unwrap_or_default();
        Some(Error::VaultMissing { path: place.file.path().to_owned(), team: place.team.clone(), teams })
    }
}

impl Cx {
    /// Refuses a name that would change how programs are loaded or found, unless that is wanted.
    pub fn refuse_reserved(&self, name: &str) -> Result<(), Error> {
        match reserved(name) {
            Some(why) if is_own(name) || !self.options.allow_reserved => {
                Err(Error::Reserved { name: name.to_owned(), why, always: is_own(name) })
            }
            _ => Ok(()),
        }
    }
}

/// Parses a secret's name. The text may be a value in the wrong place: it is not repeated.
pub fn secret_name(text: &str) -> Result<SecretName, Error> {
    SecretName::parse(text).map_err(|error| Error::Name { error, typed: None })
}

/// An environment variable that is set to something.
pub fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

fn same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    a == b || real(a).is_some_and(|a| real(b) == Some(a))
}
