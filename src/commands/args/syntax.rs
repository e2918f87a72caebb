//! The syntax of a text file that a verb reads.

use clap::ValueEnum;

/// The syntax of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Syntax {
    Dotenv,
    Json,
    Yaml,
}

impl Syntax {
    /// Its name, as etui and sops spell it.
    pub fn name(self) -> &'static str {
        match self {
            Syntax::Dotenv => "dotenv",
            Syntax::Json => "json",
            Syntax::Yaml => "yaml",
        }
    }
}
