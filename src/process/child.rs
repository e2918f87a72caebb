//! A child that runs in the place of this process: signals to this process reach it, and as it ends, so does this
//! process.

use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, WaitId, WaitIdOptions, WaitOptions, setrlimit, wait, waitid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::flag::{register_conditional_default, register_conditional_shutdown};
use signal_hook::iterator::Handle;
use signal_hook::low_level::emulate_default_handler;

use super::signals::{Inbox, forwarded, held, is_init, send, stop, stops};

/// What happens for a child besides forwarding signals.
pub trait Watch: Send + Sync {
    /// Handles a signal, and returns whether to forward it. A terminal sends its signals to the child as well.
    fn signalled(&self, child: Pid, signal: i32, is_from_terminal: bool) -> bool {
        match is_from_terminal {
            // The child stops, or will: a shell in vfork(2) stops only later, and whoever waits for us must not wait
            // for that.
            true if stops(child, signal) => {
                stop(signal, false);
                let _ = waitid(WaitId::Pid(child), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
                false
            }
            true => false,
            false => signal != SIGCONT || !is_continued(child),
        }
    }

    /// Handles that the child was stopped by this signal. Whoever waits for this process must see it stop, too.
    fn stopped(&self, _child: Pid, signal: i32) {
        stop(signal, false);
    }
}

/// Returns whether the child was continued already: a shell continues a whole group. It may even have stopped again,
/// which nobody has seen yet.
pub fn is_continued(child: Pid) -> bool {
    let is = |options| matches!(waitid(WaitId::Pid(child), options | WaitIdOptions::NOHANG), Ok(Some(_)));
    is(WaitIdOptions::CONTINUED) || is(WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT)
}

/// A child in this process's own group. A terminal stops and continues both together.
pub struct Beside;

impl Watch for Beside {}

/// A running child.
pub struct Running {
    child: Pid,
    watch: Arc<dyn Watch>,
    gate: Arc<Mutex<Gate>>,
    signals: Handle,
    before: held::Before,
    forwarder: JoinHandle<()>,
}

/// Whoever forwards signals holds this, and whoever waits for the child while it is reaped, or while this process is
/// stopped. So no signal is sent to another process with the child's id, and no signal to stop that came before a stop is
/// forwarded after it.
#[derive(PartialEq, Eq)]
enum Gate {
    Open,
    Closed,
}

/// Runs a command until it ends.
pub fn run(command: Command) -> io::Result<ExitStatus> {
    start(command)?.wait()
}

/// Starts a command, and forgets its environment.
pub fn start(mut command: Command) -> io::Result<Running> {
    start_watched(|| command.spawn(), Arc::new(Beside))
}

/// Starts a child by calling `spawn`, and watches it. The thread that waits must be the one that calls this.
pub fn start_watched(spawn: impl FnOnce() -> io::Result<Child>, watch: Arc<dyn Watch>) -> io::Result<Running> {
    // Listen before the child exists, so that a signal at that instant does not orphan it.
    let mut inbox = Inbox::open()?;
    // Signals that came before the child existed reached nobody.
    let missed = inbox.read();
    let child = Pid::from_child(&spawn()?);
    let before = inbox.complete()?;
    missed.into_iter().for_each(|signal| send(child, signal.number));
    let (signals, gate) = (inbox.handle(), Arc::new(Mutex::new(Gate::Open)));
    let forwarder = {
        let (watch, gate) = (Arc::clone(&watch), Arc::clone(&gate));
        thread::spawn(move || forward(inbox, child, &*watch, &gate))
    };
    Ok(Running { child, watch, gate, signals, before, forwarder })
}

/// Forwards signals until the inbox is closed.
fn forward(mut inbox: Inbox, child: Pid, watch: &dyn Watch, gate: &Mutex<Gate>) {
    while inbox.wait() {
        let gate = lock(gate);
        if *gate == Gate::Closed {
            break;
        }
        for signal in inbox.read() {
            if signal.is_fault() {
                let _ = emulate_default_handler(signal.number);
            }
            if watch.signalled(child, signal.number, signal.is_from_terminal()) {
                send(child, signal.number);
            }
        }
    }
    // What was held back for the child must not reach this process now.
    inbox.read();
}

fn lock(gate: &Mutex<Gate>) -> MutexGuard<'_, Gate> {
    gate.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Running {
    /// Waits until it ends.
    pub fn wait(self) -> io::Result<ExitStatus> {
        let ended = self.reap();
        self.signals.close();
        let _ = self.forwarder.join();
        self.before.restore();
        ended
    }

    /// Reaps children until this one has ended. Process 1 gets those that other processes leave behind.
    fn reap(&self) -> io::Result<ExitStatus> {
        loop {
            let any = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
            match waitid(WaitId::All, any) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            let mut gate = lock(&self.gate);
            let Some((child, status)) = wait(WaitOptions::NOHANG | WaitOptions::UNTRACED)? else { continue };
            match status.stopping_signal() {
                _ if child != self.child => {}
                Some(signal) => self.watch.stopped(child, signal),
                None => {
                    *gate = Gate::Closed;
                    return Ok(ExitStatus::from_raw(status.as_raw()));
                }
            }
        }
    }
}

/// Lets signals end this process again after a command has ended. Its handlers are gone, and without this the signals
/// would be ignored.
pub fn obey_signals() {
    let always = || Arc::new(AtomicBool::new(true));
    if is_init() {
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
            let _ = register_conditional_shutdown(signal, 128 + signal, always());
        }
    } else {
        for signal in forwarded() {
            let _ = register_conditional_default(signal, always());
        }
    }
}

/// Returns whether a command ended because of Ctrl-C: by the signal, or by the exit code of a shell.
pub fn is_interrupt(status: ExitStatus) -> bool {
    status.signal() == Some(SIGINT) || status.code() == Some(128 + SIGINT)
}

/// Ends this process by the signal that ended its command, if one did; otherwise returns the command's exit code.
pub fn end_like(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal().filter(|_| !is_init()) {
        // The child dumped its own core. A core of this process would hold secrets.
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = setrlimit(Resource::Core, none);
        let _ = emulate_default_handler(signal);
    }
    // As a shell does it.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}
