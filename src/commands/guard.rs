//! `guard`: a git hook that searches what is about to be committed.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::git::Objects;
use crate::guard::hook::{self, Part};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::store::{replace, write_new};

/// What a hook is called that was there before, and is no shell's script.
const BEFORE: &str = "pre-commit.local";

/// How the guard is told to the framework `pre-commit`, which keeps its hooks in a file of its own.
const FRAMEWORK: &str = "pre-commit install would take it out again; to keep it, add a local hook to \
    .pre-commit-config.yaml: {id: etui, name: etui, entry: etui scan --staged --hook, language: system, \
    always_run: true, pass_filenames: false}";

#[derive(Debug, Args)]
pub struct GuardCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Search each commit before it is made, by a hook of this clone beside those that are there
    Install {
        /// Also refuse commits that cannot be searched, as without a key
        #[arg(long)]
        strict: bool,
    },
    /// Take the hook out again
    Uninstall,
}

impl GuardCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let repository = Objects { directory: cx.directory() };
        let (top, hooks) = (repository.top()?, repository.hooks()?);
        // What husky keeps in `_` is made anew at each of its own installations.
        let directory = hooks.parent().filter(|above| above.ends_with(".husky")).unwrap_or(&hooks);
        let path = directory.join("pre-commit");
        let failed = |error| Error::Io { doing: "change", path: path.clone(), error };
        let hook = Hook::read(&path).map_err(failed)?;
        let is_framework = matches!(&hook, Hook::Script(text) if text.contains("pre-commit.com"));
        let (changed, done) = match self.verb {
            Verb::Install { strict } => {
                let command = command(cx, &top, strict)?;
                (install(&path, hook, &command, !strict).map_err(failed)?, "installed the guard in")
            }
            Verb::Uninstall => (uninstall(&path, hook).map_err(failed)?, "removed the guard from"),
        };
        if cx.ui.json {
            return cx.ui.document(&json!({"hook": path.to_string_lossy(), "changed": changed}));
        }
        let shown = path.strip_prefix(cx.directory()).unwrap_or(&path).display();
        cx.ui.say(&if changed { format!("{done} {shown}") } else { format!("unchanged: {shown}") });
        if is_framework && done.starts_with("installed") {
            cx.ui.note(FRAMEWORK);
        }
        Ok(())
    }
}

/// What the file of a hook is.
enum Hook {
    None,
    /// A script that is run, and into which another can be put.
    Script(String),
    /// Anything else: a program, a link to a file that is not this clone's own, a script that is not run.
    Other,
}

impl Hook {
    fn read(path: &Path) -> io::Result<Hook> {
        let file = match fs::symlink_metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Hook::None),
            file => file?,
        };
        // Husky runs its own, whatever their mode.
        let is_run =
            file.permissions().mode() & 0o100 != 0 || path.parent().is_some_and(|above| above.ends_with(".husky"));
        if !file.is_file() || !is_run {
            return Ok(Hook::Other);
        }
        let text = String::from_utf8(fs::read(path)?).ok().filter(|text| hook::is_shell(text));
        Ok(text.map_or(Hook::Other, Hook::Script))
    }
}

/// The command that the hook runs, at the top of the work tree: for the same link, and the same vault.
fn command(cx: &Cx, top: &Path, strict: bool) -> Result<String, Error> {
    let mut command = String::from("etui ");
    let mut option = |name: &str, value: &str| command += &format!("{name} '{}' ", value.replace('\'', r"'\''"));
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if let Some(link) = cx.link()?
        && let Some(directory) = link.path.parent()
        && let Ok(below) = real(directory).strip_prefix(real(top))
        && !below.as_os_str().is_empty()
    {
        option("--cwd", &below.to_string_lossy());
    }
    if let Some(team) = &cx.options.team {
        option("--team", team);
    }
    if let Some(vault) = &cx.options.vault {
        option("--vault", &real(&cx.directory().join(vault)).to_string_lossy());
    }
    Ok(command + "scan --staged --hook" + if strict { " --strict" } else { "" })
}

/// Puts our part into the hook; whether that changed anything.
fn install(path: &Path, hook: Hook, command: &str, lenient: bool) -> io::Result<bool> {
    let mut part = Part { command, lenient, then: None };
    if let Hook::Script(text) = &hook {
        part.then = hook::runs(text, BEFORE).then_some(BEFORE);
        let with = part.put_into(Some(text));
        return if with == *text { Ok(false) } else { replace(path, with.as_bytes()).map(|()| true) };
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    let before = path.with_file_name(BEFORE);
    if let Hook::Other = hook {
        if fs::symlink_metadata(&before).is_ok() {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{BEFORE} is there already")));
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

/// Takes it out, and brings back what was there before; whether that changed anything.
fn uninstall(path: &Path, hook: Hook) -> io::Result<bool> {
    let Hook::Script(text) = hook else { return Ok(false) };
    let Some(without) = hook::without(&text) else { return Ok(false) };
    if !hook::is_empty(&without) {
        return replace(path, without.as_bytes()).map(|()| true);
    }
    let before = path.with_file_name(BEFORE);
    match hook::runs(&text, BEFORE) && fs::symlink_metadata(&before).is_ok() {
        true => fs::rename(before, path)?,
        false => fs::remove_file(path)?,
    }
    Ok(true)
}
