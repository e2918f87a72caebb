//! `diff`: show what differs between two versions of a vault; never a value.

use clap::Args;

use super::App;
use crate::ops::diff::versions;
use crate::ops::view::Page;
use crate::report::Error;
use crate::vault::outline::{Difference, Subject};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui diff\n  etui diff HEAD~1\n  etui diff old.age new.age")]
pub struct Diff {
    /// The old version: a file, or a revision of git [default: HEAD]
    old: Option<String>,
    /// The new version: a file, or a revision of git [default: the vault as it is]
    new: Option<String>,
}

impl Diff {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let versions = versions(&app.session, self.old.as_deref(), self.new.as_deref())?;
        if app.ui.json {
            return app.ui.document(&Page::whole(versions.views()));
        }
        let lines = |(subject, difference): &(&Subject, Difference<'_>)| match difference {
            Difference::Added(new) => vec![format!("+ {subject}  {new}")],
            Difference::Removed(old) => vec![format!("- {subject}  {old}")],
            Difference::Changed { old, new } => vec![format!("- {subject}  {old}"), format!("+ {subject}  {new}")],
        };
        app.ui.lines(versions.differences().iter().flat_map(lines))
    }
}
