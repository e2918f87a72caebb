//! `edit`: edit a section as text, saved as one change.

mod editor;

use std::fs::File;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use self::editor::Editor;
use super::App;
use super::args::SectionScope;
use crate::ops::draft::{Applied, Draft, Mistakes, Plan, plain, without_problem};
use crate::report::{Command, Error, Message, and, in_team};
use crate::session::existing;
use crate::store::{Scratch, io_report, read_private};
use crate::ui::no_terminal;
use crate::vault::SectionId;

/// The largest text that is read back from an editor, in bytes: more than a section with its values ever has.
const LIMIT: usize = 256 << 20;

/// The name of the editor's file. Editors know by it that this is dotenv text.
const FILE: &str = "etui.env";

/// How often the editor is opened, at most. A person gives up before; a script would make mistakes for ever.
const ROUNDS: usize = 50;

const EXAMPLES: &str = "\
Examples:
  etui edit -p web
  EDITOR='code --wait' etui edit -g";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Edit {
    #[command(flatten)]
    scope: SectionScope,
}

impl Edit {
    pub fn run(self, app: &App) -> Result<(), Error> {
        if app.ui.no_input {
            return Err(no_terminal("an editor asks", Command::new("import").arg("FILE"))
                .hint(Command::new("set").arg("NAME --file FILE")));
        }
        let section = app.section(&self.scope)?;
        let view = app.session.section_view(&section)?;
        let place = in_team(&section, &view.head.team);
        let base = existing(&view, &section)?;
        let draft = Draft { base, section: &section, place: &place, reach: &app.ui.reach };
        let editor = Editor::find(app)?;

        let applied = edit(app, &editor, &draft)?;

        match applied {
            Some(applied) => show(app, &section, &place, &applied),
            None => {
                app.ui.say(format!("unchanged {place}"));
                editor.note_waiting(app);
            }
        }
        Ok(())
    }
}

/// Opens the editor until its text can be saved. Returns none if there is nothing to save.
fn edit(app: &App, editor: &Editor, draft: &Draft<'_>) -> Result<Option<Applied>, Error> {
    let mut shown = draft.print();
    let mut problem: Option<Error> = None;
    let mut round = 0;
    loop {
        round += 1;
        let written = open(app, editor, &shown)?;
        let text = plain(&String::from_utf8_lossy(&written));
        // Nobody means an empty file: editors and scripts leave one when they give up.
        if text.trim().is_empty() {
            app.ui.note("the file was saved empty; to delete everything, remove the lines and leave the comments");
            return Err(Error::declined());
        }
        // The lines on top do not count: an editor may write the same mistakes again.
        if without_problem(&text) == without_problem(&shown) {
            return problem.map_or(Ok(None), Err);
        }

        let plan = match std::str::from_utf8(&written) {
            Ok(_) => draft.plan(&app.session, &text),
            Err(_) => Err(Mistakes(vec!["the file is not UTF-8 text any more".into()]).into()),
        };
        let saved = plan.and_then(|plan| save(app, &plan));
        match saved {
            Ok(applied) => return Ok(applied),
            Err(error) if round == ROUNDS => return Err(error),
            Err(error) => {
                shown = draft.with_problem(&text, &error);
                problem = Some(error);
            }
        }
    }
}

fn save(app: &App, plan: &Plan<'_>) -> Result<Option<Applied>, Error> {
    if plan.is_empty() { Ok(None) } else { plan.save(&app.session).map(Some) }
}

/// Opens the editor once. Its files are gone before its text is looked at: that may wait for other writers, and be
/// killed meanwhile.
fn open(app: &App, editor: &Editor, text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").filter(|directory| !directory.is_empty());
    let scratch = Scratch::new(runtime.map(PathBuf::from))?;
    scratch.share()?;
    editor.prepare(scratch.path());
    let path = scratch.write(FILE, text.as_bytes())?;
    editor.run(app, &path, scratch.path())?;
    let read = File::open(&path).and_then(|file| read_private(file, LIMIT));
    read.map_err(|error| io_report("read", &path, &error).into())
}

/// Says what was done, and warns of what others changed meanwhile.
fn show(app: &App, section: &SectionId, place: &str, applied: &Applied) {
    let Applied { created, updated, deleted, overwritten, kept } = applied;
    for (name, by) in overwritten {
        let history = Command::new("history").arg(name).section(section);
        let text = format!("{by} changed {name} meanwhile; that value is in its history: ");
        app.ui.warn(Message::from(text).command(history));
    }
    for (name, by) in kept {
        app.ui.warn(format!("{name} was not deleted: {by} changed it meanwhile"));
    }
    let parts = [("created", created), ("updated", updated), ("deleted", deleted)];
    let parts = parts.into_iter().filter(|(_, names)| !names.is_empty());
    let parts: Vec<String> = parts.map(|(done, names)| format!("{done} {}", and(names))).collect();
    let done = if parts.is_empty() { "changed nothing".to_owned() } else { parts.join("; ") };
    app.ui.say(format!("{done} in {place}"));
}
