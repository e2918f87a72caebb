//! Links: `.etui.toml`, which ties a directory and all below it to a context.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::private::{parent, replace};
use crate::vault::{Id, NameError, TeamName};

const NAME: &str = ".etui.toml";

/// A file longer than this is no link.
const LIMIT: u64 = 1 << 20;

/// What a link says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    pub team: Option<TeamName>,
    pub project: Option<Id>,
    pub cluster: Option<Id>,
    /// The vault's file, relative to the link.
    pub vault: Option<PathBuf>,
    /// The fingerprints of the findings that `scan` lets pass.
    pub allow: Vec<String>,
    /// Whether what `run` shows is always redacted here.
    pub redact: bool,
}

impl std::fmt::Display for Link {
    /// Lists what it says: `team acme, project web`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |label: &str, text: Option<String>| text.map(|text| format!("{label} {text}"));
        let parts = [
            part("team", self.team.as_ref().map(ToString::to_string)),
            part("project", self.project.as_ref().map(ToString::to_string)),
            part("cluster", self.cluster.as_ref().map(ToString::to_string)),
            part("vault", self.vault.as_ref().map(|vault| vault.display().to_string())),
            self.redact.then(|| "redacted".to_owned()),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// A link, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFile {
    pub path: PathBuf,
    pub link: Link,
    /// The SHA-256 of its text, in hexadecimal digits: another text is another link. What it allows `scan` to
    /// pass over is left out: that is no reason to ask again, and names one value in one file, by a fingerprint
    /// that only a member can make.
    pub digest: String,
}

/// Why a link cannot be used.
#[derive(Debug)]
pub enum LinkError {
    /// Not TOML, or not of the known keys, at this line.
    Syntax {
        path: PathBuf,
        line: Option<usize>,
    },
    Name {
        path: PathBuf,
        error: NameError,
    },
    /// It names a vault that does not lie below it.
    VaultOutside {
        path: PathBuf,
        vault: PathBuf,
    },
    Io {
        path: PathBuf,
        error: io::Error,
    },
}

#[derive(Clone, Serialize, Deserialize, Default)]
struct Raw {
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    allow: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    redact: bool,
    /// What this version does not read, and keeps.
    #[serde(flatten)]
    rest: toml::Table,
}

impl LinkFile {
    /// The link that counts in a directory: its own, or the nearest one above.
    pub fn find(directory: &Path) -> Result<Option<LinkFile>, LinkError> {
        for directory in directory.ancestors() {
            let path = directory.join(NAME);
            match text_of(&path) {
                Ok(text) => {
                    let raw = read(&path, &text)?;
                    let digest = digest(&text, &raw);
                    return Ok(Some(LinkFile { link: parse(&path, raw)?, digest, path }));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(LinkError::Io { path, error }),
            }
        }
        Ok(None)
    }

    /// The vault's file that it names; if it names none, the one that the next link above names, if that is
    /// of the same team: in one repository, each project's directory may have a link of its own.
    ///
    /// # Errors
    /// If that does not lie below the link, with symbolic links resolved: a link is other people's file,
    /// and must not reach for other vaults.
    pub fn vault(&self) -> Result<Option<PathBuf>, LinkError> {
        let Some(vault) = &self.link.vault else { return self.above()?.map_or(Ok(None), |above| above.vault()) };
        let root = parent(&self.path);
        let path = root.join(vault);
        let outside = || LinkError::VaultOutside { path: self.path.clone(), vault: vault.clone() };
        let io = |error| LinkError::Io { path: path.clone(), error };
        let is_plain = vault.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !is_plain {
            return Err(outside());
        }
        // The vault itself may be missing: then it is its directory that must lie below.
        let real = match fs::canonicalize(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::canonicalize(parent(&path)) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(path)),
                other => other.map_err(io)?,
            },
            other => other.map_err(io)?,
        };
        if real.starts_with(fs::canonicalize(root).map_err(io)?) { Ok(Some(path)) } else { Err(outside()) }
    }

    /// Where it stands, without symbolic links above it. It may be one itself: who puts one into a repository
    /// that leads to a link of yours has not your yes for what stands beside it.
    pub fn real(&self) -> PathBuf {
        fs::canonicalize(parent(&self.path)).map_or_else(|_| self.path.clone(), |directory| directory.join(NAME))
    }

    /// The next link above, if this one takes its vault from there.
    pub fn above(&self) -> Result<Option<LinkFile>, LinkError> {
        if self.link.vault.is_some() {
            return Ok(None);
        }
        let above = parent(&self.path).parent().map(LinkFile::find).transpose()?.flatten();
        Ok(above.filter(|above| self.link.team.is_none() || above.link.team == self.link.team))
    }

    /// Writes the link into the directory. What else stands in one that is there is kept.
    pub fn write(directory: &Path, link: &Link) -> Result<LinkFile, LinkError> {
        let path = directory.join(NAME);
        let failed = |error| LinkError::Io { path: path.clone(), error };
        let before = match text_of(&path) {
            Ok(text) => read(&path, &text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Raw::default(),
            Err(error) => return Err(failed(error)),
        };
        let raw = Raw {
            team: link.team.as_ref().map(ToString::to_string),
            project: link.project.as_ref().map(ToString::to_string),
            cluster: link.cluster.as_ref().map(ToString::to_string),
            vault: link.vault.clone(),
            ..before
        };
        let text = toml::to_string(&raw).map_err(|error| failed(io::Error::other(error)))?;
        // A link is for everybody who reads the repository: nothing in it is private.
        if path.exists() {
            replace(&path, ".etui.toml.tmp-", text.as_bytes()).map_err(failed)?;
        } else {
            super::write_new(&path, ".etui.toml.tmp-", text.as_bytes(), 0o644).map_err(failed)?;
        }
        Ok(LinkFile {
            path,
            digest: digest(&text, &raw),
            link: Link { allow: raw.allow, redact: raw.redact, ..link.clone() },
        })
    }

    pub fn remove(self) -> Result<(), LinkError> {
        fs::remove_file(&self.path).map_err(|error| LinkError::Io { path: self.path, error })
    }
}

/// The text of a link. It may be anything that a repository holds, a symbolic link to a device among them, which
/// would be read for ever.
fn text_of(path: &Path) -> io::Result<String> {
    let refused = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidData, what.to_owned()));
    let is = fs::metadata(path)?;
    match is.is_file() {
        false => refused("no file"),
        true if is.len() > LIMIT => refused("too long for a link"),
        true => fs::read_to_string(path),
    }
}

fn digest(text: &str, raw: &Raw) -> String {
    let without = || toml::to_string(&Raw { allow: Vec::new(), ..raw.clone() }).ok();
    let text = if raw.allow.is_empty() { Cow::Borrowed(text) } else { without().map_or(text.into(), Cow::Owned) };
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read(path: &Path, text: &str) -> Result<Raw, LinkError> {
    toml::from_str(text).map_err(|error| LinkError::Syntax {
        path: path.to_owned(),
        line: error.span().map(|span| text.as_bytes()[..span.start].split(|byte| *byte == b'\n').count()),
    })
}

fn parse(path: &Path, raw: Raw) -> Result<Link, LinkError> {
    let named = |error| LinkError::Name { path: path.to_owned(), error };
    Ok(Link {
        team: raw.team.as_deref().map(TeamName::parse).transpose().map_err(named)?,
        project: raw.project.as_deref().map(Id::parse).transpose().map_err(named)?,
        cluster: raw.cluster.as_deref().map(Id::parse).transpose().map_err(named)?,
        vault: raw.vault,
        allow: raw.allow,
        redact: raw.redact,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_found_from_any_directory_below() {
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
    fn keeps_what_it_does_not_read() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(NAME), "team = \"acme\"\nredact = true\nallow = [\"x\"]\n").unwrap();
        LinkFile::write(root.path(), &Link { team: TeamName::parse("umbrella").ok(), ..Link::default() }).unwrap();
        let text = fs::read_to_string(root.path().join(NAME)).unwrap();
        assert_eq!(text, "team = \"umbrella\"\nallow = [\"x\"]\nredact = true\n");
    }

    #[test]
    fn is_another_link_if_it_says_anything_else_but_not_if_it_allows_more() {
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
    fn takes_the_vault_of_the_link_above_if_it_is_of_the_same_team() {
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
    fn reaches_for_no_vault_outside() {
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
