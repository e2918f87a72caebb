//! `restore`: make earlier values the current ones.

use clap::Args;

use super::App;
use super::args::SectionScope;
use super::args::names::{all_or_none, document, parse_names};
use crate::ops::history;
use crate::report::{Command, Error, Kind, Message, and, in_team};
use crate::vault::{Change, SecretName, SectionId};

const EXAMPLES: &str = "\
Examples:
  etui restore TOKEN
  etui restore TOKEN API_KEY -p web
  etui restore TOKEN --version 3 -p web";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Restore {
    /// The name of a secret or an env entry; of several, all are restored or none
    #[arg(required = true)]
    name: Vec<String>,
    /// Choose the earlier value of one name; 1 is the newest, and the default
    #[arg(long, value_name = "N")]
    version: Option<usize>,
    #[command(flatten)]
    scope: SectionScope,
}

impl Restore {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let names = parse_names(&self.name)?;
        let section = app.section(&self.scope)?;
        if let (Some(version), [first, _, ..]) = (self.version, &names[..]) {
            return Err(one_name(&section, first, version));
        }

        let restored = history::restore_all(&app.session, &section, &names, self.version.unwrap_or(1));
        let restored = all_or_none(app, &names, restored)?;

        if app.ui.json {
            return document(app, restored.into_iter().map(|restored| restored.secret).collect());
        }
        for (done, is_unchanged) in [("restored", false), ("unchanged", true)] {
            let these = restored.iter().filter(|restored| (restored.change == Change::Unchanged) == is_unchanged);
            let these: Vec<_> = these.collect();
            if let Some(first) = these.first() {
                let names: Vec<&str> = these.iter().map(|restored| restored.secret.name.as_str()).collect();
                app.ui.say(format!("{done} {} in {}", and(&names), in_team(&section, &first.team)));
            }
        }
        Ok(())
    }
}

/// The error for a version of several names: a number means another moment for each.
fn one_name(section: &SectionId, name: &SecretName, version: usize) -> Error {
    let restore = Command::new("restore").arg(name).arg("--version").arg(version).section(section);
    Error::new(Kind::Usage, "version_of_many", "`--version` is a number of one name's history")
        .hint(Message::from("one name at a time: ").command(restore))
}
