//! `link`: tie a directory and all below it to a team, a project and a cluster.

use clap::Args;

use super::App;
use crate::ops::link::{self, LinkView, MissingSection};
use crate::ops::section;
use crate::report::{Command, Error, Message};
use crate::session::parse_id;
use crate::vault::{Id, Kind};

const EXAMPLES: &str = "\
Examples:
  etui link                             show the link
  etui link -t acme -p web              link this directory to project web of team acme
  etui link -p web -c gpu --create      create the project and the cluster if needed
  etui link --accept                    accept the link that a repository brought";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Link {
    /// Link to this project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    project: Option<String>,
    /// Link to this cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    cluster: Option<String>,
    /// Create the project and the cluster if they do not exist
    #[arg(long)]
    create: bool,
    /// Accept the existing link as it is
    #[arg(long, conflicts_with_all = ["project", "cluster", "create"])]
    accept: bool,
}

impl Link {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let settings = &app.session.settings;
        if self.accept {
            return accept(app);
        }
        if self.project.is_none() && self.cluster.is_none() && settings.team.is_none() && settings.vault.is_none() {
            return show(app);
        }
        let id = |text: &Option<String>| text.as_deref().map(parse_id).transpose();
        let (project, cluster) = (id(&self.project)?, id(&self.cluster)?);
        for (kind, id) in [(Kind::Project, &project), (Kind::Cluster, &cluster)] {
            if let Some(id) = id {
                self.ensure(app, kind, id)?;
            }
        }

        let written = link::write(&app.session, project, cluster)?;

        if app.ui.json {
            return app.ui.document(&LinkView::new(&written));
        }
        app.ui.say(format!("linked {} to {}", settings.directory.display(), written.link));
        Ok(())
    }

    /// Makes sure that a section exists. Creates it with `--create`, or if the user wants it.
    fn ensure(&self, app: &App, kind: Kind, id: &Id) -> Result<(), Error> {
        let section = kind.with(id.clone());
        let Some(MissingSection { team, error }) = link::missing(&app.session, &section)? else { return Ok(()) };
        if !self.create {
            if !app.ui.interactive {
                return Err(error);
            }
            app.ui.confirm(&format!("There is no {section} in team {team} yet. Create it?"))?;
        }
        let created = section::create(&app.session, kind, id)?;
        app.ui.say(created.to_string());
        Ok(())
    }
}

fn accept(app: &App) -> Result<(), Error> {
    let accepted = link::accept(&app.session)?;
    if accepted.is_empty() {
        return show(app);
    }
    for file in accepted {
        app.ui.say(format!("accepted {}: {}", file.path.display(), file.link));
    }
    Ok(())
}

fn show(app: &App) -> Result<(), Error> {
    let Some(file) = app.session.link()? else {
        let write = Command::new("link").arg("-t TEAM -p PROJECT");
        app.ui.note(Message::from("no link in this directory or above; to write one: ").command(write));
        return if app.ui.json { app.ui.document(&()) } else { Ok(()) };
    };
    if app.ui.json {
        return app.ui.document(&LinkView::new(&file));
    }
    app.ui.line(&format!("{}: {}", file.path.display(), file.link))?;
    if !app.session.is_accepted(&file)? {
        let accept = Command::new("link --accept");
        app.ui.note(Message::from("it has not been accepted on this machine; to accept it: ").command(accept));
    }
    Ok(())
}
