//! The branch that a file is on. It is read from git's own files, since every opening of a vault needs it;
//! git is started only where those files do not say.

use std::fs;
use std::path::Path;

use super::command::run;
use super::layout::{dot_git, git_directory};

/// The branch that is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// There is no repository.
    None,
    On(String),
    /// HEAD is on no branch.
    Detached,
}

impl Branch {
    /// The branch of the work tree that the file is in; during a rebase, the branch being rebased.
    pub fn of(file: &Path) -> Branch {
        let Some(dot_git) = dot_git(file) else { return Branch::None };
        let directory = git_directory(dot_git);
        let name = |file: &str, prefix: &str| {
            let text = fs::read_to_string(directory.join(file)).ok()?;
            Some(text.trim().strip_prefix(prefix)?.to_owned())
        };

        let head = match name("HEAD", "ref: refs/heads/") {
            // In a repository with a reftable, HEAD is this placeholder (gitformat-reftable(5)).
            Some(head) if head == ".invalid" => head_from_git(file),
            head => head,
        };
        let rebasing = || {
            let merge = name("rebase-merge/head-name", "refs/heads/");
            merge.or_else(|| name("rebase-apply/head-name", "refs/heads/"))
        };
        head.or_else(rebasing).map_or(Branch::Detached, Branch::On)
    }
}

fn head_from_git(file: &Path) -> Option<String> {
    let output = run(file.parent()?, ["symbolic-ref", "--quiet", "HEAD"]).ok()?;
    let head = String::from_utf8(output.stdout).ok()?;
    Some(head.trim_end().strip_prefix("refs/heads/")?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_branch_from_heads_rebases_and_linked_work_trees() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let branch = |path: &str| Branch::of(&root.path().join(path));
        assert_eq!(branch("acme.age"), Branch::None);
        write("repo/.git/HEAD", "ref: refs/heads/feature/x\n");
        assert_eq!(branch("repo/secrets/acme.age"), Branch::On("feature/x".into()));
        write("repo/.git/HEAD", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12\n");
        assert_eq!(branch("repo/acme.age"), Branch::Detached);
        write("repo/.git/rebase-merge/head-name", "refs/heads/topic\n");
        assert_eq!(branch("repo/acme.age"), Branch::On("topic".into()));
        write("tree/.git", "gitdir: ../repo/.git/worktrees/tree\n");
        write("repo/.git/worktrees/tree/HEAD", "ref: refs/heads/tree\n");
        assert_eq!(branch("tree/acme.age"), Branch::On("tree".into()));
    }
}
