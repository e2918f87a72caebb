//! Where the columns of a table stand, on a terminal that may be too narrow for one line a row.
//!
//! Then a row has several lines. Names, dates and fingerprints are never cut, and neither is what stands between
//! backticks: somebody may copy it.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// The space between two columns.
const GAP: usize = 2;

/// What each further line of a row begins with.
const INDENT: usize = 2;

/// A column that wraps is at least so wide, or begins a line of its own.
const NARROWEST: usize = 20;

/// What becomes of a column that does not fit beside the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Begins another line.
    Whole,
    /// Wraps.
    Wrapped,
    /// Stands below the others, on a line of its own.
    Below,
}

/// The lines of a row: for each the columns on it.
pub struct Layout(Vec<Vec<Column>>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Column {
    /// The number of the column in the table.
    index: usize,
    /// Where it begins.
    start: usize,
    width: usize,
    kind: Kind,
}

impl Layout {
    /// Decides for all rows, the header among them. Columns without a kind are whole.
    pub fn new(kinds: &[Kind], rows: &[Vec<String>], limit: Option<usize>) -> Layout {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
        let column = |index| {
            let kind = kinds.get(index).copied().unwrap_or(Kind::Whole);
            Column { index, start: 0, width: width(index).unwrap_or(0), kind }
        };
        let columns: Vec<Column> = (0..count).map(column).collect();
        let all = columns.iter().map(|column| column.width + GAP).sum::<usize>().saturating_sub(GAP);
        match limit.filter(|limit| all > *limit) {
            None => Layout(vec![place(&columns, 0)]),
            Some(limit) => Layout(narrow(&columns, limit)),
        }
    }

    /// Prints the lines of each row.
    pub fn print(&self, rows: &[Vec<String>]) -> Vec<Vec<String>> {
        // The header says nothing of columns in which no row has anything.
        let has_text = |line: &[Column]| {
            let mut body = rows.iter().skip(1);
            body.any(|row| line.iter().any(|column| row.get(column.index).is_some_and(|cell| !cell.is_empty())))
        };
        let lines = self.0.iter().enumerate().filter(|(at, line)| *at == 0 || has_text(line));
        let lines: Vec<&Vec<Column>> = lines.map(|(_, line)| line).collect();
        let print = |row: &Vec<String>| {
            let printed = lines.iter().enumerate().flat_map(|(at, line)| {
                let printed = print_line(line, row);
                // The first line is there even if it is empty, so that each row has one.
                printed.into_iter().enumerate().filter(move |(below, text)| at + below == 0 || !text.is_empty())
            });
            printed.map(|(_, text)| text).collect()
        };
        rows.iter().map(print).collect()
    }
}

/// Puts columns beside each other.
fn place(columns: &[Column], mut start: usize) -> Vec<Column> {
    let placed = columns.iter().map(|column| {
        let placed = Column { start, ..*column };
        start += column.width + GAP;
        placed
    });
    placed.collect()
}

/// Distributes columns on lines of this width: in their order, and those that stand below at the end.
fn narrow(columns: &[Column], limit: usize) -> Vec<Vec<Column>> {
    let mut lines: Vec<Vec<Column>> = Vec::new();
    let (below, beside): (Vec<&Column>, Vec<&Column>) = columns.iter().partition(|column| column.kind == Kind::Below);
    for column in beside {
        let last = lines.last().and_then(|line| line.last()).map(|last| last.start + last.width + GAP);
        let needed = if column.kind == Kind::Wrapped { column.width.min(NARROWEST) } else { column.width };
        match (lines.last_mut(), last) {
            (Some(line), Some(start)) if start + needed <= limit => {
                line.push(Column { start, width: column.width.min(limit - start), ..*column });
            }
            (last, _) => {
                let start = if last.is_some() { INDENT } else { 0 };
                let width = if column.kind == Kind::Wrapped {
                    column.width.min(limit.saturating_sub(start))
                } else {
                    column.width
                };
                lines.push(vec![Column { start, width, ..*column }]);
            }
        }
    }
    for column in below {
        let start = if lines.is_empty() { 0 } else { INDENT };
        let width = limit.saturating_sub(start);
        lines.push(vec![Column { start, width, ..*column }]);
    }
    lines
}

/// Prints what one line of a layout shows of a row. It is several lines if a cell wraps.
fn print_line(line: &[Column], row: &[String]) -> Vec<String> {
    let cells = line.iter().filter_map(|column| Some((column, wrap(row.get(column.index)?, *column))));
    let cells: Vec<(&Column, Vec<String>)> = cells.collect();
    let height = cells.iter().map(|(_, parts)| parts.len()).max().unwrap_or(0);
    let print = |at: usize| {
        let mut text = String::new();
        for (column, parts) in &cells {
            if let Some(part) = parts.get(at).filter(|part| !part.is_empty()) {
                text += &" ".repeat(column.start.saturating_sub(text.width()));
                text += part;
            }
        }
        text.trim_end().to_owned()
    };
    (0..height).map(print).collect()
}

/// Wraps a cell between its words. A word of a note that is too long is broken.
fn wrap(cell: &str, Column { width, kind, .. }: Column) -> Vec<String> {
    if kind == Kind::Whole || cell.width() <= width {
        return vec![cell.to_owned()];
    }
    let mut lines = vec![String::new()];
    for word in words(cell) {
        let is_command = word.contains('`');
        let line = lines.last_mut().expect("there is a first line");
        let gap = usize::from(!line.is_empty());
        if line.width() + gap + word.width() <= width {
            line.push_str(&" ".repeat(gap));
            line.push_str(word);
        } else if word.width() <= width || is_command || kind == Kind::Below {
            push(&mut lines, word.to_owned());
        } else {
            broken(word, width).into_iter().for_each(|part| push(&mut lines, part));
        }
    }
    lines
}

/// Adds a line. An empty one takes it.
fn push(lines: &mut Vec<String>, text: String) {
    match lines.last_mut() {
        Some(last) if last.is_empty() => *last = text,
        _ => lines.push(text),
    }
}

/// Splits a text at spaces, except for those between backticks.
fn words(text: &str) -> Vec<&str> {
    let mut is_command = false;
    let has_commands = text.matches('`').count().is_multiple_of(2);
    let is_gap = |c: char| {
        is_command ^= has_commands && c == '`';
        c == ' ' && !is_command
    };
    text.split(is_gap).filter(|word| !word.is_empty()).collect()
}

/// Breaks a word into parts that are at most so wide.
fn broken(word: &str, width: usize) -> Vec<String> {
    let mut parts = vec![String::new()];
    for c in word.chars() {
        let part = parts.last_mut().expect("there is a first part");
        match part.width() + c.width().unwrap_or(0) > width && !part.is_empty() {
            true => parts.push(c.to_string()),
            false => part.push(c),
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KINDS: [Kind; 5] = [Kind::Whole, Kind::Whole, Kind::Below, Kind::Whole, Kind::Wrapped];

    fn print(rows: &[[&str; 5]], limit: usize) -> String {
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        Layout::new(&KINDS, &rows, Some(limit)).print(&rows).concat().join("\n")
    }

    #[test]
    fn a_narrow_terminal_gets_several_lines_a_row() {
        let rows = [
            ["NAME", "ROLE", "KEY", "ADDED", "NOTE"],
            ["alice", "writer", "key:0123456789", "1 day ago", "two words and `etui set X`"],
            ["bob", "reader", "key:abc", "now", ""],
        ];
        for (limit, expected) in [
            (
                80,
                "NAME   ROLE    KEY             ADDED      NOTE\n\
                 alice  writer  key:0123456789  1 day ago  two words and `etui set X`\n\
                 bob    reader  key:abc         now",
            ),
            (
                60,
                "NAME   ROLE    ADDED      NOTE\n\
                 \u{20} KEY\n\
                 alice  writer  1 day ago  two words and `etui set X`\n\
                 \u{20} key:0123456789\n\
                 bob    reader  now\n\
                 \u{20} key:abc",
            ),
            (
                47,
                "NAME   ROLE    ADDED      NOTE\n\
                 \u{20} KEY\n\
                 alice  writer  1 day ago  two words and\n\
                 \u{20}                         `etui set X`\n\
                 \u{20} key:0123456789\n\
                 bob    reader  now\n\
                 \u{20} key:abc",
            ),
            (
                25,
                "NAME   ROLE    ADDED\n\
                 \u{20} NOTE\n\
                 \u{20} KEY\n\
                 alice  writer  1 day ago\n\
                 \u{20} two words and\n\
                 \u{20} `etui set X`\n\
                 \u{20} key:0123456789\n\
                 bob    reader  now\n\
                 \u{20} key:abc",
            ),
        ] {
            assert_eq!(print(&rows, limit), expected, "{limit}");
        }
    }

    #[test]
    fn only_a_note_is_broken_inside_a_word() {
        let (key, note) = ("k".repeat(45), "n".repeat(45));
        let rows = [["NAME", "", "KEY", "", "NOTE"], ["alice", "", &key, "", &note]];
        let expected =
            format!("NAME       NOTE\n  KEY\nalice      {}\n           {}\n  {key}", "n".repeat(29), "n".repeat(16));
        assert_eq!(print(&rows, 40), expected);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_notes_fit(
            names in prop::collection::vec("[a-zé漢]{1,30}", 1..4),
            notes in prop::collection::vec("[a-z漢 `]{0,60}", 4),
            limit in 10..90_usize,
        ) {
            let row = |(name, note): (&String, &String)| vec![name.clone(), note.clone(), name.repeat(2)];
            let header = ["NAME", "NOTE", "KEY"].map(str::to_owned).to_vec();
            let rows: Vec<Vec<String>> = std::iter::once(header).chain(names.iter().zip(&notes).map(row)).collect();
            let kinds = [Kind::Whole, Kind::Wrapped, Kind::Below];
            let printed = Layout::new(&kinds, &rows, Some(limit)).print(&rows);
            prop_assert_eq!(printed.len(), rows.len());
            for (lines, row) in printed.iter().zip(&rows).skip(1) {
                let letters = |text: String| text.replace(' ', "");
                let shown = letters(lines.concat());
                let whole = letters(row.concat());
                prop_assert_eq!(shown.chars().count(), whole.chars().count());
                prop_assert!(lines[0].starts_with(&row[0]));
                prop_assert!(lines.concat().contains(row[2].as_str()));
            }
        }
    }
}
