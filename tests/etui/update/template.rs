//! A `format!` string, matched against the text that it produced.

use std::ops::Range;

/// The words and holes of a format string.
pub struct Template {
    pieces: Vec<Piece>,
}

enum Piece {
    Words(String),
    /// A hole as written, such as `{}` or `{path}`.
    Hole(String),
}

impl Template {
    pub fn new(format: &str) -> Template {
        let mut pieces = vec![];
        let mut words = String::new();
        let mut rest = format;
        while let Some(first) = rest.chars().next() {
            let is_hole = first == '{' && !rest.starts_with("{{");
            let length = match rest.find('}') {
                Some(end) if is_hole => end + 1,
                _ if rest.starts_with("{{") || rest.starts_with("}}") => 2,
                _ => first.len_utf8(),
            };
            if is_hole {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
                pieces.push(Piece::Hole(rest[..length].to_owned()));
            } else {
                words.push(first);
            }
            rest = &rest[length..];
        }
        pieces.push(Piece::Words(words));
        pieces.retain(|piece| !matches!(piece, Piece::Words(words) if words.is_empty()));
        Template { pieces }
    }

    /// The length of its words in bytes: the longer, the less likely is a match by chance.
    pub fn weight(&self) -> usize {
        self.pieces.iter().map(|piece| if let Piece::Words(words) = piece { words.len() } else { 0 }).sum()
    }

    /// The values that fill the holes to make this text, one per hole. Each value is as short as possible.
    pub fn values<'t>(&self, text: &'t str) -> Option<Vec<&'t str>> {
        let mut values = vec![];
        let mut rest = text;
        let mut in_hole = false;
        for (nth, piece) in self.pieces.iter().enumerate() {
            let Piece::Words(words) = piece else {
                // Nothing tells where the first of two adjacent holes ends.
                if in_hole {
                    return None;
                }
                in_hole = true;
                continue;
            };
            let is_last = nth + 1 == self.pieces.len();
            let start = match (in_hole, is_last) {
                (true, true) => rest.strip_suffix(words.as_str())?.len(),
                (true, false) => rest.find(words.as_str())?,
                (false, _) => rest.starts_with(words.as_str()).then_some(0)?,
            };
            if in_hole {
                values.push(&rest[..start]);
            }
            rest = &rest[start + words.len()..];
            in_hole = false;
        }

        if in_hole {
            values.push(rest);
        } else if !rest.is_empty() {
            return None;
        }
        Some(values)
    }

    /// The format string that produces `text` from the same values, if `text` contains each of them as whole words.
    pub fn reworded(&self, values: &[&str], text: &str) -> Option<String> {
        let holes =
            self.pieces.iter().filter_map(|piece| if let Piece::Hole(hole) = piece { Some(hole) } else { None });
        let mut holes: Vec<(&String, &str)> = holes.zip(values.iter().copied()).collect();
        let positional: Vec<&str> =
            holes.iter().filter(|(hole, _)| is_positional(hole)).map(|(_, value)| *value).collect();

        // The longest values first, so that a short one is not found inside a long one.
        holes.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        let mut filled: Vec<(Range<usize>, &String)> = vec![];
        for (hole, value) in holes {
            let is_free = |span: &Range<usize>| {
                filled.iter().all(|(other, _)| span.end <= other.start || other.end <= span.start)
            };
            let free: Vec<_> = occurrences(text, value).into_iter().filter(is_free).collect();
            let is_repeated = filled.iter().any(|(_, other)| *other == hole) && !is_positional(hole);
            if free.is_empty() && !is_repeated {
                return None;
            }
            // A path that is mentioned twice needs the hole twice. A short value may be there by chance.
            let is_distinct = value.len() > 3 && !is_positional(hole);
            let count = if is_distinct { free.len() } else { 1 };
            filled.extend(free.into_iter().take(count).map(|span| (span, hole)));
        }

        filled.sort_by_key(|(span, _)| span.start);
        let in_order = filled.iter().filter(|(_, hole)| is_positional(hole)).map(|(span, _)| &text[span.clone()]);
        if !in_order.eq(positional) {
            return None;
        }

        let escaped = |words: &str| words.replace('{', "{{").replace('}', "}}");
        let mut format = String::new();
        let mut at = 0;
        for (span, hole) in filled {
            format += &escaped(&text[at..span.start]);
            format += hole;
            at = span.end;
        }
        Some(format + &escaped(&text[at..]))
    }
}

fn is_positional(hole: &str) -> bool {
    hole == "{}" || hole.starts_with("{:")
}

/// The positions of a value in a text, except inside a longer word.
fn occurrences(text: &str, value: &str) -> Vec<Range<usize>> {
    let is_word = |char: Option<char>| char.is_some_and(|char| char.is_alphanumeric() || char == '_');
    let is_whole = |&at: &usize| {
        let end = at + value.len();
        let joined_before = is_word(text[..at].chars().next_back()) && is_word(value.chars().next());
        let joined_after = is_word(text[end..].chars().next()) && is_word(value.chars().next_back());
        !joined_before && !joined_after
    };
    if value.is_empty() {
        return vec![];
    }
    text.match_indices(value).map(|(at, _)| at).filter(is_whole).map(|at| at..at + value.len()).collect()
}

#[test]
fn finds_the_values_that_filled_a_format_string() {
    let template = Template::new("error: {path} has {{{count:>3}}} lines");
    assert_eq!(template.values("error: a b has {  2} lines"), Some(vec!["a b", "  2"]));
    assert_eq!(template.values("error: a has 2 lines"), None);
    assert_eq!(Template::new("{a}{b}").values("ab"), None);
    assert_eq!(Template::new("{a}").values("ab"), Some(vec!["ab"]));
}

#[test]
fn rewords_a_format_string_around_its_values() {
    let reworded = |format: &str, old: &str, new: &str| {
        let template = Template::new(format);
        let values = template.values(old).unwrap();
        template.reworded(&values, new)
    };
    let named = "error: {path} is held by {by}";
    assert_eq!(reworded(named, "error: /a/b is held by al", "al holds {/a/b}").unwrap(), "{by} holds {{{path}}}");
    assert_eq!(reworded(named, "error: /a/b is held by al", "/a/b: al, rm /a/b").unwrap(), "{path}: {by}, rm {path}");
    assert_eq!(reworded(named, "error: /a/b is held by al", "error: /a/b is also held"), None);
    assert_eq!(reworded("{} in {}", "one in two", "one of two"), Some("{} of {}".to_owned()));
    assert_eq!(reworded("{} in {}", "one in two", "two has one"), None);
    assert_eq!(reworded("{a} and {a}", "xy and xy", "xy or xy").unwrap(), "{a} or {a}");
}
