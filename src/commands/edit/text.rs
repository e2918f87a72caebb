//! A section as dotenv text, and what was done to that text.

use std::collections::BTreeSet;

use zeroize::Zeroizing;

use crate::formats::{Variable, assignment, parse};
use crate::old::error::{Error, option};
use crate::vault::change::Precondition;
use crate::vault::{
    ChangeError, Details, MemberName, Record, Records, SecretName, Section, SectionId, Sections, Stamp, Value,
};

/// Stands before the entries; a new line below it is one.
const ENTRIES: &str = "# Env entries: plain values, secret:NAME, or file:NAME. A new line below this one is an entry.";

/// Begins the lines that say what is wrong.
const TROUBLE: &str = "# !";

/// A section on its way through an editor.
pub struct Draft<'a> {
    /// The section as it was when the editor began.
    pub base: &'a Section,
    pub section: &'a SectionId,
    /// The section in words.
    pub place: &'a str,
}

/// What was done to the text: the smallest change that it comes to.
pub struct Plan<'a> {
    pub section: &'a SectionId,
    set: Vec<(Kind, SecretName, Value)>,
    delete: Vec<(Kind, SecretName)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Secret,
    Entry,
}

impl Kind {
    fn of(self, section: &Section) -> &Records {
        match self {
            Kind::Secret => &section.secrets,
            Kind::Entry => &section.env,
        }
    }
}

/// What a plan came to, where others may have written meanwhile.
#[derive(Debug, Default)]
pub struct Met {
    pub set: Vec<SecretName>,
    pub deleted: Vec<SecretName>,
    /// Changed by somebody meanwhile, and now set over that.
    pub overwritten: Vec<(SecretName, MemberName)>,
    /// Changed by somebody meanwhile, and therefore not deleted.
    pub spared: Vec<(SecretName, MemberName)>,
}

impl<'a> Draft<'a> {
    /// The text: secrets, then entries.
    pub fn print(&self) -> Zeroizing<String> {
        let records = || self.base.secrets.iter().chain(self.base.env.iter());
        let size: usize = records().map(|(_, record)| 256 + 2 * record.value.size()).sum();
        let mut out = Zeroizing::new(String::with_capacity(1024 + size));
        out.push_str(&format!(
            "# {}\n# NAME=value, a line each, quoted where dotenv needs it; nothing is expanded. Lines that begin with # are\n\
             # passed over. A line that is removed deletes what it sets. All is saved as one change, or nothing.\n\n",
            self.place
        ));
        self.lines(&mut out, &self.base.secrets);
        out.push_str(&format!("\n{ENTRIES}\n\n"));
        self.lines(&mut out, &self.base.env);
        out
    }

    fn lines(&self, out: &mut String, records: &Records) {
        for (name, _) in records.disputed() {
            out.push_str(&format!("# {name} is disputed; etui settle {name} {}\n", option(self.section)));
        }
        for (name, record) in records.iter() {
            if record.value.is_text() {
                let text = record.value.as_text();
                if text.contains('\r') {
                    with_returns(out, name, &text)
                } else {
                    assignment(&Variable { name: name.as_str(), text }, out)
                }
            } else {
                let (size, option) = (record.value.size(), option(self.section));
                out.push_str(&format!(
                    "# {name}: {size} bytes that are no text; etui set {name} --file PATH {option}\n"
                ));
            }
        }
    }

    /// The text as it was left, with what is wrong on top of it.
    pub fn with_trouble(&self, text: &str, error: &Error) -> Zeroizing<String> {
        let body = without_trouble(text);
        let lines: Vec<String> = match error {
            Error::Mistakes { mistakes } => mistakes.clone(),
            error => {
                let report = error.report();
                [Some(report.message), report.hint].into_iter().flatten().collect()
            }
        };
        let mut out = Zeroizing::new(String::with_capacity(body.len() + 200 * (lines.len() + 1)));
        out.push_str(&format!("{TROUBLE} Nothing is saved yet. Mend this and save; left as it is, it is given up.\n"));
        for line in lines {
            out.push_str(&format!("{TROUBLE} {line}\n"));
        }
        out.push_str(body);
        out
    }

    /// What was done to the text. `refuse` knows the names that are reserved.
    ///
    /// # Errors
    /// [`Error::Mistakes`], with the lines of the text as it is shown then, and no value.
    pub fn plan(&self, text: &str, refuse: impl Fn(&str) -> Result<(), Error>) -> Result<Plan<'a>, Error> {
        let (plan, mistakes) = self.read(text, &refuse);
        if mistakes.is_empty() {
            return Ok(plan);
        }
        // The lines move by those that tell of them.
        let told = Zeroizing::new("\n".repeat(mistakes.len() + 1) + without_trouble(text));
        Err(Error::Mistakes { mistakes: self.read(&told, &refuse).1 })
    }

    /// What was done to the text, and what is wrong with it, in the order of its lines.
    fn read(&self, text: &str, refuse: impl Fn(&str) -> Result<(), Error>) -> (Plan<'a>, Vec<String>) {
        let mark = text.lines().position(|line| line.trim_end() == ENTRIES).map_or(usize::MAX, |at| at + 1);
        let parsed = parse::dotenv(text);
        let mistake = |line: usize, what: &str| (line, format!("line {line}: {what}"));
        let mut mistakes: Vec<(usize, String)> =
            parsed.notes.iter().filter(|note| note.is_mistake).map(|note| mistake(note.line, &note.text)).collect();
        let mut plan = Plan { section: self.section, set: Vec::new(), delete: Vec::new() };
        let mut there: BTreeSet<SecretName> = BTreeSet::new();
        for entry in parsed.entries {
            let said = |what: String| mistake(entry.line, &format!("{}: {what}", entry.name));
            let read = || -> Result<(SecretName, Value), String> {
                let name = SecretName::parse(&entry.name).map_err(|error| error.to_string())?;
                let value = Value::from_text(entry.value?).map_err(|error| error.to_string())?;
                Ok((name, value))
            };
            match read() {
                Err(what) => mistakes.push(said(what)),
                Ok((name, value)) => {
                    // What is there stays what it is; only a new name is what its place says.
                    let known =
                        [Kind::Secret, Kind::Entry].into_iter().find(|kind| kind.of(self.base).get(&name).is_some());
                    let kind = known.unwrap_or(if entry.line > mark { Kind::Entry } else { Kind::Secret });
                    there.insert(name.clone());
                    if kind.of(self.base).get(&name).is_none_or(|record| record.value != value) {
                        match refuse(name.as_str()) {
                            Err(error) => mistakes.push(said(error.report().message)),
                            Ok(()) => plan.set.push((kind, name, value)),
                        }
                    }
                }
            }
        }
        for kind in [Kind::Secret, Kind::Entry] {
            let gone =
                kind.of(self.base).iter().filter(|(name, record)| record.value.is_text() && !there.contains(*name));
            plan.delete.extend(gone.map(|(name, _)| (kind, name.clone())));
        }
        mistakes.sort();
        (plan, mistakes.into_iter().map(|(_, what)| what).collect())
    }
}

/// Prints an assignment with each CR as an escape: many editors make all line ends of a file alike.
fn with_returns(out: &mut String, name: &SecretName, text: &str) {
    out.push_str(&format!("{name}=\""));
    for c in text.chars() {
        match c {
            '\r' => out.push_str("\\r"),
            '"' | '$' | '\\' | '`' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push_str("\"\n");
}

/// The text as it was shown, of an editor that adds a byte order mark or ends lines as Windows does. Below
/// what is said on top of it next time, neither would be known for what it is.
pub fn plain(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n"));
    if text.contains('\n') { text } else { Zeroizing::new(text.replace('\r', "\n")) }
}

/// The text without the lines on top that say what is wrong.
pub fn without_trouble(text: &str) -> &str {
    let mut rest = text;
    while rest.starts_with(TROUBLE) {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
    }
    rest
}

impl Plan<'_> {
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.delete.is_empty()
    }

    /// Applies it to the sections as they are now.
    ///
    /// # Errors
    /// If a deletion would break a reference, or a name is taken meanwhile.
    pub fn apply(&self, sections: &mut Sections, base: &Section, stamp: &Stamp) -> Result<Met, ChangeError> {
        let mut met = Met::default();
        let delete = |kind: Kind| self.delete.iter().filter(move |(of, _)| *of == kind).map(|(_, name)| name);
        let (entries, secrets) = (delete(Kind::Entry), delete(Kind::Secret));
        // Entries first: what they refer to may go after them.
        for name in entries {
            if self.may_delete(sections, base, Kind::Entry, name, &mut met)? {
                sections.delete_entry(self.section, name, stamp)?;
            }
        }
        for (kind, name, value) in &self.set {
            let (was, is) = (kind.of(base).get(name), kind.of(sections.existing(self.section)?).get(name));
            if let Some(is) = is.filter(|is| !same(was, Some(is)) && is.value != *value) {
                met.overwritten.push((name.clone(), is.by.clone()));
            }
            match kind {
                Kind::Secret => {
                    sections.set(self.section, name, value.clone(), Details::default(), Precondition::Any, stamp)?;
                }
                Kind::Entry => {
                    sections.set_entry(self.section, name, value.clone(), stamp)?;
                }
            }
            met.set.push(name.clone());
        }
        for name in secrets {
            if self.may_delete(sections, base, Kind::Secret, name, &mut met)? {
                sections.delete(self.section, name, false, stamp)?;
            }
        }
        Ok(met)
    }

    /// Whether what is to be deleted is still what it was: a change of somebody else is not thrown away.
    fn may_delete(
        &self,
        sections: &Sections,
        base: &Section,
        kind: Kind,
        name: &SecretName,
        met: &mut Met,
    ) -> Result<bool, ChangeError> {
        let Some(is) = kind.of(sections.existing(self.section)?).get(name) else { return Ok(false) };
        let same = same(kind.of(base).get(name), Some(is));
        if same {
            met.deleted.push(name.clone());
        } else {
            met.spared.push((name.clone(), is.by.clone()));
        }
        Ok(same)
    }
}

fn same(was: Option<&Record>, is: Option<&Record>) -> bool {
    was.map(|record| &record.value) == is.map(|record| &record.value)
}
