//! POSIX shell: `eval "$(etui resolve --format shell)"`.

use zeroize::Zeroizing;

use super::{Variable, lines};

/// `export NAME='value'`, a line each. Nothing is special inside single quotes but their own end.
pub fn print(variables: &[Variable<'_>]) -> Zeroizing<String> {
    lines(variables, |variable, out| {
        out.push_str("export ");
        out.push_str(variable.name);
        out.push_str("='");
        for (at, piece) in variable.text.split('\'').enumerate() {
            if at > 0 {
                out.push_str("'\\''");
            }
            out.push_str(piece);
        }
        out.push_str("'\n");
    })
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn quotes_everything_alike() {
        assert_eq!(one("", print), "export A=''\n");
        assert_eq!(one("a'b'", print), "export A='a'\\''b'\\'''\n");
        assert_eq!(one("$(id)\n\"", print), "export A='$(id)\n\"'\n");
    }
}
