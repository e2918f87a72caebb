//! A YAML (1.2) document as nodes that know their lines, with each scalar as it is written.
//!
//! The nodes lie in one list and refer to each other by index, so nothing recurses and an alias copies nothing.

use std::collections::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Tag};
use zeroize::Zeroizing;

use super::syntax_error::{LONE_SURROGATE, SyntaxError, without_byte_order_mark};

/// One document.
pub struct Tree {
    /// The line on which it begins, from 1.
    line: usize,
    /// The root comes first. An empty document has no nodes.
    nodes: Vec<Node>,
}

/// A part of a document.
pub struct Node {
    /// From 1.
    pub line: usize,
    pub content: Content,
}

/// The content of a node. Lists and maps hold the indices of their parts.
pub enum Content {
    /// A scalar without quotes, which may be a null.
    Plain(Zeroizing<String>),
    /// A scalar with quotes, or a block scalar.
    Text(Zeroizing<String>),
    List(Vec<usize>),
    /// Names and values in turn.
    Map(Vec<usize>),
    Alias(usize),
    /// Anything with a tag that changes its type.
    Tagged,
}

/// A name in a map, and the node of its value or the reason why there is none.
pub struct Pair<'t> {
    pub line: usize,
    pub name: &'t str,
    pub value: Result<&'t Node, &'static str>,
}

impl Tree {
    /// Parses a document.
    ///
    /// # Errors
    /// If the text is not YAML, or holds more than one document.
    pub fn parse(text: &str) -> Result<Tree, SyntaxError> {
        let mut documents = Tree::documents(text)?.into_iter();
        let first = documents.next().unwrap_or(Tree { line: 1, nodes: Vec::new() });
        match documents.next() {
            Some(second) => Err(SyntaxError::at(second.line, "only one YAML document is allowed")),
            None => Ok(first),
        }
    }

    /// Parses each document of a text. JSON is one of them.
    ///
    /// # Errors
    /// If the text is not YAML.
    pub fn documents(text: &str) -> Result<Vec<Tree>, SyntaxError> {
        let text = without_byte_order_mark(text);
        let mut documents = Vec::new();
        let mut builder = Builder::default();
        let mut start = 1;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| syntax_error(&error, text))?;
            let line = span.start.line();
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    // The parser reports a missing scalar as `~`.
                    let text = if style == ScalarStyle::Plain && span.is_empty() { "" } else { &*text };
                    builder.add(line, anchor, scalar(text, style, tag.as_deref()));
                }
                Event::SequenceStart(_, anchor, tag) => {
                    builder.open(line, anchor, unless_tagged(Content::List(Vec::new()), tag.as_deref(), "seq"));
                }
                Event::MappingStart(_, anchor, tag) => {
                    builder.open(line, anchor, unless_tagged(Content::Map(Vec::new()), tag.as_deref(), "map"));
                }
                Event::SequenceEnd | Event::MappingEnd => builder.close(),
                Event::Alias(anchor) => builder.alias(line, anchor),
                Event::DocumentStart(..) => start = line,
                Event::DocumentEnd => {
                    let Builder { nodes, .. } = std::mem::take(&mut builder);
                    documents.push(Tree { line: start, nodes });
                }
                _ => {}
            }
        }
        Ok(documents)
    }

    /// Returns the names and values of the document, none if it is empty.
    ///
    /// # Errors
    /// If the document is not a map.
    pub fn top(&self) -> Result<&[usize], SyntaxError> {
        match self.root() {
            None => Ok(&[]),
            Some(Node { content: Content::Map(parts), .. }) => Ok(parts),
            Some(root) => Err(SyntaxError::at(root.line, "expected a map of names and values")),
        }
    }

    /// Returns a node by its index.
    pub fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// Returns the root, none if the document is empty.
    pub fn root(&self) -> Option<&Node> {
        self.nodes.first().filter(|root| !root.is_nothing())
    }

    /// Returns the pairs of a map.
    ///
    /// # Errors
    /// If a name is not text.
    pub fn pairs(&self, map: &[usize]) -> Result<Vec<Pair<'_>>, SyntaxError> {
        let pair = |[name, value]: &[usize; 2]| {
            let Node { line, content } = self.node(*name);
            let (name, value) = match content {
                Content::Plain(name) if name.as_str() == "<<" => (name, Err("merge keys are not supported")),
                Content::Plain(name) | Content::Text(name) => (name, Ok(self.resolved(*value))),
                // An alias is not a name either: many aliases of a long one would fill the memory.
                _ => return Err(SyntaxError::at(*line, "a name must be text")),
            };
            Ok(Pair { line: *line, name, value })
        };
        map.as_chunks().0.iter().map(pair).collect()
    }

    /// Returns the value of a name in a map, the last one if there are several. None also if the node is no map.
    pub fn value(&self, map: &Node, name: &str) -> Option<&Node> {
        let Content::Map(parts) = &map.content else { return None };
        let is_named = |at: usize| self.node(at).text() == Some(name);
        parts.as_chunks().0.iter().rev().find(|[at, _]| is_named(*at)).map(|[_, value]| self.resolved(*value))
    }

    /// Returns a node by its index, or the node that it is an alias of.
    fn resolved(&self, at: usize) -> &Node {
        match self.node(at).content {
            Content::Alias(target) => self.node(target),
            _ => self.node(at),
        }
    }
}

impl Node {
    /// Returns the text of a scalar.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Plain(text) | Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether the node is left empty, or null.
    pub fn is_nothing(&self) -> bool {
        matches!(&self.content, Content::Plain(text) if text.is_empty() || is_null(text))
    }
}

/// A tree of which some lists and maps are not complete.
#[derive(Default)]
struct Builder {
    nodes: Vec<Node>,
    /// The lists and maps that are still open, from the outermost to the innermost.
    open: Vec<usize>,
    /// The index of the node with each anchor.
    anchors: HashMap<usize, usize>,
}

impl Builder {
    /// Adds a node to the innermost list or map. The anchor 0 is none.
    fn add(&mut self, line: usize, anchor: usize, content: Content) {
        let at = self.nodes.len();
        let parent = self.open.last().and_then(|parent| self.nodes.get_mut(*parent));
        if let Some(Node { content: Content::List(parts) | Content::Map(parts), .. }) = parent {
            parts.push(at);
        }
        if anchor > 0 {
            self.anchors.insert(anchor, at);
        }
        self.nodes.push(Node { line, content });
    }

    /// Adds a list or a map, to which the next nodes belong.
    fn open(&mut self, line: usize, anchor: usize, content: Content) {
        let at = self.nodes.len();
        self.add(line, anchor, content);
        self.open.push(at);
    }

    fn close(&mut self) {
        self.open.pop();
    }

    /// Adds an alias. The parser has checked that its anchor exists.
    fn alias(&mut self, line: usize, anchor: usize) {
        let target = self.anchors.get(&anchor).copied().unwrap_or_default();
        self.add(line, 0, Content::Alias(target));
    }
}

/// Whether a plain scalar is a null in the core schema of YAML 1.2.
pub fn is_null(text: &str) -> bool {
    matches!(text, "~" | "null" | "Null" | "NULL")
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Content {
    // The text after the tag of ansible-vault says itself that it is ciphertext.
    let tag = tag.filter(|tag| tag.to_string() != "!vault");
    let text = Zeroizing::new(text.to_owned());
    match style {
        ScalarStyle::Plain if tag.is_none() => Content::Plain(text),
        _ => unless_tagged(Content::Text(text), tag, "str"),
    }
}

/// Returns the content if its tag, should it have one, only repeats its kind.
fn unless_tagged(content: Content, tag: Option<&Tag>, kind: &str) -> Content {
    if tag.is_none_or(|tag| tag.is_yaml_core_schema_tag(kind)) { content } else { Content::Tagged }
}

/// Replaces the message of the YAML library, which may quote a value.
fn syntax_error(error: &ScanError, text: &str) -> SyntaxError {
    let what = match error.kind() {
        ErrorKind::UnknownAnchor => "unknown alias: quote a value that begins with `*`",
        ErrorKind::UndeclaredTagHandle => "unknown tag: quote a value that begins with `!`",
        ErrorKind::UnexpectedCharacter { .. } => "unexpected character: quote the value or escape the character",
        ErrorKind::MappingValueNotAllowed => "a colon inside a value: quote the value",
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInPlainScalar
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabAtBlockScalarStart => "a tab where YAML requires spaces",
        ErrorKind::UnclosedQuotedScalar => "the quotes are not closed",
        ErrorKind::UnknownQuotedScalarEscape | ErrorKind::InvalidQuotedScalarHexEscape => {
            "invalid escape: double a backslash between double quotes"
        }
        ErrorKind::MissingLowSurrogate | ErrorKind::InvalidLowSurrogate | ErrorKind::UnpairedLowSurrogate => {
            LONE_SURROGATE
        }
        ErrorKind::RecursionLimitExceeded => "nested too deeply",
        _ => "invalid YAML",
    };
    let line = error.marker().line();
    // The library reports where the value begins that the tab continues.
    let line = match error.kind() {
        ErrorKind::TabInPlainScalar | ErrorKind::TabAtBlockScalarStart => line_of_tab(text, line).unwrap_or(line),
        _ => line,
    };
    SyntaxError::at(line, what)
}

/// Returns the first line after the given one that is indented with a tab.
fn line_of_tab(text: &str, line: usize) -> Option<usize> {
    let is_indented = |line: &str| line[..line.len() - line.trim_start().len()].contains('\t');
    text.lines().skip(line).position(is_indented).map(|after| line + after + 1)
}
