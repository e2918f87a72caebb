//! What a front end does for the layers below it: it shows notices and asks questions.

use zeroize::Zeroizing;

use super::error::Error;
use super::message::Message;

/// How important a notice is. A front end hides those below the level that its user chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Debug,
    Info,
    Warning,
    Error,
    Critical,
}

/// Something to say besides the result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// It worked; this is what was done.
    Done(Message),
    /// It worked; this is for information.
    Note(Message),
    /// It worked, but look at this.
    Warning(Message),
    /// For somebody who looks for a fault. Never a value.
    Debug(String),
}

/// The terminal, the console, or whatever else stands between a person and the operations.
pub trait Frontend: Send + Sync {
    /// Shows a notice.
    fn notice(&self, notice: Notice);

    /// Returns whether a question can be asked here, and answered.
    fn can_ask(&self) -> bool;

    /// Asks a question that yes or no answers. A confirmation given in advance (`-y`) does not count here: what is
    /// asked was not known when it was given.
    ///
    /// # Errors
    /// If the question is interrupted.
    fn ask_yes_no(&self, question: &Message) -> Result<bool, Error>;

    /// Asks for the passphrase of a key, hidden.
    ///
    /// # Errors
    /// If there is no terminal, or the question is interrupted.
    fn ask_passphrase(&self, prompt: &str) -> Result<Zeroizing<String>, Error>;

    /// Returns whether a passphrase can be asked for. That may be so where other questions cannot be asked: the
    /// terminal itself is used, whatever standard input is.
    fn can_ask_passphrase(&self) -> bool;
}
