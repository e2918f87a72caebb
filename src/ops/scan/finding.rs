//! What a scan found; never the value itself.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs};

use serde::Serialize;

use super::secrets::{Secret, Secrets};
use crate::git::Objects;
use crate::guard::Match;
use crate::ops::view::SectionView;
use crate::report::Error;
use crate::session::Session;
use crate::store::LinkFile;
use crate::vault::SecretName;

/// A file, or a version of it that git holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRef {
    pub commit: Option<String>,
    /// The path as it is shown.
    pub path: PathBuf,
    /// The absolute path.
    pub file: PathBuf,
    /// The clean filter (gitattributes(5)) because of which the file in the work tree was searched, besides what git stores.
    pub filter: Option<String>,
}

/// What could not be searched, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// None if it is not one file.
    pub file: Option<String>,
    pub commit: Option<String>,
    pub reason: String,
}

impl FileRef {
    /// A file in the work tree, or what git stores of it.
    pub(super) fn new(path: PathBuf, file: PathBuf) -> FileRef {
        FileRef { commit: None, path, file, filter: None }
    }

    pub(super) fn unread(&self, reason: impl Into<String>) -> Unread {
        Unread {
            file: Some(self.path.to_string_lossy().into_owned()),
            commit: self.commit.clone(),
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(file) = &self.file {
            write!(f, "{}{file}: ", short(self.commit.as_deref()))?;
        }
        f.write_str(&self.reason)
    }
}

/// The start of a commit's id and a colon, as git writes them before a path.
fn short(commit: Option<&str>) -> String {
    commit.map(|commit| format!("{}:", &commit[..commit.len().min(12)])).unwrap_or_default()
}

/// A secret, or a file that could hold one, in the wrong place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub file: FileRef,
    pub line: u64,
    pub column: u64,
    pub what: What,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The value of the secret with this index, in this form, and the entry by which the link can allow it here.
    Value { index: usize, form: String, allow: String },
    /// A plain age key.
    Identity,
    /// A line of a dotenv file that sets a name of the vault.
    Entry(SecretName),
}

/// Returns the findings that the link does not allow, in order.
pub(super) fn not_allowed(
    session: &Session,
    secrets: &Secrets,
    found: Vec<(FileRef, Vec<Match>)>,
    suspicious: Vec<Finding>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let link = session.link()?;
    let base = if found.is_empty() { PathBuf::new() } else { base(session, link.as_ref()) };
    for (file, matches) in found {
        let path = relative(&base, &file.file);
        for Match { line, column, whose, how } in matches {
            let allow = format!("{}:{}", path.to_string_lossy(), secrets.all[whose].name);
            if !link.as_ref().is_some_and(|link| link.link.allow.contains(&allow)) {
                let what = What::Value { index: whose, form: how.to_string(), allow };
                findings.push(Finding { file: file.clone(), line, column, what });
            }
        }
    }
    // A line whose value was found needs no second finding for its name.
    let lines: BTreeSet<(&FileRef, u64)> = findings.iter().map(|finding| (&finding.file, finding.line)).collect();
    let is_new = |finding: &Finding| !lines.contains(&(&finding.file, finding.line));
    let suspicious: Vec<Finding> = suspicious.into_iter().filter(is_new).collect();
    findings.extend(suspicious);
    findings.sort();
    // What git stores as it stands in the work tree is one finding.
    let stored: BTreeSet<Finding> = findings.iter().filter(|finding| finding.file.filter.is_none()).cloned().collect();
    findings.retain(|finding| {
        let file = FileRef { filter: None, ..finding.file.clone() };
        finding.file.filter.is_none() || !stored.contains(&Finding { file, ..finding.clone() })
    });
    Ok(findings)
}

/// Returns the directory that the paths in `allow` are relative to, so that they are the same in every clone.
fn base(session: &Session, link: Option<&LinkFile>) -> PathBuf {
    let directory = &session.settings.directory;
    let top = || Objects { directory }.top().ok();
    let base = link.and_then(|link| link.path.parent()).map(Path::to_owned).or_else(top);
    let base = base.unwrap_or_else(|| directory.clone());
    fs::canonicalize(&base).unwrap_or(base)
}

fn relative(base: &Path, file: &Path) -> PathBuf {
    let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    real.strip_prefix(base).map(Path::to_owned).unwrap_or(real)
}

/// A finding as JSON shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FindingView {
    pub file: String,
    pub line: u64,
    pub column: u64,
    pub name: Option<String>,
    pub section: Option<SectionView>,
    pub version: Option<usize>,
    pub form: String,
    /// The entry of the link's `allow` that lets it pass.
    pub allow: Option<String>,
    pub commit: Option<String>,
    /// The clean filter because of which the file in the work tree was searched.
    pub filter: Option<String>,
}

impl Finding {
    /// Returns the line `path:line:column NAME (section)`, which editors and people can follow. It is not escaped.
    pub fn line(&self, secrets: &Secrets) -> String {
        let Finding { file, line, column, what } = self;
        let place = if file.filter.is_some() { ", in the work tree" } else { "" };
        let what = match what {
            What::Identity => format!("a plain age key{place}"),
            What::Entry(name) => format!("{name} (dotenv{place})"),
            What::Value { index, .. } => {
                let Secret { name, section, version, .. } = &secrets.all[*index];
                let earlier = version.map(|version| format!(", version {version}")).unwrap_or_default();
                format!("{name} ({section}{earlier}{place})")
            }
        };
        format!("{}{}:{line}:{column} {what}", short(file.commit.as_deref()), file.path.to_string_lossy())
    }

    pub fn view(&self, secrets: &Secrets) -> FindingView {
        let Finding { file, line, column, what } = self;
        let view = FindingView {
            file: file.path.to_string_lossy().into_owned(),
            line: *line,
            column: *column,
            name: None,
            section: None,
            version: None,
            form: "identity".to_owned(),
            allow: None,
            commit: file.commit.clone(),
            filter: file.filter.clone(),
        };
        match what {
            What::Identity => view,
            What::Entry(name) => FindingView { name: Some(name.to_string()), form: "dotenv".to_owned(), ..view },
            What::Value { index, form, allow } => {
                let secret = &secrets.all[*index];
                let team = secrets.head.as_ref().map(|head| &head.team);
                FindingView {
                    name: Some(secret.name.to_string()),
                    section: team.map(|team| SectionView::new(&secret.section, team)),
                    version: secret.version,
                    form: form.clone(),
                    allow: Some(allow.clone()),
                    ..view
                }
            }
        }
    }
}
