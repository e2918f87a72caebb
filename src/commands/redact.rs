//! `redact`: standard input to standard output, each value of the context replaced by its name.

use std::io::{self, Read as _};

use clap::Args;
use zeroize::Zeroizing;

use crate::guard::{Redaction, Redactor};
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::options::ContextScope;
use crate::report::count;
use crate::vault::Sections;

/// How much is read at once.
pub const PIECE: usize = 256 << 10;

#[derive(Debug, Args)]
pub struct Redact {
    #[command(flatten)]
    scope: ContextScope,
}

impl Redact {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let (_, view) = cx.context_view(&self.scope)?;
        let redaction = redaction(cx, &view.sections);
        let mut stream = Redactor::new(&redaction);
        let mut input = io::stdin().lock();
        let mut piece = Zeroizing::new(vec![0; PIECE]);
        let mut shown = Vec::new();
        loop {
            let read = match input.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read.map_err(|error| Error::Input { what: "standard input".into(), error })?,
            };
            match read {
                0 => stream.finish(&mut shown),
                read => stream.push(&piece[..read], &mut shown),
            }
            cx.ui.data(&shown)?;
            if read == 0 {
                return Ok(());
            }
            shown.clear();
        }
    }
}

/// What is to be replaced: every secret of these sections, also one that another wins over. Says how many
/// are too short for it.
pub fn redaction(cx: &Cx, sections: &Sections) -> Redaction {
    let secrets = sections.iter().flat_map(|(_, section)| section.secrets.standing());
    let values = secrets.map(|(name, record)| (name, record.value.expose()));
    // An empty one is shown by nothing.
    let redaction = Redaction::new(values.filter(|(_, value)| !value.is_empty()));
    if redaction.skipped > 0 {
        let secrets = count(redaction.skipped, "secret");
        cx.ui.note(&format!("{secrets} of fewer than 8 characters cannot be redacted"));
    }
    redaction
}
