//! Lists of secrets: which, in what order, and page by page.

use crate::ops::view::SecretView;
use crate::report::{Error, Kind};
use crate::session::{existing, parse_section};
use crate::vault::{Context, Record, SecretName, SectionId, TeamName, Timestamp, View};

/// One secret of a list.
#[derive(Clone, Copy)]
pub struct Item<'v> {
    pub section: &'v SectionId,
    pub name: &'v SecretName,
    /// Of a disputed name, the first of its values.
    pub record: &'v Record,
    pub is_disputed: bool,
}

/// What a list is ordered by. Names break ties.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Name,
    Created,
    Updated,
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
    let secrets = &existing(view, section)?.secrets;
    let current = secrets.iter().map(|(name, record)| Item { section, name, record, is_disputed: false });
    let first = |(name, candidates): (&'v SecretName, &'v [Record])| {
        Some(Item { section, name, record: candidates.first()?, is_disputed: true })
    };
    Ok(current.chain(secrets.disputed().filter_map(first)).collect())
}

/// Lists the secrets of every section that was read.
pub fn of_all(view: &View) -> Result<Vec<Item<'_>>, Error> {
    let mut items = Vec::new();
    for section in &view.all {
        items.append(&mut of_section(view, section)?);
    }
    Ok(items)
}

/// Lists the secrets that apply in a context, each from the section that wins.
pub fn of_context<'v>(view: &'v View, context: &Context) -> Vec<Item<'v>> {
    let merged = view.sections.merge(context);
    let winners = merged.map(|layered| (layered.name, layered.wins));
    let secrets = winners.filter(|(_, wins)| !wins.is_entry);
    secrets
        .map(|(name, wins)| Item { section: wins.section, name, record: wins.record, is_disputed: wins.is_disputed })
        .collect()
}

impl Item<'_> {
    pub fn view(&self, team: &TeamName) -> SecretView {
        let view = SecretView::new(team, self.section, self.name, self.record);
        if self.is_disputed { view.disputed() } else { view }
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
        ([at, name, section], Order::Created | Order::Updated) => {
            Timestamp::parse(at).is_some() && is_place(name, section)
        }
        _ => false,
    }
}
