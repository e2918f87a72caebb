//! Members: listed, added, changed and removed.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use super::audit::{Cause, open_findings};
use super::view::as_text;
use crate::keys::{self, Card, Key};
use crate::report::{Command, Error, Kind, Message, OfVault};
use crate::session::{Session, envelope};
use crate::vault::text::Selection;
use crate::vault::{
    Closed, Endorser, Fingerprint, Head, InSections, Member, MemberError, MemberName, PublicKeys, SectionId, Sections,
    TeamName, Timestamp, Vault, View,
};

/// A member as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    pub name: String,
    /// `writer` or `reader`.
    pub role: &'static str,
    pub fingerprint: String,
    /// What the fingerprint is called: it depends on the role.
    #[serde(skip)]
    pub fingerprint_name: &'static str,
    pub recipient: String,
    /// The member that endorses this one.
    pub added_by: Option<String>,
    #[serde(serialize_with = "as_text")]
    pub added: Timestamp,
    /// The closed sections that it is in, as `cluster:prod`.
    pub sections: Vec<String>,
}

impl MemberView {
    pub fn new(head: &Head, name: &MemberName, member: &Member) -> MemberView {
        MemberView {
            name: name.to_string(),
            role: role(member),
            fingerprint: member.fingerprint().to_string(),
            fingerprint_name: Fingerprint::name(member.key()),
            recipient: member.recipient().to_string(),
            added_by: endorser(head, member).map(ToString::to_string),
            added: member.added,
            sections: Vec::new(),
        }
    }

    /// Adds the closed sections that list the member.
    fn within(self, sections: &Sections, member: &Member) -> MemberView {
        let lists = sections.iter().filter(|(_, section)| section.lists(&member.keys));
        MemberView { sections: lists.map(|(id, _)| id.as_typed()).collect(), ..self }
    }
}

/// A member after a change, and its team.
#[derive(Serialize)]
pub struct Changed {
    #[serde(skip)]
    pub team: TeamName,
    #[serde(flatten)]
    pub member: MemberView,
    /// The closed sections where the change was made too.
    #[serde(skip)]
    pub within: Vec<SectionId>,
    /// The closed sections that the member is not in.
    #[serde(skip)]
    pub outside: Vec<SectionId>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
}

/// A closed section where others must make a change.
#[derive(Serialize)]
pub struct Left {
    #[serde(serialize_with = "as_typed")]
    pub section: SectionId,
    /// The members who may.
    #[serde(serialize_with = "as_texts")]
    pub ask: Vec<MemberName>,
}

impl Changed {
    fn new(vault: &Vault, name: &MemberName, InSections { done, left }: InSections) -> Result<Changed, MemberError> {
        let member = vault.head.member(name)?;
        let view = MemberView::new(&vault.head, name, member).within(&vault.sections, member);
        let outside = vault.sections.iter().filter(|(_, one)| one.closed.is_some() && !one.lists(&member.keys));
        Ok(Changed {
            team: vault.head.team.clone(),
            member: view,
            within: done,
            outside: outside.map(|(id, _)| id.clone()).collect(),
            left: lefts(left),
        })
    }
}

fn lefts(left: Vec<(SectionId, Vec<MemberName>)>) -> Vec<Left> {
    left.into_iter().map(|(section, ask)| Left { section, ask }).collect()
}

fn as_typed<S: Serializer>(section: &SectionId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&section.as_typed())
}

fn as_texts<S: Serializer>(names: &[MemberName], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(names.iter().map(MemberName::as_str))
}

/// Returns what a member may do: `writer` or `reader`.
pub fn role(member: &Member) -> &'static str {
    if member.keys.writer.is_some() { "writer" } else { "reader" }
}

/// Finds the member that endorses another.
fn endorser<'h>(head: &'h Head, member: &Member) -> Option<&'h MemberName> {
    head.member_with(&member.endorsed_by).map(|(name, _)| name)
}

/// Parses what a member gives to be added: a card, an age recipient, or an ssh-ed25519 public key.
pub fn parse_public_keys(text: &str) -> Result<PublicKeys, Error> {
    if text.starts_with("etui1") {
        return Ok(Card::parse(text).map_err(|_| bad_card())?.public_keys());
    }
    let recipient = keys::canonical(text).map_err(|error| match error.is_kind() {
        true => Error::new(Kind::Usage, "bad_card", format!("this is {error}")),
        false => bad_card(),
    })?;
    Ok(PublicKeys::reader(recipient))
}

/// The text may be a value in the wrong place, so it is not repeated.
fn bad_card() -> Error {
    let join = Message::default().command(Command::without_vault("join"));
    let forms = " prints a card (etui1…); a machine's recipient is `age1…` or `ssh-ed25519 …`";
    Error::new(Kind::Usage, "bad_card", "this is neither a card nor a recipient").hint(join.text(forms))
}

/// Reads the head of the vault, and its closed sections.
fn closed_sections(session: &Session) -> Result<View, Error> {
    let view = session.view(Selection::Current(&[]))?;
    match view.head.closed.is_empty() {
        true => Ok(view),
        false => session.view(Selection::Current(&view.head.closed.into_keys().collect::<Vec<_>>())),
    }
}

/// Lists the members, by name.
pub fn list(session: &Session) -> Result<Vec<MemberView>, Error> {
    let View { head, sections, .. } = closed_sections(session)?;
    let view = |(name, member): (&MemberName, &Member)| MemberView::new(&head, name, member).within(&sections, member);
    Ok(head.members.iter().map(view).collect())
}

/// Adds a member, endorsed by this machine's key.
pub fn add(session: &Session, name: &MemberName, public: PublicKeys) -> Result<Changed, Error> {
    as_writer(session, |vault, endorser| {
        vault.add_member(name, public, endorser)?;
        Changed::new(vault, name, InSections::default())
    })
}

/// Gives a member other public keys. Returns whether its recipient stays: a reader has then become a writer.
///
/// The root replaces its own keys, if the new ones are at hand too.
pub fn update(session: &Session, name: &MemberName, public: PublicKeys) -> Result<(Changed, bool), Error> {
    // The keys are not looked for before the vault was found: a link may have to be accepted first.
    session.location()?;
    let mut signers = session.keys()?.iter().filter_map(Key::signer);
    let new = signers.find(|identity| Card::of(identity).public_keys() == public);
    let new = new.map(|identity| identity.open_signer()).transpose()?;
    as_writer(session, |vault, endorser| {
        if let Some(signer) = new.filter(|_| endorser.stamp.by == *name) {
            let sign = |bytes: &[u8]| signer.sign(bytes);
            vault.replace_root(endorser, &Endorser { keys: public.clone(), sign: &sign, ..*endorser })?;
            let sections = vault.in_sections(&endorser.keys, endorser, |inner, _, old| {
                inner.replace_root(old, &Endorser { keys: public.clone(), sign: &sign, ..*old })
            });
            return Ok::<_, MemberError>((Changed::new(vault, name, sections)?, false));
        }
        let old = vault.head.member(name)?.keys.clone();
        vault.update_member(name, public.clone(), endorser)?;
        let sections =
            vault.in_sections(&old, endorser, |inner, name, by| inner.update_member(name, public.clone(), by));
        Ok((Changed::new(vault, name, sections)?, old.recipient == public.recipient))
    })
}

/// Renames a member.
pub fn rename(session: &Session, old: &MemberName, new: &MemberName) -> Result<Changed, Error> {
    if old == new {
        return Err(Error::new(Kind::Usage, "same_name", "the old and the new name are the same"));
    }
    as_writer(session, |vault, endorser| {
        vault.rename_member(old, new, endorser)?;
        // In a section that others write, the old name stays: nothing is decided by it.
        let keys = vault.head.member(new)?.keys.clone();
        vault.in_sections(&keys, endorser, |inner, name, by| inner.rename_member(name, new, by));
        Changed::new(vault, new, InSections::default())
    })
}

/// What the removal of a member would change.
pub struct Removal {
    pub team: TeamName,
    pub member: MemberView,
    /// The members that it endorses, directly or through others. They stay, through the remover.
    pub through: Vec<MemberName>,
    /// The closed sections that nobody else can change.
    pub alone: Vec<SectionId>,
}

/// Finds out what the removal of a member would change.
///
/// # Errors
/// If there is no such member, or the keys here may not remove it.
pub fn removal(session: &Session, name: &MemberName) -> Result<Removal, Error> {
    let View { head, sections, .. } = closed_sections(session)?;
    let (_, own) = envelope::writer(&head, session.location()?, session.keys()?)?;
    let member = head.check_removal(name, &own).map_err(|error| error.in_team(&head.team))?;
    // Whom the remover endorses already does not depend on the member, even where the remover did.
    let is_through = |other: &&MemberName| {
        let endorsers = head.endorsers(other);
        let mut nearest = endorsers.iter().map(|(name, _)| *name).filter(|one| *one == name || **one == own);
        *other != name && nearest.next() == Some(name)
    };
    let is_alone = |closed: &Closed| {
        let writers = head.writers_of(&closed.members);
        closed.members.contains(&member.fingerprint()) && writers.iter().all(|writer| writer == name)
    };
    Ok(Removal {
        alone: sections.closed().filter(|(_, closed)| is_alone(closed)).map(|(id, _)| id.clone()).collect(),
        team: head.team.clone(),
        member: MemberView::new(&head, name, member),
        through: head.members.keys().filter(is_through).cloned().collect(),
    })
}

/// A member who was removed.
pub struct Gone {
    pub changed: Changed,
    /// How many secrets need a new value because a removed member read it.
    pub exposed: usize,
}

/// Removes a member for good, from the closed sections too, as far as the key at hand may write them.
pub fn remove(session: &Session, name: &MemberName) -> Result<Gone, Error> {
    as_writer(session, |vault, endorser| {
        let keys = vault.head.member(name)?.keys.clone();
        let member = Changed::new(vault, name, InSections::default())?;
        vault.remove_member(name, endorser)?;
        let sections = vault.in_sections(&keys, endorser, |inner, name, by| inner.remove_member(name, by));
        let findings = open_findings(vault, None, endorser.stamp.at).into_iter();
        let exposed = findings.filter(|finding| matches!(finding.cause, Cause::Exposed { .. }));
        let exposed: BTreeSet<_> = exposed.map(|finding| (finding.section, finding.name)).collect();
        let changed = Changed { within: sections.done, left: lefts(sections.left), ..member };
        Ok::<_, MemberError>(Gone { changed, exposed: exposed.len() })
    })
}

/// Changes the vault as a writer who endorses its members.
pub(super) fn as_writer<T, E: OfVault>(
    session: &Session,
    change: impl FnOnce(&mut Vault, &Endorser<'_>) -> Result<T, E>,
) -> Result<T, Error> {
    session.edit(|vault, stamp| {
        let (identity, _) = envelope::writer(&vault.head, session.location()?, session.keys()?)?;
        let team = vault.head.team.clone();
        session.as_endorser(identity, &stamp.by, |by| change(vault, by).map_err(|error| error.in_team(&team)))
    })
}
