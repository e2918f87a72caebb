//! PowerShell: `etui resolve --format powershell | Out-String | Invoke-Expression`.
//!
//! The text is ASCII, because version 5.1 reads scripts in the system's code page. It has no raw newline inside a
//! value, because a pipeline splits and joins lines.

use std::collections::HashMap;
use std::fmt::{self, Write as _};

use super::text::{FormattedText, lines};
use super::variable::Variable;

/// Prints one line `$env:NAME = 'value'` for each variable.
pub fn print(variables: &[Variable<'_>]) -> FormattedText {
    let text = lines(variables, |out, Variable { name, text }| {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            writeln!(out, "$env:{name} = '{}'", text.replace('\'', "''"))
        } else {
            writeln!(out, "$env:{name} = \"{}\"", Escaped(text))
        }
    });

    let (mut warnings, mut known) = (Vec::new(), HashMap::new());
    for Variable { name, text } in variables {
        if text.is_empty() {
            warnings
                .push((*name, "would be removed by PowerShell before 7.5, which takes an empty value for none".into()));
        }
        let first = *known.entry(name.to_ascii_lowercase()).or_insert(*name);
        if first != *name {
            warnings.push((*name, format!("would replace {first} on Windows, where case does not count").into()));
        }
    }
    FormattedText::new(text, warnings)
}

/// A text as it stands between double quotes.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '`' | '"' | '$' => write!(f, "`{c}")?,
                '\n' => f.write_str("`n")?,
                '\r' => f.write_str("`r")?,
                '\t' => f.write_str("`t")?,
                ' '..='~' => f.write_char(c)?,
                _ => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        write!(f, "$([char]0x{unit:04X})")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::print_one;
    use super::print;

    #[test]
    fn prints_ascii_on_one_line() {
        assert_eq!(print_one("it's $x", print).text.as_str(), "$env:A = 'it''s $x'\n");
        assert_eq!(
            print_one("a\n\"$x`\u{2019}🦀", print).text.as_str(),
            "$env:A = \"a`n`\"`$x``$([char]0x2019)$([char]0xD83E)$([char]0xDD80)\"\n"
        );
    }

    #[test]
    fn warns_of_an_empty_value() {
        assert_eq!(
            print_one("", print).warnings,
            ["A would be removed by PowerShell before 7.5, which takes an empty value for none"]
        );
    }
}
