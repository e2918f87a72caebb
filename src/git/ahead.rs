//! The commits of a branch that its upstream does not have.

use std::path::PathBuf;

use super::command::path;
use super::refusal::GitError;
use super::repository::Repository;

/// A commit that a push would bring to the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The hash, abbreviated.
    pub hash: String,
    /// The first line of its message.
    pub subject: String,
    /// The files that it changes; of a merge, those that differ from all of its parents.
    pub paths: Vec<PathBuf>,
    pub is_merge: bool,
}

impl Repository {
    /// Lists the commits of a revision that are in none of these, the newest first.
    pub fn beyond(&self, revision: &str, known: &[&str]) -> Result<Vec<Commit>, GitError> {
        let log = ["-c", "log.showRoot=true", "log", "--format=%x00//%h%x00%P%x00%s"];
        let options = ["-z", "-c", "--name-only", "--no-renames", "--no-show-signature", "--encoding=UTF-8"];
        let range = [revision, "--not"].into_iter().chain(known.iter().copied()).chain(["--"]);
        let printed = self.git(log.into_iter().chain(options).chain(range))?;
        Ok(commits(&printed))
    }
}

/// Reads what `git log` prints in this format. No path in a repository begins with a slash, so a field that does
/// begins a commit.
fn commits(printed: &[u8]) -> Vec<Commit> {
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let mut fields = printed.split(|byte| *byte == 0).peekable();
    let mut commits = Vec::new();
    while let Some(field) = fields.next() {
        let Some(hash) = field.strip_prefix(b"//") else { continue };
        let (Some(parents), Some(subject)) = (fields.next(), fields.next()) else { break };
        let mut paths = Vec::new();
        while let Some(field) = fields.next_if(|field| !field.starts_with(b"//")) {
            // A line end comes before the first path.
            let field = if paths.is_empty() { field.strip_prefix(b"\n").unwrap_or(field) } else { field };
            if !field.is_empty() {
                paths.push(path(field));
            }
        }
        let (hash, subject) = (text(hash), text(subject));
        commits.push(Commit { hash, subject, paths, is_merge: parents.contains(&b' ') });
    }
    commits
}
