//! PowerShell: `etui resolve --format powershell | Out-String | Invoke-Expression`.
//!
//! ASCII only, since version 5.1 reads scripts in the system's code page; no raw newline, since a pipeline
//! joins lines anew.

use std::fmt::Write as _;

use super::{FormattedText, Variable, lines};

/// `$env:NAME = 'value'`, a line each.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |variable, out| {
        let _ = write!(out, "$env:{} = ", variable.name);
        if variable.text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            let _ = write!(out, "'{}'", variable.text.replace('\'', "''"));
        } else {
            out.push('"');
            variable.text.chars().for_each(|c| character(out, c));
            out.push('"');
        }
        out.push('\n');
    });
    let mut warnings = Vec::new();
    for (at, variable) in variables.iter().enumerate() {
        if variable.text.is_empty() {
            warnings.push(format!("{} is empty, which removes it in PowerShell before 7.5", variable.name));
        }
        if let Some(twin) = variables[..at].iter().find(|other| other.name.eq_ignore_ascii_case(variable.name)) {
            warnings.push(format!("{} and {} are one variable on Windows", twin.name, variable.name));
        }
    }
    FormattedText { text, warnings }
}

fn character(out: &mut String, c: char) {
    match c {
        '`' | '"' | '$' => out.extend(['`', c]),
        '\n' => out.push_str("`n"),
        '\r' => out.push_str("`r"),
        '\t' => out.push_str("`t"),
        ' '..='~' => out.push(c),
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "$([char]0x{unit:04X})");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::one;
    use super::print;

    #[test]
    fn is_ascii_on_one_line() {
        assert_eq!(one("it's $x", print).text.as_str(), "$env:A = 'it''s $x'\n");
        assert_eq!(
            one("a\n\"$x`\u{2019}🦀", print).text.as_str(),
            "$env:A = \"a`n`\"`$x``$([char]0x2019)$([char]0xD83E)$([char]0xDD80)\"\n"
        );
        assert_eq!(one("", print).warnings.len(), 1);
    }
}
