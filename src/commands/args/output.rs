//! `--output`: standard output, or a file.

use std::path::Path;

use crate::commands::App;
use crate::ops::output::OutputFile;
use crate::report::Error;

/// Where text goes that may hold values.
pub enum Output {
    Standard,
    File(OutputFile),
}

impl Output {
    /// Standard output, or a file that may be written.
    pub fn new(app: &App, path: Option<&Path>, force: bool) -> Result<Output, Error> {
        let is_standard = |path: &Path| ["-", "/dev/stdout", "/dev/fd/1"].map(Path::new).contains(&path);
        match path.filter(|path| !is_standard(path)) {
            Some(path) => Ok(Output::File(OutputFile::new(&app.session, path, force)?)),
            None => Ok(Output::Standard),
        }
    }

    pub fn is_standard(&self) -> bool {
        matches!(self, Output::Standard)
    }

    pub fn is_terminal(&self, app: &App) -> bool {
        self.is_standard() && app.ui.tables
    }

    /// Writes it, a file whole or not at all.
    pub fn write(&self, app: &App, bytes: &[u8]) -> Result<(), Error> {
        match self {
            Output::Standard => app.ui.data(bytes),
            Output::File(file) => file.write(bytes),
        }
    }
}
