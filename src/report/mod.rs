//! What a person meets, as data: errors, notices and questions.
//!
//! Each layer has an error type of its own that carries data. [`Explain`] turns it into the one [`Error`] that a
//! front end shows: a kind (which decides the exit code), a stable code for programs, a message and hints. Messages
//! keep the commands in them as [`Command`]s, so that nothing ever searches a sentence for one. This module never
//! prints and never asks; a [`Frontend`] does.

mod clock;
mod command;
#[macro_use]
mod error;
mod escape;
mod frontend;
mod message;
mod quote;
mod vault;
mod words;

pub use clock::{Moment, now};
pub use command::{Command, Reach};
pub use error::{Error, Explain, Kind, Report};
pub use escape::{visible, visible_json};
pub use frontend::{Frontend, Level, Notice};
pub use message::Message;
pub use quote::{is_plain, shell_quote};
pub use vault::{InTeam, OfVault, Unresolved, in_team};
pub use words::{and, count, or, plain_io};
