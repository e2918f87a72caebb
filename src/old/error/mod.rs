//! Every error a person can meet: what, where, what to type next, and the exit code.
//!
//! The layers below carry data; the words are made here, once. No variant holds a value.

mod from;
mod kinds;
mod model;
mod place;
mod sharing;
mod trust;
mod words;

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crate::formats::FormatError;
use crate::git::CommitRisk;
use crate::keys::{Card, IdentityError};
use crate::store::{Holder, LinkError, PinStoreError, ScratchError};
use crate::vault::text::ParseError;
use crate::vault::{ChangeError, MemberError, MemberName, NameError, SecretName, SectionId, TeamName, ValueError};

pub use kinds::{Damage, Strange, Unresolved};
pub use place::{in_team, option};
pub use sharing::Sharing;
pub use words::plain;

/// What went wrong.
#[derive(Debug)]
pub enum Error {
    // 1: failed.
    Declined,
    /// The reader of the output has gone: nothing to say, and nobody to say it to.
    OutputClosed,
    Output(io::Error),
    Input {
        what: PathBuf,
        error: io::Error,
    },
    Io {
        doing: &'static str,
        path: PathBuf,
        error: io::Error,
    },
    NoHome,
    Newer {
        path: PathBuf,
        needs: ParseError,
    },
    FormatCannot {
        format: String,
        cannot: FormatError,
    },
    NeedsRun {
        name: String,
    },
    TooLargeToRun {
        name: String,
        size: usize,
        limit: usize,
    },
    /// The largest variables, with their sizes.
    EnvironmentTooLarge {
        size: usize,
        limit: Option<usize>,
        largest: Vec<(String, usize)>,
    },
    /// A file that is not what it should be.
    BadInput {
        file: String,
        line: Option<usize>,
        what: String,
    },
    ImportRefused {
        refused: usize,
        total: usize,
    },
    CheckMissing {
        file: PathBuf,
        missing: usize,
        needed: usize,
        place: String,
    },
    /// What is wrong with a text that was edited, a line each.
    Mistakes {
        mistakes: Vec<String>,
    },
    Editor {
        command: String,
        status: String,
    },
    Scratch(ScratchError),
    /// The command that was run has ended, and this process is to end alike.
    Ended(ExitStatus),
    BytesOnTerminal {
        name: SecretName,
    },
    KeyCommand {
        status: String,
    },
    /// What git says.
    Git {
        said: String,
    },
    ScanFindings {
        findings: usize,
        files: usize,
    },
    // 2: usage.
    OptionOf {
        option: &'static str,
        of: String,
    },
    SecretUnnamed,
    Reserved {
        name: String,
        why: &'static str,
        always: bool,
    },
    /// A line that is no command, as the grammar says.
    Usage {
        message: String,
        hint: String,
    },
    Name {
        error: NameError,
        typed: Option<String>,
    },
    ValueTyped {
        verb: &'static str,
        name: String,
    },
    Value {
        name: SecretName,
        error: ValueError,
    },
    /// `command` is what was typed, without its value.
    ValueEmpty {
        name: SecretName,
        command: String,
    },
    SeveralLines,
    Untypable,
    Unasked {
        what: &'static str,
        way_out: String,
    },
    SectionUnsaid,
    TwoSections,
    PlaceUnclear {
        typed: String,
    },
    TeamUnsaid {
        teams: Vec<TeamName>,
    },
    Date {
        typed: String,
    },
    Field {
        typed: String,
        known: &'static [&'static str],
    },
    Cursor,
    NotConfirmed {
        what: String,
    },
    Link(LinkError),
    LinkUnaccepted {
        path: PathBuf,
    },
    Directory {
        path: Option<PathBuf>,
    },
    IdMissing {
        entity: &'static str,
    },
    NameUnchanged,
    /// No job of a workflow, or none of those that there are.
    Job {
        file: String,
        job: Option<String>,
        jobs: Vec<String>,
    },
    RecipientBad,
    OnTerminal,
    // 3: not found.
    NotListed {
        name: String,
        file: String,
        near: Option<String>,
    },
    VaultMissing {
        path: PathBuf,
        team: Option<TeamName>,
        teams: Vec<TeamName>,
    },
    NothingToUse {
        section: SectionId,
        team: TeamName,
    },
    Change {
        error: ChangeError,
        team: TeamName,
    },
    Resolve(Box<Unresolved>),
    // Of sharing, with exit codes of their own.
    Sharing(Box<Sharing>),
    // 4: conflict.
    VaultExists {
        path: PathBuf,
    },
    IdentityExists {
        path: PathBuf,
    },
    /// git would commit this file, or tracks it; or what it says when it cannot tell.
    OutputTracked {
        path: PathBuf,
        kept: CommitRisk,
    },
    /// The file holds what no output may replace.
    OutputPrecious {
        path: PathBuf,
        what: &'static str,
    },
    // 5: cannot unlock.
    NoIdentity {
        path: PathBuf,
    },
    Identity {
        source: String,
        error: IdentityError,
    },
    IdentityMode {
        path: PathBuf,
    },
    PassphraseUnasked {
        source: String,
    },
    PassphraseWrong {
        source: String,
        tries: usize,
    },
    KeyDamaged {
        source: String,
    },
    NothingKept {
        why: String,
    },
    NotMember {
        path: PathBuf,
        who: String,
    },
    /// With the card by which he could be made a writer; an ssh key has none.
    ReaderWrites {
        who: MemberName,
        card: Option<Box<Card>>,
    },
    // 6: damaged or replaced.
    MemberRecipient {
        name: MemberName,
    },
    NotVault {
        path: PathBuf,
        why: Damage,
    },
    OtherTeam {
        path: PathBuf,
        asked: TeamName,
        found: TeamName,
    },
    /// Whole and signed, but not what this laptop trusts.
    Strange {
        path: PathBuf,
        why: Strange,
        /// Who wrote it, as it says.
        by: MemberName,
    },
    Memory(PinStoreError),
    TrustBad,
    CardBad,
    Member {
        error: MemberError,
        team: TeamName,
    },
    AuditFindings {
        secrets: usize,
    },
    DoctorFindings {
        wrong: usize,
    },
    /// A check of our own before anything was replaced: what was written could not be read back.
    NotReadBack,
    // 7: locked.
    Locked {
        by: Option<Holder>,
        waited: Duration,
        path: PathBuf,
    },
    // A shell's own.
    CommandMissing {
        command: String,
    },
    CommandFails {
        command: String,
        error: io::Error,
    },
    Interrupted,
}

/// An error in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// For programs: one word, stable.
    pub code: &'static str,
    pub exit: u8,
    pub message: String,
    pub hint: Option<String>,
}
