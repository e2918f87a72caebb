//! The search for all forms of many values at once, in texts and in their readings.

use memchr::{memchr2, memrchr};
use zeroize::Zeroizing;

use super::common::SHORTEST;
use super::filter::{Filter, Pairs, block};
use super::form::{Encoding, InReading, InText, forms};
use super::index::Index;
use super::parts::{Hints, parts};
use super::reading::{Decoded, Reading, open_escape};

/// The bytes of a value that are looked for in files. A text that agrees so far agrees by no chance, and a value may
/// be megabytes long.
const LONGEST: usize = 4096;

/// The most bytes of a file that a value is found in.
pub(super) const EXTENT: usize = 8 * LONGEST;

/// The bytes before a text that decide whether a line of a value is a whole line of the text.
pub(super) const CONTEXT: usize = 65;

/// How many bytes of a text may stand for one of its reading: a layer or two of `\u0000`.
const EXPANSION: usize = 16;

/// A text to look for.
struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    value: usize,
    encoding: Encoding,
    in_text: InText,
    in_reading: InReading,
}

/// A needle in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub start: usize,
    pub end: usize,
    /// The number of the value.
    pub value: usize,
    pub encoding: Encoding,
}

/// The values to look for, prepared.
pub struct Search {
    /// Sorted by their bytes.
    needles: Vec<Needle>,
    index: Index,
    /// The first bytes of the needles.
    prefixes: Filter,
    /// The bytes that follow each other in needles of readings.
    pairs: Pairs,
    longest: usize,
}

impl Search {
    /// Prepares the search for these values by their first bytes, each in all its forms.
    pub fn new<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Search {
        Search::up_to(LONGEST, values)
    }

    /// Prepares the search for these values from their first byte to their last, each in all its forms.
    pub(super) fn whole<'v>(values: impl IntoIterator<Item = &'v [u8]>) -> Search {
        Search::up_to(usize::MAX, values)
    }

    fn up_to<'v>(limit: usize, values: impl IntoIterator<Item = &'v [u8]>) -> Search {
        let mut needles = Vec::new();
        for (value, bytes) in values.into_iter().enumerate() {
            // In base64, the part of a short value that does not depend on its neighbours may be too short.
            for mut form in forms(bytes).into_iter().filter(|form| form.bytes.len() >= SHORTEST) {
                form.bytes.truncate(limit);
                let (in_text, in_reading) = (form.in_text, form.in_reading);
                needles.push(Needle { bytes: form.bytes, value, encoding: form.how, in_text, in_reading });
            }
        }
        needles.sort_by(|a, b| a.bytes.cmp(&b.bytes));

        let index = Index::new(needles.iter().map(|needle| &needle.bytes[..]));
        let mut prefixes = Filter::new(needles.len());
        for prefix in needles.iter().filter_map(|needle| needle.bytes.first_chunk::<SHORTEST>()) {
            prefixes.add(block(prefix));
        }
        let mut pairs = Pairs::default();
        for needle in needles.iter().filter(|needle| needle.in_reading != InReading::Never) {
            needle.bytes.windows(2).for_each(|pair| pairs.add(pair[0], pair[1]));
        }
        let longest = needles.iter().map(|needle| needle.bytes.len()).max().unwrap_or(0);
        Search { needles, index, prefixes, pairs, longest }
    }

    /// Finds every needle in a text, in no particular order. One that was found in several ways may come several times.
    pub(super) fn find(&self, text: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.index.find(text, |number, start| {
            let Needle { bytes, value, encoding, in_text, .. } = &self.needles[number];
            let end = start + bytes.len();
            let is_here = text.get(start..end) == Some(bytes);
            if is_here && (*in_text == InText::Anywhere || *in_text == InText::AsLine && is_line(text, start, end)) {
                hits.push(Hit { start, end, value: *value, encoding: *encoding });
            }
        });
        if self.needles.is_empty() {
            return hits;
        }
        let hints = Hints { prefixes: &self.prefixes, pairs: &self.pairs };
        for part in parts(text, self.longest, hints) {
            if let Some(reading) = Reading::of(&text[part.clone()]) {
                self.find_read(&reading, part.start, &mut hits);
            }
        }
        hits
    }

    /// Finds every needle in the reading of a part of a text.
    fn find_read(&self, reading: &Reading, part: usize, hits: &mut Vec<Hit>) {
        self.index.find(&reading.bytes, |number, start| {
            let Needle { bytes, value, encoding, in_reading, .. } = &self.needles[number];
            let end = start + bytes.len();
            if *in_reading == InReading::Never || reading.bytes.get(start..end) != Some(bytes) {
                return;
            }
            let (origin, Decoded { escape, is_joined }) = reading.origin(start..end);
            if escape.is_none() && !(is_joined && *in_reading == InReading::Changed) {
                return;
            }
            let encoding = match (encoding, escape) {
                (Encoding::Raw | Encoding::Part, Some(b'%')) => Encoding::Url,
                (Encoding::Raw | Encoding::Part, Some(_)) => Encoding::Json,
                (encoding, _) => *encoding,
            };
            hits.push(Hit { start: part + origin.start, end: part + origin.end, value: *value, encoding });
        });
    }

    /// Returns the first place, at or after `from`, from which the rest of the text may grow into a needle.
    pub(super) fn unfinished(&self, text: &[u8], from: usize) -> usize {
        if self.needles.is_empty() {
            return text.len();
        }
        let whole = (text.len() + 1).saturating_sub(self.longest).max(from);
        let first = whole + self.beginning(&text[whole..]);
        first.min(self.unfinished_line(text, from)).min(self.unfinished_reading(text, from))
    }

    /// Returns where a line of a value stands that is a whole line if nothing more comes before its end.
    fn unfinished_line(&self, text: &[u8], from: usize) -> usize {
        let start = memrchr(b'\n', text).map_or(0, |newline| newline + 1);
        let is_unfinished = |at: &usize| {
            let line = text[*at..].trim_ascii_end();
            let number = self.needles.partition_point(|needle| &needle.bytes[..] < line);
            let is_it = |needle: &Needle| needle.in_text == InText::AsLine && &needle.bytes[..] == line;
            self.needles.get(number).is_some_and(is_it) && is_line(text, *at, at + line.len())
        };
        (start.max(from)..text.len().min(start + CONTEXT)).find(is_unfinished).unwrap_or(text.len())
    }

    /// Returns the first place from which the reading of the text may grow into a needle.
    fn unfinished_reading(&self, text: &[u8], from: usize) -> usize {
        // An escape that is not complete may stand for anything.
        let end = open_escape(text).max(from);
        let tail = self.tail(&text[..end]);
        let reading = Reading::of(&text[tail..end]);
        let bytes = reading.as_ref().map_or(&text[tail..end], |reading| &reading.bytes);
        let origin = |at: usize| match &reading {
            Some(reading) => tail + reading.origin(at..at + 1).0.start,
            None => tail + at,
        };
        // The first place that is not before `from`.
        let (mut last, mut behind) = ((bytes.len() + 1).saturating_sub(self.longest), bytes.len());
        while last < behind {
            let middle = last.midpoint(behind);
            if origin(middle) < from { last = middle + 1 } else { behind = middle }
        }
        // Spaces may be part of a line break.
        let place = |bytes: &[u8]| {
            let rest = bytes.get(last..).unwrap_or_default();
            let at = last + self.beginning(rest);
            if at < bytes.len() { origin(at) } else { end }
        };
        place(bytes).min(place(bytes.trim_ascii_end()))
    }

    /// Returns where the end of a text begins that may stand for `longest` bytes of its reading.
    fn tail(&self, text: &[u8]) -> usize {
        let most = text.len().saturating_sub(self.longest.saturating_mul(EXPANSION));
        if memchr2(b'\\', b'%', &text[most..]).is_some() {
            return most;
        }
        let mut others = text.iter().enumerate().rev().filter(|(_, byte)| !byte.is_ascii_whitespace());
        others.nth(self.longest).map_or(0, |(at, _)| at)
    }

    /// Returns the first place from which the rest of a text is the beginning of a needle; its length if there is none.
    fn beginning(&self, text: &[u8]) -> usize {
        let passes =
            |rest: &[u8]| rest.first_chunk::<SHORTEST>().is_none_or(|prefix| self.prefixes.passes(block(prefix)));
        let is_prefix = |rest: &[u8]| {
            let after = self.needles.partition_point(|needle| &needle.bytes[..] <= rest);
            self.needles.get(after).is_some_and(|needle| needle.bytes.starts_with(rest))
        };
        (0..text.len()).find(|at| passes(&text[*at..]) && is_prefix(&text[*at..])).unwrap_or(text.len())
    }
}

/// Whether a part of a text is a whole line of it, but for spaces and what is put before lines in logs and patches.
fn is_line(text: &[u8], start: usize, end: usize) -> bool {
    let rest = &text[end..];
    let space = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r')).count();
    if !matches!(rest.get(space), None | Some(b'\n')) {
        return false;
    }
    let context = &text[start.saturating_sub(CONTEXT - 1)..start];
    let before = match memrchr(b'\n', context) {
        Some(newline) => &context[newline + 1..],
        None if context.len() < CONTEXT - 1 => context,
        None => return false,
    };
    let before = before.trim_ascii();
    matches!(before, [] | b"+" | b"-" | [.., b'|' | b'>' | b']'])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::guard::encode;
    use crate::guard::reading::read_value;

    fn found(values: &[&str], text: &str) -> Vec<(usize, String, Encoding)> {
        let search = Search::new(values.iter().map(|value| value.as_bytes()));
        let mut hits = search.find(text.as_bytes());
        hits.sort();
        hits.into_iter().map(|hit| (hit.value, text[hit.start..hit.end].to_owned(), hit.encoding)).collect()
    }

    #[test]
    fn finds_short_and_long_values_wherever_they_stand() {
        let values = ["x9fK2mQ8", "a-password-of-words-and-1-number", "x9fK2mQ8-and-more-of-it"];
        for before in 0..40 {
            let text = format!("{}{}", "-".repeat(before), values.join(""));
            let raw = |number: usize| (number, values[number].to_owned(), Encoding::Raw);
            assert_eq!(found(&values, &text), [raw(0), raw(1), raw(0), raw(2)], "{before}");
        }
        assert_eq!(found(&values, &values.join("")[1..][..38]), []);
        assert_eq!(found(&[], "x9fK2mQ8"), []);
    }

    #[test]
    fn finds_a_text_for_each_value_that_it_is() {
        let twice = ["hunter2canary", "hunter2canary"];
        assert_eq!(found(&twice, "hunter2canary").iter().map(|hit| hit.0).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn finds_a_long_value_by_its_first_bytes() {
        let value = "0123456789abcdef".repeat(10_000);
        let search = Search::new([value.as_bytes()]);
        let hits = search.find(&value.as_bytes()[..LONGEST]);
        assert_eq!(hits, [Hit { start: 0, end: LONGEST, value: 0, encoding: Encoding::Raw }]);
        assert_eq!(search.find(&value.as_bytes()[..LONGEST - 1]), []);
    }

    /// Whether a search finds a value as all of this text, but for what may stand around it.
    fn is_found(value: &str, text: &str) -> bool {
        !Search::new([value.as_bytes()]).find(format!("a: \"{text}\",\n").as_bytes()).is_empty()
    }

    #[test]
    fn finds_what_the_common_encoders_write() {
        let value = "a b/c'd\"e$f+g~h";
        for url in [
            "a%20b%2Fc%27d%22e%24f%2Bg~h",
            "a+b%2fc%27d%22e%24f%2bg~h",
            "a%20b/c%27d%22e%24f%2Bg~h",
            "a%20b%2Fc'd%22e%24f%2Bg~h",
            "a+b%2Fc%27d%22e%24f%2Bg%7Eh",
            "a%20b/c'd%22e$f+g~h",
            "a%2520b%252Fc%2527d%2522e%2524f%252Bg~h",
        ] {
            assert!(is_found(value, url), "{url}");
        }
        let value = "a\n\"b\\/é<🦀\u{1}";
        for json in [
            r#"a\n\"b\\/é<🦀\u0001"#,
            r#"a\n\"b\\/\u00e9<\ud83e\udd80\u0001"#,
            r#"a\n\"b\\\/\u00e9<\ud83e\udd80\u0001"#,
            r#"a\n\"b\\/é\u003c🦀\u0001"#,
            r#"a\n\u0022b\\/\u00E9\u003C\uD83E\uDD80\u0001"#,
            r#"\u0061\u000a\u0022\u0062\u005c\u002f\u00e9\u003c\ud83e\uDD80\u0001"#,
            r#"a\\n\\\"b\\\\/\\u00e9<\\ud83e\\udd80\\u0001"#,
            r#"a\x0a\"b\\/\xc3\xa9<\U0001f980\x01"#,
            r#"a\n"b\\/\303\251<\360\237\246\200\001"#,
            r#"a\n\"b\\/\u{e9}<\u{1F980}\u{1}"#,
        ] {
            assert!(is_found(value, json), "{json}");
        }
        for value in ["C:\\new\\table\\u00e9", "100%41%zz-and\\n\\\\", "\\\\server\\x41"] {
            let all = value.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
            assert!(is_found(value, &all), "{all}");
        }
        let value = "it's $5 `x` \\!";
        for shell in [
            r"it'\''s $5 `x` \!",
            r#"it'"'"'s $5 `x` \!"#,
            r"it's \$5 \`x\` \\!",
            r"it's \$5 \`x\` \\\!",
            r"it\'s\ \$5\ \`x\`\ \\\!",
            r"it\'s $5 `x` \\!",
        ] {
            assert!(is_found(value, shell), "{shell}");
        }
    }

    /// Writes each character of a text in one of the ways of JSON, a URL or a shell.
    fn escaped(text: &str, layer: u8, ways: &[u8]) -> String {
        let mut ways = ways.iter().cycle();
        let mut out = String::new();
        for c in text.chars() {
            let way = *ways.next().unwrap();
            let unicode = |upper: bool| {
                let unit = |unit: &u16| if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
                c.encode_utf16(&mut [0; 2]).iter().map(unit).collect::<String>()
            };
            let is_unreserved = c.is_ascii_alphanumeric() || "-._~".contains(c);
            out += &match (layer, c) {
                (0, '\n') if way < 4 => "\\n".into(),
                (0, '"' | '\\' | '/') if way < 5 => format!("\\{c}"),
                (0, '"' | '\\' | '\n') => unicode(way.is_multiple_of(2)),
                (0, _) if way > 6 => unicode(way.is_multiple_of(2)),
                (1, _) if !is_unreserved || way > 6 => {
                    c.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")).collect()
                }
                (2, ' ' | '$' | '`' | '"' | '\\' | '!' | '\'') => format!("\\{c}"),
                (2, '\n') => "\\012".into(),
                _ => c.to_string(),
            };
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        // Values of all kinds of characters, in up to three layers of escapes, between hostile neighbours.
        #[test]
        fn finds_a_value_in_any_layers(
            value in r#"[a-z0-9]{4}[abnrtux0-3%/ "'$`é🦀\\]{4,20}[a-z0-9]{3}"#,
            layers in prop::collection::vec((0..3_u8, prop::collection::vec(0..9_u8, 1..12)), 0..4),
        ) {
            // What is too short when it is decoded is not looked for.
            let decoded = read_value(value.as_bytes())[1].as_ref().map_or(value.len(), |reading| reading.len());
            prop_assume!(decoded >= SHORTEST);
            let text = layers.iter().fold(value.clone(), |text, (layer, ways)| escaped(&text, *layer, ways));
            let around = format!("\"{text}\"");
            let hits = Search::new([value.as_bytes()]).find(around.as_bytes());
            prop_assert!(hits.iter().any(|hit| around[hit.start..hit.end] == text), "{value:?} in {around}");
        }

        // In lines of any width, with any line ends and indentation.
        #[test]
        fn finds_encoded_forms_in_lines_of_any_width(
            value in "[ -~]{8,120}",
            width in 1..80_usize,
            offset in 0..80_usize,
            between in r"\n|\r\n| *\n *|\\n|\\r\\n|%0A|\\\n",
            form in 0..3_usize,
        ) {
            let encoded = [encode::base64(value.as_bytes()), encode::hex(value.as_bytes())].concat();
            let encoded = String::from_utf8(encoded[form * 3 % encoded.len()].clone()).unwrap();
            prop_assume!(encoded.len() >= SHORTEST);
            let text: String = encoded.char_indices().map(|(at, c)| {
                if at > 0 && (at + offset) % width == 0 { format!("{between}{c}") } else { c.to_string() }
            }).collect();
            let around = format!("\n={text}=\n");
            let hits = Search::new([value.as_bytes()]).find(around.as_bytes());
            prop_assert!(hits.iter().any(|hit| around[hit.start..hit.end] == text), "{value:?} in {around}");
        }

        // Only parts of a text are read. That finds what a reading of all of it finds.
        #[test]
        fn reads_every_part_that_matters(
            values in prop::collection::vec(r"[ab\n]{8,12}|[ab\\n%41]{8,20}|(ab){4,20}", 1..5),
            words in prop::collection::vec((0..8_usize, r"[ab \r\n]{0,9}|\\\\?|\\u00|\\u0061|%61|%", 0..40_usize), 0..30),
        ) {
            let search = Search::new(values.iter().map(|value| value.as_bytes()));
            let mut text = String::new();
            for (value, other, cut) in &words {
                let value = values.get(*value).map_or("", |value| &value[..value.len().min(*cut)]);
                text += &format!("{value}{other}");
            }
            let spots = |hits: Vec<Hit>| hits.into_iter().map(|hit| (hit.start, hit.end, hit.value)).collect::<BTreeSet<_>>();
            let mut slow = Vec::new();
            for start in 0..text.len() {
                for needle in &search.needles {
                    let end = start + needle.bytes.len();
                    let is_allowed = needle.in_text == InText::Anywhere
                        || needle.in_text == InText::AsLine && end <= text.len() && is_line(text.as_bytes(), start, end);
                    if text.as_bytes()[start..].starts_with(&needle.bytes) && is_allowed {
                        slow.push(Hit { start, end, value: needle.value, encoding: needle.encoding });
                    }
                }
            }
            if let Some(reading) = Reading::of(text.as_bytes()) {
                search.find_read(&reading, 0, &mut slow);
            }
            let (found, slow) = (spots(search.find(text.as_bytes())), spots(slow));
            prop_assert!(found.is_superset(&slow), "{found:?} lacks some of {slow:?}");
        }
    }
}
