//! The model: what a vault is, and what can happen to it. Start reading here.
//!
//! Nothing in this module reads a file, a clock or a random number, and nothing encrypts or signs. Moments,
//! ids and signatures come in as arguments, so everything here can be tested with tables.
//!
//! A **vault** is one file for one team. It has a [`Head`] and [`Sections`]: the team itself, and nested in
//! it one section for each project and each cluster. A section holds **secrets** and **env entries**. Both
//! are [`Records`]: a value under a name, with its earlier values. An entry may refer to a secret.
//!
//! A good order to read the files in:
//!
//! | file | what it answers |
//! | --- | --- |
//! | `name`, `value`, `time`, `age` | Which names, values, dates and durations are valid? |
//! | `shared` | How do names and values share the text that they were parsed from? |
//! | `record`, `section` | What does a name hold, what did it hold before, and where? |
//! | `precedence`, `reference` | Which section wins in a [`Context`], and what does a reference stand for? |
//! | `change`, `dispute` | How do secrets, entries and sections change, and when is a change refused? |
//! | `head`, `member`, `roots`, `endorser`, `membership` | Who can read and write a vault, and who endorsed them? |
//! | `closed` | What is a section that only some members can read? |
//! | `exposure` | Which values could removed members read? |
//! | `clock`, `trust` | Which versions of a vault does a laptop accept? |
//! | `merge` | How do two versions become one? |
//! | `text` | How is all of this written down? |
//! | `sealed`, `outline` | What does a machine get that is not a member, and how do two versions differ? |
//! | `timeline` | Who changed which name when? |
//! | `key`, `fingerprint`, `label` | What do people compare, and what do signatures cover? |
//! | `reserved`, `near`, `pattern` | Which names are dangerous, and which name or names were meant? |
//!
//! ```
//! use etui::vault::change::Precondition;
//! use etui::vault::{Context, Details, SectionId, Sections, Stamp, Value, VariableContent};
//!
//! let mut sections = Sections::default();
//! let stamp = Stamp { by: "alice".parse()?, at: "2026-11-21T10:00:00Z".parse()? };
//!
//! let (name, value) = ("STRIPE_KEY".parse()?, Value::text(b"sk_live_1".to_vec().into())?);
//! sections.set(&SectionId::Team, &name, value, Details::default(), Precondition::Absent, &stamp)?;
//! let reference = Value::text(b"secret:STRIPE_KEY".to_vec().into())?;
//! sections.set_entry(&SectionId::Team, &"AUTH_SECRET".parse()?, reference, &stamp)?;
//!
//! let variables = sections.resolve(&Context::default(), None)?;
//! let VariableContent::Value(value) = &variables[0].given else { unreachable!() };
//! assert_eq!((variables[0].name.as_str(), value.expose()), ("AUTH_SECRET", &b"sk_live_1"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod age;
pub mod change;
pub mod clock;
pub mod closed;
pub mod contents;
pub mod dispute;
pub mod endorser;
pub mod exposure;
pub mod fingerprint;
pub mod head;
pub mod hex;
pub mod key;
pub mod label;
pub mod malformed;
pub mod member;
pub mod membership;
pub mod merge;
pub mod name;
pub mod near;
pub mod outline;
pub mod pattern;
pub mod precedence;
pub mod record;
pub mod reference;
pub mod reserved;
pub mod roots;
pub mod sealed;
pub mod section;
mod shared;
pub mod text;
pub mod time;
pub mod timeline;
pub mod trust;
pub mod value;

pub use age::Age;
pub use change::ChangeError;
pub use clock::{ActorId, Clock};
pub use closed::{Access, Closed, ClosedError, InSections, Inner, SealedBytes, Within};
pub use contents::{FormerReader, Vault, View};
pub use dispute::{Candidate, Choice, Dispute};
pub use endorser::Endorser;
pub use fingerprint::{Fingerprint, VaultFingerprint};
pub use head::{HashKey, Head};
pub use key::{Recipient, Signature, WriterKey};
pub use malformed::Malformed;
pub use member::{Member, PublicKeys, Removed, WriterHalf};
pub use membership::MemberError;
pub use merge::{MergeError, MergeOutcome};
pub use name::{Id, MemberName, NameError, SecretName, TeamName, VaultId};
pub use pattern::Pattern;
pub use precedence::{BrokenReference, ResolveError, Variable, VariableContent};
pub use record::{Acknowledgement, Change, Details, Earlier, Expiry, Record, Records, Stamp};
pub use reference::{AlmostReference, Entry};
pub use roots::RootStep;
pub use section::{Context, Kind, Section, SectionId, SectionIdError, Sections};
pub use time::Timestamp;
pub use trust::{Checkout, Distrust, LastSeen, MissingChanges, Pins, Place, Token};
pub use value::{Value, ValueError};

#[cfg(test)]
mod tests;
