//! `key backup`: the key as 24 words, for paper.

use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::commands::App;
use crate::keys::Words;
use crate::ops::key::backup::{Backup, backups};
use crate::ops::view::Page;
use crate::report::Error;

const EXAMPLES: &str = "\
Examples:
  etui key backup                    print the 24 words, to write them down
  etui key backup -i ci.key          of another key";

/// The words of a line stand in so many columns, and each fits a column of this width.
const COLUMNS: usize = 4;
const WIDTH: usize = 13;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyBackup {}

#[derive(Serialize)]
struct BackupView {
    recipient: String,
    fingerprint: String,
    /// Whether a rotation replaces this key.
    old: bool,
    words: Vec<&'static str>,
}

impl KeyBackup {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let backups = backups(&app.session)?;

        if app.ui.json {
            return app.ui.document(&Page::whole(backups.iter().map(view).collect()));
        }
        let mut text = Zeroizing::new(String::with_capacity(backups.len() * 1024));
        for backup in &backups {
            match app.ui.tables {
                true => page(&mut text, backup),
                false => {
                    text.push_str(&backup.words.line());
                    text.push('\n');
                }
            }
        }
        app.ui.data(text.as_bytes())?;
        app.ui.note(match backups.len() {
            1 => {
                "whoever reads these words has the key, without its passphrase; keep them away from this machine".into()
            }
            count => format!("the file holds {count} keys; whoever reads the words has them, without a passphrase"),
        });
        Ok(())
    }
}

fn view(Backup { recipient, fingerprint, words, is_old }: &Backup) -> BackupView {
    BackupView {
        recipient: recipient.to_string(),
        fingerprint: fingerprint.clone(),
        old: *is_old,
        words: words.iter().collect(),
    }
}

/// Adds what belongs on the paper: what it is for, the words, and how to use them.
fn page(text: &mut Zeroizing<String>, Backup { recipient, fingerprint, words, is_old }: &Backup) {
    let what = if *is_old { "Old key of etui, until its rotation is finished" } else { "Key of etui" };
    let heading = format!("{what}\nrecipient        {recipient}\nkey fingerprint  {fingerprint}\n\n");
    text.push_str(&heading);
    let rows = Words::COUNT / COLUMNS;
    let numbered: Vec<(usize, &str)> = (1..).zip(words.iter()).collect();
    for row in 0..rows {
        for column in 0..COLUMNS {
            let (number, word) = numbered[column * rows + row];
            let cell = Zeroizing::new(format!("{number:>2} {word:<width$}", width = WIDTH - 3));
            text.push_str(if column + 1 == COLUMNS { cell.trim_end() } else { &cell });
        }
        text.push('\n');
    }
    text.push_str("\nTo get the key back, type: etui key restore\n");
}
