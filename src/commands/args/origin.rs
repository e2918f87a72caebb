//! Where a text is from, and what to type if another program has to convert it first.

use super::syntax::Syntax;
use crate::formats::parse::{Conversion, Foreign};
use crate::report::{Command, Error, Kind, Message};
use crate::vault::SectionId;

/// Where a text is from, and where it goes.
pub struct Origin {
    /// The file, as messages name it.
    pub name: String,
    pub is_stdin: bool,
    /// The section that the text is imported into, if it is.
    pub section: Option<SectionId>,
}

impl Origin {
    /// The error for a text with a mistake in it.
    pub fn bad(&self, line: Option<usize>, what: &str) -> Error {
        let line = line.map_or(String::new(), |line| format!(":{line}"));
        Error::new(Kind::Failed, "bad_input", format!("{}{line}: {what}", self.name))
    }

    /// The error for a text that another program has to convert first.
    pub fn refuse(&self, foreign: Foreign, syntax: Syntax) -> Error {
        let error = self.bad(None, foreign.what());
        let error = self.convert(error, &self.conversion(foreign, syntax, false), syntax);
        match &self.section {
            Some(section) if foreign.is_ciphertext() => {
                let keep = Command::new("set").arg("NAME").arg("--file").quoted(self.path()).section(section);
                error.hint(Message::from("to store it as it is: ").command(keep))
            }
            _ => error,
        }
    }

    /// What converts the text, or one value in it.
    pub fn conversion(&self, foreign: Foreign, syntax: Syntax, is_value: bool) -> Conversion {
        Conversion::of(foreign, self.path(), syntax.name(), is_value)
    }

    /// What selects a map inside the text by its name.
    pub fn selection(&self, name: &str, syntax: Syntax) -> Conversion {
        Conversion::selecting(name, self.path(), syntax == Syntax::Yaml)
    }

    /// The file on a command line. Standard input has no name there.
    fn path(&self) -> &str {
        if self.is_stdin { "FILE" } else { &self.name }
    }

    /// Adds to an error what to type for a file that cannot be read as it is.
    pub fn convert(&self, error: Error, conversion: &Conversion, syntax: Syntax) -> Error {
        let Some(section) = &self.section else {
            return match conversion.line() {
                Some(line) => error.hint(format!("`{line}`")),
                None => error,
            };
        };
        let set = Command::new("set").arg("NAME");
        let import = Command::new("import").arg("-");
        match conversion {
            Conversion::Import(line, is_yaml) => {
                let is_yaml = *is_yaml || syntax == Syntax::Yaml;
                let import = if is_yaml { import.arg("--format yaml") } else { import };
                error.hint(import.section(section).fed_by(line))
            }
            Conversion::Set(line) => error.hint(set.section(section).fed_by(line)),
            Conversion::Replace(line) => error.hint(format!("`{line}`")),
            Conversion::OneValue => error.hint(set.arg("--file").quoted(self.path()).section(section)),
        }
    }
}
