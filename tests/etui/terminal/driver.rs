//! A person at a terminal: a pty with a shell in it that runs one command line.
//!
//! A shell, because the system gives a terminal its echo back when the session's leader ends: whether
//! the command itself restored it can only be seen while somebody is still there. It also tells the exit
//! code as a person's shell would.

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

/// Long enough for any machine: who waits so long, hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the shell writes around the exit code; no output of ours holds it.
const MARK: char = '\x1e';

/// A terminal in which a command runs.
pub struct Terminal {
    pty: Arc<Pty>,
    shell: Child,
    output: Receiver<Vec<u8>>,
    screen: Vec<u8>,
    /// How much of the screen has been waited for already.
    seen: usize,
}

/// What a command left behind in its terminal.
#[derive(Debug)]
pub struct Left {
    pub code: i32,
    /// All that was shown, the echo of what was typed too.
    pub screen: String,
    /// Whether the terminal shows what is typed.
    pub echo: bool,
}

impl Terminal {
    /// Runs etui in a terminal without colours, so that texts compare as they read.
    pub fn etui<S: AsRef<OsStr>>(bench: &Bench, arguments: impl IntoIterator<Item = S>) -> Terminal {
        Terminal::script(r#""$@""#, bench.command(arguments).env("TERM", "dumb"))
    }

    /// Runs a shell's script in a terminal; the command is its `"$@"`.
    pub fn script(script: &str, command: &Command) -> Terminal {
        // What ends the command by Ctrl-C must leave the shell.
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
            // At the end of the last process inside, Linux says EIO and others say 0.
            while let Ok(length @ 1..) = (&*reader).read(&mut buffer) {
                if send.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { pty, shell, output, screen: Vec::new(), seen: 0 }
    }

    /// Waits until this is shown, after what was waited for before.
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
                Err(_) => panic!("{text:?} was never shown, but {:?}", String::from_utf8_lossy(&self.screen)),
            }
        }
    }

    /// Waits until this is asked, and what is typed is not shown any more.
    #[track_caller]
    pub fn asks_hidden(&mut self, prompt: &str) -> &mut Terminal {
        self.sees(prompt);
        let until = Instant::now() + PATIENCE;
        while self.echo() {
            assert!(Instant::now() < until, "what is typed at {prompt:?} stays visible");
            std::thread::sleep(Duration::from_millis(1));
        }
        self
    }

    /// Presses keys: `\r` is Enter, `\x03` Ctrl-C, `\x04` Ctrl-D.
    pub fn types(&mut self, keys: &str) -> &mut Terminal {
        (&*self.pty).write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Gives the terminal another size, as who drags its window.
    pub fn resizes(&mut self, rows: u16, columns: u16) -> &mut Terminal {
        self.pty.resize(pty_process::Size::new(rows, columns)).unwrap();
        self
    }

    /// Waits until the command has ended.
    #[track_caller]
    pub fn ends(&mut self) -> Left {
        self.sees(&MARK.to_string());
        let end = self.seen - MARK.len_utf8();
        self.sees(&MARK.to_string());
        let code = std::str::from_utf8(&self.screen[end + 1..self.seen - 1]).unwrap().parse().unwrap();
        // The terminal itself puts a carriage return before each newline.
        let screen = String::from_utf8(self.screen[..end].to_vec()).unwrap().replace("\r\n", "\n");
        Left { code, screen, echo: self.echo() }
    }

    fn echo(&self) -> bool {
        tcgetattr(&*self.pty).unwrap().local_modes.contains(LocalModes::ECHO)
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

impl Left {
    /// The command ended so, all of this and nothing else was shown, and what is typed is shown again.
    #[track_caller]
    pub fn shows(self, code: i32, screen: &str) -> Left {
        assert_eq!((self.code, self.echo), (code, true), "{}", self.screen);
        update::text(&self.screen, screen, "");
        self
    }
}
