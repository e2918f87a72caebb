//! The parts of a text that are worth reading: those around escapes and line breaks that a needle may hold.

use std::ops::Range;

use memchr::{memchr, memchr2};

use super::common::SHORTEST;
use super::escape::{Escape, inner_escape};
use super::filter::{Filter, Pairs, block};

/// How many line breaks, each an escape, are one break. More need a closer look.
const BREAKS: usize = 8;

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
                // The first digits may belong to an escape, whose digits may be escapes.
                let line = &line[..line.len() - digits];
                let begins = line.iter().rev().take_while(|byte| b"\\%{}".contains(byte) || is_digit(byte)).count();
                return Some(line.len() - begins..from);
            }
        }
    })
}

/// Whether a needle may begin among the digits at the end of a line and go on behind the line break.
fn may_join(digits: &[u8], mut rest: &[u8], prefixes: &Filter) -> bool {
    // So many digits at the end of a line are rare in other texts. They always get a closer look.
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
