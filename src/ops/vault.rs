//! Vaults: founded.

use std::collections::BTreeMap;
use std::path::PathBuf;

use rand::Rng as _;
use rand::rngs::OsRng;

use crate::keys::Identity;
use crate::report::{Command, Error, Kind, Message, OfVault as _, now};
use crate::session::pins::new_actor;
use crate::session::{Draft, Session};
use crate::store::VaultFile;
use crate::vault::member::endorsed;
use crate::vault::text::SectionCache;
use crate::vault::{
    Clock, Fingerprint, Head, Id, Kind as SectionKind, Member, MemberName, Sections, Stamp, TeamName, Timestamp, Vault,
    VaultId,
};

/// A vault to be founded.
pub struct Founding {
    pub team: TeamName,
    /// The name of its first member.
    pub founder: MemberName,
    /// The sections to begin with.
    pub sections: Vec<(SectionKind, Id)>,
    file: VaultFile,
}

/// A vault that was founded.
pub struct Founded {
    pub path: PathBuf,
    pub fingerprint: Fingerprint,
}

impl Founding {
    /// Prepares a vault: in the file that an option or `ETUI_VAULT` names, or in the usual one of its team.
    ///
    /// # Errors
    /// If the file exists. That is known before a key is created, so that nobody is left with a key that nothing needs.
    pub fn new(
        session: &Session,
        team: TeamName,
        founder: MemberName,
        sections: Vec<(SectionKind, Id)>,
    ) -> Result<Founding, Error> {
        let file = VaultFile::at(&match session.settings.vault_file() {
            Some(path) => session.settings.directory.join(path),
            None => session.directories()?.vault(&team),
        });
        if file.exists() {
            return Err(vault_exists(&file));
        }
        Ok(Founding { team, founder, sections, file })
    }

    /// Writes the vault, signed by the founder's key and encrypted to it, and pins it.
    ///
    /// # Errors
    /// If a section is listed twice, or another process has created the file.
    pub fn found(&self, session: &Session, key: &Identity) -> Result<Founded, Error> {
        let Founding { founder, file, .. } = self;
        file.update(&session.lock_request(), |existing, replace| {
            if existing.is_some() {
                return Err(vault_exists(file));
            }
            let vault = self.vault(key, now())?;
            let mut draft = Draft { vault, writer: key, by: founder.clone(), actor: Some(new_actor()) };
            let sealed = draft.seal(None, SectionCache::new())?;
            let sealed = sealed.expect("without an earlier vault there is always something to write");
            replace(&sealed.bytes)?;

            let head = &draft.vault.head;
            session.record_founded(file.path(), head, &sealed.digest)?;
            let fingerprint = head.fingerprint().expect("the founder endorses itself, so there is a root");
            Ok(Founded { path: file.path().to_owned(), fingerprint })
        })
    }

    /// Makes the vault: its sections, and its founder, who endorses itself.
    fn vault(&self, key: &Identity, at: Timestamp) -> Result<Vault, Error> {
        let Founding { team, founder, sections, .. } = self;
        let id = VaultId(OsRng.r#gen());
        let (recipient, writer_key) = (key.recipient(), key.writer_key());
        let member = Member {
            endorsement: key.endorse(&endorsed(&id, founder, &recipient, Some(&writer_key))),
            recipient,
            key: Some(writer_key),
            added: at,
            endorsed_by: writer_key.fingerprint(),
            extra: toml::Table::new(),
        };
        let head = Head {
            team: team.clone(),
            id,
            written_by: founder.clone(),
            written_at: at,
            clock: Clock::default(),
            members: BTreeMap::from([(founder.clone(), member)]),
            removed: BTreeMap::new(),
            extra: toml::Table::new(),
        };

        let mut vault = Vault { head, sections: Sections::default() };
        let stamp = Stamp { by: founder.clone(), at };
        for (kind, id) in sections {
            vault.create_section(*kind, id, &stamp).map_err(|error| error.in_team(team))?;
        }
        Ok(vault)
    }
}

fn vault_exists(file: &VaultFile) -> Error {
    let path = file.path();
    let list = Command::new("list").arg("--all").arg("--vault").quoted(&path.to_string_lossy());
    Error::new(Kind::Conflict, "vault_exists", format!("{} already exists", path.display()))
        .hint(Message::from("to see what is in it: ").command(list))
}
