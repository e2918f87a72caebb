//! Rewrites expected texts in the sources of the tests: `UPDATE=1 cargo test`.
//!
//! Every comparison of a whole text goes through [`text`], and of a JSON document through [`json`]. Without
//! `UPDATE` they only compare. With it, a text that differs replaces the string literal of the expectation in
//! the source, and the test continues. The literal is searched for
//!
//! 1. in the call that `#[track_caller]` points to, such as `.says("…")` or `.says(&format!("…"))`;
//! 2. in the function around it, such as in a `let` or a row of a table, and in the constants just above it;
//! 3. in the rest of the file, such as in a helper that formats a message.
//!
//! The right literal is one whose value is the expected text, or a `format!` that can have produced it: then
//! either its own words are rewritten or the literals that filled its holes. Otherwise it is a literal that is
//! part of the expected text, if nothing changes but that part.
//!
//! Exit codes are never rewritten, and in JSON only strings are. If no literal is found, or if one literal would
//! have to become two texts (in a loop), the test fails and asks for a change by hand. Comparisons of a part of
//! a text (`contains`, `starts_with`, the prompts that a terminal waits for) always need one.

mod literal;
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::panic::Location;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;

use literal::{Literal, Scan};
use template::Template;

/// The sources that were searched so far, by path. The tests are threads of one process, so this has all edits of
/// a file. Lines and columns always refer to the text as it was compiled.
static SOURCES: Mutex<BTreeMap<String, Source>> = Mutex::new(BTreeMap::new());

/// Asserts that a text is as expected. With `UPDATE`, rewrites the expectation in the caller's source instead.
#[track_caller]
pub fn text(actual: &str, expected: &str, context: &str) {
    match settle(expected, actual) {
        Rewrite::Settled => {}
        Rewrite::Off => assert_eq!(actual, expected, "{context}"),
        Rewrite::Missing => {
            assert_eq!(actual, expected, "UPDATE found no literal to rewrite, change it by hand; {context}")
        }
        Rewrite::Disputed => {
            panic!("UPDATE: two comparisons want different texts in one literal, change it by hand: {actual:?}")
        }
    }
}

/// Asserts that a document is as expected. With `UPDATE`, rewrites the strings that differ.
#[track_caller]
pub fn json(actual: &Value, expected: &Value, context: &str) {
    match (actual, expected) {
        (Value::String(actual), Value::String(expected)) => text(actual, expected, context),
        (Value::Array(actuals), Value::Array(expecteds)) if actuals.len() == expecteds.len() => {
            for (actual, expected) in actuals.iter().zip(expecteds) {
                json(actual, expected, context);
            }
        }
        (Value::Object(actuals), Value::Object(expecteds)) if actuals.keys().eq(expecteds.keys()) => {
            for (actual, expected) in actuals.values().zip(expecteds.values()) {
                json(actual, expected, context);
            }
        }
        _ => assert_eq!(actual, expected, "{context}"),
    }
}

/// Whether this run rewrites expectations.
pub fn is_on() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty())
}

#[track_caller]
fn settle(expected: &str, actual: &str) -> Rewrite {
    if !is_on() {
        return Rewrite::Off;
    }

    let at = Location::caller();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(at.file());
    let mut sources = SOURCES.lock().unwrap();
    let source = sources
        .entry(at.file().to_owned())
        .or_insert_with(|| Source::new(fs::read_to_string(&path).expect("a test runs where it was compiled")));

    let rewrite = source.settle(at.line(), at.column(), expected, actual);
    let edited = source.edited();
    if edited != source.written {
        fs::write(path, &edited).unwrap();
        source.written = edited;
    }
    rewrite
}

/// What came of an expectation.
#[derive(Debug, PartialEq)]
enum Rewrite {
    /// The source is right, or will be once the edits are written.
    Settled,
    /// `UPDATE` is not set.
    Off,
    /// No literal was found, or it is unclear which one to rewrite.
    Missing,
    /// Another comparison wants a different text in the same literal.
    Disputed,
}

/// The span of a literal, and the literal that replaces it.
type Edit = (Range<usize>, String);

/// A file as it was compiled, and the edits to it.
struct Source {
    text: String,
    /// The current content of the file.
    written: String,
    scan: Scan,
    /// By the start of a literal: its end, and the new literal, or `None` if two comparisons disagree.
    edits: BTreeMap<usize, (usize, Option<String>)>,
}

impl Source {
    fn new(text: String) -> Source {
        let scan = Scan::new(&text);
        Source { written: text.clone(), text, scan, edits: BTreeMap::new() }
    }

    /// Plans the edits that make the comparison at this line and column true. Both count from 1, in characters.
    fn settle(&mut self, line: u32, column: u32, expected: &str, actual: &str) -> Rewrite {
        let line_start = self.text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum::<usize>();
        let in_line = self.text[line_start..].chars().take(column as usize - 1).map(char::len_utf8).sum::<usize>();
        let at = line_start + in_line;
        let regions = [self.scan.call(at), item(&self.text, at), 0..self.text.len()];

        if actual != expected {
            return match self.plan(&regions, expected, actual) {
                Some(edits) => self.edit(edits),
                None => Rewrite::Missing,
            };
        }
        // Record that the literal of this call is right, so that a later round of a loop that wants another text is a
        // dispute. Literals elsewhere are not recorded: they may be equal for another reason.
        match self.plan(&regions[..1], expected, actual) {
            Some(edits) => self.edit(edits),
            None => Rewrite::Settled,
        }
    }

    /// The edits that turn the expected text into the actual one, from the first region that has a match.
    fn plan(&self, regions: &[Range<usize>], expected: &str, actual: &str) -> Option<Vec<Edit>> {
        regions.iter().enumerate().find_map(|(nth, region)| {
            let is_inside = |literal: &&Literal| region.start <= literal.span.start && literal.span.end <= region.end;
            let inside = self.scan.literals.iter().filter(is_inside);
            let (formats, plain): (Vec<_>, Vec<_>) = inside.partition(|literal| literal.is_template);
            let wider = if nth == 0 { &regions[1..] } else { regions };

            // Several rows of a table may expect the same text, but in a whole file equal texts mean different things.
            let same: Vec<_> = plain.iter().filter(|literal| literal.value == expected).collect();
            if same.len() == 1 || (same.len() > 1 && region.len() < self.text.len()) {
                return Some(same.into_iter().map(|literal| self.replacement(literal, actual)).collect());
            }
            self.plan_format(&formats, wider, expected, actual).or_else(|| self.plan_part(&plain, expected, actual))
        })
    }

    /// The edits of the format that produced the expected text: of its words, or of the literals in its holes.
    fn plan_format(
        &self,
        formats: &[&Literal],
        wider: &[Range<usize>],
        expected: &str,
        actual: &str,
    ) -> Option<Vec<Edit>> {
        // Of several matching formats, the one with the most words is the least likely to match by chance.
        let templates = formats.iter().map(|literal| (literal, Template::new(&literal.value)));
        let fitting = templates.filter(|(_, template)| template.weight() > 0 && template.values(expected).is_some());
        let (literal, template) = fitting.max_by_key(|(_, template)| template.weight())?;
        if actual == expected {
            return Some(vec![self.replacement(literal, &literal.value)]);
        }
        let values = template.values(expected)?;
        self.plan_values(wider, &values, &template.values(actual).unwrap_or_default())
            .or_else(|| Some(vec![self.replacement(literal, &template.reworded(&values, actual)?)]))
    }

    /// The edit of a literal that is part of the expected text, if only that part changes.
    fn plan_part(&self, plain: &[&Literal], expected: &str, actual: &str) -> Option<Vec<Edit>> {
        let new_part = |literal: &Literal| {
            let (before, after) = expected.split_once(&literal.value)?;
            let part = actual.strip_prefix(before)?.strip_suffix(after)?;
            (literal.value.len() > 3 && part != literal.value).then(|| part.to_owned())
        };
        let parts = plain.iter().filter_map(|literal| Some((literal, new_part(literal)?)));
        let (literal, part) = parts.max_by_key(|(literal, _)| literal.value.len())?;
        Some(vec![self.replacement(literal, &part)])
    }

    /// The edits of the literals that filled a format's holes, if its words stay and a value changes.
    fn plan_values(&self, regions: &[Range<usize>], old: &[&str], new: &[&str]) -> Option<Vec<Edit>> {
        if old == new || old.len() != new.len() {
            return None;
        }
        let changed = old.iter().zip(new).filter(|(old, new)| old != new);
        let plans: Option<Vec<_>> = changed.map(|(old, new)| self.plan(regions, old, new)).collect();
        Some(plans?.concat())
    }

    fn replacement(&self, literal: &Literal, value: &str) -> Edit {
        let was = || self.text[literal.span.clone()].to_owned();
        let new = if literal.value == value { was() } else { literal::write(value, &self.text, literal) };
        (literal.span.clone(), new)
    }

    fn edit(&mut self, edits: Vec<Edit>) -> Rewrite {
        let mut rewrite = Rewrite::Settled;
        for (span, literal) in edits {
            let edit = self.edits.entry(span.start).or_insert_with(|| (span.end, Some(literal.clone())));
            if edit.1.as_ref() != Some(&literal) {
                edit.1 = None;
                rewrite = Rewrite::Disputed;
            }
        }
        rewrite
    }

    /// The whole text with all edits so far.
    fn edited(&self) -> String {
        let mut edited = String::new();
        let mut at = 0;
        for (&start, (end, literal)) in &self.edits {
            edited += &self.text[at..start];
            edited += literal.as_deref().unwrap_or(&self.text[start..*end]);
            at = *end;
        }
        edited + &self.text[at..]
    }
}

/// The top-level item around an offset, with the constants above it. Such an item ends with `}` at the left margin.
fn item(text: &str, at: usize) -> Range<usize> {
    let start = text[..at].rfind("\n}\n").map_or(0, |end| end + 3);
    let end = text[at..].find("\n}\n").map_or(text.len(), |end| at + end + 2);
    start..end
}

/// A sample source.
#[cfg(test)]
const SOURCE: &str = r##"
const HINT: &str = "try again";

fn one() {
    ran.prints("é").says("old"); other.fails(2, "old");
    ran.prints(r"c:\d");
    ran.asks(&format!("error: {path} is bad\n hint: {HINT}"));
}

fn two() {
    for (name, said) in [("a", "A is bad"), ("b", "B is bad")] {
        ran(name).says(said);
        ran(name).fails(2, &format!("error: {said}\n \
                                     hint: none"));
    }
    ran.shows(&made("A is bad"), HINT);
    let (path, tail) = (temporary(), " is full, " + "as ever");
    ran.ends(6, &format!("{path}{tail}"));
}
"##;

/// Settles comparisons, each given by the start of its call, the expected and the actual text. Returns what came
/// of each, and the changed lines.
#[cfg(test)]
fn settled(comparisons: &[(&str, &str, &str)]) -> (Vec<Rewrite>, Vec<String>) {
    let mut source = Source::new(SOURCE.to_owned());
    let settle = |&(call, expected, actual): &(&str, &str, &str)| {
        let (before, _) = SOURCE.split_once(call).unwrap();
        let (lines, in_line) = before.rsplit_once('\n').unwrap();
        let (line, column) = (lines.split('\n').count() + 1, in_line.chars().count() + 1);
        source.settle(line as u32, column as u32, expected, actual)
    };
    let outcomes = comparisons.iter().map(settle).collect();
    let edited = source.edited();
    let changed = edited.lines().filter(|line| !SOURCE.lines().any(|old| old == *line));
    (outcomes, changed.map(|line| line.trim().to_owned()).collect())
}

#[test]
fn rewrites_several_literals_of_one_line_each_by_its_own_call() {
    let (outcomes, changed) = settled(&[
        ("fails(2, \"old", "old", "2 \"x\""),
        ("prints(\"é", "é", "one\n"),
        ("says(\"old", "old", "old"),
        ("prints(r\"c", r"c:\d", r"c:\e"),
    ]);
    assert!(outcomes.iter().all(|outcome| *outcome == Rewrite::Settled), "{outcomes:?}");
    let line = r##"ran.prints("one\n").says("old"); other.fails(2, r#"2 "x""#);"##;
    assert_eq!(changed, [line, r#"ran.prints(r"c:\e");"#]);
}

#[test]
fn rewrites_the_words_of_a_format_and_keeps_its_holes() {
    let old = "error: /tmp/a is bad\n hint: try again";
    let (outcomes, changed) = settled(&[("asks", old, "error: bad {/tmp/a}\n hint: try again")]);
    assert_eq!(outcomes, [Rewrite::Settled]);
    assert_eq!(changed, [r#"ran.asks(&format!("error: bad {{{path}}}\n hint: {HINT}"));"#]);
}

#[test]
fn keeps_a_format_whose_text_is_right() {
    let right = "error: again is bad\n hint: try again";
    assert_eq!(settled(&[("asks", right, right)]), (vec![Rewrite::Settled], vec![]));
}

#[test]
fn rewrites_the_constant_or_the_row_that_filled_a_format() {
    let (outcomes, changed) = settled(&[
        ("asks", "error: x is bad\n hint: try again", "error: x is bad\n hint: once more"),
        ("fails(2, &format", "error: B is bad\n hint: none", "error: B is worse\n hint: none"),
    ]);
    assert_eq!(outcomes, [Rewrite::Settled, Rewrite::Settled]);
    let row = r#"for (name, said) in [("a", "A is bad"), ("b", "B is worse")] {"#;
    assert_eq!(changed, [r#"const HINT: &str = "once more";"#, row]);
}

#[test]
fn keeps_a_broken_literal_broken() {
    let (outcomes, changed) =
        settled(&[("fails(2, &format", "error: B is bad\n hint: none", "wrong: B is bad\n hint: any")]);
    assert_eq!(outcomes, [Rewrite::Settled]);
    assert_eq!(changed, [r#"ran(name).fails(2, &format!("wrong: {said}\n \"#, r#"hint: any"));"#]);
}

#[test]
fn rewrites_a_literal_that_is_the_changed_part_of_a_text() {
    let (outcomes, changed) = settled(&[("ends", "/tmp/a is full, as ever", "/tmp/a is full, as always")]);
    assert_eq!(outcomes, [Rewrite::Settled]);
    assert_eq!(changed, [r#"let (path, tail) = (temporary(), " is full, " + "as always");"#]);
}

#[test]
fn refuses_a_text_without_a_literal_and_a_literal_that_two_comparisons_dispute() {
    let (outcomes, changed) = settled(&[
        ("asks", "made elsewhere", "and changed"),
        ("prints(\"é", "é", "e"),
        ("prints(\"é", "é", "é"),
        ("says(\"old", "old", "old"),
        ("says(\"old", "old", "new"),
    ]);
    use Rewrite::{Disputed, Missing, Settled};
    assert_eq!(outcomes, [Missing, Settled, Disputed, Settled, Disputed]);
    assert_eq!(changed, [""; 0]);
}
