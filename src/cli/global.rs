//! The options of every command, and the environment variables; the only place where either is read.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Command, ValueEnum, ValueHint};
use zeroize::Zeroizing;

use crate::report::{Error, Kind, Level, Reach};
use crate::session::{Environment, Settings};
use crate::ui::{Color, UiSettings};

// Options that every command takes, before or after its name. This and the like are not doc comments, which clap
// would make the help of each command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Use the vault of this team
    #[arg(short, long, global = true, hide = true, value_name = "TEAM")]
    pub team: Option<String>,
    /// Use the vault in this file
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    pub vault: Option<PathBuf>,
    /// Use the key in this file; may be repeated; - is standard input
    #[arg(short, long, global = true, hide = true, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// Work in this directory; relative paths follow it
    #[arg(long, global = true, hide = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cwd: Option<PathBuf>,
    /// Print results and errors as JSON
    #[arg(short, long, global = true, hide = true)]
    pub json: bool,
    /// Set how much to report
    #[arg(short, long, global = true, hide = true, value_enum, default_value = "info", value_name = "LEVEL")]
    pub log_level: LogLevel,
    /// Never prompt; fail instead
    #[arg(long, global = true, hide = true)]
    pub no_input: bool,
    /// Confirm everything in advance
    #[arg(short, long, global = true, hide = true)]
    pub yes: bool,
    /// Ignore the link of this directory
    #[arg(long, global = true, hide = true)]
    pub no_link: bool,
    /// Wait this long for another writer
    #[arg(long, global = true, hide = true, value_name = "SECONDS", default_value_t = 10)]
    pub lock_timeout: u64,
    /// Accepted and ignored: older tools needed a key for their server
    #[arg(long, alias = "apiKey", global = true, hide = true, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Accepted and ignored, like the key
    #[arg(long = "optionsFile", global = true, hide = true, value_name = "FILE")]
    pub options_file: Option<PathBuf>,
    /// Accept names that can make programs run code, such as PATH
    #[arg(long, global = true, hide = true)]
    pub allow_reserved: bool,
    /// Choose when to use colours
    #[arg(long, global = true, hide = true, value_enum, default_value = "auto", value_name = "WHEN")]
    pub color: ColorChoice,
}

/// How much to report on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

impl Global {
    /// Returns the grammar of these options and one command. It is made faster than that of all commands: clap
    /// copies every global option into each command that it knows.
    pub fn around(verb: Command) -> Command {
        Global::augment_args(Command::new("etui")).subcommand(verb)
    }

    /// Returns the settings of the terminal. A verb that must not ask, such as `status`, passes `may_ask = false`;
    /// one that names its vault itself, such as `init`, passes `repeats_vault = false`.
    pub fn ui_settings(&self, may_ask: bool, repeats_vault: bool) -> UiSettings {
        UiSettings {
            json: self.json,
            yes: self.yes,
            no_input: self.no_input || !may_ask,
            level: match self.log_level {
                LogLevel::Debug => Level::Debug,
                LogLevel::Info => Level::Info,
                LogLevel::Warning => Level::Warning,
                LogLevel::Error => Level::Error,
                LogLevel::Critical => Level::Critical,
            },
            color: match self.color {
                ColorChoice::Auto => Color::Auto,
                ColorChoice::Always => Color::Always,
                ColorChoice::Never => Color::Never,
            },
            reach: if repeats_vault { self.reach() } else { Reach::default() },
            is_provider: false,
        }
    }

    /// Returns the option that named the vault, for commands in messages.
    pub fn reach(&self) -> Reach {
        Reach(match (&self.vault, &self.team) {
            (Some(vault), _) => vec!["--vault".to_owned(), vault.to_string_lossy().into_owned()],
            (None, Some(team)) => vec!["-t".to_owned(), team.clone()],
            (None, None) => Vec::new(),
        })
    }

    /// Returns the settings of a session.
    ///
    /// # Errors
    /// If the directory does not exist.
    pub fn settings(&self, command: String) -> Result<Settings, Error> {
        let current = || {
            std::env::current_dir().map_err(|_| {
                Error::new(Kind::Usage, "no_directory", "the current directory no longer exists")
                    .hint("go to another one with `cd`, or use `--cwd /DIR`")
            })
        };
        let directory = match &self.cwd {
            None => current()?,
            Some(directory) if directory.is_absolute() => directory.clone(),
            Some(directory) => current()?.join(directory),
        };
        if !directory.is_dir() {
            let message = format!("{} is not a directory", directory.display());
            return Err(Error::new(Kind::Usage, "no_directory", message));
        }
        Ok(Settings {
            directory,
            team: self.team.clone(),
            vault: self.vault.clone(),
            identities: self.identity.clone(),
            no_link: self.no_link,
            lock_timeout: Duration::from_secs(self.lock_timeout),
            allow_reserved: self.allow_reserved,
            command,
            environment: environment(),
        })
    }
}

/// Reads the variables of etui. An empty one counts as not set, but not the two that a CI system empties for a fork:
/// what comes next in their place would be another key, or trust in any vault.
fn environment() -> Environment {
    Environment {
        team: variable("ETUI_TEAM").map(|team| team.to_string_lossy().into_owned()),
        vault: variable("ETUI_VAULT").map(PathBuf::from),
        key: std::env::var_os("ETUI_KEY").map(|key| Zeroizing::new(key.into_encoded_bytes())),
        key_file: variable("ETUI_KEY_FILE").map(PathBuf::from),
        key_command: variable("ETUI_KEY_COMMAND"),
        trust: std::env::var_os("ETUI_TRUST"),
        home: variable("ETUI_HOME"),
    }
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
