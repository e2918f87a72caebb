//! A section as dotenv text that a person edits, and what the edited text changes.
//!
//! The text is planned against the section as it was when the editor opened, and applied to the section as it is when
//! it is saved: somebody else's change meanwhile is neither deleted nor overwritten unnoticed.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::formats::parse::{self, NoteKind};
use crate::formats::{Variable, assignment};
use crate::report::{Command, Error, Explain, Kind as ErrorKind, Reach, Report};
use crate::session::Session;
use crate::vault::change::Precondition;
use crate::vault::{
    Change, ChangeError, Details, MemberName, Record, Records, SecretName, Section, SectionId, Sections, Stamp, Value,
};

/// The line above the entries. A new line below it becomes an entry.
const ENTRIES: &str = "# Env entries: plain values, secret:NAME, or file:NAME. A new line below this one is an entry.";

/// The beginning of the lines that say what is wrong.
const PROBLEM: &str = "# !";

/// A section on its way through an editor.
pub struct Draft<'d> {
    /// The section as it was when the editor opened.
    pub base: &'d Section,
    pub section: &'d SectionId,
    /// The section in words.
    pub place: &'d str,
    /// The option that named the vault, which commands in the text repeat.
    pub reach: &'d Reach,
}

/// The smallest change that makes a section what the text says.
pub struct Plan<'d> {
    pub section: &'d SectionId,
    base: &'d Section,
    set: Vec<(Kind, SecretName, Value)>,
    delete: Vec<(Kind, SecretName)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    Entry,
}

impl Kind {
    const ALL: [Kind; 2] = [Kind::Secret, Kind::Entry];

    fn records(self, section: &Section) -> &Records {
        match self {
            Kind::Secret => &section.secrets,
            Kind::Entry => &section.env,
        }
    }
}

/// What a plan changed, where others may have written meanwhile.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    pub created: Vec<SecretName>,
    pub updated: Vec<SecretName>,
    pub deleted: Vec<SecretName>,
    /// Names that somebody changed meanwhile, and that now have the value of the text.
    pub overwritten: Vec<(SecretName, MemberName)>,
    /// Names that somebody changed meanwhile, and that were therefore not deleted.
    pub kept: Vec<(SecretName, MemberName)>,
}

/// What is wrong with an edited text, a line each, without any value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<String>);

impl Explain for Mistakes {
    fn explain(&self) -> Report {
        let first = self.0.first().map_or("", String::as_str);
        let more = match self.0.len() {
            0 | 1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        Report::new(ErrorKind::Failed, "mistakes", format!("nothing was saved: {first}{more}"))
    }
}

explained!(Mistakes);

impl<'d> Draft<'d> {
    /// Prints the section: secrets, then entries.
    pub fn print(&self) -> Zeroizing<String> {
        let records = || self.base.secrets.iter().chain(self.base.env.iter());
        let size: usize = records().map(|(_, record)| 256 + 2 * record.value.size()).sum();
        let mut text = Zeroizing::new(String::with_capacity(1024 + size));
        text.push_str(&format!(
            "# {}\n\
             # NAME=value, one on each line, quoted where dotenv needs it; nothing is expanded. Lines that begin with #\n\
             # are ignored. Removing a line deletes what it sets. Everything is saved as one change, or nothing is.\n\n",
            self.place
        ));
        self.print_records(&mut text, &self.base.secrets);
        text.push_str(&format!("\n{ENTRIES}\n\n"));
        self.print_records(&mut text, &self.base.env);
        text
    }

    fn print_records(&self, text: &mut String, records: &Records) {
        let line = |command: Command| command.section(self.section).line(self.reach);
        for (name, _) in records.disputed() {
            let settle = line(Command::new("settle").arg(name));
            text.push_str(&format!("# {name} is disputed: `{settle}`\n"));
        }
        for (name, record) in records.iter() {
            if !record.value.is_text() {
                let set = line(Command::new("set").arg(name).arg("--file FILE"));
                let size = record.value.size();
                text.push_str(&format!("# {name}: {size} bytes that are not text; to replace them: `{set}`\n"));
                continue;
            }
            let value = record.value.as_text();
            if value.contains('\r') {
                print_with_returns(text, name, &value);
            } else {
                assignment(&Variable { name: name.as_str(), text: value }, text);
            }
        }
    }

    /// Returns the text as it was left, with what is wrong on top of it.
    pub fn with_problem(&self, text: &str, error: &Error) -> Zeroizing<String> {
        let body = without_problem(text);
        let lines: Vec<String> = match error.cause::<Mistakes>() {
            Some(Mistakes(lines)) => lines.clone(),
            None => {
                let Report { message, hints, .. } = error.report();
                let hints: Vec<String> = hints.iter().map(|hint| hint.render(self.reach)).collect();
                let hints = (!hints.is_empty()).then(|| hints.join("; or "));
                std::iter::once(message.render(self.reach)).chain(hints).collect()
            }
        };
        let mut shown = Zeroizing::new(String::with_capacity(body.len() + 200 * (lines.len() + 1)));
        let top = "Nothing has been saved yet. Fix this and save, or leave it as it is to give up.";
        shown.push_str(&format!("{PROBLEM} {top}\n"));
        for line in lines {
            shown.push_str(&format!("{PROBLEM} {line}\n"));
        }
        shown.push_str(body);
        shown
    }

    /// Compares an edited text with the section as it was.
    ///
    /// # Errors
    /// [`Mistakes`], with the line numbers of the text as [`Draft::with_problem`] shows it.
    pub fn plan(&self, session: &Session, text: &str) -> Result<Plan<'d>, Error> {
        let (plan, mistakes) = self.read(session, text);
        if mistakes.is_empty() {
            return Ok(plan);
        }
        // The lines that report the mistakes push the others down.
        let shown = Zeroizing::new("\n".repeat(mistakes.len() + 1) + without_problem(text));
        Err(Mistakes(self.read(session, &shown).1).into())
    }

    /// Returns the plan, and what is wrong with the text in the order of its lines.
    fn read(&self, session: &Session, text: &str) -> (Plan<'d>, Vec<String>) {
        let entries_begin = text.lines().position(|line| line.trim_end() == ENTRIES);
        let entries_begin = entries_begin.map_or(usize::MAX, |index| index + 1);
        let parsed = parse::dotenv(text);

        let mistake = |line: usize, what: &str| (line, format!("line {line}: {what}"));
        let notes = parsed.notes.iter().filter(|note| note.kind == NoteKind::Mistake);
        let mut mistakes: Vec<_> = notes.map(|note| mistake(note.line, &note.text)).collect();
        let mut plan = Plan { section: self.section, base: self.base, set: Vec::new(), delete: Vec::new() };
        let mut listed: BTreeSet<SecretName> = BTreeSet::new();
        for entry in parsed.entries {
            // What exists stays what it is. The place in the text decides about new names only.
            let place = if entry.line > entries_begin { Kind::Entry } else { Kind::Secret };
            let read = || -> Result<(), String> {
                let name = SecretName::parse(&entry.name).map_err(|error| error.to_string())?;
                let value = Value::from_text(entry.value?).map_err(|error| error.to_string())?;
                let known = Kind::ALL.into_iter().find(|kind| kind.records(self.base).get(&name).is_some());
                let kind = known.unwrap_or(place);
                listed.insert(name.clone());
                if kind.records(self.base).get(&name).is_none_or(|record| record.value != value) {
                    session.refuse_reserved(name.as_str()).map_err(|error| error.to_string())?;
                    plan.set.push((kind, name, value));
                }
                Ok(())
            };
            if let Err(what) = read() {
                mistakes.push(mistake(entry.line, &format!("{}: {what}", entry.name)));
            }
        }

        for kind in Kind::ALL {
            let records = kind.records(self.base).iter();
            let removed = records.filter(|(name, record)| record.value.is_text() && !listed.contains(*name));
            plan.delete.extend(removed.map(|(name, _)| (kind, name.clone())));
        }
        mistakes.sort();
        (plan, mistakes.into_iter().map(|(_, what)| what).collect())
    }
}

/// Prints an assignment with each CR as an escape: many editors give all lines of a file the same ending.
fn print_with_returns(text: &mut String, name: &SecretName, value: &str) {
    text.push_str(&format!("{name}=\""));
    for c in value.chars() {
        match c {
            '\r' => text.push_str("\\r"),
            '"' | '$' | '\\' | '`' => text.extend(['\\', c]),
            c => text.push(c),
        }
    }
    text.push_str("\"\n");
}

/// Removes the byte order mark and the Windows line endings that an editor added. Below the lines that report
/// problems, neither would be recognized the next time.
pub fn plain(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"));
    if text.contains('\n') { text } else { Zeroizing::new(text.replace('\r', "\n")) }
}

/// Returns the text without the lines on top that report problems.
pub fn without_problem(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with(PROBLEM) {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

impl Plan<'_> {
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.delete.is_empty()
    }

    /// Applies the plan to the vault as it is now, as one change.
    ///
    /// # Errors
    /// If a deletion would break a reference, or a name is taken by now.
    pub fn save(&self, session: &Session) -> Result<Applied, Error> {
        let mut unseen = Vec::new();
        let applied = session.edit(|vault, stamp| {
            unseen = vault.sections.unseen_users(self.section);
            self.apply(&mut vault.sections, stamp)
        })?;
        let gone = self.delete.iter().filter(|(kind, name)| *kind == Kind::Secret && applied.deleted.contains(name));
        let gone: Vec<SecretName> = gone.map(|(_, name)| name.clone()).collect();
        session.note_unseen_users(&gone, &unseen);
        Ok(applied)
    }

    fn apply(&self, sections: &mut Sections, stamp: &Stamp) -> Result<Applied, ChangeError> {
        let mut applied = Applied::default();
        let deleted = |kind: Kind| self.delete.iter().filter(move |(of, _)| *of == kind).map(|(_, name)| name);
        // Entries go first: the secrets that they refer to may go after them.
        for name in deleted(Kind::Entry) {
            if self.may_delete(sections, Kind::Entry, name, &mut applied)? {
                sections.delete_entry(self.section, name, stamp)?;
            }
        }
        for (kind, name, value) in &self.set {
            let before = kind.records(self.base).get(name);
            let now = kind.records(sections.existing(self.section)?).get(name);
            if let Some(now) = now.filter(|now| !is_same(before, Some(now)) && now.value != *value) {
                applied.overwritten.push((name.clone(), now.by.clone()));
            }
            let value = value.clone();
            let change = match kind {
                Kind::Secret => {
                    sections.set(self.section, name, value, Details::default(), Precondition::Any, stamp)?
                }
                Kind::Entry => sections.set_entry(self.section, name, value, stamp)?,
            };
            match change {
                Change::Created => applied.created.push(name.clone()),
                Change::Updated => applied.updated.push(name.clone()),
                Change::Unchanged => {}
            }
        }
        for name in deleted(Kind::Secret) {
            if self.may_delete(sections, Kind::Secret, name, &mut applied)? {
                sections.delete(self.section, name, false, stamp)?;
            }
        }
        Ok(applied)
    }

    /// Returns whether a name still holds what the editor showed: somebody else's change is not thrown away.
    fn may_delete(
        &self,
        sections: &Sections,
        kind: Kind,
        name: &SecretName,
        applied: &mut Applied,
    ) -> Result<bool, ChangeError> {
        let Some(now) = kind.records(sections.existing(self.section)?).get(name) else { return Ok(false) };
        let is_same = is_same(kind.records(self.base).get(name), Some(now));
        if is_same {
            applied.deleted.push(name.clone());
        } else {
            applied.kept.push((name.clone(), now.by.clone()));
        }
        Ok(is_same)
    }
}

fn is_same(before: Option<&Record>, now: Option<&Record>) -> bool {
    before.map(|record| &record.value) == now.map(|record| &record.value)
}
