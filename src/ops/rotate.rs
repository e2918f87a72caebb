//! A new value for a secret that needs one, or the end of the secret.

use crate::report::Error;
use crate::session::Session;
use crate::vault::change::Precondition;
use crate::vault::{ChangeError, Details, MemberName, SecretName, SectionId, Timestamp, Value};

/// What is to become of a value.
pub enum Replacement {
    Value(Value),
    /// It is not a secret: it stays, as a plain env entry.
    Entry,
}

/// What became of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    /// It was replaced, or is an entry now.
    Done {
        /// Whether the old value had an expiry, which went with it.
        lost_expiry: bool,
    },
    /// The new value is the old one: nothing was changed.
    Same,
    /// Somebody else gave the secret a new value meanwhile, which stays.
    Meanwhile { by: MemberName, at: Timestamp },
}

/// Replaces the value `seen` of a secret. The expiry goes with the value; the note stays.
///
/// # Errors
/// If the secret is gone or disputed, or is to become an entry and is in use.
pub fn rotate(
    session: &Session,
    section: &SectionId,
    name: &SecretName,
    seen: &Value,
    replacement: Replacement,
) -> Result<Rotated, Error> {
    let mut unseen = Vec::new();
    let rotated = session.edit(|vault, stamp| {
        let sections = &mut vault.sections;
        let record = sections.secret(section, name)?;
        if record.value != *seen {
            return Ok(Rotated::Meanwhile { by: record.by.clone(), at: record.updated });
        }
        let lost_expiry = record.expires.is_some();
        match replacement {
            Replacement::Value(value) if value == *seen => Ok(Rotated::Same),
            Replacement::Value(value) => {
                sections.set(section, name, value, Details::default(), Precondition::Present, stamp)?;
                Ok(Rotated::Done { lost_expiry })
            }
            Replacement::Entry => {
                unseen = sections.unseen_users(section);
                sections.turn_into_entry(section, name, stamp)?;
                Ok::<_, ChangeError>(Rotated::Done { lost_expiry: false })
            }
        }
    })?;
    session.note_unseen_users(std::slice::from_ref(name), &unseen);
    Ok(rotated)
}
