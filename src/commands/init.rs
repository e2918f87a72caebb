//! `init`: a vault for a team, and a key for its founder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::Args;
use rand::Rng as _;
use rand::rngs::OsRng;

use super::key::write_identity;
use crate::keys::{Identity, Key};
use crate::old::context::{Cx, variable};
use crate::old::error::Error;
use crate::old::open;
use crate::old::scope::id;
use crate::store::{Link, LinkFile, VaultFile};
use crate::vault::member::endorsed;
use crate::vault::text::{self, SectionCache, Text};
use crate::vault::{ActorId, Clock, Head, Kind, Member, MemberName, Sections, Stamp, TeamName, Vault, VaultId};

#[derive(Debug, Args)]
pub struct Init {
    /// The team's name
    #[arg(value_name = "TEAM")]
    name: String,
    /// Your name in the vault; your login name, if not said
    #[arg(long = "as", value_name = "ME")]
    me: Option<String>,
    /// A project to begin with; may be given several times
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    project: Vec<String>,
    /// A cluster to begin with; may be given several times
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    cluster: Vec<String>,
}

impl Init {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let named = |error, typed: &str| Error::Name { error, typed: Some(typed.to_owned()) };
        let team = TeamName::parse(&self.name).map_err(|error| named(error, &self.name))?;
        let me = match &self.me {
            Some(me) => MemberName::parse(me).map_err(|error| named(error, me))?,
            None => ask_name(cx)?,
        };
        let mut sections = Vec::new();
        for (kind, ids) in [(Kind::Project, &self.project), (Kind::Cluster, &self.cluster)] {
            for typed in ids {
                sections.push((kind, id(typed)?));
            }
        }
        let said = cx.options.vault.clone().or_else(|| variable("ETUI_VAULT").map(PathBuf::from));
        let file = VaultFile::at(&match &said {
            Some(path) => cx.directory().join(path),
            None => cx.directories()?.vault(&team),
        });
        let exists = || Error::VaultExists { path: file.path().to_owned() };
        // Before a key is made: who types it twice must not be left with a key that nothing needs.
        if file.exists() {
            return Err(exists());
        }
        let (identity, key) = identity(cx)?;

        let stamp = Stamp { by: me.clone(), at: cx.ui.now };
        let mut vault = found(identity, &team, &me, cx);
        for (kind, id) in &sections {
            let made = vault.create_section(*kind, id, &stamp);
            made.map_err(|error| Error::Change { error, team: team.clone() })?;
        }
        let text = Text::new(text::print(&vault));
        file.update(&cx.locking(), |there, write| match there {
            Some(_) => Err(exists()),
            None => {
                let closed = open::close(&vault, &text, identity, &mut SectionCache::new())?;
                write(&closed.sealed)?;
                cx.founded(file.path(), &vault.head, &closed.digest)
            }
        })?;
        let link = match said {
            Some(_) if !cx.options.no_link => write_link(file.path(), &team, cx)?,
            _ => None,
        };

        let fingerprint = vault.head.fingerprint().map(|fingerprint| fingerprint.to_string()).unwrap_or_default();
        if cx.ui.json {
            return cx.ui.document(&serde_json::json!({
                "team": team.as_str(),
                "vault": file.path(),
                "fingerprint": fingerprint,
                "member": me.as_str(),
                "key": key,
                "link": link.map(|link| link.path),
            }));
        }
        cx.ui.say(&format!("vault of team {team}, member {me}: {}", file.path().display()));
        cx.ui.say(&format!("fingerprint {fingerprint}"));
        if let Some(link) = &link {
            cx.ui.say(&format!("linked by {}", link.path.display()));
        }
        if let Some(key) = key {
            cx.ui.say(&format!("back up {}: without it nobody opens this vault", key.display()));
        }
        // What names the vault from here: the link that was written, the team, or the file.
        let which = match (&link, &said) {
            (Some(_), _) => String::new(),
            (None, None) => format!(" -t {team}"),
            (None, Some(path)) => format!(" --vault {}", path.display()),
        };
        cx.ui.say(&match sections.first() {
            Some((Kind::Project, id)) => format!("next: etui link{which} -p {id}, then etui set NAME"),
            _ => format!("next: etui set NAME -g{which}, or etui project create ID{which}"),
        });
        // A link is written in a repository alone.
        if link.is_some() {
            cx.ui.say("to share it: etui git install, before the first git add; then etui sync");
        }
        Ok(())
    }
}

/// The identity that is there, or a new one; and its file, if that is in the usual place.
pub fn identity(cx: &Cx) -> Result<(&Identity, Option<PathBuf>), Error> {
    let path = cx.directories()?.identity();
    match cx.identities() {
        Ok(all) => {
            let first = all.iter().find_map(Key::signer).ok_or(Error::NoIdentity { path: path.clone() })?;
            Ok((first, Some(path).filter(|path| path.exists())))
        }
        Err(Error::NoIdentity { path: missing }) if missing == path => {
            let identity = Identity::generate();
            let passphrase = if cx.ui.interactive { cx.ask_new_passphrase()? } else { None };
            write_identity(&path, &identity, passphrase.as_deref().map(String::as_str), cx)?;
            Ok((cx.take_identity(identity), Some(path)))
        }
        Err(error) => Err(error),
    }
}

/// A new vault: empty, with its founder, who vouches for himself.
fn found(identity: &Identity, team: &TeamName, me: &MemberName, cx: &Cx) -> Vault {
    let id = VaultId(OsRng.r#gen());
    let (recipient, key) = (identity.recipient(), identity.writer_key());
    let founder = Member {
        endorsement: identity.endorse(&endorsed(&id, me, &recipient, Some(&key))),
        recipient,
        key: Some(key),
        added: cx.ui.now,
        endorsed_by: key.fingerprint(),
        extra: toml::Table::new(),
    };
    let mut clock = Clock::default();
    clock.tick(ActorId(OsRng.r#gen()));
    Vault {
        head: Head {
            team: team.clone(),
            id,
            written_by: me.clone(),
            written_at: cx.ui.now,
            clock,
            members: BTreeMap::from([(me.clone(), founder)]),
            removed: BTreeMap::new(),
            extra: toml::Table::new(),
        },
        sections: Sections::default(),
    }
}

/// The login name, made to fit; on a terminal a person may say another.
pub fn ask_name(cx: &Cx) -> Result<MemberName, Error> {
    let said = ["USER", "LOGNAME"].iter().find_map(|name| variable(name));
    let login = said.map(|login| login.into_encoded_bytes()).unwrap_or_else(|| {
        // Containers and cron jobs often say it nowhere.
        Command::new("id").arg("-un").output().map(|ran| ran.stdout).unwrap_or_default()
    });
    let login = String::from_utf8_lossy(&login).to_lowercase();
    let fitting: String = login.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    let name = MemberName::parse(fitting.trim_start_matches(['.', '_', '-'])).ok();
    if !cx.ui.interactive {
        let way_out = "etui init TEAM --as ME".to_owned();
        return name.ok_or(Error::Unasked { what: "no member name", way_out });
    }
    let offered = name.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
    loop {
        let typed = cx.ui.ask(&format!("Your name in the vault{offered}:"))?;
        match (typed.trim(), &name) {
            ("", Some(name)) => return Ok(name.clone()),
            (typed, _) => match MemberName::parse(typed) {
                Ok(name) => return Ok(name),
                Err(error) => cx.ui.warn(&error.to_string()),
            },
        }
    }
}

/// Inside a repository, ties it to the vault: here if the vault lies below, else at the repository's root.
fn write_link(vault: &Path, team: &TeamName, cx: &Cx) -> Result<Option<LinkFile>, Error> {
    let vault = std::fs::canonicalize(vault).unwrap_or_else(|_| vault.to_owned());
    let here = std::fs::canonicalize(cx.directory()).unwrap_or_else(|_| cx.directory().to_owned());
    let Some(root) = vault.ancestors().find(|directory| directory.join(".git").exists()) else { return Ok(None) };
    let directory = if here.starts_with(root) && vault.starts_with(&here) { &here } else { root };
    let Ok(relative) = vault.strip_prefix(directory) else { return Ok(None) };
    if let Some(there) = LinkFile::find(directory)?.filter(|there| there.path.parent() == Some(directory))
        && let Some(other) = there.link.team.filter(|other| other != team)
    {
        cx.ui.warn(&format!("{} is of team {other}, and stays so", there.path.display()));
        return Ok(None);
    }
    let link = Link { team: Some(team.clone()), vault: Some(relative.to_owned()), ..Link::default() };
    let written = LinkFile::write(directory, &link)?;
    cx.accept_link(&written)?;
    Ok(Some(written))
}
