//! dotenv text for python-dotenv and what is built on it.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::formats::text::{Quoted, lines};
use crate::formats::variable::Variable;

/// Prints one line `NAME='value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |out, Variable { name, text }| writeln!(out, "{name}={}", encode(text)))
}

fn encode(text: &str) -> String {
    let quoted = match text.contains('\r') {
        // python-dotenv makes a raw CR a newline.
        true => Quoted('"', text, &['\\', '"']).to_string().replace('\r', "\\r"),
        false => Quoted('\'', text, &['\\', '\'']).to_string(),
    };
    // It expands `${…}` between all quotes: so write `$` as a variable without a name whose default is `$`.
    quoted.replace("${", "${:-$}{")
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::formats::text::print_one;

    #[test]
    fn escapes_quotes_backslashes_and_references() {
        for (value, line) in
            [("a", "A='a'\n"), ("it's \\ ${X}", "A='it\\'s \\\\ ${:-$}{X}'\n"), ("a\r\n\"", "A=\"a\\r\n\\\"\"\n")]
        {
            assert_eq!(print_one(value, print).as_str(), line);
        }
    }
}
