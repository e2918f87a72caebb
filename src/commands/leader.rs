//! The leader of the terminal that a redacted command has for itself (hidden: `etui leader -- CMD`).
//!
//! A terminal stops only a process whose parent is in the same session; and who leads a session cannot be
//! stopped by its terminal. So the command has a leader between itself and etui, which stops when it stops,
//! goes on when it is told to, and ends as it ends.

use std::ffi::OsString;
use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use clap::Args;
use rustix::process::{Pid, Signal, getpid, kill_process, kill_process_group};
use rustix::termios::{tcgetpgrp, tcsetpgrp};
use signal_hook::consts::{SIGCONT, SIGTTIN, SIGTTOU};

use super::run::ended;
use crate::old::child::{self, Watch};
use crate::old::context::Cx;
use crate::old::error::Error;

#[derive(Debug, Args)]
pub struct Leader {
    /// The command and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
    command: Vec<OsString>,
}

impl Leader {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let [program, arguments @ ..] = &self.command[..] else { return Ok(()) };
        let failed = |error| Error::Input { what: "the terminal".into(), error };
        let terminal = File::options().read(true).write(true).open("/dev/tty").map_err(failed)?;
        let mut command = Command::new(program);
        command.args(arguments).current_dir(cx.directory()).process_group(0);
        let spawn = || {
            let child = command.spawn()?;
            // If it has ended already, nobody needs the terminal.
            let _ = tcsetpgrp(&terminal, Pid::from_child(&child));
            Ok(child)
        };
        let job = Job { terminal: terminal.try_clone().map_err(failed)? };
        let running = child::start_watched(spawn, Arc::new(job));
        Err(ended(program, running.and_then(child::Running::wait)))
    }
}

/// The command, as a shell sees it.
struct Job {
    terminal: File,
}

impl Watch for Job {
    fn signalled(&self, child: Pid, signal: i32, _: bool) -> bool {
        if signal == SIGCONT {
            let _ = kill_process_group(child, Signal::CONT);
        }
        // What a terminal sends comes here only before the command has it.
        signal != SIGCONT
    }

    fn stopped(&self, child: Pid, signal: Option<i32>) {
        let is_early = matches!(signal, Some(SIGTTIN | SIGTTOU)) && tcgetpgrp(&self.terminal) == Ok(child);
        // It asked for its terminal in the instant before it had it.
        if is_early {
            let _ = kill_process_group(child, Signal::CONT);
        } else {
            let _ = kill_process(getpid(), Signal::STOP);
        }
    }
}
