//! Questions. Each is asked only where it can be answered; everywhere else the caller gets the way out.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use signal_hook::consts::SIGINT;
use zeroize::Zeroizing;

use super::{Ui, visible};
use crate::error::Error;

impl Ui {
    /// Asks for a line, shown as it is typed.
    pub fn ask(&self, prompt: &str) -> Result<String, Error> {
        let _ = write!(io::stderr(), "{} ", visible(prompt));
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line) {
            // The end of the input is no answer: as at any prompt, Ctrl-D leaves.
            Ok(0) => {
                let _ = writeln!(io::stderr());
                Err(Error::Interrupted)
            }
            Ok(_) => Ok(line.trim_end_matches(['\n', '\r']).to_owned()),
            Err(error) => Err(Error::Input { what: "the terminal".into(), error }),
        }
    }

    /// The next line of standard input if that is no terminal; none at its end.
    pub fn piped_line(&self) -> Result<Option<Zeroizing<String>>, Error> {
        if io::stdin().is_terminal() {
            return Ok(None);
        }
        let mut line = Zeroizing::new(String::new());
        match io::stdin().lock().read_line(&mut line) {
            Ok(0) => Ok(None),
            Ok(_) => {
                if line.ends_with('\n') {
                    line.pop();
                }
                Ok(Some(line))
            }
            Err(error) => Err(Error::Input { what: "standard input".into(), error }),
        }
    }

    /// Asks for a value, hidden as it is typed.
    pub fn ask_hidden(&self, prompt: &str) -> Result<Zeroizing<String>, Error> {
        let answer = hold_interrupts(|| rpassword::prompt_password(format!("{} ", visible(prompt))));
        if discard_pending() {
            return Err(Error::SeveralLines);
        }
        match answer {
            Ok(answer) => Ok(Zeroizing::new(answer)),
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof) => {
                Err(Error::Interrupted)
            }
            Err(error) => Err(Error::Input { what: "the terminal".into(), error }),
        }
    }

    /// Asks a question that yes or no answers; no is the default, and an error that changes nothing.
    pub fn confirm(&self, question: &str) -> Result<(), Error> {
        if self.yes {
            return Ok(());
        }
        loop {
            let answer = self.ask(&format!("{question} [y/N]"))?;
            match answer.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(()),
                "" | "n" | "no" => return Err(Error::Declined),
                _ => {}
            }
        }
    }

    /// Asks to choose one of several, by number or by name. Returns its place.
    pub fn choose(&self, question: &str, choices: &[String]) -> Result<usize, Error> {
        let mut err = io::stderr();
        let _ = writeln!(err, "{}", visible(question));
        for (at, choice) in choices.iter().enumerate() {
            let _ = writeln!(err, "{:>3}  {}", at + 1, visible(choice));
        }
        loop {
            let answer = self.ask(">")?;
            let answer = answer.trim();
            let numbered = answer.parse().ok().and_then(|number: usize| number.checked_sub(1));
            let found = choices.iter().position(|choice| choice == answer);
            if let Some(at) = found.or(numbered).filter(|at| *at < choices.len()) {
                return Ok(at);
            }
        }
    }
}

/// Discards what was typed ahead on the terminal; whether there was anything.
///
/// Of a text that was pasted, all lines but the first are still waiting there, and the shell would take
/// each of them as a command.
fn discard_pending() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    use rustix::termios::{QueueSelector, tcflush};
    let Ok(terminal) = std::fs::File::open("/dev/tty") else { return false };
    // A paste comes in pieces: the next one is given a moment to arrive.
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let waiting = || {
        let mut input = [PollFd::new(&terminal, PollFlags::IN)];
        poll(&mut input, Some(&moment)).is_ok() && input[0].revents().contains(PollFlags::IN)
    };
    // A terminal that has gone is ready forever: there is an end to it.
    let discarded = (0..100).take_while(|_| waiting() && tcflush(&terminal, QueueSelector::IFlush).is_ok());
    discarded.count() > 0
}

/// Runs with SIGINT put off. rpassword raises it on Ctrl-C before it restores the terminal, and then
/// returns an error: if the signal ended the process, the shell would be left without echo.
fn hold_interrupts<T>(ask: impl FnOnce() -> T) -> T {
    // A handler cannot be taken back, so it is made once, and told when a signal means what it always means.
    static ENDS: LazyLock<Arc<AtomicBool>> = LazyLock::new(|| {
        let ends = Arc::new(AtomicBool::new(true));
        // Without a handler Ctrl-C still ends the process; only the terminal is then not restored.
        let _ = signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&ends));
        ends
    });
    ENDS.store(false, Ordering::SeqCst);
    let answer = ask();
    ENDS.store(true, Ordering::SeqCst);
    answer
}
