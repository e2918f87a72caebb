//! `clear-clipboard` (hidden): the process that clears the clipboard after `get --copy`.

use clap::Args;

use super::App;
use crate::ops::clipboard;
use crate::report::{Error, Kind, plain_io};
use crate::store::read_private;
use crate::ui;
use crate::vault::Age;

/// The longest mark.
const LIMIT: usize = 1024;

#[derive(Debug, Args)]
pub struct ClearClipboard {
    /// The program that set the clipboard
    program: String,
    /// How long to wait
    after: Age,
}

impl ClearClipboard {
    /// The mark of the value comes on standard input.
    pub fn run(self, _: &App) -> Result<(), Error> {
        let mark = ui::input().and_then(|input| read_private(input, LIMIT));
        let mark = mark.map_err(|error| Error::new(Kind::Failed, "input", plain_io(&error)))?;
        clipboard::clear(&self.program, self.after, &mark)
    }
}
