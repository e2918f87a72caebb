//! `edit` in real editors whose settings keep copies of everything. Afterwards no file on the machine
//! contains a value, whether the editor was closed or killed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

/// Swap, undo, backup and registers, each in its own directory.
const VIMRC: &str =
    "set modeline swapfile updatecount=1 updatetime=50 directory=~/swap// backup writebackup backupdir=~/back
silent! set undofile undodir=~/undo
silent! set viminfo='100,<1000,s100
silent! set viminfofile=~/info
silent! set shada='100,<1000,s100
autocmd BufReadPre * silent! set backup
autocmd BufReadPost * silent! set swapfile
";

const INIT: &str = r#"
(setq make-backup-files t backup-by-copying t backup-directory-alist '(("." . "~/back"))
      auto-save-default t auto-save-interval 1 auto-save-timeout 1 auto-save-visited-interval 1
      auto-save-file-name-transforms '((".*" "~/swap/" t)) auto-save-list-file-prefix "~/undo/"
      savehist-additional-variables '(kill-ring) savehist-file "~/info" savehist-autosave-interval 1)
(savehist-mode 1)
(save-place-mode 1)
"#;

const NANORC: &str = "set backup\nset backupdir \"HOME/back\"\nset positionlog\n";

/// An editor, and the keys to type in it.
struct Editor {
    /// Its name in `EDITOR`.
    name: &'static str,
    /// The program that is run.
    program: &'static str,
    options: &'static str,
    /// Goes to the end of the text, ready to type a line.
    end: &'static str,
    /// Copies the typed line to the editor's registers or clipboard.
    copy: &'static str,
    save: &'static str,
}

const VI: Editor =
    Editor { name: "vi", program: "vim.tiny", options: "", end: "Go", copy: "\x1byy", save: "\x1b:wq\r" };

/// A machine with the user's editor settings, and a value that no other file on it contains.
struct EditorMachine {
    bench: Bench,
    canary: String,
}

impl EditorMachine {
    fn new(editor: &Editor) -> EditorMachine {
        let bench = Bench::acme();
        let canary = format!("canary-{}-{}-{:?}", editor.program, std::process::id(), std::time::SystemTime::now())
            .replace(|c: char| !c.is_ascii_alphanumeric(), "");
        let home = bench.work().parent().unwrap().to_owned();
        for directory in ["swap", "back", "undo", "bin", ".config/nvim", ".config/nano", ".emacs.d"] {
            fs::create_dir_all(home.join(directory)).unwrap();
        }
        let nanorc = NANORC.replace("HOME", home.to_str().unwrap());
        for (file, text) in [
            (".vimrc", VIMRC),
            (".config/nvim/init.vim", VIMRC),
            (".exrc", "set directory=~/swap\n"),
            (".emacs.d/init.el", INIT),
            (".config/nano/nanorc", &nanorc),
            // Only files newer than this one can contain the value.
            ("start", ""),
        ] {
            fs::write(home.join(file), text).unwrap();
        }
        // Writes its process id, then becomes the editor.
        let bin = home.join("bin").join(editor.name);
        fs::write(&bin, format!("#!/bin/sh\necho $$ > ~/pid\nexec {} \"$@\"\n", editor.program)).unwrap();
        fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
        let machine = EditorMachine { bench, canary };
        machine.bench.set("A", &machine.canary, &["-g"]);
        machine
    }

    fn home(&self) -> PathBuf {
        self.bench.work().parent().unwrap().to_owned()
    }

    /// Runs the command in a terminal.
    fn terminal(&self, mut command: Command, editor: &Editor) -> Terminal {
        let call = format!("{} {}", self.home().join("bin").join(editor.name).display(), editor.options);
        // Emacs reads the settings of the user named in `USER`, whatever `HOME` is.
        command.env_remove("USER");
        command
            .env("EDITOR", call.trim())
            .env("TERM", "xterm")
            .env("LANG", "C.UTF-8")
            .env("XDG_CONFIG_HOME", self.home().join(".config"));
        Terminal::script(r#""$@""#, &command)
    }

    fn edit(&self, editor: &Editor) -> Terminal {
        self.terminal(self.bench.command(["edit", "-g"]), editor)
    }

    fn kill(&self) {
        let pid = fs::read_to_string(self.home().join("pid")).unwrap();
        assert!(Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
    }

    /// The files on this machine that contain the value.
    fn files_with_value(&self) -> String {
        let home = self.home();
        let mut find = Command::new("find");
        find.args([Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm"), &home]);
        find.args(["-xdev", "-type", "f", "-cnewer"]).arg(home.join("start"));
        find.args(["-exec", "grep", "-laF", &self.canary, "{}", "+"]).stderr(Stdio::null());
        String::from_utf8(find.output().unwrap().stdout).unwrap()
    }
}

/// Types a line and saves. Then types another one and is killed. No copy of either is left.
fn leaves_no_copy(editor: &Editor) {
    let machine = EditorMachine::new(editor);
    let line = |name: &str| format!("{}{name}={}{name}{}", editor.end, machine.canary, editor.copy);
    let mut terminal = machine.edit(editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&line("N"));
    settle();
    assert_eq!(machine.files_with_value_outside_memory(), "", "while editing");
    terminal.types(editor.save);
    let left = terminal.ends();
    assert_eq!(left.code, 0, "{}: {}", editor.program, left.screen);
    machine.bench.etui(["get", "N", "-g"]).prints(&format!("{}N", machine.canary));
    assert_eq!(machine.files_with_value(), "", "after saving");

    let mut terminal = machine.edit(editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&line("K"));
    settle();
    machine.kill();
    let left = terminal.ends();
    assert_eq!(left.code, 1, "{}: {}", editor.program, left.screen);
    assert!(left.screen.contains("SIGKILL"), "{}", left.screen);
    assert_eq!(machine.bench.etui(["get", "K", "-g"]).code, 3);
    assert_eq!(machine.files_with_value(), "", "after the kill");
}

/// The settings work: run without etui, the same editor leaves copies of a file.
fn leaves_copies_without_etui(editor: &Editor) {
    let machine = EditorMachine::new(editor);
    // Some editors make no copies of files in /tmp.
    let directory = tempfile::Builder::new().prefix("etui-test-").tempdir_in("/var/tmp").unwrap();
    let file = directory.path().join("plain.env");
    fs::write(&file, format!("A={}\n# Env entries\n", machine.canary)).unwrap();
    let mut command = Command::new(machine.home().join("bin").join(editor.name));
    machine.bench.as_user(&mut command).args(editor.options.split_whitespace()).arg(&file);
    let mut terminal = machine.terminal(command, editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&format!("{}N={}{}", editor.end, machine.canary, editor.copy));
    settle();
    terminal.types(editor.save);
    terminal.ends();
    let files = machine.files_with_value();
    assert!(files.lines().any(|path| !path.ends_with("/plain.env")), "{files}");
}

/// Waits longer than editors do before they save automatically.
fn settle() {
    std::thread::sleep(Duration::from_secs(4));
}

impl EditorMachine {
    fn files_with_value_outside_memory(&self) -> String {
        let files = self.files_with_value();
        files.lines().filter(|path| !path.starts_with("/dev/shm/etui-scratch-")).collect()
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn vim_leaves_no_copy() {
    let vim = Editor { name: "vim", program: "vim", ..VI };
    leaves_copies_without_etui(&vim);
    leaves_no_copy(&vim);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn a_small_vim_that_is_called_vi_leaves_no_copy() {
    leaves_copies_without_etui(&VI);
    leaves_no_copy(&VI);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn neovim_leaves_no_copy() {
    let nvim = Editor { name: "nvim", program: "nvim", ..VI };
    leaves_copies_without_etui(&nvim);
    leaves_no_copy(&nvim);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn the_old_vi_leaves_no_copy() {
    for name in ["vi", "nvi"] {
        leaves_no_copy(&Editor { name, program: "nvi", end: "Go", copy: "\x1byy", save: "\x1b:wq\r", options: "" });
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn emacs_leaves_no_copy() {
    let emacs = Editor {
        name: "emacs",
        program: "emacs",
        options: "-nw",
        end: "\x1b>",
        copy: "\x01\x0b\x19",
        save: "\r\x18\x13\x18\x03",
    };
    leaves_copies_without_etui(&emacs);
    leaves_no_copy(&emacs);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn nano_leaves_no_copy() {
    let nano = Editor { name: "nano", program: "nano", options: "", end: "", copy: "", save: "\r\x0f\r\x18" };
    leaves_copies_without_etui(&nano);
    leaves_no_copy(&nano);
}

/// A running Emacs server.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn a_running_emacs_server_leaves_no_copy() {
    let client = Editor {
        name: "emacsclient",
        program: "emacsclient",
        options: "-t",
        end: "\x1b>",
        // Its kill ring is its own memory for as long as it runs.
        copy: "",
        save: "\r\x18\x13\x18#",
    };
    let machine = EditorMachine::new(&client);
    let name = format!("etui-test-{}", std::process::id());
    let options: &'static str = format!("-t -s {name}").leak();
    let client = Editor { options, ..client };
    let mut emacs = Command::new("emacs");
    machine.bench.as_user(&mut emacs).env_remove("USER").arg(format!("--fg-daemon={name}")).stderr(Stdio::null());
    let mut server = Server(emacs.spawn().unwrap());
    let is_up = || {
        let mut ask = Command::new("emacsclient");
        machine.bench.as_user(&mut ask).args(["-s", &name, "-e", "t"]).stdout(Stdio::null()).stderr(Stdio::null());
        ask.status().unwrap().success()
    };
    while !is_up() {
        assert!(server.0.try_wait().unwrap().is_none(), "Emacs did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    for (key, save) in [("N", true), ("K", false)] {
        let mut terminal = machine.edit(&client);
        terminal.sees("Env entries");
        settle();
        terminal.types(&format!("{}{key}={}{}", client.end, machine.canary, client.copy));
        settle();
        if save {
            terminal.types(client.save);
        } else {
            server.0.kill().unwrap();
        }
        let left = terminal.ends();
        // A client does not notice that its server was killed.
        assert_eq!(left.code, 0, "{}", left.screen);
        assert_eq!(machine.bench.etui(["get", key, "-g"]).code == 0, save);
        assert_eq!(machine.files_with_value(), "");
    }
}
