//! Redaction: each value of the vault replaced by its name.

use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::guard::{Redactor, Replacements};
use crate::process::{Pump, Stream, is_ready};
use crate::report::{Notice, count};
use crate::session::Session;
use crate::vault::Sections;

/// How many bytes are read at once.
const PIECE: usize = 256 << 10;

/// How long a terminal does not show a text that begins like a value. Somebody who presses a key wants to see it.
const PATIENCE: Duration = Duration::from_millis(20);

/// Prepares to replace every secret of these sections, also those that another one overrides. Notes how many are too
/// short for it.
pub fn replacements(session: &Session, sections: &Sections) -> Replacements {
    let secrets = sections.iter().flat_map(|(_, section)| section.secrets.standing());
    let values = secrets.map(|(name, record)| (name, record.value.expose()));
    // Nothing reveals an empty value.
    let replacements = Replacements::new(values.filter(|(_, value)| !value.is_empty()));
    if replacements.skipped > 0 {
        let secrets = count(replacements.skipped, "secret");
        let text = format!("{secrets} of fewer than 8 characters cannot be redacted");
        session.frontend.notice(Notice::Note(text.into()));
    }
    replacements
}

/// Why a stream could not be copied.
#[derive(Debug)]
pub enum CopyError<E> {
    Read(io::Error),
    Write(E),
}

/// Copies a stream with each value replaced, piece by piece.
pub fn copy<E>(
    replacements: &Replacements,
    mut input: impl Read,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), CopyError<E>> {
    let mut redactor = Redactor::new(replacements);
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    let mut shown = Vec::new();
    loop {
        let read = match input.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read.map_err(CopyError::Read)?,
        };
        match read {
            0 => redactor.finish(&mut shown),
            read => redactor.push(&piece[..read], &mut shown),
        }
        write(&shown).map_err(CopyError::Write)?;
        if read == 0 {
            return Ok(());
        }
        shown.clear();
    }
}

/// Makes a pump that copies the output of a command with each value replaced.
pub fn pump(replacements: Replacements) -> Arc<Pump> {
    Arc::new(move |source, stream| copy_output(&replacements, source, stream))
}

fn copy_output(replacements: &Replacements, mut source: File, stream: Stream) -> io::Result<()> {
    let mut redactor = Redactor::new(replacements);
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    let mut shown = Vec::new();
    let is_terminal = stream.is_terminal();
    loop {
        shown.clear();
        if is_terminal && redactor.hesitates() && !is_ready(&source, PATIENCE) {
            redactor.hurry(&mut shown);
        } else {
            match source.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // When the last process inside a terminal ends, Linux returns EIO.
                Ok(0) | Err(_) => {
                    redactor.finish(&mut shown);
                    return stream.write(&shown);
                }
                Ok(read) => redactor.push(&piece[..read], &mut shown),
            }
        }
        stream.write(&shown)?;
    }
}
