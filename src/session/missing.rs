//! A vault that does not exist: what this machine knows of it, and what to do.

use std::path::PathBuf;

use crate::report::{Command, Explain, Kind, Message, Report, and, shell_quote};
use crate::vault::TeamName;
use crate::vault::near::nearest;

/// A vault that does not exist. A new one is suggested only where nothing says that the team has one.
#[derive(Debug)]
pub struct VaultMissing {
    pub path: PathBuf,
    pub team: Option<TeamName>,
    /// Whether an option, a variable or the link names the file itself, rather than the team.
    pub is_file: bool,
    /// The link that leads there.
    pub link: Option<PathBuf>,
    pub known: Known,
    /// Where else a file is that was this vault.
    pub elsewhere: Option<PathBuf>,
    /// The other teams whose vaults this machine can find.
    pub others: Vec<TeamName>,
}

/// What this machine knows of the vault of a team.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It never opened one.
    Nothing,
    /// It opened one, and does not know where that is now.
    Vault,
    /// It was here, in the data directory.
    Usual,
    /// It was here, which is recorded.
    Location,
}

impl Explain for VaultMissing {
    fn explain(&self) -> Report {
        let VaultMissing { path, team, is_file, link, known, elsewhere, others } = self;
        let init = || Command::without_vault("init");
        let shown = path.to_string_lossy();
        let gone = match team {
            None => report(format!("no vault at {shown}")),
            Some(team) => report(format!("no vault of team {team}: {shown} does not exist")),
        };
        let Some(team) = team else {
            return gone.hint(Message::from("to create it: ").command(init().arg("TEAM --vault").quoted(&shown)));
        };
        let unknown = format!("this laptop knows no vault of team {team}");
        let clone = |verb| clone_its("clone the repository that has it", verb);
        if let Some(other) = elsewhere {
            let (seen, quoted) = (format!("it was seen at {}: ", other.display()), other.to_string_lossy());
            let command = |verb| Message::from(seen.clone()).command(Command::without_vault(verb).quoted(&quoted));
            return match (is_file, known) {
                (true, _) => gone.hint(format!("{seen}`--vault {}`", shell_quote(&quoted))),
                (false, Known::Usual | Known::Location) => gone.hint(command("vault move")),
                (false, _) => report(unknown).hint(command("vault add")),
            };
        }

        match (is_file, known, link) {
            (true, Known::Usual | Known::Location, Some(_)) => {
                gone.hint("bring it back, for example with `git pull` or from a backup")
            }
            (true, _, Some(_)) => gone.hint("bring it here, for example with `git pull`").hint(join()),
            (true, _, None) => {
                gone.hint(Message::from("to create it: ").command(init().arg(team).arg("--vault").quoted(&shown)))
            }
            (false, Known::Usual, _) => gone.hint("restore it from a backup").hint(clone("vault move")),
            (false, Known::Location, _) => {
                let forget = Command::without_vault("vault forget").arg(team);
                gone.hint(clone("vault move")).hint(Message::from("if it is lost: ").command(forget))
            }
            (false, Known::Vault, _) => report(unknown).hint(clone("vault add")),
            (false, Known::Nothing, Some(link)) => {
                let message = format!("{unknown}, which {} names", link.display());
                report(message).hint(clone("vault add")).hint(join())
            }
            (false, Known::Nothing, None) => {
                let near = nearest(team.as_str(), others.iter().map(|other| (other.as_str(), other)));
                match near {
                    Some(near) => report(unknown).hint(format!("did you mean team {near}?")),
                    None if others.is_empty() => report(unknown)
                        .hint(Message::from("to create it: ").command(init().arg(team)))
                        .hint(clone_its("if it exists, clone its repository", "vault add")),
                    None => report(unknown).hint(those_here(others)).hint(clone("vault add")),
                }
            }
        }
    }
}

explained!(VaultMissing);

fn report(message: String) -> Report {
    Report::new(Kind::NotFound, "vault_missing", message)
}

/// Names the teams that this machine knows.
pub fn those_here(teams: &[TeamName]) -> String {
    let are = if teams.len() == 1 { "the only team here is" } else { "the teams here are" };
    format!("{are} {}", and(teams))
}

/// What to do about a vault in a repository that this machine does not have.
pub fn clone_its(first: &str, verb: &'static str) -> Message {
    Message::from(format!("{first}, then ")).command(Command::without_vault(verb).arg("FILE"))
}

fn join() -> Message {
    Message::from("new to the team? ").command(Command::without_vault("join"))
}
