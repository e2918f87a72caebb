//! Standard streams, for the output of a command.

#![allow(clippy::disallowed_methods, reason = "the output of a command is not a message of etui's")]

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::AsFd;

use rustix::fs::fstat;

/// One of the two output streams of this process.
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

    /// Returns whether both streams are one file. Then the order of what is written to them can be kept.
    pub fn are_one() -> bool {
        let (output, errors) = (fstat(io::stdout()), fstat(io::stderr()));
        output.is_ok_and(|output| {
            errors.is_ok_and(|errors| (output.st_dev, output.st_ino) == (errors.st_dev, errors.st_ino))
        })
    }

    /// Returns the file behind the stream.
    pub fn file(self) -> io::Result<File> {
        match self {
            Stream::Output => unbuffered(io::stdout()),
            Stream::Errors => unbuffered(io::stderr()),
        }
    }

    /// Writes all of it.
    pub fn write(self, bytes: &[u8]) -> io::Result<()> {
        self.file()?.write_all(bytes)
    }
}

/// Returns standard input.
pub fn input() -> io::Result<File> {
    unbuffered(io::stdin())
}

/// Returns a stream that bypasses std's buffer, which would keep a value for as long as this process lives.
fn unbuffered(stream: impl AsFd) -> io::Result<File> {
    Ok(File::from(stream.as_fd().try_clone_to_owned()?))
}
