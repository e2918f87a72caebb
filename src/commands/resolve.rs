//! `resolve`: print the merged environment.

use std::path::PathBuf;

use clap::Args;

use super::App;
use super::args::{EnvironmentOptions, Output};
use crate::formats::{Dialect, Format};
use crate::ops::format::{kubernetes_name, print};
use crate::report::{Error, Kind};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  etui resolve -o .env\n  etui resolve -p web -c gpu --format json\n  \
    etui resolve --format k8s --name web-env | kubectl apply -f -\n  eval \"$(etui resolve --format shell)\"")]
pub struct Resolve {
    /// Print it in this format [default: dotenv, with --json json]
    #[arg(long, value_enum, value_name = "FORMAT")]
    format: Option<Format>,
    /// Print dotenv text that this consumer reads exactly
    #[arg(long, value_enum, value_name = "CONSUMER")]
    reader: Option<Dialect>,
    /// Name the Kubernetes Secret; k8s needs it
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write to this private file; refused where git would commit it
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the file even where git would commit it
    #[arg(long, requires = "output")]
    force: bool,
    /// Encrypt it to this age recipient, who opens it with `etui run --sealed FILE`
    #[arg(long, value_name = "AGE1…", conflicts_with_all = ["format", "reader", "name"])]
    recipient: Option<String>,
    #[command(flatten)]
    environment: EnvironmentOptions,
}

impl Resolve {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let format = self.format.unwrap_or(if app.ui.json { Format::Json } else { Format::Dotenv });
        self.check_options(format)?;
        let output = Output::new(app, self.output.as_deref(), self.force)?;
        let environment = app.environment(self.environment)?;
        let variables = environment.variables(&app.session, &[])?;

        if let Some(recipient) = &self.recipient {
            if output.is_terminal(app) {
                return Err(Error::new(Kind::Usage, "on_terminal", "an encrypted file would garble the terminal")
                    .hint("`--output FILE`, or a pipe"));
            }
            let sealed =
                app.session.seal_environment(environment.head(), environment.context(), &variables, recipient)?;
            return output.write(app, &sealed);
        }
        let mut printed = print(variables, format, self.reader, self.name.as_deref().unwrap_or_default())?;

        app.ui.warn_each(&printed.warnings);
        // The allocator wipes it, so it need not be wiped here, too.
        let text = std::mem::take(&mut *printed.text);
        output.write(app, text.as_bytes())
    }

    /// Checks that the options of one format come with that format.
    fn check_options(&self, format: Format) -> Result<(), Error> {
        let only_for = |option: &str, of: &str| {
            let message = format!("`{option}` works with `--format {of}` only");
            Err(Error::new(Kind::Usage, "usage", message).hint(format!("`--format {of}`")))
        };
        match format {
            _ if self.reader.is_some() && format != Format::Dotenv => only_for("--reader", "dotenv"),
            _ if self.name.is_some() && format != Format::K8s => only_for("--name", "k8s"),
            Format::K8s => kubernetes_name(self.name.as_deref()).map(drop),
            _ => Ok(()),
        }
    }
}
