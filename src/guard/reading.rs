//! The reading of a text: what it says when its escapes are decoded and its line breaks are left out.
//!
//! A value may be escaped once or several times (JSON in JSON, a URL in JSON), each character or only some, by a writer
//! with rules of its own, and an encoded one may be cut into lines of any width. Nobody can list all these texts. Their
//! readings are alike: every escape is decoded, again and again until none is left, and so are those of the value.

use std::ops::Range;

use memchr::{memchr, memchr2, memchr2_iter};
use zeroize::Zeroizing;

use super::common::SHORTEST;
use super::filter::{Filter, Pairs, block};

/// How often escapes are decoded at most. JSON in JSON takes two passes, a URL in that a third.
const PASSES: usize = 12;

/// How many line breaks, each an escape, are one break. More need a closer look.
const BREAKS: usize = 8;

/// The bytes at the end of a text in which an escape may have begun that is not complete.
const OPEN: usize = 64;

/// A text without escapes and line breaks, and the way back to the text that it was.
pub struct Reading {
    pub bytes: Zeroizing<Vec<u8>>,
    /// The steps from the text to its reading, in their order.
    steps: Vec<Step>,
}

/// What a step makes of a text.
type Output = (Zeroizing<Vec<u8>>, Step);

/// One pass over a text, which copied most of it.
struct Step {
    seams: Vec<Seam>,
}

/// A place at which the output of a step does not go on as its input does.
#[derive(Clone, Copy)]
struct Seam {
    /// The offset in the output.
    to: usize,
    /// The offset in the input.
    from: usize,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An escape begins, with this byte.
    Escape(u8),
    /// The lines before and after a break were joined.
    Joint,
    /// What follows was copied.
    Copy,
}

/// What was decoded in a part of a reading.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
pub struct Decoded {
    /// The first byte of one of the escapes.
    pub escape: Option<u8>,
    pub is_joined: bool,
}

impl Reading {
    /// Reads a text; none if it has neither escapes nor line breaks.
    pub fn of(text: &[u8]) -> Option<Reading> {
        let (mut bytes, mut steps) = (Zeroizing::new(Vec::new()), Vec::new());
        let mut take = |step: &dyn Fn(&[u8]) -> Option<Output>| {
            let Some((output, step)) = step(if steps.is_empty() { text } else { &bytes }) else { return false };
            bytes = output;
            steps.push(step);
            true
        };
        // What stands behind backslashes comes first: they may escape the digits of a percent sign.
        let decoded = |text: &[u8]| decode(text, b'\\').or_else(|| decode(text, b'%'));
        for _ in 0..PASSES {
            if !take(&decoded) {
                break;
            }
        }
        take(&join);
        (!steps.is_empty()).then_some(Reading { bytes, steps })
    }

    /// Returns the part of the text that became a part of the reading, and what was decoded there.
    pub fn origin(&self, part: Range<usize>) -> (Range<usize>, Decoded) {
        let Range { mut start, mut end } = part;
        let mut decoded = Decoded::default();
        for Step { seams } in self.steps.iter().rev() {
            let first = seams.partition_point(|seam| seam.to < start);
            for seam in seams[first..].iter().take_while(|seam| seam.to < end) {
                match seam.kind {
                    Kind::Escape(byte) => decoded.escape = Some(byte),
                    Kind::Joint => decoded.is_joined |= seam.to > start,
                    Kind::Copy => {}
                }
            }
            // A part begins behind a seam and ends before one.
            let begin = seams.partition_point(|seam| seam.to <= start).checked_sub(1).map(|at| seams[at]);
            start = begin.map_or(start, |seam| seam.from + (start - seam.to));
            let stop = seams.partition_point(|seam| seam.to < end);
            end = match seams.get(stop).filter(|seam| seam.to == end) {
                Some(seam) => seam.from,
                None => stop.checked_sub(1).map_or(end, |at| seams[at].from + (end - seams[at].to)),
            };
        }
        (start..end, decoded)
    }
}

/// Returns what a value of a text reads as: as a whole, and without an escape at its end that what follows completes.
pub fn read_value(value: &[u8]) -> [Zeroizing<Vec<u8>>; 2] {
    [value, &value[..open_escape(value)]].map(|value| match Reading::of(value) {
        Some(reading) => reading.bytes,
        None => Zeroizing::new(value.to_vec()),
    })
}

/// What is known of the needles of readings.
#[derive(Clone, Copy)]
pub struct Hints<'s> {
    /// Their first bytes.
    pub prefixes: &'s Filter,
    /// The bytes that follow each other in them.
    pub pairs: &'s Pairs,
}

/// Returns the parts of a text whose readings may hold a needle of at most `longest` bytes that the text does not.
pub fn parts<'t>(text: &'t [u8], longest: usize, hints: Hints<'t>) -> impl Iterator<Item = Range<usize>> + 't {
    escaped_parts(text, longest.saturating_mul(2), hints.pairs).chain(joined_parts(text, hints.prefixes))
}

/// Returns the surroundings of the escapes that may stand in a needle. Those that meet are one.
fn escaped_parts<'t>(text: &'t [u8], reach: usize, pairs: &'t Pairs) -> impl Iterator<Item = Range<usize>> + 't {
    let mut escapes = escapes_in_needles(text, pairs).peekable();
    std::iter::from_fn(move || {
        let first = escapes.next()?;
        let mut last = first.end;
        while let Some(next) = escapes.next_if(|next| next.start - last <= reach.saturating_mul(2)) {
            last = next.end;
        }
        Some(first.start.saturating_sub(reach)..last.saturating_add(reach).min(text.len()))
    })
}

/// Returns the escapes that may stand in a needle, by what they stand for and what is next to them. Most do not.
fn escapes_in_needles<'t>(text: &'t [u8], pairs: &'t Pairs) -> impl Iterator<Item = Range<usize>> + 't {
    // The end of the last escape, and the last byte that it stands for.
    let mut before = (0, None);
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + memchr2(b'\\', b'%', &text[from..])?;
            let Some((Escape { length, bytes, size }, is_clear)) = inner_escape(&text[start..]) else {
                from = start + 1;
                continue;
            };
            from = start + length;
            let [first, last] = [bytes[0], bytes[size - 1]];
            // White space may be part of a line break, which a reading leaves out.
            let is_space = first.is_ascii_whitespace();
            let previous = match before {
                (end, byte) if end == start => byte,
                _ if is_space => text[..start].trim_ascii_end().last().copied(),
                _ => byte_before(&text[..start]),
            };
            before = (from, if is_space { previous } else { Some(last) });
            let rest = &text[from..];
            let rest = if is_space { rest.trim_ascii_start() } else { rest };
            let Some(next) = byte_after(rest) else { return Some(start..from) };
            let is_pair = |first: Option<u8>, second| first.is_some_and(|first| pairs.contains(first, second));
            let is_known = is_pair(previous, first) || is_pair(Some(last), next) || is_space && is_pair(previous, next);
            if is_known || !is_clear || matches!(previous, Some(b'\\' | b'%')) {
                return Some(start..from);
            }
        }
    })
}

/// Returns the last byte before a place, or before the line break there.
fn byte_before(text: &[u8]) -> Option<u8> {
    let line = text.trim_ascii_end();
    let is_break = text[line.len()..].contains(&b'\n');
    if is_break { line } else { text }.last().copied()
}

/// Returns the byte that the first escape of a text stands for, or else its first byte, behind any line breaks; none if
/// that is unclear.
fn byte_after(mut text: &[u8]) -> Option<u8> {
    for _ in 0..BREAKS {
        let line = text.trim_ascii_start();
        if text[..text.len() - line.len()].contains(&b'\n') {
            text = line;
        }
        match (*text.first()?, inner_escape(text)) {
            (b'\\' | b'%', Some((Escape { length, bytes, .. }, _))) if bytes[0].is_ascii_whitespace() => {
                text = text[length..].trim_ascii_start();
            }
            (b'\\' | b'%', Some((Escape { bytes, .. }, is_clear))) => return is_clear.then_some(bytes[0]),
            (byte, _) => return Some(byte),
        }
    }
    None
}

/// Returns the escape at the start of a text, with all backslashes before it, and whether it is clear what it stands
/// for: not for a part of another escape.
fn inner_escape(text: &[u8]) -> Option<(Escape, bool)> {
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let before = slashes.saturating_sub(1);
    match escape(&text[before..]) {
        Some(Escape { length, bytes, size }) => {
            // Nobody escapes letters and digits but those who escape all.
            let is_number = length > 2 && (before > 0 || bytes[0].is_ascii_alphanumeric());
            let is_clear = !b"\\%".contains(&bytes[0]) && !is_number;
            Some((Escape { length: before + length, bytes, size }, is_clear))
        }
        None if before > 0 => {
            let is_clear = !matches!(text.get(slashes), Some(b'u' | b'U' | b'x' | b'0'..=b'3'));
            Some((Escape { length: slashes, bytes: [b'\\', 0, 0, 0], size: 1 }, is_clear))
        }
        None => None,
    }
}

/// Returns the runs of digits of base64, and so of hexadecimal, that go on behind a line break and may hold a needle.
fn joined_parts<'t>(text: &'t [u8], prefixes: &'t Filter) -> impl Iterator<Item = Range<usize>> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let newline = from + memchr(b'\n', &text[from..])?;
            // All breaks between two lines are one.
            from = text.len() - text[newline..].trim_ascii_start().len();
            let line = text[..newline].trim_ascii_end();
            let digits = line.iter().rev().take_while(|byte| is_digit(byte)).count();
            if digits > 0 && may_join(&line[line.len() - digits..], &text[newline..], prefixes) {
                let mut end = newline;
                while let Some(next) = next_line(&text[end..]) {
                    end = text.len() - next.len() + digits_at_start(next);
                }
                from = end.max(from);
                // The first digits may belong to an escape.
                let line = &line[..line.len() - digits];
                let begins = line.iter().rev().take_while(|byte| b"\\%".contains(byte)).count();
                return Some(line.len() - begins..from);
            }
        }
    })
}

/// Whether a needle may begin among the digits at the end of a line and go on behind the line break.
fn may_join(digits: &[u8], mut rest: &[u8], prefixes: &Filter) -> bool {
    // What fits into no line of a text that people wrote is worth a closer look.
    const MANY: usize = 32;
    let mut joint = [0; MANY + SHORTEST - 1];
    let Some(before) = joint.get_mut(..digits.len()).filter(|_| digits.len() <= MANY) else { return true };
    before.copy_from_slice(digits);
    let mut length = digits.len();
    while length < digits.len() + SHORTEST - 1
        && let Some(line) = next_line(rest)
    {
        let more = digits_at_start(line).min(digits.len() + SHORTEST - 1 - length);
        joint[length..length + more].copy_from_slice(&line[..more]);
        length += more;
        rest = &line[more..];
    }
    let mut starts = joint[..length].windows(SHORTEST).filter_map(|start| start.first_chunk());
    length > digits.len() && starts.any(|start: &[u8; SHORTEST]| prefixes.passes(block(start)))
}

/// Returns the text behind a line break and spaces, if it begins with digits.
fn next_line(text: &[u8]) -> Option<&[u8]> {
    let line = text.trim_ascii_start();
    let is_next = text[..text.len() - line.len()].contains(&b'\n') && line.first().is_some_and(is_digit);
    is_next.then_some(line)
}

fn digits_at_start(text: &[u8]) -> usize {
    text.iter().take_while(|byte| is_digit(byte)).count()
}

/// Whether a byte is a digit of base64, in either alphabet.
fn is_digit(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Returns the place at which an escape begins that more text may complete; the length if there is none.
pub fn open_escape(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'\\' | b'%' | b'u' | b'U' | b'x' | b'{');
    let run = text.iter().rev().take(OPEN).take_while(|byte| is_part(byte)).count();
    let begins = memchr2_iter(b'\\', b'%', &text[text.len() - run..]).map(|at| text.len() - run + at);
    let is_open = |at: &usize| match Reading::of(&text[*at..]) {
        Some(reading) => is_open(&reading.bytes),
        None => is_open(&text[*at..]),
    };
    begins.into_iter().find(is_open).unwrap_or(text.len())
}

/// Whether a text is the beginning of an escape.
fn is_open(text: &[u8]) -> bool {
    let is_completed = |rest: &&str| {
        let whole = [text, rest.as_bytes()].concat();
        escape(&whole).is_some_and(|escape| escape.length > text.len())
    };
    ["00000000", "}", "\\udc00", "udc00", "dc00", "c00"].iter().any(is_completed)
}

/// Decodes each escape of a text that begins with this byte, once.
fn decode(text: &[u8], begin: u8) -> Option<Output> {
    let mut escapes = escapes(text).filter(|escape| text[escape.start] == begin).peekable();
    escapes.peek()?;
    let (mut output, mut seams, mut done) = (Zeroizing::new(Vec::with_capacity(text.len())), Vec::new(), 0);
    for Range { start, end } in escapes {
        output.extend_from_slice(&text[done..start]);
        seams.push(Seam { to: output.len(), from: start, kind: Kind::Escape(text[start]) });
        if let Some(Escape { bytes, size, .. }) = escape(&text[start..]) {
            output.extend_from_slice(&bytes[..size]);
        }
        seams.push(Seam { to: output.len(), from: end, kind: Kind::Copy });
        done = end;
    }
    output.extend_from_slice(&text[done..]);
    Some((output, Step { seams }))
}

/// Leaves out each line break, with the spaces around it.
fn join(text: &[u8]) -> Option<Output> {
    let mut newline = memchr(b'\n', text)?;
    let (mut output, mut seams, mut done) = (Zeroizing::new(Vec::with_capacity(text.len())), Vec::new(), 0);
    loop {
        let line = text[done..newline].trim_ascii_end();
        output.extend_from_slice(line);
        seams.push(Seam { to: output.len(), from: done + line.len(), kind: Kind::Copy });
        done = text.len() - text[newline..].trim_ascii_start().len();
        seams.push(Seam { to: output.len(), from: done, kind: Kind::Joint });
        match memchr(b'\n', &text[done..]) {
            Some(next) => newline = done + next,
            None => break,
        }
    }
    output.extend_from_slice(&text[done..]);
    Some((output, Step { seams }))
}

/// Returns the escapes of a text, from left to right.
fn escapes(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + memchr2(b'\\', b'%', &text[from..])?;
            from = start + 1;
            if let Some(Escape { length, .. }) = escape(&text[start..]) {
                from = start + length;
                return Some(start..from);
            }
        }
    })
}

/// An escape and what it stands for.
struct Escape {
    length: usize,
    bytes: [u8; 4],
    size: usize,
}

/// Returns the escape at the start of a text.
///
/// These are the escapes of JSON (RFC 8259), of URLs (RFC 3986), and of C, Python, JavaScript and shells. A backslash
/// before a space or a punctuation mark stands for that.
fn escape(text: &[u8]) -> Option<Escape> {
    let byte = |length, byte| Some(Escape { length, bytes: [byte, 0, 0, 0], size: 1 });
    match *text {
        [b'%', a, b, ..] => byte(3, number([a, b], 16)? as u8),
        [b'\\', kind, ref rest @ ..] => match (kind, rest) {
            (b'n', _) => byte(2, b'\n'),
            (b'r', _) => byte(2, b'\r'),
            (b't', _) => byte(2, b'\t'),
            (b'b', _) => byte(2, 8),
            (b'f', _) => byte(2, 12),
            (b'v', _) => byte(2, 11),
            (b'a', _) => byte(2, 7),
            (b'e' | b'E', _) => byte(2, 27),
            (b'0'..=b'3', [b, c, ..]) => byte(4, number([kind, *b, *c], 8)? as u8),
            (b'x', [a, b, ..]) => byte(4, number([*a, *b], 16)? as u8),
            (b'u', [b'{', rest @ ..]) => {
                let digits = rest.iter().take(7).take_while(|byte| **byte != b'}').count();
                let code = number(rest[..digits].iter().copied(), 16)?;
                (digits > 0 && rest.get(digits) == Some(&b'}')).then_some(())?;
                character(digits + 4, code)
            }
            (b'u', [a, b, c, d, rest @ ..]) => match number([*a, *b, *c, *d], 16)? {
                // Two halves of a character outside the Basic Multilingual Plane (RFC 8259, section 7).
                high @ 0xd800..0xdc00 => match *rest {
                    [b'\\', b'u', a, b, c, d, ..] => match number([a, b, c, d], 16)? {
                        low @ 0xdc00..0xe000 => character(12, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)),
                        _ => None,
                    },
                    _ => None,
                },
                code => character(6, code),
            },
            (b'U', rest) => character(10, number(rest.first_chunk::<8>().copied()?, 16)?),
            (kind, _) if kind.is_ascii_punctuation() || kind.is_ascii_whitespace() => byte(2, kind),
            _ => None,
        },
        _ => None,
    }
}

/// Returns an escape of this length that stands for a character.
fn character(length: usize, code: u32) -> Option<Escape> {
    let mut bytes = [0; 4];
    let size = char::from_u32(code)?.encode_utf8(&mut bytes).len();
    Some(Escape { length, bytes, size })
}

/// Reads a number of at least one digit.
fn number(digits: impl IntoIterator<Item = u8>, radix: u32) -> Option<u32> {
    let digit = |byte: u8| char::from(byte).to_digit(radix);
    digits.into_iter().map(digit).try_fold(0_u32, |number, digit| Some(number.checked_mul(radix)? + digit?))
}
