//! Vaults: founded.

use std::path::{Path, PathBuf};

use crate::git;
use crate::keys::{Card, Identity};
use crate::report::{Command, Error, Kind, Message, Notice, OfVault as _, now, shell_quote};
use crate::session::locate::same_file;
use crate::session::pins::{new_actor, new_hash_key, new_vault_id};
use crate::session::{Draft, Session, VaultLocation};
use crate::store::VaultFile;
use crate::vault::text::SectionCache;
use crate::vault::{
    Endorser, Id, Kind as SectionKind, MemberName, Stamp, TeamName, Timestamp, Vault, VaultFingerprint,
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
    /// If the file exists, or git has it, or the team has a vault elsewhere. That is known before a key is created, so that nobody is left with a key that nothing needs.
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
        // Where git refuses to answer, the repository is not ready for a vault, but one can be founded. It can take the
        // place of one that a commit deleted, too.
        if let Ok(Some(absent)) = git::absent(file.path())
            && !absent.is_committed()
        {
            let message = format!("{} {}; this would make a second vault", file.path().display(), absent.reason());
            let restore = absent.restore(&session.settings.directory);
            return Err(Error::new(Kind::Conflict, "vault_gone", message).hint(restore));
        }
        refuse_second(session, &team, &file)?;
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
            let sealed = draft.seal(None, SectionCache::new(), &session.plugins())?;
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
        let signer = key.open_signer()?;
        let sign = |bytes: &[u8]| signer.sign(bytes);
        let keys = Card::of(key).public_keys();
        let endorser = Endorser { stamp: &stamp, keys, sign: &sign, fresh: &new_hash_key };
        let mut vault = Vault::found(team.clone(), new_vault_id(), &endorser);
        for (kind, id) in sections {
            vault.create_section(*kind, id, &stamp).map_err(|error| error.in_team(team))?;
        }
        Ok(vault)
    }
}

/// Refuses to found a second vault for a team whose vault this laptop knows: its name would mean another one from then
/// on. Where the known one is gone, a warning says so.
fn refuse_second(session: &Session, team: &TeamName, file: &VaultFile) -> Result<(), Error> {
    let known = session.vault_of(team)?;
    if same_file(&known, file.path()) {
        return Ok(());
    }
    let is_usual = known == session.directories()?.vault(team);
    let shown = known.display();
    if !known.try_exists().unwrap_or(true) {
        if !is_usual {
            let text = format!("the vault of team {team} that this laptop knew, {shown}, is gone; this makes another");
            session.frontend.notice(Notice::Warning(text.into()));
        }
        return Ok(());
    }
    let message = format!("team {team} has a vault already: {shown}");
    let error = Error::new(Kind::Conflict, "team_exists", message);
    let (from, to) = (known.to_string_lossy(), file.path().to_string_lossy());
    Err(if is_usual {
        let mv = format!("`mv {} {}`", shell_quote(&from), shell_quote(&to));
        let record = Command::without_vault("vault move").quoted(&to);
        error.hint(Message::from(format!("to have that one here: {mv}, then ")).command(record))
    } else {
        let link = Command::without_vault("link").arg("-t").arg(team);
        let forget = Command::without_vault("vault forget").arg(team);
        error
            .hint(Message::from("to use it here: ").command(link))
            .hint(Message::from("for another team of that name, first: ").command(forget))
    })
}

fn vault_exists(file: &VaultFile) -> Error {
    let path = file.path();
    let list = Command::new("list").arg("--all").arg("--vault").quoted(&path.to_string_lossy());
    Error::new(Kind::Conflict, "vault_exists", format!("{} already exists", path.display()))
        .hint(Message::from("to see what is in it: ").command(list))
}
