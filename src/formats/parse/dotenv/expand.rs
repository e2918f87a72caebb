//! References between the values of one text, and their expansion where nothing about it is in doubt.
//!
//! Applications differ in everything but the plain case: in operators such as `:-`, in escapes, in `$$`, in names
//! that are set twice or further down, and in a `$` that an expanded value holds itself.

use std::collections::{BTreeMap, HashMap, HashSet};

use zeroize::Zeroizing;

use super::quotes::{decode, is_escaped};
use crate::formats::parse::assignments::Entry;

/// The most bytes of all expanded values. Each line can double what the line before it holds.
const ROOM: usize = 64 << 20;

/// A value that an application might expand.
pub struct Reference<'t> {
    /// The line of its name. Several entries can have it, since a CR ends no line here.
    pub line: usize,
    /// The value as written, and the quote around it if there is one. None between quotes in which some
    /// applications expand and others do not.
    pub text: Option<(&'t str, Option<char>)>,
}

/// Whether a text contains what an application might expand: a `$` before a name, a digit, `{` or `(`. In double
/// quotes a backslash keeps that from happening.
pub fn has_reference(text: &str, quote: Option<char>) -> bool {
    let begins = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '{' | '('));
    let is_live = |at: usize| quote != Some('"') || !is_escaped(text, at, '"');
    text.match_indices('$').any(|(at, _)| is_live(at) && begins(&text[at + 1..]))
}

/// The values that an application might expand, by the names that they are set for.
pub type References<'t> = BTreeMap<String, Reference<'t>>;

/// Replaces the references of these entries, which are in the order of the text. An entry with any other reference
/// than a plain one to an earlier line loses its value.
pub fn expand(entries: &mut [Entry], references: &References<'_>, repeated: &HashSet<String>) {
    let names = entries.iter().enumerate().map(|(at, entry)| (entry.name.clone(), at));
    let places: HashMap<String, usize> = names.collect();
    let mut room = ROOM;

    for at in 0..entries.len() {
        let reference = references.get(&entries[at].name);
        let Some((text, quote)) = reference.and_then(|reference| reference.text) else { continue };
        let earlier = |name: &str| match places.get(name) {
            _ if repeated.contains(name) => Err("`$` refers to a name that several lines set"),
            Some(place) if *place < at => match &entries[*place].value {
                Ok(value) if value.contains('$') => Err("`$` refers to a value that contains a `$` itself"),
                Ok(value) => Ok(value.as_str()),
                Err(_) => Err("`$` refers to a value that was refused"),
            },
            _ => Err("`$` refers to a name that no earlier line sets"),
        };
        // Some applications expand the last line where the first one stands.
        let value = match repeated.contains(&entries[at].name) {
            true => Err("`$` is not expanded for a name that several lines set"),
            false => expanded(text, quote, room, earlier),
        };
        room -= value.as_ref().map_or(0, |value| value.len().min(room));
        entries[at].value = value;
    }
}

fn expanded<'v>(
    text: &str,
    quote: Option<char>,
    room: usize,
    earlier: impl Fn(&str) -> Result<&'v str, &'static str>,
) -> Result<Zeroizing<String>, &'static str> {
    let mut out = Zeroizing::new(String::new());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        let braced = after.strip_prefix('{').map(|inner| inner.split_once('}').unwrap_or_default());
        let (name, after) = braced.unwrap_or_else(|| {
            let is_in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            after.split_at(after.find(|c| !is_in_name(c)).unwrap_or(after.len()))
        });
        if !is_name(name) || before.ends_with('\\') {
            return Err("`$` is expanded only in a plain `${NAME}`, without escape or operator");
        }
        push(&mut out, before, quote);
        let value = earlier(name)?;
        if out.len() + value.len() > room {
            return Err("`$` expands to too much text");
        }
        out.push_str(value);
        rest = after;
    }
    push(&mut out, rest, quote);
    Ok(out)
}

fn push(out: &mut Zeroizing<String>, text: &str, quote: Option<char>) {
    match quote {
        Some(quote) => out.push_str(&decode(text, quote)),
        None => out.push_str(text),
    }
}

fn is_name(text: &str) -> bool {
    let is_in_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.chars().all(is_in_name) && !text.is_empty() && !text.starts_with(|c: char| c.is_ascii_digit())
}
