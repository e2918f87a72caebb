//! Hidden questions, and what else may come from the terminal while one is asked.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use rpassword::ConfigBuilder;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{LocalModes, OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr};
use signal_hook::consts::SIGINT;
use zeroize::Zeroizing;

use crate::old::error::Error;

const TERMINAL: &str = "/dev/tty";

/// Asks for a line that is not shown as it is typed.
///
/// # Errors
/// If it is ended by Ctrl-C or Ctrl-D; and if what was typed would not be taken whole: further lines,
/// which the shell would take as commands, or a tab or another character that a prompt cannot take.
pub fn ask(prompt: &str) -> Result<Zeroizing<String>, Error> {
    let failed = |error| Error::Input { what: TERMINAL.into(), error };
    let terminal = File::open(TERMINAL).map_err(failed)?;
    let silence = Silence::over(terminal.try_clone().map_err(failed)?).map_err(failed)?;
    let lost = Rc::new(Cell::new(false));
    let input = Watched { terminal: terminal.try_clone().map_err(failed)?, lost: Rc::clone(&lost) };
    let config = ConfigBuilder::new().input_reader(input).build();
    let prompt = format!("{prompt} ");
    let (answer, interrupted) = hold_interrupts(|| rpassword::prompt_password_with_config(prompt, config));
    let is_more = discard_pending(&terminal);
    drop(silence);
    // What ended the line was not shown either.
    let _ = writeln!(io::stderr());
    match answer {
        _ if interrupted => Err(Error::Interrupted),
        Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof) => {
            Err(Error::Interrupted)
        }
        Err(error) => Err(failed(error)),
        Ok(_) if is_more => Err(Error::SeveralLines),
        Ok(_) if lost.get() => Err(Error::Untypable),
        Ok(answer) => Ok(Zeroizing::new(answer)),
    }
}

/// A terminal that shows nothing of what is typed, until this is dropped.
struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    fn over(terminal: File) -> io::Result<Silence> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        // Not by lines: a line of the terminal's own holds 4,096 bytes at most, and drops the rest.
        silent.local_modes -= LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(&terminal, OptionalActions::Now, &silent)?;
        Ok(Silence { terminal, before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// What is typed, on its way to rpassword, which drops some characters without a word.
struct Watched {
    terminal: File,
    lost: Rc<Cell<bool>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.terminal.read(buffer)?;
        // Those that edit or end the line, and the escape that begins an arrow key, are not lost.
        let edits = b"\n\r\x03\x04\x08\x15\x17\x1b";
        if buffer[..read].iter().any(|byte| byte.is_ascii_control() && *byte != 0x7f && !edits.contains(byte)) {
            self.lost.set(true);
        }
        Ok(read)
    }
}

/// Discards what waits on the terminal; whether there was anything.
fn discard_pending(terminal: &File) -> bool {
    // A paste comes in pieces: the next one is given a moment to arrive.
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let waiting = || {
        let mut input = [PollFd::new(terminal, PollFlags::IN)];
        poll(&mut input, Some(&moment)).is_ok() && input[0].revents().contains(PollFlags::IN)
    };
    // A terminal that has gone is ready forever: there is an end to it.
    let discarded = (0..100).take_while(|_| waiting() && tcflush(terminal, QueueSelector::IFlush).is_ok());
    discarded.count() > 0
}

/// Runs with SIGINT put off; whether one came. rpassword raises it on Ctrl-C and then returns an error: if
/// the signal ended the process, the shell would be left without echo.
fn hold_interrupts<T>(ask: impl FnOnce() -> T) -> (T, bool) {
    // A handler cannot be taken back: it is made once, and told when a signal means what it always means.
    static HELD: LazyLock<[Arc<AtomicBool>; 2]> = LazyLock::new(|| {
        let [ends, came] = [true, false].map(|start| Arc::new(AtomicBool::new(start)));
        // Without a handler Ctrl-C still ends the process; only the terminal is then not restored.
        let _ = signal_hook::flag::register_conditional_default(SIGINT, Arc::clone(&ends));
        let _ = signal_hook::flag::register(SIGINT, Arc::clone(&came));
        [ends, came]
    });
    let [ends, came] = &*HELD;
    came.store(false, Ordering::SeqCst);
    ends.store(false, Ordering::SeqCst);
    let answer = ask();
    ends.store(true, Ordering::SeqCst);
    (answer, came.swap(false, Ordering::SeqCst))
}
