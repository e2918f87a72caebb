//! `list`: list names and dates, page by page; never a value.

use clap::{Args, ValueEnum};

use super::App;
use super::args::{ContextScope, PagingOptions, fields};
use crate::ops::list::{self, Item, Order};
use crate::ops::view::Page;
use crate::report::{Command, Error, Message, and, in_team};
use crate::store::Link;
use crate::ui::{Cell, Table};
use crate::vault::text::Selection;
use crate::vault::{Context, SectionId, View};

/// The fields that can be shown.
const FIELDS: &[&str] =
    &["name", "section", "created", "updated", "by", "note", "expires", "size", "encoding", "disputed"];

const EXAMPLES: &str = "\
Examples:
  etui list
  etui list --effective -p web -c gpu
  etui list --all --order-by updated --desc --limit 20";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct List {
    /// List the secrets of every section
    #[arg(long, conflicts_with_all = ["effective", "project", "cluster", "global"])]
    all: bool,
    /// List what applies in the context, and from which section
    #[arg(long)]
    effective: bool,
    #[command(flatten)]
    paging: PagingOptions,
    /// Choose the order
    #[arg(long, value_enum, default_value = "name")]
    order_by: OrderBy,
    /// Show these: name, section, created, updated, by, note, expires, size, encoding, disputed
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
        let (extent, view) = self.read(app)?;
        let paging = self.paging.read(self.order_by.into(), false);

        let items = match &extent {
            Extent::All => list::of_all(&view)?,
            Extent::Effective(context) => list::of_context(&view, context),
            Extent::Section { section, .. } => list::of_section(&view, section)?,
        };
        let (items, next) = paging.page(items)?;

        if app.ui.json {
            let items = items.iter().map(|item| fields::pick(&item.view(&view.head.team), &self.fields));
            return app.ui.document(&Page::new(items.collect(), next));
        }
        app.ui.table(&table(&items, &columns(&self.fields, &extent)))?;
        if let Some(next) = next {
            app.ui.say(format!("more: --after {next}"));
        }
        if let Extent::Section { section, link } = &extent {
            note_context(app, section, link, items.is_empty(), &view);
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
            let (context, view) = session.context_view(&scope)?;
            return Ok((Extent::Effective(context), view));
        }
        let section = app.section_of(&scope)?;
        // The linked context is read too: a note counts what else applies here.
        let link = session.linked_if_accepted()?;
        let mut sections = Context { cluster: link.cluster.clone(), project: link.project.clone() }.sections();
        sections.push(section.clone());
        let view = session.view(Selection::Current(&sections))?;
        Ok((Extent::Section { section, link }, view))
    }
}

/// Notes how many more secrets apply from the team and the cluster, if the linked project is listed.
fn note_context(app: &App, section: &SectionId, link: &Link, is_empty: bool, view: &View) {
    let mut more = Vec::new();
    let mut total = 0;
    if matches!(section, SectionId::Project(id) if link.project.as_ref() == Some(id)) {
        let context = Context { cluster: link.cluster.clone(), project: link.project.clone() };
        let effective = list::of_context(view, &context);
        let cluster = link.cluster.clone().map(|id| (format!("cluster {id}"), SectionId::Cluster(id)));
        for (label, section) in [("the team".to_owned(), SectionId::Team)].into_iter().chain(cluster) {
            let count = effective.iter().filter(|item| *item.section == section).count();
            if count > 0 {
                more.push(format!("{count} from {label}"));
            }
            total += count;
        }
    }
    if total > 0 {
        let applies = if total == 1 { "applies" } else { "apply" };
        let text = format!("and {} {applies} here: ", and(&more));
        app.ui.note(Message::from(text).command(Command::new("list --effective")));
    } else if is_empty {
        let text = format!("{} has no secret yet: ", in_team(section, &view.head.team));
        app.ui.note(Message::from(text).command(Command::new("set").arg("NAME").section(section)));
    }
}

fn columns<'f>(fields: &'f [String], extent: &Extent) -> Vec<&'f str> {
    match (fields.is_empty(), extent) {
        (false, _) => fields.iter().map(String::as_str).collect(),
        (true, Extent::Section { .. }) => vec!["name", "updated", "by", "note"],
        (true, Extent::All | Extent::Effective(_)) => vec!["name", "section", "updated", "by", "note"],
    }
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
    let Item { section, name, record, is_disputed } = item;
    match column {
        "name" => Cell::from(*name),
        "section" => Cell::from(*section),
        "created" => Cell::When(Some(record.created)),
        "updated" => Cell::When(Some(record.updated)),
        "by" => Cell::from(&record.by),
        "note" if *is_disputed => {
            Cell::Note(format!("disputed: `{}`", Command::new("settle").arg(name).section(section)))
        }
        "note" => Cell::Note(record.note.clone().unwrap_or_default()),
        "expires" => Cell::When(record.expires),
        "size" => Cell::from(&record.value.size()),
        "encoding" => Cell::from(&if record.value.is_text() { "utf-8" } else { "base64" }),
        _ => Cell::from(is_disputed),
    }
}
