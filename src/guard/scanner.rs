//! The search through a text of any size, piece by piece, with the line and column of each value.

use std::cmp::Reverse;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::form::Encoding;
use super::search::{EXTENT, Hit, Search};

/// The bytes that are read at once: few enough to stay in the processor's cache.
const PIECE: usize = 512 * 1024;

/// Whether a line allows the values on it, by the mark `etui:allow`.
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

/// Searches texts one after another, with one buffer for all.
pub struct Scanner<'s> {
    search: &'s Search,
    buffer: Vec<u8>,
}

/// A match and its extent in the text.
struct Spot {
    found: Match,
    start: u64,
    end: u64,
    end_line: u64,
    is_allowed: bool,
}

/// A position in a text.
#[derive(Default)]
struct Position {
    offset: u64,
    /// The number of line ends before it.
    lines: u64,
    /// The offset at which its line begins.
    line_start: u64,
}

impl Position {
    fn advance(&mut self, passed: &[u8]) {
        if let Some(newline) = memrchr(b'\n', passed) {
            self.lines += memchr_iter(b'\n', passed).count() as u64;
            self.line_start = self.offset + newline as u64 + 1;
        }
        self.offset += passed.len() as u64;
    }
}

impl<'s> Scanner<'s> {
    /// Makes a scanner for these values.
    pub fn new(search: &'s Search) -> Scanner<'s> {
        Scanner { search, buffer: vec![0; PIECE] }
    }

    /// Searches a text to its end. Returns the matches, and the size of the text in bytes.
    ///
    /// A line with the mark `etui:allow` has no matches. A value counts once where several of its forms overlap, or
    /// where several of its lines follow each other.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn search(&mut self, mut text: impl Read) -> io::Result<(Vec<Match>, u64)> {
        let mut spots = Vec::new();
        let mut here = Position::default();
        let mut filled = 0;
        loop {
            filled += fill(&mut text, &mut self.buffer[filled..])?;
            let is_last = filled < self.buffer.len();
            let piece = &self.buffer[..filled];
            // A needle that begins in the tail may end behind the piece, so the tail is searched with the next one.
            // If possible, the next one begins with a line.
            let cut = match is_last {
                true => filled,
                false => memrchr(b'\n', &piece[..filled - EXTENT]).map_or(filled - EXTENT, |at| at + 1),
            };

            let mut hits = self.search.find(piece);
            hits.retain(|hit| hit.start < cut);
            hits.sort_unstable_by_key(|hit| hit.start);
            let mut passed = 0;
            for hit in hits {
                here.advance(&piece[passed..hit.start]);
                passed = hit.start;
                spots.push(spot(piece, hit, &here));
            }
            if is_last {
                return Ok((distinct(spots), here.offset + (filled - passed) as u64));
            }

            here.advance(&piece[passed..cut]);
            self.buffer.copy_within(cut..filled, 0);
            filled -= cut;
        }
    }
}

/// Reads until the buffer is full or the text ends. Returns the number of bytes.
fn fill(text: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match text.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

fn spot(piece: &[u8], Hit { start, end, value, encoding }: Hit, here: &Position) -> Spot {
    let line = here.lines + 1;
    let line_start = memrchr(b'\n', &piece[..start]).map_or(0, |at| at + 1);
    let line_end = memchr(b'\n', &piece[start..]).map_or(piece.len(), |at| start + at);
    Spot {
        found: Match { line, column: here.offset - here.line_start + 1, whose: value, how: encoding },
        start: here.offset,
        end: here.offset + (end - start) as u64,
        end_line: line + memchr_iter(b'\n', &piece[start..end]).count() as u64,
        is_allowed: lets_pass(&piece[line_start..line_end]),
    }
}

/// Keeps the first of the forms that overlap, and of the lines that follow each other. Drops what is allowed.
fn distinct(mut spots: Vec<Spot>) -> Vec<Match> {
    spots.sort_by_key(|spot| (spot.found.whose, spot.start, Reverse(spot.end)));
    let mut last: Option<(usize, u64, u64)> = None;
    spots.retain(|Spot { found: Match { whose, how, line, .. }, start, end, end_line, .. }| {
        let before = last.filter(|(value, last_end, last_line)| {
            let is_next_line = *how == Encoding::Line && *line <= last_line + 1;
            value == whose && (start < last_end || is_next_line)
        });
        let (_, last_end, last_line) = before.unwrap_or_default();
        last = Some((*whose, last_end.max(*end), last_line.max(*end_line)));
        before.is_none()
    });
    let allowed = spots.into_iter().filter(|spot| !spot.is_allowed);
    let mut matches: Vec<Match> = allowed.map(|spot| spot.found).collect();
    matches.sort();
    matches
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the matches as `line:column value form`.
    fn find(values: &[&str], text: &[u8]) -> Vec<String> {
        let search = Search::new(values.iter().map(|value| value.as_bytes()));
        let (matches, size) = Scanner::new(&search).search(text).unwrap();
        assert_eq!(size, text.len() as u64);
        let show = |Match { line, column, whose, how }: &Match| format!("{line}:{column} {whose} {how}");
        matches.iter().map(show).collect()
    }

    #[test]
    fn reports_line_and_column() {
        assert_eq!(find(&["x9fK2mQ8"], b"x9fK2mQ8"), ["1:1 0 raw"]);
        assert_eq!(
            find(&["x9fK2mQ8"], b"\n\na x9fK2mQ8x9fK2mQ8\nx9fK2mQ8\n"),
            ["3:3 0 raw", "3:11 0 raw", "4:1 0 raw"]
        );
        assert_eq!(find(&["x9fK2mQ8"], b"78 39 66 4b\n7839664B326d5138"), [""; 0]);
        assert_eq!(find(&["x9fK2mQ8"], b"78 39 66 4B\n7839664B326D5138\n7839664b326d5138"), ["2:1 0 hex", "3:1 0 hex"]);
    }

    #[test]
    fn counts_correctly_at_the_edges_of_pieces() {
        let value = "correct horse battery 9fK2";
        for lines in [0, 60] {
            for around in [PIECE - EXTENT, PIECE, 2 * (PIECE - EXTENT), 2 * PIECE - EXTENT] {
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
    fn a_value_of_several_lines_is_one_match_whatever_their_ends() {
        let value = "first 1ine 9fK2\nsecond 1ine x9fK2\n\nlast 1ine mQ8s\n";
        assert_eq!(find(&[value], format!("a\n {value}").as_bytes()), ["2:2 0 raw"]);
        assert_eq!(find(&[value], value.replace('\n', "\r\n").as_bytes()), ["1:1 0 raw"]);
        assert_eq!(find(&[value], value.replace('\n', "\n  ").as_bytes()), ["1:1 0 line", "4:3 0 line"]);
        assert_eq!(find(&[value], value.replace('\n', "\\n").as_bytes()), ["1:1 0 json"]);
        assert_eq!(find(&[value], b"a\nsecond 1ine x9fK2\n2"), ["2:1 0 line"]);
        assert_eq!(find(&[value], b"a\nsecond 1ine x9fK2, 2"), [""; 0]);
    }

    #[test]
    fn a_line_can_allow_its_values() {
        assert_eq!(find(&["x9fK2mQ8"], b"x9fK2mQ8 # etui:allow\nx9fK2mQ8\n# etui:allow"), ["2:1 0 raw"]);
        assert_eq!(find(&["x9fK2mQ8"], b"etui:allow x9fK2mQ8"), [""; 0]);
    }
}
