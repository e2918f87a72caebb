//! A stream of text in which each value is replaced by its name.
//!
//! The output does not depend on how the text was cut into pieces. At the end of a piece only what may become a value
//! is held back, so that a prompt without a newline is shown at once.

use zeroize::Zeroizing;

use super::common::SHORTEST;
use super::replacements::Replacements;
use super::search::CONTEXT;

/// One stream of text.
pub struct Redactor<'r> {
    replacements: &'r Replacements,
    /// The end of the text so far: a little that is final, then what may become a value.
    held: Zeroizing<Vec<u8>>,
    /// The number of held bytes that are final.
    fixed: usize,
    /// The number of held bytes that were shown already: these, and those that could not wait.
    shown: usize,
}

impl<'r> Redactor<'r> {
    /// Makes a stream that replaces these values.
    pub fn new(replacements: &'r Replacements) -> Redactor<'r> {
        Redactor { replacements, held: Zeroizing::default(), fixed: 0, shown: 0 }
    }

    /// Takes the next piece, and adds to `out` what can be shown now.
    pub fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.held.extend_from_slice(piece);
        let done = self.replacements.replace(&self.held, self.fixed, self.shown, false, out);
        let drained = done.saturating_sub(CONTEXT);
        self.held.drain(..drained);
        self.fixed = done - drained;
        self.shown = self.shown.saturating_sub(drained).max(self.fixed);
    }

    /// Ends the stream, and adds to `out` what was held back.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        self.replacements.replace(&std::mem::take(&mut self.held), self.fixed, self.shown, true, out);
    }

    /// Whether it holds back a text so short that it is most likely not a value.
    pub fn hesitates(&self) -> bool {
        self.shown < self.held.len() && self.held.len() - self.fixed < SHORTEST
    }

    /// Whether it does so, and the text is the end of a line.
    pub fn hesitates_at_line_end(&self) -> bool {
        self.hesitates() && self.held.ends_with(b"\n")
    }

    /// Shows what is held back. If a value began there, the rest of it is still replaced.
    pub fn hurry(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.held[self.shown..]);
        self.shown = self.held.len();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn replacements(values: &[(&str, &str)]) -> Replacements {
        Replacements::new(values.iter().map(|(name, value)| (*name, value.as_bytes())))
    }

    /// Redacts a text in pieces with these ends.
    fn redact_pieces(replacements: &Replacements, text: &[u8], ends: &[usize]) -> Vec<u8> {
        let (mut out, mut from) = (Vec::new(), 0);
        let mut stream = Redactor::new(replacements);
        for end in ends.iter().copied().chain([text.len()]) {
            let end = end.clamp(from, text.len());
            stream.push(&text[from..end], &mut out);
            from = end;
        }
        stream.finish(&mut out);
        out
    }

    fn redact(replacements: &Replacements, text: &str) -> String {
        String::from_utf8(redact_pieces(replacements, text.as_bytes(), &[])).unwrap()
    }

    #[test]
    fn a_newline_at_the_end_does_not_make_a_short_value_long() {
        let replacements = replacements(&[("SEVEN", "hunter7\r\n"), ("EIGHT", "hunter88\n")]);
        assert_eq!(replacements.skipped, 1);
        assert_eq!(redact(&replacements, "hunter7 hunter88\n"), "hunter7 [EIGHT]\n");
    }

    #[test]
    fn replaces_each_form_of_a_value_by_its_name() {
        let replacements = replacements(&[("KEY", "x9fK2mQ8+sLw3"), ("SHORT", "1234567"), ("URL", "https://u:p@db/1")]);
        assert_eq!(replacements.skipped, 1);
        for (text, shown) in [
            ("key x9fK2mQ8+sLw3.", "key [KEY]."),
            ("x9fK2mQ8+sLw3x9fK2mQ8+sLw3", "[KEY][KEY]"),
            ("x9fK2mQ8+sLw x9fK2mQ8+sLw", "x9fK2mQ8+sLw x9fK2mQ8+sLw"),
            ("?k=x9fK2mQ8%2BsLw3&1234567", "?k=[KEY]&1234567"),
            ("7839664b326d51382b734c7733", "[KEY]"),
            (r#"{"url":"https:\/\/u:p@db\/1"}"#, r#"{"url":"[URL]"}"#),
            ("", ""),
        ] {
            assert_eq!(redact(&replacements, text), shown);
        }
    }

    #[test]
    fn replaces_the_first_value_and_of_those_the_longest() {
        let replacements = replacements(&[
            ("LONG", "password-and-more"),
            ("PART", "password"),
            ("OTHER", "word-and-more-again"),
            ("SAME", "password"),
        ]);
        assert_eq!(redact(&replacements, "password-and-mor password-and-more!"), "[PART]-and-mor [LONG]!");
        assert_eq!(redact(&replacements, "password-and-more-again"), "[LONG]-again");
        assert_eq!(redact(&replacements, "word-and-more-again"), "[OTHER]");
    }

    #[test]
    fn replaces_single_lines_of_a_value_and_line_ends_of_a_terminal() {
        let replacements = replacements(&[(
            "PEM",
            "-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7x9\n-----END KEY-----\n",
        )]);
        assert_eq!(
            redact(&replacements, "a\n  MIIEvQIBADANBgkqhkiG9w0BAQEF\r\n| AASCBKcwggSjAgEAAoIBAQC7x9"),
            "a\n  [PEM]\r\n| [PEM]"
        );
        let lines = "-----BEGIN KEY-----\r\nMIIEvQIBADANBgkqhkiG9w0BAQEF\r\nAASCBKcwggSjAgEAAoIBAQC7x9\r\n-----END KEY-----\r\n";
        assert_eq!(redact(&replacements, lines), "[PEM]\r\n");
    }

    #[track_caller]
    fn reads_alike_in_one_piece_and_in_many(values: &[(&str, &str)], text: &str) {
        let replacements = replacements(values);
        let each: Vec<usize> = (0..text.len()).collect();
        let [all, each] = [&[][..], &each].map(|ends| redact_pieces(&replacements, text.as_bytes(), ends));
        assert_eq!(String::from_utf8(all).unwrap(), String::from_utf8(each).unwrap(), "{text}");
    }

    #[test]
    fn several_backslashes_before_a_letter_read_alike_in_one_piece_and_in_many() {
        for slashes in 0..12 {
            for letter in ["a", "b", "e", "v", "n", "q", "\"", "x41", "u0007", " "] {
                let text = format!(r"aa1%1\4\{}{letter}aa", "\\".repeat(slashes));
                reads_alike_in_one_piece_and_in_many(&[("KEY", r"aa1%1\4\")], &text);
            }
        }
    }

    #[test]
    fn escapes_whose_digits_are_escapes_read_alike_in_one_piece_and_in_many() {
        for (value, text) in [
            (r"\41a\4%4", r"\\41a\4%4%66"),
            (r"\41a\4%4", r"\\41a\4%4%6%36"),
            (r"\41a\4%4", r"\\41a\4%4\x66"),
            ("aaaaaaaa", "%6\\x61aa\n\n\na\naa\n\n\naaa"),
            ("aaaaaaaa", "\\u00\\x361aa\naaaaaa\na"),
        ] {
            reads_alike_in_one_piece_and_in_many(&[("KEY", value)], text);
        }
    }

    #[test]
    fn holds_back_only_what_may_become_a_value() {
        let replacements = replacements(&[("KEY", "hunter2hunter3"), ("OTHER", "password-of-mine")]);
        let mut stream = Redactor::new(&replacements);
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
    fn replaces_the_rest_of_a_value_that_was_shown_in_part() {
        let replacements = replacements(&[("KEY", "hunter2hunter3"), ("OTHER", "t password")]);
        for (pieces, all) in [
            (&["h", "u", "nter2hunter3!"][..], "hu[KEY]!"),
            (&["h", "unt"], "hunt"),
            (&["hunter", "2", "h", "x"], "hunter2hx"),
            (&["shun", "t", " pass", "word"], "shunt pass[OTHER]"),
        ] {
            let (mut stream, mut out) = (Redactor::new(&replacements), Vec::new());
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

    #[test]
    fn takes_linear_time_for_any_text() {
        let values = [("KEY", "x9fK2mQ8+sLw3"), ("PEM", "MIIEvQIBADANBgkqhkiG9w0BAQEF\nAASCBKcwggSjAgEAAoIBAQC7x9")];
        let replacements = replacements(&values);
        // Each would take minutes if every break or escape looked at all that follow or precede it.
        for part in [
            "\n", " ", " \n", "\\", "\\n", "\\\n", "u005c", "\\u005c", "%25", "25", "A", "A\n", "x9f\n", "\\x39",
            "%41\n",
        ] {
            let text = "\\%".to_owned() + &part.repeat((1 << 19) / part.len());
            assert_eq!(redact(&replacements, &text), text, "{part:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        // Few letters, so that values overlap, begin alike, and are cut everywhere.
        #[test]
        fn the_output_does_not_depend_on_the_pieces(
            values in prop::collection::vec(r"[ab\n]{8,12}|[abc]{16,40}|(ab){4,20}|a{8,30}|[ab\\%14]{8,12}|\{[ -~]{8,16}\}", 1..6),
            words in prop::collection::vec((0..8_usize, r"[abc\r\n]{0,9}|[\\u%016nx ]{0,6}", 0..40_usize), 0..30),
            ends in prop::collection::vec(0..400_usize, 0..60),
        ) {
            let replacements = Replacements::new(values.iter().enumerate().map(|(name, value)| (name, value.as_bytes())));
            let mut text = String::new();
            for (value, other, cut) in &words {
                let value = values.get(*value).map_or("", |value| &value[..value.len().min(*cut)]);
                text += &format!("{value}{other}");
            }
            let mut ends = ends;
            ends.sort_unstable();
            let all = redact_pieces(&replacements, text.as_bytes(), &[]);
            prop_assert_eq!(&all, &redact_pieces(&replacements, text.as_bytes(), &ends));
            let each: Vec<usize> = (0..text.len()).collect();
            prop_assert_eq!(&all, &redact_pieces(&replacements, text.as_bytes(), &each));
        }
    }
}
