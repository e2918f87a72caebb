//! Vaults: founded.

use std::path::{Path, PathBuf};

use rand::Rng as _;
use rand::rngs::OsRng;

use crate::git;
use crate::keys::{Card, Identity};
use crate::report::{Command, Error, Kind, Message, OfVault as _, now};
use crate::session::pins::{new_actor, new_hash_key};
use crate::session::{Draft, Session, VaultLocation};
use crate::store::VaultFile;
use crate::vault::text::SectionCache;
use crate::vault::{
    Endorser, Id, Kind as SectionKind, MemberName, Stamp, TeamName, Timestamp, Vault, VaultFingerprint, VaultId,
};

/// A vault to be founded.
pub struct Founding {
    pub team: TeamName,
    /// The name of its first member.
    pub founder: MemberName,
    /// The sections to begin with.
    pub sections: Vec<(SectionKind, Id)>,
    file: VaultFile,
    named: PathBuf,
}

/// A vault that was founded.
pub struct Founded {
    pub path: PathBuf,
    pub fingerprint: VaultFingerprint,
}

impl Founding {
    /// Prepares a vault: in the file that an option or `ETUI_VAULT` names, or in the usual one of its team.
    ///
    /// # Errors
    /// If the file exists, or git has it. That is known before a key is created, so that nobody is left with a key that nothing needs.
    pub fn new(
        session: &Session,
        team: TeamName,
        founder: MemberName,
        sections: Vec<(SectionKind, Id)>,
    ) -> Result<Founding, Error> {
        let named = match session.settings.vault_file() {
            Some(path) => session.settings.directory.join(path),
            None => session.directories()?.vault(&team),
        };
        let file = VaultFile::at(&named);
        if file.exists() {
            return Err(vault_exists(&file));
        }
        // Where git refuses to answer, the repository is not ready for a vault, but one can be founded.
        if let Ok(Some(absent)) = git::absent(file.path()) {
            let message = format!("{} {}; this would make a second vault", file.path().display(), absent.reason());
            let restore = absent.restore(&session.settings.directory);
            return Err(Error::new(Kind::Conflict, "vault_gone", message).hint(restore));
        }
        Ok(Founding { team, founder, sections, file, named })
    }

    /// Returns where the vault will be.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    /// Writes the vault, signed by the founder's key and encrypted to it, and pins it.
    ///
    /// # Errors
    /// If a section is listed twice, or another process has created the file.
    pub fn found(&self, session: &Session, key: &Identity) -> Result<Founded, Error> {
        let Founding { founder, file, named, .. } = self;
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
            session.record_founded(&VaultLocation::of(named), head, &sealed.digest)?;
            let fingerprint = head.fingerprint().expect("the founder endorses itself, so there is a root");
            Ok(Founded { path: file.path().to_owned(), fingerprint })
        })
    }

    /// Makes the vault: its sections, and its founder, who endorses itself.
    fn vault(&self, key: &Identity, at: Timestamp) -> Result<Vault, Error> {
        let Founding { team, founder, sections, .. } = self;
        let stamp = Stamp { by: founder.clone(), at };
        let sign = |bytes: &[u8]| key.sign(bytes);
        let keys = Card::of(key).public_keys();
        let endorser = Endorser { stamp: &stamp, keys, sign: &sign, fresh: new_hash_key() };
        let mut vault = Vault::found(team.clone(), VaultId(OsRng.r#gen()), &endorser);
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
