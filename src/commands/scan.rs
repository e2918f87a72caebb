//! `scan`: look for values of the vault where they should not be.

use std::path::PathBuf;

use clap::Args;

use super::App;
use crate::guard::SHORTEST;
use crate::ops::scan::{Area, Finding, Searched, Secrets, search};
use crate::ops::view::Page;
use crate::report::{Error, Kind, and, count};
use crate::ui::Progress;

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
    /// Search files that .gitignore names, too
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
        let secrets = match Secrets::read(&app.session, self.history_values) {
            Err(error) if self.hook && !self.strict => {
                app.ui.warn(format!("this commit was not searched: {error}"));
                Secrets::default()
            }
            secrets => secrets?,
        };
        let mut line = app.ui.progress();
        let searched =
            search(&app.session, &self.area(), &secrets, &mut |searched| show_progress(&mut line, searched))?;
        drop(line);

        let (files, bytes) = (searched.files as usize, searched.bytes);
        let unread = searched.first_unread.clone().map(|first| (searched.unread, first));
        let findings = searched.findings(&app.session, &secrets)?;
        self.show(app, &findings, &secrets)?;
        if let Some((unread, first)) = unread {
            app.ui.warn(format!("{} could not be read: {first}", count(unread, "file")));
        }
        let is_quiet = self.hook || app.ui.json;
        if !is_quiet {
            note_skipped(app, &secrets);
        }
        if !findings.is_empty() {
            return Err(found(&findings));
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

    fn area(&self) -> Area {
        let paths = self.paths.clone();
        match (self.staged, self.history) {
            (true, _) => Area::Staged { paths },
            (_, true) => Area::History { paths },
            _ => Area::Files { paths, with_ignored: self.no_ignore },
        }
    }

    fn show(&self, app: &App, findings: &[Finding], secrets: &Secrets) -> Result<(), Error> {
        if app.ui.json {
            let views = findings.iter().map(|finding| finding.view(secrets)).collect();
            return app.ui.document(&Page::whole(views));
        }
        app.ui.lines(findings.iter().map(|finding| finding.line(secrets)))
    }
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
        let (files, found) = (count(searched.files as usize, "file"), count(searched.found(), "finding"));
        format!("{files}, {}, {found} so far", megabytes(searched.bytes))
    });
}

fn megabytes(bytes: u64) -> String {
    if bytes < 1_000_000 { format!("{} kB", bytes.div_ceil(1000)) } else { format!("{} MB", bytes / 1_000_000) }
}
