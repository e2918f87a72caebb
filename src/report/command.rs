//! Commands of etui inside messages and hints.

use std::fmt::{self, Display};

use super::quote::shell_quote;
use crate::vault::{Context, SectionId};

/// A command line of etui for somebody to type, such as `etui restore TOKEN -p web`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    verb: &'static str,
    arguments: Vec<String>,
    /// Whether it works on the vault in use, and so needs the option that named that vault.
    on_vault: bool,
    /// The line of another program whose output it reads.
    input: Option<String>,
}

/// The option by which the user named the vault: `["-t", "acme"]`, `["--vault", "acme.age"]`, or nothing.
///
/// A command in a message repeats it, so that typing the command reaches the same vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reach(pub Vec<String>);

impl Command {
    /// Makes a command that works on the vault in use. `verb` may hold a subcommand: `member list`.
    pub fn new(verb: &'static str) -> Command {
        Command { verb, arguments: Vec::new(), on_vault: true, input: None }
    }

    /// Makes a command that works without a vault, or names its own: `key new`, `init`, `--help`.
    pub fn without_vault(verb: &'static str) -> Command {
        Command { on_vault: false, ..Command::new(verb) }
    }

    /// Adds an argument. It is printed as it is: quote what comes from outside with [`Command::quoted`].
    pub fn arg(mut self, argument: impl Display) -> Command {
        self.arguments.push(argument.to_string());
        self
    }

    /// Adds an argument in the form that a POSIX shell reads back as one word.
    pub fn quoted(self, argument: &str) -> Command {
        self.arg(shell_quote(argument))
    }

    /// Adds the option that names a section: `-p web`, `-c gpu` or `-g`.
    pub fn section(self, section: &SectionId) -> Command {
        self.arg(section_option(section))
    }

    /// Adds the options that name a context: `-c gpu -p web`, or `-g` for the team alone.
    pub fn context(self, context: &Context) -> Command {
        match &context.sections()[..] {
            [team] => self.section(team),
            [_, stronger @ ..] => stronger.iter().fold(self, Command::section),
            [] => self,
        }
    }

    /// Makes the command read what another program's line prints: `pass db | etui set DB`.
    pub fn fed_by(self, line: impl Into<String>) -> Command {
        Command { input: Some(line.into()), ..self }
    }

    /// Renders the line without backticks.
    pub fn line(&self, reach: &Reach) -> String {
        let mut line = self.input.as_ref().map_or(String::new(), |input| format!("{input} | "));
        line.push_str("etui");
        let own = self.arguments.iter().any(|argument| matches!(argument.as_str(), "-t" | "--vault"));
        if self.on_vault && !own {
            for word in &reach.0 {
                line.push(' ');
                line.push_str(&shell_quote(word));
            }
        }
        for word in [self.verb].into_iter().chain(self.arguments.iter().map(String::as_str)) {
            line.push(' ');
            line.push_str(word);
        }
        line
    }
}

impl Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(&Reach::default()))
    }
}

/// Returns the option that names a section: `-g`, `-c gpu` or `-p web`.
fn section_option(section: &SectionId) -> String {
    match section {
        SectionId::Team => "-g".to_owned(),
        SectionId::Cluster(id) => format!("-c {id}"),
        SectionId::Project(id) => format!("-p {id}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_on_the_vault_repeats_the_option_that_named_it() {
        let reach = Reach(vec!["--vault".into(), "my vault's.age".into()]);
        let restore = Command::new("restore").arg("A").section(&SectionId::Team);
        assert_eq!(restore.line(&reach), r"etui --vault 'my vault'\''s.age' restore A -g");
        assert_eq!(restore.to_string(), "etui restore A -g");
        assert_eq!(Command::without_vault("key new").line(&reach), "etui key new");
        let import = Command::new("import").arg("-").fed_by("sops -d a.env");
        assert_eq!(import.line(&Reach(vec!["-t".into(), "acme".into()])), "sops -d a.env | etui -t acme import -");
        assert_eq!(Command::new("link").arg("-t").arg("b").line(&reach), "etui link -t b");
    }
}
