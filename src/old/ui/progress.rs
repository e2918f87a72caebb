//! How far something has come that takes more than a second: one line, for who sits at a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use super::{Ui, visible};

/// A line that is written anew, and is gone in the end.
pub struct Progress {
    is_seen: bool,
    next: Instant,
    is_shown: bool,
}

impl Ui {
    /// Begins one; where nobody sees it, nothing is ever shown.
    pub fn progress(&self) -> Progress {
        let is_seen = io::stderr().is_terminal() && self.level <= super::Level::Info && !self.json;
        Progress { is_seen, next: Instant::now() + Duration::from_secs(1), is_shown: false }
    }
}

impl Progress {
    /// Shows how far it has come, if there is time for it.
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
