//! `init`: a vault for a team, and a key for its founder.

use std::path::Path;

use clap::Args;

use super::{App, outcome};
use crate::git::commit_risk;
use crate::ops::link::{OtherTeam, write_for_repository};
use crate::ops::repository;
use crate::ops::vault::{Founded, Founding};
use crate::report::{Command, Error, Frontend as _, Message, shell_quote};
use crate::session::{bad_name, parse_id};
use crate::store::LinkFile;
use crate::vault::{Id, Kind, TeamName};

const EXAMPLES: &str = "\
Examples:
  etui init acme                            a vault in the data directory
  etui init acme -p web -c gpu              with a project and a cluster
  etui init acme --vault secrets.age        a vault that git shares, in this repository";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Init {
    /// Name the team
    #[arg(value_name = "TEAM")]
    name: String,
    /// Use this name for yourself in the vault [default: your login name]
    #[arg(long = "as", value_name = "MEMBER")]
    member: Option<String>,
    /// Create this project too; may be repeated
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    project: Vec<String>,
    /// Create this cluster too; may be repeated
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    cluster: Vec<String>,
}

impl Init {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let team = TeamName::parse(&self.name).map_err(|error| bad_name(error, Some(&self.name)))?;
        let founder =
            app.member_name(self.member.as_deref(), Command::without_vault("init").arg("TEAM --as MEMBER"))?;
        let sections = self.sections()?;

        let founding = Founding::new(&app.session, team.clone(), founder.clone(), sections)?;
        let is_shared = app.session.settings.vault_file().is_some() && repository::surrounds(founding.path());
        // Before anything is made, so that Ctrl-C at a question leaves nothing behind.
        let wants_setup = is_shared && app.wants_git_install()?;
        let key = app.own_key()?;
        let founded = founding.found(&app.session, key.identity)?;
        let is_linked = app.session.settings.vault_file().is_some() && !app.session.settings.no_link;
        let link = match is_linked {
            true => write_for_repository(&app.session, &founded.path, &team)?,
            false => None,
        };
        let link = app.written_link(link);
        if is_shared && let Err(error) = repository::exclude_lock(&founded.path) {
            app.ui.warn(error.report().message.clone());
        }

        if app.ui.json {
            return app.ui.document(&serde_json::json!({
                "team": team.as_str(),
                "vault": founded.path,
                "fingerprint": founded.fingerprint.as_str(),
                "member": founder.as_str(),
                "key": key.file,
                "link": link.map(|link| link.path),
            }));
        }
        app.ui.say(format!("created the vault of team {team}, with member {founder}: {}", founded.path.display()));
        app.ui.say(format!("vault fingerprint {}", founded.fingerprint));
        if let Some(link) = &link {
            app.ui.say(format!("linked by {}", link.path.display()));
        }
        app.say_backup(&key, "without it nobody opens this vault");
        let is_set_up = wants_setup && app.set_up_git();
        app.ui.say(next(app, &founding, link.is_some()));
        if is_shared {
            app.ui.say(share(app, &founded, &team, link.as_ref(), is_set_up));
        }
        Ok(())
    }

    fn sections(&self) -> Result<Vec<(Kind, Id)>, Error> {
        let projects = self.project.iter().map(|id| (Kind::Project, id));
        let clusters = self.cluster.iter().map(|id| (Kind::Cluster, id));
        projects.chain(clusters).map(|(kind, id)| Ok((kind, parse_id(id)?))).collect()
    }
}

impl App {
    /// Asks whether to set up the clone as well. `-y` says yes; without a terminal the answer is no.
    fn wants_git_install(&self) -> Result<bool, Error> {
        if !self.ui.interactive || self.ui.json {
            return Ok(false);
        }
        let question = "Set up this clone too, so that git merges the vault secret by secret?";
        Ok(self.ui.yes || self.ui.ask_yes_no(&question.into())?)
    }

    /// Sets up the clone of the new vault. Warns if that fails: the vault is there all the same.
    fn set_up_git(&self) -> bool {
        match repository::install(&self.session) {
            Ok(installed) => outcome::installed(self, installed),
            Err(error) => {
                self.ui.warn(error.report().message.clone());
                return false;
            }
        }
        true
    }

    /// Returns the link that was written. Warns if another team's link stands in its place.
    fn written_link(&self, link: Option<Result<LinkFile, OtherTeam>>) -> Option<LinkFile> {
        match link? {
            Ok(link) => Some(link),
            Err(OtherTeam { path, team }) => {
                self.ui.warn(format!("{} links team {team}, and was left as it is", path.display()));
                None
            }
        }
    }
}

/// What to type next.
fn next(app: &App, founding: &Founding, is_linked: bool) -> Message {
    let reaching = |command| reaching(app, command, &founding.team, is_linked);
    let set = Command::without_vault("set").arg("NAME");
    let next = Message::from("next: ");
    match founding.sections.first() {
        Some((Kind::Project, id)) => {
            let link = reaching(Command::without_vault("link")).arg("-p").arg(id);
            next.command(link).text(", then ").command(set)
        }
        _ => {
            let create = reaching(Command::without_vault("project create")).arg("ID");
            next.command(reaching(set.arg("-g"))).text(", or ").command(create)
        }
    }
}

/// How the vault, and what belongs to it, gets into git.
fn share(app: &App, founded: &Founded, team: &TeamName, link: Option<&LinkFile>, is_set_up: bool) -> Message {
    let directory = &app.session.settings.directory;
    let shown = |path: &Path| {
        let path = path.strip_prefix(directory).unwrap_or(path);
        shell_quote(&path.to_string_lossy()).into_owned()
    };
    let attributes = founded.path.with_file_name(".gitattributes");
    let files = link.map(|link| &*link.path).into_iter().chain([&*attributes, &*founded.path]);
    let files: Vec<String> = files.map(shown).collect();
    // A `.gitignore` may name `*.age` or `secrets/`.
    let force = if commit_risk(&founded.path).is_none() { "--force " } else { "" };

    let reaching = |command| reaching(app, command, team, link.is_some());
    let share = Message::from("to share it: ");
    let share = match is_set_up {
        true => share,
        false => share.command(reaching(Command::without_vault("git install"))).text(", "),
    };
    share
        .text(format!("`git add {force}{}`, `git commit` and `git push`; later ", files.join(" ")))
        .command(reaching(Command::without_vault("sync")))
}

/// Makes a command name the vault, unless a link does.
fn reaching(app: &App, command: Command, team: &TeamName, is_linked: bool) -> Command {
    match app.session.settings.vault_file() {
        _ if is_linked => command,
        Some(path) => command.arg("--vault").quoted(&path.to_string_lossy()),
        None => command.arg("-t").arg(team),
    }
}
