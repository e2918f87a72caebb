//! Which section, and which context, the options and the link name.

use super::Session;
use crate::report::{Error, Kind, OfVault};
use crate::vault::change::missing_section;
use crate::vault::name::NameProblem;
use crate::vault::text::Selection;
use crate::vault::{Context, Id, MemberName, NameError, SecretName, Section, SectionId, View};

/// The section or the context that options name: `-p`, `-c` and `-g`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    pub project: Option<Id>,
    pub cluster: Option<Id>,
    /// The team itself.
    pub global: bool,
}

impl Scope {
    /// Returns the one section that the options name, if they name one.
    ///
    /// # Errors
    /// If they name two.
    pub fn section(&self) -> Result<Option<SectionId>, Error> {
        match (&self.project, &self.cluster, self.global) {
            (None, None, true) => Ok(Some(SectionId::Team)),
            (Some(project), None, false) => Ok(Some(SectionId::Project(project.clone()))),
            (None, Some(cluster), false) => Ok(Some(SectionId::Cluster(cluster.clone()))),
            (None, None, false) => Ok(None),
            _ => Err(Error::new(Kind::Usage, "two_sections", "two sections are named, but this works on one")
                .hint("use one of `-g`, `-p PROJECT` and `-c CLUSTER`")),
        }
    }
}

impl From<&Context> for Scope {
    fn from(Context { cluster, project }: &Context) -> Scope {
        let global = cluster.is_none() && project.is_none();
        Scope { project: project.clone(), cluster: cluster.clone(), global }
    }
}

impl Session {
    /// Returns the section to change: that of the options, or else the linked project.
    pub fn section(&self, scope: &Scope) -> Result<Option<SectionId>, Error> {
        match scope.section()? {
            Some(section) => Ok(Some(section)),
            None => Ok(self.linked()?.project.map(SectionId::Project)),
        }
    }

    /// Returns the section to read: the same, or the team where the link names no project.
    pub fn section_to_read(&self, scope: &Scope) -> Result<Option<SectionId>, Error> {
        if let Some(section) = self.section(scope)? {
            return Ok(Some(section));
        }
        let Some(link) = &self.location()?.link else { return Ok(None) };
        self.require_accepted(link)?;
        Ok(Some(SectionId::Team))
    }

    /// Returns the context to work on: each half from the options, or else from the link. `-g` is the team alone.
    pub fn context(&self, scope: &Scope) -> Result<Context, Error> {
        if scope.global {
            return Ok(Context::default());
        }
        let Scope { project, cluster, .. } = scope.clone();
        // Where options name the vault and the context, a link that was not accepted is ignored.
        let is_named = self.settings.names_vault() && (project.is_some() || cluster.is_some());
        let link = if is_named { self.linked_if_accepted()? } else { self.linked()? };
        Ok(Context { cluster: cluster.or(link.cluster), project: project.or(link.project) })
    }

    /// Returns the context to work on, and its sections, all of which exist and are open to the key at hand.
    pub fn context_view(&self, scope: &Scope) -> Result<(Context, View), Error> {
        let context = self.context(scope)?;
        let view = self.view(Selection::Current(&context.sections()))?;
        all_open(&context, &view)?;
        Ok((context, view))
    }

    /// Returns the context to show, and its sections, all of which exist. Some may be closed to the keys at hand.
    pub fn shown_view(&self, scope: &Scope) -> Result<(Context, View), Error> {
        let context = self.context(scope)?;
        let view = self.view(Selection::Current(&context.sections()))?;
        all_exist(&context, &view)?;
        Ok((context, view))
    }

    /// Returns the context to work on, whose sections can all be read, and what they set one name to.
    pub fn name_view(&self, scope: &Scope, name: &SecretName) -> Result<(Context, View), Error> {
        let context = self.context(scope)?;
        let view = self.view(Selection::Name(&context.sections(), name))?;
        all_open(&context, &view)?;
        Ok((context, view))
    }

    /// Returns the context to work on, whose sections all exist, and all sections of the vault. A note names those that
    /// are closed to the keys at hand.
    pub fn whole_view(&self, scope: &Scope) -> Result<(Context, View), Error> {
        let context = self.context(scope)?;
        let view = self.view(Selection::All)?;
        all_exist(&context, &view)?;
        self.note_locked(&view.sections);
        Ok((context, view))
    }

    /// Reads a section that exists, with its earlier values.
    pub fn section_view(&self, section: &SectionId) -> Result<View, Error> {
        let view = self.view(Selection::History(std::slice::from_ref(section)))?;
        existing(&view, section)?;
        Ok(view)
    }
}

/// Checks that all sections of a context exist and are open to the keys at hand.
pub fn all_open(context: &Context, view: &View) -> Result<(), Error> {
    context.sections().iter().try_for_each(|section| existing(view, section).map(drop))
}

/// Returns the section as it was read.
///
/// # Errors
/// If it does not exist, or is closed to the key at hand.
pub fn existing<'v>(view: &'v View, section: &SectionId) -> Result<&'v Section, Error> {
    let found = found(view, section)?;
    match found.is_locked() {
        true => Err(found.locked(section).in_team(&view.head.team)),
        false => Ok(found),
    }
}

fn all_exist(context: &Context, view: &View) -> Result<(), Error> {
    context.sections().iter().try_for_each(|section| found(view, section).map(drop))
}

fn found<'v>(view: &'v View, section: &SectionId) -> Result<&'v Section, Error> {
    let found = view.sections.get(section).filter(|_| view.all.contains(section));
    found.ok_or_else(|| missing_section(section, &view.all).in_team(&view.head.team))
}

/// Parses the id of a project or cluster.
pub fn parse_id(text: &str) -> Result<Id, Error> {
    Id::parse(text).map_err(|error| bad_name(error, Some(text)))
}

/// Parses the name of a member.
pub fn parse_member(text: &str) -> Result<MemberName, Error> {
    MemberName::parse(text).map_err(|error| bad_name(error, Some(text)))
}

/// Parses a section as `--to` takes it: `team`, `project:web`, `cluster/gpu`.
pub fn parse_section(text: &str) -> Result<SectionId, Error> {
    let unclear = || {
        let message = match text {
            "" => "the section is empty".to_owned(),
            _ => format!("`{text}` does not name a section"),
        };
        let error = Error::new(Kind::Usage, "bad_section", message);
        match Id::parse(text) {
            // Which of the two exists is not known before the vault is open.
            Ok(id) => error.hint(format!("`project:{id}` or `cluster:{id}`")),
            Err(_) => error.hint("`team`, `project:ID` or `cluster:ID`"),
        }
    };
    if text == "team" {
        return Ok(SectionId::Team);
    }
    let (kind, id) = text.split_once([':', '/', ' ']).ok_or_else(unclear)?;
    match kind {
        "project" => Ok(SectionId::Project(parse_id(id)?)),
        "cluster" => Ok(SectionId::Cluster(parse_id(id)?)),
        _ => Err(unclear()),
    }
}

/// The error for a text that is not a name. A text that may be a value, typed in the wrong place, is not repeated.
pub fn bad_name(error: NameError, text: Option<&str>) -> Error {
    let message = match (error.problem, text) {
        (NameProblem::Empty, _) => format!("the {} is empty", error.what),
        (_, Some(text)) => format!("`{text}`: {error}"),
        (_, None) => error.to_string(),
    };
    Error::new(Kind::Usage, "bad_name", message).hint(match error.what {
        "secret name" => "a letter, then letters, digits and `_`: `DATABASE_URL`",
        "project or cluster id" => "a letter or digit, then letters, digits, `.`, `_` and `-`: `web-eu.1`",
        _ => "a lower-case letter or digit, then lower-case letters, digits, `.`, `_` and `-`: `acme`",
    })
}

/// Describes the context in words: `project web on cluster gpu of team acme`.
pub fn describe(context: &Context, view: &View) -> String {
    let team = &view.head.team;
    match (&context.project, &context.cluster) {
        (None, None) => format!("team {team}"),
        (Some(project), None) => format!("project {project} of team {team}"),
        (None, Some(cluster)) => format!("cluster {cluster} of team {team}"),
        (Some(project), Some(cluster)) => format!("project {project} on cluster {cluster} of team {team}"),
    }
}
