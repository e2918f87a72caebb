//! A process that outlives the one that starts it, its shell and its terminal.

use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};

use rustix::process::setsid;

use super::stream::Stream;

/// What a detached process prints once nothing can end it by accident.
const READY: &[u8] = b".";

/// Starts a command that calls [`detach`], with this on its standard input, and waits until it has done so.
///
/// # Errors
/// If it cannot be started, or ends before.
pub fn start_detached(mut command: Command, input: &[u8]) -> io::Result<()> {
    // It must not keep a directory busy.
    command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(input)?;
    }
    let mut ready = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(READY.len() as u64).read_to_end(&mut ready)?;
    }
    if ready == READY { Ok(()) } else { Err(io::Error::other(child.wait()?.to_string())) }
}

/// Leaves the terminal and whatever ends with it, and tells the process that started this one.
///
/// # Errors
/// If that process is gone.
pub fn detach() -> io::Result<()> {
    // Fails for the leader of a group, whom somebody started by hand.
    let _ = setsid();
    Stream::Output.write(READY)
}
