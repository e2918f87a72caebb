//! The vault as the page shows it: all that is in it, but no value.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Answer, printed, standing, watched};
use crate::console::worker::Desk;
use crate::old::json;
use crate::old::open::writer;
use crate::old::verbs::{env, settle};
use crate::ops::audit::{FindingView, findings};
use crate::ops::member::{MemberView, role};
use crate::vault::{Recipient, Section, SectionId, Vault};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// Whether nobody asked, but the page saw that the vault has changed.
    #[serde(default)]
    news: bool,
}

pub fn all(desk: &mut Desk, asked: All) -> Answer {
    desk.is_news = asked.news;
    let cx = &desk.cx;
    let place = cx.place()?;
    // Before the vault: what comes in between is then looked at again.
    let seen = watched(place.file.path());
    let vault = cx.vault()?;
    let Vault { head, sections } = &vault;
    let team = &head.team;
    let keys = cx.identities()?;
    let is_own = |recipient: &Recipient| keys.iter().any(|key| key.recipient() == *recipient);
    let own = head.members.iter().find(|(_, member)| is_own(&member.recipient));
    let findings = findings(&vault, None, cx.ui.now);
    let members = head.members.iter().map(|(name, member)| MemberView::new(head, name, member));
    let removed = head.removed.iter().map(|(fingerprint, removed)| {
        json!({
            "name": removed.name.as_str(), "fingerprint": fingerprint.as_str(), "by": removed.by.as_str(),
            "removed": json::when(removed.at),
        })
    });
    Ok(json!({
        "seen": seen,
        "team": team.as_str(),
        "vault": place.file.path(),
        "directory": cx.directory(),
        "fingerprint": head.fingerprint().map(|print| print.to_string()),
        "writtenBy": head.written_by.as_str(),
        "writtenAt": json::when(head.written_at),
        // Why nothing can be changed: the keys here may only read.
        "readOnly": writer(head, place, keys).err().map(|error| error.report().document()["error"].take()),
        "me": own.map(|(name, member)| json!({"name": name.as_str(), "role": role(member)})),
        "project": desk.context.project.as_ref().map(|id| id.as_str()),
        "cluster": desk.context.cluster.as_ref().map(|id| id.as_str()),
        "now": json::when(cx.ui.now),
        "sections": sections.iter().map(|(id, held)| section(id, held)).collect::<Vec<_>>(),
        "items": sections.iter().flat_map(|(id, held)| items(desk, &vault, id, held)).collect::<Vec<_>>(),
        "deleted": sections.iter().flat_map(|(id, held)| deleted(id, held)).collect::<Vec<_>>(),
        "members": members.collect::<Vec<_>>(),
        "removed": removed.collect::<Vec<_>>(),
        "findings": findings.iter().map(|finding| FindingView::new(finding, team)).collect::<Vec<_>>(),
    }))
}

fn section(id: &SectionId, held: &Section) -> Json {
    json!({"id": printed(id), "created": held.created.map(json::when), "updated": held.updated().map(json::when)})
}

/// Its secrets, entries and disputed names, each with the mark that a form is opened on.
fn items<'v>(desk: &'v Desk, vault: &'v Vault, id: &'v SectionId, held: &'v Section) -> impl Iterator<Item = Json> {
    let team = &vault.head.team;
    let marked = move |mut item: Json, kind: &str, name| {
        item["in"] = printed(id).into();
        item["kind"] = kind.into();
        item["mark"] = desk.mark(&standing(&vault.sections, id, name)).into();
        item
    };
    let secrets = held.secrets.iter();
    let secrets = secrets.map(move |(name, record)| marked(json::secret(team, id, name, record), "secret", name));
    let entries = held.env.iter();
    let entries = entries.map(move |(name, record)| marked(env::entry(team, id, name, record), "entry", name));
    let disputes = held.disputes().into_iter().map(move |name| {
        let candidates = settle::items(team, id, name, held);
        let kind = if candidates.iter().all(|one| one["kind"] == "entry") { "entry" } else { "secret" };
        let section = json::section(id, team);
        let item = json!({"name": name.as_str(), "section": section, "disputed": true, "candidates": candidates});
        marked(item, kind, name)
    });
    secrets.chain(entries).chain(disputes)
}

/// What was set and is not, and can be restored.
fn deleted<'v>(id: &'v SectionId, held: &'v Section) -> impl Iterator<Item = Json> {
    let names = held.secrets.deleted().chain(held.env.deleted()).filter(|name| !held.holds(name));
    names.map(|name| json!({"in": printed(id), "name": name.as_str()}))
}
