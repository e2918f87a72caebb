//! `man`: a manual page for every command, from the grammar itself, and one for every topic of the help.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueHint};
use clap_mangen::roff::{Roff, roman};

use super::App;
use crate::report::Error;
use crate::store::io_report;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui man ~/.local/share/man/man1")]
pub struct Man {
    /// Write the pages into this directory; those of topics, of section 7, into `man7` beside a `man1`
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: PathBuf,
}

/// What `etui --help` does not say and a reader of a manual page looks for.
const MORE: &str = "The exit status is 0 on success, 1 if the command failed or found something, 2 for a usage error, \
3 if something does not exist, 4 for a conflict, 5 if no key opens the vault, 6 if the vault is damaged, replaced or \
rolled back, and 7 if another process holds its lock. etui run exits as its command does.
ETUI_TEAM and ETUI_VAULT name the vault. ETUI_KEY holds a key, ETUI_KEY_FILE names its file, and ETUI_KEY_COMMAND \
is a command that prints it. ETUI_TRUST holds a token from `etui trust --export`, or the fingerprint of a \
vault (vault:...), and demands that vault. ETUI_HOME is one directory for \
everything that etui keeps.";

/// What a page names as its source.
const SOURCE: &str = concat!("etui ", env!("CARGO_PKG_VERSION"));

impl Man {
    /// Writes the pages of a command that was built, and of the topics: their names and texts.
    pub fn run(self, app: &App, command: Command, topics: &[(&str, &str)]) -> Result<(), Error> {
        let directory = app.session.settings.directory.join(self.directory);
        let command = command.after_help(MORE).mut_args(|argument| {
            let is_ignored = matches!(argument.get_id().as_str(), "api_key" | "options_file");
            argument.hide(is_ignored)
        });
        write(&command, &directory).map_err(|error| io_report("write", &directory, &error))?;

        // Where `man` looks for section 1, it looks for section 7 beside it.
        let is_section = directory.file_name().is_some_and(|name| name == "man1");
        let directory = if is_section { directory.with_file_name("man7") } else { directory };
        let written = topics.iter().try_for_each(|(name, text)| write_topic(name, text, &directory));
        Ok(written.map_err(|error| io_report("write", &directory, &error))?)
    }
}

/// Writes the page of a command, and those of its subcommands.
fn write(command: &Command, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let page = clap_mangen::Man::new(command.clone()).source(SOURCE);
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(directory.join(page.get_filename()), ascii(&String::from_utf8_lossy(&text)))?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write(below, directory))
}

/// Writes the page of a topic. Its text has headings in capitals, paragraphs, and lines that keep their form, which are
/// indented.
fn write_topic(name: &str, text: &str, directory: &Path) -> io::Result<()> {
    let mut page = Roff::new();
    let title = format!("etui-{name}");
    page.control("TH", [title.as_str(), "7", "", SOURCE]);
    let (about, body) = text.split_once('\n').unwrap_or((text, ""));
    page.control("SH", ["NAME"]).text([roman(format!("{title} - {about}"))]);

    for block in body.split("\n\n").map(|block| block.trim_matches('\n')).filter(|block| !block.is_empty()) {
        if !block.contains(|c: char| c.is_lowercase()) {
            page.control("SH", [block]);
            continue;
        }
        page.control("PP", []);
        // Prose is filled; what is indented stays as it is.
        let mut is_indented = false;
        for line in block.lines() {
            if line.starts_with("  ") != is_indented {
                is_indented = !is_indented;
                page.control(if is_indented { "nf" } else { "fi" }, []);
            }
            page.text([roman(line)]);
        }
        if is_indented {
            page.control("fi", []);
        }
    }
    fs::create_dir_all(directory)?;
    fs::write(directory.join(format!("{title}.7")), ascii(&page.render()))
}

/// Returns roff in ASCII, which every reader of roff accepts.
fn ascii(roff: &str) -> String {
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    roff.chars().map(escaped).collect()
}
