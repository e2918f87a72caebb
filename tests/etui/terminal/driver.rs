//! A person at a terminal: a pty in which a shell runs one command line.
//!
//! The shell is needed because the system restores a terminal's echo when the session leader ends. Whether
//! the command itself restored it can only be seen while the session lives. The shell also reports the exit
//! code.

use std::ffi::OsStr;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use pty_process::blocking::Pty;
use rustix::termios::{LocalModes, tcgetattr};

use crate::bench::Bench;
use crate::update;

/// Long enough for any machine; past this, something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// The mark that the shell writes around the exit code. It never appears in our output.
const MARK: char = '\x1e';

/// A terminal with a running command.
pub struct Terminal {
    pty: Arc<Pty>,
    shell: Child,
    output: Receiver<Vec<u8>>,
    screen: Vec<u8>,
    /// How much of the screen previous waits have covered.
    seen: usize,
}

/// The state of the terminal after a command.
#[derive(Debug)]
pub struct Finished {
    pub code: i32,
    /// Everything that was shown, including the echo of typed text.
    pub screen: String,
    /// Whether the terminal echoes typed text.
    pub echo: bool,
}

impl Terminal {
    /// Runs etui in a terminal without colours, so that texts compare as they read.
    pub fn etui<S: AsRef<OsStr>>(bench: &Bench, arguments: impl IntoIterator<Item = S>) -> Terminal {
        Terminal::etui_in(&mut bench.command(arguments))
    }

    /// Runs a command of etui, with its own environment, in such a terminal.
    pub fn etui_in(command: &mut Command) -> Terminal {
        Terminal::script(r#""$@""#, command.env("TERM", "dumb"))
    }

    /// Runs a shell script in a terminal. The command is its `"$@"`.
    pub fn script(script: &str, command: &Command) -> Terminal {
        // A Ctrl-C for the command must not end the shell.
        let script = format!(r#"trap : INT; {script}; printf '\036%s\036' $?; read -r wait"#);
        let mut shell = Command::new("sh");
        shell.args(["-c", &script, "sh"]).arg(command.get_program()).args(command.get_args()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(directory) = command.get_current_dir() {
            shell.current_dir(directory);
        }
        let (pty, inside) = pty_process::blocking::open().unwrap();
        pty.resize(pty_process::Size::new(24, 100)).unwrap();
        let shell = pty_process::blocking::Command::from(shell).spawn(inside).unwrap();
        let pty = Arc::new(pty);
        let (send, output) = channel();
        let reader = Arc::clone(&pty);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // When the last process has ended, Linux reports EIO and other systems report 0.
            while let Ok(length @ 1..) = (&*reader).read(&mut buffer) {
                if send.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { pty, shell, output, screen: Vec::new(), seen: 0 }
    }

    /// Waits until a text is shown, after the text of the previous wait.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> &mut Terminal {
        let until = Instant::now() + PATIENCE;
        loop {
            let new = &self.screen[self.seen..];
            if let Some(at) = memchr::memmem::find(new, text.as_bytes()) {
                self.seen += at + text.len();
                return self;
            }
            match self.output.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(more) => self.screen.extend(more),
                Err(_) => panic!("{text:?} was never shown; the screen is {:?}", String::from_utf8_lossy(&self.screen)),
            }
        }
    }

    /// Waits for a prompt and until typed text is no longer echoed.
    #[track_caller]
    pub fn asks_hidden(&mut self, prompt: &str) -> &mut Terminal {
        self.sees(prompt);
        let until = Instant::now() + PATIENCE;
        while self.echoes() {
            assert!(Instant::now() < until, "the terminal still echoes at {prompt:?}");
            std::thread::sleep(Duration::from_millis(1));
        }
        self
    }

    /// Presses keys: `\r` is Enter, `\x03` Ctrl-C, `\x04` Ctrl-D.
    pub fn types(&mut self, keys: &str) -> &mut Terminal {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Resizes the terminal, like dragging its window.
    pub fn resizes(&mut self, rows: u16, columns: u16) -> &mut Terminal {
        self.pty.resize(pty_process::Size::new(rows, columns)).unwrap();
        self
    }

    /// Waits until the command has ended.
    #[track_caller]
    pub fn ends(&mut self) -> Finished {
        self.sees(&MARK.to_string());
        let end = self.seen - MARK.len_utf8();
        self.sees(&MARK.to_string());
        let code = std::str::from_utf8(&self.screen[end + 1..self.seen - 1]).unwrap().parse().unwrap();
        // The terminal itself puts a carriage return before each newline.
        let screen = String::from_utf8(self.screen[..end].to_vec()).unwrap().replace("\r\n", "\n");
        Finished { code, screen, echo: self.echoes() }
    }

    /// Returns whether typed text is shown.
    pub fn echoes(&self) -> bool {
        tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

impl Finished {
    /// The command ended with this exit code, exactly this was shown, and the terminal echoes again.
    #[track_caller]
    pub fn shows(self, code: i32, screen: &str) -> Finished {
        assert_eq!((self.code, self.echo), (code, true), "{}", self.screen);
        update::text(&self.screen, screen, "");
        self
    }
}
