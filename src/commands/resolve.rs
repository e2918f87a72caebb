//! `resolve`: print the merged environment.

use std::borrow::Cow;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use super::App;
use super::args::{EnvironmentOptions, Output};
use crate::formats::{Dialect, Format, FormattedText, github_masks};
use crate::ops::files::{EntryFiles, PreparedFiles, left_out, refused};
use crate::ops::format::{kubernetes_name, print};
use crate::report::{Error, Kind};
use crate::session::environment::Assigned;

const EXAMPLES: &str = "\
Examples:
  etui resolve -o .env
  etui resolve -p web -c gpu --format json
  etui resolve -o .env --files certs
  etui resolve --except STRIPE_KEY --strict
  etui resolve --format github --output \"$GITHUB_ENV\"
  etui resolve --format k8s --name web-env | kubectl apply -f -
  eval \"$(etui resolve --format shell)\"";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Resolve {
    /// Print it in this format [default: dotenv, with --json json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Print dotenv text that this program reads exactly
    #[arg(long, value_enum, value_name = "CONSUMER")]
    reader: Option<Dialect>,
    /// Name the Kubernetes Secret; k8s needs it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write to this private file, or with --format github append to it; refused where git would commit it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write file: entries into this directory, and set the variables to the paths; without it they are left out
    #[arg(long, value_name = "DIR", conflicts_with = "recipient")]
    files: Option<PathBuf>,
    /// Fail instead of leaving file: entries out
    #[arg(long)]
    strict: bool,
    /// Write files even where git would commit them
    #[arg(long)]
    force: bool,
    /// Encrypt it to this age recipient, who opens it with `etui run --sealed FILE`
    #[arg(long, value_name = "AGE1…", conflicts_with_all = ["format", "reader", "name"])]
    recipient: Option<String>,
    #[command(flatten)]
    environment: EnvironmentOptions,
}

impl Resolve {
    pub fn run(mut self, app: &App) -> Result<(), Error> {
        let format = self.format.unwrap_or(if app.ui.json { Format::Json } else { Format::Dotenv });
        self.check_options(format)?;
        let output = Output::new(app, self.output.as_deref(), self.force)?;
        let except = std::mem::take(&mut self.environment.except);
        let environment = app.environment(self.environment)?;
        environment.check_except(&app.session, &except)?;
        let mut variables = environment.variables(&app.session, &except)?;

        if let Some(recipient) = &self.recipient {
            if output.is_terminal(app) {
                return Err(Error::new(Kind::Usage, "on_terminal", "an encrypted file would garble the terminal")
                    .hint("`--output FILE`, or a pipe"));
            }
            let sealed = app.session.seal_environment(&environment, &variables, recipient)?;
            return output.write(app, &sealed);
        }
        if self.files.is_none() {
            leave_out_files(app, &mut variables, self.strict)?;
        }
        let is_github = format == Format::Github;
        let masks = if is_github { masks(&variables) } else { Zeroizing::default() };
        let files = self.files.as_deref();
        let files =
            files.map(|files| EntryFiles::place(&app.session, files, &mut variables, self.force)).transpose()?;
        let printed = print(variables, format, self.reader, self.name.as_deref().unwrap_or_default())?;

        let text = printed.text.as_bytes();
        let files = files.as_ref().map(EntryFiles::prepare).transpose()?;

        warn(app, &printed);
        if is_github && output.is_standard() && !masks.is_empty() {
            app.ui.warn("the job's log may show these values: `--output \"$GITHUB_ENV\"` appends them, and masks them");
        }
        match output {
            Output::Standard => {
                files.map_or(Ok(()), PreparedFiles::put)?;
                app.ui.data(text)
            }
            Output::File(file) if is_github => {
                files.map_or(Ok(()), PreparedFiles::put)?;
                app.ui.data(masks.as_bytes())?;
                file.append(text)
            }
            Output::File(file) => {
                let file = file.prepare(text)?;
                files.map_or(Ok(()), PreparedFiles::put)?;
                file.put()
            }
        }
    }

    /// Checks that the options of one format come with that format.
    fn check_options(&self, format: Format) -> Result<(), Error> {
        let only_for = |option: &str, of: &str| {
            let message = format!("`{option}` works with `--format {of}` only");
            Err(Error::new(Kind::Usage, "usage", message).hint(format!("`--format {of}`")))
        };
        if self.force && self.output.is_none() && self.files.is_none() {
            return Err(Error::new(Kind::Usage, "usage", "`--force` needs a file to write")
                .hint("`--output FILE`")
                .hint("`--files DIR`"));
        }
        match format {
            _ if self.reader.is_some() && format != Format::Dotenv => only_for("--reader", "dotenv"),
            _ if self.name.is_some() && format != Format::K8s => only_for("--name", "k8s"),
            Format::K8s => kubernetes_name(self.name.as_deref()).map(drop),
            _ => Ok(()),
        }
    }
}

/// Takes the variables away that are files, which no text can hold.
fn leave_out_files(app: &App, variables: &mut Vec<Assigned<'_>>, is_strict: bool) -> Result<(), Error> {
    let files = variables.iter().filter(|variable| variable.is_file());
    let names: Vec<&str> = files.map(|variable| variable.name).collect();
    match &names[..] {
        [] => return Ok(()),
        names if is_strict => return Err(refused(names)),
        names => app.ui.note(left_out(names)),
    }
    variables.retain(|variable| !variable.is_file());
    Ok(())
}

/// Warns of all values that some program would misread, in one line.
fn warn(app: &App, printed: &FormattedText) {
    for warning in &printed.warnings {
        app.ui.debug(|| warning.clone());
    }
    if let Some(summary) = &printed.summary {
        app.ui.warn(summary.as_str());
    }
}

/// Prints the commands that hide the secrets among these in a job's log. Plain entries are not secrets.
fn masks(variables: &[Assigned<'_>]) -> Zeroizing<String> {
    let secrets = variables.iter().filter(|variable| variable.is_secret);
    let texts: Vec<Cow<'_, str>> = secrets.map(|variable| variable.value().as_text()).collect();
    github_masks(texts.iter().map(|text| &**text))
}
