//! An env entry that refers to a secret, which a terminal may choose: for `use`, and for `secrets set` alone.

use super::args::SectionScope;
use super::{App, outcome};
use crate::ops::entry;
use crate::ops::secret::bad_value;
use crate::report::{Command, Error, Kind, Message, OfVault as _, in_team};
use crate::session::{existing, parse_name};
use crate::ui::no_terminal;
use crate::vault::text::Selection;
use crate::vault::{SecretName, SectionId, Value, View};

/// The variable that gives the secret unless another is named.
pub const VARIABLE: &str = "AUTH_SECRET";

/// What to bind, as it was typed.
pub struct Binding {
    /// The secret; a terminal chooses if there is none.
    pub name: Option<String>,
    pub variable: String,
    /// Whether the variable gives the path of a file that holds the secret.
    pub as_file: bool,
    pub scope: SectionScope,
}

impl Binding {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let variable = parse_name(&self.variable)?;
        let name = self.name.as_deref().map(parse_name).transpose()?;
        if name.is_none() && !app.ui.interactive {
            return Err(no_terminal("no secret is named", Command::new("use").arg("NAME"))
                .hint(Message::from("under another name: ").command(Command::new("use").arg("NAME --as VAR"))));
        }
        let section = app.section(&self.scope)?;
        let view = app.session.view(Selection::All)?;
        existing(&view, &section)?;
        let name = match name {
            Some(name) if view.sections.finds(&section, &name) => name,
            Some(name) => return Err(view.sections.missing_secret(&section, &name).in_team(&view.head.team)),
            None => choose(app, &view, &section)?,
        };
        let kind = if self.as_file { "file" } else { "secret" };
        let value = Value::from_text(format!("{kind}:{name}").into());
        let value = value.map_err(|error| bad_value(&variable, &error))?;

        let set = entry::set(&app.session, &section, &variable, value)?;

        outcome::entry_set(app, &section, &set)
    }
}

/// Lets a terminal choose among the secrets that an entry of the section can refer to.
fn choose(app: &App, view: &View, section: &SectionId) -> Result<SecretName, Error> {
    let names: Vec<&SecretName> = entry::targets(view, section).into_iter().collect();
    if names.is_empty() {
        let message = format!("no secret applies in {}", in_team(section, &view.head.team));
        let set = Command::new("set").arg("NAME").section(section);
        return Err(Error::new(Kind::NotFound, "nothing_to_use", message).hint(set));
    }
    let choices: Vec<String> = names.iter().map(ToString::to_string).collect();
    let chosen = app.ui.choose("Which secret?", &choices)?;
    Ok(names[chosen].clone())
}
