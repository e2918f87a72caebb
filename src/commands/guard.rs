//! `guard`: a git hook that searches each commit before it is made.

use clap::{Args, Subcommand};
use serde_json::json;

use super::App;
use crate::ops::guard::{HookChange, install, uninstall};
use crate::report::Error;

#[derive(Debug, Args)]
pub struct GuardCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a hook to this clone that searches each commit, beside hooks that exist
    #[command(after_help = "Examples:\n  etui guard install\n  etui guard install --strict")]
    Install {
        /// Refuse commits that cannot be searched, too, for example without a key
        #[arg(long)]
        strict: bool,
    },
    /// Remove the hook
    #[command(after_help = "Example:\n  etui guard uninstall")]
    Uninstall,
}

impl GuardCommand {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let is_install = matches!(self.verb, Verb::Install { .. });
        let HookChange { path, changed, warning } = match self.verb {
            Verb::Install { strict } => install(&app.session, strict)?,
            Verb::Uninstall => uninstall(&app.session)?,
        };

        if app.ui.json {
            return app.ui.document(&json!({"hook": path.to_string_lossy(), "changed": changed}));
        }
        let shown = path.strip_prefix(&app.session.settings.directory).unwrap_or(&path).display();
        app.ui.say(match (changed, is_install) {
            (false, _) => format!("unchanged: {shown}"),
            (true, true) => format!("installed the guard in {shown}"),
            (true, false) => format!("removed the guard from {shown}"),
        });
        if let Some(warning) = warning {
            app.ui.warn(warning);
        }
        Ok(())
    }
}
