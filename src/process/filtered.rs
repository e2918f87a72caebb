//! A command whose output is filtered.
//!
//! A pipe stays a pipe, and a terminal a terminal. If input and output are this process's terminal, the command gets a
//! terminal of its own, and what is typed is passed on. If only the output is, the command keeps the keyboard and its
//! place among the jobs, and gets what looks like a terminal to write to.

use std::fs::File;
use std::io::{self, IsTerminal as _, PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use pty_process::blocking::{self, Pts, Pty};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr, tcsetwinsize};
use signal_hook::consts::{SIGCONT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH};
use zeroize::Zeroizing;

use super::child::{self, Beside, Running, Watch, is_continued};
use super::mode::{Mode, is_foreground};
use super::signals::stop;
use super::stream::{Stream, input};

/// Copies what a command writes to a stream of this process, filtered, until nobody can write any more.
pub type Pump = dyn Fn(File, Stream) -> io::Result<()> + Send + Sync;

/// A running command with filtered output.
pub struct FilteredCommand {
    child: Running,
    pumps: Vec<JoinHandle<io::Result<()>>>,
    /// If the command has a terminal of its own: the real one, and what ends the passing on of keys.
    window: Option<(Arc<Window>, PipeWriter)>,
}

/// Where the output of the command is read, and where it goes.
type Channel = (File, Stream);

impl FilteredCommand {
    /// Waits until the command ends and nobody can write any more.
    ///
    /// # Errors
    /// The outer one if its output could not be passed on, the inner one if it could not be waited for.
    pub fn wait(self) -> io::Result<io::Result<ExitStatus>> {
        let FilteredCommand { child, pumps, window } = self;
        let ended = child.wait();
        // Processes that it left behind may write on. Ctrl-C ends the waiting.
        child::obey_signals();
        for pump in pumps {
            match pump.join() {
                Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
                Ok(_) => {}
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        drop(window);
        Ok(ended)
    }
}

/// Returns whether the command will get a terminal of its own, and so needs a leader (see `lead`). In the background it
/// gets none: it would take the keyboard from others.
pub fn needs_leader() -> bool {
    io::stdin().is_terminal() && Stream::Output.is_terminal() && is_foreground(io::stdin())
}

/// Starts a command whose output goes through a pump.
pub fn start_filtered(command: Command, pump: Arc<Pump>) -> io::Result<FilteredCommand> {
    if needs_leader() { start_inside(command, &pump) } else { start_beside(command, &pump) }
}

/// Starts it in a terminal of its own.
fn start_inside(command: Command, pump: &Arc<Pump>) -> io::Result<FilteredCommand> {
    let (pty, own) = open_pty()?;
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
    let watch = Arc::clone(&window) as Arc<dyn Watch>;
    let child = child::start_watched(|| command.spawn(own).map_err(plain), watch)?;
    // Only after the child: this thread, too, must hold back what `start_watched` holds back. Nobody joins it: a command
    // that does not read its input would block it forever.
    thread::spawn(move || pass_keys(&pty, &end));
    Ok(FilteredCommand { child, pumps: start_pumps(channels, pump), window: Some((window, until)) })
}

/// Starts it in this process's group, with its keyboard.
fn start_beside(mut command: Command, pump: &Arc<Pump>) -> io::Result<FilteredCommand> {
    let (mut channels, mut screens) = (Vec::new(), Vec::new());
    let mut open_end = |stream: Stream| -> io::Result<OwnedFd> {
        let (source, end) = if stream.is_terminal() { open_screen()? } else { pipe()? };
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
    // The command holds the other ends. This process must not, or its pumps would never end.
    drop(command);
    Ok(FilteredCommand { child, pumps: start_pumps(channels, pump), window: None })
}

fn start_pumps(channels: Vec<Channel>, pump: &Arc<Pump>) -> Vec<JoinHandle<io::Result<()>>> {
    let start = |(source, stream)| {
        let pump = Arc::clone(pump);
        thread::spawn(move || pump(source, stream))
    };
    channels.into_iter().map(start).collect()
}

fn pipe() -> io::Result<(File, OwnedFd)> {
    let (source, end) = io::pipe()?;
    Ok((File::from(OwnedFd::from(source)), end.into()))
}

/// Opens a terminal to write to. It changes nothing that is written: the real terminal does that.
fn open_screen() -> io::Result<(File, OwnedFd)> {
    let (pty, end) = open_pty()?;
    let mut mode = tcgetattr(&end)?;
    mode.make_raw();
    tcsetattr(&end, OptionalActions::Now, &mode)?;
    resize(&pty);
    Ok((File::from(OwnedFd::from(pty)), end.as_fd().try_clone_to_owned()?))
}

fn open_pty() -> io::Result<(Pty, Pts)> {
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

/// Returns whether a source can be read within this time.
pub fn is_ready(source: &File, time: Duration) -> bool {
    let time = Timespec { tv_sec: time.as_secs() as i64, tv_nsec: time.subsec_nanos().into() };
    let mut source = [PollFd::new(source, PollFlags::IN)];
    poll(&mut source, Some(&time)) != Ok(0)
}

/// Passes on what is typed, until the other end of the pipe is closed.
fn pass_keys(mut pty: &File, until: &PipeReader) {
    let Ok(mut keyboard) = input() else { return };
    let mut piece = Zeroizing::new([0; 4096]);
    loop {
        let mut input = [PollFd::new(&keyboard, PollFlags::IN), PollFd::new(until, PollFlags::IN)];
        let failed = poll(&mut input, None).is_err_and(|error| error != rustix::io::Errno::INTR);
        if failed || !input[1].revents().is_empty() {
            return;
        }
        // In the background, the keyboard belongs to others.
        if !is_foreground(&keyboard) {
            thread::sleep(Duration::from_millis(100));
            continue;
        }
        match keyboard.read(&mut *piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // EIO: since the check, it went to the background.
            Err(_) if !is_foreground(&keyboard) => {}
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
    fn signalled(&self, leader: Pid, signal: i32, is_from_terminal: bool) -> bool {
        match signal {
            // The system signals the command that the size of its terminal has changed.
            SIGWINCH if is_from_terminal => {
                resize(&self.pty);
                false
            }
            SIGCONT => {
                self.mode.enter();
                resize(&self.pty);
                !is_continued(leader)
            }
            // Another process of this group asked for the real terminal, which the command does not have.
            SIGTTIN | SIGTTOU => !is_from_terminal,
            // A hang-up of the real terminal is forwarded too, since the command has another one.
            _ => true,
        }
    }

    fn stopped(&self, leader: Pid, _: i32) {
        self.mode.leave();
        // As if Ctrl-Z had been typed at the real terminal. It stops nothing in a group that nobody could continue.
        stop(SIGTSTP, true);
        self.mode.enter();
        resize(&self.pty);
        let _ = kill_process(leader, Signal::CONT);
    }
}

/// Terminals to write to.
struct Screens(Vec<File>);

impl Watch for Screens {
    fn signalled(&self, child: Pid, signal: i32, is_from_terminal: bool) -> bool {
        // The command got the signal before the size of its terminal was changed, so it is forwarded.
        let is_size = signal == SIGWINCH;
        self.0.iter().filter(|_| is_size).for_each(resize);
        is_size || Beside.signalled(child, signal, is_from_terminal)
    }
}
