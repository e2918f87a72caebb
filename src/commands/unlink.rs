//! `unlink`: remove the link of a directory.

use clap::Args;

use super::App;
use crate::report::Error;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui unlink\n  etui --cwd ~/src/web unlink")]
pub struct Unlink {}

impl Unlink {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let Some(file) = app.session.link()? else {
            app.ui.note("no link in this directory or above");
            return if app.ui.json { app.ui.document(&()) } else { Ok(()) };
        };
        let path = file.path.clone();
        // The link was found from a directory below it, and others may rely on it.
        if path.parent() != Some(&app.session.settings.directory) && app.ui.interactive {
            app.ui.confirm(&format!("The link is {}. Remove it?", path.display()))?;
        }

        file.remove()?;

        if app.ui.json {
            return app.ui.document(&serde_json::json!({"link": path}));
        }
        app.ui.say(format!("removed {}", path.display()));
        Ok(())
    }
}
