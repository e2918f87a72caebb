//! An environment as the text of a format.

use rand::Rng as _;
use rand::rngs::OsRng;

use crate::formats::{Dialect, Format, FormattedText, Options, Variable};
use crate::report::{Command, Error, Kind, Message};
use crate::session::environment::{Assigned, format_cannot};

/// Prints variables in a format. `consumer` is the program that will read dotenv text, and `name` the name of a
/// Kubernetes Secret.
///
/// # Errors
/// If a variable is a file, or the format cannot hold a value.
pub fn print<'a>(
    variables: &'a [Assigned<'_>],
    format: Format,
    consumer: Option<Dialect>,
    name: &str,
) -> Result<FormattedText, Error> {
    if let Some(file) = variables.iter().find(|variable| variable.is_file()) {
        return Err(needs_run(file.name));
    }
    let text = |variable: &'a Assigned<'_>| Variable { name: variable.name, text: variable.value().as_text() };
    let variables: Vec<Variable<'a>> = variables.iter().map(text).collect();
    // 128 random bits: nobody can foresee them, so no value contains them.
    let mut random = || format!("etui-{:032x}", OsRng.r#gen::<u128>());
    let options = Options { reader: consumer, name, random: &mut random };
    format.print(&variables, options).map_err(|error| format_cannot(&format.name(), error))
}

/// The error for a variable that is a file, which only a running command can be given.
pub fn needs_run(name: &str) -> Error {
    let run = Command::new("run").arg("-- COMMAND");
    Error::new(Kind::Failed, "needs_run", format!("{name} is a file, which only a running command can be given"))
        .hint(Message::default().command(run))
        .hint("name the other variables: `--only NAME,…`")
}

/// The error for a Kubernetes Secret without a name.
pub fn secret_unnamed() -> Error {
    Error::new(Kind::Usage, "secret_unnamed", "a Kubernetes Secret needs a name").hint("`--format k8s --name web-env`")
}
