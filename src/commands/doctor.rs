//! `doctor`: what is wrong on this laptop, and what to type for it.

mod repository;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::git;
use crate::keys::keyring;
use crate::old::context::{Cx, VaultLocation};
use crate::old::error::Error;
use crate::old::open;
use crate::old::ui::{Cell, Table};
use crate::report::count;
use crate::store::{LockRequest, temporary_prefix};
use crate::vault::Head;

#[derive(Debug, Args)]
pub struct Doctor {}

/// One thing that was looked at: what was found, and what to type if that is wrong.
struct Finding {
    what: &'static str,
    found: String,
    mend: Option<String>,
}

impl Finding {
    fn good(what: &'static str, found: impl Into<String>) -> Finding {
        Finding { what, found: found.into(), mend: None }
    }

    fn bad(what: &'static str, found: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { what, found: found.into(), mend: Some(mend.into()) }
    }
}

impl Doctor {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let mut findings = key(cx);
        findings.extend(memory(cx));
        findings.extend(vault(cx));
        findings.push(kept_open());
        if cx.ui.json {
            let item = |finding: &Finding| json!({"what": finding.what, "found": finding.found, "ok": finding.mend.is_none(), "mend": finding.mend});
            cx.ui.document(&json!({"items": findings.iter().map(item).collect::<Vec<_>>()}))?;
        } else {
            let mut table = Table::new(&["WHAT", "STATE", "FOUND", "MEND"]);
            for finding in &findings {
                let state = if finding.mend.is_none() { "ok" } else { "wrong" };
                let mend = finding.mend.clone().unwrap_or_default();
                table.row([
                    Cell::from(&finding.what),
                    Cell::from(&state),
                    Cell::from(&finding.found),
                    Cell::Text(mend),
                ]);
            }
            cx.ui.table(&table)?;
        }
        match findings.iter().filter(|finding| finding.mend.is_some()).count() {
            0 => Ok(()),
            wrong => Err(Error::DoctorFindings { wrong }),
        }
    }
}

/// The error's own words and hint.
fn of(what: &'static str, error: &Error) -> Finding {
    let report = error.report();
    Finding::bad(what, report.message, report.hint.unwrap_or_else(|| "etui --help".into()))
}

/// The key: whether it is there, nobody else's to read, and in no repository.
fn key(cx: &Cx) -> Vec<Finding> {
    let path = match cx.key_path() {
        Ok(path) => path,
        Err(error) => return vec![of("key", &error)],
    };
    let shown = path.display().to_string();
    let mut findings = vec![match cx.read_key(&path) {
        Ok(_) if cx.is_locked() => Finding::good("key", format!("{shown}, behind a passphrase")),
        Ok(_) => Finding::good("key", shown.clone()),
        Err(error) => of("key", &error),
    }];
    if git::commit_risk(&path).is_some() {
        findings.push(Finding::bad(
            "key",
            format!("{shown} is in a repository, whose next commit may take it"),
            format!("mv {shown} to where no repository is, and use -i or ETUI_KEY_FILE"),
        ));
    }
    findings
}

/// What this laptop remembers: whether it can be read and written, and by nobody else: who writes it says whom
/// this laptop trusts.
fn memory(cx: &Cx) -> Vec<Finding> {
    let mut findings = vec![match cx.memory().and_then(|memory| cx.remember(|_| {}).map(|()| memory)) {
        Ok(memory) => Finding::good(
            "memory",
            format!("{} and {}", count(memory.vaults.len(), "vault"), count(memory.links.len(), "link")),
        ),
        Err(error) => of("memory", &error),
    }];
    if let Ok(directories) = cx.directories() {
        findings.extend(writable("memory", &directories.state));
        findings.extend(writable("memory", &directories.state.join("trust.toml")));
    }
    findings
}

/// Whether others can write something that is its owner's.
fn writable(what: &'static str, path: &Path) -> Option<Finding> {
    let shown = path.display();
    let is_open = fs::metadata(path).is_ok_and(|there| there.permissions().mode() & 0o022 != 0);
    is_open.then(|| Finding::bad(what, format!("others can write {shown}"), format!("chmod go-w {shown}")))
}

/// The vault: whether it is there and nobody else's to write, opens, is whole and trusted, and can be changed now.
fn vault(cx: &Cx) -> Vec<Finding> {
    let place = match cx.place() {
        Ok(place) => place,
        Err(error) => return vec![of("vault", &error)],
    };
    let path = place.file.path().to_owned();
    let mut findings = Vec::new();
    if cx.is_locked() {
        findings.push(Finding::good("vault", format!("{}, not opened: the key is locked", path.display())));
    } else {
        findings.push(match cx.vault().and_then(|vault| Ok((role(&vault.head, place, cx)?, vault.head))) {
            Ok((role, head)) => {
                let members = count(head.members.len(), "member");
                Finding::good("vault", format!("{}, of team {}, {members}; {role}", path.display(), head.team))
            }
            Err(error) => of("vault", &error),
        });
    }
    findings.extend(writable("vault", &path));
    findings.extend(repository::findings(Path::new(&place.real())));
    let left = leftovers(&path);
    if !left.is_empty() {
        findings.push(Finding::bad(
            "leftovers",
            format!("{} of killed writers", count(left.len(), "file")),
            "the next change removes them: etui set NAME",
        ));
    }
    // A writer that works holds it for less than that.
    let wait = Duration::from_secs(1);
    if let Some(Err(error)) = place.file.exists().then(|| place.file.lock(&LockRequest { wait, ..cx.locking() })) {
        findings.push(of("lock", &error.into()));
    }
    findings
}

/// Who you are in the vault.
fn role(head: &Head, place: &VaultLocation, cx: &Cx) -> Result<String, Error> {
    match open::writer(head, place, cx.identities()?) {
        Ok((_, name)) => Ok(format!("you are {name}, a writer")),
        Err(Error::ReaderWrites { who, .. }) => Ok(format!("you are {who}, a reader")),
        Err(error) => Err(error),
    }
}

/// The temporary files that killed writers left beside a vault.
fn leftovers(vault: &Path) -> Vec<String> {
    let prefix = temporary_prefix(vault);
    let entries = vault.parent().and_then(|parent| fs::read_dir(parent).ok()).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).filter(|name| name.starts_with(&prefix)).collect()
}

/// Whether a key could be kept open.
fn kept_open() -> Finding {
    match keyring::is_there() {
        true => Finding::good("keyring", "etui unlock can keep a key open"),
        false => Finding::good("keyring", "none that may be used here: each command asks for a passphrase"),
    }
}
