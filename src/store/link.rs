//! The text of a link.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::vault::hex;
use crate::vault::{Id, NameError, TeamName};

/// What a link says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Link {
    pub team: Option<TeamName>,
    pub project: Option<Id>,
    pub cluster: Option<Id>,
    /// The vault's file, relative to the link.
    pub vault: Option<PathBuf>,
    /// The findings that `scan` lets pass: `PATH:NAME`, the path relative to the link.
    pub allow: Vec<String>,
    /// Whether `run` always redacts its output here.
    pub redact: bool,
}

/// Lists what the link says: `team acme, project web`.
impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Link { team, project, cluster, vault, .. } = self;
        let parts = [
            team.as_ref().map(|team| format!("team {team}")),
            project.as_ref().map(|project| format!("project {project}")),
            cluster.as_ref().map(|cluster| format!("cluster {cluster}")),
            vault.as_ref().map(|vault| format!("vault {}", vault.display())),
            self.redact.then(|| "redacted".to_owned()),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

/// Why a link cannot be used.
#[derive(Debug)]
pub enum LinkError {
    /// The text is not TOML, or a known key has a wrong type.
    Syntax {
        path: PathBuf,
        /// Counted from 1.
        line: Option<usize>,
    },
    Name {
        path: PathBuf,
        error: NameError,
    },
    /// It names a vault that is not below it.
    VaultOutside {
        path: PathBuf,
        vault: PathBuf,
    },
    /// It is not a text file of a sane size, or may not be read.
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
    Io {
        path: PathBuf,
        error: io::Error,
    },
}

/// A link's text as TOML has it.
#[derive(Clone, Serialize, Deserialize, Default)]
pub(super) struct RawLink {
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vault: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) allow: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) redact: bool,
    /// Keys that this version does not know. They are kept.
    #[serde(flatten)]
    rest: toml::Table,
}

impl RawLink {
    pub(super) fn parse(path: &Path, text: &str) -> Result<RawLink, LinkError> {
        toml::from_str(text).map_err(|error| {
            let lines = |end: usize| text.as_bytes()[..end].split(|byte| *byte == b'\n').count();
            LinkError::Syntax { path: path.to_owned(), line: error.span().map(|span| lines(span.start)) }
        })
    }

    pub(super) fn print(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// Changes what ties a directory to a context, and keeps the rest.
    pub(super) fn with_context_of(self, link: &Link) -> RawLink {
        RawLink {
            team: link.team.as_ref().map(ToString::to_string),
            project: link.project.as_ref().map(ToString::to_string),
            cluster: link.cluster.as_ref().map(ToString::to_string),
            vault: link.vault.clone(),
            ..self
        }
    }

    /// The SHA-256 of the text without `allow`, in hexadecimal digits.
    pub(super) fn digest(&self, text: &str) -> String {
        let without_allow = || RawLink { allow: Vec::new(), ..self.clone() }.print().ok();
        let text = match self.allow.is_empty() {
            true => Cow::Borrowed(text),
            false => without_allow().map_or(text.into(), Cow::Owned),
        };
        hex::encode(&Sha256::digest(text.as_bytes()))
    }

    pub(super) fn link(self, path: &Path) -> Result<Link, LinkError> {
        let bad_name = |error| LinkError::Name { path: path.to_owned(), error };
        let id = |text: Option<String>| text.as_deref().map(Id::parse).transpose().map_err(bad_name);
        Ok(Link {
            team: self.team.as_deref().map(TeamName::parse).transpose().map_err(bad_name)?,
            project: id(self.project)?,
            cluster: id(self.cluster)?,
            vault: self.vault,
            allow: self.allow,
            redact: self.redact,
        })
    }
}
