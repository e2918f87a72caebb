//! The reading of a text: what it says when its escapes are decoded and its line breaks are left out.
//!
//! A value may be escaped once or several times (JSON in JSON, a URL in JSON), each character or only some, by a writer
//! with rules of its own, and an encoded one may be cut into lines of any width. Nobody can list all these texts. Their
//! readings are alike: every escape is decoded, again and again until none is left, and so are those of the value.

use std::ops::Range;

use memchr::{memchr, memrchr2_iter};
use zeroize::Zeroizing;

use super::escape::{Escape, escape, escapes, is_open};

/// How often escapes are decoded at most. JSON in JSON takes two passes, a URL in that a third.
const PASSES: usize = 12;

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
/// None stands for the value itself.
pub fn read_value(value: &[u8]) -> [Option<Zeroizing<Vec<u8>>>; 2] {
    [value.len(), open_escape(value)].map(|end| match Reading::of(&value[..end]) {
        Some(reading) => Some(reading.bytes),
        None => (end < value.len()).then(|| Zeroizing::new(value[..end].to_vec())),
    })
}

/// Returns the place at which an escape begins that more text may complete; the length if there is none.
///
/// What completes it may be an escape too: after `%4%`, a `66` makes `%4f`.
pub fn open_escape(text: &[u8]) -> usize {
    let is_part = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'\\' | b'%' | b'u' | b'U' | b'x' | b'{');
    let run = text.iter().rev().take(OPEN).take_while(|byte| is_part(byte)).count();
    let is_open = |text: &[u8]| match Reading::of(text) {
        Some(reading) => is_open(&reading.bytes),
        None => is_open(text),
    };
    let mut open = text.len();
    for at in memrchr2_iter(b'\\', b'%', &text[text.len() - run..]).map(|at| text.len() - run + at) {
        if is_open(&text[at..]) || is_open(&text[at..open]) {
            open = at;
        }
    }
    open
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
