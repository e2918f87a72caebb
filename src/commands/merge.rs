//! `merge`: a stray copy of the vault, as a file synchroniser leaves it, becomes part of it.

use std::path::PathBuf;

use clap::Args;

use crate::old::context::{Cx, VaultLocation};
use crate::old::error::{Error, Sharing};
use crate::old::merging::{disputes, merge, says_the_same};

#[derive(Debug, Args)]
pub struct Merge {
    /// The copy
    other: PathBuf,
}

impl Merge {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let place = cx.place()?;
        let path = cx.directory().join(&self.other);
        let bytes = std::fs::read(&path).map_err(|error| Error::Input { what: self.other.clone(), error })?;
        // What is wrong with it is said of it.
        let other = cx.open_side(&VaultLocation::of(&path), &bytes)?.whole()?;
        let (team, new, disputes) = cx.edit(|vault, _| {
            let merged = merge(place, None, vault, &other)?;
            cx.judge_merge(&cx.memory()?, place, &merged.vault.head, [&vault.head, &other.head], None)?;
            for name in merged.left_out {
                cx.ui.warn(&format!("{name} was vouched for by somebody who was removed: add {name} again"));
            }
            let new = !says_the_same(&merged.vault, vault);
            if new {
                *vault = merged.vault;
            }
            Ok((vault.head.team.clone(), new, disputes(&vault.sections)))
        })?;
        let shown = self.other.display();
        match (new, disputes.is_empty()) {
            (false, _) => cx.ui.say(&format!("unchanged: team {team} has all that is in {shown}")),
            (true, true) => cx.ui.say(&format!("merged {shown} into team {team}; it is not needed any more")),
            (true, false) => {
                cx.ui.say(&format!("merged {shown} into team {team}"));
                return Err(Sharing::Disputes { disputes, path: place.file.path().to_owned(), go_on: None }.into());
            }
        }
        Ok(())
    }
}
