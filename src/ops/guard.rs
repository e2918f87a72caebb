//! The git hook that searches each commit before it is made.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::git::Objects;
use crate::guard::hook::{self, Part};
use crate::guard::manager::{self, Manager};
use crate::report::{Command, Error, Explain, Kind, Message, Report, shell_quote};
use crate::session::Session;
use crate::store::{io_report, replace, write_new};

/// The new name of a hook that was there before and is not a shell script.
const BEFORE: &str = "pre-commit.local";

/// The setting of a clone that remembers the guard, with its command: hooks are lost silently.
const KEPT: &str = "etui.guard";

/// A hook after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookChange {
    /// The hook, or the configuration of the manager that runs the guard.
    pub path: PathBuf,
    pub changed: bool,
    /// What will happen to it, and what to do.
    pub warning: Option<String>,
}

/// What runs before each commit of a repository.
pub struct State {
    /// The file of the hook, which need not exist.
    hook: PathBuf,
    /// The program that manages the hooks, if there is one, and whether it has installed its own.
    manager: Option<(Manager, bool)>,
    /// The manager's configuration, and whether it runs the guard.
    configuration: Option<(&'static str, bool)>,
    /// Whether the hook runs the guard by itself.
    is_in_hook: bool,
    /// Whether git's own configuration runs the guard.
    is_in_git: bool,
    /// The command of a guard that was installed in this clone.
    pub kept: Option<String>,
}

impl State {
    /// Looks at the repository that a directory is in.
    pub fn of(directory: &Path) -> Result<State, Error> {
        let objects = Objects { directory };
        let (hooks, top) = (objects.hooks()?, objects.top()?);
        let read = |path: &Path| fs::read_to_string(path).ok();
        // Husky makes everything in `_` anew each time it is installed.
        let husky = hooks.parent().filter(|above| above.ends_with(".husky"));
        let hook = husky.unwrap_or(&hooks).join("pre-commit");
        let own = read(&hook).filter(|_| fs::metadata(&hook).is_ok_and(|file| is_run(&hook, &file)));

        let installed = read(&hooks.join("pre-commit"));
        let of_hook = installed.as_deref().and_then(Manager::of_hook);
        let configured = Manager::configured(|file| read(&top.join(file)));
        let configured: Vec<_> = configured.into_iter().filter(|(it, ..)| of_hook.is_none_or(|of| of == *it)).collect();
        let with_guard = configured.iter().find(|(.., text)| manager::runs_guard(text));
        let configuration = with_guard.or(configured.first());
        let manager = of_hook.map(|manager| (manager, true)).or(configuration.map(|(manager, ..)| (*manager, false)));
        // `pre-commit` goes on running the hook that it found.
        let legacy = installed.as_deref().is_some_and(|text| text.contains("hook-impl"));
        let legacy = legacy.then(|| read(&hooks.join("pre-commit.legacy"))).flatten();
        let runs = |text: &Option<String>| text.as_deref().is_some_and(manager::runs_guard);
        Ok(State {
            is_in_hook: runs(&own) || runs(&legacy),
            is_in_git: objects.configured_hooks().iter().any(|command| manager::runs_guard(command)),
            hook,
            manager,
            configuration: configuration.map(|(_, file, text)| (*file, manager::runs_guard(text))),
            kept: objects.setting(KEPT),
        })
    }

    /// What runs the guard before each commit: a file, or git itself.
    pub fn runs_it(&self) -> Option<PathBuf> {
        match (self.manager, self.configuration) {
            (Some((_, true)), Some((file, true))) => Some(file.into()),
            _ if self.is_in_hook => Some(self.hook.clone()),
            _ if self.is_in_git => Some("git's configuration".into()),
            _ => None,
        }
    }

    /// The configuration that would run the guard, if its manager had installed its hooks: the file, and how to do that.
    pub fn not_installed(&self) -> Option<(&'static str, &'static str)> {
        match (self.manager, self.configuration) {
            (Some((manager, false)), Some((file, true))) => Some((file, manager.install())),
            _ => None,
        }
    }

    /// What a manager does to a guard in the hook, and what to add to its configuration instead.
    pub fn warning(&self, command: &str) -> Option<String> {
        let (manager, _) = self.manager.filter(|(manager, _)| *manager != Manager::Husky || !self.is_husky())?;
        let (file, has_guard) = self.configuration.unzip();
        let addition = manager.addition(file, command);
        let loses = format!("{} removes the guard when it installs its hooks again", manager.name());
        (has_guard != Some(true)).then(|| format!("{loses}; to keep it, {addition}"))
    }

    /// Whether the hook is the one that Husky leaves alone.
    fn is_husky(&self) -> bool {
        self.hook.parent().is_some_and(|above| above.ends_with(".husky"))
    }

    /// Why a guard that was installed is not there, and how it comes back.
    pub fn loss(&self, command: &str) -> (String, Option<String>) {
        let hook = self.hook.display();
        match self.manager {
            Some((manager, true)) if !self.is_husky() => {
                let (file, _) = self.configuration.unzip();
                let message = format!("the guard was lost: {} has replaced {hook}", manager.name());
                (message, Some(manager.addition(file, command)))
            }
            _ => (format!("the guard was lost: git runs {hook}, which does not search the commit"), None),
        }
    }
}

/// Adds the guard to the clone's pre-commit hook. `strict` also refuses commits that cannot be searched.
///
/// # Errors
/// If the hooks belong to all repositories of the user or of the machine.
pub fn install(session: &Session, strict: bool) -> Result<HookChange, Error> {
    let command = command(session, strict)?;
    let directory = &session.settings.directory;
    let objects = Objects { directory };
    let state = State::of(directory)?;
    let is_shared = objects.has_shared_hooks()?;
    if is_shared && !state.is_in_hook {
        return Err(SharedHooks { hook: state.hook, top: objects.top()?, command }.into());
    }
    let keep = || objects.set(KEPT, Some(&command));
    if is_shared {
        keep()?;
        return Ok(HookChange { path: state.hook, changed: false, warning: None });
    }
    if let (Some((manager, is_installed)), Some((file, true))) = (state.manager, state.configuration) {
        keep()?;
        let install = format!("{file} runs the guard once `{}` has installed the hooks", manager.install());
        return Ok(HookChange { path: file.into(), changed: false, warning: (!is_installed).then_some(install) });
    }
    let changed = change(&state.hook, |path, hook| add(path, hook, &command, !strict))?;
    keep()?;
    Ok(HookChange { warning: state.warning(&command), path: state.hook, changed })
}

/// Removes the guard from the hook.
pub fn uninstall(session: &Session) -> Result<HookChange, Error> {
    let directory = &session.settings.directory;
    let state = State::of(directory)?;
    let changed = change(&state.hook, remove)?;
    Objects { directory }.set(KEPT, None)?;
    let in_file = state.configuration.filter(|(_, has_guard)| *has_guard);
    let warning = in_file.map(|(file, _)| format!("{file} runs the guard too; remove it there"));
    Ok(HookChange { path: state.hook, changed, warning })
}

fn change(path: &Path, change: impl FnOnce(&Path, Hook) -> io::Result<bool>) -> Result<bool, Error> {
    Hook::read(path).and_then(|hook| change(path, hook)).map_err(|error| io_report("change", path, &error).into())
}

/// Hooks that git runs in every repository, not in this clone alone.
#[derive(Debug)]
pub struct SharedHooks {
    hook: PathBuf,
    top: PathBuf,
    command: String,
}

impl Explain for SharedHooks {
    fn explain(&self) -> Report {
        let SharedHooks { hook, top, command } = self;
        let message =
            format!("git runs {} in every repository: `core.hooksPath` is set for all of them", hook.display());
        let top = shell_quote(&top.to_string_lossy()).into_owned();
        let line = format!("[ \"$(pwd -P)\" != {top} ] || {command} || exit 1");
        Report::new(Kind::Conflict, "shared_hooks", message)
            .hint(format!("to search the commits of this clone, add to that file: `{line}`"))
            .hint(
                Message::from("to give this clone hooks of its own: `git config core.hooksPath .git/hooks`, then ")
                    .command(Command::new("guard install")),
            )
    }
}

explained!(SharedHooks);

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
        if !file.is_file() || !is_run(path, &file) {
            return Ok(Hook::Other);
        }
        let text = String::from_utf8(fs::read(path)?).ok().filter(|text| hook::is_shell(text));
        Ok(text.map_or(Hook::Other, Hook::Script))
    }
}

/// Whether git runs a hook. Husky runs its hooks whatever their mode.
fn is_run(path: &Path, file: &Metadata) -> bool {
    let is_husky = path.parent().is_some_and(|above| above.ends_with(".husky"));
    file.permissions().mode() & 0o100 != 0 || is_husky
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
