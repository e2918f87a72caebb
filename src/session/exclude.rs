//! The list of files that a clone keeps out of git, `.git/info/exclude`: the lock of a vault is in it, and what killed
//! writers leave.

use std::fs;
use std::io;
use std::path::Path;

use crate::git::{Repository, WorkTree};
use crate::report::Error;
use crate::session::locate::real;
use crate::store::{self, io_report};

/// Keeps a new lock file out of git, if it lies in a clone: `git add .` would commit it. Where that fails, the vault can
/// still be written, and `doctor` says so.
pub fn exclude_new_lock(lock: &Path) {
    let Some(name) = lock.file_name().map(|name| name.to_string_lossy()) else { return };
    let real = real(lock);
    let top = WorkTree::of(Path::new(&real)).map(|tree| tree.top);
    let repository = top.and_then(|top| Repository::of(&top).ok());
    if let Some(file) = repository.and_then(|repository| repository.own("info/exclude").ok()) {
        let _ = exclude_names(&file, name.strip_suffix(".lock").unwrap_or(&name));
    }
}

/// Adds the names of a vault's lock and of its temporary files to this list. Returns whether that changed anything.
pub fn exclude_names(list: &Path, vault: &str) -> Result<bool, Error> {
    let lock = add_line(list, &format!("{}.lock", escaped(vault)))?;
    let leftovers = add_line(list, &format!(".{}.tmp-*", escaped(vault)))?;
    Ok(lock || leftovers)
}

/// A name with its special characters escaped, as gitignore(5) wants it.
pub fn escaped(name: &str) -> String {
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

/// Adds a line to a file that does not have it. Returns whether it was added.
fn add_line(path: &Path, line: &str) -> Result<bool, Error> {
    edit_lines(path, |text| {
        if !text.lines().any(|existing| existing.trim() == line) {
            append(text, line);
        }
    })
}

/// Adds a line at the end.
pub fn append(text: &mut String, line: &str) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
}

/// Changes the text of a file, which need not exist. Returns whether that changed anything.
pub fn edit_lines(path: &Path, edit: impl FnOnce(&mut String)) -> Result<bool, Error> {
    let failed = |error: io::Error| Error::from(io_report("write", path, &error));
    // A link leads out of the repository, and must not change a file there.
    if path.is_symlink() {
        return Err(failed(io::Error::new(io::ErrorKind::InvalidInput, "it is a symbolic link")));
    }
    let mut text = match fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        text => text.map_err(failed)?,
    };
    let before = text.clone();
    edit(&mut text);
    if text == before {
        return Ok(false);
    }
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory).map_err(failed)?;
    }
    // A new one is committed and not secret, so it gets the mode that git itself would give it.
    store::replace(path, text.as_bytes(), 0o644).map_err(failed)?;
    Ok(true)
}
