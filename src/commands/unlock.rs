//! `unlock`: keep the key open for a time.

use clap::Args;

use super::App;
use crate::ops::key::{self, Unlocked};
use crate::report::{Command, Error, Message};

const EXAMPLES: &str = "\
Examples:
  etui unlock                 for a working day
  etui unlock --for 30m       for half an hour";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Unlock {
    /// Keep it open for this long, at most 30d: 8h, 30m, 90s
    #[arg(long = "for", value_name = "TIME", default_value = "8h", value_parser = seconds)]
    time: usize,
}

/// Parses a length of time in seconds: `8h`.
pub fn seconds(typed: &str) -> Result<usize, String> {
    let unit = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86400),
        _ => None,
    };
    let parse = || {
        let last = typed.chars().last()?;
        let number: usize = typed[..typed.len() - last.len_utf8()].parse().ok()?;
        number.checked_mul(unit(last)?).filter(|seconds| (1..=30 * 86400).contains(seconds))
    };
    parse().ok_or_else(|| "a time up to 30d, as 8h or 30m".to_owned())
}

impl Unlock {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let (file, unlocked) = key::unlock(&app.session, self.time)?;

        app.ui.say(match unlocked {
            Unlocked::NotNeeded => format!("{file} has no passphrase, so there is nothing to unlock").into(),
            Unlocked::Kept => Message::from(format!("unlocked {file} for {}; to end it: ", told(self.time)))
                .command(Command::without_vault("lock")),
        });
        Ok(())
    }
}

pub fn told(seconds: usize) -> String {
    match seconds {
        s if s % 86400 == 0 => format!("{}d", s / 86400),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
