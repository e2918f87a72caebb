//! JSON: one object (RFC 8259).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::Variable;

/// `{"NAME": "value"}`, indented. What old readers of JSON take as the end of a line, or what is not
/// seen, is escaped.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    let pair = |variable: &Variable<'_>| (variable.name.to_owned(), Value::from(&*variable.text));
    let object = Value::Object(variables.iter().map(pair).collect::<Map<_, _>>());
    let mut text = Zeroizing::new(format!("{object:#}\n"));
    for (hidden, escaped) in [('\u{2028}', "\\u2028"), ('\u{2029}', "\\u2029"), ('\u{7f}', "\\u007f")] {
        if text.contains(hidden) {
            text = Zeroizing::new(text.replace(hidden, escaped));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn is_one_object() {
        assert_eq!(print(&[]).as_str(), "{}\n");
        assert_eq!(one("a\"\n\u{2028}\u{7f}é", print).as_str(), "{\n  \"A\": \"a\\\"\\n\\u2028\\u007fé\"\n}\n");
    }
}
