//! Standard output and standard error, for what a command writes there.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};

use rustix::fs::fstat;

use crate::old::error::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Output,
    Errors,
}

impl Stream {
    pub fn is_terminal(self) -> bool {
        match self {
            Stream::Output => io::stdout().is_terminal(),
            Stream::Errors => io::stderr().is_terminal(),
        }
    }

    /// Whether both are the same file: then the order of what is written to them can be kept.
    pub fn are_one() -> bool {
        let (output, errors) = (fstat(io::stdout()), fstat(io::stderr()));
        output.is_ok_and(|output| {
            errors.is_ok_and(|errors| (output.st_dev, output.st_ino) == (errors.st_dev, errors.st_ino))
        })
    }

    /// The file behind it, past std's buffer, which would keep a value for as long as this process lives.
    pub fn file(self) -> io::Result<File> {
        match self {
            Stream::Output => super::unbuffered(io::stdout()),
            Stream::Errors => super::unbuffered(io::stderr()),
        }
    }

    /// Writes all of it.
    pub fn write(self, bytes: &[u8]) -> Result<(), Error> {
        let written = self.file().and_then(|mut file| file.write_all(bytes));
        written.map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Error::OutputClosed,
            _ => Error::Output(error),
        })
    }
}
