//! Opening the browser, and checking which user a connection belongs to.

use std::ffi::OsString;
use std::net::{SocketAddr, SocketAddrV4};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::ops::run::KEYS;

/// How long to wait for the program that opens the browser to fail. Some run for as long as the browser does.
const PATIENCE: Duration = Duration::from_secs(2);

/// Opens an address in the browser. Returns false if no browser was found.
///
/// Other users can see the address in the arguments of the process. But it works only once, and on Linux only for this
/// user. Elsewhere, if another user is faster, the browser is refused, so the theft does not go unnoticed.
pub fn open(address: &str) -> bool {
    let own = std::env::var_os("BROWSER").filter(|program| !program.is_empty());
    let system = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    own.into_iter().chain([OsString::from(system)]).any(|program| run(&program, address))
}

fn run(program: &OsString, address: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in KEYS {
        command.env_remove(name);
    }
    let Ok(mut child) = command.spawn() else { return false };
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(_) => return false,
        }
    }
    true
}

/// Returns whether the other end of a connection is known to belong to another user. Linux lists the owners of sockets
/// in `/proc/net/tcp` (proc(5)); elsewhere only tickets and tokens protect the console.
pub fn is_of_another_user(peer: SocketAddr, own: SocketAddr) -> bool {
    let (SocketAddr::V4(peer), SocketAddr::V4(own)) = (peer, own) else { return true };
    // The kernel prints an address as one number in the machine's byte order, then the port. An IPv6 socket that speaks
    // IPv4 is in the other table, with a prefix before that.
    let printed = |end: SocketAddrV4| format!("{:08X}:{:04X}", u32::from_ne_bytes(end.ip().octets()), end.port());
    let (peer, own) = (printed(peer), printed(own));
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| std::fs::read_to_string(table).unwrap_or_default());
    let user = tables.iter().flat_map(|table| table.lines()).find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let user = columns.get(7)?.parse::<u32>().ok()?;
        (columns[1].ends_with(&peer) && columns[2].ends_with(&own)).then_some(user)
    });
    user.is_some_and(|user| user != rustix::process::geteuid().as_raw())
}
