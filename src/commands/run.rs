//! `run`: a command with the merged environment, in place of this process.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};

use clap::Args;

use super::redact::redaction;
use crate::old::context::{Cx, variable};
use crate::old::environment::{Assigned, Environment, EnvironmentOptions};
use crate::old::error::Error;
use crate::old::{child, redacted};
use crate::store::Scratch;
use crate::vault::SecretName;

/// What `--clean-env` keeps of the environment that is there.
const KEPT: &[&str] = &["PATH", "HOME", "TERM", "LANG", "USER", "SHELL", "TMPDIR"];

/// What opens a vault, and is nobody else's.
const KEYS: &[&str] = &["ETUI_KEY", "ETUI_KEY_FILE", "ETUI_KEY_COMMAND"];

/// The longest `NAME=value` that Linux takes, without its NUL (MAX_ARG_STRLEN).
const LONGEST: usize = 131_071;

#[derive(Debug, Args)]
pub struct Run {
    /// All but these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", conflicts_with = "only")]
    except: Vec<String>,
    /// Keep nothing of the environment that is there but PATH, HOME, TERM, LANG, USER, SHELL, TMPDIR
    #[arg(long)]
    clean_env: bool,
    /// What is set in the environment already wins over the vault
    #[arg(long)]
    preserve_env: bool,
    /// What this file holds, which was sealed for this machine by: etui resolve --recipient
    #[arg(long, value_name = "FILE", conflicts_with_all = ["env_file", "spec", "job", "project", "cluster", "global"])]
    sealed: Option<PathBuf>,
    /// Its output with each value replaced by its name
    #[arg(long)]
    redact: bool,
    /// The command and its arguments, which no shell touches
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    environment: EnvironmentOptions,
}

impl Run {
    /// The command's name, as it was typed.
    pub fn program(&self) -> Option<&str> {
        self.command.first()?.to_str()
    }

    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let environment = match &self.sealed {
            Some(path) => cx.open_sealed(path, self.environment.only)?,
            None => Environment::read(cx, self.environment)?,
        };
        let variables = environment.variables(cx, &self.except)?;
        environment.warn_of_expiry(cx, &variables);
        let [program, arguments @ ..] = &self.command[..] else { return Ok(()) };
        let is_redacted = self.redact || cx.link()?.is_some_and(|link| link.link.redact);
        let redaction = is_redacted.then(|| redaction(cx, environment.sections()));
        let leader = if is_redacted { redacted::leader(cx) } else { Ok(Vec::new()) };
        let words = leader.map_err(|error| ended(program, Err(error)))?.into_iter().chain([program.clone()]);
        let words: Vec<OsString> = words.collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(arguments).current_dir(cx.directory());
        if self.clean_env {
            command.env_clear();
            command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        }
        let is_set = |name: &str| {
            let is_kept = !self.clean_env || KEPT.contains(&name);
            is_kept && std::env::var_os(name).is_some()
        };
        let given = variables.iter().filter(|variable| !(self.preserve_env && is_set(variable.name)));
        let given: Vec<&Assigned<'_>> = given.collect();
        for variable in given.iter().filter(|variable| !variable.is_file()) {
            let text = variable.value().as_text();
            let size = variable.name.len() + 1 + text.len();
            if size > LONGEST {
                return Err(Error::TooLargeToRun { name: variable.name.to_string(), size, limit: LONGEST });
            }
            command.env(variable.name, &*text);
        }
        let scratch = files(cx, &mut command, given.iter().copied().filter(|variable| variable.is_file()))?;
        for name in KEYS {
            command.env_remove(name);
        }
        let size = size(&command, self.clean_env);
        if let Some(limit) = limit().filter(|limit| size > *limit) {
            return Err(too_large(&given, size, Some(limit)));
        }
        cx.ui.debug(|| format!("running {} with {} variables", program.display(), given.len()));
        let started = match (redaction, &scratch) {
            (Some(redaction), _) => redacted::start(command, redaction),
            (None, Some(_)) => {
                let started = child::start(&mut command).map(redacted::Running::from);
                drop(command);
                started
            }
            (None, None) => Err(command.exec()),
        };
        match started {
            Ok(running) => {
                // It may run for days: what it was given is to be in its memory alone.
                drop(given);
                drop(variables);
                drop(environment);
                let status = running.wait()?;
                drop(scratch);
                Err(ended(program, status))
            }
            // E2BIG, which std calls so.
            Err(error) if error.kind() == io::ErrorKind::ArgumentListTooLong => Err(too_large(&given, size, None)),
            Err(error) => Err(ended(program, Err(error))),
        }
    }
}

/// How a command ended, or why it did not begin.
pub fn ended(program: &OsStr, ended: io::Result<ExitStatus>) -> Error {
    let command = program.to_string_lossy().into_owned();
    match ended {
        Ok(status) => Error::Ended(status),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Error::CommandMissing { command },
        Err(error) => Error::CommandFails { command, error },
    }
}

/// Writes what is to be given as files, and gives their paths. None if there is no such variable.
fn files<'a>(
    cx: &Cx,
    command: &mut Command,
    files: impl Iterator<Item = &'a Assigned<'a>>,
) -> Result<Option<Scratch>, Error> {
    let mut files = files.peekable();
    if files.peek().is_none() {
        return Ok(None);
    }
    let scratch = cx.scratch()?;
    for (number, file) in files.enumerate() {
        // A spec's names may be anything, `../x` too: such a one is no name of a file.
        let name = SecretName::parse(file.name).map_or_else(|_| format!("_{number}"), |name| name.to_string());
        command.env(file.name, scratch.write(&name, file.value().expose())?);
    }
    scratch.share()?;
    Ok(Some(scratch))
}

impl Cx {
    /// A private directory in memory.
    pub fn scratch(&self) -> Result<Scratch, Error> {
        Ok(Scratch::new(variable("XDG_RUNTIME_DIR").map(PathBuf::from))?)
    }
}

/// What the system counts of a command: its arguments and its environment, each with a NUL and a pointer.
fn size(command: &Command, is_clean: bool) -> usize {
    let word = |length: usize| length + 1 + size_of::<usize>();
    let pair = |name: &OsStr, value: &OsStr| word(name.len() + 1 + value.len());
    let changed: Vec<(&OsStr, Option<&OsStr>)> = command.get_envs().collect();
    // Sorted by name, as a map of std's is.
    let is_changed = |name: &OsStr| changed.binary_search_by_key(&name, |(name, _)| name).is_ok();
    let inherited = std::env::vars_os().filter(|(name, _)| !is_clean && !is_changed(name));
    let inherited: usize = inherited.map(|(name, value)| pair(&name, &value)).sum();
    let set: usize = changed.iter().filter_map(|(name, value)| Some(pair(name, (*value)?))).sum();
    let arguments = std::iter::once(command.get_program()).chain(command.get_args());
    inherited + set + arguments.map(|argument| word(argument.len())).sum::<usize>()
}

/// The most that Linux takes: a quarter of the stack, at least 128 KiB and at most 6 MiB (execve(2)).
fn limit() -> Option<usize> {
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    let quarter = stack.map_or(usize::MAX, |stack| stack as usize / 4);
    cfg!(target_os = "linux").then(|| quarter.clamp(128 << 10, 6 << 20))
}

fn too_large(given: &[&Assigned<'_>], size: usize, limit: Option<usize>) -> Error {
    let sized = |variable: &&Assigned<'_>| (variable.name.to_string(), variable.value().as_text().len());
    let mut largest: Vec<(String, usize)> = given.iter().filter(|variable| !variable.is_file()).map(sized).collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    largest.truncate(3);
    Error::EnvironmentTooLarge { size, limit, largest }
}
