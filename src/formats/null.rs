//! NUL-terminated pairs, as `env -0` prints them and `xargs -0` reads them.

use zeroize::Zeroizing;

use super::{Variable, lines};

/// `NAME=value\0`, for each. Nothing needs quotes: no variable can hold a NUL.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |variable, out| {
        out.push_str(variable.name);
        out.push('=');
        out.push_str(&variable.text);
        out.push('\0');
    })
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_nothing() {
        assert_eq!(one("a'\n=", print).as_str(), "A=a'\n=\0");
    }
}
