//! The one way a vault is opened, and the one way it is sealed.
//!
//! A vault opens if it decrypts, its trailer is exact, and its signature is good and by a writer that its head lists.
//! Whether this machine trusts that writer is decided in `pins`.

use std::fmt::{self, Display};
use std::fs::File;
use std::io::{BufRead, BufReader, Cursor, Seek};
use std::ops::ControlFlow;
use std::thread::{self, Scope};

use super::key_error::KeyError;
use super::locate::{Origin, VaultLocation, restore_section};
use crate::git::Pointer;
use crate::keys::{
    self, AgeIdentity as _, Card, HardwareKey, Identity, Key, PluginError, Plugins, Purpose, Sealed, Signer,
};
use crate::report::{Command, Explain, Kind, Message, Report, and, or};
use crate::store::PinStore;
use crate::vault::closed::VERSIONS_LIMIT;
use crate::vault::text::{
    self, Digests, ParseError, SectionCache, Selection, SignedBody, SignedReader, Text, Trailer, trailer,
};
use crate::vault::trust::{SignedDigest, Snapshot};
use crate::vault::{Head, Member, MemberName, SectionId, TeamName, Vault, View};

/// The size of a text in bytes from which a second thread is worth its start.
const LARGE: usize = 512 << 10;

/// A vault that decrypted and whose signature is good.
pub struct OpenVault<'l> {
    text: Text,
    pub head: Head,
    /// The digest of what the signature covers, and the signature.
    pub signed: SignedDigest,
    location: &'l VaultLocation,
}

/// The encrypted bytes of a vault, and how many there are.
pub struct AgeSource<R> {
    bytes: R,
    size: u64,
}

impl From<BufReader<File>> for AgeSource<BufReader<File>> {
    fn from(file: BufReader<File>) -> Self {
        let size = file.get_ref().metadata().map_or(0, |file| file.len());
        AgeSource { bytes: file, size }
    }
}

impl<'b> From<&'b [u8]> for AgeSource<Cursor<&'b [u8]>> {
    fn from(bytes: &'b [u8]) -> Self {
        AgeSource { bytes: Cursor::new(bytes), size: bytes.len() as u64 }
    }
}

/// How much of a vault is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The current part alone.
    Current,
    /// The history too.
    WithHistory,
}

/// Opens a vault, or a sealed environment. If the pins have its digest and its signature, what these prove is not checked
/// again.
///
/// # Errors
/// If no key decrypts it (exit 5), or if no writer of it signed it as it is (exit 6). Nothing of its content is
/// revealed then.
pub fn open<'l>(
    location: &'l VaultLocation,
    purpose: Purpose,
    source: AgeSource<impl BufRead + Seek>,
    keys: &[Key],
    extent: Extent,
    pins: Option<&PinStore>,
) -> Result<OpenVault<'l>, OpenError> {
    let damaged = |damage| OpenError::Damaged { at: location.origin(), damage };
    let AgeSource { mut bytes, size } = source;
    if size > keys::FILE_LIMIT {
        return Err(damaged(Damage::TooLarge));
    }

    if let Some(pointer) = bytes.fill_buf().ok().and_then(Pointer::of) {
        return Err(damaged(Damage::Filtered(pointer)));
    }

    let mut reader = SignedReader::new(size as usize, extent == Extent::WithHistory);
    let (decrypted, digests) = keys::digest(size, |hash| {
        keys::open_ends(bytes, size, keys, trailer::LENGTH, |piece| {
            reader.take(piece, hash);
            if reader.needs_more() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })
    });
    let (keys::Opened { stanzas }, last) = decrypted.map_err(|error| match error {
        keys::OpenError::NotAge => damaged(Damage::NotAge),
        keys::OpenError::Damaged => damaged(Damage::Bytes),
        keys::OpenError::TooLarge => damaged(Damage::Header),
        keys::OpenError::NoKey => OpenError::not_member(location.origin(), keys),
        keys::OpenError::Plugin(error) => OpenError::Plugin(error),
    })?;
    if let Some(last) = last {
        reader.skip_to(last);
    }
    let SignedBody { body, trailer } = reader.finish().ok_or_else(|| damaged(Damage::Trailer))?;
    let text = Text::new(String::from_utf8(body).map_err(|_| damaged(Damage::NotText))?);

    // The head names the writer, and the signature covers the head. Nothing else is parsed before the signature is
    // known to be good.
    let head = text.head().map_err(|error| OpenError::unreadable(location.origin(), error))?;
    let by = head.written_by.clone();
    let key = head.members.get(&by).and_then(Member::key);
    let key = key.ok_or_else(|| damaged(Damage::SignedByReader { by: by.clone() }))?;
    // The pins hold signatures that were verified here, or made here. The digest beside them covers the purpose, the
    // digests of both parts and so, since the head is a piece of the current part, the signer's key and all recipients.
    // With the same digest and the same signature the answers would be the same again. Whether the parts have these
    // digests is checked below in any case.
    let signed = SignedDigest { digest: purpose.digest(&trailer.digests), signature: trailer.signature };
    let is_known = pins.and_then(|pins| pins.vaults.get(&head.id)).is_some_and(|pins| pins.has_verified(&signed));
    if !is_known && !keys::verify(key, purpose, &trailer) {
        let other = match purpose {
            Purpose::Vault => Purpose::Environment,
            Purpose::Environment => Purpose::Vault,
        };
        let is_other = keys::verify(key, other, &trailer);
        return Err(damaged(if is_other { Damage::OtherPurpose { found: other } } else { Damage::Signature { by } }));
    }
    // The signature covers the digests in the trailer. Now they must be those of the parts.
    let is_history_good = extent == Extent::Current || digests.history == trailer.digests.history;
    if digests.current != trailer.digests.current {
        return Err(damaged(Damage::Signature { by }));
    }
    if !is_history_good {
        return Err(damaged(Damage::History));
    }
    // Somebody without a key of a writer may have encrypted a signed text again, to fewer members.
    if purpose == Purpose::Vault && stanzas < head.members.len() {
        return Err(damaged(Damage::Recipients));
    }
    for (name, member) in head.members.iter().filter(|_| !is_known) {
        let checked = keys::check_recipient(member.recipient());
        checked.map_err(|_| damaged(Damage::Recipient { name: name.clone() }))?;
    }
    check_place(location, &head, &text).map_err(damaged)?;
    match &location.team {
        Some(asked) if *asked != head.team => {
            Err(OpenError::OtherTeam { at: location.origin(), asked: asked.clone(), found: head.team })
        }
        _ => Ok(OpenVault { text, head, signed, location }),
    }
}

/// Checks that a vault belongs where it is: an inner vault at its place alone, and a team's vault is none.
fn check_place(location: &VaultLocation, head: &Head, text: &Text) -> Result<(), Damage> {
    if head.within() != location.inner || head.is_inner() != location.inner.is_some() {
        return Err(Damage::OtherPlace);
    }
    let Some(within) = &location.inner else { return Ok(()) };
    match () {
        // The pins of the vault around it would take it for a version of that.
        () if within.vault == head.id || location.team.as_ref() != Some(&head.team) => Err(Damage::OtherPlace),
        () if !text.is_of_team_alone() => Err(Damage::Sections),
        () => Ok(()),
    }
}

impl OpenVault<'_> {
    /// What trust looks at.
    pub fn snapshot(&self) -> Snapshot<'_> {
        self.signed.of(&self.head)
    }

    /// Reads a selection of its sections, and parses nothing else.
    pub fn view(&self, selection: Selection<'_>) -> Result<View, OpenError> {
        self.text.view(&self.head, selection).map_err(|error| self.unreadable(error))
    }

    /// Reads all of it.
    pub fn whole(&self) -> Result<Vault, OpenError> {
        self.whole_with(&mut SectionCache::new())
    }

    /// Reads all of it; sections whose text is in the cache are shared.
    pub fn whole_with<'t>(&'t self, cache: &mut SectionCache<'t>) -> Result<Vault, OpenError> {
        self.text.whole_beside(&self.head, cache).map_err(|error| self.unreadable(error))
    }

    /// Returns whether a text holds the same sections with the same history.
    pub fn has_sections_of(&self, text: &Text) -> bool {
        self.text.tables() == text.tables()
    }

    fn unreadable(&self, error: ParseError) -> OpenError {
        OpenError::unreadable(self.location.origin(), error)
    }
}

/// Finds the first key that may write the vault, and the name of its member.
///
/// # Errors
/// If the keys may only read it, or belong to no member.
pub fn writer<'k>(
    head: &Head,
    location: &VaultLocation,
    keys: &'k [Key],
) -> Result<(&'k Identity, MemberName), OpenError> {
    let member = |identity: &Identity| head.writer_with(&identity.writer_key()).map(|(name, _)| name.clone());
    let mut signers = keys.iter().filter_map(Key::signer);
    if let Some(found) = signers.find_map(|identity| Some((identity, member(identity)?))) {
        return Ok(found);
    }

    let reader = |key: &Key| {
        let (name, _) = head.members.iter().find(|(_, member)| Some(member.recipient()) == key.recipient().as_ref())?;
        let card = key.signer().map(Card::of).map(Box::new);
        let program = key.hardware().map(HardwareKey::program);
        Some(OpenError::ReaderWrites { at: location.origin(), name: name.clone(), card, program })
    };
    // Whose key it is then, nobody knows but its hardware.
    let unknown = |key: &Key| key.hardware().filter(|_| key.recipient().is_none()).map(HardwareKey::program);
    let other = || match keys.iter().find_map(unknown) {
        Some(program) => OpenError::ReadsOnly { program },
        None => OpenError::not_member(location.origin(), keys),
    };
    Err(keys.iter().find_map(reader).unwrap_or_else(other))
}

/// A vault that was signed, encrypted and read back.
pub struct SealedVault {
    pub bytes: Vec<u8>,
    /// The digest of what the signature covers, and the signature.
    pub digest: SignedDigest,
}

/// Signs a vault's text, encrypts it to the vault's members, and reads the result back.
///
/// Sections whose text is in the cache are known to parse, and are not read again.
///
/// # Errors
/// If the result could not be read by its writer, would not say the same as `vault`, or is beyond a limit.
pub fn seal<'t>(
    vault: &Vault,
    text: &'t Text,
    writer: Signer<'_>,
    cache: &mut SectionCache<'t>,
    plugins: &Plugins,
) -> Result<SealedVault, SealError> {
    if vault.head.members.len() > keys::STANZAS_LIMIT {
        return Err(SealError::TooManyMembers);
    }
    let mut closed = vault.sections.closed();
    if let Some((section, _)) = closed.find(|(_, closed)| closed.sealed.len() > VERSIONS_LIMIT) {
        return Err(SealError::TooManyVersions { section: section.clone() });
    }
    // The file is larger than its text.
    check_size(text.as_str().as_bytes())?;
    if text.head_size() > text::HEAD_LIMIT {
        return Err(SealError::HeadTooLarge);
    }
    for (name, member) in &vault.head.members {
        keys::check_recipient(member.recipient()).map_err(|_| SealError::Recipient { name: name.clone() })?;
    }
    let sealed = seal_text(vault, text, writer, cache, plugins)?;
    check_size(&sealed.bytes)?;
    Ok(sealed)
}

/// Checks that a sealed file is not larger than any that opens.
pub fn check_size(sealed: &[u8]) -> Result<(), SealError> {
    if sealed.len() as u64 > keys::FILE_LIMIT { Err(SealError::TooLarge) } else { Ok(()) }
}

/// Signs and encrypts a text, and reads both back: the text must say what the vault says, and come out of the encrypted
/// bytes again.
fn seal_text<'t>(
    vault: &Vault,
    text: &'t Text,
    writer: Signer<'_>,
    cache: &mut SectionCache<'t>,
    plugins: &Plugins,
) -> Result<SealedVault, SealError> {
    let body = text.as_str();
    let recipients = vault.head.members.values().map(Member::recipient);
    // The signature comes last, so that a second thread can read a large text and hash it while this one encrypts it.
    let (sealed, signed) = thread::scope(|scope| {
        let read_and_signed = start(scope, body.len(), || {
            let again = text.head().and_then(|head| text.whole_beside(&head, cache));
            (again.is_ok_and(|again| again == *vault), sign(body, Purpose::Vault, writer))
        });
        let mut result = None;
        let sealed = keys::seal_with(recipients, body.len() + trailer::LENGTH, plugins, |take| {
            take(body.as_bytes());
            let (same, (trailer, digest)) = read_and_signed();
            take(trailer.as_bytes());
            result = Some((same, trailer, digest));
        });
        (sealed, result)
    });
    let sealed = sealed.map_err(|error| SealError::new(error, vault))?;
    let (same, trailer, digest) = signed.ok_or(SealError::NotReadBack)?;
    let is_good = same && holds(&sealed, writer.identity(), [body, &trailer], vault.head.members.len());
    if is_good { Ok(SealedVault { bytes: sealed.bytes, digest }) } else { Err(SealError::NotReadBack) }
}

/// Whether the encrypted bytes decrypt to a text, which is given in two pieces, and have a stanza for each member.
fn holds(sealed: &Sealed, writer: &Identity, text: [&str; 2], members: usize) -> bool {
    let mut text = text.map(str::as_bytes);
    let mut same = true;
    let compare = |mut piece: &[u8]| {
        for part in &mut text {
            let (expected, later) = part.split_at(part.len().min(piece.len()));
            let (found, more) = piece.split_at(expected.len());
            same &= expected == found;
            (*part, piece) = (later, more);
        }
        same &= piece.is_empty();
    };
    let opened = keys::open_sealed(sealed, writer, compare);
    opened.is_ok_and(|opened| opened.stanzas >= members) && same && text.iter().all(|part| part.is_empty())
}

/// Starts work on another thread if there is much of it, and returns what waits for its result, or else does the work.
fn start<'s, T: Send + 's>(
    scope: &'s Scope<'s, '_>,
    size: usize,
    work: impl FnOnce() -> T + Send + 's,
) -> Box<dyn FnOnce() -> T + 's> {
    if size < LARGE {
        return Box::new(work);
    }
    let thread = scope.spawn(work);
    Box::new(|| thread.join().expect("the work does not panic"))
}

/// Returns the signed trailer of a body, and the digest of what the signature covers.
pub fn sign(body: &str, purpose: Purpose, writer: Signer<'_>) -> (String, SignedDigest) {
    let [current, history] = text::split(body).map(|part| keys::hash(part.as_bytes()));
    let digests = Digests { current, history };
    let trailer = Trailer { digests, signature: keys::sign(writer, purpose, &digests) };
    (trailer.print(), SignedDigest { digest: purpose.digest(&digests), signature: trailer.signature })
}

/// Why a vault did not open, or cannot be written with the keys at hand.
#[derive(Debug)]
pub enum OpenError {
    /// The file is not what a writer of it wrote.
    Damaged { at: Origin, damage: Damage },
    /// It needs a newer etui: a format or a feature that this version does not know.
    Newer { at: Origin, needs: ParseError },
    /// It is not encrypted to any key at hand; `recipients` are theirs.
    NotMember { at: Origin, recipients: String },
    /// It is another team's vault.
    OtherTeam { at: Origin, asked: TeamName, found: TeamName },
    /// The key belongs to a reader, who may not write; its card, unless it has no signing key.
    ReaderWrites { at: Origin, name: MemberName, card: Option<Box<Card>>, program: Option<String> },
    /// The key is in hardware and has no signing key.
    ReadsOnly { program: String },
    /// A key in hardware was not used.
    Plugin(PluginError),
}

/// What is wrong with a vault's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    NotAge,
    /// A filter of git left this in its place.
    Filtered(Pointer),
    /// It has more bytes than any vault may have.
    TooLarge,
    /// Its age header is beyond a limit.
    Header,
    /// Its bytes are not those that were encrypted.
    Bytes,
    NotText,
    Trailer,
    Signature {
        by: MemberName,
    },
    SignedByReader {
        by: MemberName,
    },
    /// The text is not a vault's, at this line if it is known.
    Text {
        line: Option<usize>,
    },
    /// The history is not the one that was signed. The current part is.
    History,
    /// It is encrypted to fewer recipients than it has members.
    Recipients,
    /// Nothing can be encrypted to this member's recipient, or it is in another spelling than the canonical one.
    Recipient {
        name: MemberName,
    },
    /// Its head is too large.
    Head,
    /// It is a sealed environment where a vault is expected, or the reverse.
    OtherPurpose {
        found: Purpose,
    },
    /// It is a sealed environment of another machine.
    OtherMachine,
    /// It is an inner vault of another section or vault, or where a team's vault is expected, or the reverse.
    OtherPlace,
    /// Its fingerprint is not the one that the vault around it names.
    OtherInner,
    /// It is an inner vault, and has sections of its own.
    Sections,
    /// It is in the place of an inner vault, and encrypted to others than its members.
    Withheld,
}

/// Why a vault could not be sealed. Nothing was written.
#[derive(Debug)]
pub enum SealError {
    /// The recipient of this member in the vault is not one.
    Recipient {
        name: MemberName,
    },
    TooManyMembers,
    /// A closed section is disputed between more versions than any vault may have.
    TooManyVersions {
        section: SectionId,
    },
    /// The members, present and removed, would take more space than any head that opens.
    HeadTooLarge,
    /// The file would be larger than any that opens.
    TooLarge,
    /// The result did not read back as the same vault. This is a fault of etui.
    NotReadBack,
    /// A plugin did not encrypt to these members, whose keys are in hardware.
    Plugin {
        members: Vec<MemberName>,
        error: PluginError,
    },
}

impl SealError {
    fn new(error: keys::SealError, vault: &Vault) -> SealError {
        let keys::SealError::Plugin(error) = error else { return SealError::NotReadBack };
        let needs = |member: &Member| {
            keys::plugin_of(member.recipient()).is_some_and(|name| error.program == format!("age-plugin-{name}"))
        };
        let members = vault.head.members.iter().filter(|(_, member)| needs(member)).map(|(name, _)| name.clone());
        SealError::Plugin { members: members.collect(), error }
    }
}

impl OpenError {
    fn not_member(at: Origin, keys: &[Key]) -> OpenError {
        let shown = |key: &Key| match (key.recipient(), key.hardware()) {
            (Some(recipient), _) => recipient.to_string(),
            (None, hardware) => hardware.map(|key| format!("that of {}", key.program())).unwrap_or_default(),
        };
        let recipients: Vec<_> = keys.iter().map(shown).collect();
        OpenError::NotMember { at, recipients: or(&recipients) }
    }

    fn unreadable(at: Origin, error: ParseError) -> OpenError {
        match error {
            ParseError::Damaged { line } => OpenError::Damaged { at, damage: Damage::Text { line } },
            ParseError::HeadTooLarge => OpenError::Damaged { at, damage: Damage::Head },
            needs => OpenError::Newer { at, needs },
        }
    }
}

impl Explain for OpenError {
    fn explain(&self) -> Report {
        match self {
            OpenError::Damaged { at, damage } => {
                let message = format!("{at} {damage}");
                let report = Report::new(Kind::Damaged, "vault_damaged", message);
                match (damage, &at.section) {
                    (Damage::Filtered(pointer), _) => report.hint(pointer.hint(&at.path)),
                    (_, Some(section)) => {
                        let restore =
                            Message::from("its members bring back a good one, from another copy of the vault: ");
                        report.hint(restore.command(restore_section(section)))
                    }
                    _ => report.hint("restore a good copy, with `git checkout` or from a backup; nothing was changed"),
                }
            }
            OpenError::Newer { at, needs } => {
                let version = env!("CARGO_PKG_VERSION");
                let what = match needs {
                    ParseError::Feature { name, .. } => format!("requires {name}"),
                    ParseError::Format(format) => format!("has format {format}"),
                    other => format!("has {other}"),
                };
                let message = format!("{at} {what}, which etui {version} does not know");
                let newer = match needs {
                    ParseError::Feature { version: Some(version), .. } => format!("etui {version}"),
                    _ => "a newer etui".to_owned(),
                };
                Report::new(Kind::Failed, "vault_newer", message)
                    .hint(format!("install {newer}; this one would misread the vault"))
            }
            OpenError::NotMember { at, recipients } => {
                let message = format!("{at} is not encrypted to your key, {recipients}");
                let join = Command::without_vault("join");
                Report::new(Kind::NoAccess, "not_a_member", message)
                    .hint("use another key: `-i FILE`")
                    .hint(Message::from("to become a member, send a writer the line that this prints: ").command(join))
            }
            OpenError::OtherTeam { at, asked, found } => {
                let message = format!("{at} is the vault of team {found}, not of team {asked}");
                Report::new(Kind::Damaged, "other_team", message).hint(format!("if you want that vault: `-t {found}`"))
            }
            OpenError::Plugin(error) => error.explain(),
            OpenError::ReadsOnly { program } => {
                KeyError::ReadsOnly { program: program.clone(), recipient: None }.explain()
            }
            OpenError::ReaderWrites { at: Origin { section: Some(section), .. }, name, .. } => {
                let message = format!("{name} may read {section}, not write it");
                Report::new(Kind::NoAccess, "reader", message)
                    .hint(Message::from("for who may write: ").command(Command::new("member list")))
            }
            OpenError::ReaderWrites { name, card, program, .. } => {
                let report = Report::new(Kind::NoAccess, "reader", format!("{name} may read this vault, not write it"));
                match card {
                    None if program.is_some() => {
                        let join = Command::without_vault("join");
                        report.hint(Message::from("for a signing key beside your hardware key: ").command(join))
                    }
                    Some(card) => {
                        let update = Command::without_vault("member update").arg(name).arg(card);
                        report.hint(Message::from(format!("a writer can make {name} a writer: ")).command(update))
                    }
                    None => {
                        let join = Command::without_vault("join");
                        report.hint(Message::from("an ssh key only reads; for a key that writes: ").command(join))
                    }
                }
            }
        }
    }
}

impl Explain for SealError {
    fn explain(&self) -> Report {
        match self {
            SealError::Recipient { name } => {
                let message =
                    format!("the vault's recipient for member {name} is invalid; nothing can be encrypted to it");
                Report::new(Kind::Damaged, "member_recipient", message)
                    .hint("nothing was changed; restore a good copy of the vault")
            }
            SealError::TooManyMembers => {
                let message = format!("a vault has at most {} members", keys::STANZAS_LIMIT);
                Report::new(Kind::Failed, "too_many_members", message).hint("nothing was changed")
            }
            SealError::TooManyVersions { section } => {
                let message =
                    format!("closed {section} would have more than {VERSIONS_LIMIT} disputed versions, the limit");
                Report::new(Kind::Failed, "too_many_versions", message)
                    .hint("nothing was changed; a writer of that section can end the dispute, by any change to it")
            }
            SealError::HeadTooLarge => {
                let limit = mebibytes(text::HEAD_LIMIT as u64);
                let message = format!("the members, present and removed, would take more than {limit}, the limit");
                Report::new(Kind::Failed, "head_too_large", message).hint("nothing was changed")
            }
            SealError::TooLarge => {
                let message = format!("the file would be larger than {}, the limit", mebibytes(keys::FILE_LIMIT));
                Report::new(Kind::Failed, "file_too_large", message).hint(
                    Message::from("nothing was changed; earlier values take space too: ")
                        .command(Command::new("purge")),
                )
            }
            SealError::Plugin { members, error } => {
                let Report { kind, code, message, hints } = error.explain();
                if kind == Kind::Interrupted {
                    return error.explain();
                }
                let names = and(members);
                let report = Report::new(kind, code, format!("nothing can be encrypted to {names}: {message}"));
                let report = hints.into_iter().fold(report, Report::hint);
                if report.hints.is_empty() { report.hint("nothing was changed") } else { report }
            }
            SealError::NotReadBack => Report::new(
                Kind::Damaged,
                "not_read_back",
                "the new vault could not be read back, so it was not written",
            )
            .hint("nothing was changed; please report this as a bug in etui"),
        }
    }
}

impl Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::NotAge => f.write_str("is not an age file"),
            Damage::Filtered(pointer) => write!(f, "is {pointer}, not the vault itself"),
            Damage::TooLarge => write!(f, "is larger than {}, the limit", mebibytes(keys::FILE_LIMIT)),
            Damage::Header => f.write_str("has an age header beyond the limits of a vault"),
            Damage::Bytes => f.write_str("is damaged: its bytes are not those that were written"),
            Damage::NotText => f.write_str("does not hold text"),
            Damage::Trailer => f.write_str("does not end with a signature"),
            Damage::Signature { by } => write!(f, "was not written by {by}, as it claims: its signature is wrong"),
            Damage::SignedByReader { by } => write!(f, "was written by {by}, who is not a writer of it"),
            Damage::Text { line: Some(line) } => write!(f, "does not hold a vault: line {line} of its text is wrong"),
            Damage::Text { line: None } => {
                f.write_str("does not hold a vault: parts of its text contradict each other")
            }
            Damage::History => f.write_str("has a damaged history; its current values are good"),
            Damage::Recipients => f.write_str("is encrypted to fewer recipients than it has members"),
            Damage::Recipient { name } => write!(f, "has an invalid recipient for member {name}"),
            Damage::Head => f.write_str("has a head that is too large"),
            Damage::OtherPurpose { found: Purpose::Environment } => {
                f.write_str("is a sealed environment, not a vault: `etui run --sealed FILE -- COMMAND` uses it")
            }
            Damage::OtherPurpose { found: Purpose::Vault } => {
                f.write_str("is a vault, not a sealed environment: `--vault FILE` opens it")
            }
            Damage::OtherMachine => f.write_str("was sealed for another machine"),
            Damage::OtherPlace => f.write_str("holds a vault that belongs elsewhere"),
            Damage::Sections => f.write_str("holds sections of its own, which no closed section may"),
            Damage::Withheld => f.write_str("is not encrypted to your key, although you are a member of it"),
            Damage::OtherInner => f.write_str("is not the vault whose fingerprint stands beside it"),
        }
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

explained!(OpenError, SealError);
