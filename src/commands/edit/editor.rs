//! The editor: which one it is, and how it is kept from writing elsewhere.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::commands::App;
use crate::process;
use crate::report::{self, Error, Kind, plain_io};
use crate::ui::no_terminal;

pub struct Editor {
    /// The shell command, as the user wrote it.
    command: OsString,
    family: Family,
}

/// Editors that write the same things besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Vim,
    /// A traditional vi, which keeps its recovery files in a directory of its own.
    Vi,
    Emacs,
    /// An Emacs that is running already, with settings of its own.
    EmacsServer,
    /// Makes backups if its user configured them, wherever that says.
    Nano,
    /// Writes nothing but the file.
    Plain,
    Unknown,
}

/// No swap file, no viminfo with its registers, no backup and no undo file. Set before the user's own settings, so that
/// nothing is written while they load, and again after them, since they may set it otherwise.
const VIM: &[&str] = &[
    "-n",
    "-i",
    "NONE",
    "--cmd",
    "set nomodeline noswapfile",
    "-c",
    "silent! set noswapfile nobackup nowritebackup viminfo=",
    "-c",
    "silent! set noundofile",
];

const EMACS: &str = "(setq-default make-backup-files nil backup-inhibited t backup-directory-alist nil \
                     auto-save-default nil auto-save-visited-mode nil auto-save-list-file-prefix nil \
                     create-lockfiles nil undo-tree-auto-save-history nil \
                     savehist-additional-variables nil)";

impl Editor {
    /// Finds the editor: `VISUAL`, `EDITOR`, or else vi. Without a terminal vi would wait for ever, so one must be named.
    pub fn find(app: &App) -> Result<Editor, Error> {
        let is_at_terminal = std::io::stdin().is_terminal() && app.ui.tables;
        let command = match variable("VISUAL").or_else(|| variable("EDITOR")) {
            Some(command) => command,
            None if is_at_terminal => "vi".into(),
            None => {
                return Err(no_terminal("no editor is named", "name one in `EDITOR`")
                    .hint(report::Command::new("import").arg("FILE")));
            }
        };
        let text = command.to_string_lossy().into_owned();
        let program = text.split_whitespace().next().unwrap_or_default().trim_matches(['\'', '"']);
        let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let family = match &*name {
            "vi" | "ex" | "view" if is_vim(program) => Family::Vim,
            "vi" | "ex" | "view" | "nvi" => Family::Vi,
            "emacsclient" => Family::EmacsServer,
            name if name.contains("vim") => Family::Vim,
            name if name.starts_with("emacs") => Family::Emacs,
            "nano" | "rnano" => Family::Nano,
            "pico" | "ed" | "red" | "mg" | "zile" | "joe" | "ne" | "true" | "false" | "cat" => Family::Plain,
            _ => Family::Unknown,
        };
        app.ui.debug(|| format!("editor {name}, treated as {family:?}"));
        Ok(Editor { command, family })
    }

    /// Tells an editor that is running already about the directory, before there is anything in it.
    pub fn prepare(&self, directory: &Path) {
        if self.family == Family::EmacsServer {
            self.tell_server(directory);
        }
    }

    /// Edits the file, and returns when the editor has ended.
    ///
    /// # Errors
    /// If the editor cannot be run, fails or is interrupted.
    pub fn run(&self, app: &App, file: &Path, directory: &Path) -> Result<(), Error> {
        let mut words: Vec<OsString> = Vec::new();
        match self.family {
            Family::Vim => words.extend(VIM.iter().map(Into::into)),
            Family::Emacs => words.extend(["--eval".into(), EMACS.into()]),
            Family::Nano => words.extend(["--backupdir".into(), directory.into()]),
            _ => {}
        }
        words.push(file.into());
        let mut command = self.shell(&words);
        command.current_dir(&app.session.settings.directory);
        // Temporary files of the editor must be in memory too, and vanish with the rest. A client writes none, and may
        // find its server by this variable.
        if self.family != Family::EmacsServer {
            command.env("TMPDIR", directory);
        }
        if self.family == Family::Vi {
            let directory = directory.display();
            command.env("EXINIT", format!("set recdir={directory} directory={directory}"));
        }
        let name = self.command.to_string_lossy();
        let status = process::run(command).map_err(|error| {
            Error::new(Kind::NotExecutable, "command_fails", format!("{name}: {}", plain_io(&error)))
        })?;
        process::obey_signals();
        if status.success() {
            return Ok(());
        }
        if process::is_interrupt(status) {
            return Err(Error::interrupted());
        }
        let message = format!("nothing was changed: the editor `{name}` ended with {status}");
        Err(Error::new(Kind::Failed, "editor", message).hint("use another editor: `EDITOR=nano etui edit`"))
    }

    /// Notes what an editor needs whose windows outlive its command.
    pub fn note_waiting(&self, app: &App) {
        if self.family == Family::Unknown {
            app.ui.note("an editor that opens a window must wait until it is closed: `EDITOR='code --wait'`");
        }
    }

    /// Returns the command with these words after it. A shell splits the user's command, as git does.
    fn shell(&self, words: &[OsString]) -> Command {
        // `exec` puts the editor in the shell's place, so that signals reach it. It fits the call of one program only.
        let is_call = !self.command.as_encoded_bytes().iter().any(|byte| b"=;&|()<>\n".contains(byte));
        let mut script = OsString::from(if is_call { "exec " } else { "" });
        script.push(&self.command);
        script.push(" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg(&self.command).args(words);
        command
    }

    /// Tells a running Emacs to make no copies of files in this directory.
    fn tell_server(&self, directory: &Path) {
        let directory = directory.display();
        let rule = format!(
            "(add-hook 'find-file-hook (lambda () (when (string-prefix-p \"{directory}/\" (or buffer-file-name \"\")) \
             (setq-local make-backup-files nil backup-inhibited t create-lockfiles nil undo-tree-auto-save-history nil) \
             (auto-save-mode -1))))"
        );
        // A new frame would need the terminal.
        let frames = ["-t", "-nw", "--tty", "-c", "--create-frame"];
        let text = self.command.to_string_lossy();
        let words: Vec<&str> = text.split_whitespace().filter(|word| !frames.contains(word)).collect();
        let client = Editor { command: words.join(" ").into(), family: self.family };
        // If no server is running, the editor itself will say so.
        let _ = client.shell(&["--eval".into(), rule.into()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Returns whether a program called vi is Vim, as on most systems.
fn is_vim(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    asked.is_ok_and(|output| memchr::memmem::find(&output.stdout, b"VIM").is_some())
}

fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}
