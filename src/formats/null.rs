//! NUL-terminated pairs, as `env -0` prints them and `xargs -0` reads them.

use zeroize::Zeroizing;

use super::text::{lines, put};
use super::variable::Variable;

/// Prints `NAME=value\0` for each variable. Nothing needs quotes, since no variable can hold a NUL.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |out, Variable { name, text }| put(out, [name, "=", text, "\0"]))
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn quotes_nothing() {
        assert_eq!(print_one("a'\n=", print).as_str(), "A=a'\n=\0");
    }
}
