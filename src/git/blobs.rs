//! Blobs: the files that the next commit would hold, and those of all commits.

use std::collections::HashMap;
use std::fs;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use super::command::{check_above, git, path, path_line, printed};
use super::refusal::GitError;

/// Makes git list changes as [`Change`] parses them, of the whole work tree, whatever the user configured.
const RAW: [&str; 6] = ["--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-relative", "--no-renames"];

/// A file's contents as git stores them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub id: String,
    /// From the top of the work tree.
    pub path: PathBuf,
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
        let listed = self.printed(self.git(&options)?.args(RAW).arg("--").args(paths))?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut blobs = Vec::new();
        while let (Some(change), Some(name)) = (fields.next(), fields.next()) {
            if let Some(Change { id, is_file: true }) = Change::parse(change) {
                blobs.push(Blob { id, path: path(name) });
            }
        }
        Ok(blobs)
    }

    /// Reads blobs in their order. `each` gets the index in the list, the size in bytes and the contents.
    /// Returns how many are missing, as in a partial clone.
    pub fn read<E: From<GitError>>(
        &self,
        blobs: &[Blob],
        mut each: impl FnMut(usize, u64, &mut dyn Read) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut git = spawn(self.git(&["cat-file", "--batch"])?.stdin(Stdio::piped()))?;
        let mut input = git.stdin.take().expect("standard input is piped");
        let ids: String = blobs.iter().map(|blob| format!("{}\n", blob.id)).collect();
        // On another thread: git answers before it has read all ids, so one thread would block on both pipes.
        let feeder = thread::spawn(move || input.write_all(ids.as_bytes()));

        let result = read_batch(git, |index, _, size, contents| each(index, size, contents));
        let _ = feeder.join();
        result
    }

    /// Reads every blob of every commit once, below these paths if there are any. `each` gets the id, the
    /// size in bytes and the contents. Returns how many are missing.
    pub fn read_all<E: From<GitError>>(
        &self,
        paths: &[PathBuf],
        mut each: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), E>,
    ) -> Result<usize, E> {
        let options = ["rev-list", "--objects", "--no-object-names", "--filter=object:type=blob", "--all", "--"];
        let mut list = spawn(self.git(&options)?.args(paths).stderr(Stdio::piped()))?;
        let ids = list.stdout.take().expect("standard output is piped");
        let git = spawn(self.git(&["cat-file", "--batch", "--buffer"])?.stdin(ids))?;

        let result = read_batch(git, |_, id, size, contents| each(id, size, contents));
        let list = list.wait_with_output().map_err(GitError::from)?;
        if result.is_ok() && !list.status.success() {
            return Err(GitError::parse(&list.stderr).into());
        }
        result
    }

    /// For each of these blobs, the first commit that has it, and its path there.
    pub fn origins(&self, ids: &[String]) -> Result<HashMap<String, (String, PathBuf)>, GitError> {
        let options = ["log", "--all", "--reverse", "--topo-order", "--diff-merges=separate", "--root"];
        let format = ["--no-show-signature", "--format=%x01%H"];
        let listed = self.printed(self.git(&options)?.args(RAW).args(format))?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut commit = String::new();
        let mut origins = HashMap::new();
        while let Some(field) = fields.next() {
            let field = field.trim_ascii_start();
            if let Some(id) = field.strip_prefix(b"\x01") {
                commit = String::from_utf8_lossy(id).trim().to_owned();
            } else if let Some(change) = Change::parse(field) {
                let path = path(fields.next().unwrap_or_default());
                if ids.contains(&change.id) {
                    origins.entry(change.id).or_insert_with(|| (commit.clone(), path));
                }
            }
        }
        Ok(origins)
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

    fn git(&self, arguments: &[&str]) -> Result<Command, GitError> {
        check_above(self.directory)?;
        let mut git = git(self.directory, arguments);
        git.stdin(Stdio::null()).stderr(Stdio::null());
        Ok(git)
    }

    fn printed(&self, git: &mut Command) -> Result<Vec<u8>, GitError> {
        printed(git.stderr(Stdio::piped()).output()?).map_err(|error| error.looked_at(self.directory))
    }
}

fn spawn(git: &mut Command) -> Result<Child, GitError> {
    Ok(git.stdout(Stdio::piped()).spawn()?)
}

/// Reads what `git cat-file --batch` prints, and ends it. `each` gets the index of the object among those
/// asked for, its id, its size and its contents. Returns how many objects are missing.
fn read_batch<E: From<GitError>>(
    mut git: Child,
    each: impl FnMut(usize, &str, u64, &mut dyn Read) -> Result<(), E>,
) -> Result<usize, E> {
    let output = git.stdout.take().expect("standard output is piped");
    let result = parse_batch(output, each);
    // If `each` failed, git may still have more to write.
    let _ = git.kill();
    let _ = git.wait();
    result
}

/// Each object is a line `ID TYPE SIZE`, its contents and a line feed; or the line `ID missing`.
fn parse_batch<E: From<GitError>>(
    output: impl Read,
    mut each: impl FnMut(usize, &str, u64, &mut dyn Read) -> Result<(), E>,
) -> Result<usize, E> {
    let mut output = BufReader::with_capacity(64 * 1024, output);
    let mut header = String::new();
    let mut missing = 0;
    for index in 0.. {
        header.clear();
        if output.read_line(&mut header).map_err(GitError::from)? == 0 {
            break;
        }
        let fields: Vec<&str> = header.split_whitespace().collect();
        let [id, kind, size] = fields[..] else {
            missing += 1;
            continue;
        };
        let unexpected = |_| GitError::other("`git cat-file` printed a header without a size");
        let size: u64 = size.parse().map_err(unexpected)?;
        let mut contents = output.by_ref().take(size);
        if kind == "blob" {
            each(index, id, size, &mut contents)?;
        }
        // `each` may have left some unread.
        io::copy(&mut contents, &mut io::sink()).map_err(GitError::from)?;
        output.read_exact(&mut [0]).map_err(GitError::from)?;
    }
    Ok(missing)
}

/// A line of git's raw differences: `:MODE MODE ID ID STATUS`, each pair before and after.
struct Change {
    /// The id afterwards.
    id: String,
    /// Whether it is a file or a symbolic link afterwards, not a submodule.
    is_file: bool,
}

impl Change {
    fn parse(line: &[u8]) -> Option<Change> {
        let fields: Vec<&str> = std::str::from_utf8(line).ok()?.strip_prefix(':')?.split(' ').collect();
        let [_, mode, _, id, _] = fields[..] else { return None };
        Some(Change { id: id.to_owned(), is_file: mode.starts_with("10") || mode.starts_with("12") })
    }
}
