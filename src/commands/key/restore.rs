//! `key restore`: the key that 24 words on paper give back.

use std::path::{Path, PathBuf};

use clap::Args;
use zeroize::Zeroizing;

use super::show::show;
use crate::commands::App;
use crate::keys::{Identity, Word, WordError, Words};
use crate::ops::key::{self, backup};
use crate::report::{Command, Error, Kind, Message, plain_io};
use crate::store::read_private;
use crate::ui::{self, no_terminal};

const EXAMPLES: &str = "\
Examples:
  etui key restore                       asks for the words, one after another
  etui key restore --output old.key      into another file
  etui key restore <words.txt            reads them from a file";

/// The longest text that words are read from, in bytes.
const LIMIT: usize = 64 << 10;

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct KeyRestore {
    /// Write it to this file instead of the usual place
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl KeyRestore {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let is_usual = self.output.is_none();
        let path = match self.output {
            Some(path) => app.session.settings.directory.join(path),
            None => app.session.directories()?.identity(),
        };
        // Before 24 words are typed for nothing.
        if path.symlink_metadata().is_ok() {
            return Err(exists(&path));
        }
        let identity = read(app)?;

        key::write(&app.session, &path, &identity, None)?;

        app.ui.say(format!("restored {}; the recipient must be that on the paper", path.display()));
        show(app, &identity, Some(&path))?;
        let passphrase = match is_usual {
            true => Command::without_vault("key passphrase"),
            false => Command::without_vault("key passphrase").arg("-i").quoted(&path.to_string_lossy()),
        };
        app.ui.note(Message::from("it has no passphrase; to set one: ").command(passphrase));
        Ok(())
    }
}

fn exists(path: &Path) -> Error {
    let message = format!("{} already exists, and a key is never overwritten", path.display());
    let beside = Command::without_vault("key restore").arg("--output FILE");
    Error::new(Kind::Conflict, "identity_exists", message)
        .hint(Message::from("to restore beside it: ").command(beside))
        .hint("move it away first")
}

fn read(app: &App) -> Result<Identity, Error> {
    if app.ui.interactive {
        return Dialogue::new(app).run();
    }
    if ui::is_terminal() {
        let hint =
            Message::from("at a terminal, without `--no-input`: ").command(Command::without_vault("key restore"));
        return Err(no_terminal("this asks for 24 words", hint));
    }
    app.check_input()?;
    let failed = |error| Error::new(Kind::Failed, "io", format!("cannot read standard input: {}", plain_io(&error)));
    let bytes = ui::input().and_then(|input| read_private(input, LIMIT)).map_err(failed)?;
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    backup::identity(&backup::parse(&text)?)
}

/// The questions for one word after another.
struct Dialogue<'a> {
    app: &'a App,
    words: Zeroizing<[Word; Words::COUNT]>,
}

/// What was typed in the place of a word.
enum Answer {
    Words(Vec<Word>),
    Back,
    /// Nothing: the word that stands there is right.
    Keep,
    Wrong,
}

impl Dialogue<'_> {
    fn new(app: &App) -> Dialogue<'_> {
        Dialogue { app, words: Zeroizing::new([Word::default(); Words::COUNT]) }
    }

    fn run(mut self) -> Result<Identity, Error> {
        self.say("Type the words from the paper, Enter after each: the first four letters are enough.");
        let wiped = if self.app.ui.can_wipe() { " The screen shows one word at a time." } else { "" };
        self.say(&format!("`back` goes back to the word before.{wiped}"));
        self.ask(false)?;
        loop {
            match Words::new(*self.words).identity() {
                Ok(identity) => return Ok(identity),
                Err(_) => {
                    self.say("At least one word is another one than on the paper, although all are in the list.");
                    self.say("Compare each: Enter keeps it, or type the right one.");
                    self.ask(true)?;
                }
            }
        }
    }

    /// Asks for all words. If they are known, each is shown, to be compared.
    fn ask(&mut self, are_known: bool) -> Result<(), Error> {
        let mut at = 0;
        while at < Words::COUNT {
            let number = at + 1;
            let known = if are_known { format!(" [{}]", self.words[at].as_str()) } else { String::new() };
            let line = self.app.ui.ask_wiped(&format!("Word {number:>2} of {}{known}:", Words::COUNT))?;
            match self.answer(&line, at, are_known) {
                Answer::Words(words) => {
                    for word in words {
                        self.words[at] = word;
                        at += 1;
                    }
                }
                Answer::Back => at = at.saturating_sub(1),
                Answer::Keep => at += 1,
                Answer::Wrong => {}
            }
        }
        Ok(())
    }

    fn answer(&self, line: &str, at: usize, is_known: bool) -> Answer {
        let typed: Vec<&str> =
            line.split_whitespace().map(backup::unnumbered).filter(|word| !word.is_empty()).collect();
        match typed[..] {
            [] if is_known => return Answer::Keep,
            [] => return Answer::Wrong,
            ["back" | "<"] => return Answer::Back,
            _ if typed.len() > Words::COUNT - at => {
                self.say(&format!("There are {} words left.", Words::COUNT - at));
                return Answer::Wrong;
            }
            _ => {}
        }
        let mut words = Vec::with_capacity(typed.len());
        for (text, number) in typed.into_iter().zip(at + 1..) {
            match Word::parse(text) {
                Ok(word) => words.push(word),
                Err(WordError { nearest }) => {
                    let near = nearest.map(|near| format!(": did you mean {near}?")).unwrap_or_default();
                    self.say(&format!("Word {number} is not in the list{near}"));
                    return Answer::Wrong;
                }
            }
        }
        Answer::Words(words)
    }

    fn say(&self, text: &str) {
        self.app.ui.remark(text);
    }
}
