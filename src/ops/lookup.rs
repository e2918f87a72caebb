//! Values looked up: the one that applies in a context, a section's own, and earlier ones.

use crate::ops::view::{EarlierView, SecretView};
use crate::report::{Error, OfVault as _};
use crate::session::{Scope, Session, existing};
use crate::vault::text::Selection;
use crate::vault::{Context, ResolveError, SecretName, SectionId, TeamName, Value, VariableContent, View};

/// A value, and the secret or entry that gives it.
pub struct Found {
    pub team: TeamName,
    /// The section that gives it.
    pub section: SectionId,
    pub secret: SecretView,
    pub value: Value,
}

/// The value that applies in a context.
pub struct Effective {
    pub found: Found,
    /// The section that was asked for, if another one wins; and whether it sets the name itself.
    pub asked: Option<(SectionId, bool)>,
}

/// Looks up the value that applies in a context. A reference gives the value that it refers to.
///
/// # Errors
/// If nothing sets the name, if it is disputed, or if a reference is missing.
pub fn effective(session: &Session, scope: &Scope, name: &SecretName) -> Result<Effective, Error> {
    let (context, view) = session.name_view(scope, name)?;
    if let Ok(found) = in_context(&context, &view, name) {
        return compare(found, scope, &view, name);
    }
    // A message also names what is like it, so it needs the whole sections.
    let (context, view) = session.context_view(scope)?;
    let found = in_context(&context, &view, name);
    let found = found.map_err(|error| session.unresolved(&context, &view, error, None))?;
    compare(found, scope, &view, name)
}

fn in_context(context: &Context, view: &View, name: &SecretName) -> Result<Found, ResolveError> {
    let layered = view.sections.layered(context, name).ok_or_else(|| view.sections.not_set(context, name))?;
    let value = match view.sections.variable(context, &layered)?.given {
        VariableContent::Value(value) => value.into_owned(),
        VariableContent::File(value) => value.clone(),
    };
    let wins = layered.wins;
    let team = view.head.team.clone();
    let secret = SecretView::new(&team, wins.section, name, wins.record);
    Ok(Found { team, section: wins.section.clone(), secret, value })
}

/// Compares the section that gives a value with the one that was asked for.
fn compare(found: Found, scope: &Scope, view: &View, name: &SecretName) -> Result<Effective, Error> {
    let asked = match scope.section().ok().flatten().filter(|asked| *asked != found.section) {
        Some(asked) => {
            let sets_it = existing(view, &asked)?.holds(name);
            Some((asked, sets_it))
        }
        None => None,
    };
    Ok(Effective { found, asked })
}

/// Looks up a section's own value, whichever section wins.
///
/// # Errors
/// If the section does not set the name, or the name is disputed.
pub fn own(session: &Session, section: &SectionId, name: &SecretName) -> Result<Found, Error> {
    let view = session.view(Selection::Name(std::slice::from_ref(section), name))?;
    let content = existing(&view, section)?;
    let Some(record) = content.secrets.get(name).or(content.env.get(name)) else {
        return Err(session.secret_missing(section, name));
    };
    let team = view.head.team.clone();
    let secret = SecretView::new(&team, section, name, record);
    Ok(Found { team, section: section.clone(), secret, value: record.value.clone() })
}

/// Looks up an earlier value of a section; version 1 is the newest.
///
/// # Errors
/// If there is no such version.
pub fn earlier(
    session: &Session,
    section: &SectionId,
    name: &SecretName,
    version: usize,
) -> Result<(EarlierView, Value), Error> {
    let view = session.section_view(section)?;
    let records = existing(&view, section)?.records(name);
    if !records.knows(name) {
        return Err(session.secret_missing(section, name));
    }
    let earlier = records.version(name, version);
    let Some((earlier, value)) = earlier.and_then(|earlier| Some((earlier, earlier.value.clone()?))) else {
        let error = view.sections.missing_version(section, name, version);
        return Err(error.in_team(&view.head.team));
    };
    Ok((EarlierView::new(name, version, earlier), value))
}
