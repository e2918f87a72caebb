//! A signing key for a key in hardware that has none: one line in its key file.

use std::path::PathBuf;

use super::key::replace_unchanged;
use crate::keys::{EnrollError, HardwareKey, Identity, SealError, enroll};
use crate::report::{Error, Explain, Kind, Notice, Report};
use crate::session::{KeySource, Session, is_stdin};

/// Makes a signing key, and puts it before the line of the hardware key in its file. Nothing else in the file changes.
///
/// # Errors
/// If the key is not in a file that can be written, another process changes that file, the file does not name its recipient, or the hardware does not
/// open what is encrypted to that.
pub fn add_signing_key(session: &Session, key: &HardwareKey) -> Result<(Identity, PathBuf), Error> {
    let (path, text) = file_of(session, key)?;
    let program = || key.program();
    let shown = path.display().to_string();
    let no_recipient = || SigningKeyError::NoRecipient { program: program(), file: shown.clone() };
    let recipient = key.recipient.as_ref().ok_or_else(no_recipient)?;

    let note = format!("making a signing key for your hardware key; {} opens it once, as a check", program());
    session.frontend.notice(Notice::Note(note.into()));
    let identity = enroll(key, recipient).map_err(|error| match error {
        EnrollError::Seal(SealError::Plugin(error)) => Error::from(error),
        EnrollError::Open(error) if error.is_plugin() => Error::from(error),
        EnrollError::Seal(SealError::Recipient(_)) | EnrollError::Open(_) => {
            SigningKeyError::OtherRecipient { program: program(), file: shown.clone() }.into()
        }
    })?;

    let line = identity.signing_line().expect("it was made beside a key in hardware");
    let changed = insert(&text, key, &line);
    replace_unchanged(session, &path, text.as_bytes(), changed.as_bytes())?;
    Ok((identity, path))
}

/// Finds the file that holds a key in the clear.
fn file_of(session: &Session, key: &HardwareKey) -> Result<(PathBuf, String), Error> {
    let is_in_file = !session.settings.identities.is_empty()
        || session.settings.environment.key.is_none() && session.key_command().is_none();
    let files = if is_in_file { session.key_files()? } else { Vec::new() };
    for KeySource { text, path, .. } in files {
        let (Some(path), Ok(text)) = (path, std::str::from_utf8(&text)) else { continue };
        let has_key = text.lines().any(|line| line.trim() == key.line());
        if has_key && !is_stdin(&path) && path.is_file() {
            return Ok((path, text.to_owned()));
        }
    }
    Err(SigningKeyError::NoFile { program: key.program() }.into())
}

/// Inserts the line of a signing key before that of its hardware key, with the same line end.
fn insert(text: &str, key: &HardwareKey, signing_line: &str) -> String {
    let mut changed = String::with_capacity(text.len() + signing_line.len() + 2);
    let mut is_inserted = false;
    for line in text.split_inclusive('\n') {
        if line.trim() == key.line() && !is_inserted {
            changed.push_str(signing_line);
            changed.push_str(if line.ends_with("\r\n") { "\r\n" } else { "\n" });
            is_inserted = true;
        }
        changed.push_str(line);
    }
    changed
}

/// Why a key in hardware gets no signing key.
#[derive(Debug)]
enum SigningKeyError {
    /// It does not come from a file that could be changed.
    NoFile {
        program: String,
    },
    NoRecipient {
        program: String,
        file: String,
    },
    /// The hardware does not open what is encrypted to the recipient in the file.
    OtherRecipient {
        program: String,
        file: String,
    },
}

impl Explain for SigningKeyError {
    fn explain(&self) -> Report {
        let report = |message: String| Report::new(Kind::NoAccess, "no_signing_key", message);
        match self {
            SigningKeyError::NoFile { program } => {
                report(format!("your key of {program} has no signing key, and its place is no file to add one to"))
                    .hint("name a file that holds the key in the clear: `-i FILE`")
            }
            SigningKeyError::NoRecipient { program, file } => {
                report(format!("{file} does not say which recipient your key of {program} has"))
                    .hint("add the line `# recipient: age1…` before the key, with what the plugin calls its recipient")
            }
            SigningKeyError::OtherRecipient { program, file } => {
                report(format!("the recipient in {file} is not that of your key of {program}; nothing was changed"))
                    .hint("correct the line `# recipient: age1…` before the key")
            }
        }
    }
}

explained!(SigningKeyError);
