//! Lists of secrets and env entries: which, in what order, and page by page.

use crate::ops::view::{ListedView, SecretView, kind, reference};
use crate::report::{Error, Kind};
use crate::session::{existing, parse_section};
use crate::vault::precedence::Layer;
use crate::vault::{Context, Record, Records, SecretName, SectionId, TeamName, Timestamp, View};

/// One secret or env entry of a list.
#[derive(Clone, Copy)]
pub struct Item<'v> {
    pub section: &'v SectionId,
    pub name: &'v SecretName,
    /// Of a disputed name, the first of its values.
    pub record: &'v Record,
    pub is_entry: bool,
    pub is_disputed: bool,
}

/// What a list is ordered by. Names break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Name,
    Created,
    Updated,
    /// By the date when a value must be replaced.
    Expires,
}

/// One page of an ordered list.
#[derive(Debug, Clone)]
pub struct Paging {
    pub order: Order,
    /// Largest or newest first.
    pub is_descending: bool,
    pub limit: Option<usize>,
    /// The cursor that the page before ended with.
    pub after: Option<String>,
}

/// Lists the secrets of a section.
///
/// # Errors
/// If it does not exist.
pub fn of_section<'v>(view: &'v View, section: &'v SectionId) -> Result<Vec<Item<'v>>, Error> {
    Ok(items(section, &existing(view, section)?.secrets, false).collect())
}

/// Lists the secrets and the env entries of every section that was read, but for those that are closed to the key.
pub fn of_all(view: &View) -> Vec<Item<'_>> {
    let mut all = Vec::new();
    for (section, content) in view.sections.iter() {
        all.extend(items(section, &content.secrets, false));
        // A name that is disputed as both kinds is listed once.
        all.extend(items(section, &content.env, true).filter(|item| !content.secrets.holds(item.name)));
    }
    all
}

fn items<'v>(section: &'v SectionId, records: &'v Records, is_entry: bool) -> impl Iterator<Item = Item<'v>> {
    let item = move |name, record, is_disputed| Item { section, name, record, is_entry, is_disputed };
    let current = records.iter().map(move |(name, record)| item(name, record, false));
    let first = move |(name, candidates): (&'v SecretName, &'v [Record])| Some(item(name, candidates.first()?, true));
    current.chain(records.disputed().filter_map(first))
}

/// Lists the secrets and the env entries that apply in a context, each from the section that wins.
pub fn of_context<'v>(view: &'v View, context: &Context) -> Vec<Item<'v>> {
    let merged = view.sections.merge(context).map(|layered| (layered.name, layered.wins));
    let item = |(name, wins): (&'v SecretName, Layer<'v>)| {
        let Layer { section, record, is_entry, is_disputed } = wins;
        Item { section, name, record, is_entry, is_disputed }
    };
    merged.map(item).collect()
}

impl Item<'_> {
    pub fn view(&self, team: &TeamName) -> SecretView {
        let view = SecretView::new(team, self.section, self.name, self.record);
        if self.is_disputed { view.disputed() } else { view }
    }

    /// Views it together with its kind.
    pub fn listed(&self, team: &TeamName) -> ListedView {
        ListedView { secret: self.view(team), kind: kind(self.is_entry), refers: self.refers() }
    }

    /// Returns what an entry refers to.
    pub fn refers(&self) -> Option<String> {
        reference(self.record).filter(|_| self.is_entry)
    }

    /// Returns what the item is ordered by, which is also the cursor behind it: unique in its list, the same text in
    /// every run, and without a value.
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
            Order::Expires => {
                format!("{},{place}", self.record.expires.map(|at| at.to_string()).unwrap_or_default())
            }
        }
    }
}

impl Paging {
    /// Puts items in order, takes one page of them, and returns the cursor of the next page. A cursor keeps its place
    /// even if its item has been deleted since.
    ///
    /// # Errors
    /// If the cursor comes from no list of this order.
    pub fn page<'v>(&self, mut items: Vec<Item<'v>>) -> Result<(Vec<Item<'v>>, Option<String>), Error> {
        let order = self.order;
        items.sort_by_cached_key(|item| item.key(order));
        if self.is_descending {
            items.reverse();
        }
        if let Some(after) = &self.after {
            if !is_cursor(after, order) {
                return Err(Error::new(Kind::Usage, "bad_cursor", "this is not a cursor of this list")
                    .hint("use the one that the page before printed, with the same `--order-by`"));
            }
            items.retain(|item| if self.is_descending { item.key(order) < *after } else { item.key(order) > *after });
        }

        let limit = self.limit.unwrap_or(items.len());
        let next = if items.len() > limit { items[..limit].last().map(|item| item.key(order)) } else { None };
        items.truncate(limit);
        Ok((items, next))
    }
}

/// Returns whether a list of this order made the cursor: [`Item::key`].
fn is_cursor(cursor: &str, order: Order) -> bool {
    let parts: Vec<&str> = cursor.split(',').collect();
    let is_place = |name: &str, section: &str| SecretName::parse(name).is_ok() && parse_section(section).is_ok();
    match (&parts[..], order) {
        ([name, section], Order::Name) => is_place(name, section),
        ([at, name, section], Order::Created | Order::Updated | Order::Expires) => {
            Timestamp::parse(at).is_some() && is_place(name, section)
        }
        _ => false,
    }
}
