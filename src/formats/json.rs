//! JSON: one object (RFC 8259).

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::variable::Variable;
use crate::report::visible_json;

/// Prints `{"NAME": "value"}`, indented. Characters that nobody sees are escaped; old parsers even end a line
/// at U+2028.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    let pairs = variables.iter().map(|Variable { name, text }| ((*name).to_owned(), Value::from(&**text)));
    let object = Value::Object(pairs.collect::<Map<_, _>>());
    let json = Zeroizing::new(format!("{object:#}\n"));
    Zeroizing::new(visible_json(&json).into_owned())
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
