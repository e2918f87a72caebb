//! `link` and `unlink`: this directory tree is that context.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::scope::{existing, id};
use crate::store::{Link as LinkText, LinkError, LinkFile};
use crate::vault::text::Selection;
use crate::vault::{Id, Kind, SectionId, TeamName};

#[derive(Debug, Args)]
pub struct Link {
    /// The project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    project: Option<String>,
    /// The cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    cluster: Option<String>,
    /// Make the project and the cluster if they are not there yet
    #[arg(long)]
    create: bool,
    /// Let the link that is here count, as it is
    #[arg(long, conflicts_with_all = ["project", "cluster", "create"])]
    accept: bool,
}

impl Link {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let options = &cx.options;
        if self.accept {
            return accept(cx);
        }
        if self.project.is_none() && self.cluster.is_none() && options.team.is_none() && options.vault.is_none() {
            return show(cx);
        }
        let project = self.project.as_deref().map(id).transpose()?;
        let cluster = self.cluster.as_deref().map(id).transpose()?;
        // What is not said stays as the directory's own link has it, if it speaks of the same vault, and counts.
        let place = cx.place()?;
        let is_own = place.link.as_ref().is_some_and(|link| link.path.parent() == Some(cx.directory()));
        let before = if is_own { cx.linked_if_accepted()? } else { LinkText::default() };
        let view = cx.view(Selection::Current(&[]))?;
        for (kind, id) in [(Kind::Project, &project), (Kind::Cluster, &cluster)] {
            let Some(id) = id else { continue };
            self.ensure(cx, kind, id)?;
        }
        let link = LinkText {
            team: Some(view.head.team.clone()),
            project: project.or(before.project),
            cluster: cluster.or(before.cluster),
            vault: vault(cx, place.file.path(), &view.head.team)?,
            ..LinkText::default()
        };
        let written = LinkFile::write(cx.directory(), &link)?;
        cx.accept_link(&written)?;
        if cx.ui.json {
            return cx.ui.document(&document(&written));
        }
        cx.ui.say(&format!("linked {} to {}", cx.directory().display(), words(&written.link)));
        Ok(())
    }

    /// The section must be there, or be made: if that is said, or wanted when asked.
    fn ensure(&self, cx: &Cx, kind: Kind, id: &Id) -> Result<(), Error> {
        let section: SectionId = kind.with(id.clone());
        let view = cx.view(Selection::Current(&[]))?;
        if view.all.contains(&section) {
            return Ok(());
        }
        if !self.create {
            let missing = existing(&view, &section).map(drop);
            if !cx.ui.interactive {
                return missing;
            }
            cx.ui.confirm(&format!("There is no {section} in team {} yet. Create it?", view.head.team))?;
        }
        cx.create_section(kind, id)
    }
}

/// How the link names the vault: not at all if it is the team's usual one, or that of the link above; else
/// as a path below it.
fn vault(cx: &Cx, vault: &Path, team: &TeamName) -> Result<Option<PathBuf>, Error> {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    if real(vault) == real(&cx.directories()?.vault(team)) {
        return Ok(None);
    }
    let below = |directory: &Path| Some(real(vault)?.strip_prefix(real(directory)?).ok()?.to_owned());
    if let Some(below) = below(cx.directory()) {
        return Ok(Some(below));
    }
    let above = cx.directory().parent().map(LinkFile::find).transpose()?.flatten();
    match above.map(|above| above.vault()).transpose()?.flatten() {
        Some(above) if real(&above) == real(vault) => Ok(None),
        _ => {
            let path = cx.directory().join(".etui.toml");
            Err(LinkError::VaultOutside { path, vault: vault.to_owned() }.into())
        }
    }
}

/// Lets the links that are here count: this directory's, and the one above that it takes its vault from.
fn accept(cx: &Cx) -> Result<(), Error> {
    let mut next = cx.link()?;
    if next.is_none() {
        return show(cx);
    }
    while let Some(link) = next {
        link.vault()?;
        cx.accept_link(&link)?;
        cx.ui.say(&format!("accepted {}: {}", link.path.display(), words(&link.link)));
        next = link.above()?;
    }
    Ok(())
}

fn show(cx: &Cx) -> Result<(), Error> {
    let Some(link) = cx.link()? else {
        cx.ui.note("no link here or above: etui link -t TEAM -p PROJECT writes one");
        return if cx.ui.json { cx.ui.document(&serde_json::Value::Null) } else { Ok(()) };
    };
    if cx.ui.json {
        return cx.ui.document(&document(&link));
    }
    cx.ui.line(&format!("{}: {}", link.path.display(), words(&link.link)))?;
    if !cx.is_accepted(&link)? {
        cx.ui.note("it does not count on this laptop yet: etui link --accept");
    }
    Ok(())
}

pub fn words(link: &LinkText) -> String {
    let part = |label: &str, text: Option<String>| text.map(|text| format!("{label} {text}"));
    let parts = [
        part("team", link.team.as_ref().map(ToString::to_string)),
        part("project", link.project.as_ref().map(ToString::to_string)),
        part("cluster", link.cluster.as_ref().map(ToString::to_string)),
        part("vault", link.vault.as_ref().map(|vault| vault.display().to_string())),
        link.redact.then(|| "redacted".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn document(file: &LinkFile) -> serde_json::Value {
    let link = &file.link;
    serde_json::json!({
        "link": file.path,
        "team": link.team.as_ref().map(|team| team.as_str()),
        "project": link.project.as_ref().map(|id| id.as_str()),
        "cluster": link.cluster.as_ref().map(|id| id.as_str()),
        "vault": link.vault,
        "redact": link.redact,
    })
}

#[derive(Debug, Args)]
pub struct Unlink {}

impl Unlink {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let Some(link) = cx.link()? else {
            cx.ui.note("no link here or above");
            return if cx.ui.json { cx.ui.document(&serde_json::Value::Null) } else { Ok(()) };
        };
        let path = link.path.clone();
        // Found from any directory below: a link that others rely on is not removed by the way.
        if path.parent() != Some(cx.directory()) && cx.ui.interactive {
            cx.ui.confirm(&format!("The link is {}. Remove it?", path.display()))?;
        }
        link.remove()?;
        if cx.ui.json {
            return cx.ui.document(&serde_json::json!({"link": path}));
        }
        cx.ui.say(&format!("removed {}", path.display()));
        Ok(())
    }
}
