//! `generate`: give a secret a random value.

use clap::{Args, ValueEnum};

use super::args::{DetailOptions, SectionScope};
use super::{App, outcome};
use crate::ops::random::{Alphabet, MAX_LENGTH};
use crate::ops::secret::{self, Setting, bad_value};
use crate::report::{Command, Error};
use crate::session::parse_name;
use crate::vault::change::Precondition;
use crate::vault::{Change, Value};

const EXAMPLES: &str = "\
Examples:
  etui generate SESSION_KEY -p web
  etui generate SESSION_KEY --length 48
  etui generate PIN --length 6 --chars hex --expires 90d";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Generate {
    /// The secret's name
    name: String,
    /// Set how many characters the value has
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_LENGTH)))]
    length: u32,
    /// Choose the characters; ascii is every printable one except the space
    #[arg(long, value_enum, default_value = "alnum")]
    chars: Chars,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

/// The characters of a random value, as they are typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Chars {
    Alnum,
    Ascii,
    Hex,
    Base64url,
}

impl From<Chars> for Alphabet {
    fn from(chars: Chars) -> Alphabet {
        match chars {
            Chars::Alnum => Alphabet::Alphanumeric,
            Chars::Ascii => Alphabet::Printable,
            Chars::Hex => Alphabet::Hexadecimal,
            Chars::Base64url => Alphabet::Base64Url,
        }
    }
}

impl Generate {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let name = parse_name(&self.name)?;
        let details = self.details.read()?;
        let section = app.section(&self.scope)?;
        let value = Value::text(Alphabet::from(self.chars).draw(self.length));
        let value = value.map_err(|error| bad_value(&name, &error))?;

        let precondition = Precondition::Any;
        let setting = Setting { section: section.clone(), name, value: Some(value), details, precondition };
        let set = secret::set(&app.session, setting)?;

        let (done, undo) = match set.change {
            Change::Created => ("generated", None),
            _ => {
                let restore = Command::new("restore").arg(&set.secret.name).section(&section);
                ("generated a new value for", Some(restore))
            }
        };
        outcome::secret_set(app, &section, &set, done, undo)
    }
}
