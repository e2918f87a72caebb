//! One thing that was checked.

use crate::report::{Command, Error, Message};

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `key`, `pins`, `vault`, `git`, `guard`, `leftovers`, `lock` or `keyring`.
    pub subject: &'static str,
    pub found: Message,
    /// How to fix it, the best first. Empty if nothing is wrong.
    pub fixes: Vec<Message>,
}

impl Finding {
    pub(super) fn good(subject: &'static str, found: impl Into<Message>) -> Finding {
        Finding { subject, found: found.into(), fixes: Vec::new() }
    }

    pub(super) fn wrong(subject: &'static str, found: impl Into<Message>, fix: impl Into<Message>) -> Finding {
        Finding { subject, found: found.into(), fixes: vec![fix.into()] }
    }

    /// Adds another way to fix it.
    pub(super) fn or(mut self, fix: impl Into<Message>) -> Finding {
        self.fixes.push(fix.into());
        self
    }

    /// An error, with its own message and hints.
    pub(super) fn error(subject: &'static str, error: &Error) -> Finding {
        let report = error.report();
        let mut fixes = report.hints.clone();
        if fixes.is_empty() {
            fixes.push(Command::without_vault("--help").into());
        }
        Finding { subject, found: report.message.clone(), fixes }
    }

    pub fn is_wrong(&self) -> bool {
        !self.fixes.is_empty()
    }
}
