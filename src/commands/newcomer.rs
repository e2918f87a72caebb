//! What `init` and `join` ask of somebody who is new: a member name, and a passphrase for a new key.

use std::process::Command as Process;

use zeroize::Zeroizing;

use super::App;
use crate::ops::key::{OwnKey, find_or_create};
use crate::report::{Command, Error, Frontend as _, Message};
use crate::session::bad_name;
use crate::ui::no_terminal;
use crate::vault::MemberName;

/// The number of characters below which a passphrase is worth a warning.
const GOOD_LENGTH: usize = 8;

impl App {
    /// Returns the name that was typed, or the login name. A terminal asks. `command` takes the name as an option.
    pub fn member_name(&self, typed: Option<&str>, command: Command) -> Result<MemberName, Error> {
        if let Some(typed) = typed {
            return MemberName::parse(typed).map_err(|error| bad_name(error, Some(typed)));
        }
        let login = login_name();
        if !self.ui.interactive {
            return login.ok_or_else(|| no_terminal("no member name is given", command));
        }
        let default = login.as_ref().map(|name| format!(" [{name}]")).unwrap_or_default();
        self.ui.ask_for(&format!("Your name in the vault{default}:"), |typed| match (typed, &login) {
            ("", Some(name)) => Ok(name.clone()),
            _ => MemberName::parse(typed).map_err(|error| bad_name(error, Some(typed))),
        })
    }

    /// Returns the key of this machine. Creates one if there is none.
    pub fn own_key(&self) -> Result<OwnKey<'_>, Error> {
        find_or_create(&self.session, || if self.ui.interactive { self.ask_new_passphrase() } else { Ok(None) })
    }

    /// Says to back up the key, and if it is new also how to do that on paper.
    pub fn say_backup(&self, OwnKey { file, is_new, .. }: &OwnKey<'_>, why: &str) {
        let Some(file) = file else { return };
        let line = Message::from(format!("back up {}: {why}", file.display()));
        self.ui.say(match is_new {
            true => line.text("; on paper: ").command(Command::without_vault("key backup")),
            false => line,
        });
    }

    /// Asks for a new passphrase, twice, and once more if it is short. None if it is left empty.
    pub fn ask_new_passphrase(&self) -> Result<Option<Zeroizing<String>>, Error> {
        let mut may_be_short = false;
        loop {
            let passphrase = self.ui.ask_passphrase("Passphrase for your key (Enter for none):")?;
            if passphrase.is_empty() {
                return Ok(None);
            }
            if passphrase.chars().count() < GOOD_LENGTH && !may_be_short {
                may_be_short = true;
                self.ui.warn(format!(
                    "a passphrase of fewer than {GOOD_LENGTH} characters is easy to guess; type it again to use it anyway"
                ));
                continue;
            }
            if *self.ui.ask_passphrase("Repeat it:")? == *passphrase {
                return Ok(Some(passphrase));
            }
            self.ui.warn("the two are not the same");
        }
    }
}

/// Returns the login name as a member name: in lower case, without the characters that a name cannot have.
fn login_name() -> Option<MemberName> {
    let variables = ["USER", "LOGNAME"].into_iter().filter_map(std::env::var_os);
    let login = variables.map(|login| login.into_encoded_bytes()).find(|login| !login.is_empty());
    // Containers and cron jobs often set neither variable.
    let from_system = || Process::new("id").arg("-un").output().map(|ran| ran.stdout).unwrap_or_default();
    let login = login.unwrap_or_else(from_system);

    let login = String::from_utf8_lossy(&login).to_lowercase();
    let name: String = login.chars().filter(|c| c.is_ascii_alphanumeric() || "._-".contains(*c)).collect();
    MemberName::parse(name.trim_start_matches(['.', '_', '-'])).ok()
}
