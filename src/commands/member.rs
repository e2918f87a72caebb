//! `member`: who can read the vault, who can write it, and who vouches for them.

use clap::{Args, Subcommand};
use serde_json::json;

use crate::keys::{self, Card};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::ui::{Cell, Table};
use crate::old::{json, open};
use crate::report::{and, count};
use crate::vault::text::Selection;
use crate::vault::{Endorser, Head, Member, MemberError, MemberName, PublicKeys, Recipient, Vault};

#[derive(Debug, Args)]
pub struct MemberCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List who is in, and who vouches for whom
    #[command(visible_alias = "ls")]
    List,
    /// Let somebody in: a card (etui1…) makes a writer, an age recipient a reader
    Add {
        /// The member's name
        name: String,
        /// What etui join prints, an age recipient (age1…), or an ssh-ed25519 public key
        #[arg(required = true, value_name = "CARD")]
        card: Vec<String>,
    },
    /// Give a member another card; the old key is out for good, or a reader becomes a writer with its own
    Update {
        /// The member's name
        name: String,
        /// The new card, or the new recipient
        #[arg(required = true, value_name = "CARD")]
        card: Vec<String>,
    },
    /// Give a member another name
    #[command(visible_alias = "mv")]
    Rename {
        /// The name it has
        old: String,
        /// The name it gets
        new: String,
    },
    /// Put a member out, for good
    #[command(visible_alias = "rm")]
    Remove {
        /// The member's name
        name: String,
    },
}

impl MemberCommand {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        match self.verb {
            Verb::List => list(cx),
            Verb::Add { name, card } => add(cx, &member_name(&name)?, public(&card)?),
            Verb::Update { name, card } => update(cx, &member_name(&name)?, public(&card)?),
            Verb::Rename { old, new } => rename(cx, &member_name(&old)?, &member_name(&new)?),
            Verb::Remove { name } => remove(cx, &member_name(&name)?),
        }
    }
}

fn member_name(typed: &str) -> Result<MemberName, Error> {
    MemberName::parse(typed).map_err(|error| Error::Name { error, typed: Some(typed.to_owned()) })
}

/// Reads a card, or a recipient; words of an ssh key may come one by one.
fn public(words: &[String]) -> Result<PublicKeys, Error> {
    let text = words.join(" ");
    if text.starts_with("etui1") {
        let card = Card::parse(&text).map_err(|_| Error::CardBad)?;
        return Ok(PublicKeys { recipient: card.recipient, key: Some(card.key) });
    }
    // Of an ssh key, its comment is no part.
    let words: Vec<&str> = text.split_whitespace().collect();
    let recipient = Recipient::new(&words[..words.len().min(2)].join(" "));
    keys::check_recipient(&recipient).map_err(|_| Error::CardBad)?;
    Ok(PublicKeys { recipient, key: None })
}

pub fn role(member: &Member) -> &'static str {
    if member.key.is_some() { "writer" } else { "reader" }
}

/// Who vouches for a member, by name.
fn voucher<'h>(head: &'h Head, member: &Member) -> Option<&'h MemberName> {
    let is_by = |other: &Member| other.key.is_some_and(|key| key.fingerprint() == member.endorsed_by);
    head.members.iter().find(|(_, other)| is_by(other)).map(|(name, _)| name)
}

pub fn shape(head: &Head, name: &MemberName, member: &Member) -> serde_json::Value {
    json!({
        "name": name.as_str(),
        "role": role(member),
        "fingerprint": member.fingerprint().as_str(),
        "recipient": member.recipient.as_str(),
        "addedBy": voucher(head, member).map(MemberName::as_str),
        "added": json::when(member.added),
    })
}

fn list(cx: &Cx) -> Result<(), Error> {
    let head = cx.view(Selection::Current(&[]))?.head;
    if cx.ui.json {
        let items = head.members.iter().map(|(name, member)| shape(&head, name, member));
        return cx.ui.document(&json::page(items.collect(), None));
    }
    let mut table = Table::new(&["NAME", "ROLE", "FINGERPRINT", "ADDED BY", "ADDED"]);
    for (name, member) in &head.members {
        let by = voucher(&head, member).map(ToString::to_string).unwrap_or_default();
        table.row([
            Cell::from(name),
            Cell::from(&role(member)),
            Cell::from(&member.fingerprint()),
            Cell::Text(by),
            Cell::When(Some(member.added)),
        ]);
    }
    cx.ui.table(&table)
}

impl Cx {
    /// Changes the members, in the name of this laptop's key.
    fn edit_members<T>(
        &self,
        change: impl FnOnce(&mut Vault, &Endorser<'_>) -> Result<T, MemberError>,
    ) -> Result<T, Error> {
        self.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            let (identity, _) = open::writer(&vault.head, self.place()?, self.identities()?)?;
            let endorse = |signed: &[u8]| identity.endorse(signed);
            let voucher = Endorser { stamp, key: identity.writer_key(), endorse: &endorse };
            change(vault, &voucher).map_err(|error| Error::Member { error, team })
        })
    }
}

fn add(cx: &Cx, name: &MemberName, public: PublicKeys) -> Result<(), Error> {
    let (head, member) = cx.edit_members(|vault, by| {
        vault.add_member(name, public, by)?;
        Ok((vault.head.clone(), vault.head.member(name)?.clone()))
    })?;
    if cx.ui.json {
        return cx.ui.document(&shape(&head, name, &member));
    }
    cx.ui.say(&format!("added {name} to team {}, a {}: {}", head.team, role(&member), member.fingerprint()));
    cx.ui.note(&format!("{}; every member reads the whole vault", compare(name)));
    Ok(())
}

fn compare(name: &MemberName) -> String {
    format!("compare the fingerprint with {name} aloud")
}

fn update(cx: &Cx, name: &MemberName, public: PublicKeys) -> Result<(), Error> {
    let (head, member, is_same) = cx.edit_members(|vault, by| {
        let is_same = vault.head.member(name)?.recipient == public.recipient;
        vault.update_member(name, public, by)?;
        Ok((vault.head.clone(), vault.head.member(name)?.clone(), is_same))
    })?;
    if cx.ui.json {
        return cx.ui.document(&shape(&head, name, &member));
    }
    cx.ui.say(&format!("updated {name} in team {}, a {}: {}", head.team, role(&member), member.fingerprint()));
    cx.ui.note(&match is_same {
        true => compare(name),
        false => "the old key is out for good; what it could read: etui audit".to_owned(),
    });
    Ok(())
}

fn rename(cx: &Cx, old: &MemberName, new: &MemberName) -> Result<(), Error> {
    if old == new {
        return Err(Error::NameUnchanged);
    }
    let (head, member) = cx.edit_members(|vault, by| {
        vault.rename_member(old, new, by)?;
        // Whoever renames himself writes under the new name.
        Ok((vault.head.clone(), vault.head.member(new)?.clone()))
    })?;
    if cx.ui.json {
        return cx.ui.document(&shape(&head, new, &member));
    }
    cx.ui.say(&format!("renamed {old} to {new} in team {}", head.team));
    Ok(())
}

fn remove(cx: &Cx, name: &MemberName) -> Result<(), Error> {
    let head = cx.view(Selection::Current(&[]))?.head;
    let failed = |error| Error::Member { error, team: head.team.clone() };
    let member = head.member(name).map_err(failed)?.clone();
    let (_, own) = open::writer(&head, cx.place()?, cx.identities()?)?;
    let added: Vec<&MemberName> = {
        let by = head.members.iter().filter(|(other, _)| *other != name && **other != own);
        by.filter(|(_, other)| voucher(&head, other) == Some(name)).map(|(name, _)| name).collect()
    };
    if !added.is_empty() {
        cx.ui.note(&format!("{name} added {}: you vouch for them now", and(&added)));
    }
    cx.confirm_firmly(&format!("remove {name} from team {} for good", head.team))?;
    let exposed = cx.edit_members(|vault, by| {
        vault.remove_member(name, by)?;
        Ok(vault.exposed().len())
    })?;
    if cx.ui.json {
        return cx.ui.document(&shape(&head, name, &member));
    }
    cx.ui.say(&format!("removed {name} from team {}", head.team));
    if exposed > 0 {
        cx.ui.note(&format!(
            "{} could be read until now, and must get new values: etui audit",
            count(exposed, "secret")
        ));
    }
    cx.ui.note(&format!(
        "old copies of the vault stay readable to {name}; a laptop knows of this once it has seen this vault"
    ));
    Ok(())
}
