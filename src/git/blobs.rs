//! What git holds: the files that are about to be committed, and those of all commits.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use super::GitError;

/// What makes git list changes as [`Change`] reads them: of the whole work tree, whatever its user has configured.
const RAW: [&str; 6] = ["--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-relative", "--no-renames"];

/// The text of a file, as git holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    pub id: String,
    /// From the top of the work tree.
    pub path: PathBuf,
}

impl From<io::Error> for GitError {
    fn from(error: io::Error) -> GitError {
        GitError(match error.kind() {
            io::ErrorKind::NotFound => "it is not installed".to_owned(),
            _ => error.to_string(),
        })
    }
}

/// The repository that a directory is in. Unlike where only one file is meant, a hook's variables count: they
/// name the index that becomes the commit.
pub struct Objects<'d> {
    pub directory: &'d Path,
}

impl Objects<'_> {
    /// What is added or changed by the next commit, below these paths if there are any.
    pub fn staged(&self, paths: &[PathBuf]) -> Result<Vec<Blob>, GitError> {
        let options = ["diff", "--cached", "--diff-filter=ACMT", "--ignore-submodules=all"];
        let listed = self.said(self.git(&options).args(RAW).arg("--").args(paths))?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut blobs = Vec::new();
        while let (Some(change), Some(path)) = (fields.next(), fields.next()) {
            blobs.extend(
                Change::parse(change)
                    .filter(|change| change.is_file)
                    .map(|change| Blob { id: change.id, path: PathBuf::from(OsStr::from_bytes(path)) }),
            );
        }
        Ok(blobs)
    }

    /// Reads blobs, in their order: calls with the place in the list, the size, and the text. Returns how
    /// many are not there, as in a clone that fetches them only when they are needed.
    pub fn read<E: From<GitError>>(
        &self,
        blobs: &[Blob],
        mut each: impl FnMut(usize, u64, &mut dyn Read) -> Result<(), E>,
    ) -> Result<usize, E> {
        let mut git = self
            .git(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(GitError::from)?;
        let mut input = git.stdin.take().expect("it is piped");
        let ids: String = blobs.iter().map(|blob| format!("{}\n", blob.id)).collect();
        // Beside the reading: git answers before it has read all.
        let feeder = thread::spawn(move || input.write_all(ids.as_bytes()));
        let result = batch(git.stdout.take().expect("it is piped"), |number, _, size, text| each(number, size, text));
        // Whoever stopped early does not read the rest.
        let _ = git.kill();
        let _ = git.wait();
        let _ = feeder.join();
        result
    }

    /// Reads every blob of every commit, each once, below these paths if there are any: calls with id, size
    /// and text. Returns how many are not there.
    pub fn read_all<E: From<GitError>>(
        &self,
        paths: &[PathBuf],
        mut each: impl FnMut(&str, u64, &mut dyn Read) -> Result<(), E>,
    ) -> Result<usize, E> {
        let options = ["rev-list", "--objects", "--no-object-names", "--filter=object:type=blob", "--all", "--"];
        let mut list = self
            .git(&options)
            .args(paths)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(GitError::from)?;
        let ids = list.stdout.take().expect("it is piped");
        let mut git = self
            .git(&["cat-file", "--batch", "--buffer"])
            .stdin(ids)
            .stdout(Stdio::piped())
            .spawn()
            .map_err(GitError::from)?;
        let result = batch(git.stdout.take().expect("it is piped"), |_, id, size, text| each(id, size, text));
        let _ = git.kill();
        let _ = git.wait();
        let list = list.wait_with_output().map_err(GitError::from)?;
        if result.is_ok() && !list.status.success() {
            return Err(first_line(&list.stderr).into());
        }
        result
    }

    /// The commit that brought each of these, and under which path.
    pub fn origins(&self, ids: &[String]) -> Result<HashMap<String, (String, PathBuf)>, GitError> {
        let options = ["log", "--all", "--reverse", "--topo-order", "--diff-merges=separate", "--root"];
        let listed = self.said(self.git(&options).args(RAW).args(["--no-show-signature", "--format=%x01%H"]))?;
        let mut fields = listed.split(|byte| *byte == 0);
        let mut commit = String::new();
        let mut origins = HashMap::new();
        while let Some(field) = fields.next() {
            let field = field.trim_ascii_start();
            if let Some(id) = field.strip_prefix(b"\x01") {
                commit = String::from_utf8_lossy(id).trim().to_owned();
            } else if let Some(change) = Change::parse(field) {
                let path = PathBuf::from(OsStr::from_bytes(fields.next().unwrap_or_default()));
                if ids.contains(&change.id) {
                    origins.entry(change.id).or_insert_with(|| (commit.clone(), path));
                }
            }
        }
        Ok(origins)
    }

    /// The top of the work tree.
    pub fn top(&self) -> Result<PathBuf, GitError> {
        let said = self.said(&mut self.git(&["rev-parse", "--show-toplevel"]))?;
        Ok(PathBuf::from(OsStr::from_bytes(said.strip_suffix(b"\n").unwrap_or(&said))))
    }

    /// Where the hooks are, as `core.hooksPath` or git itself says.
    pub fn hooks(&self) -> Result<PathBuf, GitError> {
        let said = self.said(&mut self.git(&["rev-parse", "--git-path", "hooks"]))?;
        Ok(self.directory.join(OsStr::from_bytes(said.strip_suffix(b"\n").unwrap_or(&said))))
    }

    fn git(&self, arguments: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.directory).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).env("LC_ALL", "C");
        git
    }

    /// What git prints, if it succeeds.
    fn said(&self, git: &mut Command) -> Result<Vec<u8>, GitError> {
        let output = git.stderr(Stdio::piped()).output()?;
        if output.status.success() { Ok(output.stdout) } else { Err(first_line(&output.stderr)) }
    }
}

fn first_line(said: &[u8]) -> GitError {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().find(|line| !line.is_empty()).unwrap_or("it failed");
    GitError(line.trim_start_matches("fatal: ").trim_start_matches("error: ").to_owned())
}

/// What `git cat-file --batch` prints: each object's id, type and size, and its text; or that it is missing. Calls
/// with the place of each blob among all that was asked for.
fn batch<E: From<GitError>>(
    output: impl Read,
    mut each: impl FnMut(usize, &str, u64, &mut dyn Read) -> Result<(), E>,
) -> Result<usize, E> {
    let mut output = BufReader::with_capacity(64 * 1024, output);
    let mut header = String::new();
    let mut missing = 0;
    for number in 0.. {
        header.clear();
        if output.read_line(&mut header).map_err(GitError::from)? == 0 {
            break;
        }
        let fields: Vec<&str> = header.split_whitespace().collect();
        let [id, kind, size] = fields[..] else {
            missing += 1;
            continue;
        };
        let size: u64 = size.parse().map_err(|_| GitError("it prints what nobody expects".into()))?;
        let mut text = output.by_ref().take(size);
        if kind == "blob" {
            each(number, id, size, &mut text)?;
        }
        io::copy(&mut text, &mut io::sink()).map_err(GitError::from)?;
        output.read_exact(&mut [0]).map_err(GitError::from)?;
    }
    Ok(missing)
}

/// A line of git's raw differences: `:MODE MODE ID ID STATUS`.
struct Change {
    /// What is there afterwards.
    id: String,
    /// Whether that is a file or a link, and no other repository.
    is_file: bool,
}

impl Change {
    fn parse(line: &[u8]) -> Option<Change> {
        let fields: Vec<&str> = std::str::from_utf8(line).ok()?.strip_prefix(':')?.split(' ').collect();
        let [_, mode, _, id, _] = fields[..] else { return None };
        Some(Change { id: id.to_owned(), is_file: mode.starts_with("10") || mode.starts_with("12") })
    }
}
