//! Running a command with an environment.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use super::files::file_names;
use super::redact;
use crate::guard::Replacements;
use crate::process::{FilteredCommand, Running, start, start_filtered};
use crate::report::{
    Command as EtuiCommand, Error, Explain, Kind, Message, Notice, Report, and, plain_io, shell_quote,
};
use crate::session::Session;
use crate::session::environment::{Assigned, Environment};
use crate::store::Scratch;

/// What `--clean-env` keeps of the inherited environment.
pub const KEPT: &[&str] = &["PATH", "HOME", "TERM", "LANG", "USER", "SHELL", "TMPDIR"];

/// The variables that open a vault. No command inherits them.
pub const KEYS: &[&str] = &["ETUI_KEY", "ETUI_KEY_FILE", "ETUI_KEY_COMMAND"];

/// The longest `NAME=value` that Linux accepts, without its NUL (MAX_ARG_STRLEN).
const LONGEST: usize = 131_071;

/// A command and what it inherits.
pub struct Invocation {
    /// What stands before a command beside this process: the leader of its own terminal, or what becomes it at once.
    pub leader: Vec<OsString>,
    /// The program and its arguments.
    pub words: Vec<OsString>,
    pub inherit: Inherit,
    /// The values to replace in its output.
    pub replacements: Option<Replacements>,
}

/// What a command inherits of this process's environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inherit {
    /// Everything. The vault's variables win.
    All,
    /// Everything, and what is set already wins over the vault.
    First,
    /// Only the variables in [`KEPT`]. The vault's variables win.
    Kept,
    /// Only the variables in [`KEPT`], and those win over the vault.
    KeptFirst,
}

impl Inherit {
    fn is_clean(self) -> bool {
        matches!(self, Inherit::Kept | Inherit::KeptFirst)
    }

    /// Returns whether an inherited variable wins over the vault's.
    fn wins(self, name: &str) -> bool {
        let wins = match self {
            Inherit::All | Inherit::Kept => false,
            Inherit::First => true,
            Inherit::KeptFirst => KEPT.contains(&name),
        };
        wins && std::env::var_os(name).is_some()
    }
}

/// Runs a command with these variables, in the place of this process if nothing has to be done beside it, and returns
/// how it ended.
///
/// # Errors
/// If the command cannot be started, or its environment is too large.
pub fn run(
    session: &Session,
    environment: Environment,
    except: &[String],
    invocation: Invocation,
) -> Result<ExitStatus, Error> {
    let Invocation { leader, words, inherit, replacements } = invocation;
    let [program, arguments @ ..] = &words[..] else {
        return Err(Error::new(Kind::Usage, "usage", "no command to run"));
    };
    let failed = |error| Error::from(CommandError::new(program, &session.settings.directory, error));

    let variables = environment.variables(session, except)?;
    environment.warn_of_expiry(session, &variables);
    let given: Vec<&Assigned<'_>> = variables.iter().filter(|variable| !inherit.wins(variable.name)).collect();
    let stays = replacements.is_some() || given.iter().any(|variable| variable.is_file());
    let mut command = match &leader[..] {
        [first, rest @ ..] if stays => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
        _ => Command::new(program),
    };
    command.args(arguments).current_dir(&session.settings.directory);
    if inherit.is_clean() {
        command.env_clear();
        command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    }
    assign(&mut command, &given)?;
    let scratch = write_files(session, &mut command, &given)?;
    for name in KEYS {
        command.env_remove(name);
    }
    let size = size(&command, inherit.is_clean());
    let too_large = |limit| Error::from(EnvironmentTooLarge { size, limit, largest: largest(&given) });
    if let Some(limit) = limit().filter(|limit| size > *limit) {
        return Err(too_large(Some(limit)));
    }

    let text = format!("running {} with {} variables", program.display(), given.len());
    session.frontend.notice(Notice::Debug(text));
    let started = match (replacements, &scratch) {
        (Some(replacements), _) => start_filtered(command, redact::pump(replacements)).map(Child::Filtered),
        (None, Some(_)) => start(command).map(Child::Plain),
        (None, None) => Err(command.exec()),
    };
    let child = match started {
        Ok(child) => child,
        // E2BIG, by std's name.
        Err(error) if error.kind() == io::ErrorKind::ArgumentListTooLong => return Err(too_large(None)),
        Err(error) => return Err(failed(error)),
    };
    // The command may run for days. From here on only its own memory holds what it was given.
    drop(given);
    drop(variables);
    drop(environment);
    let ended = child.wait().map_err(|error| {
        Error::new(Kind::Failed, "output", format!("cannot write the output: {}", plain_io(&error)))
    })?;
    drop(scratch);
    ended.map_err(failed)
}

/// A command beside this process.
enum Child {
    Plain(Running),
    Filtered(FilteredCommand),
}

impl Child {
    fn wait(self) -> io::Result<io::Result<ExitStatus>> {
        match self {
            Child::Plain(child) => {
                let ended = child.wait();
                crate::process::obey_signals();
                Ok(ended)
            }
            Child::Filtered(command) => command.wait(),
        }
    }
}

/// Sets the variables that are not files.
fn assign(command: &mut Command, variables: &[&Assigned<'_>]) -> Result<(), Error> {
    for variable in variables.iter().filter(|variable| !variable.is_file()) {
        let text = variable.value().as_text();
        let size = variable.name.len() + 1 + text.len();
        if size > LONGEST {
            return Err(VariableTooLarge { name: variable.name.to_owned(), size, limit: LONGEST }.into());
        }
        command.env(variable.name, &*text);
    }
    Ok(())
}

/// Writes the variables that are files, and sets them to their paths. None if there are none.
fn write_files(
    session: &Session,
    command: &mut Command,
    variables: &[&Assigned<'_>],
) -> Result<Option<Scratch>, Error> {
    let files: Vec<_> = variables.iter().filter(|variable| variable.is_file()).collect();
    if files.is_empty() {
        return Ok(None);
    }
    let scratch = scratch(session)?;
    for (file, name) in files.iter().zip(file_names(files.iter().map(|file| file.name))) {
        command.env(file.name, scratch.write(&name, file.value().expose())?);
    }
    scratch.share()?;
    Ok(Some(scratch))
}

/// Makes a private directory in memory.
pub fn scratch(_: &Session) -> Result<Scratch, Error> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|directory| !directory.is_empty());
    Ok(Scratch::new(runtime.map(PathBuf::from))?)
}

/// Returns what the system counts of a command: its arguments and its environment, each with a NUL and a pointer.
fn size(command: &Command, is_clean: bool) -> usize {
    let word = |length: usize| length + 1 + size_of::<usize>();
    let pair = |name: &OsStr, value: &OsStr| word(name.len() + 1 + value.len());
    let changed: Vec<(&OsStr, Option<&OsStr>)> = command.get_envs().collect();
    // std keeps them sorted by name.
    let is_changed = |name: &OsStr| changed.binary_search_by_key(&name, |(name, _)| name).is_ok();

    let inherited = std::env::vars_os().filter(|(name, _)| !is_clean && !is_changed(name));
    let inherited: usize = inherited.map(|(name, value)| pair(&name, &value)).sum();
    let set: usize = changed.iter().filter_map(|(name, value)| Some(pair(name, (*value)?))).sum();
    let arguments = std::iter::once(command.get_program()).chain(command.get_args());
    inherited + set + arguments.map(|argument| word(argument.len())).sum::<usize>()
}

/// Returns the most that Linux accepts: a quarter of the stack, at least 128 KiB and at most 6 MiB (execve(2)).
fn limit() -> Option<usize> {
    let stack = rustix::process::getrlimit(rustix::process::Resource::Stack).current;
    let quarter = stack.map_or(usize::MAX, |stack| stack as usize / 4);
    cfg!(target_os = "linux").then(|| quarter.clamp(128 << 10, 6 << 20))
}

/// Returns the three largest variables.
fn largest(variables: &[&Assigned<'_>]) -> Vec<(String, usize)> {
    let sized = |variable: &&Assigned<'_>| (variable.name.to_owned(), variable.value().as_text().len());
    let mut largest: Vec<_> = variables.iter().filter(|variable| !variable.is_file()).map(sized).collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    largest.truncate(3);
    largest
}

/// A command that could not be started, or not waited for.
#[derive(Debug)]
pub struct CommandError {
    command: String,
    error: io::Error,
    missing: Option<Missing>,
}

/// What a command needs that does not exist.
#[derive(Debug)]
enum Missing {
    /// The program after `#!`.
    Interpreter(String),
    /// What loads programs of this kind.
    Loader,
}

impl CommandError {
    /// The command was to run in this directory.
    pub fn new(program: &OsStr, directory: &Path, error: io::Error) -> CommandError {
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        let missing = is_missing.then(|| Missing::of(program, directory)).flatten();
        CommandError { command: program.to_string_lossy().into_owned(), error, missing }
    }
}

impl Missing {
    /// Finds out why a program was not found that exists.
    fn of(program: &OsStr, directory: &Path) -> Option<Missing> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_path = program.as_encoded_bytes().contains(&b'/');
        let places = std::env::split_paths(&path).filter(|_| !is_path).chain(is_path.then(PathBuf::new));
        let found = |place: PathBuf| File::open(directory.join(place).join(program)).ok();
        let file = places.filter_map(found).find(|file| file.metadata().is_ok_and(|metadata| metadata.is_file()))?;

        let mut start = Vec::new();
        file.take(256).read_to_end(&mut start).ok()?;
        let Some(line) = start.strip_prefix(b"#!") else {
            return start.starts_with(b"\x7fELF").then_some(Missing::Loader);
        };
        let line = line.split(|byte| *byte == b'\n').next()?.trim_ascii_start();
        let name = line.split(|byte| matches!(byte, b' ' | b'\t')).next()?;
        Some(Missing::Interpreter(String::from_utf8_lossy(name).into_owned()))
    }
}

/// A variable that no command can be given.
#[derive(Debug)]
pub struct VariableTooLarge {
    name: String,
    size: usize,
    limit: usize,
}

/// An environment that no command can be given.
#[derive(Debug)]
pub struct EnvironmentTooLarge {
    size: usize,
    limit: Option<usize>,
    largest: Vec<(String, usize)>,
}

impl Explain for CommandError {
    fn explain(&self) -> Report {
        let CommandError { command, error, missing } = self;
        let not_found =
            |what: &str| Report::new(Kind::CommandNotFound, "command_missing", format!("{command}: {what}"));
        match (error.kind(), missing) {
            (_, Some(Missing::Interpreter(name))) => {
                let report = not_found(&format!("its interpreter {name} does not exist"));
                match name.ends_with('\r') {
                    true => {
                        report.hint(format!("its lines end in CR LF: `sed -i 's/\\r$//' {}`", shell_quote(command)))
                    }
                    false => report,
                }
            }
            (_, Some(Missing::Loader)) => not_found("it was built for another system: what loads it does not exist"),
            (io::ErrorKind::NotFound, None) if command.trim().contains(' ') => {
                let run = || EtuiCommand::new("run").arg("--");
                let is_plain = command.split_whitespace().all(|word| shell_quote(word) == word);
                let apart = Message::from("the program and its arguments are separate words: ");
                let report = not_found("command not found");
                let report = if is_plain { report.hint(apart.command(run().arg(command.trim()))) } else { report };
                report.hint(Message::from("for a shell: ").command(run().arg("sh -c").quoted(command)))
            }
            (io::ErrorKind::NotFound, None) => not_found("command not found"),
            _ => Report::new(Kind::NotExecutable, "command_fails", format!("{command}: {}", plain_io(error))),
        }
    }
}

impl Explain for VariableTooLarge {
    fn explain(&self) -> Report {
        let VariableTooLarge { name, size, limit } = self;
        let message = format!("{name} has {size} bytes with its name; this system accepts {limit} for one variable");
        let give = EtuiCommand::new("use").arg(name).arg(format!("--as {name}_FILE --as-file"));
        Report::new(Kind::Failed, "environment_too_large", message)
            .hint(Message::from(format!("leave it out with `--except {name}`, and give it as a file: ")).command(give))
    }
}

impl Explain for EnvironmentTooLarge {
    fn explain(&self) -> Report {
        let EnvironmentTooLarge { size, limit, largest } = self;
        let limit = match limit {
            Some(limit) => format!("this system accepts {limit}"),
            None => "that is more than this system accepts".to_owned(),
        };
        let message = format!("the environment and the arguments have {size} bytes; {limit}");
        let report = Report::new(Kind::Failed, "environment_too_large", message);
        let largest: Vec<String> = largest.iter().map(|(name, size)| format!("{name} ({size})")).collect();
        let report = match largest.is_empty() {
            true => report,
            false => report.hint(format!("leave out the largest with `--except NAME`: {}", and(&largest))),
        };
        report.hint("raise the limit with `ulimit -s`")
    }
}

explained!(CommandError, VariableTooLarge, EnvironmentTooLarge);
