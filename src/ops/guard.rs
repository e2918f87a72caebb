//! The git hook that searches each commit before it is made.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::git::Objects;
use crate::guard::hook::{self, Part};
use crate::report::{Error, shell_quote};
use crate::session::Session;
use crate::store::{io_report, replace, write_new};

/// The new name of a hook that was there before and is not a shell script.
const BEFORE: &str = "pre-commit.local";

/// A hook after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookChange {
    pub path: PathBuf,
    pub changed: bool,
    /// Whether the framework `pre-commit` manages the hook, and would overwrite it.
    pub is_managed: bool,
}

/// Adds the guard to the clone's pre-commit hook. `strict` also refuses commits that cannot be searched.
pub fn install(session: &Session, strict: bool) -> Result<HookChange, Error> {
    let command = command(session, strict)?;
    change(session, |path, hook| add(path, hook, &command, !strict))
}

/// Removes the guard from the hook.
pub fn uninstall(session: &Session) -> Result<HookChange, Error> {
    change(session, remove)
}

fn change(session: &Session, change: impl FnOnce(&Path, Hook) -> io::Result<bool>) -> Result<HookChange, Error> {
    let hooks = Objects { directory: &session.settings.directory }.hooks()?;
    // Husky makes everything in `_` anew each time it is installed.
    let directory = hooks.parent().filter(|above| above.ends_with(".husky")).unwrap_or(&hooks);
    let path = directory.join("pre-commit");
    let failed = |error| Error::from(io_report("change", &path, &error));
    let hook = Hook::read(&path).map_err(failed)?;
    let is_managed = matches!(&hook, Hook::Script(text) if text.contains("pre-commit.com"));
    let changed = change(&path, hook).map_err(failed)?;
    Ok(HookChange { path, changed, is_managed })
}

/// What the file of a hook is.
enum Hook {
    None,
    /// A script that is run, and into which another one can be put.
    Script(String),
    /// Anything else: a program, a link to a file outside this clone, a script that is not run.
    Other,
}

impl Hook {
    fn read(path: &Path) -> io::Result<Hook> {
        let file = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Hook::None),
            file => file?,
        };
        // Husky runs its hooks whatever their mode.
        let is_husky = path.parent().is_some_and(|above| above.ends_with(".husky"));
        let is_run = file.permissions().mode() & 0o100 != 0 || is_husky;
        if !file.is_file() || !is_run {
            return Ok(Hook::Other);
        }
        let text = String::from_utf8(fs::read(path)?).ok().filter(|text| hook::is_shell(text));
        Ok(text.map_or(Hook::Other, Hook::Script))
    }
}

/// Returns the command that the hook runs, at the top of the work tree: with the same link and the same vault.
fn command(session: &Session, strict: bool) -> Result<String, Error> {
    let settings = &session.settings;
    let top = Objects { directory: &settings.directory }.top()?;
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut command = String::from("etui ");
    let mut option = |name: &str, value: &str| command += &format!("{name} {} ", shell_quote(value));

    if let Some(link) = session.link()?
        && let Some(directory) = link.path.parent()
        && let Ok(below) = real(directory).strip_prefix(real(&top))
        && !below.as_os_str().is_empty()
    {
        option("--cwd", &below.to_string_lossy());
    }
    if let Some(team) = &settings.team {
        option("--team", team);
    }
    if let Some(vault) = &settings.vault {
        option("--vault", &real(&settings.directory.join(vault)).to_string_lossy());
    }
    Ok(command + "scan --staged --hook" + if strict { " --strict" } else { "" })
}

/// Adds our part to the hook. Returns whether that changed anything.
fn add(path: &Path, hook: Hook, command: &str, lenient: bool) -> io::Result<bool> {
    let mut part = Part { command, lenient, then: None };
    if let Hook::Script(text) = &hook {
        part.then = hook::runs(text, BEFORE).then_some(BEFORE);
        let with = part.put_into(Some(text));
        if with == *text {
            return Ok(false);
        }
        return replace(path, with.as_bytes(), 0o755).map(|()| true);
    }

    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let before = path.with_file_name(BEFORE);
    if let Hook::Other = hook {
        if fs::symlink_metadata(&before).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{BEFORE} already exists")));
        }
        fs::rename(path, &before)?;
        part.then = Some(BEFORE);
    }
    let written = write_new(path, part.put_into(None).as_bytes(), 0o755);
    if written.is_err() && part.then.is_some() {
        fs::rename(before, path)?;
    }
    written.map(|()| true)
}

/// Removes our part, and restores what was there before. Returns whether that changed anything.
fn remove(path: &Path, hook: Hook) -> io::Result<bool> {
    let Hook::Script(text) = hook else { return Ok(false) };
    let Some(without) = hook::without(&text) else { return Ok(false) };
    if !hook::is_empty(&without) {
        return replace(path, without.as_bytes(), 0o755).map(|()| true);
    }
    let before = path.with_file_name(BEFORE);
    match hook::runs(&text, BEFORE) && fs::symlink_metadata(&before).is_ok() {
        true => fs::rename(before, path)?,
        false => fs::remove_file(path)?,
    }
    Ok(true)
}
