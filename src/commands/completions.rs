//! `completions`: the script by which a shell completes commands, options and names.

use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, EnvCompleter, Fish, Powershell, Zsh};

use super::App;
use crate::report::{Error, Kind, plain_io};

/// The variable that a shell sets when it asks what may stand at the cursor.
pub const REQUEST: &str = "ETUI_COMPLETE";

const EXAMPLES: &str = "\
Examples:
  source <(etui completions bash)                            in ~/.bashrc
  source <(etui completions zsh)                             in ~/.zshrc
  etui completions fish > ~/.config/fish/completions/etui.fish
  etui completions powershell | Out-String | Invoke-Expression";

/// zsh loads a script from its function path as the function `_etui`, at the first Tab. This answers that Tab, too; the
/// next ones find the function of the script.
const AUTOLOADED: &str = "[[ $funcstack[1] != _etui ]] || _clap_dynamic_completer_etui \"$@\"\n";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Completions {
    /// Print the script for this shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The shells that can ask etui.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
    Powershell,
}

impl Shell {
    /// Returns what writes scripts and answers for this shell.
    pub fn adapter(self) -> &'static dyn EnvCompleter {
        match self {
            Shell::Bash => &Bash,
            Shell::Zsh => &Zsh,
            Shell::Fish => &Fish,
            Shell::Powershell => &Powershell,
        }
    }
}

impl Completions {
    pub fn run(self, app: &App) -> Result<(), Error> {
        let mut script = Vec::new();
        self.shell.adapter().write_registration(REQUEST, "etui", "etui", "etui", &mut script).map_err(|error| {
            Error::new(Kind::Failed, "output", format!("cannot write the script: {}", plain_io(&error)))
        })?;
        if matches!(self.shell, Shell::Zsh) {
            script.extend_from_slice(AUTOLOADED.as_bytes());
        }
        app.ui.data(&script)
    }
}
