//! YAML: one map of scalars, which keep their source text. `yes`, `0777` and `1.10` are strings.

use super::assignments::{Assignments, Entry, Note};
use super::syntax_error::SyntaxError;
use super::tree::{Content, Node, Pair, Tree, is_null};

/// The largest sum of all names and values, in bytes. Only aliases reach it.
pub(super) const MAX_SIZE: usize = 64 << 20;

/// The error for a larger one.
pub(super) const TOO_LARGE: &str = "the aliases make the values larger than 64 MiB";

/// Parses a YAML map.
///
/// # Errors
/// If the text is not one YAML document, or not a map. A value that is null or not a scalar is only that entry's
/// error.
pub fn parse(text: &str) -> Result<Assignments, SyntaxError> {
    let tree = Tree::parse(text)?;
    assignments(tree.pairs(tree.top()?)?, Vec::new())
}

/// Turns the pairs of a map into assignments.
///
/// # Errors
/// If aliases make the values too large.
pub(super) fn assignments(pairs: Vec<Pair<'_>>, notes: Vec<Note>) -> Result<Assignments, SyntaxError> {
    let mut parsed = Assignments { notes, ..Assignments::default() };
    let mut size = 0;
    for Pair { line, name, value } in pairs {
        let text = value.and_then(|Node { content, .. }| match content {
            Content::Plain(text) if is_null(text) => Err("null is not a value"),
            Content::Plain(text) | Content::Text(text) => Ok(text),
            Content::List(_) => Err("a list is not a value"),
            Content::Map(_) => Err("a map is not a value"),
            Content::Tagged | Content::Alias(_) => Err("the only supported tag is `!!str`"),
        });
        if value.is_ok_and(|node| matches!(node.content, Content::Map(_))) {
            parsed.nested.get_or_insert_with(|| name.to_owned());
        }
        if value.is_ok_and(|node| matches!(&node.content, Content::Plain(text) if text.is_empty())) {
            parsed.notes.push(Note::new(line, &format!("{name} has no value: read as an empty string")));
        }

        size += name.len() + text.map_or(0, |text| text.len());
        if size > MAX_SIZE {
            return Err(SyntaxError::at(line, TOO_LARGE));
        }
        parsed.entries.push(Entry { line, name: name.to_owned(), value: text.cloned() });
    }
    Ok(parsed.last_of_each())
}

#[cfg(test)]
mod tests {
    use super::super::syntax_error::LONE_SURROGATE;
    use super::*;

    #[test]
    fn keeps_scalars_as_they_are_written() {
        for written in [
            "1.10",
            "yes",
            "NO",
            "on",
            "y",
            "0777",
            "0o17",
            "1e3",
            "1_000",
            "12:34:56",
            "2001-01-01",
            "=",
            ".inf",
            "a b",
            "é",
            "postgres://u:p@h/d?a=b#c",
            "secret:NAME",
            "-x",
            "a'b\"c",
            "true",
            "nullable",
            "?x",
            ":x",
        ] {
            assert_eq!(parse(&format!("A: {written}\n")).unwrap().show(), format!("1: A={written}"));
            assert_eq!(parse(&format!("{{A: {written} }}\n")).unwrap().show(), format!("1: A={written}"));
        }
    }

    #[test]
    fn reads_each_form_of_a_map() {
        for (text, shown) in [
            ("", ""),
            ("# nothing\n", ""),
            ("---\n", ""),
            ("~\n", ""),
            ("{}", ""),
            ("---\nA: b\n...\n", "2: A=b"),
            ("%YAML 1.1\n---\nA: b\n", "3: A=b"),
            ("\u{feff}A: b", "1: A=b"),
            ("A: b\r\nB: c\r\n", "1: A=b\n2: B=c"),
            ("A: b # c\nB: c#d\n", "1: A=b\n2: B=c#d"),
            (
                "A: 'it''s \\n'\nB: \"\\x41\\u00e9\\n\\U0001F980\\ud83e\\udd80\"\nC: ''\n",
                "1: A=it's \\n\n2: B=Aé\n🦀🦀\n3: C=",
            ),
            ("A: \"\\0\"", "1: A=\0"),
            ("A: |\n  b\n   c\n\nB: >-\n  d\n  e\nC: |+\n  f\n\n", "1: A=b\n c\n\n5: B=d e\n8: C=f\n\n"),
            ("A: b\n  c\nB: 'd\n  e'\n", "1: A=b c\n3: B=d e"),
            // YAML wants the second line indented; PyYAML and ruamel.yaml read it without.
            ("A: 'b\nc'\nB: d\n", "1: A=b c\n3: B=d"),
            ("? A\n: b\n", "1: A=b"),
            ("{A: 1, \"B\": 2,\nC: 3}", "1: A=1\n1: B=2\n2: C=3"),
            ("{\"A\":\"b\",\n \"B\":1.10}", "1: A=b\n2: B=1.10"),
            ("no: 1\n~: 2\n1.10: 3\n'': 4\n", "1: no=1\n2: ~=2\n3: 1.10=3\n4: =4"),
            ("A: &a b\nB: *a\n&k C: d\n", "1: A=b\n2: B=b\n3: C=d"),
            ("A: &a 1\nB: &a 2\nC: *a\n", "1: A=1\n2: B=2\n3: C=2"),
            ("A: !!str 1\nB: !!str\nC: !!str ~\n", "1: A=1\n2: B=\n3: C=~"),
            ("A:\nB: b\n", "1: A=\n2: B=b\n1: A has no value: read as an empty string"),
            ("A: 1\nB: 2\n'A': 3\n", "2: B=2\n3: A=3\n3! A is also set on line 1; the last value wins"),
        ] {
            assert_eq!(parse(text).unwrap().show(), shown, "{text:?}");
        }
    }

    #[test]
    fn reports_a_value_that_is_not_text_at_its_entry() {
        for (text, shown) in [
            (
                "A: null\nB: ~\nC: Null\nD: NULL\nE: 'null'\n",
                "1: A: null is not a value\n2: B: null is not a value\n3: C: null is not a value\n4: D: null is not a value\n5: E=null",
            ),
            ("A:\n- x\n- [y]\nB: c\n", "1: A: a list is not a value\n4: B=c"),
            ("A: {x: y}\nB:\n  x:\n    y: z\nC: d", "1: A: a map is not a value\n2: B: a map is not a value\n5: C=d"),
            (
                "A: !!binary aGk=\nB: !!int 1\nC: !x [y]\nD: !<a:b> {c: d}\nE: f",
                "1: A: the only supported tag is `!!str`\n2: B: the only supported tag is `!!str`\n3: C: the only supported tag is `!!str`\n4: D: the only supported tag is `!!str`\n5: E=f",
            ),
            ("A: &a [1]\nB: *a\n", "1: A: a list is not a value\n2: B: a list is not a value"),
            ("A: &a [*a]\n", "1: A: a list is not a value"),
            (
                "X: &x {A: 1}\n<<: *x\n'<<': b\n",
                "1: X: a map is not a value\n3: <<=b\n3! << is also set on line 2; the last value wins",
            ),
            ("<<: {A: 1}\nB: c\n", "1: <<: merge keys are not supported\n2: B=c"),
        ] {
            assert_eq!(parse(text).unwrap().show(), shown, "{text:?}");
        }
    }

    #[test]
    fn refuses_anything_but_a_map_without_quoting_it() {
        for (text, line, what) in [
            ("secret", 1, "expected a map of names and values"),
            ("\n- A: secret\n", 2, "expected a map of names and values"),
            ("!x {A: secret}\n", 1, "expected a map of names and values"),
            ("A: 1\n---\nB: secret\n", 2, "only one YAML document is allowed"),
            ("---\n---\n", 2, "only one YAML document is allowed"),
            ("A: 1\n[B]: secret\n", 2, "a name must be text"),
            ("A: 1\n!x B: secret\n", 2, "a name must be text"),
            ("A: &a secret\n*a : 1\n", 2, "a name must be text"),
            ("A: 1\nB: *secret\n", 2, "unknown alias: quote a value that begins with `*`"),
            ("A: !s!ecret\n", 1, "unknown tag: quote a value that begins with `!`"),
            ("A: 1\nB: @secret\n", 2, "unexpected character: quote the value or escape the character"),
            ("A: 1\nB: `secret`\n", 2, "unexpected character: quote the value or escape the character"),
            ("A: %secret\n", 1, "unexpected character: quote the value or escape the character"),
            ("A: secret: x\n", 1, "a colon inside a value: quote the value"),
            ("A: 1\n\tB: secret\n", 2, "a tab where YAML requires spaces"),
            ("A: 1\n\n\n\tB: secret\n", 4, "a tab where YAML requires spaces"),
            ("A: b\tc\n\tB: secret\n", 2, "a tab where YAML requires spaces"),
            ("A: x\n  y\n\tB: secret\n", 3, "a tab where YAML requires spaces"),
            ("A:\n  B: 1\r\n \tC: secret\n", 3, "a tab where YAML requires spaces"),
            ("A:\n  - 1\n\t- secret\n", 3, "a tab where YAML requires spaces"),
            ("A: >-\n\tsecret\n", 2, "a tab where YAML requires spaces"),
            ("A: 'x'\n\tB: secret\n", 2, "a tab where YAML requires spaces"),
            ("A: 1\nB:\n\tC: secret\n", 3, "a tab where YAML requires spaces"),
            ("A: 1\nB: 'secret", 2, "the quotes are not closed"),
            ("A: 'secret\nB: 1", 1, "the quotes are not closed"),
            ("A: 1\nB: \"\\q secret\"\n", 2, "invalid escape: double a backslash between double quotes"),
            ("A: \"\\ud800\"\n", 1, LONE_SURROGATE),
            ("A: \"\\ud800\\u0041\"\n", 1, LONE_SURROGATE),
            ("A: \"\\udc00\"\n", 1, LONE_SURROGATE),
            ("A: se\0cret\n", 1, "unexpected character: quote the value or escape the character"),
            ("A: {secret\n", 1, "invalid YAML"),
        ] {
            assert_eq!(parse(text).map(|parsed| parsed.show()), Err(SyntaxError::at(line, what)), "{text:?}");
        }
    }

    #[test]
    fn survives_deep_long_and_aliased_documents() {
        let deep = |open: &str| parse(&format!("A: {}", open.repeat(100_000))).map(|parsed| parsed.show());
        for open in ["[", "{", "{A: ", "[[A, ", "- ", "? ", "? - ", "!!str ", "&a "] {
            assert!(deep(open).is_err(), "{open}");
        }
        let chain: String = (1..50_000).map(|n| format!("A{n}: &a{n} [*a{}]\n", n - 1)).collect();
        assert_eq!(parse(&format!("A0: &a0 [x]\n{chain}")).unwrap().entries.len(), 50_000);
        let laughs: String = (1..30).map(|n| format!("A{n}: &a{n} [*a{0}, *a{0}, *a{0}]\n", n - 1)).collect();
        assert_eq!(parse(&format!("A0: &a0 [x]\n{laughs}")).unwrap().entries.len(), 30);
        let many: String = (0..1_000).map(|n| format!("A{n}: *a\n")).collect();
        let large = format!("A: &a {}\n{many}", "x".repeat(1 << 20));
        assert_eq!(
            parse(&large).map(|parsed| parsed.show()),
            Err(SyntaxError::at(64, "the aliases make the values larger than 64 MiB"))
        );
        let long: String = (0..100_000).map(|n| format!("A{n}: {n}\n")).collect();
        assert_eq!(parse(&long).unwrap().entries.last().map(|entry| entry.line), Some(100_000));
    }
}
