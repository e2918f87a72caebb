//! Whether a context sets every name that a program needs.

use crate::report::Error;
use crate::session::{Scope, Session, describe};
use crate::vault::SecretName;

/// What a context lacks of the names that were asked for.
#[derive(Debug)]
pub struct Checked {
    /// The context in words.
    pub context: String,
    /// The names without a value, in the order in which they were asked for.
    pub missing: Vec<String>,
    /// Why the names that are set have no value all the same: a reference is missing, or a name is disputed.
    pub broken: Vec<Error>,
}

/// Checks which of the names have a value in a context.
pub fn check(session: &Session, scope: &Scope, names: Vec<String>) -> Result<Checked, Error> {
    let (context, view) = session.context_view(scope)?;
    let mut checked = Checked { context: describe(&context, &view), missing: Vec::new(), broken: Vec::new() };
    for name in names {
        let layered = SecretName::parse(&name).ok().and_then(|name| view.sections.layered(&context, &name));
        match layered.map(|layered| view.sections.variable(&context, &layered)) {
            Some(Ok(_)) => continue,
            Some(Err(error)) => checked.broken.push(session.unresolved(&context, &view, error, None)),
            None => {}
        }
        checked.missing.push(name);
    }
    Ok(checked)
}
