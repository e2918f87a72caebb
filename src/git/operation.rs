//! What git is in the middle of, such as a merge that stopped at a conflict.

use super::Repository;

/// An operation that git has begun and not finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Merge,
    Rebase,
    CherryPick,
    Revert,
}

impl Operation {
    /// Its name with the article: `a merge`.
    pub fn what(self) -> &'static str {
        match self {
            Operation::Merge => "a merge",
            Operation::Rebase => "a rebase",
            Operation::CherryPick => "a cherry-pick",
            Operation::Revert => "a revert",
        }
    }

    /// The command that continues it once nothing is unmerged.
    pub fn go_on(self) -> &'static str {
        match self {
            Operation::Merge => "git commit --no-edit",
            Operation::Rebase => "git rebase --continue",
            Operation::CherryPick => "git cherry-pick --continue",
            Operation::Revert => "git revert --continue",
        }
    }
}

impl Repository {
    /// The operation that git has begun and not finished, if any.
    pub fn doing(&self) -> Option<Operation> {
        // A rebase comes first: a conflict in one leaves a CHERRY_PICK_HEAD as well.
        let files = [
            ("rebase-merge", Operation::Rebase),
            ("rebase-apply", Operation::Rebase),
            ("MERGE_HEAD", Operation::Merge),
            ("CHERRY_PICK_HEAD", Operation::CherryPick),
            ("REVERT_HEAD", Operation::Revert),
        ];
        files.into_iter().find(|(file, _)| self.has(file)).map(|(_, operation)| operation)
    }

    /// Whether a `git bisect` is under way.
    pub fn is_bisect(&self) -> bool {
        self.has("BISECT_LOG")
    }

    fn has(&self, file: &str) -> bool {
        self.own(file).is_ok_and(|path| path.exists())
    }
}
