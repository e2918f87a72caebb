//! `run`: a command with the merged environment, in place of this process.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use clap::Args;

use super::context::Cx;
use super::options::ContextScope;
use super::resolve::{environment, names};
use crate::error::Error;
use crate::vault::SecretName;
use crate::vault::near::nearest;

/// What `--clean-env` keeps of the environment that is there.
const KEPT: &[&str] = &["PATH", "HOME", "TERM", "LANG", "USER", "SHELL", "TMPDIR"];

/// What opens a vault, and is nobody else's.
const KEYS: &[&str] = &["ETUI_KEY", "ETUI_KEY_FILE", "ETUI_KEY_COMMAND"];

/// The longest `NAME=value` that Linux takes, without its NUL (MAX_ARG_STRLEN).
const LONGEST: usize = 131_071;

#[derive(Debug, Args)]
pub struct Run {
    /// Only these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", conflicts_with = "except")]
    only: Vec<String>,
    /// All but these names
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    except: Vec<String>,
    /// Keep nothing of the environment that is there but PATH, HOME, TERM, LANG, USER, SHELL, TMPDIR
    #[arg(long)]
    clean_env: bool,
    /// What is set in the environment already wins over the vault
    #[arg(long)]
    preserve_env: bool,
    /// The command and its arguments, which no shell touches
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
    #[command(flatten)]
    scope: ContextScope,
}

impl Run {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let (only, except) = (names(&self.only)?, names(&self.except)?);
        let (context, view) = cx.context_view(&self.scope)?;
        let merged = view.sections.merge(&context);
        for name in except.iter().filter(|name| !merged.contains_key(name)) {
            let known = merged.keys().map(|known| (known.as_str(), *known));
            let near = nearest(name.as_str(), known).map_or(String::new(), |near| format!("; did you mean {near}?"));
            cx.ui.warn(&format!("--except {name}: it is not set here{near}"));
        }
        // What is left out is not looked at: its references may be missing.
        let wanted: std::collections::BTreeSet<SecretName> = match only.is_empty() {
            true => merged.keys().filter(|name| !except.contains(**name)).map(|name| (*name).clone()).collect(),
            false => only,
        };
        let variables = environment(cx, &context, &view, Some(&wanted))?;

        let [program, arguments @ ..] = &self.command[..] else { return Ok(()) };
        let mut command = Command::new(program);
        command.args(arguments).current_dir(cx.directory());
        if self.clean_env {
            command.env_clear();
            command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
        }
        let mut size = 0;
        for variable in &variables {
            let is_set = !self.clean_env || KEPT.contains(&variable.name);
            if self.preserve_env && is_set && std::env::var_os(variable.name).is_some() {
                continue;
            }
            let length = variable.name.len() + 1 + variable.text.len();
            if length > LONGEST {
                let name = SecretName::parse(variable.name).map_err(|error| Error::Name { error, typed: None })?;
                return Err(Error::TooLargeToRun { name, size: length });
            }
            size += length + 1;
            command.env(variable.name, &*variable.text);
        }
        for name in KEYS {
            command.env_remove(name);
        }
        cx.ui.debug(|| format!("running {} with {} variables", program.display(), variables.len()));
        let error = command.exec();
        let program = program.to_string_lossy().into_owned();
        Err(match (error.kind(), error.raw_os_error()) {
            (io::ErrorKind::NotFound, _) => Error::CommandMissing { command: program },
            // E2BIG, which std calls by several names.
            (io::ErrorKind::ArgumentListTooLong, _) => Error::EnvironmentTooLarge { size },
            _ => Error::CommandFails { command: program, error },
        })
    }
}
