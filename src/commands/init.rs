//! `init`: a vault for a team, and a key for its founder.

use clap::Args;

use super::App;
use crate::ops::link::{OtherTeam, write_for_repository};
use crate::ops::vault::Founding;
use crate::report::{Command, Error, Message};
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
        let key = app.own_key()?;
        let founded = founding.found(&app.session, key.identity)?;
        let is_linked = app.session.settings.vault_file().is_some() && !app.session.settings.no_link;
        let link = match is_linked {
            true => write_for_repository(&app.session, &founded.path, &team)?,
            false => None,
        };
        let link = app.written_link(link);

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
        app.ui.say(format!("fingerprint {}", founded.fingerprint));
        if let Some(link) = &link {
            app.ui.say(format!("linked by {}", link.path.display()));
        }
        if let Some(file) = key.file {
            app.ui.say(format!("back up {}: without it nobody opens this vault", file.display()));
        }
        app.ui.say(next(app, &founding, link.is_some()));
        if link.is_some() {
            let share = Message::from("to share it: ").command(Command::without_vault("git install"));
            let share = share.text(" before the first `git add`, then ").command(Command::without_vault("sync"));
            app.ui.say(share);
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

/// What to type next. Each command names the vault, unless a link does.
fn next(app: &App, founding: &Founding, is_linked: bool) -> Message {
    let name_vault = |command: Command| match app.session.settings.vault_file() {
        _ if is_linked => command,
        Some(path) => command.arg("--vault").quoted(&path.to_string_lossy()),
        None => command.arg("-t").arg(&founding.team),
    };
    let command = |verb| name_vault(Command::without_vault(verb));
    let set = Command::without_vault("set").arg("NAME");
    let next = Message::from("next: ");
    match founding.sections.first() {
        Some((Kind::Project, id)) => next.command(command("link").arg("-p").arg(id)).text(", then ").command(set),
        _ => {
            let set = name_vault(set.arg("-g"));
            next.command(set).text(", or ").command(command("project create").arg("ID"))
        }
    }
}
