//! The branch that a file is on, as git's own files say it (gitrepository-layout(5)); git is run only where they do not.

use std::fs;
use std::path::{Path, PathBuf};

use super::command::run;

/// Which branch a directory is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// It is in no repository.
    None,
    On(String),
    /// HEAD is on no branch.
    Detached,
}

impl Branch {
    /// That of the repository which the file is in; during a rebase, the one that is rebased.
    pub fn of(file: &Path) -> Branch {
        let Some(directory) = file.ancestors().skip(1).map(|above| above.join(".git")).find(|git| git.exists()) else {
            return Branch::None;
        };
        let directory = git_directory(directory);
        let named = |file: &str, prefix: &str| {
            let text = fs::read_to_string(directory.join(file)).ok()?;
            Some(text.trim().strip_prefix(prefix)?.to_owned())
        };
        // Where the references are a reftable, this file names none of them (gitformat-reftable(5)).
        let on = named("HEAD", "ref: refs/heads/").and_then(|on| if on == ".invalid" { asked(file) } else { Some(on) });
        let rebased = || {
            named("rebase-merge/head-name", "refs/heads/").or_else(|| named("rebase-apply/head-name", "refs/heads/"))
        };
        on.or_else(rebased).map_or(Branch::Detached, Branch::On)
    }
}

/// The branch, as git says it.
fn asked(file: &Path) -> Option<String> {
    let output = run(file.parent()?, ["symbolic-ref", "--quiet", "HEAD"]).ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim_end().strip_prefix("refs/heads/")?.to_owned())
}

/// Where a repository's own files are: in worktrees and submodules, `.git` is a file that says it.
pub(super) fn git_directory(git: PathBuf) -> PathBuf {
    let said = fs::read_to_string(&git).ok();
    match said.as_deref().and_then(|text| text.trim_end().strip_prefix("gitdir: ")) {
        Some(path) => git.parent().unwrap_or(&git).join(path),
        None => git,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_git_wrote() {
        let root = tempfile::tempdir().unwrap();
        let at = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let branch = |path: &str| Branch::of(&root.path().join(path));
        assert_eq!(branch("acme.age"), Branch::None);
        at("repo/.git/HEAD", "ref: refs/heads/feature/x\n");
        assert_eq!(branch("repo/secrets/acme.age"), Branch::On("feature/x".into()));
        at("repo/.git/HEAD", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12\n");
        assert_eq!(branch("repo/acme.age"), Branch::Detached);
        at("repo/.git/rebase-merge/head-name", "refs/heads/topic\n");
        assert_eq!(branch("repo/acme.age"), Branch::On("topic".into()));
        at("tree/.git", "gitdir: ../repo/.git/worktrees/tree\n");
        at("repo/.git/worktrees/tree/HEAD", "ref: refs/heads/tree\n");
        assert_eq!(branch("tree/acme.age"), Branch::On("tree".into()));
    }
}
