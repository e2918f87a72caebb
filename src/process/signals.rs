//! Signals to a process that stands before its command: which are passed on, and how they are received.
//!
//! Most are caught. On Linux those that stop a process are held back and read instead. So they keep their own action,
//! and this process can stop as its command did: shells tell the stops apart, and in a group that nobody could continue
//! the system itself drops the signal. It also drops what is held back when the process is continued.

use std::fs;
use std::io;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, getpid, kill_current_process_group, kill_process};
use signal_hook::consts::{
    SIGBUS, SIGCHLD, SIGCONT, SIGFPE, SIGHUP, SIGILL, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGSEGV, SIGSTOP, SIGSYS,
    SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH,
};
use signal_hook::iterator::Handle;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::raw::WithRawSiginfo;

/// What is not passed on. Nobody can catch `KILL` and `STOP`. `FPE`, `ILL` and `SEGV` are faults, which signal-hook does
/// not catch. `CHLD` is about the command. std ignores `PIPE`, and whoever writes into a closed pipe sends it to itself.
const KEPT: [i32; 7] = [SIGKILL, SIGSTOP, SIGFPE, SIGILL, SIGSEGV, SIGCHLD, SIGPIPE];

/// What the system also sends for a fault of this process, which must then end.
const FAULTS: [i32; 3] = [SIGBUS, SIGSYS, SIGTRAP];

/// What stops a process.
const STOPS: [i32; 3] = [SIGTSTP, SIGTTIN, SIGTTOU];

/// What a terminal sends to a whole process group.
const TERMINAL: [i32; 8] = [SIGHUP, SIGINT, SIGQUIT, SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH];

/// A signal that this process got.
#[derive(Debug, Clone, Copy)]
pub struct Arrived {
    pub number: i32,
    is_from_system: bool,
}

impl Arrived {
    /// Whether a terminal sent it, to the whole process group.
    pub fn is_from_terminal(self) -> bool {
        // A hang-up only goes to the session's leader.
        let is_alone = self.number == SIGHUP && is_leader();
        self.is_from_system && TERMINAL.contains(&self.number) && !is_alone
    }

    /// Whether it reports a fault of this process.
    pub fn is_fault(self) -> bool {
        self.is_from_system && FAULTS.contains(&self.number)
    }
}

/// Returns the signals that are passed on, without those that this process ignores.
pub fn forwarded() -> impl Iterator<Item = i32> {
    let ignored = ignored().unwrap_or(0);
    (1..=64).filter(move |number| {
        let is_ignored = ignored & 1 << (number - 1) != 0;
        !KEPT.contains(number) && signal(*number).is_some() && !is_ignored
    })
}

/// Returns a signal by its number: also a real-time signal, where the system has them.
fn signal(number: i32) -> Option<Signal> {
    #[cfg(target_os = "linux")]
    return rustix_libc_wrappers::process::SignalExt::from_raw(number);
    #[cfg(not(target_os = "linux"))]
    return Signal::from_named_raw(number);
}

/// Sends a signal to a process, if there is such a signal.
pub fn send(to: Pid, number: i32) {
    if let Some(signal) = signal(number) {
        let _ = kill_process(to, signal);
    }
}

/// Returns the signals that this process ignores, one bit each, where the system says so.
fn ignored() -> Option<u64> {
    set(&status("self")?, "SigIgn:")
}

/// Returns whether a signal stops a process, now or soon, where the system says so. Soon: a shell blocks all signals
/// while it waits in vfork(2) for its child to become a command, which the terminal may have stopped.
pub fn stops(process: Pid, number: i32) -> bool {
    let Some(status) = status(&process.to_string()) else { return false };
    let is_in = |field| set(&status, field).is_none_or(|set| set & 1 << (number - 1) != 0);
    let is_in_vfork = status.lines().any(|line| line.starts_with("State:\tD"));
    STOPS.contains(&number) && !is_in("SigIgn:") && !is_in("SigCgt:") && (is_in_vfork || !is_in("SigBlk:"))
}

/// Returns what the system says about a process (proc(5)).
fn status(process: &str) -> Option<String> {
    fs::read_to_string(format!("/proc/{process}/status")).ok()
}

fn set(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    u64::from_str_radix(line.trim(), 16).ok()
}

/// Returns whether this process leads its session, as the first process in a terminal window or of ssh does.
fn is_leader() -> bool {
    // Not by rustix: in a new namespace a session may have no leader, which it does not expect.
    nix::unistd::getsid(None).is_ok_and(|leader| leader == nix::unistd::getpid())
}

/// Returns whether this is process 1. The system drops signals to it that nobody catches.
pub fn is_init() -> bool {
    getpid() == Pid::INIT
}

/// The signals that have arrived.
pub struct Inbox {
    caught: SignalDelivery<UnixStream, WithRawSiginfo>,
    held: Option<held::File>,
    forwarded: Vec<i32>,
}

impl Inbox {
    /// Catches signals, if the system says which of them are ignored. A handler of ours would undo what the child
    /// inherits, such as the `SIGHUP` that nohup ignores. `CHLD` is caught, and so not ignored: the system reaps the
    /// children of a process that ignores it, and nobody would learn how they ended.
    pub fn open() -> io::Result<Inbox> {
        let (read, write) = UnixStream::pair()?;
        let forwarded: Vec<i32> = forwarded().collect();
        let early: &[i32] = if ignored().is_some() { &forwarded } else { &[] };
        let early = early.iter().filter(|number| !is_held(**number)).chain([&SIGCHLD]);
        let caught = SignalDelivery::with_pipe(read, write, WithRawSiginfo, early)?;
        Ok(Inbox { caught, held: None, forwarded })
    }

    /// Holds back and catches the rest, soon after the child was started: it would inherit what this thread holds back.
    pub fn complete(&mut self) -> io::Result<held::Before> {
        let (file, before) = held::hold(self.forwarded.iter().copied().filter(|number| is_held(*number)))?;
        self.held = file;
        for number in self.forwarded.iter().filter(|number| !is_held(**number)) {
            self.caught.handle().add_signal(*number)?;
        }
        Ok(before)
    }

    pub fn handle(&self) -> Handle {
        self.caught.handle()
    }

    /// Waits for a signal. Returns false once the handle is closed.
    pub fn wait(&self) -> bool {
        let held = self.held.iter().map(|file| PollFd::new(file, PollFlags::IN));
        let mut sources: Vec<PollFd<'_>> = held.chain([PollFd::new(self.caught.get_read(), PollFlags::IN)]).collect();
        let _ = poll(&mut sources, None);
        !self.caught.handle().is_closed()
    }

    /// Returns what has arrived. Never waits.
    pub fn read(&mut self) -> Vec<Arrived> {
        let caught = self.caught.pending();
        let caught = caught.map(|signal| Arrived { number: signal.si_signo, is_from_system: signal.si_code > 0 });
        let held = self.held.iter().flat_map(held::read);
        held.chain(caught).filter(|signal| !KEPT.contains(&signal.number)).collect()
    }
}

/// Returns whether a signal is held back rather than caught.
fn is_held(number: i32) -> bool {
    STOPS.contains(&number)
}

/// Stops this process, or its whole group, as this signal does. Returns once it is continued, or at once if nobody
/// could continue it.
pub fn stop(number: i32, is_group: bool) {
    let Some(signal) = signal(number) else { return };
    let _ = if is_group { kill_current_process_group(signal) } else { kill_process(getpid(), signal) };
    // Only now, so that the same signal from elsewhere, which may be waiting, is one with ours and stops once.
    held::let_in(number);
}

#[cfg(target_os = "linux")]
pub mod held {
    use std::io;

    use nix::sys::signal::{SigSet, SigmaskHow, Signal};
    use nix::sys::signalfd::{SfdFlags, SignalFd};

    use super::Arrived;

    pub type File = SignalFd;

    /// What this thread held back before.
    pub struct Before(SigSet);

    impl Before {
        pub fn restore(self) {
            let _ = self.0.thread_set_mask();
        }
    }

    pub fn hold(numbers: impl Iterator<Item = i32>) -> io::Result<(Option<File>, Before)> {
        let signals: SigSet = numbers.filter_map(|number| Signal::try_from(number).ok()).collect();
        let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
        // What is held back already, since whoever started this process did so, is held back in the command too.
        let all = before.iter().chain(signals.iter()).collect();
        let file = SignalFd::with_flags(&all, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok((Some(file), Before(before)))
    }

    pub fn read(file: &File) -> impl Iterator<Item = Arrived> {
        std::iter::from_fn(|| file.read_signal().ok().flatten())
            .map(|signal| Arrived { number: signal.ssi_signo as i32, is_from_system: signal.ssi_code > 0 })
    }

    /// Lets a waiting signal arrive in this thread, before this returns (POSIX, pthread_sigmask).
    pub fn let_in(number: i32) {
        let signal: SigSet = Signal::try_from(number).into_iter().collect();
        if let Ok(before) = signal.thread_swap_mask(SigmaskHow::SIG_UNBLOCK) {
            let _ = before.thread_set_mask();
        }
    }
}

/// Elsewhere nothing is held back: a signal that stops this process stops it alone.
#[cfg(not(target_os = "linux"))]
pub mod held {
    use std::io;

    use super::Arrived;

    pub type File = std::fs::File;

    pub struct Before;

    impl Before {
        pub fn restore(self) {}
    }

    pub fn hold(_: impl Iterator<Item = i32>) -> io::Result<(Option<File>, Before)> {
        Ok((None, Before))
    }

    pub fn read(_: &File) -> std::iter::Empty<Arrived> {
        std::iter::empty()
    }

    pub fn let_in(_: i32) {}
}
