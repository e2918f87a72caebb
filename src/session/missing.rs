//! A vault that does not exist: what this machine knows of it, and what to do.

use std::path::PathBuf;

use crate::report::{Command, Explain, Kind, Message, Report, and, shell_quote};
use crate::vault::TeamName;
use crate::vault::near::nearest;

/// A vault that does not exist. A new one is suggested only where nothing says that the team has one.
#[derive(Debug)]
pub struct Missing {
    pub path: PathBuf,
    pub team: Option<TeamName>,
    /// Whether an option, a variable or the link names the file itself, rather than the team.
    pub is_file: bool,
    /// The link that leads there.
    pub link: Option<PathBuf>,
    /// Whether this machine has opened the vault of the team.
    pub is_known: bool,
    /// Whether this machine has recorded where that was.
    pub is_recorded: bool,
    /// Where else a file is that was this vault.
    pub elsewhere: Option<PathBuf>,
    /// The other teams whose vaults this machine can find.
    pub others: Vec<TeamName>,
}

impl Explain for Missing {
    fn explain(&self) -> Report {
        let Missing { path, team, is_file, link, is_known, is_recorded, elsewhere, others } = self;
        let init = || Command::without_vault("init");
        let shown = path.to_string_lossy();
        let gone = match team {
            None => report(format!("no vault at {shown}")),
            Some(team) => report(format!("no vault of team {team}: {shown} does not exist")),
        };
        let Some(team) = team else {
            return gone.hint(Message::from("to create it: ").command(init().arg("TEAM --vault").quoted(&shown)));
        };
        if let Some(other) = elsewhere {
            let (seen, quoted) = (format!("this laptop saw it at {} too: ", other.display()), other.to_string_lossy());
            return gone.hint(match is_file {
                true => Message::from(format!("{seen}`--vault {}`", shell_quote(&quoted))),
                false => Message::from(seen).command(Command::without_vault("vault move").quoted(&quoted)),
            });
        }

        let unknown = format!("this laptop knows no vault of team {team}");
        let clone = |verb| clone_its("clone the repository that has it", verb);
        match (is_file, is_known, link) {
            (true, _, Some(_)) => gone.hint("bring it here, for example with `git pull`").hint(join()),
            (true, _, None) => {
                gone.hint(Message::from("to create it: ").command(init().arg(team).arg("--vault").quoted(&shown)))
            }
            (false, true, _) if *is_recorded => {
                let forget = Command::without_vault("vault forget").arg(team);
                gone.hint(clone("vault move")).hint(Message::from("if it is lost: ").command(forget))
            }
            (false, true, _) => gone.hint("restore it from a backup").hint(clone("vault move")),
            (false, false, Some(link)) => {
                let message = format!("{unknown}, which {} names", link.display());
                report(message).hint(clone("vault add")).hint(join())
            }
            (false, false, None) => {
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
