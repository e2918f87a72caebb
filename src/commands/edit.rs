//! `edit`: a section as text in an editor, saved as one change.

mod editor;
mod text;

use clap::Args;
use zeroize::Zeroizing;

use self::editor::Editor;
use self::text::{Draft, Plan, plain, without_trouble};
use crate::old::context::Cx;
use crate::old::error::{Error, in_team, option};
use crate::old::options::SectionScope;
use crate::old::scope::existing;
use crate::report::and;
use crate::store::read_private;
use crate::vault::Section;

/// More than a section with its values ever is in an editor.
const LIMIT: usize = 256 << 20;

#[derive(Debug, Args)]
pub struct Edit {
    #[command(flatten)]
    scope: SectionScope,
}

/// How the editor's file is called: editors know dotenv text by such a name.
const FILE: &str = "etui.env";

/// How often the editor is opened, at most.
const ROUNDS: usize = 50;

impl Edit {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        if cx.options.no_input {
            let way_out = "etui import FILE, or etui set NAME --file PATH".to_owned();
            return Err(Error::Unasked { what: "an editor asks", way_out });
        }
        let (section, view) = cx.section_view(&self.scope)?;
        let place = in_team(&section, &view.head.team);
        let base = existing(&view, &section)?;
        let draft = Draft { base, section: &section, place: &place };
        let editor = Editor::find(cx)?;
        let mut shown = draft.print();
        let mut trouble: Option<Error> = None;
        let mut rounds = 0;
        loop {
            rounds += 1;
            let written = round(cx, &editor, &shown)?;
            let text = plain(&String::from_utf8_lossy(&written));
            // Nobody means this by an empty file: editors and scripts leave one when they give up.
            if text.trim().is_empty() {
                cx.ui.note("the file was saved empty; to delete all, remove the lines and leave the comments");
                return Err(Error::Declined);
            }
            // What is told on top is no part of it: an editor may write the same mistakes again.
            if without_trouble(&text) == without_trouble(&shown) {
                return match trouble {
                    None => said_unchanged(cx, &editor, &place),
                    // Left as it is, it is not to be saved.
                    Some(error) => Err(error),
                };
            }
            let saved = match std::str::from_utf8(&written) {
                Err(_) => Err(Error::Mistakes { mistakes: vec!["the file is not UTF-8 text any more".into()] }),
                Ok(_) => draft.plan(&text, |name| cx.refuse_reserved(name)).and_then(|plan| save(cx, base, &plan)),
            };
            match saved {
                Ok(Some(done)) => {
                    cx.ui.say(&format!("{done} in {place}"));
                    return Ok(());
                }
                Ok(None) => return said_unchanged(cx, &editor, &place),
                // A person tires of it; a script would make mistakes for ever.
                Err(error) if rounds == ROUNDS => return Err(error),
                Err(error) => {
                    shown = draft.with_trouble(&text, &error);
                    trouble = Some(error);
                }
            }
        }
    }
}

/// One time in the editor. What it needs is gone before the text is looked at: that may wait for
/// others, and be ended meanwhile.
fn round(cx: &Cx, editor: &Editor, text: &str) -> Result<Zeroizing<Vec<u8>>, Error> {
    let scratch = cx.scratch()?;
    scratch.share()?;
    editor.prepare(scratch.path());
    let path = scratch.write(FILE, text.as_bytes())?;
    editor.run(cx, &path, scratch.path())?;
    let failed = |error| Error::Io { doing: "read", path: path.clone(), error };
    read_private(std::fs::File::open(&path).map_err(failed)?, LIMIT).map_err(failed)
}

fn said_unchanged(cx: &Cx, editor: &Editor, place: &str) -> Result<(), Error> {
    cx.ui.say(&format!("unchanged {place}"));
    editor.say_how_to_wait(cx);
    Ok(())
}

/// Applies what was edited to what is there now; says what was done, or nothing if that was nothing.
fn save(cx: &Cx, base: &Section, plan: &Plan<'_>) -> Result<Option<String>, Error> {
    if plan.is_empty() {
        return Ok(None);
    }
    let met = cx.edit(|vault, stamp| {
        let team = vault.head.team.clone();
        plan.apply(&mut vault.sections, base, stamp).map_err(|error| Error::Change { error, team })
    })?;
    for (name, by) in &met.overwritten {
        let option = option(plan.section);
        let history = format!("that value is in its history: etui history {name} {option}");
        cx.ui.warn(&format!("{by} changed {name} meanwhile; {history}"));
    }
    for (name, by) in &met.spared {
        cx.ui.warn(&format!("{name} is not deleted: {by} changed it meanwhile"));
    }
    let parts = [("set", &met.set), ("deleted", &met.deleted)];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("{word} {}", and(names)))
        .collect();
    Ok(Some(if parts.is_empty() { "changed nothing".into() } else { parts.join("; ") }))
}
