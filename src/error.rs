//! Every error a person can meet: what, where, what to type next, and the exit code.
//!
//! The layers below carry data; the words are made here, once. No variant holds a value.

mod model;
mod words;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::formats::Cannot;
use crate::keys::IdentityError;
use crate::store::{Holder, LinkError, LockError, StoreError};
use crate::vault::text::ParseError;
use crate::vault::{ChangeError, MemberName, NameError, ResolveError, SecretName, SectionId, TeamName, ValueError};

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
        cannot: Cannot,
    },
    NeedsRun {
        name: SecretName,
    },
    TooLargeToRun {
        name: SecretName,
        size: usize,
    },
    EnvironmentTooLarge {
        size: usize,
    },
    BytesOnTerminal {
        name: SecretName,
    },
    KeyCommand {
        status: String,
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
    Directory {
        path: PathBuf,
    },
    IdMissing {
        entity: &'static str,
    },
    NameUnchanged,
    // 3: not found.
    VaultMissing {
        path: PathBuf,
        team: Option<TeamName>,
        teams: Vec<TeamName>,
    },
    Change {
        error: ChangeError,
        team: TeamName,
    },
    Resolve(Box<Unresolved>),
    // 4: conflict.
    VaultExists {
        path: PathBuf,
    },
    IdentityExists {
        path: PathBuf,
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
    NotMember {
        path: PathBuf,
        who: String,
    },
    ReaderWrites {
        who: MemberName,
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

/// An environment that cannot be told.
#[derive(Debug)]
pub struct Unresolved {
    pub error: ResolveError,
    pub team: TeamName,
    /// The context, in words.
    pub place: String,
    /// The strongest section of the context.
    pub section: SectionId,
    /// The sections that have the secret that is missing.
    pub elsewhere: Vec<SectionId>,
}

/// What is wrong with a vault's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    NotAge,
    Sealing,
    NotText,
    Trailer,
    Signature { by: MemberName },
    SignedByReader { by: MemberName },
    Text { line: Option<usize> },
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

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Error {
        match error {
            StoreError::Missing(path) => Error::VaultMissing { path, team: None, teams: Vec::new() },
            StoreError::Lock(LockError::Held { by, waited, path }) => Error::Locked { by, waited, path },
            StoreError::Lock(LockError::Io(error)) => Error::Io { doing: "lock", path: PathBuf::new(), error },
            StoreError::Read(path, error) => Error::Io { doing: "read", path, error },
            StoreError::Write(path, error) => Error::Io { doing: "write", path, error },
        }
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Error {
        Error::Link(error)
    }
}

/// `project web of team acme`, or `team acme`.
pub fn in_team(section: &SectionId, team: &TeamName) -> String {
    match section {
        SectionId::Team => format!("team {team}"),
        _ => format!("{section} of team {team}"),
    }
}

/// The option that names the section.
pub fn option(section: &SectionId) -> String {
    match section {
        SectionId::Team => "-g".into(),
        SectionId::Cluster(id) => format!("-c {id}"),
        SectionId::Project(id) => format!("-p {id}"),
    }
}
