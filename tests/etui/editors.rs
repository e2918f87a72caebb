//! `edit` in the editors that people have, with settings of their own that keep copies of everything: no
//! file anywhere holds a value afterwards, whether the editor was left or killed.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;

/// Swap, undo, backup and registers, each in a place of its own.
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

/// An editor, and what is typed in it.
struct Editor {
    /// What `EDITOR` calls it.
    name: &'static str,
    /// What is run.
    program: &'static str,
    options: &'static str,
    /// To the end of the text, or where a line can be typed.
    end: &'static str,
    /// Copies the line that was typed to where the editor keeps such things.
    copy: &'static str,
    save: &'static str,
}

const VI: Editor =
    Editor { name: "vi", program: "vim.tiny", options: "", end: "Go", copy: "\x1byy", save: "\x1b:wq\r" };

/// A machine whose user has settings, and a value that nothing else on this machine holds.
struct Room {
    bench: Bench,
    canary: String,
}

impl Room {
    fn new(editor: &Editor) -> Room {
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
            // What is newer than this may hold it.
            ("start", ""),
        ] {
            fs::write(home.join(file), text).unwrap();
        }
        // It says its number, and becomes the editor.
        let bin = home.join("bin").join(editor.name);
        fs::write(&bin, format!("#!/bin/sh\necho $$ > ~/pid\nexec {} \"$@\"\n", editor.program)).unwrap();
        fs::set_permissions(&bin, fs::Permissions::from_mode(0o755)).unwrap();
        let room = Room { bench, canary };
        room.bench.set("A", &room.canary, &["-g"]);
        room
    }

    fn home(&self) -> PathBuf {
        self.bench.work().parent().unwrap().to_owned()
    }

    /// A terminal with this command in it.
    fn terminal(&self, mut command: Command, editor: &Editor) -> Terminal {
        let call = format!("{} {}", self.home().join("bin").join(editor.name).display(), editor.options);
        // Emacs reads the settings of whom this says, and not of whose home it is.
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

    /// The files of this machine that hold the value.
    fn found(&self) -> String {
        let home = self.home();
        let mut find = Command::new("find");
        find.args([Path::new("/tmp"), Path::new("/var/tmp"), Path::new("/dev/shm"), &home]);
        find.args(["-xdev", "-type", "f", "-cnewer"]).arg(home.join("start"));
        find.args(["-exec", "grep", "-laF", &self.canary, "{}", "+"]).stderr(Stdio::null());
        String::from_utf8(find.output().unwrap().stdout).unwrap()
    }
}

/// Types a line and saves; then types one, and is killed.
fn keeps_nothing(editor: &Editor) {
    let room = Room::new(editor);
    let line = |name: &str| format!("{}{name}={}{name}{}", editor.end, room.canary, editor.copy);
    let mut terminal = room.edit(editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&line("N"));
    settle();
    assert_eq!(room.found_outside_memory(), "", "while it is edited");
    terminal.types(editor.save);
    let left = terminal.ends();
    assert_eq!(left.code, 0, "{}: {}", editor.program, left.screen);
    room.bench.etui(["get", "N", "-g"]).prints(&format!("{}N", room.canary));
    assert_eq!(room.found(), "", "after it was saved");

    let mut terminal = room.edit(editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&line("K"));
    settle();
    room.kill();
    let left = terminal.ends();
    assert_eq!(left.code, 1, "{}: {}", editor.program, left.screen);
    assert!(left.screen.contains("SIGKILL"), "{}", left.screen);
    assert_eq!(room.bench.etui(["get", "K", "-g"]).code, 3);
    assert_eq!(room.found(), "", "after it was killed");
}

/// The settings do what they say: the same editor leaves copies of a file that it is given by itself.
fn leaves_copies_by_itself(editor: &Editor) {
    let room = Room::new(editor);
    // Some make no copies of what is in /tmp.
    let place = tempfile::Builder::new().prefix("etui-test-").tempdir_in("/var/tmp").unwrap();
    let file = place.path().join("plain.env");
    fs::write(&file, format!("A={}\n# Env entries\n", room.canary)).unwrap();
    let mut command = Command::new(room.home().join("bin").join(editor.name));
    room.bench.dress(&mut command).args(editor.options.split_whitespace()).arg(&file);
    let mut terminal = room.terminal(command, editor);
    terminal.sees("Env entries");
    settle();
    terminal.types(&format!("{}N={}{}", editor.end, room.canary, editor.copy));
    settle();
    terminal.types(editor.save);
    terminal.ends();
    let found = room.found();
    assert!(found.lines().any(|path| !path.ends_with("/plain.env")), "{found}");
}

/// Waits as people do before they type, and longer than editors do before they save for themselves.
fn settle() {
    std::thread::sleep(Duration::from_secs(4));
}

impl Room {
    fn found_outside_memory(&self) -> String {
        let found = self.found();
        found.lines().filter(|path| !path.starts_with("/dev/shm/etui-scratch-")).collect()
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn vim_keeps_nothing() {
    let vim = Editor { name: "vim", program: "vim", ..VI };
    leaves_copies_by_itself(&vim);
    keeps_nothing(&vim);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn a_small_vim_that_is_called_vi_keeps_nothing() {
    leaves_copies_by_itself(&VI);
    keeps_nothing(&VI);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn neovim_keeps_nothing() {
    let nvim = Editor { name: "nvim", program: "nvim", ..VI };
    leaves_copies_by_itself(&nvim);
    keeps_nothing(&nvim);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn the_old_vi_keeps_nothing() {
    for name in ["vi", "nvi"] {
        keeps_nothing(&Editor { name, program: "nvi", end: "Go", copy: "\x1byy", save: "\x1b:wq\r", options: "" });
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn emacs_keeps_nothing() {
    let emacs = Editor {
        name: "emacs",
        program: "emacs",
        options: "-nw",
        end: "\x1b>",
        copy: "\x01\x0b\x19",
        save: "\r\x18\x13\x18\x03",
    };
    leaves_copies_by_itself(&emacs);
    keeps_nothing(&emacs);
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn nano_keeps_nothing() {
    let nano = Editor { name: "nano", program: "nano", options: "", end: "", copy: "", save: "\r\x0f\r\x18" };
    leaves_copies_by_itself(&nano);
    keeps_nothing(&nano);
}

/// An Emacs that runs already.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs vim, nvim, nvi, emacs and nano"]
fn an_emacs_that_runs_already_keeps_nothing() {
    let client = Editor {
        name: "emacsclient",
        program: "emacsclient",
        options: "-t",
        end: "\x1b>",
        // What it has killed is its own, for as long as it runs.
        copy: "",
        save: "\r\x18\x13\x18#",
    };
    let room = Room::new(&client);
    let name = format!("etui-test-{}", std::process::id());
    let options: &'static str = format!("-t -s {name}").leak();
    let client = Editor { options, ..client };
    let mut emacs = Command::new("emacs");
    room.bench.dress(&mut emacs).env_remove("USER").arg(format!("--fg-daemon={name}")).stderr(Stdio::null());
    let mut server = Server(emacs.spawn().unwrap());
    let is_up = || {
        let mut ask = Command::new("emacsclient");
        room.bench.dress(&mut ask).args(["-s", &name, "-e", "t"]).stdout(Stdio::null()).stderr(Stdio::null());
        ask.status().unwrap().success()
    };
    while !is_up() {
        assert!(server.0.try_wait().unwrap().is_none(), "Emacs did not start");
        std::thread::sleep(Duration::from_millis(100));
    }
    for (key, save) in [("N", true), ("K", false)] {
        let mut terminal = room.edit(&client);
        terminal.sees("Env entries");
        settle();
        terminal.types(&format!("{}{key}={}{}", client.end, room.canary, client.copy));
        settle();
        if save {
            terminal.types(client.save);
        } else {
            server.0.kill().unwrap();
        }
        let left = terminal.ends();
        // A client whose server was killed does not know it.
        assert_eq!(left.code, 0, "{}", left.screen);
        assert_eq!(room.bench.etui(["get", key, "-g"]).code == 0, save);
        assert_eq!(room.found(), "");
    }
}
