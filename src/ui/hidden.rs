//! Hidden prompts, and what else the terminal may deliver meanwhile.

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

use crate::report::{Error, Kind, plain_io};

const TERMINAL: &str = "/dev/tty";

/// Asks for a line without showing what is typed.
///
/// # Errors
/// If the prompt is ended by Ctrl-C or Ctrl-D, or if it would lose something that was typed: further lines, which the
/// shell would run as commands, or a character that a prompt cannot take, such as a tab.
pub fn ask(prompt: &str) -> Result<Zeroizing<String>, Error> {
    let failed = |error| Error::new(Kind::Failed, "input", format!("cannot read the terminal: {}", plain_io(&error)));
    let terminal = File::open(TERMINAL).map_err(failed)?;
    let silence = Silence::over(terminal.try_clone().map_err(failed)?).map_err(failed)?;
    let lost = Rc::new(Cell::new(false));
    let input = Watched { terminal: terminal.try_clone().map_err(failed)?, lost: Rc::clone(&lost) };
    let config = ConfigBuilder::new().input_reader(input).build();
    let prompt = format!("{prompt} ");
    let (answer, interrupted) = hold_interrupts(|| rpassword::prompt_password_with_config(prompt, config));
    let is_more = discard_pending(&terminal);
    drop(silence);
    // The newline that was typed was not shown either.
    let _ = writeln!(io::stderr());
    match answer {
        _ if interrupted => Err(Error::interrupted()),
        Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::UnexpectedEof) => {
            Err(Error::interrupted())
        }
        Err(error) => Err(failed(error)),
        Ok(_) if is_more => Err(several_lines()),
        Ok(_) if lost.get() => Err(untypable()),
        Ok(answer) => Ok(Zeroizing::new(answer)),
    }
}

fn several_lines() -> Error {
    Error::new(Kind::Usage, "several_lines", "more than one line was typed or pasted; nothing was used")
        .hint("pass a value of several lines in a file or a pipe: `--file FILE`")
}

fn untypable() -> Error {
    let message = "a character was typed that a prompt cannot take, such as a tab; nothing was used";
    Error::new(Kind::Usage, "untypable", message).hint("pass such a value in a file or a pipe: `--file FILE`")
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silence {
    terminal: File,
    before: Termios,
}

impl Silence {
    fn over(terminal: File) -> io::Result<Silence> {
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        // In line mode a terminal drops what exceeds 4,096 bytes in a line (termios(3), canonical mode).
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

/// Typed input on its way to rpassword, which drops some characters silently.
struct Watched {
    terminal: File,
    lost: Rc<Cell<bool>>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.terminal.read(buffer)?;
        // Characters that edit or end the line are expected, and so is the escape that begins an arrow key.
        let edits = b"\n\r\x03\x04\x08\x15\x17\x1b";
        if buffer[..read].iter().any(|byte| byte.is_ascii_control() && *byte != 0x7f && !edits.contains(byte)) {
            self.lost.set(true);
        }
        Ok(read)
    }
}

/// Discards pending input. Returns whether there was any.
fn discard_pending(terminal: &File) -> bool {
    // A paste arrives in pieces, so give the next one a moment.
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let waiting = || {
        let mut input = [PollFd::new(terminal, PollFlags::IN)];
        poll(&mut input, Some(&moment)).is_ok() && input[0].revents().contains(PollFlags::IN)
    };
    // A terminal that has been closed is always ready, so there is a limit.
    let discarded = (0..100).take_while(|_| waiting() && tcflush(terminal, QueueSelector::IFlush).is_ok());
    discarded.count() > 0
}

/// Holds back SIGINT while a prompt runs. Returns whether one came. rpassword raises it on Ctrl-C and then returns an
/// error; if the signal ended the process at once, the shell would be left without echo.
fn hold_interrupts<T>(ask: impl FnOnce() -> T) -> (T, bool) {
    // A handler cannot be removed. So it is installed once, with a flag for whether SIGINT ends the process.
    static HELD: LazyLock<[Arc<AtomicBool>; 2]> = LazyLock::new(|| {
        let [ends, came] = [true, false].map(|start| Arc::new(AtomicBool::new(start)));
        // Without the handler Ctrl-C still ends the process, but does not restore the terminal.
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
