//! dotenv text for docker compose 2, dotenvy, uv and just.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use crate::formats::text::{Quoted, lines};
use crate::formats::variable::Variable;

/// Prints one `NAME='value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |out, Variable { name, text }| writeln!(out, "{name}={}", encode(text)))
}

fn encode(text: &str) -> Quoted<'_> {
    if !text.contains('\'') && !text.ends_with('\\') {
        Quoted('\'', text, &[])
    } else {
        // Unlike a shell, docker compose keeps the backslash before a backtick, and dotenvy rejects the file.
        Quoted('"', text, &['\\', '"', '$'])
    }
}

#[cfg(test)]
mod tests {
    use super::print;
    use crate::formats::text::print_one;

    #[test]
    fn leaves_backticks_raw() {
        for (value, line) in
            [("a", "A='a'\n"), ("a $b `c`", "A='a $b `c`'\n"), ("it's $5 `c`\\", "A=\"it's \\$5 `c`\\\\\"\n")]
        {
            assert_eq!(print_one(value, print).as_str(), line);
        }
    }
}
