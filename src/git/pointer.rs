//! What a filter of git leaves in the place of a file: a pointer to it, or the file encrypted once more.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use super::layout::Layout;
use super::read::read;
use super::setup::config;
use crate::report::{Command, Message, shell_quote};

/// The largest pointer of Git LFS, in bytes.
const LFS_LIMIT: usize = 1024;

/// What stands in the place of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pointer {
    /// Git LFS has the file under this SHA-256, in hex.
    Lfs {
        oid: String,
    },
    Annex,
    GitCrypt,
    Transcrypt,
}

impl Pointer {
    /// Recognises what a filter made of a file, by its first bytes.
    pub fn of(bytes: &[u8]) -> Option<Pointer> {
        if bytes.starts_with(b"\0GITCRYPT\0") {
            return Some(Pointer::GitCrypt);
        }
        // OpenSSL's `Salted__` in base64.
        if bytes.starts_with(b"U2FsdGVkX1") {
            return Some(Pointer::Transcrypt);
        }
        let text = std::str::from_utf8(bytes.get(..LFS_LIMIT).unwrap_or(bytes)).ok()?;
        let first = text.lines().next()?;
        // A pointer, or a symbolic link where the file system has none.
        if first.starts_with("/annex/objects/") || first.contains(".git/annex/objects/") {
            return Some(Pointer::Annex);
        }
        // Git LFS had two other names before.
        let version = first.strip_prefix("version http")?.trim_start_matches('s');
        let hosts = ["://git-lfs.github.com/", "://hawser.github.com/", "://git-media.io/"];
        if bytes.len() > LFS_LIMIT || !hosts.iter().any(|host| version.starts_with(host)) {
            return None;
        }
        let oid = text.lines().find_map(|line| line.strip_prefix("oid sha256:"))?.trim();
        let is_oid = oid.len() == 64 && oid.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_oid.then(|| Pointer::Lfs { oid: oid.to_owned() })
    }

    /// What to type so that the file itself stands here, and then to keep it out of the filter.
    pub fn hint(&self, file: &Path) -> Message {
        let shown = shell_quote(&file.to_string_lossy()).into_owned();
        let here = match self {
            Pointer::Lfs { .. } => "`git lfs install`, then `git lfs pull`".to_owned(),
            Pointer::Annex => format!("`git annex get {shown}`, then `git annex unannex {shown}`"),
            Pointer::GitCrypt => "`git-crypt unlock`".to_owned(),
            Pointer::Transcrypt => "`transcrypt`, with the password of the repository".to_owned(),
        };
        let out = format!("to get the vault: {here}; after that, to keep it out of {}: ", self.program());
        Message::from(out).command(Command::new("git install")).text(format!(", then `{}`", self.add(file)))
    }

    /// The command that puts the file itself into the index.
    pub fn add(&self, file: &Path) -> String {
        let shown = shell_quote(&file.to_string_lossy()).into_owned();
        match self {
            // Git no longer has the file then.
            Pointer::Annex => format!("git add {shown}"),
            // Git takes the file for unchanged otherwise, and keeps what the filter made.
            _ => format!("git add --renormalize {shown}"),
        }
    }

    fn program(&self) -> &'static str {
        match self {
            Pointer::Lfs { .. } => "Git LFS",
            Pointer::Annex => "git-annex",
            Pointer::GitCrypt => "git-crypt",
            Pointer::Transcrypt => "transcrypt",
        }
    }
}

impl Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pointer::Lfs { .. } | Pointer::Annex => write!(f, "a pointer of {}", self.program()),
            Pointer::GitCrypt | Pointer::Transcrypt => write!(f, "encrypted by {}", self.program()),
        }
    }
}

/// The file for which these bytes stand in a repository. They are the file themselves, unless they are a pointer of Git LFS
/// whose file is in this clone.
pub fn contents(directory: &Path, bytes: Vec<u8>) -> Vec<u8> {
    let Some(Pointer::Lfs { oid }) = Pointer::of(&bytes) else { return bytes };
    let stored =
        lfs_storage(directory).map(|storage| storage.join("objects").join(&oid[..2]).join(&oid[2..4]).join(&oid));
    stored.and_then(|path| read(&path)).unwrap_or(bytes)
}

/// Where Git LFS keeps the files of a clone.
fn lfs_storage(directory: &Path) -> Option<PathBuf> {
    let common = Layout::of(&directory.join("file"))?.common;
    Some(common.join(config(directory, "lfs.storage").unwrap_or_else(|| "lfs".to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_are_recognised_and_nothing_else_is() {
        let oid = "359d8c1a1523af9527735795540a6f164aa0e42b1877d21f8d9f3471dbe7d8f0";
        let lfs = || Some(Pointer::Lfs { oid: oid.to_owned() });
        let table = [
            (format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize 300\n"), lfs()),
            (format!("version https://git-lfs.github.com/spec/v1\r\noid sha256:{oid}\r\nsize 300\r\n"), lfs()),
            (format!("version https://hawser.github.com/spec/v1\noid sha256:{oid}\nsize 300\n"), lfs()),
            (format!("version http://git-media.io/v/2\noid sha256:{oid}\nsize 300\n"), lfs()),
            (
                format!(
                    "version https://git-lfs.github.com/spec/v1\next-0-case sha256:{oid}\noid sha256:{oid}\nsize 3"
                ),
                lfs(),
            ),
            ("version https://git-lfs.github.com/spec/v1\noid sha256:12\nsize 300\n".to_owned(), None),
            ("version https://git-lfs.github.com/spec/v1\n".to_owned(), None),
            (format!("version https://example.com/spec/v1\noid sha256:{oid}\n"), None),
            ("/annex/objects/SHA256E-s300--359d8c.age\n".to_owned(), Some(Pointer::Annex)),
            (
                "../.git/annex/objects/f8/d9/SHA256E-s300--359d8c.age/SHA256E-s300--359d8c.age".to_owned(),
                Some(Pointer::Annex),
            ),
            ("\0GITCRYPT\0\u{1}\u{2}".to_owned(), Some(Pointer::GitCrypt)),
            ("U2FsdGVkX1/8Zm9v\n".to_owned(), Some(Pointer::Transcrypt)),
            ("age-encryption.org/v1\n".to_owned(), None),
            (String::new(), None),
        ];
        for (text, expected) in table {
            assert_eq!(Pointer::of(text.as_bytes()), expected, "{text:?}");
        }
        let long = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\n{}", "x".repeat(1024));
        assert_eq!(Pointer::of(long.as_bytes()), None);
    }
}
