//! The search through a text of any size, piece by piece, with the line and column of each value.

use std::cmp::Reverse;
use std::io::{self, Read};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::form::Encoding;
use super::search::{EXTENT, Hit, Search};
use super::wide::{Decoder, runs};

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
    /// A text in UTF-16 is searched as it is and as UTF-8; there, lines and columns are those of the UTF-8.
    ///
    /// A line with the mark `etui:allow` has no matches. A value counts once where several of its forms overlap, or
    /// where several of its lines follow each other.
    ///
    /// # Errors
    /// If the text cannot be read.
    pub fn search(&mut self, mut text: impl Read) -> io::Result<(Vec<Match>, u64)> {
        let mut plain = Pass::new(self.search);
        let mut decoded: Option<Decoded> = None;
        let mut size = 0;
        let mut filled = 0;
        loop {
            let read = fill(&mut text, &mut self.buffer[filled..])?;
            let fresh = filled..filled + read;
            filled += read;
            let is_last = filled < self.buffer.len();
            if size == 0 {
                decoded = Decoder::of(&self.buffer[..filled]).map(|decoder| Decoded::new(decoder, self.search));
            }
            size += read as u64;

            if let Some(decoded) = &mut decoded {
                decoded.search(&self.buffer[fresh], is_last);
            }
            let piece = &self.buffer[..filled];
            let mut wide = find_wide(self.search, piece);
            if let Some(Decoded { decoder, .. }) = &decoded {
                wide.retain(|hit| !decoder.reads(plain.here.offset + hit.start as u64));
            }
            let done = plain.search(piece, is_last, wide);
            if is_last {
                let mut matches = distinct(plain.spots);
                if let Some(decoded) = decoded {
                    matches.extend(distinct(decoded.pass.spots));
                    matches.sort();
                    matches.dedup();
                }
                return Ok((matches, size));
            }
            self.buffer.copy_within(done..filled, 0);
            filled -= done;
        }
    }
}

/// The way through a text.
struct Pass<'s> {
    search: &'s Search,
    here: Position,
    spots: Vec<Spot>,
}

/// The way through a text as UTF-8.
struct Decoded<'s> {
    decoder: Decoder,
    pass: Pass<'s>,
    /// What is to be searched.
    text: Vec<u8>,
}

impl<'s> Pass<'s> {
    fn new(search: &'s Search) -> Pass<'s> {
        Pass { search, here: Position::default(), spots: Vec::new() }
    }

    /// Searches a piece in which these other hits are known. Returns how much of it is done. The rest is to be searched
    /// with what follows, as a needle that begins there may end there.
    fn search(&mut self, piece: &[u8], is_last: bool, others: Vec<Hit>) -> usize {
        // If possible, the next piece begins with a line.
        let done = match is_last {
            true => piece.len(),
            false => memrchr(b'\n', &piece[..piece.len() - EXTENT]).map_or(piece.len() - EXTENT, |at| at + 1),
        };
        let mut hits = self.search.find(piece);
        hits.extend(others);
        hits.retain(|hit| hit.start < done);
        hits.sort_unstable_by_key(|hit| hit.start);

        let mut passed = 0;
        for hit in hits {
            self.here.advance(&piece[passed..hit.start]);
            passed = hit.start;
            self.spots.push(spot(piece, hit, &self.here));
        }
        self.here.advance(&piece[passed..done]);
        done
    }
}

impl<'s> Decoded<'s> {
    fn new(decoder: Decoder, search: &'s Search) -> Decoded<'s> {
        Decoded { decoder, pass: Pass::new(search), text: Vec::new() }
    }

    fn search(&mut self, piece: &[u8], is_last: bool) {
        self.decoder.decode(piece, &mut self.text);
        if is_last || self.text.len() > EXTENT {
            let done = self.pass.search(&self.text, is_last, Vec::new());
            self.text.drain(..done);
        }
    }
}

/// Finds the needles in those parts of a text that are in UTF-16.
fn find_wide(search: &Search, text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for run in runs(text) {
        let narrow: Vec<u8> = text[run.clone()].iter().step_by(2).copied().collect();
        let widen = |at: usize| run.start + 2 * at;
        let found = search.find(&narrow).into_iter().filter(|hit| !lets_pass(line(&narrow, hit.start)));
        hits.extend(found.map(|hit| Hit { start: widen(hit.start), end: widen(hit.end) - 1, ..hit }));
    }
    hits
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
    let number = here.lines + 1;
    Spot {
        found: Match { line: number, column: here.offset - here.line_start + 1, whose: value, how: encoding },
        start: here.offset,
        end: here.offset + (end - start) as u64,
        end_line: number + memchr_iter(b'\n', &piece[start..end]).count() as u64,
        is_allowed: lets_pass(line(piece, start)),
    }
}

/// The line around a place.
fn line(text: &[u8], at: usize) -> &[u8] {
    let start = memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
    let end = memchr(b'\n', &text[at..]).map_or(text.len(), |newline| at + newline);
    &text[start..end]
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
    fn finds_values_in_utf_16_wherever_they_stand() {
        let encode = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let value = "correct horse battery 9fK2";
        // 上 is 4E 0A: it has the byte of a line feed.
        let filler = "é上 \n".repeat(3 * PIECE / 8);
        let length = filler.chars().count();
        for around in [0, (PIECE - EXTENT) / 2, PIECE / 2, PIECE, 2 * (PIECE - EXTENT) / 3, length - 100] {
            for at in (around.saturating_sub(60)..around + 60).step_by(47) {
                let (before, after): (String, String) =
                    (filler.chars().take(at).collect(), filler.chars().skip(at).collect());
                let line = before.matches('\n').count() + 1;
                let column = before.len() - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
                let text = encode(&format!("\u{feff}{before}{value}{after}"));
                assert_eq!(find(&[value], &text), [format!("{line}:{column} 0 raw")], "{at}");
            }
        }
        // A text in UTF-16 may go on at an odd place, or in the other byte order.
        let other = format!("{value}\n").encode_utf16().flat_map(u16::to_be_bytes).collect();
        for rest in [encode(value), [b"#\n".to_vec(), encode(value)].concat(), other, value.as_bytes().to_vec()] {
            for end in ["\r\n", ""] {
                let text = [encode(&format!("\u{feff}{value}{end}")), b"\n".to_vec(), rest.clone()].concat();
                assert_eq!(find(&[value], &text).len(), 2, "{text:?}");
            }
        }
        // In a file that is something else, the bytes count.
        for at in (PIECE - EXTENT - 60..PIECE - EXTENT + 60).chain(PIECE - 60..PIECE + 60).step_by(7) {
            let mut text = vec![b'x'; 2 * PIECE];
            text[..4].copy_from_slice(b"\0\0\n\xff");
            text.splice(at..at, encode(value));
            assert_eq!(find(&[value], &text), [format!("2:{} 0 raw", at - 2)], "{at}");
        }
        let allowed = encode("\n x9fK2mQ8 # etui:allow\nx9fK2mQ8\n");
        let mixed = [b"a\n x9fK2mQ8\n", &*allowed].concat();
        assert_eq!(find(&["x9fK2mQ8"], &mixed), ["2:2 0 raw", "5:2 0 raw"]);
    }

    #[test]
    fn a_line_can_allow_its_values() {
        assert_eq!(find(&["x9fK2mQ8"], b"x9fK2mQ8 # etui:allow\nx9fK2mQ8\n# etui:allow"), ["2:1 0 raw"]);
        assert_eq!(find(&["x9fK2mQ8"], b"etui:allow x9fK2mQ8"), [""; 0]);
    }
}
