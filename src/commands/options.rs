//! The options that many commands take: those of all, and those that say where.

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::ui::{Color, Level};

// Options that every command takes, before or after its name. These and the like are no doc comments:
// clap would make them the help of each command that takes them.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// The team whose vault is meant
    #[arg(short, long, global = true, hide = true, value_name = "TEAM")]
    pub team: Option<String>,
    /// The vault's file
    #[arg(long, global = true, hide = true, value_name = "FILE")]
    pub vault: Option<PathBuf>,
    /// A file that holds your key; may be given several times
    #[arg(short, long, global = true, hide = true, value_name = "FILE")]
    pub identity: Vec<PathBuf>,
    /// Work in this directory; relative paths follow it
    #[arg(long, global = true, hide = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub cwd: Option<PathBuf>,
    /// Answer, and fail, in JSON
    #[arg(short, long, global = true, hide = true)]
    pub json: bool,
    /// How much to say on standard error
    #[arg(
        short,
        long,
        global = true,
        hide = true,
        value_enum,
        default_value = "info",
        hide_possible_values = true,
        value_name = "LEVEL",
        help = "How much to say: debug, info, warning, error, critical"
    )]
    pub log_level: Level,
    /// Never ask; fail instead
    #[arg(long, global = true, hide = true)]
    pub no_input: bool,
    /// Take every confirmation as given
    #[arg(short, long, global = true, hide = true)]
    pub yes: bool,
    /// Pass over the link of this directory
    #[arg(long, global = true, hide = true)]
    pub no_link: bool,
    /// How long to wait for another writer
    #[arg(long, global = true, hide = true, value_name = "SECONDS", default_value_t = 10, hide_default_value = true)]
    pub lock_timeout: u64,
    /// Accepted, and ignored: older tools needed one, a vault needs none
    #[arg(long, alias = "apiKey", global = true, hide = true, value_name = "KEY")]
    pub api_key: Option<String>,
    /// Accepted, and ignored, like the key
    #[arg(long = "optionsFile", global = true, hide = true, value_name = "FILE")]
    pub options_file: Option<PathBuf>,
    /// Take names that change how programs are loaded or found, too
    #[arg(long, global = true, hide = true)]
    pub allow_reserved: bool,
    /// When to use colours: auto, always, never
    #[arg(
        long,
        global = true,
        hide = true,
        value_enum,
        default_value = "auto",
        hide_possible_values = true,
        hide_default_value = true,
        value_name = "WHEN"
    )]
    pub color: Color,
}

// The section that a command works on: one of these, or the linked project.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Section")]
pub struct SectionScope {
    /// The project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// The cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID", conflicts_with = "project")]
    pub cluster: Option<String>,
    /// The team itself
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}

// The context that a command works on: what these say, or the link, or the team alone.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Context")]
pub struct ContextScope {
    /// The project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// The cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    pub cluster: Option<String>,
    /// The team alone
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}
