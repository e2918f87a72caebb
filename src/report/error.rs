//! The one error that a person can meet.

use std::error::Error as StdError;
use std::fmt::{self, Display};

use super::message::Message;

/// What went wrong: kind, code, message, hints, and the error of the layer where it happened.
///
/// Neither the message nor a hint ever holds a secret's value.
pub struct Error(Box<Inner>);

struct Inner {
    report: Report,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// An error as it is shown, without its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    pub kind: Kind,
    /// One word for programs; it never changes once released.
    pub code: &'static str,
    pub message: Message,
    /// What to type next, the best first.
    pub hints: Vec<Message>,
}

/// What kind of failure it was. The kind decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nobody reads the output any more. This is not a failure: exit 0, without a message.
    OutputClosed,
    /// It failed, or a check found something: exit 1.
    Failed,
    /// The command line, a name or an input has the wrong form: exit 2.
    Usage,
    /// A secret, section, member, vault or reference does not exist: exit 3.
    NotFound,
    /// Something exists, is in use, or is disputed: exit 4.
    Conflict,
    /// No key here opens the vault, or the key may not do this: exit 5.
    NoAccess,
    /// The vault or the pins are damaged, replaced or rolled back: exit 6.
    Damaged,
    /// Another process holds the lock: exit 7.
    Busy,
    /// The command to run cannot be executed: exit 126, as in a shell.
    NotExecutable,
    /// The command to run does not exist: exit 127, as in a shell.
    CommandNotFound,
    /// Ctrl-C: exit 130.
    Interrupted,
}

impl Kind {
    /// Returns the exit code of the process.
    pub fn exit(self) -> u8 {
        match self {
            Kind::OutputClosed => 0,
            Kind::Failed => 1,
            Kind::Usage => 2,
            Kind::NotFound => 3,
            Kind::Conflict => 4,
            Kind::NoAccess => 5,
            Kind::Damaged => 6,
            Kind::Busy => 7,
            Kind::NotExecutable => 126,
            Kind::CommandNotFound => 127,
            Kind::Interrupted => 130,
        }
    }
}

/// An error of one layer that can explain itself to a person.
pub trait Explain: StdError + Send + Sync + 'static {
    /// Returns the kind, code, message and hints of this error.
    fn explain(&self) -> Report;
}

impl Report {
    /// Makes a report without hints.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<Message>) -> Report {
        Report { kind, code, message: message.into(), hints: Vec::new() }
    }

    /// Adds one thing to type next.
    pub fn hint(mut self, hint: impl Into<Message>) -> Report {
        self.hints.push(hint.into());
        self
    }
}

impl Error {
    /// Makes an error that comes from no layer below.
    pub fn new(kind: Kind, code: &'static str, message: impl Into<Message>) -> Error {
        Report::new(kind, code, message).into()
    }

    /// The error for a question that was answered with no.
    pub fn declined() -> Error {
        Error::new(Kind::Failed, "declined", "nothing was changed")
    }

    /// The error for Ctrl-C, or Ctrl-D, at a question.
    pub fn interrupted() -> Error {
        Error::new(Kind::Interrupted, "interrupted", "interrupted; nothing was changed")
    }

    /// Adds one thing to type next.
    pub fn hint(mut self, hint: impl Into<Message>) -> Error {
        self.0.report.hints.push(hint.into());
        self
    }

    /// Puts a hint before those that are there.
    pub fn hint_first(mut self, hint: impl Into<Message>) -> Error {
        self.0.report.hints.insert(0, hint.into());
        self
    }

    /// Returns the error as it is shown.
    pub fn report(&self) -> &Report {
        &self.0.report
    }

    /// Returns the kind of failure.
    pub fn kind(&self) -> Kind {
        self.0.report.kind
    }

    /// Returns the stable code for programs.
    pub fn code(&self) -> &'static str {
        self.0.report.code
    }

    /// Returns the layer's own error, if it is of this type.
    pub fn cause<E: StdError + 'static>(&self) -> Option<&E> {
        self.0.source.as_deref()?.downcast_ref()
    }
}

impl From<Report> for Error {
    fn from(report: Report) -> Error {
        Error(Box::new(Inner { report, source: None }))
    }
}

impl<E: Explain> From<E> for Error {
    fn from(error: E) -> Error {
        let report = error.explain();
        Error(Box::new(Inner { report, source: Some(Box::new(error)) }))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.report.message.fmt(f)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0.report)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// Implements `Display` and `std::error::Error` for error types that can explain themselves.
macro_rules! explained {
    ($($error:ty),+ $(,)?) => {$(
        impl std::fmt::Display for $error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(&$crate::report::Explain::explain(self).message, f)
            }
        }

        impl std::error::Error for $error {}
    )+};
}
