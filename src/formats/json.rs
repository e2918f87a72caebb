//! JSON: one object (RFC 8259).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::variable::Variable;

/// Characters that serde_json leaves raw. Old parsers end a line at the first two, and nobody sees the third.
const ESCAPES: [(char, &str); 3] = [('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029"), ('\u{7f}', "\\u007f")];

/// Prints `{"NAME": "value"}`, indented.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    let pairs = variables.iter().map(|Variable { name, text }| ((*name).to_owned(), Value::from(&**text)));
    let object = Value::Object(pairs.collect::<Map<_, _>>());
    let mut json = Zeroizing::new(format!("{object:#}\n"));
    for (raw, escape) in ESCAPES {
        if json.contains(raw) {
            json = Zeroizing::new(json.replace(raw, escape));
        }
    }
    json
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn prints_one_object() {
        assert_eq!(print(&[]).as_str(), "{}\n");
        let json = "{\n  \"A\": \"a\\\"\\n\\u2028\\u007fé\"\n}\n";
        assert_eq!(print_one("a\"\n\u{2028}\u{7f}é", print).as_str(), json);
    }
}
