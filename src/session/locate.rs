//! Which vault a command works on. Deciding is pure; [`Session::location`](super::Session::location) gathers the facts.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};

use super::missing::{clone_its, those_here};
use crate::git::GitError;
use crate::report::{Command, Explain, Kind, Message, Report};
use crate::store::{LinkFile, VaultFile};
use crate::vault::{Head, Kind as SectionKind, SectionId, TeamName, Within};

/// The vault in use, and the link that speaks of it.
pub struct VaultLocation {
    pub file: VaultFile,
    /// The absolute path as it was named, which may lead to the file through symbolic links.
    pub named: PathBuf,
    /// The link of the directory, if it leads to this vault.
    pub link: Option<LinkFile>,
    /// The team that was asked for. The vault must be of this team.
    pub team: Option<TeamName>,
    /// The place within that vault, if this is the inner vault of a closed section.
    pub inner: Option<Within>,
}

/// Where a vault is from, as messages name it: `FILE`, or `cluster prod of FILE` for an inner vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub path: PathBuf,
    pub section: Option<SectionId>,
}

impl From<&Path> for Origin {
    fn from(path: &Path) -> Origin {
        Origin { path: path.to_owned(), section: None }
    }
}

impl Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(section) = &self.section {
            write!(f, "{section} of ")?;
        }
        self.path.display().fmt(f)
    }
}

/// What the options, the environment, the link and the data directory say about the vault.
pub struct Facts<'f> {
    /// The file that `--vault` or `ETUI_VAULT` names, absolute.
    pub file: Option<&'f Path>,
    /// The team that `-t`, or without a file `ETUI_TEAM`, names.
    pub team: Option<&'f TeamName>,
    /// The vault to which the link leads, if there is a link and it leads anywhere.
    pub linked: Option<LinkedVault<'f>>,
    /// The teams whose vaults are in the data directory.
    pub teams: &'f [TeamName],
    /// All teams whose vaults this machine can find.
    pub known: &'f [TeamName],
}

/// The vault of a link.
#[derive(Debug, Clone, Copy)]
pub struct LinkedVault<'f> {
    pub path: &'f Path,
    pub team: Option<&'f TeamName>,
    /// Whether this machine wrote the link or accepted it.
    pub accepted: bool,
}

/// Where the vault is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The file that was named.
    File(PathBuf),
    /// The file to which the link leads. The link must be accepted first.
    Linked(PathBuf),
    /// The vault that the name of this team means.
    Team(TeamName),
}

/// Decides where the vault is: by its file, by its team, by the link, or because it is the only one.
///
/// # Errors
/// If nothing names a vault, and the data directory does not have exactly one.
pub fn choose(facts: &Facts<'_>) -> Result<Choice, LocateError> {
    match (facts.file, facts.team, facts.linked) {
        (Some(file), _, _) => Ok(Choice::File(file.to_owned())),
        // A link that was not accepted says nothing about a team that an option names.
        (None, Some(team), Some(link)) if link.accepted && link.team == Some(team) => {
            Ok(Choice::Linked(link.path.to_owned()))
        }
        (None, Some(team), _) => Ok(Choice::Team(team.clone())),
        (None, None, Some(link)) => Ok(Choice::Linked(link.path.to_owned())),
        (None, None, None) => match facts.teams {
            [only] => Ok(Choice::Team(only.clone())),
            _ => Err(LocateError::TeamUnknown { teams: facts.known.to_vec() }),
        },
    }
}

/// Why there is no vault to work on.
#[derive(Debug)]
pub enum LocateError {
    /// Nothing names a team, and there is not exactly one.
    TeamUnknown { teams: Vec<TeamName> },
    /// The vault's file does not exist, but git has it.
    VaultGone { path: PathBuf, reason: String, restore: Message },
    /// The vault's file does not exist, and git cannot say whether it has it.
    VaultUnknown { path: PathBuf, error: GitError },
    /// Somebody else's link, which was not accepted on this machine.
    LinkUnaccepted { path: PathBuf },
}

impl Explain for LocateError {
    fn explain(&self) -> Report {
        match self {
            LocateError::TeamUnknown { teams } if teams.is_empty() => {
                let init = Command::without_vault("init").arg("TEAM");
                Report::new(Kind::Usage, "no_vault", "there is no vault yet")
                    .hint(Message::from("to create one: ").command(init))
                    .hint(clone_its("if your team has one, clone its repository", "vault add"))
            }
            LocateError::TeamUnknown { teams } => {
                let link = Command::without_vault("link").arg("-t").arg(&teams[0]);
                Report::new(Kind::Usage, "team_unsaid", format!("which team? {}", those_here(teams)))
                    .hint(format!("`-t {}`", teams[0]))
                    .hint(Message::from("once for this directory: ").command(link))
            }
            LocateError::VaultGone { path, reason, restore } => {
                let message = format!("{} {reason}", path.display());
                Report::new(Kind::NotFound, "vault_gone", message).hint(restore.clone())
            }
            LocateError::VaultUnknown { path, error } => {
                let (path, reason) = (path.display(), &error.reason);
                let message = format!("no vault at {path}, and git cannot say whether it tracks one there: {reason}");
                let report = Report::new(Kind::NotFound, "vault_missing", message);
                report.hint(error.hint().unwrap_or_else(|| "`git status` shows the state of the repository".into()))
            }
            LocateError::LinkUnaccepted { path } => {
                let accept = Command::without_vault("link --accept");
                let message = format!("the link {} has not been accepted on this machine", path.display());
                Report::new(Kind::Usage, "link_unaccepted", message)
                    .hint(Message::from("read it, then accept it: ").command(accept))
                    .hint("name the vault and the section yourself: `-t TEAM -p PROJECT`")
            }
        }
    }
}

explained!(LocateError);

impl VaultLocation {
    /// A vault at a path, regardless of links.
    pub fn of(path: &Path) -> VaultLocation {
        VaultLocation { file: VaultFile::at(path), named: path.to_owned(), link: None, team: None, inner: None }
    }

    /// The inner vault of a closed section of this vault.
    pub fn inner(&self, outer: &Head, section: &SectionId) -> VaultLocation {
        let within = Within { vault: outer.id, section: section.clone() };
        VaultLocation { team: Some(outer.team.clone()), inner: Some(within), ..VaultLocation::of(&self.named) }
    }

    /// Returns where the vault is from, as messages name it.
    pub fn origin(&self) -> Origin {
        let section = self.inner.as_ref().map(|within| within.section.clone());
        Origin { path: self.file.path().to_owned(), section }
    }
}

/// The command that brings back a closed section from a copy of the vault.
pub fn restore_section(section: &SectionId) -> Command {
    let restore = Command::new(section.kind().map_or("cluster", SectionKind::as_str)).arg("restore");
    section.id().into_iter().fold(restore, Command::arg).arg("--from FILE")
}

/// Returns a path without symbolic links, as the pins record it.
pub fn real(path: &Path) -> String {
    std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

/// Returns whether two paths lead to one file.
pub fn same_file(a: &Path, b: &Path) -> bool {
    let real = |path: &Path| std::fs::canonicalize(path).ok();
    a == b || real(a).is_some_and(|a| real(b) == Some(a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_goes_before_the_team_the_team_before_the_link_and_the_link_before_the_only_vault() {
        let [acme, beta] = ["acme", "beta"].map(|name| TeamName::parse(name).unwrap());
        let (file, linked) = (Path::new("/f.age"), Path::new("/repo/v.age"));
        let link = |team, accepted| Some(LinkedVault { path: linked, team, accepted });
        let to_file = || Ok(Choice::File(file.into()));
        let to_link = || Ok(Choice::Linked(linked.into()));
        let to_team = |team: &TeamName| Ok(Choice::Team(team.clone()));
        let both = [acme.clone(), beta.clone()];
        let table = [
            ((Some(file), Some(&acme), link(Some(&acme), true), &both[..]), to_file()),
            ((Some(file), None, link(None, false), &[]), to_file()),
            ((None, Some(&acme), link(Some(&acme), true), &both), to_link()),
            ((None, Some(&acme), link(Some(&acme), false), &both), to_team(&acme)),
            ((None, Some(&beta), link(Some(&acme), true), &both), to_team(&beta)),
            ((None, Some(&beta), link(None, true), &both), to_team(&beta)),
            ((None, Some(&beta), None, &[]), to_team(&beta)),
            ((None, None, link(Some(&acme), false), &both), to_link()),
            ((None, None, None, &both[..1]), to_team(&acme)),
            ((None, None, None, &both), Err(2)),
            ((None, None, None, &[]), Err(0)),
        ];
        for (at, ((file, team, linked, teams), expected)) in table.into_iter().enumerate() {
            let chosen = choose(&Facts { file, team, linked, teams, known: teams });
            let chosen = chosen.map_err(|error| match error {
                LocateError::TeamUnknown { teams } => teams.len(),
                other => panic!("{other:?}"),
            });
            assert_eq!(chosen, expected, "row {at}");
        }
    }
}
