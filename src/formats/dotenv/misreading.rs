//! Which consumers misread which values of the portable form.
//!
//! The rules were fitted to the real programs, whose versions the tests of `tests/etui/consumers` name. Where a rule
//! is not exact, it warns once too often.

use super::assignment::Quoting;
use super::consumer::Consumer;
use crate::formats::text::is_noncharacter;

/// Returns the consumers that would not read the value back exactly from its quoting, the best known first.
pub fn misreading_consumers(text: &str, quoting: Quoting) -> Vec<Consumer> {
    // All bytes are looked at, whatever they are: so the compiler takes many at once.
    let is_ordinary = |byte: u8| matches!(byte, b' '..=b'~') & (byte != b'$') & (byte != b'\\');
    let is_ordinary = text.bytes().fold(true, |all, byte| all & is_ordinary(byte));
    match quoting {
        // No rule applies to these, which are nearly all values.
        Quoting::Bare => Vec::new(),
        Quoting::Single | Quoting::Double if is_ordinary && !text.starts_with('"') => Vec::new(),
        _ => by_rules(text, quoting),
    }
}

fn by_rules(text: &str, quoting: Quoting) -> Vec<Consumer> {
    use Consumer::*;

    let single = quoting == Quoting::Single;
    let escaped = quoting == Quoting::Escaped;
    let has = |part: &str| text.contains(part);
    // What is longer is looked for only after its first character.
    let (has_return, has_backslash, has_dollar) = (has("\r"), has("\\"), has("$"));
    let has_any = |of: &[char]| text.contains(of);
    let in_double_quotes = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    let is_ascii = text.is_ascii();
    let is_vertical = |byte: u8| matches!(byte, 0x0b | 0x0c | 0x1c..=0x1e);
    let has_vertical = text.bytes().fold(false, |any, byte| any | is_vertical(byte));

    #[rustfmt::skip]
    let rules: [(bool, &[Consumer]); 21] = [
        (has_return, &[NpmDotenv, Node, Bun, Deno, Dotenvx, DotenvExpand, Next, Vite, EnvCmd, PythonDotenv]),
        (has_return, &[RubyDotenv, DjangoEnviron, PythonDecouple, DockerCompose1, Direnv, Honcho]),
        (has_return && has("\r\n"), &[Godotenv]),
        (has("\n"), &[RubyDotenv2, Foreman, DjangoEnviron, PythonDecouple, EnvCmd, Direnv, Honcho]),
        (escaped, &[NpmDotenv, Node, DotenvExpand, Next, Vite, EnvCmd, PythonDecouple]),
        (escaped && has_any(&['"', '\\', '`']), &[Bun, Deno, Dotenvx]),
        (escaped && has_dollar, &[PythonDotenv, DockerCompose1, Honcho, Direnv]),
        (escaped && has("`"), &[PythonDotenv, DockerCompose1, DockerCompose, Honcho, Dotenvy]),
        (escaped && text.ends_with('\\'), &[DockerCompose1, Gotenv, Godotenv, RubyDotenv]),
        (escaped && text.ends_with('"'), &[Godotenv]),
        (escaped && has_backslash && (has("\\n") || has("\\r")), &[Direnv, RubyDotenv2]),
        (escaped && has_backslash && has("\\n"), &[Foreman]),
        (single && has_backslash && has("\\\\"), &[PythonDotenv, DockerCompose1]),
        (single && has_dollar && has_reference(text), &[PythonDotenv, DockerCompose1]),
        (single && in_double_quotes, &[DjangoEnviron]),
        (has_dollar && may_expand(text), &[DotenvExpand, Next, Vite, Bun]),
        (has_vertical || !is_ascii && has("\u{85}"), &[DjangoEnviron, Honcho]),
        (!is_ascii && has_any(&['\u{2028}', '\u{2029}']), &[DjangoEnviron, Honcho, EnvCmd]),
        (has_backslash && has("\\n"), &[Honcho, EnvCmd]),
        (has_backslash && has("\\t"), &[Honcho]),
        (!is_ascii && text.contains(is_noncharacter), &[Systemd]),
    ];

    let apply = rules.into_iter().filter(|(applies, _)| *applies);
    let mut consumers: Vec<Consumer> = apply.flat_map(|(_, consumers)| consumers).copied().collect();
    consumers.sort_unstable();
    consumers.dedup();
    consumers
}

/// Whether the value contains a closed `${…}`, which python-dotenv expands even between single quotes.
fn has_reference(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| rest.contains('}'))
}

/// Whether a `$` stands before what may be the name of a variable, or after a backslash.
fn may_expand(text: &str) -> bool {
    let may_be_name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{.".contains(c));
    text.contains("\\$") || text.split('$').skip(1).any(may_be_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::danger::danger;
    use super::*;
    use crate::formats::variable::Variable;
    use crate::report::and;

    /// Everything that some rule asks for, and what none does.
    const PARTS: &[&str] = &[
        "a",
        "B",
        "7",
        "=",
        ".",
        ",",
        "/",
        " ",
        "'",
        "\"",
        "$",
        "$(",
        "${",
        "}",
        "\\",
        "\\n",
        "\n",
        "\r",
        "`",
        "#",
        "\t",
        "\u{b}",
        "\u{1c}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{fffe}",
        "\u{1ffff}",
        "é",
        "{",
        "~",
    ];

    proptest! {
        #[test]
        fn the_values_for_which_no_rule_is_asked_are_those_to_which_none_applies(
            parts in prop::collection::vec(prop::sample::select(PARTS), 0..8),
            after in prop::collection::vec(prop::sample::select(PARTS), 0..4),
        ) {
            let text = parts.concat();
            let quoting = Quoting::of(&text);
            prop_assert_eq!(misreading_consumers(&text, quoting), by_rules(&text, quoting));
            if quoting == Quoting::Bare {
                prop_assert_eq!(danger(&text, quoting, &[Variable { name: "A", text: after.concat().into() }]), None);
            }
        }
    }

    #[test]
    fn most_values_are_misread_by_nobody() {
        for text in ["", "a b", "p@ss#word!", "{\"json\": [1, 2]}", "it's", "a\\b", "$", "100 $ x"] {
            assert_eq!(misreading_consumers(text, Quoting::of(text)), [], "{text:?}");
        }
    }

    #[test]
    fn lists_the_best_known_consumers_first() {
        for (text, consumers) in [
            ("a$b", "Vite, Next, Bun and dotenv-expand"),
            ("\\\\server\\share", "python-dotenv and docker-compose 1"),
            ("a\nb", "direnv, env-cmd, django-environ, python-decouple, honcho, foreman and ruby dotenv 2"),
            (
                "it's \"so\"",
                "npm dotenv, node, Vite, Next, Bun, dotenv-expand, dotenvx, Deno, env-cmd, python-decouple and godotenv",
            ),
        ] {
            assert_eq!(and(&misreading_consumers(text, Quoting::of(text))), consumers, "{text:?}");
        }
    }
}
