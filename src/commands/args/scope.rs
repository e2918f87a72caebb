//! `-p`, `-c` and `-g`: the section or the context that a verb works on.

use clap::Args;

use crate::commands::App;
use crate::ops::section;
use crate::report::{Command, Error, Kind, Message};
use crate::session::{Scope, parse_id};
use crate::store::LinkFile;
use crate::vault::text::Selection;
use crate::vault::{Kind as SectionKind, SectionId};

// The section that a verb works on: one of these, or else the linked project. Where the link names none, a verb that
// reads takes the team, and one that changes asks.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Section")]
pub struct SectionScope {
    /// Work on this project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// Work on this cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID", conflicts_with = "project")]
    pub cluster: Option<String>,
    /// Work on the team itself
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}

// The context that a verb works on: what these name, or the link, or the team alone.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Context")]
pub struct ContextScope {
    /// Use this project
    #[arg(short, long, alias = "project-id", value_name = "ID")]
    pub project: Option<String>,
    /// Use this cluster
    #[arg(short, long, alias = "cluster-id", value_name = "ID")]
    pub cluster: Option<String>,
    /// Use the team alone
    #[arg(short, long, conflicts_with_all = ["project", "cluster"])]
    pub global: bool,
}

impl SectionScope {
    pub fn parse(&self) -> Result<Scope, Error> {
        parse(&self.project, &self.cluster, self.global)
    }
}

impl ContextScope {
    pub fn parse(&self) -> Result<Scope, Error> {
        parse(&self.project, &self.cluster, self.global)
    }
}

fn parse(project: &Option<String>, cluster: &Option<String>, global: bool) -> Result<Scope, Error> {
    let id = |text: &Option<String>| text.as_deref().map(parse_id).transpose();
    Ok(Scope { project: id(project)?, cluster: id(cluster)?, global })
}

impl App {
    /// Returns the section to change: that of the options, the linked project, or the one that a terminal chooses.
    pub fn section(&self, scope: &SectionScope) -> Result<SectionId, Error> {
        let section = self.session.section(&scope.parse()?)?;
        section.map_or_else(|| self.section_unsaid(), Ok)
    }

    /// Returns the section to read: the same, but the team where the link names no project.
    pub fn section_to_read(&self, scope: &Scope) -> Result<SectionId, Error> {
        let section = self.session.section_to_read(scope)?;
        section.map_or_else(|| self.section_unsaid(), Ok)
    }

    fn section_unsaid(&self) -> Result<SectionId, Error> {
        if self.ui.interactive {
            return self.choose_section();
        }
        // That the vault does not exist says more than that no section is named.
        match self.session.missing_vault() {
            Some(missing) => Err(missing),
            None => Err(no_section(self.session.location()?.link.as_ref())),
        }
    }

    fn choose_section(&self) -> Result<SectionId, Error> {
        let view = self.session.view(Selection::Current(&[]))?;
        let mut choices: Vec<String> = view.all.iter().map(ToString::to_string).collect();
        choices[0] = format!("the team {}", view.head.team);
        choices.push("a new project".into());
        let chosen = self.ui.choose("Which section?", &choices)?;
        if let Some(section) = view.all.get(chosen) {
            return Ok(section.clone());
        }
        let id = self.ui.ask_for("Id of the new project:", parse_id)?;
        let created = section::create(&self.session, SectionKind::Project, &id)?;
        self.ui.say(created.to_string());
        Ok(SectionId::Project(id))
    }
}

fn no_section(link: Option<&LinkFile>) -> Error {
    let message = match link {
        Some(link) => format!("no section: no option names one, and the link {} names no project", link.path.display()),
        None => "no section: neither an option nor a link names one".to_owned(),
    };
    let link = Command::without_vault("link").arg("-p").arg("PROJECT");
    Error::new(Kind::Usage, "section_unsaid", message)
        .hint("`-g` for the team, `-p PROJECT` or `-c CLUSTER`")
        .hint(Message::from("once for this directory: ").command(link))
}
