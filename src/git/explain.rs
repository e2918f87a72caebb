//! The words for what git refuses.

use super::GitError;
use crate::report::{Explain, Kind, Report};

impl Explain for GitError {
    fn explain(&self) -> Report {
        Report::new(Kind::Failed, "git", format!("git: {}", self.0))
    }
}

explained!(GitError);
