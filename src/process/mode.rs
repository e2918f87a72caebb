//! A temporary change of a terminal's mode.

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
    /// Changes the mode of a terminal.
    pub fn over(terminal: OwnedFd, change: impl FnOnce(&mut Termios)) -> io::Result<Mode> {
        let before = tcgetattr(&terminal)?;
        let mut during = before.clone();
        change(&mut during);
        let mode = Mode { terminal, before, during };
        mode.enter();
        Ok(mode)
    }

    /// Changes the mode again, if the terminal listens to this process.
    pub fn enter(&self) {
        self.set(&self.during);
    }

    /// Restores the terminal's own mode.
    pub fn leave(&self) {
        self.set(&self.before);
    }

    fn set(&self, mode: &Termios) {
        if is_foreground(&self.terminal) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Drain, mode);
        }
    }
}

impl Drop for Mode {
    fn drop(&mut self) {
        self.leave();
    }
}

/// Returns whether what is typed at a terminal goes to this process.
pub fn is_foreground(terminal: impl AsFd) -> bool {
    tcgetpgrp(terminal.as_fd()).is_ok_and(|group| group == getpgrp())
}
