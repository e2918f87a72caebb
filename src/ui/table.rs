//! Tables: aligned for people, tab-separated for programs.

mod layout;

use layout::{Kind, Layout};

use crate::report::{Moment, visible};

/// Rows under named columns.
#[derive(Debug, Clone)]
pub struct Table {
    header: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// One cell. Each column has cells of one kind, which decides what becomes of it on a narrow terminal.
#[derive(Debug, Clone)]
pub enum Cell {
    /// Such as a name, which is never cut.
    Text(String),
    /// A moment, which people see as `2 days ago`.
    When(Option<Moment>),
    /// A text for people, which wraps.
    Note(String),
    /// What may be copied, such as a fingerprint or a command. It gets a line of its own.
    Long(String),
}

impl<T: ToString> From<&T> for Cell {
    fn from(text: &T) -> Cell {
        Cell::Text(text.to_string())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Cell {
        Cell::Text(text)
    }
}

impl Cell {
    fn plain(&self) -> String {
        match self {
            Cell::Text(text) | Cell::Note(text) | Cell::Long(text) => visible(text).into_owned(),
            Cell::When(when) => when.map(|when| when.to_string()).unwrap_or_default(),
        }
    }

    fn shown(&self, now: Moment) -> String {
        match self {
            Cell::When(when) => when.map(|when| when.ago(now)).unwrap_or_default(),
            _ => self.plain(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Cell::Text(_) | Cell::When(_) => Kind::Whole,
            Cell::Note(_) => Kind::Wrapped,
            Cell::Long(_) => Kind::Below,
        }
    }
}

impl Table {
    pub fn new(header: &[&str]) -> Table {
        Table { header: header.iter().map(|name| (*name).to_owned()).collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl Into<Vec<Cell>>) {
        self.rows.push(cells.into());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints a header and aligned columns, with relative dates, for a terminal of this width if it is known. An empty
    /// table has no header either.
    pub fn aligned(&self, now: Moment, bold: bool, width: Option<usize>) -> String {
        let Some(first) = self.rows.first() else { return String::new() };
        let kinds: Vec<Kind> = first.iter().map(Cell::kind).collect();
        let rows = self.rows.iter().map(|row| row.iter().map(|cell| cell.shown(now)).collect());
        let rows: Vec<Vec<String>> = std::iter::once(self.header.clone()).chain(rows).collect();
        let mut text = String::new();
        for (at, lines) in Layout::new(&kinds, &rows, width).print(&rows).iter().enumerate() {
            for line in lines {
                text += &if at == 0 && bold { format!("\x1b[1m{line}\x1b[0m\n") } else { format!("{line}\n") };
            }
        }
        text
    }

    /// Prints a header and aligned columns, with exact dates, as the older tools did.
    pub fn exact(&self) -> String {
        let rows = self.rows.iter().map(|row| row.iter().map(Cell::plain).collect());
        let rows: Vec<Vec<String>> = std::iter::once(self.header.clone()).chain(rows).collect();
        let lines = Layout::new(&[], &rows, None).print(&rows);
        lines.iter().flatten().map(|line| format!("{line}\n")).collect()
    }

    /// A line a row, without header, its cells separated by tabs; dates are RFC 3339 in UTC.
    pub fn tabbed(&self) -> String {
        let line = |row: &Vec<Cell>| row.iter().map(Cell::plain).collect::<Vec<_>>().join("\t") + "\n";
        self.rows.iter().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_aligned_for_people_and_tabbed_for_programs() {
        let at = |text| Moment::parse(text).unwrap();
        let mut table = Table::new(&["NAME", "UPDATED", "NOTE"]);
        table.row([Cell::from(&"A"), Cell::When(Some(at("2026-11-21T09:00:00Z"))), Cell::from(&"tab\there")]);
        table.row([Cell::from(&"é漢"), Cell::When(None), Cell::from(&"")]);
        let now = at("2026-11-21T10:00:00Z");
        assert_eq!(table.aligned(now, false, None), "NAME  UPDATED     NOTE\nA     1 hour ago  tab\\there\né漢\n");
        assert_eq!(table.tabbed(), "A\t2026-11-21T09:00:00Z\ttab\\there\né漢\t\t\n");
        assert_eq!(
            table.aligned(now, true, Some(60)),
            "\x1b[1mNAME  UPDATED     NOTE\x1b[0m\nA     1 hour ago  tab\\there\né漢\n"
        );
        assert_eq!(Table::new(&["NAME"]).aligned(now, true, Some(60)), "");
    }
}
