//! `git`: set up a clone to merge vaults, merge what git left, and what git itself calls.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{App, outcome};
use crate::git::{self, Repository};
use crate::keys;
use crate::ops::git_merge::{DriverFiles, drive, read, resolve};
use crate::ops::repository::{self, GitFailed};
use crate::report::{Command, Error, Kind};
use crate::session::closed::Standing;
use crate::session::envelope::OpenError;
use crate::session::merge::{RemovedAuthor, RemovedAuthors, Target};
use crate::session::{KeyLock, VaultLocation};
use crate::vault::hex;

#[derive(Debug, Args)]
pub struct GitCommand {
    #[command(subcommand)]
    verb: GitVerb,
}

#[derive(Debug, Subcommand)]
enum GitVerb {
    /// Set up this clone, so that git merges the vault secret by secret and shows what changed in it
    #[command(after_help = "Examples:\n  etui git install\n  etui git install --vault secrets/acme.age")]
    Install,
    /// Merge vaults that git left unmerged, or with conflict markers; ask before secrets by a removed member count
    #[command(after_help = "Examples:\n  etui git resolve\n  etui --cwd ~/src/infra git resolve")]
    Resolve,
    /// Merge a vault for git
    #[command(hide = true)]
    MergeDriver(MergeDriver),
    /// Show a vault for git
    #[command(hide = true)]
    Textconv(Textconv),
}

#[derive(Debug, Args)]
struct MergeDriver {
    /// Merge a common base, where two histories have several
    #[arg(long)]
    ancestor: bool,
    /// The version that both sides come from (%O)
    #[arg(allow_hyphen_values = true)]
    base: PathBuf,
    /// Our side, which the result replaces (%A)
    #[arg(allow_hyphen_values = true)]
    ours: PathBuf,
    /// Their side (%B)
    #[arg(allow_hyphen_values = true)]
    theirs: PathBuf,
    /// The path that is merged (%P)
    #[arg(allow_hyphen_values = true)]
    path: PathBuf,
}

#[derive(Debug, Args)]
struct Textconv {
    /// The file
    #[arg(allow_hyphen_values = true)]
    file: PathBuf,
}

impl GitCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            GitVerb::Install => install(app),
            GitVerb::Resolve => resolve_all(app),
            GitVerb::MergeDriver(verb) => verb.run(app),
            GitVerb::Textconv(verb) => verb.run(app),
        }
    }
}

fn install(app: &App) -> Result<(), Error> {
    let installed = repository::install(&app.session)?;
    outcome::installed(app, installed);
    Ok(())
}

fn resolve_all(app: &App) -> Result<(), Error> {
    let repository = match Repository::of(&app.session.settings.directory) {
        Ok(repository) => repository,
        Err(_) => repository::find(app.session.location()?.file.path())?.0,
    };
    let resolved = match resolve(&app.session, &repository, RemovedAuthors::Refused) {
        Err(error) => {
            let Some(side @ RemovedAuthor { author, .. }) = error.cause() else { return Err(error) };
            app.ui.say(format!("{author}, who was removed, wrote one side; it changes {}", side.changed()));
            let question = format!("Use what {author} changed? Members that {author} added or removed do not count.");
            app.ui.require_confirmation("git resolve", &question)?;
            resolve(&app.session, &repository, RemovedAuthors::SecretsCount)?
        }
        resolved => resolved?,
    };
    if let Some(error) = resolved.disputes_left(Command::new("git resolve")) {
        return Err(error);
    }

    if resolved.merged.is_empty() {
        app.ui.say("nothing to resolve: git left no vault unmerged here");
        return Ok(());
    }
    for path in resolved.merged {
        app.ui.say(format!("merged {}", path.display()));
    }
    let rest = repository.unmerged().map_err(|error| GitFailed::new("look at the merge", error))?;
    match (rest.first_key_value(), repository.doing()) {
        (Some((path, _)), _) => app.ui.note(format!("{} is left for you to merge", path.display())),
        (None, Some(operation)) => app.ui.note(format!("to continue: `{}`", operation.go_on())),
        (None, None) => {}
    }
    Ok(())
}

impl MergeDriver {
    fn run(self, app: &App) -> Result<(), Error> {
        let MergeDriver { ancestor, base, ours, theirs, path } = self;
        let target = if ancestor { Target::Base } else { Target::Vault };
        drive(&app.session, &DriverFiles { base, ours, theirs, path }, target)
    }
}

impl Textconv {
    /// Shows a vault's outline. What cannot be shown becomes a line: if this failed, git would give up on everything
    /// that it was to show.
    fn run(self, app: &App) -> Result<(), Error> {
        let path = app.session.settings.directory.join(&self.file);
        let bytes = git::contents(&app.session.settings.directory, read(&path)?);
        match outline(app, &path, &bytes) {
            Ok(outline) => app.ui.lines(outline),
            Err(error) => {
                let digest = hex::encode(&keys::hash(&bytes)[..8]);
                app.ui.line(&format!("a vault that cannot be shown ({digest}): {}", reason(&error)))
            }
        }
    }
}

fn outline(app: &App, path: &Path, bytes: &[u8]) -> Result<Vec<String>, Error> {
    // It would be asked for each version.
    if let Some(lock) = app.session.key_lock() {
        let message = match lock {
            KeyLock::Hardware(_) => format!("the key is {lock}"),
            KeyLock::Passphrase | KeyLock::Sealed(_) => "the key is locked".to_owned(),
        };
        return Err(Error::new(Kind::NoAccess, "passphrase_unasked", message).hint(Command::without_vault("unlock")));
    }
    let location = VaultLocation::of(path);
    let vault = app.session.read_bytes(&location, bytes, Standing::Past)?;
    // The path is a temporary file of git's, about which the pins know nothing.
    app.session.check_once_trusted(&VaultLocation::of(Path::new("/")), &vault.head)?;
    let lines = vault.outline(&vault).into_iter().map(|(subject, text)| format!("{subject}  {text}"));
    Ok(lines.collect())
}

/// Says why a vault cannot be shown, without the name of git's temporary file.
fn reason(error: &Error) -> String {
    match error.cause() {
        Some(OpenError::Damaged { damage, .. }) => damage.to_string(),
        Some(OpenError::NotMember { recipients, .. }) => format!("is not encrypted to your key, {recipients}"),
        _ => error.to_string(),
    }
}
