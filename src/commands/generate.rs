//! `generate`: a random value, which nobody needs to see.

use clap::{Args, ValueEnum};
use rand::Rng as _;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::old::context::{Cx, secret_name};
use crate::old::error::Error;
use crate::old::options::SectionScope;
use crate::old::put::put;
use crate::old::value::DetailOptions;
use crate::vault::change::Precondition;
use crate::vault::{Change, Value};

#[derive(Debug, Args)]
pub struct Generate {
    /// The secret's name
    name: String,
    /// How many characters
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    length: u32,
    /// Which characters: alnum, ascii, hex, base64url
    #[arg(long, value_enum, default_value = "alnum", hide_possible_values = true)]
    chars: Chars,
    #[command(flatten)]
    details: DetailOptions,
    #[command(flatten)]
    scope: SectionScope,
}

/// The characters that are drawn from.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Chars {
    Alnum,
    /// All that print, but the space.
    Ascii,
    Hex,
    Base64url,
}

impl Chars {
    fn all(self) -> Vec<u8> {
        let printable = b'!'..=b'~';
        match self {
            Chars::Ascii => printable.collect(),
            Chars::Alnum => printable.filter(u8::is_ascii_alphanumeric).collect(),
            Chars::Hex => printable.filter(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')).collect(),
            Chars::Base64url => printable.filter(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_')).collect(),
        }
    }

    /// So many of them, at random.
    pub fn draw(self, length: u32) -> Zeroizing<Vec<u8>> {
        let all = self.all();
        // Drawn without bias: a range of the generator, not a remainder.
        let drawn = (0..length).map(|_| all[OsRng.gen_range(0..all.len())]);
        Zeroizing::new(drawn.collect())
    }
}

impl Generate {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let name = secret_name(&self.name)?;
        let details = self.details.read(cx.ui.now)?;
        let section = cx.section(&self.scope)?;
        let value = Value::text(self.chars.draw(self.length));
        let value = value.map_err(|error| Error::Value { name: name.clone(), error })?;
        let done = put(cx, &section, &name, Some(value), details, Precondition::Any)?;
        done.tell(cx, if done.change == Change::Created { "generated" } else { "generated anew" })
    }
}
