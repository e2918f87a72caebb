//! `status`: where you are, in one line, without opening anything unless asked.

use clap::Args;

use crate::old::context::{Cx, VaultLocation};
use crate::old::error::Error;
use crate::old::options::ContextScope;
use crate::report::and;

#[derive(Debug, Args)]
pub struct Status {
    /// Also what is disputed here: this opens the vault
    #[arg(long)]
    disputes: bool,
    #[command(flatten)]
    scope: ContextScope,
}

impl Status {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let place = cx.place()?;
        if let Some(missing) = cx.missing_vault() {
            return Err(missing);
        }
        let context = cx.context(&self.scope)?;
        // Nobody is asked for a passphrase by a prompt of a shell, nor waits for another program.
        let from_command = cx.key_command().is_some();
        let key = if from_command || cx.is_locked() { None } else { Some(cx.identities()) };
        let team = team(place);
        let disputed = self.disputes.then(|| disputed(cx, &self.scope)).transpose()?;
        if cx.ui.json {
            let mut document = serde_json::json!({
                "team": team,
                "project": context.project.as_ref().map(|id| id.as_str()),
                "cluster": context.cluster.as_ref().map(|id| id.as_str()),
                "vault": place.file.path(),
                "link": place.link.as_ref().map(|link| &link.path),
                // Only the command could tell.
                "unlocked": if from_command { None } else { Some(key.is_some_and(|key| key.is_ok())) },
            });
            if let Some(names) = disputed {
                document["disputed"] = names.into();
            }
            return cx.ui.document(&document);
        }
        let mut parts = vec![format!("team {team}")];
        parts.extend(context.project.map(|id| format!("project {id}")));
        parts.extend(context.cluster.map(|id| format!("cluster {id}")));
        parts.push(match &key {
            None if from_command => "key by command".into(),
            None => "locked".into(),
            Some(Ok(_)) => "unlocked".into(),
            Some(Err(Error::NoIdentity { .. })) => "no key".into(),
            Some(Err(error)) => error.report().message,
        });
        parts.extend(disputed.filter(|names| !names.is_empty()).map(|names| format!("disputed: {}", and(&names))));
        cx.ui.line(&parts.join(" · "))
    }
}

/// The names that resolve to nothing here until they are settled.
fn disputed(cx: &Cx, scope: &ContextScope) -> Result<Vec<String>, Error> {
    let (context, view) = cx.context_view(scope)?;
    let merged = view.sections.merge(&context);
    let disputed = merged.values().filter(|layered| layered.wins().is_disputed);
    Ok(disputed.map(|layered| layered.name.to_string()).collect())
}

/// The team, as far as it can be told without opening the vault.
fn team(place: &VaultLocation) -> String {
    let file = place.file.path().file_stem().unwrap_or_default().to_string_lossy();
    place.team.as_ref().map_or(file.into_owned(), ToString::to_string)
}

/// Bare `etui`: the help, below where you are if a link says so.
pub fn bare(cx: &Cx, help: &str) -> Result<(), Error> {
    if cx.link()?.is_some() {
        match (Status { disputes: false, scope: ContextScope::default() }).run(cx) {
            Err(Error::OutputClosed) => return Err(Error::OutputClosed),
            Err(error) => cx.ui.error(&error),
            Ok(()) => {}
        }
        if !cx.ui.json {
            cx.ui.line("")?;
        }
    }
    if cx.ui.json { Ok(()) } else { cx.ui.data(help.as_bytes()) }
}
