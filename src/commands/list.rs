//! `list`: names and dates, page by page; never values.

use clap::{Args, ValueEnum};
use serde_json::Value as Json;

use crate::old::context::Cx;
use crate::old::error::{Error, in_team, option};
use crate::old::json;
use crate::old::options::{ContextScope, SectionScope};
use crate::old::scope::{self, existing};
use crate::old::ui::{Cell, Table};
use crate::report::and;
use crate::vault::precedence::Layer;
use crate::vault::text::Selection;
use crate::vault::{Context, Record, SecretName, SectionId, TeamName, Timestamp, View};

#[derive(Debug, Args)]
pub struct List {
    /// Every section
    #[arg(long, conflicts_with_all = ["effective", "project", "cluster", "global"])]
    all: bool,
    /// What applies in the context, and from where
    #[arg(long)]
    effective: bool,
    #[command(flatten)]
    paging: Paging,
    /// Order by: name, created, updated
    #[arg(long, value_enum, default_value = "name", hide_possible_values = true)]
    order_by: Order,
    /// Which columns or fields: name, section, created, updated, by, note, expires, size, encoding, disputed
    #[arg(short = 'F', long, value_delimiter = ',', value_name = "FIELD")]
    fields: Vec<String>,
    #[command(flatten)]
    scope: ContextScope,
}

// A page of a list: how long, from where, which way round.
#[derive(Debug, Clone, Default, Args)]
pub struct Paging {
    /// At most so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit: Option<u32>,
    /// The page after this cursor
    #[arg(long, value_name = "CURSOR")]
    pub after: Option<String>,
    /// Smallest or oldest first
    #[arg(long, conflicts_with = "desc")]
    pub asc: bool,
    /// Largest or newest first
    #[arg(long)]
    pub desc: bool,
}

/// What a list is ordered by; names break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Order {
    Name,
    Created,
    Updated,
}

/// One secret of a list.
#[derive(Clone, Copy)]
pub struct Item<'v> {
    pub section: &'v SectionId,
    pub name: &'v SecretName,
    /// Of a disputed name, the first of what it is said to be.
    pub record: &'v Record,
    pub is_disputed: bool,
}

impl Item<'_> {
    /// What it is ordered by: unique in a list, the same text in every run, and not a word of a value.
    fn key(&self, order: Order) -> String {
        let place = match self.section {
            SectionId::Team => format!("{},team", self.name),
            SectionId::Cluster(id) => format!("{},cluster:{id}", self.name),
            SectionId::Project(id) => format!("{},project:{id}", self.name),
        };
        match order {
            Order::Name => place,
            Order::Created => format!("{},{place}", self.record.created),
            Order::Updated => format!("{},{place}", self.record.updated),
        }
    }

    /// As JSON tells it.
    pub fn json(&self, team: &TeamName) -> Json {
        let document = json::secret(team, self.section, self.name, self.record);
        if self.is_disputed { json::disputed(document) } else { document }
    }
}

impl Paging {
    /// Puts the items in order, and takes one page of them. The cursor says where the next one begins,
    /// also if the item it names is gone by then.
    pub fn page<'v>(&self, mut items: Vec<Item<'v>>, order: Order, newest_first: bool) -> Result<Page<'v>, Error> {
        items.sort_by_cached_key(|item| item.key(order));
        let reversed = if newest_first { !self.asc } else { self.desc };
        if reversed {
            items.reverse();
        }
        if let Some(after) = &self.after {
            check_cursor(after, order)?;
            items.retain(|item| if reversed { item.key(order) < *after } else { item.key(order) > *after });
        }
        let limit = self.limit.map_or(items.len(), |limit| limit as usize);
        let next = if items.len() > limit { items[..limit].last().map(|item| item.key(order)) } else { None };
        items.truncate(limit);
        Ok((items, next))
    }
}

/// The items of a page, and the cursor of the next one.
type Page<'v> = (Vec<Item<'v>>, Option<String>);

/// A cursor must be one that a list of this order made: [`Item::key`].
fn check_cursor(cursor: &str, order: Order) -> Result<(), Error> {
    let parts: Vec<&str> = cursor.split(',').collect();
    let is_place = |name: &str, section: &str| SecretName::parse(name).is_ok() && scope::section(section).is_ok();
    let is_cursor = match (&parts[..], order) {
        ([name, section], Order::Name) => is_place(name, section),
        ([at, name, section], Order::Created | Order::Updated) => {
            Timestamp::parse(at).is_some() && is_place(name, section)
        }
        _ => false,
    };
    if is_cursor { Ok(()) } else { Err(Error::Cursor) }
}

impl List {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let columns = self.columns()?;
        let (view, own) = self.view(cx)?;
        let items: Vec<Item<'_>> = match (&own, self.effective) {
            (Some(section), _) => of(section, &view)?,
            (None, true) => {
                let merged = view.sections.merge(&cx.context(&self.scope)?);
                let winners = merged.into_iter().filter(|(_, layered)| !layered.wins().is_entry);
                winners
                    .map(|(name, layered)| (name, layered.wins()))
                    .map(|(name, wins)| Item {
                        section: wins.section,
                        name,
                        record: wins.record,
                        is_disputed: wins.is_disputed,
                    })
                    .collect()
            }
            (None, false) => {
                let all = view.all.iter().map(|section| of(section, &view));
                all.collect::<Result<Vec<_>, _>>()?.concat()
            }
        };
        let (page, next) = self.paging.page(items, self.order_by, false)?;
        if cx.ui.json {
            let shape = |item: &Item<'_>| pick(item.json(&view.head.team), &self.fields);
            return cx.ui.document(&json::page(page.iter().map(shape).collect(), next));
        }
        let header: Vec<String> = columns.iter().map(|column| column.to_uppercase()).collect();
        let mut table = Table::new(&header.iter().map(String::as_str).collect::<Vec<_>>());
        for item in &page {
            table.row(columns.iter().map(|column| cell(item, column)).collect::<Vec<_>>());
        }
        cx.ui.table(&table)?;
        if let Some(next) = next {
            cx.ui.say(&format!("more: --after {next}"));
        }
        match own {
            Some(section) => self.say_more(cx, &section, table.is_empty(), &view),
            None => Ok(()),
        }
    }

    /// What is read, and the section if it is one that is listed.
    fn view(&self, cx: &Cx) -> Result<(View, Option<SectionId>), Error> {
        if self.effective {
            return Ok((cx.context_view(&self.scope)?.1, None));
        }
        if self.all {
            return Ok((cx.view(Selection::All)?, None));
        }
        let ContextScope { project, cluster, global } = self.scope.clone();
        self.scope.section()?;
        let section = cx.section(&SectionScope { project, cluster, global })?;
        // What else applies here is counted, so the linked context is read too.
        let link = cx.linked_if_accepted()?;
        let mut wanted = Context { cluster: link.cluster, project: link.project }.sections();
        wanted.push(section.clone());
        Ok((cx.view(Selection::Current(&wanted))?, Some(section)))
    }

    /// Says how many more apply from the team and the cluster, where a link says which.
    fn say_more(&self, cx: &Cx, section: &SectionId, is_empty: bool, view: &View) -> Result<(), Error> {
        let link = cx.linked_if_accepted()?;
        let mut more = Vec::new();
        if matches!(section, SectionId::Project(id) if link.project.as_ref() == Some(id)) {
            let here = Context { cluster: link.cluster.clone(), project: link.project.clone() };
            let merged = view.sections.merge(&here);
            let from = |section: SectionId| {
                let applies = |layer: &Layer<'_>| !layer.is_entry && *layer.section == section;
                merged.values().filter(|layered| applies(&layered.wins())).count()
            };
            let cluster = link.cluster.map(|id| (SectionId::Cluster(id.clone()), format!("cluster {id}")));
            for (section, called) in [Some((SectionId::Team, "the team".to_owned())), cluster].into_iter().flatten() {
                match from(section) {
                    0 => {}
                    count => more.push(format!("{count} from {called}")),
                }
            }
        }
        let applies = if more.len() == 1 && more[0].starts_with("1 ") { "applies" } else { "apply" };
        match (more.is_empty(), is_empty) {
            (false, _) => cx.ui.note(&format!("and {} {applies} here: etui list --effective", and(&more))),
            (true, true) => {
                let place = in_team(section, &view.head.team);
                cx.ui.note(&format!("{place} has no secret yet: etui set NAME {}", option(section)));
            }
            _ => {}
        }
        Ok(())
    }

    fn columns(&self) -> Result<Vec<&str>, Error> {
        const KNOWN: &[&str] =
            &["name", "section", "created", "updated", "by", "note", "expires", "size", "encoding", "disputed"];
        if let Some(typed) = self.fields.iter().find(|field| !KNOWN.contains(&field.as_str())) {
            return Err(Error::Field { typed: typed.clone(), known: KNOWN });
        }
        Ok(match (self.fields.is_empty(), self.all || self.effective) {
            (false, _) => self.fields.iter().map(String::as_str).collect(),
            (true, false) => vec!["name", "updated", "by", "note"],
            (true, true) => vec!["name", "section", "updated", "by", "note"],
        })
    }
}

/// The secrets of a section.
pub fn of<'v>(section: &'v SectionId, view: &'v View) -> Result<Vec<Item<'v>>, Error> {
    let secrets = &existing(view, section)?.secrets;
    let current = secrets.iter().map(|(name, record)| Item { section, name, record, is_disputed: false });
    let first = |(name, all): (&'v SecretName, &'v [Record])| {
        Some(Item { section, name, record: all.first()?, is_disputed: true })
    };
    Ok(current.chain(secrets.disputed().filter_map(first)).collect())
}

/// The fields that are asked for, in that order; all of them if none is.
pub fn pick(mut document: Json, fields: &[String]) -> Json {
    if fields.is_empty() {
        return document;
    }
    fields.iter().map(|field| (field.clone(), document[field].take())).collect::<serde_json::Map<_, _>>().into()
}

fn cell(item: &Item<'_>, column: &str) -> Cell {
    let Item { section, name, record, is_disputed } = item;
    match column {
        "name" => Cell::from(*name),
        "section" => Cell::from(*section),
        "created" => Cell::When(Some(record.created)),
        "updated" => Cell::When(Some(record.updated)),
        "by" => Cell::from(&record.by),
        "note" if *is_disputed => Cell::Text(format!("disputed: etui settle {name} {}", option(section))),
        "note" => Cell::Text(record.note.clone().unwrap_or_default()),
        "expires" => Cell::When(record.expires),
        "size" => Cell::from(&record.value.size()),
        "encoding" => Cell::from(&if record.value.is_text() { "utf-8" } else { "base64" }),
        _ => Cell::from(is_disputed),
    }
}
