//! Progress of work that takes more than a second: one line, on a terminal only.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use super::Ui;
use crate::report::{Level, visible};

/// A line that is overwritten as work proceeds, and erased at the end.
pub struct Progress {
    is_seen: bool,
    next: Instant,
    is_shown: bool,
}

impl Ui {
    /// Starts a progress line. It stays empty if standard error is not a terminal.
    pub fn progress(&self) -> Progress {
        let is_seen = io::stderr().is_terminal() && self.level <= Level::Info && !self.json;
        Progress { is_seen, next: Instant::now() + Duration::from_secs(1), is_shown: false }
    }
}

impl Progress {
    /// Shows the progress, at most five times a second.
    pub fn show(&mut self, text: impl FnOnce() -> String) {
        let now = Instant::now();
        if self.is_seen && now >= self.next {
            self.next = now + Duration::from_millis(200);
            self.is_shown = true;
            let _ = write!(io::stderr(), "\r{}\x1b[K", visible(&text()));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
