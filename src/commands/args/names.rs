//! Several names that one change is about.

use serde::Serialize;

use crate::commands::App;
use crate::ops::view::Page;
use crate::report::Error;
use crate::session::parse_name;
use crate::vault::SecretName;

/// Parses names, each of which counts once.
pub fn parse_names(typed: &[String]) -> Result<Vec<SecretName>, Error> {
    let mut names = Vec::new();
    for text in typed {
        let name = parse_name(text)?;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    Ok(names)
}

/// Returns what became of several names. One that fails leaves all as they were, which is noted.
pub fn all_or_none<T>(app: &App, names: &[SecretName], result: Result<T, Error>) -> Result<T, Error> {
    if result.is_err() && names.len() > 1 && !app.ui.json {
        app.ui.note("nothing was changed: etui changes all of these names, or none");
    }
    result
}

/// Prints one document if one name was typed, and a list if several were.
pub fn document<T: Serialize>(app: &App, items: Vec<T>) -> Result<(), Error> {
    match &items[..] {
        [one] => app.ui.document(one),
        _ => app.ui.document(&Page::whole(items)),
    }
}
