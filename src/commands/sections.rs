//! `project` and `cluster`: sections come and go.

use clap::{Args, Subcommand};

use crate::old::context::Cx;
use crate::old::error::{Error, option};
use crate::old::json;
use crate::old::scope::id;
use crate::old::ui::{Cell, Table};
use crate::vault::text::Selection;
use crate::vault::{Id, Kind};

#[derive(Debug, Args)]
pub struct SectionCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List them, with how much each holds
    #[command(visible_alias = "ls")]
    List,
    /// Make one
    Create {
        /// Its id
        id: String,
    },
    /// Give one another id; all it holds goes along
    #[command(visible_alias = "mv")]
    Rename {
        /// The id it has
        old: String,
        /// The id it gets
        new: String,
    },
    /// Delete one
    #[command(visible_alias = "rm")]
    Delete {
        /// Its id
        id: String,
        /// Also if it holds anything; that stays in the history
        #[arg(long)]
        force: bool,
    },
}

impl SectionCommand {
    pub fn run(self, cx: &Cx, kind: Kind) -> Result<(), Error> {
        self.verb.run(cx, kind)
    }
}

impl Verb {
    fn run(self, cx: &Cx, kind: Kind) -> Result<(), Error> {
        match self {
            Verb::List => list(cx, kind),
            Verb::Create { id: typed } => {
                let id = id(&typed)?;
                cx.create_section(kind, &id)?;
                document(cx, kind, &typed)
            }
            Verb::Rename { old, new } => {
                let (from, to) = (id(&old)?, id(&new)?);
                let team = cx.edit(|vault, _| {
                    let team = vault.head.team.clone();
                    let renamed = vault.rename_section(kind, &from, &to);
                    renamed.map(|()| team.clone()).map_err(|error| Error::Change { error, team })
                })?;
                if cx.ui.json {
                    return document(cx, kind, &new);
                }
                cx.ui.say(&format!("renamed {} {from} to {to} in team {team}", kind.as_str()));
                let option = option(&kind.with(to.clone()));
                cx.ui.note(&format!("links that name {from} must be written anew: etui link {option}"));
                Ok(())
            }
            Verb::Delete { id: typed, force } => {
                let id = id(&typed)?;
                if force {
                    cx.confirm_firmly(&format!("delete {} {id} with all it holds", kind.as_str()))?;
                }
                let (said, note) = delete(cx, kind, &id, force)?;
                if cx.ui.json {
                    return document(cx, kind, &typed);
                }
                cx.ui.say(&said);
                note.iter().for_each(|note| cx.ui.note(note));
                Ok(())
            }
        }
    }
}

/// Deletes a section; returns what to say of it.
pub fn delete(cx: &Cx, kind: Kind, id: &Id, force: bool) -> Result<(String, Option<String>), Error> {
    let team = cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        let deleted = vault.delete_section(kind, id, force, stamp);
        deleted.map(|()| team.clone()).map_err(|error| Error::Change { error, team })
    })?;
    let kind = kind.as_str();
    let note =
        force.then(|| format!("what it held is in the history: etui {kind} create {id}, then etui restore NAME"));
    Ok((format!("deleted {kind} {id} in team {team}"), note))
}

fn document(cx: &Cx, kind: Kind, id: &str) -> Result<(), Error> {
    if !cx.ui.json {
        return Ok(());
    }
    cx.ui.document(&serde_json::json!({"kind": kind.as_str(), "id": id}))
}

fn list(cx: &Cx, kind: Kind) -> Result<(), Error> {
    let view = cx.view(Selection::All)?;
    let mut table = Table::new(&["ID", "SECRETS", "ENTRIES", "UPDATED"]);
    let mut items = Vec::new();
    for (section, held) in view.sections.iter().filter(|(section, _)| section.kind() == Some(kind)) {
        let Some(id) = section.id() else { continue };
        let (secrets, entries) = (held.secrets.len(), held.env.len());
        table.row([Cell::from(id), Cell::from(&secrets), Cell::from(&entries), Cell::When(held.updated())]);
        items.push(serde_json::json!({
            "id": id.as_str(),
            "secrets": secrets,
            "entries": entries,
            "created": held.created.map(json::when),
            "updated": held.updated().map(json::when),
        }));
    }
    if cx.ui.json {
        return cx.ui.document(&json::page(items, None));
    }
    if table.is_empty() {
        let kind = kind.as_str();
        cx.ui.note(&format!("team {} has no {kind} yet: etui {kind} create ID", view.head.team));
    }
    cx.ui.table(&table)
}
