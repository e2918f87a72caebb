//! `man`: a page for every command, from the grammar itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, ValueHint};

use crate::old::context::Cx;
use crate::old::error::Error;

#[derive(Debug, Args)]
pub struct Man {
    /// Where to write them, as ~/.local/share/man/man1
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directory: PathBuf,
}

/// What `etui --help` does not say, and who looks for a page does.
const MORE: &str = "The exit status is 0 if it was done, 1 if it failed or something was found, 2 for what cannot be \
typed so, 3 for what is not there, 4 for a conflict, 5 if the vault cannot be unlocked, 6 if it is damaged, replaced or \
rolled back, 7 if another process holds its lock. etui run ends as its command does.
ETUI_TEAM and ETUI_VAULT say which vault is meant; ETUI_KEY holds a key, ETUI_KEY_FILE names its file and \
ETUI_KEY_COMMAND a command that prints it; ETUI_TRUST demands the vault of that fingerprint; ETUI_HOME is the directory \
of all that is kept.";

impl Man {
    pub fn run(self, cx: &Cx, command: Command) -> Result<(), Error> {
        let directory = cx.directory().join(self.directory);
        let more = |verb: Command| verb.after_help("Options of every command, as -t TEAM and -j, are in etui(1).");
        let mut command = command.disable_help_subcommand(true).after_help(MORE).mut_subcommands(more);
        command.build();
        // Only now: each command has its own copy of them, which its page need not repeat.
        let is_ignored = |id: &str| id == "api_key" || id == "options_file";
        let command = command.mut_args(|argument| {
            let is_hidden = is_ignored(argument.get_id().as_str());
            argument.hide(is_hidden)
        });
        write(&command, &directory).map_err(|error| Error::Io { doing: "write", path: directory, error })
    }
}

/// Writes the page of a command, and of those below it.
fn write(command: &Command, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    let page = clap_mangen::Man::new(command.clone()).source(concat!("etui ", env!("CARGO_PKG_VERSION")));
    let mut text = Vec::new();
    page.render(&mut text)?;
    fs::write(directory.join(page.get_filename()), ascii(&String::from_utf8_lossy(&text)))?;
    command.get_subcommands().filter(|below| !below.is_hide_set()).try_for_each(|below| write(below, directory))
}

/// roff in ASCII, which every reader of it takes.
fn ascii(roff: &str) -> String {
    let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\[u{:04X}]", u32::from(c)) };
    roff.chars().map(escaped).collect()
}
