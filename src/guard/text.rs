//! A text of any size, searched piece by piece: on which line and in which column each value stands.

use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::forms::Encoding;
use super::search::{Hit, LONGEST, Search};

/// How much is read at once: little enough to stay in a processor's cache.
const PIECE: usize = 256 * 1024;

/// Whether a line says that what stands on it may stand there.
pub fn lets_pass(line: &[u8]) -> bool {
    memmem::find(line, b"etui:allow").is_some()
}

/// A value in a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Match {
    /// From 1.
    pub line: u64,
    /// In bytes, from 1.
    pub column: u64,
    /// The number of the value.
    pub whose: usize,
    pub how: Encoding,
}

/// A match, and how far it goes.
struct Spot {
    found: Match,
    start: u64,
    end: u64,
    end_line: u64,
    is_allowed: bool,
}

/// Reads texts one after the other, in the same memory.
pub struct Texts<'s> {
    search: &'s Search,
    buffer: Vec<u8>,
}

impl<'s> Texts<'s> {
    pub fn new(search: &'s Search) -> Texts<'s> {
        Texts { search, buffer: vec![0; PIECE] }
    }

    /// Searches a text to its end. Returns what is found on lines that do not let it pass, each value once
    /// where several of its forms overlap or its lines follow each other; and how long the text is.
    pub fn search(&mut self, mut text: impl Read) -> io::Result<(Vec<Match>, u64)> {
        let mut spots = Vec::new();
        // What lies before the buffer: so many bytes and lines, and how many bytes before the last line.
        let (mut before, mut lines, mut line_start) = (0, 0, 0);
        let mut filled = 0;
        loop {
            let is_last = loop {
                match text.read(&mut self.buffer[filled..]) {
                    Ok(0) => break true,
                    Ok(read) => filled += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
                if filled == self.buffer.len() {
                    break false;
                }
            };
            let piece = &self.buffer[..filled];
            // What begins in the rest may end behind it. If possible, that begins with a line.
            let whole = if is_last { filled } else { filled - LONGEST };
            let cut = if is_last { filled } else { memrchr(b'\n', &piece[..whole]).map_or(whole, |at| at + 1) };
            let mut hits = self.search.find(piece);
            hits.retain(|hit| hit.start < cut);
            hits.sort_unstable_by_key(|hit| hit.start);
            let mut counted = 0;
            for Hit { start, end, whose, how } in hits {
                if let Some(newline) = memrchr(b'\n', &piece[counted..start]) {
                    lines += memchr_iter(b'\n', &piece[counted..start]).count() as u64;
                    line_start = before + (counted + newline) as u64 + 1;
                }
                counted = start;
                let line = lines + 1;
                let line_begins = memrchr(b'\n', &piece[..start]).map_or(0, |at| at + 1);
                let line_ends = memchr(b'\n', &piece[start..]).map_or(piece.len(), |at| start + at);
                spots.push(Spot {
                    found: Match { line, column: before + start as u64 - line_start + 1, whose, how },
                    start: before + start as u64,
                    end: before + end as u64,
                    end_line: line + memchr_iter(b'\n', &piece[start..end]).count() as u64,
                    is_allowed: lets_pass(&piece[line_begins..line_ends]),
                });
            }
            if is_last {
                return Ok((distinct(spots), before + filled as u64));
            }
            if let Some(newline) = memrchr(b'\n', &piece[counted..cut]) {
                lines += memchr_iter(b'\n', &piece[counted..cut]).count() as u64;
                line_start = before + (counted + newline) as u64 + 1;
            }
            before += cut as u64;
            self.buffer.copy_within(cut..filled, 0);
            filled -= cut;
        }
    }
}

/// What is left of overlapping forms, and of lines that follow each other.
fn distinct(mut spots: Vec<Spot>) -> Vec<Match> {
    spots.sort_by_key(|spot| (spot.found.whose, spot.start, std::cmp::Reverse(spot.end)));
    let mut last: Option<(usize, u64, u64)> = None;
    spots.retain(|Spot { found: Match { whose, how, line, .. }, start, end, end_line, .. }| {
        let goes_on = last.is_some_and(|(of, end, end_line)| {
            of == *whose && (*start < end || *how == Encoding::Line && *line <= end_line + 1)
        });
        let so_far = last.filter(|_| goes_on).map_or((0, 0), |(_, end, end_line)| (end, end_line));
        last = Some((*whose, so_far.0.max(*end), so_far.1.max(*end_line)));
        !goes_on
    });
    let mut matches: Vec<Match> = spots.into_iter().filter(|spot| !spot.is_allowed).map(|spot| spot.found).collect();
    matches.sort();
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the values stand, as `line:column value form`.
    fn find(values: &[&str], text: &[u8]) -> Vec<String> {
        let search = Search::new(values.iter().map(|value| value.as_bytes()));
        let (matches, size) = Texts::new(&search).search(text).unwrap();
        assert_eq!(size, text.len() as u64);
        let told = |found: &Match| format!("{}:{} {} {}", found.line, found.column, found.whose, found.how);
        matches.iter().map(told).collect()
    }

    #[test]
    fn tells_line_and_column() {
        assert_eq!(find(&["x9fK2mQ8"], b"x9fK2mQ8"), ["1:1 0 raw"]);
        assert_eq!(
            find(&["x9fK2mQ8"], b"\n\na x9fK2mQ8x9fK2mQ8\nx9fK2mQ8\n"),
            ["3:3 0 raw", "3:11 0 raw", "4:1 0 raw"]
        );
        assert_eq!(find(&["x9fK2mQ8"], b"78 39 66 4b\n7839664B326d5138"), [""; 0]);
        assert_eq!(find(&["x9fK2mQ8"], b"78 39 66 4B\n7839664B326D5138\n7839664b326d5138"), ["2:1 0 hex", "3:1 0 hex"]);
    }

    #[test]
    fn each_place_counts_on_the_edges_of_pieces() {
        let value = "correct horse battery 9fK2";
        for lines in [0, 60] {
            for around in [PIECE - LONGEST, PIECE, 2 * (PIECE - LONGEST), 2 * PIECE - LONGEST] {
                for at in (around - 40..around + 40).step_by(7) {
                    let mut text = vec![b'x'; 3 * PIECE];
                    if lines > 0 {
                        text.iter_mut().step_by(lines).for_each(|byte| *byte = b'\n');
                    }
                    text[at..at + value.len()].copy_from_slice(value.as_bytes());
                    let newlines = memchr_iter(b'\n', &text[..at]).count();
                    let column = at - memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
                    assert_eq!(find(&[value], &text), [format!("{}:{} 0 raw", newlines + 1, column + 1)], "{at}");
                }
            }
        }
    }

    #[test]
    fn a_value_of_several_lines_is_one_finding_however_they_end() {
        let value = "first 1ine 9fK2\nsecond 1ine x9fK2\n\nlast 1ine mQ8s\n";
        assert_eq!(find(&[value], format!("a\n {value}").as_bytes()), ["2:2 0 raw"]);
        assert_eq!(find(&[value], value.replace('\n', "\r\n").as_bytes()), ["1:1 0 line", "4:1 0 line"]);
        assert_eq!(find(&[value], value.replace('\n', "\\n").as_bytes()), ["1:1 0 json"]);
        assert_eq!(find(&[value], b"a\nsecond 1ine x9fK2, 2"), ["2:1 0 line"]);
    }

    #[test]
    fn a_line_can_let_its_values_pass() {
        assert_eq!(find(&["x9fK2mQ8"], b"x9fK2mQ8 # etui:allow\nx9fK2mQ8\n# etui:allow"), ["2:1 0 raw"]);
        assert_eq!(find(&["x9fK2mQ8"], b"etui:allow x9fK2mQ8"), [""; 0]);
    }
}
