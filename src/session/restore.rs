//! A closed section that was lost, brought back from an older copy of the vault.

use std::path::{Path, PathBuf};

use super::Session;
use super::closed::{Around, Standing};
use super::decision::SignedHead;
use super::envelope::{self, Extent, OpenVault};
use super::inner::known_inner;
use super::locate::VaultLocation;
use super::merge_refused::MergeRefused;
use super::untrusted::Untrusted;
use crate::keys::{self, Key};
use crate::report::{Command, Error, Explain, Kind, Message, OfVault as _, Report, and, count, in_team};
use crate::store::PinStore;
use crate::vault::text::Selection;
use crate::vault::{
    ChangeError, Clock, Closed, Distrust, Head, MergeError, MissingChanges, Pins, Section, SectionId, TeamName,
    VaultFingerprint, View,
};

/// What an older copy of the vault holds of a closed section that is lost.
pub struct LostSection {
    pub id: SectionId,
    pub team: TeamName,
    /// The section with its inner vault, which is open.
    pub section: Section,
    /// What the copy lacks that this machine has seen of the section.
    pub lacks: Option<MissingChanges>,
    /// Another inner vault that is in its place now.
    pub replaced: Option<VaultFingerprint>,
    /// How many changes of what is in its place now the copy lacks: they are dropped.
    pub dropped: u64,
    found: SignedHead,
}

/// What is in the place of a lost section.
#[derive(Default)]
struct InPlace {
    /// Another inner vault.
    replaced: Option<VaultFingerprint>,
    /// The clock of a version of its own inner vault, which is not the one to use.
    clock: Clock,
}

impl LostSection {
    /// What the vault says of the section.
    pub fn closed(&self) -> &Closed {
        self.section.closed.as_deref().expect("a lost section is a closed one")
    }
}

impl Session {
    /// Looks at what a copy of the vault holds of a closed section that is open, gone or replaced in the vault in use, or
    /// that does not open there. From now on the vault opens in spite of that; all else is checked as ever.
    ///
    /// # Errors
    /// If the section is there, or something else that is open; if the copy is not one of this vault or does not hold the
    /// section; or if the key at hand may not write it.
    pub fn lost_section(&self, id: &SectionId, copy: &Path, bytes: &[u8]) -> Result<LostSection, Error> {
        let location = self.location()?;
        self.lost.get_or_init(|| id.clone());
        let view = self.view(Selection::Current(std::slice::from_ref(id)))?;
        let pins = self.pins()?;
        let InPlace { replaced, clock } = self.check_lost(location, &pins, &view, id)?;

        let at = VaultLocation::of(copy);
        let older = self.open_bytes(&at, bytes)?;
        let section = self.section_of(&at, &pins, &view.head, &older, id)?;
        let closed = section.closed.clone().expect("the section was found closed");
        let place = location.place()?;
        // Who wrote it is judged by what is known today.
        let around = Around {
            location: &at,
            head: &view.head,
            pins: &pins,
            standing: Standing::Side,
            extent: Extent::WithHistory,
        };
        let Some((vault, signed)) = self.open_versions(around, id, &closed)? else {
            let by = view.head.writers_of(&closed.members);
            return Err(ChangeError::Locked { section: id.clone(), by }.in_team(&view.head.team));
        };
        let inner = at.inner(&view.head, id);
        envelope::writer(&vault.head, &inner, self.keys()?)?;
        let token = self.inner_token(&inner, &vault.head)?;
        let known = pins.vaults.get(&vault.head.id);
        let lacks = match Pins::accept(known, token.as_ref(), &place, signed.of(&vault.head), &keys::vouches) {
            Ok(_) => None,
            Err(Distrust::Behind(lacks) | Distrust::Beside(lacks)) => Some(lacks),
            Err(distrust) => return Err(Untrusted::new(inner.origin(), &vault.head, distrust).into()),
        };
        let (head, mut section) = (vault.head.clone(), section);
        section.hold(vault);
        let found = SignedHead { head, signed };
        let dropped = clock.beyond(&found.head.clock);
        Ok(LostSection { id: id.clone(), team: view.head.team, section, lacks, replaced, dropped, found })
    }

    /// Checks that a section is lost, and that nothing open is in its place that would be lost instead.
    fn check_lost(
        &self,
        location: &VaultLocation,
        pins: &PinStore,
        view: &View,
        id: &SectionId,
    ) -> Result<InPlace, Error> {
        let Some(section) = view.sections.get(id) else { return Ok(InPlace::default()) };
        let team = view.head.team.clone();
        let Some(closed) = &section.closed else {
            let (secrets, entries) = (section.secrets.len(), section.env.len());
            return match section.is_empty() {
                true => Ok(InPlace::default()),
                false => Err(RestoreError::Occupied { section: id.clone(), team, secrets, entries }.into()),
            };
        };
        let known = pins.vaults.get(&view.head.id).and_then(|pins| pins.closed.get(id)?.vault.as_ref());
        if known.is_some_and(|known| *known != closed.vault) {
            return Ok(InPlace { replaced: Some(closed.vault.clone()), ..InPlace::default() });
        }
        let place = location.place()?;
        let standing = Standing::Current(&place);
        let around = Around { location, head: &view.head, pins, standing, extent: Extent::WithHistory };
        match self.open_section(around, id, closed) {
            // Somebody put bytes there that no key at hand opens, beside it or in its place.
            Ok(None) if closed.sealed.len() > 1 || self.was_inside(pins, closed)? => {
                Ok(InPlace { replaced: Some(closed.vault.clone()), ..InPlace::default() })
            }
            Ok(_) => Err(RestoreError::NotLost { section: id.clone(), team }.into()),
            // It is damaged, or older than what this machine has seen.
            Err(_) => {
                let around = Around { standing: Standing::Any, ..around };
                let found = self.open_versions(around, id, closed).ok().flatten();
                let clock = found.map(|(vault, _)| vault.head.clock).unwrap_or_default();
                Ok(InPlace { clock, ..InPlace::default() })
            }
        }
    }

    /// Whether a key at hand was a member of a closed section when this machine last opened it.
    fn was_inside(&self, pins: &PinStore, closed: &Closed) -> Result<bool, Error> {
        let Some(known) = known_inner(pins, &closed.vault) else { return Ok(false) };
        Ok(self.keys()?.iter().filter_map(Key::signer).any(|key| known.roster.knows(&key.fingerprint())))
    }

    /// Finds a closed section in a copy of the vault.
    fn section_of(
        &self,
        at: &VaultLocation,
        pins: &PinStore,
        head: &Head,
        copy: &OpenVault<'_>,
        id: &SectionId,
    ) -> Result<Section, Error> {
        let path = at.file.path().to_owned();
        if copy.head.id != head.id {
            let (by, at) = (copy.head.written_by.clone(), copy.head.written_at);
            return Err(MergeRefused {
                path: self.location()?.file.path().to_owned(),
                error: MergeError::Other,
                by,
                at,
            }
            .into());
        }
        self.check_once_trusted(at, &copy.head)?;
        let found = copy.view(Selection::Current(std::slice::from_ref(id)))?;
        let section = found.sections.get(id).filter(|section| section.closed.is_some());
        let section = section.ok_or_else(|| RestoreError::Missing { path: path.clone(), section: id.clone() })?;
        let found = section.closed.as_ref().map(|closed| &closed.vault);

        let known = pins.vaults.get(&head.id).and_then(|pins| pins.closed.get(id)?.vault.as_ref());
        if let (Some(found), Some(known)) = (found, known.filter(|known| Some(*known) != found)) {
            let (found, known) = (found.clone(), known.clone());
            return Err(RestoreError::Other { path, section: id.clone(), found, known }.into());
        }
        let other = head.closed.iter().find(|(other, print)| *other != id && Some(*print) == found);
        match other {
            Some((other, _)) => {
                Err(RestoreError::Renamed { section: id.clone(), team: head.team.clone(), now: other.clone() }.into())
            }
            None => Ok(section.clone()),
        }
    }

    /// Brings a lost section back into the vault in use. If the copy is older than what this machine has seen, it is
    /// accepted as it is: the user decided so.
    pub fn bring_back(&self, LostSection { id, section, lacks, found, .. }: LostSection) -> Result<(), Error> {
        if lacks.is_some() {
            let location = self.location()?;
            let outer = self.view(Selection::Current(&[]))?.head;
            self.trust_inner(&location.inner(&outer, &id), &found)?;
        }
        self.edit(|vault, _| vault.put_back(&id, section))
    }
}

/// Why a closed section is not brought back.
#[derive(Debug)]
enum RestoreError {
    /// The copy does not hold it as a closed section.
    Missing { path: PathBuf, section: SectionId },
    /// The copy holds another one.
    Other { path: PathBuf, section: SectionId, found: VaultFingerprint, known: VaultFingerprint },
    /// It is there.
    NotLost { section: SectionId, team: TeamName },
    /// It is there under another id.
    Renamed { section: SectionId, team: TeamName, now: SectionId },
    /// An open section of this id holds something.
    Occupied { section: SectionId, team: TeamName, secrets: usize, entries: usize },
}

impl Explain for RestoreError {
    fn explain(&self) -> Report {
        match self {
            RestoreError::Missing { path, section } => {
                let message = format!("{} does not hold closed {section}", path.display());
                Report::new(Kind::NotFound, "section_missing", message).hint(
                    "a copy from when it was there, from a backup or from git: `git show COMMIT:FILE > older.age`",
                )
            }
            RestoreError::Other { path, section, found, known } => {
                let path = path.display();
                let message =
                    format!("{section} of {path} is another vault than this laptop knows: {found}, not {known}");
                Report::new(Kind::Damaged, "section_replaced", message)
                    .hint(format!("ask the members of {section} for a copy of the vault that holds theirs"))
            }
            RestoreError::NotLost { section, team } => {
                let message = format!("closed {} is there", in_team(section, team));
                let history = Command::new("restore").arg("NAME").section(section);
                Report::new(Kind::Conflict, "section_exists", message)
                    .hint(Message::from("to bring back an earlier value of a secret in it: ").command(history))
            }
            RestoreError::Renamed { section, team, now } => {
                let message = format!("closed {} is there, as {now}", in_team(section, team));
                Report::new(Kind::Conflict, "section_exists", message)
            }
            RestoreError::Occupied { section, team, secrets, entries } => {
                let holds = and(&[count(*secrets, "secret"), count(*entries, "env entry")]);
                let message = format!("{} is open and holds {holds}", in_team(section, team));
                let report = Report::new(Kind::Conflict, "section_exists", message);
                let (Some(kind), Some(id)) = (section.kind(), section.id()) else { return report };
                let rename = Command::new(kind.as_str()).arg("rename").arg(id).arg(format!("{id}-open"));
                let trust = Message::from("accept that, and move it out of the way: ").command(Command::new("trust"));
                report.hint(trust.text(", then ").command(rename))
            }
        }
    }
}

explained!(RestoreError);
