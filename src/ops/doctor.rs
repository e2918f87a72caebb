//! Everything that can be wrong on this machine, and how to fix it.

mod finding;
mod repository;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use crate::git;
use crate::keys::keyring::{self, KeyringError};
use crate::keys::{AgeIdentity as _, Key, KeyFile};
use crate::ops::guard;
use crate::ops::key::standing::{Progress, standings};
use crate::ops::location::{self, Location, State};
pub use finding::Finding;

use crate::report::{Command, Error, Message, and, count, shell_quote};
use crate::session::envelope::{self, OpenError};
use crate::session::locate::real;
use crate::session::{KeyLock, Session, VaultLocation};
use crate::store::{LockRequest, temporary_prefix};
use crate::vault::Head;
use crate::vault::text::Selection;

/// Checks the key, the pins, the vault and its repository, and the keyring.
pub fn examine(session: &Session) -> Vec<Finding> {
    let mut findings = key(session);
    findings.push(pins(session));
    findings.extend(vault(session));
    findings.extend(lost(session));
    findings.extend(guard(&session.settings.directory));
    findings.push(unlocking());
    findings
}

/// Checks that the key exists, that only its owner can read it, and that git would not commit it.
fn key(session: &Session) -> Vec<Finding> {
    let path = match session.key_path() {
        Ok(path) => path,
        Err(error) => return vec![Finding::error("key", &error)],
    };
    let shown = path.display();
    let mut findings = vec![match session.read_key_file(&path) {
        Ok(_) => match session.key_lock() {
            Some(lock) => Finding::good("key", format!("{shown}, {lock}")),
            None => Finding::good("key", shown.to_string()),
        },
        Err(error) => Finding::error("key", &error),
    }];
    findings.extend(rotation(session));
    findings.extend(plugins(session));
    if git::commit_risk(&path).is_some() {
        let found = format!("{shown} is in a repository, and the next commit may include it");
        let fix = "move it out of the repository, and name it with `-i` or `ETUI_KEY_FILE`";
        findings.push(Finding::wrong("key", found, fix));
    }
    findings
}

/// Finds out whether a rotation of the key is under way, and whether it can be finished. A locked key is not opened for
/// that.
fn rotation(session: &Session) -> Option<Finding> {
    if session.is_locked() || session.keys().is_err() {
        return None;
    }
    let begun = session.rotation()?.begun;
    let standings = standings(session)?;
    let rotate = session.about_key("key rotate");
    let found = format!("a rotation is under way since {begun}");
    Some(match Progress::of(&standings) {
        Progress::Ready => Finding::wrong("key", format!("{found}, and can be finished"), rotate),
        Progress::Unknown => Finding::good("key", found),
        Progress::Waiting => {
            let waits = standings.iter().filter(|one| !one.state.is_done()).map(|one| one.team.as_str());
            let found = format!("{found}; team {} has not got the new key yet: ", and(&waits.collect::<Vec<_>>()));
            Finding::good("key", Message::from(found).command(rotate))
        }
    })
}

/// Checks that the programs are installed that the keys in hardware need. They are not started.
fn plugins(session: &Session) -> Vec<Finding> {
    let files = session.key_files().unwrap_or_default();
    let lists = files.iter().filter_map(|file| match session.parse_key_file(&file.name, &file.text) {
        Ok(KeyFile::Open(list)) => Some(list.keys),
        _ => None,
    });
    let missing = |key: Key| key.hardware().and_then(|key| key.check_program().err());
    let missing: Vec<_> = lists.flatten().filter_map(missing).collect();
    missing.into_iter().map(|error| Finding::error("plugin", &error.into())).collect()
}

/// Checks that the pins can be read and written, and that only their owner can write them: anyone who can edit them decides
/// whom this machine trusts.
fn pins(session: &Session) -> Finding {
    let pins = session.pins().and_then(|pins| session.update_pins(|_| {}).map(|()| pins));
    match pins {
        Ok(pins) => {
            let (vaults, links) = (count(pins.vaults.len(), "vault"), count(pins.links.len(), "link"));
            Finding::good("pins", format!("{vaults} and {links}"))
        }
        Err(error) => Finding::error("pins", &error),
    }
}

/// Finds out whether everyone can write the vault. A group that can shares it on purpose, and each write keeps that mode.
fn writable(path: &Path) -> Option<Finding> {
    let is_writable = fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o002 != 0);
    let fix = || format!("`chmod o-w {}`", shell_quote(&path.to_string_lossy()));
    is_writable.then(|| Finding::wrong("vault", format!("everyone can write {}", path.display()), fix()))
}

/// Finds the vaults of other teams that are no longer where they were.
fn lost(session: &Session) -> Vec<Finding> {
    let in_use = session.location().ok().map(|location| location.named.clone());
    let lost = location::list(session).unwrap_or_default().into_iter();
    let lost = lost.filter(|lost| lost.state == State::Gone && Some(&lost.vault) != in_use.as_ref());
    let finding = |lost: Location| {
        let found = format!("the vault of team {}, {}, is gone", lost.team, lost.vault.display());
        let clone = Message::from("clone its repository again, then ");
        let clone = clone.command(Command::without_vault("vault move").arg("FILE"));
        let forget = Command::without_vault("vault forget").arg(lost.team);
        Finding::wrong("vault", found, clone).or(Message::from("if it is lost: ").command(forget))
    };
    lost.map(finding).collect()
}

/// Checks that the vault exists, that not everyone can write it, that it opens, is undamaged and trusted, and that it
/// can be changed now.
fn vault(session: &Session) -> Vec<Finding> {
    let location = match session.location() {
        Ok(location) => location,
        Err(error) => return vec![Finding::error("vault", &error)],
    };
    let path = location.file.path();
    let mut findings = vec![contents(session, location)];
    findings.extend(writable(path));
    findings.extend(repository::findings(Path::new(&real(path))));

    let leftovers = leftovers(path);
    if leftovers > 0 {
        let found = format!("{} of killed writers", count(leftovers, "temporary file"));
        let fix = Message::from("the next change removes them: ").command(Command::new("set").arg("NAME"));
        findings.push(Finding::wrong("leftovers", found, fix));
    }

    // A writer at work holds the lock for less than this.
    let request = LockRequest { wait: Duration::from_secs(1), ..session.lock_request() };
    if location.file.exists()
        && let Err(error) = location.file.lock(&request)
    {
        findings.push(Finding::error("lock", &error.into()));
    }
    findings
}

/// Opens all of the vault, unless that would ask for a passphrase.
fn contents(session: &Session, location: &VaultLocation) -> Finding {
    let path = location.file.path().display();
    match session.key_lock() {
        Some(KeyLock::Hardware(_)) => {
            return Finding::good("vault", format!("{path}, not opened because the key is in hardware"));
        }
        Some(_) => return Finding::good("vault", format!("{path}, not opened because the key is locked")),
        None => {}
    }
    let opened = session.vault().and_then(|vault| {
        session.note_locked(&vault.sections);
        Ok((role(session, location, &vault.head)?, vault.head))
    });
    match opened {
        Ok((role, head)) => {
            let members = count(head.members.len(), "member");
            Finding::good("vault", format!("{path}, of team {}, {members}; {role}", head.team))
        }
        Err(error) => {
            let mut finding = Finding::error("vault", &error);
            if session.view(Selection::All).is_ok() {
                let drop = Command::new("doctor --drop-history");
                finding.fixes.push(Message::from("only earlier values are damaged; to give them up: ").command(drop));
            }
            finding
        }
    }
}

/// Describes what the user is in the vault: `you are alice, a writer`.
fn role(session: &Session, location: &VaultLocation, head: &Head) -> Result<String, Error> {
    match envelope::writer(head, location, session.keys()?) {
        Ok((_, name)) => Ok(format!("you are {name}, a writer")),
        Err(OpenError::ReaderWrites { name, .. }) => Ok(format!("you are {name}, a reader")),
        Err(error) => Err(error.into()),
    }
}

/// Counts the temporary files that killed writers left beside a vault.
fn leftovers(vault: &Path) -> usize {
    let prefix = temporary_prefix(vault);
    let entries = vault.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&prefix)).count()
}

/// Checks that a guard that was installed still runs: whatever manages the hooks may have removed it.
fn guard(directory: &Path) -> Option<Finding> {
    let state = guard::State::of(directory).ok()?;
    if let Some(path) = state.runs_it() {
        return Some(Finding::good("guard", format!("{} searches each commit", path.display())));
    }
    if let Some((file, install)) = state.not_installed() {
        let found = format!("{file} runs the guard, but its hooks are not installed in this clone");
        return Some(Finding::wrong("guard", found, format!("`{install}`")));
    }
    let (found, addition) = state.loss(state.kept.as_deref()?);
    let fix = addition.map_or_else(|| Command::new("guard install").into(), Message::from);
    Some(Finding::wrong("guard", found, fix))
}

/// Finds out whether `unlock` has a place for a key.
fn unlocking() -> Finding {
    if keyring::is_there() {
        let unlock = Message::default().command(Command::without_vault("unlock"));
        return Finding::good("keyring", unlock.text(format!(" can keep a key open in {}", keyring::NAME)));
    }
    Finding::good("keyring", format!("{}; each command asks for the passphrase", KeyringError::NoPlace))
}
