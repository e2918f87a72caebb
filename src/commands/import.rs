//! `import`: take many secrets from one file, all of them or none.

use std::path::PathBuf;

use clap::Args;

use super::App;
use super::args::{SectionScope, Syntax};
use crate::formats::parse::NoteKind;
use crate::ops::import::{ImportRefused, Imported, Importing, Row, import};
use crate::ops::view::Page;
use crate::report::{Error, and, in_team};
use crate::ui::{Cell, Table};

const EXAMPLES: &str = "\
Examples:
  etui import .env -p web
  etui import .env --dry-run
  kubectl get secret web -o yaml | etui import - --skip-existing";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    /// A dotenv, JSON or YAML file, or another program's export; - is standard input
    file: PathBuf,
    /// Name the format, if the file's name does not
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Syntax>,
    /// Replace ${NAME} and $NAME by the value that an earlier line of the dotenv file sets; any other reference is refused
    #[arg(long)]
    expand: bool,
    /// Show what would be imported, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Put this text before each name
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    prefix: String,
    /// Keep the values of secrets that exist
    #[arg(long)]
    skip_existing: bool,
    /// Import the rest even if some entries are refused
    #[arg(long)]
    skip_refused: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Import {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let section = app.section(&self.scope)?;
        let file = app.text_file(&self.file, Some(&section))?;
        let syntax = self.format.unwrap_or_else(|| file.guess());
        let mut parsed = if self.expand { file.parse_expanded(syntax) } else { file.parse(syntax) }?;
        let conversions = file.conversions(&mut parsed, syntax);
        app.show_notes(&file, &parsed.notes);
        if parsed.notes.iter().any(|note| note.kind == NoteKind::Reference) {
            app.ui.note("`--expand` replaces each `${NAME}` by the value of NAME on an earlier line");
        }
        if parsed.entries.is_empty() {
            return Err(file.nothing(&parsed));
        }

        let Import { dry_run, prefix, skip_existing, skip_refused, .. } = self;
        let importing = Importing { section, prefix, skip_existing, skip_refused, dry_run };
        let imported = import(&app.session, &importing, parsed.entries);

        let Imported { team, rows } = match imported {
            Ok(imported) => imported,
            Err(error) => {
                // The table says why each entry was refused.
                if let Some(ImportRefused { rows, .. }) = error.cause() {
                    show(app, rows)?;
                    let convert = |error, conversion| file.origin.convert(error, conversion, syntax);
                    return Err(conversions.iter().fold(error, convert));
                }
                return Err(error);
            }
        };
        show(app, &rows)?;
        if !app.ui.json {
            let done = if dry_run { "would import" } else { "imported" };
            app.ui.say(format!("{done} into {}: {}", in_team(&importing.section, &team), counts(&rows)));
        }
        Ok(())
    }
}

fn show(app: &App, rows: &[Row]) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(&Page::whole(rows.to_vec()));
    }
    let mut table = Table::new(&["NAME", "STATE", "WHY"]);
    for Row { name, state, line, why } in rows {
        let why = why.as_ref().map_or(String::new(), |why| format!("line {line}: {why}"));
        table.row([Cell::from(name), Cell::from(state), Cell::Text(why)]);
    }
    app.ui.table(&table)
}

/// `2 new, 1 changed and 3 same`.
fn counts(rows: &[Row]) -> String {
    let count = |state: &str| rows.iter().filter(|row| row.state == state).count();
    let states = ["new", "changed", "same", "kept", "refused"];
    let counts = states.into_iter().map(|state| (count(state), state)).filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts.map(|(count, state)| format!("{count} {state}")).collect();
    if counts.is_empty() { "nothing".to_owned() } else { and(&counts) }
}
