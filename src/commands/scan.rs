//! `scan`: look for values of the vault where they should not be.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::App;
use crate::guard::SHORTEST;
use crate::ops::scan::{Area, Finding, FindingView, Searched, Secrets, Staged, Unread, search};
use crate::ops::view::Page;
use crate::report::{Error, Kind, and, count};
use crate::ui::Progress;

/// How many files are named that could not be searched.
const NAMED: usize = 5;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui scan\n  etui scan --staged\n  etui scan --history --history-values")]
pub struct Scan {
    /// Search these files and directories [default: the current directory]
    paths: Vec<PathBuf>,
    /// Search what git is about to commit, also for plain keys and dotenv lines with names of the vault
    #[arg(long, conflicts_with = "history")]
    staged: bool,
    /// Search all files of all commits
    #[arg(long)]
    history: bool,
    /// Look for earlier values, too
    #[arg(long)]
    history_values: bool,
    /// Search files that git ignores, too
    #[arg(long, conflicts_with_all = ["staged", "history"])]
    no_ignore: bool,
    // For the hook that `guard install` writes: it says nothing if all is well, and lets the commit pass if the vault
    // cannot be opened.
    #[arg(long, hide = true, requires = "staged")]
    hook: bool,
    // With that, nothing passes that was not searched.
    #[arg(long, hide = true, requires = "hook")]
    strict: bool,
}

impl Scan {
    pub fn run(self, app: &App) -> Result<(), Error> {
        // Nobody should wait for the vault while git makes a commit that adds nothing.
        let staged = self.hook.then(|| Staged::list(&app.session, &self.paths)).transpose()?;
        let secrets = match staged.as_ref().is_some_and(Staged::is_empty) {
            true => Secrets::default(),
            false => self.secrets(app)?,
        };
        if !self.hook {
            app.session.note_locked(&secrets.sections);
        }
        let area = match staged {
            Some(staged) => Area::Staged(staged),
            None => self.area(app)?,
        };
        let mut line = app.ui.progress();
        let searched = search(&app.session, &area, &secrets, &mut |searched| show_progress(&mut line, searched))?;
        drop(line);

        let (files, bytes) = (searched.files as usize, searched.bytes);
        for (directory, reason) in &searched.unlisted {
            let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
            app.ui.warn(format!("ignored files in {} were searched, too: git: {reason}", directory.display()));
        }
        let (unread, remedies) = (searched.unread.clone(), searched.remedies.clone());
        let findings = searched.findings(&app.session, &secrets)?;
        self.show(app, &findings, &unread, &secrets)?;
        let is_quiet = self.hook || app.ui.json;
        if !is_quiet {
            note_skipped(app, &secrets);
        }
        if !findings.is_empty() {
            return Err(found(&findings));
        }
        let lets_unread_pass = self.hook && !self.strict;
        if !unread.is_empty() && !lets_unread_pass {
            return Err(incomplete(&unread, remedies));
        }
        if !is_quiet {
            let area = format!("{}, {}", count(files, "file"), megabytes(bytes));
            app.ui.say(match secrets.all.len() {
                0 => format!("searched {area}, but the vault has no secret that can be looked for"),
                secrets => format!("found none of {} in {area}", count(secrets, "secret")),
            });
        }
        Ok(())
    }

    fn secrets(&self, app: &App) -> Result<Secrets, Error> {
        match Secrets::read(&app.session, self.history_values) {
            Err(error) if self.hook && !self.strict => {
                app.ui.warn(format!("this commit was not searched: {error}"));
                Ok(Secrets::default())
            }
            secrets => secrets,
        }
    }

    fn area(&self, app: &App) -> Result<Area, Error> {
        let paths = self.paths.clone();
        Ok(match (self.staged, self.history) {
            (true, _) => Area::Staged(Staged::list(&app.session, &paths)?),
            (_, true) => Area::History { paths },
            _ => Area::Files { paths, with_ignored: self.no_ignore },
        })
    }

    fn show(&self, app: &App, findings: &[Finding], unread: &[Unread], secrets: &Secrets) -> Result<(), Error> {
        if app.ui.json {
            let views = findings.iter().map(|finding| finding.view(secrets)).collect();
            return app.ui.document(&Findings { findings: Page::whole(views), unread });
        }
        app.ui.lines(findings.iter().map(|finding| finding.line(secrets)))?;
        for unread in unread.iter().take(NAMED) {
            app.ui.warn(format!("not searched: {unread}"));
        }
        if unread.len() > NAMED {
            app.ui.warn(format!("not searched: {} more; `-j` lists them", unread.len() - NAMED));
        }
        Ok(())
    }
}

/// What a scan found, and what it could not search.
#[derive(Serialize)]
struct Findings<'u> {
    #[serde(flatten)]
    findings: Page<FindingView>,
    unread: &'u [Unread],
}

fn incomplete(unread: &[Unread], remedies: Vec<&'static str>) -> Error {
    let message = match unread.iter().filter(|unread| unread.file.is_some()).count() {
        0 => "some commits could not be searched".to_owned(),
        files => format!("{} could not be searched", count(files, "file")),
    };
    let error = Error::new(Kind::Failed, "scan_incomplete", message);
    remedies.into_iter().fold(error, Error::hint)
}

fn found(findings: &[Finding]) -> Error {
    let mut files: Vec<_> = findings.iter().map(|finding| (&finding.file.commit, &finding.file.path)).collect();
    files.dedup();
    let message = format!("{} in {}", count(findings.len(), "finding"), count(files.len(), "file"));
    Error::new(Kind::Failed, "scan_findings", message)
        .hint("remove them")
        .hint("let one pass: `etui:allow` on its line, or `allow = [\"FILE:NAME\"]` in `.etui.toml`")
}

/// Notes how many values are not looked for, and why.
fn note_skipped(app: &App, secrets: &Secrets) {
    let mut reasons = Vec::new();
    if secrets.short > 0 {
        reasons.push(format!("{} of fewer than {SHORTEST} characters", count(secrets.short, "value")));
    }
    match secrets.plain {
        0 => {}
        1 => reasons.push("1 value that is a plain word or number".to_owned()),
        plain => reasons.push(format!("{plain} values that are plain words or numbers")),
    }
    if !reasons.is_empty() {
        app.ui.note(format!("not looked for: {}", and(&reasons)));
    }
}

fn show_progress(line: &mut Progress, searched: &Searched) {
    line.show(|| {
        let (files, found) = (count(searched.files as usize, "file"), count(searched.found, "finding"));
        format!("{files}, {}, {found} so far", megabytes(searched.bytes))
    });
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} kB", bytes.div_ceil(1000)) } else { format!("{} MB", bytes / 1_000_000) }
}
