//! `settle`: end a dispute that a merge left.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use clap::Args;
use zeroize::Zeroizing;

use super::App;
use super::args::{DetailOptions, SectionScope, ValueSource};
use crate::keys;
use crate::ops::history;
use crate::ops::versions::{Unsettled, unite, unsettled};
use crate::ops::view::{Page, SectionView, candidate_kind, candidates};
use crate::report::{Command, Error, Kind, Message, and, count, in_team, visible};
use crate::session::merge::DisputesLeft;
use crate::session::{Scope, bad_name, existing, parse_name};
use crate::ui::{Cell, Table};
use crate::vault::{Candidate, Choice, Dispute, MemberName, SecretName, SectionId, Value, View, hex};

/// How many lines of base64 are shown of bytes.
const LINES: usize = 4;

/// How long such a line is.
const WIDTH: usize = 72;

const EXAMPLES: &str = "\
With --show the values stand on the screen, and in what the terminal keeps to scroll back.

Examples:
  etui settle TOKEN
  etui settle TOKEN --show
  etui settle TOKEN --pick 2
  etui settle TOKEN --by alice -p web
  etui settle -c prod";

#[derive(Debug, Default, Args)]
#[command(after_help = EXAMPLES)]
pub struct Settle {
    /// The disputed name; without an option, its values are listed by number. Without a name, all disputes, and the
    /// closed sections that somebody else kept in several versions
    name: Option<String>,
    /// Take the value with this number
    #[arg(long, value_name = "N", requires = "name", conflicts_with_all = ["by", "value", "file"])]
    pick: Option<usize>,
    /// Take the value that this member wrote
    #[arg(long, value_name = "MEMBER", requires = "name", conflicts_with_all = ["value", "file"])]
    by: Option<String>,
    /// Show the values themselves, on a terminal only
    #[arg(long, conflicts_with_all = ["pick", "by", "value", "file"])]
    show: bool,
    #[command(flatten)]
    source: ValueSource,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

impl Settle {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let Some(name) = &self.name else { return self.all(app) };
        let name = parse_name(name)?;
        let section = app.section(&self.scope)?;
        self.one(app, name, section)
    }

    fn one(self, app: &App, name: SecretName, section: SectionId) -> Result<(), Error> {
        if self.show {
            require_terminal(app, &name, &section)?;
        }
        let view = app.session.section_view(&section)?;
        let Some(choice) = self.choice(app, &name, &section, &view)? else {
            return list(app, &name, &section, &view);
        };

        let settled = history::settle(&app.session, &section, &name, choice)?;

        if app.ui.json {
            return app.ui.document(&settled.secret);
        }
        app.ui.say(format!("settled {name} in {}", in_team(&section, &settled.team)));
        Ok(())
    }

    /// Settles everything in a section, or in all of them: first the names, at a terminal, then what stands in several
    /// versions.
    fn all(self, app: &App) -> Result<(), Error> {
        if self.source.is_given() {
            let message = "a value settles one name, and no name is given";
            return Err(Error::new(Kind::Usage, "name_missing", message).hint(Command::new("settle").arg("NAME")));
        }
        let only = match self.scope.parse()? == Scope::default() {
            true => None,
            false => Some(app.section(&self.scope)?),
        };
        let session = &app.session;
        let mut found = unsettled(session, only.as_ref())?;
        if !found.removed.is_empty() {
            for (section, by) in &found.removed {
                let by = and(by);
                let question = format!("Use what {by}, who was removed, changed in {}?", in_team(section, &found.team));
                app.ui.require_confirmation("settle", &question)?;
            }
            session.counts_removed.set(true);
            found = unsettled(session, only.as_ref())?;
        }
        if !found.disputes.is_empty() {
            if !app.ui.interactive || app.ui.json {
                let path = session.location()?.file.path();
                return Err(DisputesLeft::new(found.disputes, path, None).into());
            }
            for Dispute { name, section, .. } in found.disputes {
                Settle { show: self.show, ..Settle::default() }.one(app, name, section)?;
            }
            found = unsettled(session, only.as_ref())?;
        }

        let Unsettled { team, versions, .. } = found;
        if !versions.is_empty() {
            unite(session, &versions)?;
        }
        if app.ui.json {
            return app.ui.document(&Page::whole(versions.iter().map(|id| SectionView::new(id, &team)).collect()));
        }
        for id in &versions {
            app.ui.say(format!("settled {}: its versions are one", in_team(id, &team)));
        }
        if versions.is_empty() {
            let place = only.map_or_else(|| format!("team {team}"), |id| in_team(&id, &team));
            app.ui.say(format!("nothing is left to settle in {place}"));
        }
        Ok(())
    }

    /// Returns what the options choose, or a person at the terminal; none if nobody does.
    fn choice(self, app: &App, name: &SecretName, section: &SectionId, view: &View) -> Result<Option<Choice>, Error> {
        if let Some(number) = self.pick {
            return Ok(Some(Choice::Number(number)));
        }
        if let Some(by) = self.by {
            let by = MemberName::parse(&by).map_err(|error| bad_name(error, Some(&by)))?;
            return Ok(Some(Choice::By(by)));
        }
        if self.source.is_given() {
            let value = self.source.read(app, name)?;
            let settle = || Command::new("settle").arg(name).section(section);
            let value = value.ok_or_else(|| ValueSource::missing(app, name, settle()))?;
            return Ok(Some(Choice::Value(value, self.details.read()?)));
        }

        let candidates = existing(view, section)?.candidates(name);
        if candidates.is_empty() {
            // There is nothing to list. The operation fails, and its error says what the name holds.
            return Ok(Some(Choice::Number(1)));
        }
        if self.show {
            let shown = (1..).zip(&candidates).map(|(number, candidate)| show(number, *candidate));
            app.ui.data(Zeroizing::new(shown.map(|text| text.to_string()).collect::<String>()).as_bytes())?;
        }
        if !app.ui.interactive {
            return Ok(None);
        }
        if !self.show {
            let show = Command::new("settle").arg(name).section(section).arg("--show");
            app.ui.note(Message::from("to see the values: ").command(show));
        }
        let label = |Candidate { record, .. }: &Candidate<'_>| format!("by {} at {}", record.by, record.updated);
        let labels: Vec<String> = candidates.iter().map(label).collect();
        let question = format!("Which value of {name} should win? (1–{})", labels.len());
        let index = app.ui.choose(&question, &labels)?;
        Ok(Some(Choice::Number(index + 1)))
    }
}

/// Refuses to show values anywhere but on a terminal.
fn require_terminal(app: &App, name: &SecretName, section: &SectionId) -> Result<(), Error> {
    if app.ui.tables && !app.ui.json {
        return Ok(());
    }
    let settle = Command::new("settle").arg(name).section(section);
    let message = "`--show` prints values, which it does on a terminal only, and not as JSON";
    Err(Error::new(Kind::Usage, "no_terminal", message).hint(Message::from("without the values: ").command(settle)))
}

/// Shows a value below its number, writer and date. Nothing in it can act on the terminal.
fn show(number: usize, candidate: Candidate<'_>) -> Zeroizing<String> {
    let Candidate { record, is_entry } = candidate;
    let value = &record.value;
    let entry = if is_entry { "env entry, " } else { "" };
    let (what, lines) = lines(value);
    let head = format!("by {} at {}, {entry}{}{what}", record.by, record.updated, count(value.size(), "byte"));
    let mut shown = Zeroizing::new(format!("{number:>3}  {head}\n"));
    for line in lines.iter() {
        shown.push_str("     ");
        shown.push_str(&Zeroizing::new(visible(line).into_owned()));
        shown.push('\n');
    }
    shown
}

/// What is not seen in the lines of a value, and the lines: those of a text, or the beginning of bytes in base64.
fn lines(value: &Value) -> (String, Zeroizing<Vec<String>>) {
    let text = value.as_text();
    if value.is_text() {
        let ended = text.strip_suffix('\n');
        let what = if ended.is_some() { ", with a newline at its end" } else { "" };
        let lines = ended.unwrap_or(&text).split('\n').map(str::to_owned);
        let lines = if text.is_empty() { Vec::new() } else { lines.collect() };
        return (what.to_owned(), Zeroizing::new(lines));
    }
    let what = format!(", not text, SHA-256 {}", hex::encode(&keys::hash(value.expose())));
    let shown = value.expose().chunks(WIDTH / 4 * 3).take(LINES).map(|bytes| BASE64_STANDARD.encode(bytes));
    let mut lines: Vec<String> = shown.collect();
    if text.len() > LINES * WIDTH {
        lines.push("…".to_owned());
    }
    (what, Zeroizing::new(lines))
}

/// Lists the values by number, writer and date.
fn list(app: &App, name: &SecretName, section: &SectionId, view: &View) -> Result<(), Error> {
    let content = existing(view, section)?;
    if app.ui.json {
        return app.ui.document(&Page::whole(candidates(&view.head.team, section, name, content)));
    }
    let mut table = Table::new(&["NUMBER", "UPDATED", "BY", "KIND"]);
    for (number, candidate) in (1..).zip(content.candidates(name)) {
        let Candidate { record, .. } = candidate;
        let kind = candidate_kind(candidate);
        table.row([Cell::from(&number), Cell::When(Some(record.updated)), Cell::from(&record.by), Cell::from(&kind)]);
    }
    app.ui.table(&table)?;
    let settle = Command::new("settle").arg(name).section(section).arg("--pick NUMBER");
    app.ui.note(Message::from("to end the dispute: ").command(settle));
    Ok(())
}
