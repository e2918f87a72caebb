//! `git install`: attributes that are committed, configuration of this clone, and the lock kept out of git.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::git::{GitError, Repository};
use crate::old::context::Cx;
use crate::old::error::{Error, Sharing};
use crate::store;

#[derive(Debug, Args)]
pub struct Install {}

/// What git is to do with a vault.
const ATTRIBUTES: &str = "-text merge=etui diff=etui";

impl Install {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let place = cx.place()?;
        if let Some(missing) = cx.missing_vault() {
            return Err(missing);
        }
        let file = place.file.path();
        let (repository, _) = repository(file)?;
        let mut done = Vec::new();
        if configure(&repository)? {
            done.push("the merge driver and the diff of this clone".to_owned());
        }
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let attributes = file.with_file_name(".gitattributes");
        if add_line(&attributes, &format!("{} {ATTRIBUTES}", pattern(&name)))? {
            done.push(format!(
                "{} (commit it)",
                attributes.strip_prefix(cx.directory()).unwrap_or(&attributes).display()
            ));
        }
        if keep_out(&repository, &name)? {
            done.push("its lock is kept out of git".to_owned());
        }
        match done.is_empty() {
            true => cx.ui.say("unchanged: this clone merges its vault secret by secret"),
            false => cx.ui.say(&format!("set up: {}", done.join("; "))),
        }
        Ok(())
    }
}

/// The repository of a vault, and the vault's path in it.
pub fn repository(file: &Path) -> Result<(Repository, PathBuf), Error> {
    let directory = file.parent().unwrap_or(Path::new("/"));
    let missing = |error| Error::from(Sharing::NoRepository { path: file.to_owned(), error });
    let repository = Repository::of(directory).map_err(missing)?;
    match repository.relative(file) {
        Some(relative) => Ok((repository, relative)),
        None => Err(missing(GitError("it is outside the working tree".into()))),
    }
}

/// Tells git in this clone what to call. Returns whether that is new.
pub fn configure(repository: &Repository) -> Result<bool, Error> {
    let etui = program();
    let mut changed = false;
    for (key, value) in [
        ("merge.etui.name", "vaults, secret by secret".to_owned()),
        ("merge.etui.driver", format!("{etui} git merge-driver %O %A %B %P")),
        ("merge.etui.recursive", "etui-ancestor".to_owned()),
        ("merge.etui-ancestor.name", "what two histories of a vault came from".to_owned()),
        ("merge.etui-ancestor.driver", format!("{etui} git merge-driver --ancestor %O %A %B %P")),
        ("diff.etui.textconv", format!("{etui} git textconv")),
    ] {
        if repository.line(["config", "--local", key]).as_deref() != Some(&value) {
            let set = repository.git(["config", "--local", key, &value]);
            set.map_err(|error| failed("set up this clone", error))?;
            changed = true;
        }
    }
    Ok(changed)
}

/// Keeps the lock of a vault out of git in this clone, and what its killed writers leave. Returns whether that is new.
pub fn keep_out(repository: &Repository, name: &str) -> Result<bool, Error> {
    let exclude = repository.own("info/exclude").map_err(|error| failed("read the configuration", error))?;
    let lock = add_line(&exclude, &format!("{}.lock", escaped(name)))?;
    Ok(add_line(&exclude, &format!(".{}.tmp-*", escaped(name)))? || lock)
}

pub fn failed(doing: &str, error: GitError) -> Error {
    Sharing::Git { doing: doing.to_owned(), error }.into()
}

/// How git is to call this program: by name where that finds it, else by path, quoted for a shell.
fn program() -> String {
    let own = env::current_exe().and_then(fs::canonicalize).unwrap_or_else(|_| "etui".into());
    let paths = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&paths).map(|directory| directory.join("etui")).find(|path| path.is_file());
    if found.and_then(|path| fs::canonicalize(path).ok()).as_ref() == Some(&own) {
        return "etui".into();
    }
    format!("'{}'", own.to_string_lossy().replace('\'', r"'\''"))
}

/// A name as gitattributes(5) takes it, for the file beside it alone.
fn pattern(name: &str) -> String {
    let escaped = format!("/{}", escaped(name));
    if escaped.contains([' ', '"']) {
        format!("\"{}\"", escaped.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        escaped
    }
}

/// A name in which nothing stands for anything else, as gitignore(5) has it.
fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars() {
        let begins = escaped.is_empty() && matches!(c, '#' | '!');
        if begins || matches!(c, '*' | '?' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Adds a line to a file, unless it is there. Returns whether it was added.
fn add_line(path: &Path, line: &str) -> Result<bool, Error> {
    let failed = |error| Error::Io { doing: "write", path: path.to_owned(), error };
    // What it leads to is no file of this repository, and is not to become one.
    if path.is_symlink() {
        return Err(failed(std::io::Error::new(std::io::ErrorKind::InvalidInput, "it is a symbolic link")));
    }
    let mut text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed(error)),
    };
    if text.lines().any(|there| there.trim() == line) {
        return Ok(false);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    let is_new = !path.exists();
    store::replace(path, text.as_bytes()).map_err(failed)?;
    if is_new {
        // A file that is committed, and no secret: as git itself would make it.
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).map_err(failed)?;
    }
    Ok(true)
}
