//! What was found, and what is told of it: never the value.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::wanted::Wanted;
use crate::git::Objects;
use crate::guard::Match;
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::old::json::section;
use crate::old::ui::visible;
use crate::store::LinkFile;
use crate::vault::SecretName;

/// A file, or what git holds of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileRef {
    pub commit: Option<String>,
    /// As it is told.
    pub path: PathBuf,
    /// As it is found, absolute.
    pub file: PathBuf,
}

/// Something that should not be where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    pub place: FileRef,
    pub line: u64,
    pub column: u64,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// The value of this number, in this form; and the fingerprint by which it may be allowed there.
    Value { number: usize, form: String, fingerprint: String },
    /// A plain key.
    Identity,
    /// A line of a dotenv file that sets a name of the vault.
    Entry(SecretName),
}

/// The findings that are not allowed, in order.
pub fn told(
    cx: &Cx,
    wanted: &Wanted,
    found: Vec<(FileRef, Vec<Match>)>,
    plain: Vec<Finding>,
) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let link = cx.link()?;
    let base = if found.is_empty() { PathBuf::new() } else { base(cx, link.as_ref()) };
    for (place, matches) in found {
        let path = below(&base, &place.file);
        for Match { line, column, whose, how } in matches {
            let Some(head) = &wanted.head else { continue };
            let fingerprint = head.hash_in(path.as_os_str().as_bytes(), &wanted.secrets[whose].value);
            if !link.as_ref().is_some_and(|link| link.link.allow.contains(&fingerprint)) {
                let what = What::Value { number: whose, form: how.to_string(), fingerprint };
                findings.push(Finding { place: place.clone(), line, column, what });
            }
        }
    }
    // A line whose value was found says all that its name could.
    let told: BTreeSet<(&FileRef, u64)> = findings.iter().map(|finding| (&finding.place, finding.line)).collect();
    let is_new = |plain: &Finding| !told.contains(&(&plain.place, plain.line));
    let plain: Vec<Finding> = plain.into_iter().filter(is_new).collect();
    findings.extend(plain);
    findings.sort();
    Ok(findings)
}

/// The directory that fingerprints are relative to, so that they are the same in every clone.
fn base(cx: &Cx, link: Option<&LinkFile>) -> PathBuf {
    let top = || Objects { directory: cx.directory() }.top().ok();
    let base = link.and_then(|link| link.path.parent()).map(Path::to_owned).or_else(top);
    let base = base.unwrap_or_else(|| cx.directory().to_owned());
    fs::canonicalize(&base).unwrap_or(base)
}

fn below(base: &Path, file: &Path) -> PathBuf {
    let real = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    real.strip_prefix(base).map(Path::to_owned).unwrap_or(real)
}

impl Finding {
    /// `path:line:column NAME (section)`, as an editor or a person can follow it.
    pub fn line(&self, wanted: &Wanted) -> String {
        let commit = self.place.commit.as_ref().map(|commit| format!("{}:", &commit[..commit.len().min(12)]));
        let (path, line, column) = (self.place.path.to_string_lossy(), self.line, self.column);
        let what = match &self.what {
            What::Identity => "a plain age key".into(),
            What::Entry(name) => format!("{name} (dotenv)"),
            What::Value { number, .. } => {
                let secret = &wanted.secrets[*number];
                let earlier = secret.version.map(|version| format!(", version {version}")).unwrap_or_default();
                format!("{} ({}{earlier})", secret.name, secret.section)
            }
        };
        format!("{}{}:{line}:{column} {what}", commit.unwrap_or_default(), visible(&path))
    }

    pub fn document(&self, wanted: &Wanted) -> serde_json::Value {
        let mut document = json!({
            "file": self.place.path.to_string_lossy(), "line": self.line, "column": self.column,
            "name": null, "section": null, "version": null, "form": "identity", "fingerprint": null,
            "commit": self.place.commit,
        });
        match &self.what {
            What::Identity => {}
            What::Entry(name) => {
                document["name"] = name.as_str().into();
                document["form"] = "dotenv".into();
            }
            What::Value { number, form, fingerprint } => {
                let secret = &wanted.secrets[*number];
                document["name"] = secret.name.as_str().into();
                document["section"] = wanted.head.as_ref().map(|head| section(&secret.section, &head.team)).into();
                document["version"] = secret.version.into();
                document["form"] = form.as_str().into();
                document["fingerprint"] = fingerprint.as_str().into();
            }
        }
        document
    }
}
