//! YAML (1.2) as nodes that know their lines, each scalar as it is written.
//!
//! The nodes lie in one list and know each other by number: nothing here recurses, and an alias copies
//! nothing.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};
use zeroize::Zeroizing;

use super::{Assignments, Entry, HALF, Note, SyntaxError, without_mark};

/// The most that the values of a text come to, in bytes. Only aliases lead that far.
const LARGE: usize = 64 << 20;

/// One document.
pub struct Tree {
    /// The first is the root; none if the document is empty.
    nodes: Vec<Node>,
}

/// A part of a document.
pub struct Node {
    /// Counted from 1.
    pub line: usize,
    pub content: Content,
}

/// What a part of a document is.
pub enum Content {
    /// A scalar without quotes, which may be a null.
    Plain(Zeroizing<String>),
    /// A scalar with quotes, or a block of text.
    Text(Zeroizing<String>),
    List(Vec<usize>),
    /// Names and values in turn.
    Map(Vec<usize>),
    Alias(usize),
    /// Anything with a tag, by which it is not what it looks like.
    Tagged,
}

/// A name and what it is set to; or what stands there instead, in words that follow the name.
pub struct Pair<'t> {
    pub line: usize,
    pub name: &'t str,
    pub value: Result<&'t Node, &'static str>,
}

impl Tree {
    /// Parses a document.
    ///
    /// # Errors
    /// If it is no YAML, or more than one document.
    pub fn parse(text: &str) -> Result<Tree, SyntaxError> {
        let mut nodes: Vec<Node> = Vec::new();
        let mut open: Vec<usize> = Vec::new();
        let mut anchors: HashMap<usize, usize> = HashMap::new();
        for event in Parser::new_from_str(without_mark(text)) {
            let (event, span) = event.map_err(|error| wrong(&error))?;
            let line = span.start.line();
            let opens = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
            let (content, anchor) = match event {
                Event::Scalar(text, style, anchor, tag) => {
                    // The parser says ~ for what is not there.
                    let text = if style == ScalarStyle::Plain && span.is_empty() { "" } else { &*text };
                    (scalar(text, style, tag.as_deref()), anchor)
                }
                Event::SequenceStart(_, anchor, tag) => {
                    (untagged(Content::List(Vec::new()), tag.as_deref(), "seq"), anchor)
                }
                Event::MappingStart(_, anchor, tag) => {
                    (untagged(Content::Map(Vec::new()), tag.as_deref(), "map"), anchor)
                }
                // An anchor that nobody set is an error of the parser's.
                Event::Alias(anchor) => (Content::Alias(anchors.get(&anchor).copied().unwrap_or_default()), 0),
                Event::SequenceEnd | Event::MappingEnd => {
                    open.pop();
                    continue;
                }
                Event::DocumentStart(..) if !nodes.is_empty() => {
                    return Err(SyntaxError::at(line, "a second document, and only one is read"));
                }
                _ => continue,
            };
            let at = nodes.len();
            let parent = open.last().and_then(|parent| nodes.get_mut(*parent));
            if let Some(Node { content: Content::List(parts) | Content::Map(parts), .. }) = parent {
                parts.push(at);
            }
            if anchor > 0 {
                anchors.insert(anchor, at);
            }
            if opens {
                open.push(at);
            }
            nodes.push(Node { line, content });
        }
        Ok(Tree { nodes })
    }

    /// The names and values of the document: none if it is empty.
    ///
    /// # Errors
    /// If it is something else than a map.
    pub fn top(&self) -> Result<&[usize], SyntaxError> {
        match self.nodes.first() {
            None => Ok(&[]),
            Some(root) if root.is_nothing() => Ok(&[]),
            Some(Node { content: Content::Map(parts), .. }) => Ok(parts),
            Some(root) => Err(SyntaxError::at(root.line, "no map of names and values")),
        }
    }

    /// A node by its number.
    pub fn here(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// A node by its number, or what it is an alias of.
    fn node(&self, at: usize) -> &Node {
        match self.here(at).content {
            Content::Alias(of) => self.here(of),
            _ => self.here(at),
        }
    }

    /// The pairs of a map.
    ///
    /// # Errors
    /// If a name is no text.
    pub fn pairs(&self, map: &[usize]) -> Result<Vec<Pair<'_>>, SyntaxError> {
        let pair = |(name, value): (usize, usize)| {
            let line = self.here(name).line;
            // No name may be an alias: many aliases of a long one would fill the memory.
            match &self.here(name).content {
                Content::Plain(name) if name.as_str() == "<<" => {
                    Ok(Pair { line, name, value: Err("is a merge key, and nothing is merged") })
                }
                Content::Plain(name) | Content::Text(name) => Ok(Pair { line, name, value: Ok(self.node(value)) }),
                _ => Err(SyntaxError::at(line, "a name that is no text")),
            }
        };
        map.as_chunks().0.iter().map(|[name, value]| pair((*name, *value))).collect()
    }
}

impl Node {
    /// Whether it is left empty, or null.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Plain(text) if text.is_empty() || is_null(text))
    }
}

/// Reads pairs as the entries of an environment.
///
/// # Errors
/// If aliases make them too large.
pub fn entries<'t>(pairs: impl IntoIterator<Item = Pair<'t>>, notes: Vec<Note>) -> Result<Assignments, SyntaxError> {
    let mut parsed = Assignments { entries: Vec::new(), notes };
    let mut size = 0;
    for Pair { line, name, value } in pairs {
        if value.is_ok_and(|node| matches!(&node.content, Content::Plain(text) if text.is_empty())) {
            let text = format!("{name} is followed by nothing: taken as an empty text");
            parsed.notes.push(Note { line, text, is_mistake: false });
        }
        let value = value.and_then(|node| match &node.content {
            Content::Plain(text) if is_null(text) => Err("is null, and no value"),
            Content::Plain(text) | Content::Text(text) => Ok(text),
            Content::List(_) => Err("is a list, and no value"),
            Content::Map(_) => Err("is a map, and no value"),
            Content::Tagged | Content::Alias(_) => Err("has a tag, and only !!str is read"),
        });
        size += value.map_or(0, |text| text.len());
        if size > LARGE {
            return Err(SyntaxError::at(line, "aliases that make it too large"));
        }
        parsed.entries.push(Entry { line, name: name.to_owned(), value: value.cloned() });
    }
    Ok(parsed.last_of_each())
}

fn is_null(text: &str) -> bool {
    matches!(text, "~" | "null" | "Null" | "NULL")
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Content {
    let text = Zeroizing::new(text.to_owned());
    match style {
        ScalarStyle::Plain if tag.is_none() => Content::Plain(text),
        _ => untagged(Content::Text(text), tag, "str"),
    }
}

/// The content, if its tag says nothing else than that.
fn untagged(content: Content, tag: Option<&Tag>, kind: &str) -> Content {
    if tag.is_none_or(|tag| tag.is_yaml_core_schema_tag(kind)) { content } else { Content::Tagged }
}

fn wrong(error: &ScanError) -> SyntaxError {
    let what = match error.kind() {
        ErrorKind::UnknownAnchor => "an alias of nothing: a value that begins with * needs quotes",
        ErrorKind::UndeclaredTagHandle => "a tag of nothing: a value that begins with ! needs quotes",
        ErrorKind::UnexpectedCharacter { .. } => "a character that cannot stand there: it needs quotes, or an escape",
        ErrorKind::MappingValueNotAllowed => "a colon inside a value: it needs quotes",
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation => "a tab, where YAML has spaces",
        ErrorKind::UnclosedQuotedScalar => "quotes that are not closed",
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            "a backslash that begins no escape: in double quotes it is doubled"
        }
        ErrorKind::MissingLowSurrogate | ErrorKind::InvalidLowSurrogate | ErrorKind::UnpairedLowSurrogate => HALF,
        ErrorKind::RecursionLimitExceeded => "nested too deep",
        _ => "no YAML from here on",
    };
    SyntaxError::at(error.marker().line(), what)
}
