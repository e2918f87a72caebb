//! `git resolve`: merges vaults that git had to leave.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::install::{failed, repository};
use crate::git::{self, Repository, Stages, markers};
use crate::old::context::{Cx, VaultLocation};
use crate::old::error::{Error, Sharing};
use crate::old::merging::{Merging, disputes};
use crate::vault::{Dispute, VaultId};

#[derive(Debug, Args)]
pub struct Resolve {}

/// How an age file begins.
const AGE: &[u8] = b"age-encryption.org/v1";

impl Resolve {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let inside = Repository::of(cx.directory());
        let repository = match inside {
            Ok(repository) => repository,
            Err(_) => repository(cx.place()?.file.path())?.0,
        };
        let (resolved, disputes) = resolve(cx, &repository)?;
        if !disputes.is_empty() {
            let path = disputes[0].0.clone();
            let disputes = disputes.into_iter().map(|(_, dispute)| dispute).collect();
            return Err(Sharing::Disputes { disputes, path, go_on: Some("etui git resolve") }.into());
        }
        if resolved.is_empty() {
            cx.ui.say("nothing to resolve: no vault is left unmerged here");
            return Ok(());
        }
        for path in resolved {
            cx.ui.say(&format!("merged {}", path.display()));
        }
        let rest = repository.unmerged().map_err(|error| failed("look at the merge", error))?;
        match (rest.first_key_value(), repository.doing()) {
            (Some((path, _)), _) => cx.ui.note(&format!("{} is left for you to merge", path.display())),
            (None, Some(doing)) => cx.ui.note(&format!("go on with: {}", doing.go_on())),
            (None, None) => {}
        }
        Ok(())
    }
}

/// The vaults that are merged now, and what is disputed in others.
type Resolved = (Vec<PathBuf>, Vec<(PathBuf, Dispute)>);

/// Merges every vault that is unmerged, or has conflict markers, and takes those without a dispute into the index.
pub fn resolve(cx: &Cx, repository: &Repository) -> Result<Resolved, Error> {
    let look = |error| failed("look at the merge", error);
    let mut merged = Vec::new();
    for (path, stages) in repository.unmerged().map_err(look)? {
        merged.extend(resolve_path(cx, repository, path, &stages)?);
    }
    if merged.is_empty() {
        for path in repository.tracked().map_err(look)? {
            let disputes = unmark(cx, &repository.top().join(&path))?;
            merged.extend(disputes.map(|disputes| (path, disputes)));
        }
    }
    let (mut resolved, mut disputed) = (Vec::new(), Vec::new());
    for (path, disputes) in merged {
        if disputes.is_empty() {
            repository.add(&path).map_err(|error| failed("take the merged vault", error))?;
            resolved.push(path);
        } else {
            disputed.extend(disputes.into_iter().map(|dispute| (path.clone(), dispute)));
        }
    }
    Ok((resolved, disputed))
}

/// Merges one unmerged path: where the vault is then, and what is disputed in it. None if it is no vault.
fn resolve_path(
    cx: &Cx,
    repository: &Repository,
    path: PathBuf,
    stages: &Stages,
) -> Result<Option<(PathBuf, Vec<Dispute>)>, Error> {
    let object = |id: &Option<String>| {
        id.as_ref().map(|id| repository.object(OsStr::new(id))).transpose().map_err(|error| failed("read", error))
    };
    let (base, ours, theirs) = (object(&stages.base)?, object(&stages.ours)?, object(&stages.theirs)?);
    if ![&base, &ours, &theirs].into_iter().flatten().any(|bytes| bytes.starts_with(AGE)) {
        return Ok(None);
    }
    let place = VaultLocation::of(&repository.top().join(&path));
    match (ours, theirs) {
        (Some(ours), Some(theirs)) => {
            let disputes = merge(cx, &place, base.as_deref(), &ours, &theirs)?;
            Ok(Some((path, disputes)))
        }
        // Deleted on one side, as git sees it: there it may have another name now.
        (Some(one), None) | (None, Some(one)) => {
            let Some(moved) = moved(cx, repository, &place, &one)? else {
                cx.ui.warn(&format!("{} was deleted on one side: keep it (git add) or not (git rm)", path.display()));
                return Ok(None);
            };
            let old = repository.top().join(&path);
            // Somebody may have written there since.
            let one = super::read(&old).ok().filter(|there| has_all(cx, &place, there, &one)).unwrap_or(one);
            let place = VaultLocation::of(&repository.top().join(&moved));
            let there = super::read(place.file.path())?;
            let disputes = merge(cx, &place, base.as_deref(), &there, &one)?;
            repository.forget(&path).map_err(|error| failed("resolve", error))?;
            let _ = fs::remove_file(old);
            Ok(Some((moved, disputes)))
        }
        (None, None) => Ok(None),
    }
}

/// Merges both sides into the file that is there. Where that one has all of a side, it is merged in its place: somebody
/// has written since; and where it has all of both, it was merged, and perhaps settled, and is not merged anew.
fn merge(
    cx: &Cx,
    place: &VaultLocation,
    base: Option<&[u8]>,
    ours: &[u8],
    theirs: &[u8],
) -> Result<Vec<Dispute>, Error> {
    place.file.update(&cx.locking(), |_, write| {
        let there = super::read(place.file.path()).unwrap_or_default();
        let [has_ours, has_theirs] = [ours, theirs].map(|side| has_all(cx, place, &there, side));
        if has_ours && has_theirs {
            return Ok(disputes(&cx.open_side(place, &there)?.whole()?.sections));
        }
        let meet = |base, ours, theirs| {
            let met = cx.merge_sealed(place, Merging::Vault, base, ours, theirs)?;
            Ok::<_, Error>((met.result.bytes(ours, theirs), met.disputes))
        };
        let is_other = !has_ours && !has_theirs && cx.open_side(place, &there).is_ok();
        let (mut bytes, mut disputes) = match (has_ours, has_theirs) {
            (true, _) => meet(base, &there, theirs)?,
            (_, true) => meet(base, ours, &there)?,
            _ => meet(base, ours, theirs)?,
        };
        if is_other {
            (bytes, disputes) = meet(None, &bytes, &there)?;
        }
        write(&bytes)?;
        Ok(disputes)
    })
}

/// Whether these bytes are a vault that has all writes of another.
fn has_all(cx: &Cx, place: &VaultLocation, bytes: &[u8], side: &[u8]) -> bool {
    let clock = |bytes: &[u8]| cx.open_side(place, bytes).map(|opened| (opened.head.id, opened.head.clock));
    match (clock(bytes), clock(side)) {
        (Ok((id, clock)), Ok((other, behind))) => id == other && behind.beyond(&clock) == 0,
        _ => false,
    }
}

/// Where the vault of these bytes is now: the tracked file that holds the same vault.
fn moved(cx: &Cx, repository: &Repository, place: &VaultLocation, bytes: &[u8]) -> Result<Option<PathBuf>, Error> {
    let id: VaultId = cx.open_side(place, bytes)?.head.id;
    let tracked = repository.tracked().map_err(|error| failed("look at the merge", error))?;
    let is_it = |path: &&PathBuf| {
        let file = repository.top().join(path);
        let begins = || git::read(&file).filter(|bytes| file != place.file.path() && bytes.starts_with(AGE));
        begins().is_some_and(|bytes| cx.open_side(place, &bytes).is_ok_and(|opened| opened.head.id == id))
    };
    Ok(tracked.iter().find(is_it).cloned())
}

/// Merges both sides of a vault that has conflict markers in it; none if it has none.
fn unmark(cx: &Cx, path: &Path) -> Result<Option<Vec<Dispute>>, Error> {
    let (Some(bytes), place) = (git::read(path), &VaultLocation::of(path)) else { return Ok(None) };
    let Some(sides) = markers::sides(&bytes).filter(|sides| sides.ours.starts_with(AGE)) else { return Ok(None) };
    // git ends a line before it writes a marker, and what it ended may have had no end.
    let whole = |side: &[u8]| match cx.open_side(place, side) {
        Ok(_) => side.to_vec(),
        Err(_) => side.strip_suffix(b"\n").unwrap_or(side).to_vec(),
    };
    let (ours, theirs) = (whole(&sides.ours), whole(&sides.theirs));
    let met = cx.merge_sealed(place, Merging::Vault, None, &ours, &theirs)?;
    let bytes = met.result.bytes(&ours, &theirs);
    place.file.update(&cx.locking(), |_, write| Ok::<_, Error>(write(&bytes)?))?;
    Ok(Some(met.disputes))
}
