//! Links: the file `.etui.toml`, which ties a directory and all below it to a context.
//!
//! A link is other people's file: it comes with a repository and is not trusted to name any vault but one
//! below it.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::atomic::{replace, write_new};
use super::link::{Link, LinkError, RawLink};
use super::paths::parent;
use super::regular::{if_found, read_regular};

const NAME: &str = ".etui.toml";

/// The largest link that is read, in bytes.
const LIMIT: u64 = 64 << 10;

/// A link and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFile {
    pub path: PathBuf,
    pub link: Link,
    /// Identifies what the user accepted: the SHA-256 of the text, in hexadecimal digits.
    ///
    /// `allow` is left out: an entry there lets `scan` pass one name in one file, and reveals nothing.
    pub digest: String,
}

impl LinkFile {
    /// Finds the link of a directory: its own, or the nearest one above it.
    pub fn find(directory: &Path) -> Result<Option<LinkFile>, LinkError> {
        for directory in directory.ancestors() {
            let path = directory.join(NAME);
            if let Some(text) = read(&path)? {
                let raw = RawLink::parse(&path, &text)?;
                let digest = raw.digest(&text);
                return Ok(Some(LinkFile { link: raw.link(&path)?, digest, path }));
            }
        }
        Ok(None)
    }

    /// The path of the vault that the link names. If it names none, the next link above decides, provided it
    /// is for the same team: in one repository each project's directory may have a link of its own.
    ///
    /// # Errors
    /// If the vault is not below the link, with symbolic links resolved.
    pub fn vault(&self) -> Result<Option<PathBuf>, LinkError> {
        let Some(vault) = &self.link.vault else {
            return self.above()?.map_or(Ok(None), |above| above.vault());
        };
        let root = parent(&self.path);
        let path = root.join(vault);
        let outside = || LinkError::VaultOutside { path: self.path.clone(), vault: vault.clone() };
        let failed = |error| LinkError::Io { path: path.clone(), error };
        if !vault.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(outside());
        }

        // If the vault does not exist yet, its directory must be below the link, or not exist either.
        let real = match canonicalize(&path).map_err(failed)? {
            Some(real) => Some(real),
            None => canonicalize(parent(&path)).map_err(failed)?,
        };
        let Some(real) = real else { return Ok(Some(path)) };
        let real_root = fs::canonicalize(root).map_err(failed)?;
        if real.starts_with(real_root) { Ok(Some(path)) } else { Err(outside()) }
    }

    /// The link's path with the symbolic links in its directory resolved.
    ///
    /// The link itself may be a symbolic link and is not resolved: a repository could place one that leads to
    /// a link that the user has accepted, and that does not accept the files around it.
    pub fn real(&self) -> PathBuf {
        fs::canonicalize(parent(&self.path)).map_or_else(|_| self.path.clone(), |directory| directory.join(NAME))
    }

    /// The next link above, if this one takes its vault from there.
    pub fn above(&self) -> Result<Option<LinkFile>, LinkError> {
        if self.link.vault.is_some() {
            return Ok(None);
        }
        let Some(directory) = parent(&self.path).parent() else { return Ok(None) };
        let above = LinkFile::find(directory)?;
        Ok(above.filter(|above| self.link.team.is_none() || above.link.team == self.link.team))
    }

    /// Writes a link's team, project, cluster and vault. An existing link keeps its other keys.
    pub fn write(directory: &Path, link: &Link) -> Result<LinkFile, LinkError> {
        let path = directory.join(NAME);
        let failed = |error| LinkError::Io { path: path.clone(), error };
        let raw = match read(&path)? {
            Some(text) => RawLink::parse(&path, &text)?,
            None => RawLink::default(),
        };
        let raw = raw.with_context_of(link);
        let text = raw.print().map_err(|error| failed(io::Error::other(error)))?;

        // Everybody who reads the repository reads the link: nothing in it is private.
        let written = match path.exists() {
            true => replace(&path, text.as_bytes(), 0o644),
            false => write_new(&path, text.as_bytes(), 0o644),
        };
        written.map_err(failed)?;
        let digest = raw.digest(&text);
        let link = Link { allow: raw.allow, redact: raw.redact, ..link.clone() };
        Ok(LinkFile { path, link, digest })
    }

    pub fn remove(self) -> Result<(), LinkError> {
        fs::remove_file(&self.path).map_err(|error| LinkError::Io { path: self.path, error })
    }
}

/// Reads the text of a link, if there is one. A repository may have anything there, even a symbolic link to a
/// device that never ends, so only a regular file of a sane size is read.
fn read(path: &Path) -> Result<Option<String>, LinkError> {
    let not_text = |_| io::Error::new(io::ErrorKind::InvalidData, "not UTF-8 text");
    let text = read_regular(path, LIMIT).and_then(|bytes| String::from_utf8(bytes).map_err(not_text));
    if_found(text).map_err(|error| LinkError::Unreadable { path: path.to_owned(), error })
}

fn canonicalize(path: &Path) -> io::Result<Option<PathBuf>> {
    if_found(fs::canonicalize(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{Id, TeamName};

    #[test]
    fn finds_the_link_from_any_directory_below_it() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("a/b");
        fs::create_dir_all(&below).unwrap();
        assert_eq!(LinkFile::find(&below).unwrap(), None);
        let link = Link { team: TeamName::parse("acme").ok(), project: Id::parse("web").ok(), ..Link::default() };
        let written = LinkFile::write(root.path(), &link).unwrap();
        assert_eq!(fs::read_to_string(&written.path).unwrap(), "team = \"acme\"\nproject = \"web\"\n");
        assert_eq!(LinkFile::find(&below).unwrap(), Some(written));
    }

    #[test]
    fn keeps_the_keys_that_it_does_not_write() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(NAME), "team = \"acme\"\nredact = true\nallow = [\"x\"]\n").unwrap();
        LinkFile::write(root.path(), &Link { team: TeamName::parse("umbrella").ok(), ..Link::default() }).unwrap();
        let text = fs::read_to_string(root.path().join(NAME)).unwrap();
        assert_eq!(text, "team = \"umbrella\"\nallow = [\"x\"]\nredact = true\n");
    }

    #[test]
    fn the_digest_changes_with_every_key_but_allow() {
        let root = tempfile::tempdir().unwrap();
        let written = LinkFile::write(root.path(), &Link { team: TeamName::parse("acme").ok(), ..Link::default() });
        let found = |text: &str| {
            fs::write(root.path().join(NAME), text).unwrap();
            LinkFile::find(root.path()).unwrap().unwrap()
        };
        let allowing = found("allow = ['x', 'y']\nteam = 'acme'\n");
        assert_eq!((allowing.link.allow, allowing.digest), (vec!["x".into(), "y".into()], written.unwrap().digest));
        assert_ne!(found("allow = ['x']\nteam = 'umbrella'\n").digest, found("allow = ['x']\nteam = 'acme'\n").digest);
    }

    #[test]
    fn takes_the_vault_of_the_link_above_if_the_teams_agree() {
        let root = tempfile::tempdir().unwrap();
        let below = root.path().join("services/web");
        fs::create_dir_all(&below).unwrap();
        let team = |team| TeamName::parse(team).ok();
        let vault = Some(PathBuf::from("acme.age"));
        LinkFile::write(root.path(), &Link { team: team("acme"), vault, ..Link::default() }).unwrap();
        let found = |team| {
            LinkFile::write(&below, &Link { team, project: Id::parse("web").ok(), ..Link::default() }).unwrap();
            LinkFile::find(&below).unwrap().unwrap().vault().unwrap()
        };
        assert_eq!(found(team("acme")), Some(root.path().join("acme.age")));
        assert_eq!(found(None), Some(root.path().join("acme.age")));
        assert_eq!(found(team("umbrella")), None);
    }

    #[test]
    fn refuses_a_vault_that_is_not_below_the_link() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("prod.age"), "").unwrap();
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("in.age"), "").unwrap();
        std::os::unix::fs::symlink(outside.path().join("prod.age"), root.path().join("out.age")).unwrap();
        std::os::unix::fs::symlink(outside.path(), root.path().join("dir")).unwrap();
        let vault = |vault: &Path| {
            let link = Link { vault: Some(vault.to_owned()), ..Link::default() };
            LinkFile { path: root.path().join(NAME), link, digest: String::new() }.vault()
        };
        assert_eq!(vault(Path::new("in.age")).unwrap(), Some(root.path().join("in.age")));
        assert_eq!(vault(Path::new("new/none.age")).unwrap(), Some(root.path().join("new/none.age")));
        for bad in ["../prod.age", "out.age", "dir/prod.age", "dir/new.age", "/etc/passwd"] {
            assert!(matches!(vault(Path::new(bad)), Err(LinkError::VaultOutside { .. })), "{bad}");
        }
    }
}
