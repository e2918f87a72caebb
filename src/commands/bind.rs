//! `use`: an entry of a section that refers to a secret.

use std::collections::BTreeSet;

use clap::Args;

use super::env::put_entry;
use crate::old::context::{Cx, secret_name};
use crate::old::error::Error;
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::vault::text::Selection;
use crate::vault::{SecretName, SectionId, View};

/// What the entry is called if nobody says it.
const VARIABLE: &str = "AUTH_SECRET";

#[derive(Debug, Default, Args)]
pub struct Use {
    /// The secret; without it, a terminal chooses
    name: Option<String>,
    /// The variable that gives it
    #[arg(long = "as", value_name = "VAR", default_value = VARIABLE)]
    variable: String,
    /// As a file that holds it, whose path the variable gives
    #[arg(long)]
    as_file: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Use {
    /// As it is without anything typed.
    pub fn plain() -> Use {
        Use { variable: VARIABLE.into(), ..Use::default() }
    }

    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let variable = secret_name(&self.variable)?;
        let typed = self.name.as_deref().map(secret_name).transpose()?;
        if typed.is_none() && !cx.ui.interactive {
            let way_out = "etui use NAME, or etui use NAME --as VAR".to_owned();
            return Err(Error::Unasked { what: "no secret is named", way_out });
        }
        let section = cx.section(&self.scope)?;
        let view = cx.view(Selection::All)?;
        existing(&view, &section)?;
        let name = match typed {
            Some(name) if view.sections.finds(&section, &name) => name,
            Some(name) => {
                let error = view.sections.missing_secret(&section, &name);
                return Err(Error::Change { error, team: view.head.team });
            }
            None => choose(cx, &view, &section)?,
        };
        let kind = if self.as_file { "file" } else { "secret" };
        put_entry(cx, &section, &variable, format!("{kind}:{name}").into())
    }
}

/// Lets a terminal choose among the secrets that an entry of the section can find.
fn choose(cx: &Cx, view: &View, section: &SectionId) -> Result<SecretName, Error> {
    let all = view.sections.iter().flat_map(|(_, held)| held.secrets.iter().map(|(name, _)| name));
    let names: BTreeSet<&SecretName> = all.filter(|name| view.sections.finds(section, name)).collect();
    let names: Vec<&SecretName> = names.into_iter().collect();
    if names.is_empty() {
        return Err(Error::NothingToUse { section: section.clone(), team: view.head.team.clone() });
    }
    let choices: Vec<String> = names.iter().map(ToString::to_string).collect();
    let chosen = cx.ui.choose("Which secret?", &choices)?;
    Ok(names[chosen].clone())
}
