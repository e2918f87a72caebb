//! `diff`: what differs between two versions of a vault: names, sections, members; never a value.

use std::fs;
use std::path::Path;

use clap::Args;
use serde_json::json;

use super::git::repository;
use crate::keys;
use crate::old::context::{Cx, VaultLocation};
use crate::old::error::{Error, Sharing, Strange};
use crate::old::json;
use crate::vault::outline::{Difference, Subject, differences};
use crate::vault::{Pins, Vault};

#[derive(Debug, Args)]
pub struct Diff {
    /// A file, or a revision of git; HEAD if nothing is said
    old: Option<String>,
    /// A file, or a revision of git; the vault as it is if nothing is said
    new: Option<String>,
}

impl Diff {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let place = cx.place()?;
        let old = version(cx, place, self.old.as_deref().unwrap_or("HEAD"))?;
        let new = match &self.new {
            Some(new) => version(cx, place, new)?,
            None => cx.vault()?,
        };
        cx.note_set_up(place);
        let team = new.head.team.clone();
        let (old, new) = (old.outline(), new.outline());
        let found = differences(&old, &new);
        if cx.ui.json {
            let item = |(subject, difference): &(&Subject, Difference<'_>)| {
                let (change, old, new) = match difference {
                    Difference::Added(new) => ("added", None, Some(new)),
                    Difference::Removed(old) => ("removed", Some(old), None),
                    Difference::Changed { old, new } => ("changed", Some(old), Some(new)),
                };
                let section = subject.section().map(|id| json::section(id, &team));
                json!({"change": change, "kind": subject.kind(), "section": section, "name": subject.name(), "old": old, "new": new})
            };
            return cx.ui.document(&json::page(found.iter().map(item).collect(), None));
        }
        let line = |(subject, difference): &(&Subject, Difference<'_>)| match difference {
            Difference::Added(new) => format!("+ {subject}  {new}\n"),
            Difference::Removed(old) => format!("- {subject}  {old}\n"),
            Difference::Changed { old, new } => format!("- {subject}  {old}\n+ {subject}  {new}\n"),
        };
        cx.ui.data(found.iter().map(line).collect::<String>().as_bytes())
    }
}

/// A version of the vault that is at a place: a file, or what the file was in a revision.
fn version(cx: &Cx, place: &VaultLocation, said: &str) -> Result<Vault, Error> {
    let path = cx.directory().join(said);
    let (at, bytes) = if path.is_file() {
        let bytes = fs::read(&path).map_err(|error| Error::Input { what: path.clone(), error })?;
        (VaultLocation::of(&path), bytes)
    } else {
        let file = place.file.path();
        let of = |error| Sharing::Git { doing: format!("find {said}"), error };
        let (repository, relative) = repository(file)?;
        if !repository.knows(said) {
            return Err(Sharing::NoVersion { said: said.to_owned() }.into());
        }
        let bytes = repository.version(said, &relative).map_err(of)?;
        (VaultLocation::of(Path::new(&format!("{said}:{}", relative.display()))), bytes)
    };
    let vault = cx.open_side(&at, &bytes)?.whole()?;
    check_once_trusted(cx, place, &vault)?;
    Ok(vault)
}

/// An error unless the vault, which may be an old one, was written by somebody whom this laptop trusts or trusted.
pub fn check_once_trusted(cx: &Cx, place: &VaultLocation, vault: &Vault) -> Result<(), Error> {
    let memory = cx.memory()?;
    cx.check_known(&memory, place, &vault.head)?;
    let Some(pins): Option<&Pins> = memory.vaults.get(&vault.head.id) else { return Ok(()) };
    pins.trusted_once(&vault.head, &keys::vouches).map_err(|distrust| Error::Strange {
        path: place.file.path().to_owned(),
        why: Strange::Distrust(distrust),
        by: vault.head.written_by.clone(),
    })
}
