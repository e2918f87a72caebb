//! A terminal that shows nothing of what is typed while a prompt waits.
//!
//! It is as before whenever somebody else has it: after the prompt, while this process is stopped, and after a signal
//! that ends it.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::ioctl_fionread;
use rustix::process::{Signal, kill_current_process_group};
use rustix::termios::{
    InputModes, LocalModes, OptionalActions, QueueSelector, SpecialCodeIndex, Termios, tcflush, tcgetattr, tcsetattr,
};

const TERMINAL: &str = "/dev/tty";

/// Asks the terminal to mark what is pasted, and no longer to do so (xterm, "bracketed paste mode").
const MARK_PASTES: [&str; 2] = ["\x1b[?2004h", "\x1b[?2004l"];

/// How long the next piece of a paste may take.
const MOMENT: Duration = Duration::from_millis(20);

/// A prompt on a quiet terminal.
pub struct Quiet {
    terminal: File,
    before: Termios,
    prompt: String,
    /// What stands behind the prompt.
    status: String,
    marks_pastes: bool,
    signals: held::Signals,
}

impl Quiet {
    /// Shows a prompt. Pastes are marked if that is wanted and the terminal has control sequences at all.
    pub fn begin(prompt: &str, marks_pastes: bool) -> io::Result<Quiet> {
        let terminal = OpenOptions::new().read(true).write(true).open(TERMINAL)?;
        let before = tcgetattr(&terminal)?;
        let has_sequences = std::env::var_os("TERM").is_some_and(|term| !term.is_empty() && term != "dumb");
        let marks_pastes = marks_pastes && has_sequences;
        let signals = held::Signals::hold();
        let prompt = format!("{prompt} ");
        let quiet = Quiet { terminal, before, prompt, status: String::new(), marks_pastes, signals };
        quiet.enter()?;
        quiet.write(&quiet.prompt);
        Ok(quiet)
    }

    /// Reads what was typed. Stops and ends this process if a signal demands it.
    pub fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let terminal = PollFd::new(&self.terminal, PollFlags::IN);
            let signals = self.signals.file().map(|file| PollFd::from_borrowed_fd(file, PollFlags::IN));
            let mut sources: Vec<PollFd<'_>> = [terminal].into_iter().chain(signals).collect();
            // On macOS this returns at once, and reading waits (see `discard_pending`).
            let ready = poll(&mut sources, None);
            drop(sources);
            if let Some(signal) = self.signals.next() {
                self.yield_to(|| held::raise(signal))?;
                continue;
            }
            match ready {
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
                Ok(_) => {}
            }
            match (&self.terminal).read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }

    /// Stops this process and what runs with it, as Ctrl-Z does. Returns once it is continued.
    pub fn stop(&mut self) -> io::Result<()> {
        self.yield_to(|| {
            let _ = kill_current_process_group(Signal::TSTP);
        })
    }

    /// Shows this behind the prompt.
    pub fn show(&mut self, status: String) {
        if self.marks_pastes && status != self.status {
            self.status = status;
            self.redraw();
        }
    }

    /// Discards pending input. Returns whether there was any.
    pub fn discard_pending(&self) -> bool {
        let waiting = || {
            // A paste arrives in pieces, so give the next one a moment.
            if cfg!(target_os = "macos") {
                // poll(2) does not know /dev/tty there, and says so at once.
                std::thread::sleep(MOMENT);
                return ioctl_fionread(&self.terminal).is_ok_and(|length| length > 0);
            }
            let moment = Timespec { tv_sec: 0, tv_nsec: MOMENT.subsec_nanos().into() };
            let mut input = [PollFd::new(&self.terminal, PollFlags::IN)];
            poll(&mut input, Some(&moment)).is_ok() && input[0].revents().contains(PollFlags::IN)
        };
        // A terminal that has been closed is always ready, so there is a limit.
        let discarded = (0..100).take_while(|_| waiting() && tcflush(&self.terminal, QueueSelector::IFlush).is_ok());
        discarded.count() > 0
    }

    /// Lets somebody else have the terminal, and signals their way, meanwhile.
    fn yield_to(&mut self, other: impl FnOnce()) -> io::Result<()> {
        self.leave();
        self.signals.let_in(other);
        self.enter()?;
        self.redraw();
        Ok(())
    }

    fn enter(&self) -> io::Result<()> {
        let mut quiet = self.before.clone();
        // In line mode a terminal drops what exceeds 4,096 bytes in a line (termios(3), canonical mode).
        quiet.local_modes -=
            LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG | LocalModes::IEXTEN;
        // Both kinds of line breaks can be pasted, and Ctrl-S would look as if the prompt hung.
        quiet.input_modes -= InputModes::ICRNL | InputModes::INLCR | InputModes::IGNCR | InputModes::IXON;
        quiet.special_codes[SpecialCodeIndex::VMIN] = 1;
        quiet.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.terminal, OptionalActions::Now, &quiet)?;
        if self.marks_pastes {
            self.write(MARK_PASTES[0]);
        }
        Ok(())
    }

    fn leave(&self) {
        if self.marks_pastes {
            self.write(MARK_PASTES[1]);
        }
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }

    fn redraw(&self) {
        let rest = if self.marks_pastes { "\x1b[K" } else { "" };
        self.write(&format!("\r{}{}{rest}", self.prompt, self.status));
    }

    fn write(&self, text: &str) {
        let _ = (&self.terminal).write_all(text.as_bytes());
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        self.leave();
        // The newline that was typed was not shown either.
        self.write("\n");
    }
}

/// The signals that end, stop or continue a process, held back and read instead: a handler could not be taken away
/// again, and would change what they do to this process and its children later.
#[cfg(target_os = "linux")]
mod held {
    use std::os::fd::{AsFd as _, BorrowedFd};

    use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill};
    use nix::sys::signalfd::{SfdFlags, SignalFd};
    use nix::unistd::getpid;

    // Not those that keep a job in the background from the terminal: held back, they would let it in.
    const HELD: [Signal; 10] = [
        Signal::SIGHUP,
        Signal::SIGINT,
        Signal::SIGQUIT,
        Signal::SIGTERM,
        Signal::SIGTSTP,
        Signal::SIGCONT,
        // Nobody expects these, and they end a process all the same.
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGALRM,
        Signal::SIGXCPU,
    ];

    pub struct Signals(Option<Held>);

    struct Held {
        file: SignalFd,
        signals: SigSet,
        before: SigSet,
    }

    impl Signals {
        pub fn hold() -> Signals {
            let signals: SigSet = HELD.into_iter().collect();
            let file = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK);
            let held = file.and_then(|file| {
                let before = signals.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
                Ok(Held { file, signals, before })
            });
            // Without it the prompt still works, but a signal from elsewhere leaves the terminal quiet.
            Signals(held.ok())
        }

        pub fn file(&self) -> Option<BorrowedFd<'_>> {
            self.0.as_ref().map(|held| held.file.as_fd())
        }

        pub fn next(&self) -> Option<Signal> {
            let arrived = self.0.as_ref()?.file.read_signal().ok()??;
            Signal::try_from(arrived.ssi_signo as i32).ok()
        }

        pub fn let_in(&self, meanwhile: impl FnOnce()) {
            let before = self.0.as_ref().map(|held| held.before.thread_set_mask());
            meanwhile();
            if before.is_some() {
                let _ = self.0.as_ref().map(|held| held.signals.thread_block());
            }
        }
    }

    impl Drop for Signals {
        fn drop(&mut self) {
            let _ = self.0.as_ref().map(|held| held.before.thread_set_mask());
        }
    }

    /// Sends a signal to this process, which does with it what it would have done before.
    pub fn raise(signal: Signal) {
        let _ = kill(getpid(), signal);
    }
}

/// Elsewhere nothing is held back.
#[cfg(not(target_os = "linux"))]
mod held {
    use std::os::fd::BorrowedFd;

    use rustix::process::{Signal, getpid, kill_process};

    pub struct Signals;

    impl Signals {
        pub fn hold() -> Signals {
            Signals
        }

        pub fn file(&self) -> Option<BorrowedFd<'_>> {
            None
        }

        pub fn next(&self) -> Option<Signal> {
            None
        }

        pub fn let_in(&self, meanwhile: impl FnOnce()) {
            meanwhile();
        }
    }

    pub fn raise(signal: Signal) {
        let _ = kill_process(getpid(), signal);
    }
}
