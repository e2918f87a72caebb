//! A command whose output goes through a redaction.
//!
//! What is a pipe stays one, and what is a terminal one: where input and output are this process's terminal,
//! the command gets a terminal for itself, and what is typed is handed on; where only the output is, the
//! command keeps the keyboard and its place among the jobs, and gets what looks like a terminal to write to.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pty_process::blocking::{self, Pts, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_current_process_group, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};
use signal_hook::consts::{SIGCONT, SIGWINCH};
use zeroize::Zeroizing;

use super::child::{self, Watch};
use super::context::Cx;
use crate::guard::{Redactor, Replacements};
use crate::old::error::Error;
use crate::old::ui::{self, Mode, Stream, is_foreground};

/// How much is read at once.
const PIECE: usize = 64 << 10;

/// How long a terminal does not show what begins like a value: a key that was pressed is to be seen.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };

/// A command that runs, and what passes on what it writes.
pub struct Running {
    child: child::Running,
    pumps: Vec<JoinHandle<Result<(), Error>>>,
    /// The real terminal, where the command has one for itself; and what ends the handing on of keys.
    window: Option<(Arc<Window>, PipeWriter)>,
}

/// Where what the command writes is read, and where it goes.
type Channel = (File, Stream);

impl From<child::Running> for Running {
    fn from(child: child::Running) -> Running {
        Running { child, pumps: Vec::new(), window: None }
    }
}

impl Running {
    /// Waits for the end, and until nobody can write any more.
    ///
    /// # Errors
    /// If what it wrote could not be passed on.
    pub fn wait(self) -> Result<io::Result<ExitStatus>, Error> {
        let Running { child, pumps, window } = self;
        let ended = child.wait();
        // What it left behind may write on; who waits for that is to be interrupted.
        child::obey_signals();
        for pump in pumps {
            match pump.join() {
                Ok(Err(Error::OutputClosed) | Ok(())) => {}
                Ok(Err(error)) => return Err(error),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        drop(window);
        Ok(ended)
    }
}

/// What stands before the command if it needs a leader.
pub fn leader(cx: &Cx) -> io::Result<Vec<OsString>> {
    if !has_terminal() {
        return Ok(Vec::new());
    }
    let json = cx.ui.json.then(|| "--json".into());
    let words = [std::env::current_exe()?.into(), "leader".into()].into_iter().chain(json);
    Ok(words.chain(["--".into()]).collect())
}

/// Whether the command gets a terminal for itself. In the background it would take the keyboard from others.
fn has_terminal() -> bool {
    io::stdin().is_terminal() && Stream::Output.is_terminal() && is_foreground(io::stdin())
}

/// Starts it.
pub fn start(command: Command, redaction: Replacements) -> io::Result<Running> {
    let redaction = Arc::new(redaction);
    if has_terminal() { inside(command, &redaction) } else { beside(command, &redaction) }
}

/// In a terminal of its own.
fn inside(command: Command, redaction: &Arc<Replacements>) -> io::Result<Running> {
    let (pty, own) = open()?;
    let keyboard = io::stdin().as_fd().try_clone_to_owned()?;
    tcsetattr(&own, OptionalActions::Now, &tcgetattr(&keyboard)?)?;
    resize(&pty);
    let mut command = blocking::Command::from(command);
    let mut channels = Vec::new();
    if !Stream::Errors.is_terminal() {
        let (source, end) = pipe()?;
        command = command.stderr(end);
        channels.push((source, Stream::Errors));
    }
    let pty = File::from(OwnedFd::from(pty));
    channels.push((pty.try_clone()?, Stream::Output));
    let (end, until) = io::pipe()?;
    let window = Arc::new(Window { pty: pty.try_clone()?, mode: Mode::over(keyboard, Termios::make_raw)? });
    // Nobody waits for it: a command that does not read would let it wait forever.
    thread::spawn(move || hand_on(&pty, &end));
    let watch = Arc::clone(&window) as Arc<dyn Watch>;
    let child = child::start_watched(|| command.spawn(own).map_err(plain), watch)?;
    Ok(Running { child, pumps: pumps(channels, redaction), window: Some((window, until)) })
}

/// In this process's group, and with its keyboard.
fn beside(mut command: Command, redaction: &Arc<Replacements>) -> io::Result<Running> {
    let (mut channels, mut screens) = (Vec::new(), Vec::new());
    let mut open_end = |stream: Stream| -> io::Result<OwnedFd> {
        let (source, end) = if stream.is_terminal() { screen()? } else { pipe()? };
        if stream.is_terminal() {
            screens.push(source.try_clone()?);
        }
        channels.push((source, stream));
        Ok(end)
    };
    let out = open_end(Stream::Output)?;
    let errors = if Stream::are_one() { out.try_clone()? } else { open_end(Stream::Errors)? };
    command.stdout(Stdio::from(out)).stderr(Stdio::from(errors));
    let child = child::start_watched(|| command.spawn(), Arc::new(Screens(screens)))?;
    Ok(Running { child, pumps: pumps(channels, redaction), window: None })
}

fn pumps(channels: Vec<Channel>, redaction: &Arc<Replacements>) -> Vec<JoinHandle<Result<(), Error>>> {
    let start = |channel| {
        let redaction = Arc::clone(redaction);
        thread::spawn(move || pump(channel, &redaction))
    };
    channels.into_iter().map(start).collect()
}

fn pipe() -> io::Result<(File, OwnedFd)> {
    let (source, end) = io::pipe()?;
    Ok((File::from(OwnedFd::from(source)), end.into()))
}

/// A terminal to write to, which changes nothing of what is written: the real one does.
fn screen() -> io::Result<(File, OwnedFd)> {
    let (pty, end) = open()?;
    let mut mode = tcgetattr(&end)?;
    mode.make_raw();
    tcsetattr(&end, OptionalActions::Now, &mode)?;
    resize(&pty);
    Ok((File::from(OwnedFd::from(pty)), end.as_fd().try_clone_to_owned()?))
}

fn open() -> io::Result<(Pty, Pts)> {
    blocking::open().map_err(plain)
}

fn plain(error: pty_process::Error) -> io::Error {
    match error {
        pty_process::Error::Io(error) => error,
        pty_process::Error::Rustix(error) => error.into(),
    }
}

/// Gives a terminal the size of the real one.
fn resize(pty: impl AsFd) {
    let real = [Stream::Output, Stream::Errors].into_iter().filter(|stream| stream.is_terminal());
    let size = real.filter_map(|stream| tcgetwinsize(stream.file().ok()?).ok()).next();
    if let Some(size) = size {
        let _ = tcsetwinsize(pty, size);
    }
}

/// Passes on what the command writes for as long as anybody may write it.
fn pump((mut source, stream): Channel, redaction: &Replacements) -> Result<(), Error> {
    let mut redacted = Redactor::new(redaction);
    let mut piece = Zeroizing::new(vec![0; PIECE]);
    let mut shown = Vec::new();
    let is_terminal = stream.is_terminal();
    loop {
        shown.clear();
        if is_terminal && redacted.hesitates() && !is_ready(&source) {
            redacted.hurry(&mut shown);
        } else {
            match source.read(&mut piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // At the end of the last process inside a terminal, Linux says EIO.
                Ok(0) | Err(_) => {
                    redacted.finish(&mut shown);
                    return stream.write(&shown);
                }
                Ok(read) => redacted.push(&piece[..read], &mut shown),
            }
        }
        stream.write(&shown)?;
    }
}

fn is_ready(source: &File) -> bool {
    let mut source = [PollFd::new(source, PollFlags::IN)];
    poll(&mut source, Some(&PATIENCE)) != Ok(0)
}

/// Hands on what is typed, until the other end of the pipe is closed.
fn hand_on(mut pty: &File, until: &PipeReader) {
    let Ok(mut keyboard) = ui::input() else { return };
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        let mut input = [PollFd::new(&keyboard, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
        if poll(&mut input, None).is_err_and(|error| error != rustix::io::Errno::INTR) || !input[1].revents().is_empty()
        {
            return;
        }
        // In the background it is for others.
        if !is_foreground(&keyboard) {
            thread::sleep(Duration::from_millis(100));
            continue;
        }
        match keyboard.read(&mut *piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return,
            Ok(read) => {
                if pty.write_all(&piece[..read]).is_err() {
                    return;
                }
            }
        }
    }
}

/// The real terminal, and the command's own.
struct Window {
    mode: Mode,
    pty: File,
}

impl Watch for Window {
    fn signalled(&self, _: Pid, signal: i32, _: bool) -> bool {
        match signal {
            // The system tells the command of it.
            SIGWINCH => resize(&self.pty),
            SIGCONT => self.mode.enter(),
            // That the real terminal is gone, too: the command has another.
            _ => return true,
        }
        false
    }

    fn stopped(&self, leader: Pid, _: Option<i32>) {
        self.mode.leave();
        let _ = kill_current_process_group(Signal::TSTP);
        // The signal may take a moment; and where nobody could let this group go on, it stops nothing.
        thread::sleep(Duration::from_millis(50));
        self.mode.enter();
        resize(&self.pty);
        let _ = kill_process(leader, Signal::CONT);
    }
}

/// Terminals to write to.
struct Screens(Vec<File>);

impl Watch for Screens {
    fn signalled(&self, _: Pid, signal: i32, is_from_terminal: bool) -> bool {
        // It was told of it before the size was changed.
        let is_size = signal == SIGWINCH;
        self.0.iter().filter(|_| is_size).for_each(resize);
        is_size || !is_from_terminal
    }
}
