//! Which section, and which context, the options and the link mean.

use super::context::Cx;
use super::options::{ContextScope, SectionScope};
use crate::old::error::Error;
use crate::store::Link;
use crate::vault::change::missing_section;
use crate::vault::text::Selection;
use crate::vault::{Context, Id, Kind, Section, SectionId, View};

/// Parses an id that was typed.
pub fn id(text: &str) -> Result<Id, Error> {
    Id::parse(text).map_err(|error| Error::Name { error, typed: Some(text.to_owned()) })
}

/// The section that two option groups name, if they name one.
fn named(project: &Option<String>, cluster: &Option<String>, global: bool) -> Result<Option<SectionId>, Error> {
    match (project, cluster, global) {
        (None, None, true) => Ok(Some(SectionId::Team)),
        (Some(project), None, false) => Ok(Some(SectionId::Project(id(project)?))),
        (None, Some(cluster), false) => Ok(Some(SectionId::Cluster(id(cluster)?))),
        (None, None, false) => Ok(None),
        _ => Err(Error::TwoSections),
    }
}

/// Parses a section as `--to` takes it: `team`, `project:web`, `cluster/gpu`.
pub fn section(text: &str) -> Result<SectionId, Error> {
    let unclear = || Error::PlaceUnclear { typed: text.to_owned() };
    if text == "team" {
        return Ok(SectionId::Team);
    }
    let (kind, name) = text.split_once([':', '/', ' ']).ok_or_else(unclear)?;
    match kind {
        "project" => Ok(SectionId::Project(id(name)?)),
        "cluster" => Ok(SectionId::Cluster(id(name)?)),
        _ => Err(unclear()),
    }
}

impl ContextScope {
    /// The one section that the options name, for what `--exact` asks of it.
    pub fn section(&self) -> Result<Option<SectionId>, Error> {
        named(&self.project, &self.cluster, self.global)
    }
}

impl Cx {
    /// The section that is meant: by option, else the linked project, else the one that is chosen.
    pub fn section(&self, scope: &SectionScope) -> Result<SectionId, Error> {
        if let Some(section) = named(&scope.project, &scope.cluster, scope.global)? {
            return Ok(section);
        }
        if let Some(project) = self.linked()?.project {
            return Ok(SectionId::Project(project));
        }
        // That there is no such vault is worth more than that there is no such section.
        if self.ui.interactive {
            self.choose_section()
        } else {
            Err(self.missing_vault().unwrap_or(Error::SectionUnsaid))
        }
    }

    fn choose_section(&self) -> Result<SectionId, Error> {
        let view = self.view(Selection::Current(&[]))?;
        let mut choices: Vec<String> = view.all.iter().map(ToString::to_string).collect();
        choices[0] = format!("the team {}", view.head.team);
        choices.push("a new project".into());
        let chosen = self.ui.choose("Which section?", &choices)?;
        if let Some(section) = view.all.get(chosen) {
            return Ok(section.clone());
        }
        let id = id(self.ui.ask("Id of the new project:")?.trim())?;
        self.create_section(Kind::Project, &id)?;
        Ok(SectionId::Project(id))
    }

    /// Makes a section, and says so.
    pub fn create_section(&self, kind: Kind, id: &Id) -> Result<(), Error> {
        let team = self.edit(|vault, stamp| {
            let team = vault.head.team.clone();
            vault.create_section(kind, id, stamp).map_err(|error| Error::Change { error, team: team.clone() })?;
            Ok(team)
        })?;
        if !self.ui.json {
            self.ui.say(&format!("created {} {id} in team {team}", kind.as_str()));
        }
        Ok(())
    }

    /// What the link says, if it speaks of the vault that is meant, and counts.
    pub fn linked(&self) -> Result<Link, Error> {
        let Some(file) = &self.place()?.link else { return Ok(Link::default()) };
        if file.link.project.is_some() || file.link.cluster.is_some() {
            self.settle_link(file)?;
        }
        Ok(file.link.clone())
    }

    /// The same for what is only said by the way: a link that does not count says nothing.
    pub fn linked_if_accepted(&self) -> Result<Link, Error> {
        match &self.place()?.link {
            Some(file) if self.is_accepted(file)? => Ok(file.link.clone()),
            _ => Ok(Link::default()),
        }
    }

    /// The context that is meant: by option, each half else from the link; `-g` is the team alone.
    pub fn context(&self, scope: &ContextScope) -> Result<Context, Error> {
        if scope.global {
            return Ok(Context::default());
        }
        let said = |text: &Option<String>| text.as_deref().map(id).transpose();
        let (project, cluster) = (said(&scope.project)?, said(&scope.cluster)?);
        // Where options say the vault and the context, a link that does not count is passed over.
        let is_said = self.vault_is_said() && (project.is_some() || cluster.is_some());
        let link = if is_said { self.linked_if_accepted()? } else { self.linked()? };
        Ok(Context { cluster: cluster.or(link.cluster), project: project.or(link.project) })
    }

    /// The context that is meant, and its sections, all of which are there.
    pub fn context_view(&self, scope: &ContextScope) -> Result<(Context, View), Error> {
        let context = self.context(scope)?;
        let sections = context.sections();
        let view = self.view(Selection::Current(&sections))?;
        for section in &sections {
            existing(&view, section)?;
        }
        Ok((context, view))
    }

    /// The section that is meant, which is there, with its earlier values.
    pub fn section_view(&self, scope: &SectionScope) -> Result<(SectionId, View), Error> {
        let section = self.section(scope)?;
        let view = self.view(Selection::History(std::slice::from_ref(&section)))?;
        existing(&view, &section)?;
        Ok((section, view))
    }
}

/// The section, as it was read; or an error that knows its neighbours.
pub fn existing<'v>(view: &'v View, section: &SectionId) -> Result<&'v Section, Error> {
    let there = view.sections.get(section).filter(|_| view.all.contains(section));
    there.ok_or_else(|| Error::Change { error: missing_section(section, &view.all), team: view.head.team.clone() })
}

/// The context in words: `project web on cluster gpu of team acme`.
pub fn describe(context: &Context, view: &View) -> String {
    let team = &view.head.team;
    match (&context.project, &context.cluster) {
        (None, None) => format!("team {team}"),
        (Some(project), None) => format!("project {project} of team {team}"),
        (None, Some(cluster)) => format!("cluster {cluster} of team {team}"),
        (Some(project), Some(cluster)) => format!("project {project} on cluster {cluster} of team {team}"),
    }
}
