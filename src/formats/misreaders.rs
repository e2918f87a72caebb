//! Who would misread a value of the portable dotenv form.
//!
//! The rules were fitted to the real readers, each in the version named in the tests; where a rule says
//! more than a reader does, it is on the careful side.

use super::dotenv::{Form, SPECIAL};
use super::is_noncharacter;
use crate::report::and;

/// A reader of dotenv text, by the name that people know. The order is that of their fame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Consumer {
    NpmDotenv,
    Node,
    PythonDotenv,
    DockerCompose,
    Dotenvy,
    Vite,
    Next,
    Bun,
    Direnv,
    RubyDotenv,
    DotenvExpand,
    Dotenvx,
    Deno,
    EnvCmd,
    DjangoEnviron,
    PythonDecouple,
    DockerCompose1,
    Honcho,
    Foreman,
    RubyDotenv2,
    Godotenv,
    Gotenv,
    Systemd,
}

impl Consumer {
    fn name(self) -> &'static str {
        match self {
            Consumer::NpmDotenv => "npm dotenv",
            Consumer::Node => "node",
            Consumer::PythonDotenv => "python-dotenv",
            Consumer::DockerCompose => "docker compose",
            Consumer::Dotenvy => "dotenvy",
            Consumer::Vite => "Vite",
            Consumer::Next => "Next",
            Consumer::Bun => "Bun",
            Consumer::Direnv => "direnv",
            Consumer::RubyDotenv => "ruby dotenv",
            Consumer::DotenvExpand => "dotenv-expand",
            Consumer::Dotenvx => "dotenvx",
            Consumer::Deno => "Deno",
            Consumer::EnvCmd => "env-cmd",
            Consumer::DjangoEnviron => "django-environ",
            Consumer::PythonDecouple => "python-decouple",
            Consumer::DockerCompose1 => "docker-compose 1",
            Consumer::Honcho => "honcho",
            Consumer::Foreman => "foreman",
            Consumer::RubyDotenv2 => "ruby dotenv 2",
            Consumer::Godotenv => "godotenv",
            Consumer::Gotenv => "gotenv",
            Consumer::Systemd => "systemd",
        }
    }
}

/// The readers in words: `npm dotenv, node and Vite`.
pub(super) fn list(readers: &[Consumer]) -> String {
    and(&readers.iter().map(|who| who.name()).collect::<Vec<_>>())
}

/// The readers that would not give the value back, in the order of their fame.
pub(super) fn misreaders(text: &str) -> Vec<Consumer> {
    use Consumer::*;
    let form = Form::of(text);
    let escaped = form == Form::Escaped;
    let single = form == Form::Single;
    let has = |pattern: &str| text.contains(pattern);
    let has_any = |of: &[char]| text.contains(of);
    let rules: [(bool, &[Consumer]); 20] = [
        (
            has("\r"),
            &[
                NpmDotenv,
                Node,
                Bun,
                Deno,
                Dotenvx,
                DotenvExpand,
                Next,
                Vite,
                EnvCmd,
                PythonDotenv,
                RubyDotenv,
                DjangoEnviron,
                PythonDecouple,
                DockerCompose1,
                Direnv,
                Honcho,
            ],
        ),
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
        (single && braced(text), &[PythonDotenv, DockerCompose1]),
        (expands(text), &[DotenvExpand, Next, Vite, Bun]),
        (single && text.len() > 1 && text.starts_with('"') && text.ends_with('"'), &[DjangoEnviron]),
        (has_any(&['\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}']), &[DjangoEnviron, Honcho]),
        (has_any(&['\u{2028}', '\u{2029}']), &[DjangoEnviron, Honcho, EnvCmd]),
        (has("\\n"), &[Honcho, EnvCmd]),
        (has("\\t"), &[Honcho]),
        (text.chars().any(is_noncharacter), &[Systemd]),
    ];
    debug_assert!(form != Form::Double || !text.contains(SPECIAL));
    let mut readers: Vec<Consumer> =
        rules.iter().filter(|(holds, _)| *holds).flat_map(|(_, who)| *who).copied().collect();
    readers.sort_unstable();
    readers.dedup();
    readers
}

/// Whether `${…}` is closed: then python-dotenv expands it, in single quotes too.
fn braced(text: &str) -> bool {
    text.split("${").skip(1).any(|rest| rest.contains('}'))
}

/// Whether a `$` is followed by what could be a variable, or preceded by a backslash.
fn expands(text: &str) -> bool {
    let could_be = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphanumeric() || "_{.".contains(c));
    text.contains("\\$") || text.match_indices('$').any(|(at, _)| could_be(&text[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_everybody_reads_alike_warns_of_nobody() {
        for text in ["", "a b", "p@ss#word!", "{\"json\": [1, 2]}", "it's", "a\\b", "$", "100 $ x"] {
            assert_eq!(misreaders(text), [], "{text:?}");
        }
    }

    #[test]
    fn names_those_who_differ_most_famous_first() {
        for (text, readers) in [
            ("a$b", "Vite, Next, Bun and dotenv-expand"),
            ("\\\\server\\share", "python-dotenv and docker-compose 1"),
            ("a\nb", "direnv, env-cmd, django-environ, python-decouple, honcho, foreman and ruby dotenv 2"),
            (
                "it's \"so\"",
                "npm dotenv, node, Vite, Next, Bun, dotenv-expand, dotenvx, Deno, env-cmd, python-decouple and godotenv",
            ),
        ] {
            assert_eq!(list(&misreaders(text)), readers, "{text:?}");
        }
    }
}
