//! An environment as the text of a format.

use rand::Rng as _;
use rand::rngs::OsRng;

use crate::formats::{Dialect, Format, FormattedText, Options, Variable, check_kubernetes_name};
use crate::report::{Command, Error, Kind, Message};
use crate::session::environment::{Assigned, format_cannot};

/// Prints variables in a format. `consumer` is the program that will read dotenv text, and `name` the name of a
/// Kubernetes Secret.
///
/// # Errors
/// If a variable is a file, or the format cannot hold a value.
pub fn print(
    variables: Vec<Assigned<'_>>,
    format: Format,
    consumer: Option<Dialect>,
    name: &str,
) -> Result<FormattedText, Error> {
    if let Some(file) = variables.iter().find(|variable| variable.is_file()) {
        return Err(needs_run(file.name));
    }
    let variables: Vec<Variable<'_>> = variables.into_iter().map(Variable::from).collect();
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

/// Returns the name of a Kubernetes Secret, if it is one that Kubernetes allows.
pub fn kubernetes_name(name: Option<&str>) -> Result<&str, Error> {
    let Some(name) = name else {
        let error = Error::new(Kind::Usage, "secret_unnamed", "a Kubernetes Secret needs a name");
        return Err(error.hint("`--format k8s --name web-env`"));
    };
    check_kubernetes_name(name).map_err(|why| {
        let near = nearest_name(name);
        Error::new(Kind::Usage, "secret_name", format!("not a name for a Kubernetes Secret: {why}"))
            .hint(format!("`--format k8s --name {near}`"))
    })?;
    Ok(name)
}

/// Returns a name that Kubernetes allows and that looks like this one.
fn nearest_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    let is_allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let words: Vec<&str> = lower.split(|c| !is_allowed(c)).filter(|word| !word.is_empty()).collect();
    let near = words.join("-");
    if near.is_empty() || check_kubernetes_name(&near).is_err() { "web-env".to_owned() } else { near }
}
