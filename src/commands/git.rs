//! `git`: what a clone needs to merge vaults and to show what changed in them; and what git calls for it.

mod install;
mod resolve;

pub use install::{configure, failed, keep_out, repository};
pub use resolve::resolve;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::diff::check_once_trusted;
use crate::old::context::{Cx, VaultLocation};
use crate::old::error::{Error, Sharing};
use crate::old::merging::{Merging, Took};
use crate::store;

#[derive(Debug, Args)]
pub struct GitCommand {
    #[command(subcommand)]
    verb: GitVerb,
}

#[derive(Debug, Subcommand)]
enum GitVerb {
    /// Make git merge this vault secret by secret, and show what changed in it, in this clone
    Install(install::Install),
    /// Merge what git had to leave: the sides that it keeps, or a file with conflict markers
    Resolve(resolve::Resolve),
    /// What git calls to merge a vault
    #[command(hide = true)]
    MergeDriver(MergeDriver),
    /// What git calls to show a vault
    #[command(hide = true)]
    Textconv(Textconv),
}

#[derive(Debug, Args)]
struct MergeDriver {
    /// Merge what both sides come from, where that is several commits
    #[arg(long)]
    ancestor: bool,
    /// The version that both sides come from (%O)
    #[arg(allow_hyphen_values = true)]
    base: PathBuf,
    /// Our side, and where the result is to stand (%A)
    #[arg(allow_hyphen_values = true)]
    ours: PathBuf,
    /// Their side (%B)
    #[arg(allow_hyphen_values = true)]
    theirs: PathBuf,
    /// The path that is merged (%P)
    #[arg(allow_hyphen_values = true)]
    path: PathBuf,
}

#[derive(Debug, Args)]
struct Textconv {
    /// The file
    #[arg(allow_hyphen_values = true)]
    file: PathBuf,
}

impl GitCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            GitVerb::Install(verb) => verb.run(cx),
            GitVerb::Resolve(verb) => verb.run(cx),
            GitVerb::MergeDriver(verb) => verb.run(cx),
            GitVerb::Textconv(verb) => verb.run(cx),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    fs::read(path).map_err(|error| Error::Input { what: path.to_owned(), error })
}

impl MergeDriver {
    /// Whatever fails here leaves our side as it is: git then keeps all three versions.
    fn run(self, cx: &Cx) -> Result<(), Error> {
        let (directory, place) = (cx.directory(), VaultLocation::of(&cx.directory().join(&self.path)));
        let ours_at = directory.join(&self.ours);
        let (base, ours) = (read(&directory.join(&self.base))?, read(&ours_at)?);
        let theirs = read(&directory.join(&self.theirs))?;
        let write = |bytes: &[u8]| {
            let failed = |error| Error::Io { doing: "write", path: ours_at.clone(), error };
            store::replace(&ours_at, bytes).map_err(failed)
        };
        if ours == theirs || base == theirs {
            return Ok(());
        }
        if base == ours {
            return write(&theirs);
        }
        let base = Some(&base[..]).filter(|base| !base.is_empty());
        let what = if self.ancestor { Merging::Ancestor } else { Merging::Vault };
        let met = cx.merge_sealed(&place, what, base, &ours, &theirs).inspect_err(|_| {
            cx.ui.note("git keeps all versions: once that is mended, etui git resolve");
        })?;
        match &met.result {
            Took::Ours => {}
            Took::Theirs => write(&theirs)?,
            Took::New(sealed) => write(sealed)?,
        }
        if met.disputes.is_empty() || self.ancestor {
            return Ok(());
        }
        Err(Sharing::Disputes { disputes: met.disputes, path: self.path, go_on: Some("etui git resolve") }.into())
    }
}

impl Textconv {
    /// Whatever cannot be shown is told in a line: git gives up on all it was to show if this fails.
    fn run(self, cx: &Cx) -> Result<(), Error> {
        let path = cx.directory().join(&self.file);
        let place = VaultLocation::of(&path);
        let bytes = read(&path)?;
        let shown = if cx.is_locked() {
            Err("the key is locked: etui unlock".to_owned())
        } else {
            let opened = cx.open_side(&place, &bytes).and_then(|opened| opened.whole());
            let vault = opened
                .and_then(|vault| check_once_trusted(cx, &VaultLocation::of(Path::new("/")), &vault).map(|()| vault));
            vault.map_err(|error| error.report().message.replace(&format!("{} ", path.display()), ""))
        };
        match shown {
            Ok(vault) => {
                let lines = vault.outline().into_iter().map(|(subject, says)| format!("{subject}  {says}\n"));
                cx.ui.data(lines.collect::<String>().as_bytes())
            }
            Err(why) => {
                let digest = crate::keys::hash(&bytes);
                let digest: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
                cx.ui.line(&format!("a vault that cannot be shown ({digest}): {why}"))
            }
        }
    }
}
