//! The vault as the page shows it: everything but the values.

use serde::Deserialize;
use serde_json::{Value as Json, json, to_value};

use super::answer::{Answer, records, section_key, version};
use crate::console::worker::Desk;
use crate::ops::audit::{FindingView, open_findings};
use crate::ops::member::{MemberView, role};
use crate::ops::view::{EntryView, SecretView, SectionView, candidates};
use crate::report::{Error, OfVault as _, now};
use crate::session::envelope::writer;
use crate::vault::{Fingerprint, Member, MemberName, Recipient, SecretName, Section, SectionId, Vault};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct All {
    /// Whether the page refreshes itself because the vault has changed.
    #[serde(default)]
    news: bool,
}

pub fn all(desk: &mut Desk, request: All) -> Answer {
    desk.is_refresh = request.news;
    let session = &desk.session;
    let location = session.location()?;
    // Before the vault: a change in between is then seen as one.
    let seen = version(location.file.path());
    let vault = session.vault()?;
    let Vault { head, sections, read: _ } = &vault;
    let team = &head.team;
    let keys = session.keys()?;
    let is_own = |recipient: &Recipient| keys.iter().any(|key| key.recipient().as_ref() == Some(recipient));
    let own = head.members.iter().find(|(_, member)| is_own(member.recipient()));
    let removed = head.removed.iter().map(|(fingerprint, removed)| {
        json!({
            "name": removed.name.as_str(), "fingerprint": fingerprint.as_str(), "by": removed.by.as_str(),
            "removed": removed.at.to_string(),
        })
    });
    let read_only = writer(head, location, keys).err();
    let read_only = read_only.map(|error| desk.ui.error_document(&Error::from(error))["error"].take());
    let now = now();

    Ok(json!({
        "seen": seen,
        "team": team.as_str(),
        "vault": location.file.path(),
        "directory": session.settings.directory,
        "fingerprint": head.fingerprint().map(|print| print.to_string()),
        "writtenBy": head.written_by.as_str(),
        "writtenAt": head.written_at.to_string(),
        // Why nothing can be changed: the keys here may only read.
        "readOnly": read_only,
        "me": own.map(|(name, member)| json!({"name": name.as_str(), "role": role(member)})),
        "project": desk.context.project.as_ref().map(|id| id.as_str()),
        "cluster": desk.context.cluster.as_ref().map(|id| id.as_str()),
        "now": now.to_string(),
        "sections": sections.iter().map(|(id, content)| section(desk, &vault, id, content)).collect::<Vec<_>>(),
        "items": sections.iter().flat_map(|(id, content)| items(desk, &vault, id, content)).collect::<Vec<_>>(),
        "deleted": sections.iter().flat_map(|(id, content)| deleted(id, content)).collect::<Vec<_>>(),
        "members": head.members.iter().map(|(name, one)| member(&vault, name, one)).collect::<Vec<_>>(),
        "removed": removed.collect::<Vec<_>>(),
        "findings": open_findings(&vault, None, now).iter().map(|finding| FindingView::new(finding, team)).collect::<Vec<_>>(),
    }))
}

fn member(vault: &Vault, name: &MemberName, member: &Member) -> MemberView {
    let lists = vault.sections.iter().filter(|(_, section)| section.roster().contains(&member.fingerprint()));
    let sections = lists.map(|(id, _)| id.as_typed()).collect();
    MemberView { sections, ..MemberView::new(&vault.head, name, member) }
}

fn section(desk: &Desk, vault: &Vault, id: &SectionId, content: &Section) -> Json {
    let text = |at: Option<crate::vault::Timestamp>| at.map(|at| at.to_string());
    let (is_closed, is_locked) = (content.closed.is_some(), content.is_locked());
    let names = |prints: &[Fingerprint]| vault.head.members_with(prints).iter().map(ToString::to_string).collect();
    let members: Option<Vec<String>> = is_closed.then(|| names(&content.roster()));
    // Why it shows nothing, and who can let somebody in.
    let locked = is_locked.then(|| content.locked(id).in_team(&vault.head.team));
    let locked = locked.map(|error| desk.ui.error_document(&error)["error"].take());
    json!({
        "id": section_key(id), "created": text(content.created), "updated": text(content.updated()),
        "closed": is_closed, "locked": locked, "members": members,
    })
}

/// Lists a section's secrets, entries and disputed names, each with the mark on which a form is opened.
fn items(desk: &Desk, vault: &Vault, id: &SectionId, content: &Section) -> Vec<Json> {
    let team = &vault.head.team;
    let item = |view: serde_json::Result<Json>, kind: &str, name: &SecretName| {
        // Views hold text and numbers alone, which JSON can always express.
        let mut item = view.unwrap_or_default();
        item["in"] = section_key(id).into();
        item["kind"] = kind.into();
        item["mark"] = desk.mark(&records(&vault.sections, id, name)).into();
        item
    };
    let mut items = Vec::new();
    for (name, record) in content.secrets.iter() {
        items.push(item(to_value(SecretView::new(team, id, name, record)), "secret", name));
    }
    for (name, record) in content.env.iter() {
        items.push(item(to_value(EntryView::new(team, id, name, record)), "entry", name));
    }
    for name in content.disputes() {
        let candidates = candidates(team, id, name, content);
        let kind = if candidates.iter().all(|one| one.kind == "entry") { "entry" } else { "secret" };
        let section = SectionView::new(id, team);
        let view = json!({"name": name.as_str(), "section": section, "disputed": true, "candidates": candidates});
        items.push(item(Ok(view), kind, name));
    }
    items
}

/// Lists the names that were deleted and can be restored.
fn deleted<'v>(id: &'v SectionId, content: &'v Section) -> impl Iterator<Item = Json> {
    let names = content.secrets.deleted().chain(content.env.deleted()).filter(|name| !content.holds(name));
    names.map(|name| json!({"in": section_key(id), "name": name.as_str()}))
}
