//! A child that runs in the place of this process: signals to this process reach it, and as it ends, so does this
//! process.

use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{self, JoinHandle};

use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, waitid};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;
use signal_hook::iterator::{Handle, SignalsInfo};

const FORWARDED: [i32; 8] = [SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH];

/// What happens for a child besides forwarding signals.
pub trait Watch: Send + Sync {
    /// Handles a signal, and returns whether to forward it. A terminal sends its signals to the child as well.
    fn signalled(&self, _child: Pid, _signal: i32, is_from_terminal: bool) -> bool {
        !is_from_terminal
    }

    /// Handles that the child was stopped, by this signal.
    fn stopped(&self, _child: Pid, _signal: Option<i32>) {}
}

/// A child in this process's own group. A terminal stops and continues both together.
struct Beside;

impl Watch for Beside {}

/// A running child.
pub struct Running {
    child: Child,
    watch: Arc<dyn Watch>,
    signals: Handle,
    forwarder: JoinHandle<()>,
}

/// Runs a command until it ends.
pub fn run(command: Command) -> io::Result<ExitStatus> {
    start(command)?.wait()
}

/// Starts a command, and forgets its environment.
pub fn start(mut command: Command) -> io::Result<Running> {
    start_watched(|| command.spawn(), Arc::new(Beside))
}

/// Starts a child by calling `spawn`, and watches it.
pub fn start_watched(spawn: impl FnOnce() -> io::Result<Child>, watch: Arc<dyn Watch>) -> io::Result<Running> {
    let listen = |ignored: u64| {
        SignalsInfo::<WithRawSiginfo>::new(FORWARDED.iter().filter(|signal| ignored & 1 << (**signal - 1) == 0))
    };
    // Listen before the child exists, so that a signal at that instant does not orphan it. But a handler of ours would
    // undo what the child inherits, such as the SIGHUP that nohup ignores. Where the system does not say what is
    // ignored, listen afterwards.
    let mut early = ignored().map(listen).transpose()?;
    // Signals that came before the child existed reached nobody.
    let missed: Vec<i32> =
        early.iter_mut().flat_map(|signals| signals.pending()).map(|signal| signal.si_signo).collect();
    let child = spawn()?;
    let mut signals = early.map_or_else(|| listen(0), Ok)?;
    let handle = signals.handle();
    let pid = Pid::from_child(&child);
    let forward = move |signal: i32| {
        if let Some(signal) = Signal::from_named_raw(signal) {
            let _ = rustix::process::kill_process(pid, signal);
        }
    };
    missed.into_iter().for_each(forward);
    let watcher = Arc::clone(&watch);
    let forwarder = thread::spawn(move || {
        for signal in signals.forever() {
            // A terminal signals the whole group, so the child has it too; but a hang-up only goes to the session's
            // leader.
            let is_from_terminal = signal.si_code > 0 && !(signal.si_signo == SIGHUP && is_leader());
            if watcher.signalled(pid, signal.si_signo, is_from_terminal) {
                forward(signal.si_signo);
            }
        }
    });
    Ok(Running { child, watch, signals: handle, forwarder })
}

impl Running {
    /// Waits until it ends.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        let pid = Pid::from_child(&self.child);
        let ended = loop {
            match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(Some(status)) if status.stopped() => {
                    // Consume the report, or waitid would return it again.
                    let _ = waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
                    self.watch.stopped(pid, status.stopping_signal());
                }
                ended => break ended,
            }
        };
        // Stop forwarding while the process id still belongs to the child.
        self.signals.close();
        let _ = self.forwarder.join();
        ended?;
        self.child.wait()
    }
}

/// Returns the signals that this process ignores, one bit each, where the system says so (proc(5)).
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// Returns whether this process leads its session, as the first process in a terminal window or of ssh does.
fn is_leader() -> bool {
    rustix::process::getsid(None).is_ok_and(|leader| leader == rustix::process::getpid())
}

/// Lets signals end this process again after a command has ended. Its handlers are gone, and without this the signals
/// would be ignored.
pub fn obey_signals() {
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)));
    }
}

/// Returns whether a command ended because of Ctrl-C: by the signal, or by the exit code of a shell.
pub fn is_interrupt(status: ExitStatus) -> bool {
    status.signal() == Some(SIGINT) || status.code() == Some(128 + SIGINT)
}

/// Ends this process by the signal that ended its command, if one did; otherwise returns the command's exit code.
pub fn end_like(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        // The child dumped its own core. A core of this process would hold secrets.
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    // As a shell does it.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}
