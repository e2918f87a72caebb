//! `unlock`: keep the key open for a time.

use clap::Args;

use super::App;
use crate::ops::key::{self, Unlocked, parse_open_time};
use crate::report::{Command, Error, Message};
use crate::vault::Age;

const EXAMPLES: &str = "\
Examples:
  etui unlock                 for a working day
  etui unlock --for 30m       for half an hour";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Unlock {
    /// Keep it open for this long, at most 30d: 8h, 30m, 90s
    #[arg(long = "for", value_name = "TIME", default_value = "8h", value_parser = parse_open_time)]
    time: Age,
}

impl Unlock {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let (file, unlocked) = key::unlock(&app.session, self.time)?;

        app.ui.say(match unlocked {
            Unlocked::NotNeeded => format!("{file} has no passphrase, so there is nothing to unlock").into(),
            Unlocked::InHardware(program) => {
                format!("the key in {file} is in hardware, so there is nothing to keep: {program} asks each time")
                    .into()
            }
            Unlocked::Kept(keyring) => {
                Message::from(format!("unlocked {file} for {}, in {keyring}; to end it: ", self.time))
                    .command(Command::without_vault("lock"))
            }
        });
        Ok(())
    }
}
