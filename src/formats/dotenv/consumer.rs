//! The programs that read dotenv text.

use std::fmt;

/// A consumer of dotenv text. The best known come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consumer {
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

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
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
        })
    }
}
