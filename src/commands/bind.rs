//! `use`: give a secret to a section under another name, or as a file.

use clap::Args;

use super::App;
use super::args::SectionScope;
use super::binding::{Binding, VARIABLE};
use crate::report::Error;

const EXAMPLES: &str = "\
Examples:
  etui use DATABASE_URL --as DB_URL -p web
  etui use TLS_KEY --as TLS_KEY_FILE --as-file
  etui use";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Use {
    /// The secret; without it, a terminal lets you choose
    name: Option<String>,
    /// Set this variable
    #[arg(long = "as", value_name = "VAR", default_value = VARIABLE)]
    variable: String,
    /// Put the secret into a file, and its path into the variable
    #[arg(long)]
    as_file: bool,
    #[command(flatten)]
    scope: SectionScope,
}

impl Use {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let Use { name, variable, as_file, scope } = self;
        Binding { name, variable, as_file, scope }.run(app)
    }
}
