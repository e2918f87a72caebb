//! `list`: list names and dates, page by page; never a value.

use clap::{Args, ValueEnum};

use super::App;
use super::args::{ContextScope, PagingOptions, Patterns, fields};
use crate::ops::list::{self, Item, Order};
use crate::ops::view::{Page, kind};
use crate::report::{Command, Error, Kind, Message, and, in_team, now};
use crate::session::{all_open, describe};
use crate::store::Link;
use crate::ui::{Cell, Table};
use crate::vault::text::Selection;
use crate::vault::{Age, Context, SecretName, SectionId, View};

/// The fields that can be shown.
const FIELDS: &[&str] = &[
    "name", "section", "created", "updated", "by", "note", "expires", "size", "encoding", "disputed", "kind", "refers",
];

const EXAMPLES: &str = "\
Examples:
  etui list
  etui list --all '*STRIPE*'
  etui list --effective -p web -c gpu
  etui list --all --expiring 30d
  etui list -F name,expires,note
  etui list --all --order-by updated --desc --limit 20";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct List {
    /// List these names alone; * stands for any text, ? for one character
    #[arg(value_name = "PATTERN")]
    name: Vec<String>,
    /// List the secrets and env entries of every section
    #[arg(long, conflicts_with_all = ["effective", "project", "cluster", "global"])]
    all: bool,
    /// List what applies in the context, and from which section
    #[arg(long)]
    effective: bool,
    /// List what expires within this time, or did already, by date
    #[arg(long, value_name = "AGE")]
    expiring: Option<Age>,
    #[command(flatten)]
    paging: PagingOptions,
    /// Choose the order; name, unless --expiring is given
    #[arg(long, value_enum, value_name = "ORDER")]
    order_by: Option<OrderBy>,
    /// Show these fields, separated by commas: name, section, created, updated, by, note, expires, size, encoding, disputed, kind, refers
    #[arg(short = 'F', long, value_delimiter = ',', value_name = "FIELD")]
    fields: Vec<String>,
    #[command(flatten)]
    scope: ContextScope,
}

/// The order of a list, as it is typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OrderBy {
    Name,
    Created,
    Updated,
}

impl From<OrderBy> for Order {
    fn from(order: OrderBy) -> Order {
        match order {
            OrderBy::Name => Order::Name,
            OrderBy::Created => Order::Created,
            OrderBy::Updated => Order::Updated,
        }
    }
}

/// What is listed.
enum Extent {
    All,
    Effective(Context),
    Section { section: SectionId, link: Link },
}

impl List {
    pub fn run(self, app: &App) -> Result<(), Error> {
        fields::check(&self.fields, FIELDS)?;
        let patterns = Patterns::parse(app, "list", &self.name)?;
        let (extent, view) = self.read(app)?;
        let order = match self.order_by {
            Some(order) => order.into(),
            None if self.expiring.is_some() => Order::Expires,
            None => Order::Name,
        };
        let paging = self.paging.read(order, false);

        let mut items = match &extent {
            Extent::All => list::of_all(&view),
            Extent::Effective(context) => list::of_context(&view, context),
            Extent::Section { section, .. } => list::of_section(&view, section)?,
        };
        let names = items.iter().map(|item| item.name);
        patterns.check(app, ("list", |list| extent.on(list)), names, |name| extent.missing(app, &view, name))?;
        items.retain(|item| patterns.choose(item.name));
        if extent.spans_sections() {
            app.session.note_locked(&view.sections);
        }
        if let Some(age) = self.expiring {
            let until = now().plus(age);
            items.retain(|item| item.record.expires.is_some_and(|expires| expires <= until));
        }
        let (items, next) = paging.page(items)?;

        if app.ui.json {
            let items = items.iter().map(|item| fields::pick(&item.listed(&view.head.team), &self.fields));
            return app.ui.document(&Page::new(items.collect(), next));
        }
        let columns = columns(&self.fields, &extent, self.expiring.is_some());
        app.ui.table(&table(&items, &columns))?;
        if let Some(next) = next {
            app.ui.say(format!("more: --after {next}"));
        }
        match (&extent, self.expiring) {
            (_, Some(age)) if items.is_empty() => note_none_expires(app, &extent, age, &view),
            (Extent::Section { section, link }, None) => {
                note_context(app, section, link, &patterns, items.is_empty(), &view);
            }
            _ => {}
        }
        Ok(())
    }

    /// Decides what is listed, and reads it.
    fn read(&self, app: &App) -> Result<(Extent, View), Error> {
        let session = &app.session;
        if self.all {
            return Ok((Extent::All, session.view(Selection::All)?));
        }
        let scope = self.scope.parse()?;
        if self.effective {
            let (context, view) = session.shown_view(&scope)?;
            return Ok((Extent::Effective(context), view));
        }
        let section = app.section_to_read(&scope)?;
        // The linked context is read too: a note counts what else applies here.
        let link = session.linked_if_accepted()?;
        let mut sections = Context { cluster: link.cluster.clone(), project: link.project.clone() }.sections();
        sections.push(section.clone());
        let view = session.view(Selection::Current(&sections))?;
        Ok((Extent::Section { section, link }, view))
    }
}

impl Extent {
    /// Adds the options that list the same extent to a command.
    fn on(&self, command: Command) -> Command {
        match self {
            Extent::All => command.arg("--all"),
            Extent::Effective(context) => command.arg("--effective").context(context),
            Extent::Section { section, .. } => command.section(section),
        }
    }

    /// Whether it says something about more than one section.
    fn spans_sections(&self) -> bool {
        match self {
            Extent::All | Extent::Effective(_) => true,
            Extent::Section { section, link } => is_linked(section, link),
        }
    }

    /// The error for a name that is not set there.
    fn missing(&self, app: &App, view: &View, name: &SecretName) -> Error {
        match self {
            Extent::All => {
                app.session.note_locked(&view.sections);
                let message = format!("{name} is not set anywhere in team {}", view.head.team);
                Error::new(Kind::NotFound, "secret_missing", message)
            }
            // In a section that is closed to the key, it may be set.
            Extent::Effective(context) => match all_open(context, view) {
                Ok(()) => app.session.not_set(context, view, name),
                Err(closed) => closed,
            },
            Extent::Section { section, .. } => app.session.secret_missing(section, name),
        }
    }
}

/// Notes that nothing expires, and where else to look.
fn note_none_expires(app: &App, extent: &Extent, age: Age, view: &View) {
    let text = |place: &str| format!("nothing expires within {age} in {place}");
    match extent {
        Extent::All => app.ui.note(text(&in_team(&SectionId::Team, &view.head.team))),
        Extent::Effective(context) => app.ui.note(text(&describe(context, view))),
        Extent::Section { section, .. } => {
            let all = Command::new("list").arg("--all").arg("--expiring").arg(age);
            let text = text(&in_team(section, &view.head.team));
            app.ui.note(Message::from(text + "; in the whole vault: ").command(all));
        }
    }
}

/// Notes how many more secrets apply from the team and the cluster: where the linked project is listed, or the team
/// beside a linked cluster.
fn note_context(app: &App, section: &SectionId, link: &Link, patterns: &Patterns, is_empty: bool, view: &View) {
    let mut more = Vec::new();
    let mut total = 0;
    if is_linked(section, link) {
        let context = Context { cluster: link.cluster.clone(), project: link.project.clone() };
        let mut effective = list::of_context(view, &context);
        effective.retain(|item| !item.is_entry && patterns.choose(item.name));
        let cluster = link.cluster.clone().map(|id| (format!("cluster {id}"), SectionId::Cluster(id)));
        let others = [("the team".to_owned(), SectionId::Team)].into_iter().chain(cluster);
        for (label, other) in others.filter(|(_, other)| other != section) {
            let count = effective.iter().filter(|item| *item.section == other).count();
            if count > 0 {
                more.push(format!("{count} from {label}"));
            }
            total += count;
        }
    }
    if total > 0 {
        let applies = if total == 1 { "applies" } else { "apply" };
        let text = format!("and {} {applies} here: ", and(&more));
        app.ui.note(Message::from(text).command(patterns.on(Command::new("list --effective"))));
    } else if is_empty && patterns.is_empty() {
        let text = format!("{} has no secret yet: ", in_team(section, &view.head.team));
        app.ui.note(Message::from(text).command(Command::new("set").arg("NAME").section(section)));
    }
}

/// Whether other sections apply here beside this one, which the link leads to.
fn is_linked(section: &SectionId, link: &Link) -> bool {
    match section {
        SectionId::Project(id) => link.project.as_ref() == Some(id),
        SectionId::Team => link.project.is_none() && link.cluster.is_some(),
        SectionId::Cluster(_) => false,
    }
}

fn columns<'f>(fields: &'f [String], extent: &Extent, with_expiry: bool) -> Vec<&'f str> {
    if !fields.is_empty() {
        return fields.iter().map(String::as_str).collect();
    }
    let mut columns = match extent {
        Extent::Section { .. } => vec!["name"],
        Extent::All | Extent::Effective(_) => vec!["name", "section"],
    };
    columns.extend([if with_expiry { "expires" } else { "updated" }, "by", "note"]);
    columns
}

fn table(items: &[Item<'_>], columns: &[&str]) -> Table {
    let header: Vec<String> = columns.iter().map(|column| column.to_uppercase()).collect();
    let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for item in items {
        table.row(columns.iter().map(|column| cell(item, column)).collect::<Vec<_>>());
    }
    table
}

fn cell(item: &Item<'_>, column: &str) -> Cell {
    let Item { section, name, record, is_entry, is_disputed } = item;
    match column {
        "name" => Cell::from(*name),
        "section" => Cell::from(*section),
        "created" => Cell::When(Some(record.created)),
        "updated" => Cell::When(Some(record.updated)),
        "by" => Cell::from(&record.by),
        "note" if *is_disputed => {
            Cell::Note(format!("disputed: `{}`", Command::new("settle").arg(name).section(section)))
        }
        "note" if *is_entry => {
            let refers = item.refers().unwrap_or_else(|| "plain value".to_owned());
            Cell::Note(format!("env entry: {refers}"))
        }
        "note" => Cell::Note(record.note.clone().unwrap_or_default()),
        "kind" => Cell::from(&kind(*is_entry)),
        "refers" => Cell::Text(item.refers().unwrap_or_default()),
        "expires" => Cell::When(record.expires),
        "size" => Cell::from(&record.value.size()),
        "encoding" => Cell::from(&if record.value.is_text() { "utf-8" } else { "base64" }),
        _ => Cell::from(is_disputed),
    }
}
