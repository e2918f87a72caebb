//! Two people's changes of one vault, merged as by git.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::ETUI;
use crate::race::Runner;
use crate::team::{Team, output};

/// How many secrets each of the two has added.
const CHANGES: usize = 10;

pub struct Merged<'t> {
    team: &'t Team,
    base: PathBuf,
    ours: PathBuf,
    theirs: PathBuf,
    /// Our side, and then the merged vault.
    merged: PathBuf,
}

impl<'t> Merged<'t> {
    /// Both start from the team's vault, which does not change.
    pub fn new(team: &'t Team) -> Merged<'t> {
        let file = |name: &str| team.home.join(name);
        let merged =
            Merged { team, base: file("base"), ours: file("ours"), theirs: file("theirs"), merged: file("merged") };
        fs::copy(team.vault(), &merged.base).expect("a copy of the vault");
        for (who, side) in [("OURS", &merged.ours), ("THEIRS", &merged.theirs)] {
            for change in 0..CHANGES {
                output(merged.etui().args(["set", &format!("{who}_{change}"), "-g", "--value", who]));
            }
            fs::rename(team.vault(), side).expect("what one of them wrote");
            fs::copy(&merged.base, team.vault()).expect("the vault as it was");
            // A machine that has seen neither side.
            fs::remove_dir_all(file("state")).expect("what etui remembers");
        }
        merged
    }

    pub fn merge(&self) -> Runner<'_> {
        let command = |_| {
            fs::copy(&self.ours, &self.merged).expect("our side");
            let mut etui = self.etui();
            etui.args(["git", "merge-driver"]).args([&self.base, &self.merged, &self.theirs]).arg(self.team.vault());
            etui
        };
        Runner { name: "`etui git merge-driver …`", command: Box::new(command) }
    }

    /// Checks that the merged vault has the changes of both.
    pub fn check(&self) {
        let mut decrypt = self.team.command("age");
        let text = output(decrypt.args(["-d", "-i"]).arg(self.team.key()).arg(&self.merged));
        let text = String::from_utf8(text).expect("text");
        for (who, change) in
            ["OURS", "THEIRS"].into_iter().flat_map(|who| (0..CHANGES).map(move |change| (who, change)))
        {
            assert!(text.contains(&format!("[secrets.{who}_{change}]")), "{who} added a secret");
        }
    }

    fn etui(&self) -> Command {
        self.team.command(ETUI)
    }
}
