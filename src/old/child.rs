//! A child that runs in this process's place: what is signalled to this one reaches it, and its end is
//! this one's end.

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

/// What to do for a child besides forwarding signals.
pub trait Watch: Send + Sync {
    /// A signal came for it. Whether it is to be forwarded: of what a terminal sends, the child has its own.
    fn signalled(&self, _child: Pid, _signal: i32, is_from_terminal: bool) -> bool {
        !is_from_terminal
    }

    /// It was stopped, by this signal.
    fn stopped(&self, _child: Pid, _signal: Option<i32>) {}
}

/// A child in this process's own group, which is stopped and goes on with it.
struct Beside;

impl Watch for Beside {}

/// A child that runs.
pub struct Running {
    child: Child,
    watch: Arc<dyn Watch>,
    signals: Handle,
    forwarder: JoinHandle<()>,
}

/// Runs a command to its end.
pub fn run(command: &mut Command) -> io::Result<ExitStatus> {
    start(command)?.wait()
}

/// Starts a command.
pub fn start(command: &mut Command) -> io::Result<Running> {
    start_watched(|| command.spawn(), Arc::new(Beside))
}

/// Starts a child in whatever way, and watches it.
pub fn start_watched(spawn: impl FnOnce() -> io::Result<Child>, watch: Arc<dyn Watch>) -> io::Result<Running> {
    let listen = |ignored: u64| {
        SignalsInfo::<WithRawSiginfo>::new(FORWARDED.iter().filter(|signal| ignored & 1 << (**signal - 1) == 0))
    };
    // Before there is a child, so that none is left behind by a signal at that instant; but a handler of
    // ours would take from it what it inherits, as the SIGHUP that nohup ignores. Where nobody tells what is
    // ignored, only afterwards.
    let mut early = ignored().map(listen).transpose()?;
    // What came when there was no child yet reached nobody. What a terminal sends from now on reaches it.
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
            // What a terminal sends goes to the child too, which is in the same group; but that it hangs up,
            // only to the session's leader.
            let is_from_terminal = signal.si_code > 0 && !(signal.si_signo == SIGHUP && is_leader());
            if watcher.signalled(pid, signal.si_signo, is_from_terminal) {
                forward(signal.si_signo);
            }
        }
    });
    Ok(Running { child, watch, signals: handle, forwarder })
}

impl Running {
    /// Waits for the end.
    pub fn wait(mut self) -> io::Result<ExitStatus> {
        let pid = Pid::from_child(&self.child);
        let ended = loop {
            match waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT) {
                Err(rustix::io::Errno::INTR) => {}
                Ok(Some(status)) if status.stopped() => {
                    // It is told once.
                    let _ = waitid(WaitId::Pid(pid), WaitIdOptions::STOPPED | WaitIdOptions::NOHANG);
                    self.watch.stopped(pid, status.stopping_signal());
                }
                ended => break ended,
            }
        };
        // While the child's number is still its own: nothing is to be forwarded to another.
        self.signals.close();
        let _ = self.forwarder.join();
        ended?;
        self.child.wait()
    }
}

/// The signals that this process ignores, a bit for each, as far as the system tells it (proc(5)).
fn ignored() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// Whether this process leads its session: a terminal's window, or the far end of an ssh, began with it.
fn is_leader() -> bool {
    rustix::process::getsid(None).is_ok_and(|leader| leader == rustix::process::getpid())
}

/// Lets signals end this process again, once a command has ended: whoever handled one is gone, but that
/// alone would leave it ignored.
pub fn obey_signals() {
    for signal in [SIGHUP, SIGINT, SIGQUIT, SIGTERM] {
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::new(AtomicBool::new(true)));
    }
}

/// Whether a command ended because somebody typed Ctrl-C, as itself or a shell tells it.
pub fn is_interrupt(status: ExitStatus) -> bool {
    status.signal() == Some(SIGINT) || status.code() == Some(128 + SIGINT)
}

/// Ends this process by a signal if the command that it ran ended so; else returns its exit code.
pub fn end_like(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        // The child has dumped its core, if any: one of this process would hold what it was given.
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        let _ = rustix::process::setrlimit(Resource::Core, none);
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    // As a shell tells it.
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}
