//! A commit in a repository of git, with the hook that looks for secrets or without it.

use std::path::PathBuf;
use std::process::Command;

use crate::ETUI;
use crate::race::Runner;
use crate::team::{Team, output};

pub struct Hook<'t> {
    team: &'t Team,
    repository: PathBuf,
}

impl<'t> Hook<'t> {
    pub fn new(team: &'t Team, is_guarded: bool) -> Hook<'t> {
        let hook = Hook { team, repository: team.home.join(if is_guarded { "guarded" } else { "plain" }) };
        let mut init = team.command("git");
        output(init.args(["init", "-q", "-b", "main"]).arg(&hook.repository));
        if is_guarded {
            output(team.command(ETUI).args(["guard", "install"]).current_dir(&hook.repository));
        }
        hook
    }

    /// A commit that changes nothing.
    pub fn commit(&self) -> Runner<'_> {
        let command = |_| {
            let mut git: Command = self.team.command("git");
            git.args(["-c", "user.name=alice", "-c", "user.email=alice@example.com"]).arg("-C").arg(&self.repository);
            git.args(["commit", "-q", "--allow-empty", "-m", "nothing"]);
            git
        };
        Runner { name: "`git commit --allow-empty`", command: Box::new(command) }
    }
}
