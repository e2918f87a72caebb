//! A terminal in another mode than its own, for a time.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::getpgrp;
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};

/// A terminal whose mode is changed until this is dropped.
pub struct Mode {
    terminal: OwnedFd,
    before: Termios,
    during: Termios,
}

impl Mode {
    pub fn over(terminal: OwnedFd, change: impl FnOnce(&mut Termios)) -> io::Result<Mode> {
        let before = tcgetattr(&terminal)?;
        let mut during = before.clone();
        change(&mut during);
        let mode = Mode { terminal, before, during };
        mode.enter();
        Ok(mode)
    }

    /// The terminal's own mode.
    pub fn before(&self) -> &Termios {
        &self.before
    }

    /// Changes the mode again, if the terminal is this process's to change.
    pub fn enter(&self) {
        if self.is_foreground() {
            let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.during);
        }
    }

    /// Gives the terminal its own mode back.
    pub fn leave(&self) {
        if self.is_foreground() {
            let _ = tcsetattr(&self.terminal, OptionalActions::Drain, &self.before);
        }
    }

    /// Whether what is typed is for this process.
    pub fn is_foreground(&self) -> bool {
        is_foreground(&self.terminal)
    }
}

/// Whether what is typed at a terminal is for this process.
pub fn is_foreground(terminal: impl AsFd) -> bool {
    tcgetpgrp(terminal.as_fd()).is_ok_and(|group| group == getpgrp())
}

impl Drop for Mode {
    fn drop(&mut self) {
        self.leave();
    }
}
