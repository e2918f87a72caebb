//! YAML, read as one map of scalars, which are kept as they are written: `yes`, `0777` and `1.10` are texts.

use super::tree::{Tree, entries};
use super::{Assignments, SyntaxError};

/// Parses a YAML map.
///
/// # Errors
/// If it is no YAML, no map, or several documents. A value that is null or no scalar is only that entry's
/// error.
pub fn parse(text: &str) -> Result<Assignments, SyntaxError> {
    let tree = Tree::parse(text)?;
    entries(tree.pairs(tree.top()?)?, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::HALF;
    use super::*;

    #[test]
    fn scalars_keep_the_text_that_they_are_written_in() {
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
            assert_eq!(parse(&format!("A: {written}\n")).unwrap().shown(), format!("1: A={written}"));
            assert_eq!(parse(&format!("{{A: {written} }}\n")).unwrap().shown(), format!("1: A={written}"));
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
            ("A:\nB: b\n", "1: A=\n2: B=b\n1: A is followed by nothing: taken as an empty text"),
            ("A: 1\nB: 2\n'A': 3\n", "2: B=2\n3: A=3\n3! A is set in line 1 too: the last one counts"),
        ] {
            assert_eq!(parse(text).unwrap().shown(), shown, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_text_is_the_error_of_its_entry() {
        for (text, shown) in [
            (
                "A: null\nB: ~\nC: Null\nD: NULL\nE: 'null'\n",
                "1: A is null, and no value\n2: B is null, and no value\n3: C is null, and no value\n4: D is null, and no value\n5: E=null",
            ),
            ("A:\n- x\n- [y]\nB: c\n", "1: A is a list, and no value\n4: B=c"),
            ("A: {x: y}\nB:\n  x:\n    y: z\nC: d", "1: A is a map, and no value\n2: B is a map, and no value\n5: C=d"),
            (
                "A: !!binary aGk=\nB: !!int 1\nC: !x [y]\nD: !<a:b> {c: d}\nE: f",
                "1: A has a tag, and only !!str is read\n2: B has a tag, and only !!str is read\n3: C has a tag, and only !!str is read\n4: D has a tag, and only !!str is read\n5: E=f",
            ),
            ("A: &a [1]\nB: *a\n", "1: A is a list, and no value\n2: B is a list, and no value"),
            ("A: &a [*a]\n", "1: A is a list, and no value"),
            (
                "X: &x {A: 1}\n<<: *x\n'<<': b\n",
                "1: X is a map, and no value\n3: <<=b\n3! << is set in line 2 too: the last one counts",
            ),
            ("<<: {A: 1}\nB: c\n", "1: << is a merge key, and nothing is merged\n2: B=c"),
        ] {
            assert_eq!(parse(text).unwrap().shown(), shown, "{text:?}");
        }
    }

    #[test]
    fn what_is_no_map_is_refused_without_a_word_of_it() {
        for (text, line, what) in [
            ("secret", 1, "no map of names and values"),
            ("\n- A: secret\n", 2, "no map of names and values"),
            ("!x {A: secret}\n", 1, "no map of names and values"),
            ("A: 1\n---\nB: secret\n", 2, "a second document, and only one is read"),
            ("---\n---\n", 2, "a second document, and only one is read"),
            ("A: 1\n[B]: secret\n", 2, "a name that is no text"),
            ("A: 1\n!x B: secret\n", 2, "a name that is no text"),
            ("A: &a secret\n*a : 1\n", 2, "a name that is no text"),
            ("A: 1\nB: *secret\n", 2, "an alias of nothing: a value that begins with * needs quotes"),
            ("A: !s!ecret\n", 1, "a tag of nothing: a value that begins with ! needs quotes"),
            ("A: 1\nB: @secret\n", 2, "a character that cannot stand there: it needs quotes, or an escape"),
            ("A: 1\nB: `secret`\n", 2, "a character that cannot stand there: it needs quotes, or an escape"),
            ("A: %secret\n", 1, "a character that cannot stand there: it needs quotes, or an escape"),
            ("A: secret: x\n", 1, "a colon inside a value: it needs quotes"),
            ("A: 1\n\tB: secret\n", 1, "a tab, where YAML has spaces"),
            ("A: 1\nB:\n\tC: secret\n", 3, "a tab, where YAML has spaces"),
            ("A: 1\nB: 'secret", 2, "quotes that are not closed"),
            ("A: 'secret\nB: 1", 1, "quotes that are not closed"),
            ("A: 1\nB: \"\\q secret\"\n", 2, "a backslash that begins no escape: in double quotes it is doubled"),
            ("A: \"\\ud800\"\n", 1, HALF),
            ("A: \"\\ud800\\u0041\"\n", 1, HALF),
            ("A: \"\\udc00\"\n", 1, HALF),
            ("A: se\0cret\n", 1, "a character that cannot stand there: it needs quotes, or an escape"),
            ("A: {secret\n", 1, "no YAML from here on"),
        ] {
            assert_eq!(parse(text).map(|parsed| parsed.shown()), Err(SyntaxError::at(line, what)), "{text:?}");
        }
    }

    #[test]
    fn neither_depth_nor_aliases_nor_length_bring_it_down() {
        let deep = |open: &str| parse(&format!("A: {}", open.repeat(100_000))).map(|parsed| parsed.shown());
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
            parse(&large).map(|parsed| parsed.shown()),
            Err(SyntaxError::at(65, "aliases that make it too large"))
        );
        let long: String = (0..100_000).map(|n| format!("A{n}: {n}\n")).collect();
        assert_eq!(parse(&long).unwrap().entries.last().map(|entry| entry.line), Some(100_000));
    }
}
