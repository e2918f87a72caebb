//! The process between etui and a command that has a terminal of its own.
//!
//! A terminal stops only a process whose parent is in the same session, and the leader of a session cannot be stopped by
//! its terminal. So this process leads the session: it stops when the command stops, continues when told to, and ends as
//! the command ends.
//!
//! Programs such as less fail if they start before the terminal is theirs. So the job first waits for the terminal, and
//! then becomes the command.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitStatus};
use std::sync::Arc;

use rustix::process::{Pid, Signal, getpgrp, kill_process_group};
use rustix::termios::{tcgetpgrp, tcsetpgrp};
use signal_hook::consts::{SIGCONT, SIGSTOP, SIGTTIN, SIGTTOU};

use super::child::{Watch, start_watched};
use super::signals::stop;

/// Runs a job, a command that calls [`become_command`], in the foreground of this process's terminal, until it ends.
///
/// # Errors
/// If there is no terminal, or the job cannot be started.
pub fn lead(mut command: Command) -> io::Result<ExitStatus> {
    let terminal = terminal()?;
    command.process_group(0);
    let job = Job { terminal: terminal.try_clone()? };
    let spawn = || {
        let child = command.spawn()?;
        // If it has ended already, nobody needs the terminal.
        let _ = tcsetpgrp(&terminal, Pid::from_child(&child));
        Ok(child)
    };
    start_watched(spawn, Arc::new(job))?.wait()
}

/// Waits until this job has its terminal, then becomes the command. Returns only if that fails.
pub fn become_command(mut command: Command) -> io::Error {
    // A job in the background is stopped by this, until its leader has given it the terminal and continues it.
    let taken = terminal().and_then(|terminal| Ok(tcsetpgrp(terminal, getpgrp())?));
    taken.map_or_else(|error| error, |()| command.exec())
}

fn terminal() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/tty")
}

/// The command, as a job of its terminal.
struct Job {
    terminal: File,
}

impl Watch for Job {
    fn signalled(&self, child: Pid, signal: i32, _: bool) -> bool {
        if signal == SIGCONT {
            let _ = kill_process_group(child, Signal::CONT);
            return false;
        }
        // The terminal's own signals only come here until the command has the terminal.
        true
    }

    fn stopped(&self, child: Pid, signal: i32) {
        // The command asked for its terminal in the instant before it had it.
        let is_early = matches!(signal, SIGTTIN | SIGTTOU) && tcgetpgrp(&self.terminal) == Ok(child);
        if is_early {
            let _ = kill_process_group(child, Signal::CONT);
        } else {
            // Nothing else stops the leader of a session.
            stop(SIGSTOP, false);
        }
    }
}
