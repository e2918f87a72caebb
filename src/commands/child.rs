//! A child that runs in this process's place: what is signalled to this one reaches it, and its end is
//! this one's end.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::SignalsInfo;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;

use crate::error::Error;

const FORWARDED: [i32; 8] = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH];

/// Runs a command to its end.
pub fn run(command: &mut Command) -> io::Result<ExitStatus> {
    let mut child = command.spawn()?;
    // Only now: a handler of ours would take from the child what it inherits, as the SIGHUP that nohup
    // ignores.
    let Ok(mut signals) = SignalsInfo::<WithRawSiginfo>::new(FORWARDED) else { return child.wait() };
    let (handle, pid) = (signals.handle(), Pid::from_child(&child));
    let forwarder = thread::spawn(move || {
        for signal in signals.forever() {
            // What a terminal sends goes to the child too, which is in the same group.
            let is_from_terminal = signal.si_code > 0;
            if let Some(signal) = Signal::from_named_raw(signal.si_signo).filter(|_| !is_from_terminal) {
                let _ = rustix::process::kill_process(pid, signal);
            }
        }
    });
    wait(&mut child, || {
        handle.close();
        let _ = forwarder.join();
    })
}

/// Waits for the end, and calls `before` while the child's number is still its own.
fn wait(child: &mut Child, before: impl FnOnce()) -> io::Result<ExitStatus> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let ended = loop {
        match rustix::process::waitid(WaitId::Pid(Pid::from_child(child)), options) {
            Err(rustix::io::Errno::INTR) => {}
            ended => break ended,
        }
    };
    before();
    ended?;
    child.wait()
}

/// Whether a command ended because somebody typed Ctrl-C, as itself or a shell tells it.
pub fn is_interrupt(status: ExitStatus) -> bool {
    status.signal() == Some(SIGINT) || status.code() == Some(128 + SIGINT)
}

/// Ends this process by a signal if the command that it ran ended so; returns in all other cases.
pub fn end_like(error: &Error) {
    let Error::Ended(status) = error else { return };
    let Some(signal) = status.signal() else { return };
    // The child has dumped its core, if any: one of this process would hold what it was given.
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let _ = rustix::process::setrlimit(Resource::Core, none);
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
