//! `vault`: where this laptop finds the vault of each team.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};

use super::App;
use crate::ops::location::{self, Recorded};
use crate::ops::view::Page;
use crate::report::{Command, Error, Message};
use crate::session::bad_name;
use crate::ui::{Cell, Table};
use crate::vault::TeamName;

const EXAMPLES: &str = "\
Examples:
  etui vault list                        show where the vault of each team is
  etui vault add ~/secrets/acme.age      let the team's name mean this vault, in links and in -t
  etui vault move ~/new/acme.age         the same, after the vault was moved or cloned again
  etui vault forget acme                 drop the location; the vault and its pins stay";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct VaultCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the teams that this laptop knows, and where their vaults are
    #[command(visible_alias = "ls", after_help = "Examples:\n  etui vault list\n  etui vault list -j")]
    List,
    /// Record a vault: its team's name means it from now on, in every repository
    #[command(after_help = "Examples:\n  etui vault add acme.age\n  etui vault add ~/secrets/acme.age")]
    Add(VaultArgument),
    /// Record the new location of a vault that this laptop knows; no file is moved
    #[command(after_help = "Examples:\n  etui vault move acme.age\n  etui vault move ~/new/acme.age")]
    Move(VaultArgument),
    /// Drop the location of a team's vault; no file and no pin is removed
    #[command(after_help = "Examples:\n  etui vault forget acme\n  etui vault list")]
    Forget {
        /// The team
        #[arg(value_name = "TEAM")]
        name: String,
    },
}

#[derive(Debug, Args)]
struct VaultArgument {
    /// The vault's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    file: PathBuf,
}

impl VaultCommand {
    /// Returns the vault that is named without `--vault`.
    pub fn file(&self) -> Option<&Path> {
        match &self.verb {
            Verb::Add(argument) | Verb::Move(argument) => Some(&argument.file),
            Verb::List | Verb::Forget { .. } => None,
        }
    }

    pub fn run(self, app: &App) -> Result<(), Error> {
        match self.verb {
            Verb::List => list(app),
            Verb::Add(_) => show(app, &location::record(&app.session)?),
            Verb::Move(_) => show(app, &location::relocate(&app.session)?),
            Verb::Forget { name } => forget(app, &name),
        }
    }
}

fn list(app: &App) -> Result<(), Error> {
    let locations = location::list(&app.session)?;
    if app.ui.json {
        return app.ui.document(&Page::whole(locations));
    }
    let mut table = Table::new(&["TEAM", "VAULT", "STATE", "FINGERPRINT"]);
    for location in locations {
        let vault = location.vault.display().to_string();
        let fingerprint = location.fingerprint.unwrap_or_default();
        table.row([location.team.into(), vault.into(), Cell::from(&location.state.as_str()), fingerprint.into()]);
    }
    if table.is_empty() {
        let add = Command::without_vault("vault add").arg("FILE");
        app.ui.note(Message::from("this laptop knows no vault yet; to record one: ").command(add));
    }
    app.ui.table(&table)
}

fn show(app: &App, Recorded { location, before }: &Recorded) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(location);
    }
    let (team, vault) = (&location.team, location.vault.display());
    app.ui.say(match before {
        None => format!("recorded {vault} as the vault of team {team}"),
        Some(before) if *before == location.vault => format!("{vault} is recorded already as the vault of team {team}"),
        Some(before) => format!("recorded {vault} as the vault of team {team}, in place of {}", before.display()),
    });
    Ok(())
}

fn forget(app: &App, name: &str) -> Result<(), Error> {
    let team = TeamName::parse(name).map_err(|error| bad_name(error, Some(name)))?;
    let forgotten = location::forget(&app.session, &team)?;
    if app.ui.json {
        return app.ui.document(&forgotten);
    }
    let vault = &forgotten.vault;
    app.ui.say(format!("forgot where the vault of team {team} is: {}", vault.display()));
    match &forgotten.now {
        Some(now) => app.ui.note(format!("the vault of team {team} is {} now", now.display())),
        None if vault.exists() => {
            let add = Command::without_vault("vault add").quoted(&vault.to_string_lossy());
            app.ui.note(Message::from("to record it again: ").command(add));
        }
        None => {}
    }
    Ok(())
}
