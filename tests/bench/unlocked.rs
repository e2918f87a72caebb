//! A key with a passphrase that stays unlocked.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Command;

use crate::ETUI;
use crate::programs::Programs;
use crate::race::Runner;
use crate::team::Team;

const PASSPHRASE: &str = "correct horse";

pub struct Unlocked<'t> {
    team: &'t Team,
    key: PathBuf,
}

impl<'t> Unlocked<'t> {
    /// Copies the team's key with a passphrase and unlocks it with etui. The error says why that is not
    /// possible.
    pub fn new(team: &'t Team) -> Result<Unlocked<'t>, String> {
        let key = team.home.join("locked.txt");
        let plain = fs::read_to_string(team.key()).expect("the key that init made");
        fs::write(&key, etui::keys::lock(&plain, PASSPHRASE)).expect("a key behind a passphrase");
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a private key");
        let unlocked = Unlocked { team, key };
        // It asks only on a terminal.
        let (mut terminal, inside) = pty_process::blocking::open().expect("a terminal");
        let asks = pty_process::blocking::Command::from(unlocked.etui(&["unlock", "--for", "1h"]));
        let mut asks = asks.spawn(inside).expect("etui");
        let (mut screen, mut more) = (String::new(), [0; 4096]);
        // At the end Linux reports EIO.
        while let Ok(length @ 1..) = terminal.read(&mut more) {
            screen += &String::from_utf8_lossy(&more[..length]);
            if screen.ends_with(": ") {
                terminal.write_all(format!("{PASSPHRASE}\r").as_bytes()).expect("a terminal");
            }
        }
        let error = || screen.lines().find(|line| line.starts_with("error: ")).unwrap_or(&screen).trim().to_owned();
        if asks.wait().is_ok_and(|status| status.success()) { Ok(unlocked) } else { Err(error()) }
    }

    pub fn get(&self) -> Runner<'_> {
        let command = |_| self.etui(&Programs::get_words(self.team));
        Runner { name: "`etui get NAME …`, its key kept unlocked", command: Box::new(command) }
    }

    fn etui(&self, arguments: &[&str]) -> Command {
        let mut command = self.team.command(ETUI);
        command.arg("-i").arg(&self.key).args(arguments);
        command
    }
}

impl Drop for Unlocked<'_> {
    fn drop(&mut self) {
        let _ = self.etui(&["lock"]).output();
    }
}
