//! The editor: which one it is, and how it is kept from writing elsewhere.

use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::old::child;
use crate::old::context::{Cx, variable};
use crate::old::error::Error;

pub struct Editor {
    /// What a shell runs, as the user said it.
    command: OsString,
    family: Family,
}

/// Editors that are alike in what they write besides the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Vim,
    /// Vi as it was: it keeps what it recovers from in a directory of its own.
    Vi,
    Emacs,
    /// An Emacs that runs already, and makes its own rules.
    EmacsServer,
    /// Copies what was there if its user said so, to wherever that is.
    Nano,
    /// Writes nothing besides the file, or beside it.
    Plain,
    Unknown,
}

/// No swap file, no memory of registers, no backup, no undo file; before the user's own settings, so that
/// nothing is written while they load, and after them, since they may say otherwise.
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
    /// The one that `VISUAL` names, or `EDITOR`, or else vi, which needs a terminal: without one it would wait
    /// for ever.
    pub fn find(cx: &Cx) -> Result<Editor, Error> {
        let is_at_terminal = std::io::stdin().is_terminal() && cx.ui.tables;
        let command = match variable("VISUAL").or_else(|| variable("EDITOR")) {
            Some(command) => command,
            None if is_at_terminal => "vi".into(),
            None => {
                let way_out = "EDITOR=COMMAND etui edit; or etui import FILE".to_owned();
                return Err(Error::Unasked { what: "no editor is named", way_out });
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
        cx.ui.debug(|| format!("editor {name}, as {family:?}"));
        Ok(Editor { command, family })
    }

    /// Tells an editor that runs already of the directory, before there is anything in it.
    pub fn prepare(&self, directory: &Path) {
        if self.family == Family::EmacsServer {
            self.tell_server(directory);
        }
    }

    /// Edits the file; returns when the editor has ended well.
    pub fn run(&self, cx: &Cx, file: &Path, directory: &Path) -> Result<(), Error> {
        let mut words: Vec<OsString> = Vec::new();
        match self.family {
            Family::Vim => words.extend(VIM.iter().map(Into::into)),
            Family::Emacs => words.extend(["--eval".into(), EMACS.into()]),
            Family::Nano => words.extend(["--backupdir".into(), directory.into()]),
            _ => {}
        }
        words.push(file.into());
        let mut command = self.shell(&words);
        command.current_dir(cx.directory());
        // What an editor writes elsewhere by custom is to be in memory too, and gone with the rest. A client
        // writes nothing, and may find its server by this.
        if self.family != Family::EmacsServer {
            command.env("TMPDIR", directory);
        }
        if self.family == Family::Vi {
            let directory = directory.display();
            command.env("EXINIT", format!("set recdir={directory} directory={directory}"));
        }
        let failed = |error| Error::CommandFails { command: self.command.to_string_lossy().into_owned(), error };
        let status = child::run(&mut command).map_err(failed)?;
        child::obey_signals();
        match (status.success(), child::is_interrupt(status)) {
            (true, _) => Ok(()),
            (false, true) => Err(Error::Interrupted),
            (false, false) => {
                Err(Error::Editor { command: self.command.to_string_lossy().into_owned(), status: status.to_string() })
            }
        }
    }

    /// Says what an editor whose windows outlive its command needs.
    pub fn say_how_to_wait(&self, cx: &Cx) {
        if self.family == Family::Unknown {
            cx.ui.note("an editor that opens a window must wait until it is closed: EDITOR='code --wait'");
        }
    }

    /// The command with these words after it. A shell splits what the user said, as for git.
    fn shell(&self, words: &[OsString]) -> Command {
        // In the shell's place, so that a signal reaches it; not what is more than one program's call.
        let is_call = !self.command.as_encoded_bytes().iter().any(|byte| b"=;&|()<>\n".contains(byte));
        let mut script = OsString::from(if is_call { "exec " } else { "" });
        script.push(&self.command);
        script.push(" \"$@\"");
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(script).arg(&self.command).args(words);
        command
    }

    /// Tells a running Emacs that files of this directory have no copies.
    fn tell_server(&self, directory: &Path) {
        let directory = directory.display();
        let rule = format!(
            "(add-hook 'find-file-hook (lambda () (when (string-prefix-p \"{directory}/\" (or buffer-file-name \"\")) \
             (setq-local make-backup-files nil backup-inhibited t create-lockfiles nil undo-tree-auto-save-history nil) \
             (auto-save-mode -1))))"
        );
        // A frame of its own would need the terminal.
        let frames = ["-t", "-nw", "--tty", "-c", "--create-frame"];
        let text = self.command.to_string_lossy();
        let words: Vec<&str> = text.split_whitespace().filter(|word| !frames.contains(word)).collect();
        let client = Editor { command: words.join(" ").into(), family: self.family };
        // If it does not run yet, it will say so itself.
        let _ = client.shell(&["--eval".into(), rule.into()]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Whether what is called vi is Vim, as on most systems.
fn is_vim(program: &str) -> bool {
    let asked = Command::new(program).arg("--version").stdin(Stdio::null()).stderr(Stdio::null()).output();
    asked.is_ok_and(|said| memchr::memmem::find(&said.stdout, b"VIM").is_some())
}
