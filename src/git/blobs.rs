//! Blobs: the files that the next commit would hold, and those of all commits.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::{self, JoinHandle};

use super::command::{check_above, git, path, path_line, printed};
use super::refusal::GitError;

/// For each blob and each path that held it, the first commit that had it there.
pub type Origins = BTreeMap<(String, PathBuf), String>;

/// Makes git list changes as [`Change`] parses them, of the whole work tree, whatever the user configured.
const RAW: [&str; 6] = ["--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-relative", "--no-renames"];

/// Makes git go through all commits. Without `--full-history`, it would leave out, below given paths, the branches of
/// which a merge kept nothing.
const EVERYWHERE: [&str; 2] = ["--full-history", "--all"];

/// A file's contents as git stores them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub id: String,
    /// From the top of the work tree.
    pub path: PathBuf,
    pub is_symlink: bool,
}

/// The contents of a blob, and their size in bytes.
pub struct Contents<'r> {
    pub size: u64,
    pub bytes: &'r mut dyn Read,
}

/// The objects of the repository that a directory is in.
///
/// Unlike [`Repository`](super::Repository) it needs no work tree, as a bare repository has a history too,
/// and it obeys the variables of a hook, which name the index that becomes the commit.
pub struct Objects<'d> {
    pub directory: &'d Path,
}

impl Objects<'_> {
    /// The files that the next commit adds or changes, below these paths if there are any.
    pub fn staged(&self, paths: &[PathBuf]) -> Result<Vec<Blob>, GitError> {
        let options = ["diff", "--cached", "--diff-filter=ACMT", "--ignore-submodules=all"];
        let listed = self.printed(self.git(&options)?.args(RAW).arg("--").args(paths)).or_else(|error| {
            // Where there is no repository, `git diff` compares any files, and does not know these options.
            self.top()?;
            Err(error)
        })?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut blobs = Vec::new();
        while let (Some(change), Some(name)) = (fields.next(), fields.next()) {
            if let Some(Change { id, is_symlink: Some(is_symlink) }) = Change::parse(change) {
                blobs.push(Blob { id, path: path(name), is_symlink });
            }
        }
        Ok(blobs)
    }

    /// Reads blobs in their order. `each` gets the index in the list, the size in bytes and the contents; none of
    /// a blob that git does not have, or cannot read.
    pub fn read<E: From<GitError>>(
        &self,
        blobs: &[Blob],
        mut each: impl FnMut(usize, Option<Contents<'_>>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut git = spawn(self.git(&["cat-file", "--batch"])?.stdin(Stdio::piped()).stderr(Stdio::piped()))?;
        let ids: String = blobs.iter().map(|blob| format!("{}\n", blob.id)).collect();
        let feeder = feed(&mut git, ids.into_bytes());

        let result = read_batch(git, |index, _, contents| each(index, contents));
        let _ = feeder.join();
        result
    }

    /// Reads every blob of every commit once, below these paths if there are any. `each` gets the id and the
    /// contents; none of a blob that git does not have, as in a partial clone, or cannot read.
    pub fn read_all<E: From<GitError>>(
        &self,
        paths: &[PathBuf],
        mut each: impl FnMut(&str, Option<Contents<'_>>) -> Result<(), E>,
    ) -> Result<(), E> {
        // A missing object is listed as `?ID`, which the next git calls missing, too.
        let mut list = self.walk(&["rev-list", "--objects", "--no-object-names", "--missing=print"])?;
        // With the filter, git does not list missing trees.
        if !self.is_partial()? {
            list.arg("--filter=object:type=blob");
        }
        list.args(EVERYWHERE).args(self.stashes()?).arg("--").args(paths);
        let mut list = spawn(list.stderr(Stdio::piped()))?;
        let ids = list.stdout.take().expect("standard output is piped");
        let git = spawn(self.walk(&["cat-file", "--batch", "--buffer"])?.stdin(ids).stderr(Stdio::piped()))?;

        let result = read_batch(git, |_, id, contents| each(id.trim_start_matches('?'), contents));
        let list = list.wait_with_output().map_err(GitError::from)?;
        if result.is_ok() && !list.status.success() {
            return Err(GitError::parse(&list.stderr).into());
        }
        result
    }

    /// Finds where these blobs are in the history, below these paths if there are any.
    pub fn origins(&self, ids: &BTreeSet<String>, paths: &[PathBuf]) -> Result<Origins, GitError> {
        let options = ["log", "--reverse", "--topo-order", "--diff-merges=separate", "--root"];
        let mut log = self.walk(&options)?;
        log.args(RAW).args(["--no-show-signature", "--format=%x01%H"]);
        let listed = self.printed(log.args(EVERYWHERE).args(self.stashes()?).arg("--").args(paths))?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut commit = String::new();
        let mut origins = Origins::new();
        while let Some(field) = fields.next() {
            let field = field.trim_ascii_start();
            if let Some(id) = field.strip_prefix(b"\x01") {
                commit = String::from_utf8_lossy(id).trim().to_owned();
            } else if let Some(change) = Change::parse(field) {
                let path = path(fields.next().unwrap_or_default());
                if ids.contains(&change.id) {
                    origins.entry((change.id, path)).or_insert_with(|| commit.clone());
                }
            }
        }
        Ok(origins)
    }

    /// The commits of all stashes. Only the newest has a reference.
    fn stashes(&self) -> Result<Vec<String>, GitError> {
        let listed =
            self.git(&["log", "--walk-reflogs", "--no-show-signature", "--format=%H", "refs/stash", "--"])?.output()?;
        // Git fails if there never was a stash.
        Ok(String::from_utf8_lossy(&listed.stdout).lines().map(str::to_owned).collect())
    }

    /// Whether objects were left out when the repository was cloned.
    pub fn is_partial(&self) -> Result<bool, GitError> {
        let listed = self.git(&["config", "--get-regexp", r"^remote\..*\.promisor$"])?.output()?;
        // Git fails if there is no such remote.
        Ok(!listed.stdout.is_empty())
    }

    /// Whether the history was cut off when the repository was cloned.
    pub fn is_shallow(&self) -> Result<bool, GitError> {
        let line = self.printed(&mut self.git(&["rev-parse", "--is-shallow-repository"])?)?;
        Ok(line.trim_ascii() == b"true")
    }

    /// The top of the work tree.
    pub fn top(&self) -> Result<PathBuf, GitError> {
        let line = self.printed(&mut self.git(&["rev-parse", "--show-toplevel"])?)?;
        Ok(path_line(&line))
    }

    /// The directory of the hooks: `core.hooksPath`, or git's own.
    pub fn hooks(&self) -> Result<PathBuf, GitError> {
        let line = self.printed(&mut self.git(&["rev-parse", "--git-path", "hooks"])?)?;
        Ok(self.directory.join(path_line(&line)))
    }

    /// The hooks that git's configuration names for each commit, in the words of `git hook list`: not before git 2.54.
    pub fn configured_hooks(&self) -> Vec<String> {
        let listed = self.line(&["hook", "list", "pre-commit"]).unwrap_or_default();
        let commands = listed.lines().filter_map(|name| self.line(&["config", &format!("hook.{name}.command")]));
        commands.collect()
    }

    /// Whether the directory of the hooks belongs to many repositories: a setting names it that is not of this clone.
    pub fn has_shared_hooks(&self) -> Result<bool, GitError> {
        let scope = self.line(&["config", "--show-scope", "--get", "core.hooksPath"]).unwrap_or_default();
        if !["global\t", "system\t"].iter().any(|wide| scope.starts_with(wide)) {
            return Ok(false);
        }
        let common = self.printed(&mut self.git(&["rev-parse", "--git-common-dir"])?)?;
        let real = |path: PathBuf| fs::canonicalize(&path).unwrap_or(path);
        let hooks = real(self.hooks()?);
        let own = [real(self.top()?), real(self.directory.join(path_line(&common)))];
        Ok(!own.iter().any(|own| hooks.starts_with(own)))
    }

    /// What this clone's configuration says.
    pub fn setting(&self, key: &str) -> Option<String> {
        self.line(&["config", "--local", "--get", key])
    }

    /// Changes this clone's configuration; without a value the key goes.
    pub fn set(&self, key: &str, value: Option<&str>) -> Result<(), GitError> {
        match value {
            _ if self.setting(key).as_deref() == value => Ok(()),
            Some(value) => self.printed(&mut self.git(&["config", "--local", key, value])?).map(drop),
            None => self.printed(&mut self.git(&["config", "--local", "--unset-all", key])?).map(drop),
        }
    }

    fn line(&self, arguments: &[&str]) -> Option<String> {
        let printed = self.printed(&mut self.git(arguments).ok()?).ok()?;
        let line = String::from_utf8_lossy(&printed).trim_end().to_owned();
        Some(line).filter(|line| !line.is_empty())
    }

    /// Prepares git to go through the history. It fetches nothing that a partial clone left out: one request for each of
    /// thousands of blobs would not end.
    fn walk(&self, arguments: &[&str]) -> Result<Command, GitError> {
        let mut git = self.git(arguments)?;
        git.env("GIT_NO_LAZY_FETCH", "1");
        Ok(git)
    }

    pub(super) fn git(&self, arguments: &[&str]) -> Result<Command, GitError> {
        check_above(self.directory)?;
        let mut git = git(self.directory, arguments);
        git.stdin(Stdio::null()).stderr(Stdio::null());
        Ok(git)
    }

    pub(super) fn printed(&self, git: &mut Command) -> Result<Vec<u8>, GitError> {
        printed(git.stderr(Stdio::piped()).output()?).map_err(|error| error.looked_at(self.directory))
    }
}

/// Writes to git's standard input, on another thread: git answers before it has read all, so one thread would block
/// on both pipes.
pub(super) fn feed(git: &mut Child, bytes: Vec<u8>) -> JoinHandle<io::Result<()>> {
    let mut input = git.stdin.take().expect("standard input is piped");
    thread::spawn(move || input.write_all(&bytes))
}

pub(super) fn spawn(git: &mut Command) -> Result<Child, GitError> {
    Ok(git.stdout(Stdio::piped()).spawn()?)
}

/// Reads what `git cat-file --batch` prints, and ends it. `each` gets the index of the object among those
/// asked for, its id and its contents.
fn read_batch<E: From<GitError>>(
    mut git: Child,
    each: impl FnMut(usize, &str, Option<Contents<'_>>) -> Result<(), E>,
) -> Result<(), E> {
    let output = git.stdout.take().expect("standard output is piped");
    let result = parse_batch(output, each);
    if result.is_err() {
        // Git may still have more to write.
        let _ = git.kill();
    }
    let ended = git.wait_with_output().map_err(GitError::from)?;
    // If it ended early, it would look as if all was read.
    if result.is_ok() && !ended.status.success() {
        return Err(GitError::parse(&ended.stderr).into());
    }
    result
}

/// Each object is a line `ID TYPE SIZE`, its contents and a line feed; or the line `ID missing`.
fn parse_batch<E: From<GitError>>(
    output: impl Read,
    mut each: impl FnMut(usize, &str, Option<Contents<'_>>) -> Result<(), E>,
) -> Result<(), E> {
    let mut output = BufReader::with_capacity(64 * 1024, output);
    let mut header = String::new();
    for index in 0.. {
        header.clear();
        if output.read_line(&mut header).map_err(GitError::from)? == 0 {
            break;
        }
        let fields: Vec<&str> = header.split_whitespace().collect();
        let [id, kind, size] = fields[..] else {
            each(index, fields.first().copied().unwrap_or_default(), None)?;
            continue;
        };
        let unexpected = |_| GitError::other("`git cat-file` printed a header without a size");
        let size: u64 = size.parse().map_err(unexpected)?;
        let mut bytes = output.by_ref().take(size);
        if kind == "blob" {
            each(index, id, Some(Contents { size, bytes: &mut bytes }))?;
        }
        // `each` may have left some unread.
        io::copy(&mut bytes, &mut io::sink()).map_err(GitError::from)?;
        output.read_exact(&mut [0]).map_err(GitError::from)?;
    }
    Ok(())
}

/// A line of git's raw differences: `:MODE MODE ID ID STATUS`, each pair before and after.
struct Change {
    /// The id afterwards.
    id: String,
    /// Whether it is a symbolic link or a file afterwards. None if it is a submodule.
    is_symlink: Option<bool>,
}

impl Change {
    fn parse(line: &[u8]) -> Option<Change> {
        let fields: Vec<&str> = std::str::from_utf8(line).ok()?.strip_prefix(':')?.split(' ').collect();
        let [_, mode, _, id, _] = fields[..] else { return None };
        let is_symlink = match mode.get(..2) {
            Some("10") => Some(false),
            Some("12") => Some(true),
            _ => None,
        };
        Some(Change { id: id.to_owned(), is_symlink })
    }
}
