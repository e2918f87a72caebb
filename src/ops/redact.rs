//! Redaction: each value of the vault replaced by its name.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use crate::guard::{Redactor, Replacements};
use crate::process::{Pump, is_ready};
use crate::report::{Error, Notice, count};
use crate::session::environment::Environment;
use crate::session::{Scope, Session};
use crate::vault::text::Selection;
use crate::vault::{Context, Section, Sections};

/// How many bytes are read at once.
const PIECE: usize = 256 << 10;

/// How long a terminal does not show a text that begins like a value. Somebody who presses a key wants to see it.
const PATIENCE: Duration = Duration::from_millis(20);

/// Prepares to replace every secret of the vault. Where several have one value, that of the context gives the name.
pub fn secrets(session: &Session, scope: &Scope) -> Result<Replacements, Error> {
    let (context, view) = session.whole_view(scope)?;
    Ok(replacements(session, by_strength(&view.sections, &context)))
}

/// Prepares to replace every secret of an environment, and of the vault that it is from.
pub fn secrets_of(session: &Session, environment: &Environment) -> Result<Replacements, Error> {
    let vault = match environment.is_sealed() {
        true => Sections::default(),
        false => session.view(Selection::All)?.sections,
    };
    session.note_locked(&vault);
    let sections = by_strength(environment.sections(), environment.context());
    Ok(replacements(session, sections.into_iter().chain(vault.iter().map(|(_, section)| section))))
}

/// Returns these sections, those of the context first, of those the strongest.
fn by_strength<'v>(sections: &'v Sections, context: &Context) -> Vec<&'v Section> {
    let strong = context.sections();
    let others = sections.iter().filter(|(id, _)| !strong.contains(id)).map(|(_, section)| section);
    strong.iter().rev().filter_map(|id| sections.get(id)).chain(others).collect()
}

/// Prepares to replace the secrets of these sections, disputed ones too. Notes how many are too short for it.
fn replacements<'s>(session: &Session, sections: impl IntoIterator<Item = &'s Section>) -> Replacements {
    let secrets = sections.into_iter().flat_map(|section| section.secrets.standing());
    // Nothing reveals an empty value.
    let values = secrets.map(|(name, record)| (name, record.value.expose())).filter(|(_, value)| !value.is_empty());
    let mut known = HashSet::new();
    let replacements = Replacements::new(values.filter(|(_, value)| known.insert(*value)));
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

/// Copies a stream with each value replaced, piece by piece, to a terminal or another stream.
pub fn copy<E>(
    replacements: &Replacements,
    mut source: File,
    to_terminal: bool,
    mut write: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), CopyError<E>> {
    let mut redactor = Redactor::new(replacements);
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    let mut shown = Vec::new();
    loop {
        shown.clear();
        let hesitates = if to_terminal { redactor.hesitates() } else { redactor.hesitates_at_line_end() };
        if hesitates && !is_ready(&source, PATIENCE) {
            redactor.hurry(&mut shown);
        } else {
            match source.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(read @ 1..) => redactor.push(&piece[..read], &mut shown),
                end => {
                    redactor.finish(&mut shown);
                    write(&shown).map_err(CopyError::Write)?;
                    return end.map(drop).map_err(CopyError::Read);
                }
            }
        }
        write(&shown).map_err(CopyError::Write)?;
    }
}

/// Makes a pump that copies the output of a command with each value replaced.
pub fn pump(replacements: Replacements) -> Arc<Pump> {
    Arc::new(move |source, stream| {
        match copy(&replacements, source, stream.is_terminal(), |bytes| stream.write(bytes)) {
            Err(CopyError::Write(error)) => Err(error),
            // When the last process inside a terminal ends, Linux returns EIO.
            Ok(()) | Err(CopyError::Read(_)) => Ok(()),
        }
    })
}
