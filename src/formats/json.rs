//! JSON: one object (RFC 8259).

use std::fmt;

use serde_json::Value;
use zeroize::Zeroizing;

use super::text::{Out, put, text};
use super::variable::Variable;
use crate::report::visible_json;

/// Prints `{"NAME": "value"}`, indented. Characters that nobody sees are escaped; old parsers even end a line
/// at U+2028.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    if variables.is_empty() {
        return Zeroizing::new("{}\n".to_owned());
    }
    text(|out| {
        let mut before = "{\n  ";
        for Variable { name, text } in variables {
            put(out, [before])?;
            string(out, name)?;
            put(out, [": "])?;
            string(out, text)?;
            before = ",\n  ";
        }
        put(out, ["\n}\n"])
    })
}

/// Writes a text as a JSON string.
pub(super) fn string(out: &mut Out, text: &str) -> fmt::Result {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'"') & (byte != b'\\');
    // All bytes are looked at, whatever they are: so the compiler takes many at once.
    if text.bytes().fold(true, |all, byte| all & is_plain(byte)) {
        return put(out, ["\"", text, "\""]);
    }
    let json = Zeroizing::new(Value::from(text).to_string());
    put(out, [&visible_json(&json)])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::text::print_one;
    use super::{Value, Variable, print, visible_json};

    #[test]
    fn prints_one_object() {
        assert_eq!(print(&[]).as_str(), "{}\n");
        let json = "{\n  \"A\": \"a\\\"\\n\\u2028\\u007fé\"\n}\n";
        assert_eq!(print_one("a\"\n\u{2028}\u{7f}é", print).as_str(), json);
    }

    proptest! {
        #[test]
        fn prints_it_as_serde_json_does(values in prop::collection::hash_map(".*", any::<String>(), 0..4)) {
            let variables = values.iter().map(|(name, text)| Variable { name, text: text.into() });
            let variables: Vec<_> = variables.collect();
            let object = values.iter().map(|(name, text)| (name.clone(), Value::from(text.as_str())));
            let json = format!("{:#}\n", Value::Object(object.collect()));
            let printed = print(&variables);
            prop_assert_eq!(printed.as_str(), visible_json(&json));
        }
    }
}
