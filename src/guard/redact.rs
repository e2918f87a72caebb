//! Redaction: text that flows by, with each value in it replaced by its name.
//!
//! What comes out does not depend on how the text was cut into pieces: of the values that are met, the one
//! that begins first is replaced, and of those that begin together the longest. Of a piece's end only what may
//! become a value with what follows is held back, so that a prompt without a newline is shown at once.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::forms::{forms, is_plain, is_short};
use super::search::{Index, block, place};

/// The values that are looked for, made ready.
pub struct Redaction {
    /// Sorted by their bytes, each once.
    needles: Vec<Needle>,
    long: Index<8, 9>,
    short: Index<4, 5>,
    /// Two bits of a word for how each needle begins.
    begins: Vec<u64>,
    longest: usize,
    /// How many values are too short to be looked for.
    pub skipped: usize,
}

struct Needle {
    bytes: Zeroizing<Vec<u8>>,
    /// What stands in its place.
    name: Arc<str>,
}

/// How much of a needle's beginning is in the filter; none is shorter.
const BEGIN: usize = 8;

impl Redaction {
    /// Of these names and values, in all their forms. Of one text under several names the first counts.
    pub fn new<'v, N: ToString>(values: impl IntoIterator<Item = (N, &'v [u8])>) -> Redaction {
        let (mut needles, mut skipped) = (Vec::new(), 0);
        for (name, value) in values {
            if is_short(value) {
                skipped += 1;
                continue;
            }
            let name: Arc<str> = format!("[{}]", name.to_string()).into();
            let mut add = |bytes| needles.push(Needle { bytes, name: Arc::clone(&name) });
            if value.contains(&b'\n') {
                let lines: Vec<&[u8]> = value.trim_ascii_end().split(|byte| *byte == b'\n').collect();
                // A terminal puts a carriage return before each newline.
                add(Zeroizing::new(lines.join(&b"\r\n"[..])));
                // More of them than are a finding: better too little is shown than too much. But the frame of a
                // key is also that of every certificate.
                let lines = lines.into_iter().map(<[u8]>::trim_ascii);
                let lines = lines.filter(|line| !is_plain(line) && !line.starts_with(b"-----"));
                lines.for_each(|line| add(Zeroizing::new(line.to_vec())));
            }
            forms(value).into_iter().for_each(|form| add(form.bytes));
        }
        needles.retain(|needle| needle.bytes.len() >= BEGIN);
        // Stable: of equal ones the first stays.
        needles.sort_by(|a, b| a.bytes.cmp(&b.bytes));
        needles.dedup_by(|later, earlier| later.bytes == earlier.bytes);
        let numbered = || needles.iter().enumerate().map(|(number, needle)| (number, &needle.bytes[..]));
        let (long, short): (Vec<_>, Vec<_>) = numbered().partition(|(_, bytes)| bytes.len() >= Index::<8, 9>::PART);
        let mut begins = vec![0; (needles.len() / 4).next_power_of_two().max(64)];
        for begin in needles.iter().filter_map(|needle| needle.bytes.first_chunk::<BEGIN>()) {
            let (word, bits) = place(block(begin), begins.len());
            begins[word] |= bits;
        }
        let (long, short) = (Index::new(&long), Index::new(&short));
        let longest = needles.iter().map(|needle| needle.bytes.len()).max().unwrap_or(0);
        Redaction { needles, long, short, begins, longest, skipped }
    }

    /// Where a needle may stand, in the order in which they count.
    fn candidates(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        let mut at = |number, start| found.push((start, number));
        self.long.find(text, &mut at);
        self.short.find(text, &mut at);
        found.sort_unstable_by_key(|(start, number)| (*start, std::cmp::Reverse(self.needles[*number].bytes.len())));
        found
    }

    /// The first place, from this one on, from which the rest of the text may yet become a needle.
    fn unfinished(&self, text: &[u8], from: usize) -> usize {
        let from = from.max((text.len() + 1).saturating_sub(self.longest));
        let may_begin = |rest: &[u8]| match rest.first_chunk::<BEGIN>() {
            None => true,
            Some(begin) => {
                let (word, bits) = place(block(begin), self.begins.len());
                self.begins[word] & bits == bits
            }
        };
        let begins = |rest: &[u8]| {
            let longer = self.needles.partition_point(|needle| &needle.bytes[..] <= rest);
            self.needles.get(longer).is_some_and(|needle| needle.bytes.starts_with(rest))
        };
        (from..text.len()).find(|at| may_begin(&text[*at..]) && begins(&text[*at..])).unwrap_or(text.len())
    }

    /// Writes what is certain of a text, but for the beginning that was shown already, and returns how much of
    /// it is certain.
    fn replace(&self, text: &[u8], shown: usize, is_end: bool, out: &mut Vec<u8>) -> usize {
        let show =
            |from: usize, to: usize, out: &mut Vec<u8>| out.extend_from_slice(&text[from.max(shown).min(to)..to]);
        let unfinished = |from| if is_end { text.len() } else { self.unfinished(text, from) };
        let (mut done, mut certain) = (0, unfinished(0));
        for (start, number) in self.candidates(text) {
            if start >= certain {
                break;
            }
            let Needle { bytes, name } = &self.needles[number];
            if start >= done && text[start..].starts_with(bytes) {
                show(done, start, out);
                out.extend_from_slice(name.as_bytes());
                done = start + bytes.len();
                if certain < done {
                    certain = unfinished(done);
                }
            }
        }
        show(done, certain, out);
        certain
    }
}

/// One stream of text.
pub struct Redactor<'r> {
    redaction: &'r Redaction,
    /// What may become a value with what follows.
    held: Zeroizing<Vec<u8>>,
    /// How much of it was shown already.
    shown: usize,
}

impl<'r> Redactor<'r> {
    pub fn new(redaction: &'r Redaction) -> Redactor<'r> {
        Redactor { redaction, held: Zeroizing::default(), shown: 0 }
    }

    /// Takes what comes next, and adds to `out` what may be shown now.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let done = self.redaction.replace(piece, 0, false, out);
            self.held.extend_from_slice(&piece[done..]);
        } else {
            self.held.extend_from_slice(piece);
            let done = self.redaction.replace(&self.held, self.shown, false, out);
            self.held.drain(..done);
            self.shown = self.shown.saturating_sub(done);
        }
    }

    /// Nothing comes any more: adds what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.redaction.replace(&std::mem::take(&mut self.held), self.shown, true, out);
    }

    /// Whether so little is held back that it may well be something else.
    pub fn hesitates(&self) -> bool {
        self.shown < self.held.len() && self.held.len() < BEGIN
    }

    /// Shows what is held back. If it was the beginning of a value, the rest of that is replaced still.
    pub fn hurry(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.held[self.shown..]);
        self.shown = self.held.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redaction(values: &[(&str, &str)]) -> Redaction {
        Redaction::new(values.iter().map(|(name, value)| (*name, value.as_bytes())))
    }

    /// The text in pieces that end where it is said.
    fn pieces(redaction: &Redaction, text: &[u8], ends: &[usize]) -> Vec<u8> {
        let (mut out, mut from) = (Vec::new(), 0);
        let mut stream = Redactor::new(redaction);
        for end in ends.iter().copied().chain([text.len()]) {
            let end = end.clamp(from, text.len());
            stream.push(&text[from..end], &mut out);
            from = end;
        }
        stream.finish(&mut out);
        out
    }

    fn whole(redaction: &Redaction, text: &str) -> String {
        String::from_utf8(pieces(redaction, text.as_bytes(), &[])).unwrap()
    }

    #[test]
    fn each_value_becomes_its_name_in_every_form() {
        let redaction = redaction(&[("KEY", "x9fK2mQ8+sLw3"), ("SHORT", "1234567"), ("URL", "https://u:p@db/1")]);
        assert_eq!(redaction.skipped, 1);
        for (text, shown) in [
            ("key x9fK2mQ8+sLw3.", "key [KEY]."),
            ("x9fK2mQ8+sLw3x9fK2mQ8+sLw3", "[KEY][KEY]"),
            ("x9fK2mQ8+sLw x9fK2mQ8+sLw", "x9fK2mQ8+sLw x9fK2mQ8+sLw"),
            ("?k=x9fK2mQ8%2BsLw3&1234567", "?k=[KEY]&1234567"),
            ("7839664b326d51382b734c7733", "[KEY]"),
            (r#"{"url":"https:\/\/u:p@db\/1"}"#, r#"{"url":"[URL]"}"#),
            ("", ""),
        ] {
            assert_eq!(whole(&redaction, text), shown);
        }
    }

    #[test]
    fn a_newline_at_the_end_makes_no_short_value_long() {
        let redaction = redaction(&[("SEVEN", "hunter7\r\n"), ("EIGHT", "hunter88\n")]);
        assert_eq!(redaction.skipped, 1);
        assert_eq!(whole(&redaction, "hunter7 hunter88\n"), "hunter7 [EIGHT]\n");
    }

    #[test]
    fn the_first_is_replaced_and_of_those_that_begin_together_the_longest() {
        let redaction = redaction(&[
            ("LONG", "password-and-more"),
            ("PART", "password"),
            ("OTHER", "word-and-more-again"),
            ("SAME", "password"),
        ]);
        assert_eq!(whole(&redaction, "password-and-mor password-and-more!"), "[PART]-and-mor [LONG]!");
        assert_eq!(whole(&redaction, "password-and-more-again"), "[LONG]-again");
        assert_eq!(whole(&redaction, "word-and-more-again"), "[OTHER]");
    }

    #[test]
    fn a_value_of_several_lines_goes_by_line_and_with_a_terminals_line_ends() {
        let redaction =
            redaction(&[("PEM", "-----BEGIN KEY-----\nMIIEvQIBADANBgkq\nAASCBKcwggSjAgEA\n-----END KEY-----\n")]);
        assert_eq!(whole(&redaction, "a\n  MIIEvQIBADANBgkq\r\n| AASCBKcwggSjAgEA"), "a\n  [PEM]\r\n| [PEM]");
        let lines = "-----BEGIN KEY-----\r\nMIIEvQIBADANBgkq\r\nAASCBKcwggSjAgEA\r\n-----END KEY-----\r\n";
        assert_eq!(whole(&redaction, lines), "[PEM]\r\n");
    }

    #[test]
    fn only_what_may_become_a_value_is_held_back() {
        let redaction = redaction(&[("KEY", "hunter2hunter3"), ("OTHER", "password-of-mine")]);
        let mut stream = Redactor::new(&redaction);
        let mut shows = |piece: &str, shown: &str| {
            let mut out = Vec::new();
            stream.push(piece.as_bytes(), &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), shown, "{piece}");
        };
        shows("Password: ", "Password: ");
        shows("pass", "");
        shows("port? ", "passport? ");
        shows("hunter2", "");
        shows("hunter2", "hunter2");
        shows("hunter", "");
        shows("3!", "[KEY]!");
        shows("passwor", "");
        let mut out = Vec::new();
        stream.finish(&mut out);
        assert_eq!(out, b"passwor");
    }

    #[test]
    fn what_was_shown_in_a_hurry_is_not_shown_again_and_the_rest_is_not_shown() {
        let redaction = redaction(&[("KEY", "hunter2hunter3"), ("OTHER", "t password")]);
        for (pieces, all) in [
            (&["h", "u", "nter2hunter3!"][..], "hu[KEY]!"),
            (&["h", "unt"], "hunt"),
            (&["hunter", "2", "h", "x"], "hunter2hx"),
            (&["shun", "t", " pass", "word"], "shunt pass[OTHER]"),
        ] {
            let (mut stream, mut out) = (Redactor::new(&redaction), Vec::new());
            for piece in pieces {
                stream.push(piece.as_bytes(), &mut out);
                if stream.hesitates() {
                    stream.hurry(&mut out);
                }
            }
            stream.finish(&mut out);
            assert_eq!(String::from_utf8(out).unwrap(), all);
        }
    }

    /// What is right, as slowly as it can be said.
    fn naive(redaction: &Redaction, text: &[u8]) -> Vec<u8> {
        let (mut out, mut at) = (Vec::new(), 0);
        while at < text.len() {
            let begin = redaction.needles.iter().filter(|needle| text[at..].starts_with(&needle.bytes));
            match begin.max_by_key(|needle| needle.bytes.len()) {
                None => out.push(text[at]),
                Some(needle) => out.extend_from_slice(needle.name.as_bytes()),
            }
            at += begin_length(redaction, &text[at..]).max(1);
        }
        out
    }

    fn begin_length(redaction: &Redaction, text: &[u8]) -> usize {
        let begin = redaction.needles.iter().filter(|needle| text.starts_with(&needle.bytes));
        begin.map(|needle| needle.bytes.len()).max().unwrap_or(0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Few letters, so that values overlap, begin alike, and are cut in every way.
        #[test]
        fn every_way_to_cut_a_text_shows_the_same(
            values in prop::collection::vec("[ab\n]{8,12}|[abc]{16,40}|(ab){4,20}|a{8,30}", 1..6),
            words in prop::collection::vec((0..8_usize, "[abc\r\n]{0,9}", 0..40_usize), 0..30),
            ends in prop::collection::vec(0..400_usize, 0..60),
        ) {
            let redaction = Redaction::new(values.iter().enumerate().map(|(name, value)| (name, value.as_bytes())));
            let mut text = String::new();
            for (value, other, cut) in &words {
                let value = values.get(*value).map_or("", |value| &value[..value.len().min(*cut)]);
                text += &format!("{value}{other}");
            }
            let mut ends = ends;
            ends.sort_unstable();
            let all = pieces(&redaction, text.as_bytes(), &[]);
            prop_assert_eq!(&all, &naive(&redaction, text.as_bytes()));
            prop_assert_eq!(&all, &pieces(&redaction, text.as_bytes(), &ends));
            let each: Vec<usize> = (0..text.len()).collect();
            prop_assert_eq!(&all, &pieces(&redaction, text.as_bytes(), &each));
        }
    }
}
