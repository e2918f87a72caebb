//! Which consumers misread which values of the portable form.
//!
//! The rules were fitted to the real programs, whose versions the tests of `tests/etui/consumers` name. Where a rule
//! is not exact, it warns once too often.

use super::assignment::Quoting;
use super::consumer::Consumer;
use crate::formats::text::is_noncharacter;

/// Returns the consumers that would not read the value back exactly, the best known first.
pub fn misreading_consumers(text: &str) -> Vec<Consumer> {
    use Consumer::*;

    let quoting = Quoting::of(text);
    let single = quoting == Quoting::Single;
    let escaped = quoting == Quoting::Escaped;
    let has = |part: &str| text.contains(part);
    let has_any = |of: &[char]| text.contains(of);
    let in_double_quotes = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    let vertical = ['\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}'];

    #[rustfmt::skip]
    let rules: [(bool, &[Consumer]); 21] = [
        (has("\r"), &[NpmDotenv, Node, Bun, Deno, Dotenvx, DotenvExpand, Next, Vite, EnvCmd, PythonDotenv]),
        (has("\r"), &[RubyDotenv, DjangoEnviron, PythonDecouple, DockerCompose1, Direnv, Honcho]),
        (has("\r\n"), &[Godotenv]),
        (has("\n"), &[RubyDotenv2, Foreman, DjangoEnviron, PythonDecouple, EnvCmd, Direnv, Honcho]),
        (escaped, &[NpmDotenv, Node, DotenvExpand, Next, Vite, EnvCmd, PythonDecouple]),
        (escaped && has_any(&['"', '\\', '`']), &[Bun, Deno, Dotenvx]),
        (escaped && has("$"), &[PythonDotenv, DockerCompose1, Honcho, Direnv]),
        (escaped && has("`"), &[PythonDotenv, DockerCompose1, DockerCompose, Honcho, Dotenvy]),
        (escaped && text.ends_with('\\'), &[DockerCompose1, Gotenv, Godotenv, RubyDotenv]),
        (escaped && text.ends_with('"'), &[Godotenv]),
        (escaped && (has("\\n") || has("\\r")), &[Direnv, RubyDotenv2]),
        (escaped && has("\\n"), &[Foreman]),
        (single && has("\\\\"), &[PythonDotenv, DockerCompose1]),
        (single && has_reference(text), &[PythonDotenv, DockerCompose1]),
        (single && in_double_quotes, &[DjangoEnviron]),
        (may_expand(text), &[DotenvExpand, Next, Vite, Bun]),
        (has_any(&vertical), &[DjangoEnviron, Honcho]),
        (has_any(&['\u{2028}', '\u{2029}']), &[DjangoEnviron, Honcho, EnvCmd]),
        (has("\\n"), &[Honcho, EnvCmd]),
        (has("\\t"), &[Honcho]),
        (text.contains(is_noncharacter), &[Systemd]),
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
    use super::*;
    use crate::report::and;

    #[test]
    fn most_values_are_misread_by_nobody() {
        for text in ["", "a b", "p@ss#word!", "{\"json\": [1, 2]}", "it's", "a\\b", "$", "100 $ x"] {
            assert_eq!(misreading_consumers(text), [], "{text:?}");
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
            assert_eq!(and(&misreading_consumers(text)), consumers, "{text:?}");
        }
    }
}
