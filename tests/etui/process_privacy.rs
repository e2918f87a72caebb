//! What other processes can read of a running etui. Root finds only values that are still in use; other
//! processes of the same user find nothing. A command that etui runs is as open as any other program.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fs2::FileExt as _;
use rustix::process::{Pid, Signal};

use crate::bench::{Bench, Outcome};
use crate::process_memory::Planted;

/// A running etui that is stopped when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // SIGTERM rather than SIGKILL, because etui forwards it to its command.
        let _ = rustix::process::kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

#[track_caller]
fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "timed out: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "needs root"]
#[cfg(target_os = "linux")]
fn root_finds_only_values_that_are_still_in_use() {
    let planted = Planted::new();
    let bench = &planted.bench;
    let set = |stderr: Stdio| {
        let mut command = bench.command(["set", "NEW", "--file", "-"]);
        let mut child = command.stdin(Stdio::piped()).stderr(stderr).spawn().unwrap();
        child.stdin.take().unwrap().write_all(planted.new.as_bytes()).unwrap();
        Running(child)
    };
    // A writer that waits for the lock holds the value that it will write, and nothing else.
    let lock = File::open(bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let waiting = set(Stdio::null());
    until("the waiting writer holds one value", || planted.held_by(waiting.0.id()) == 1);
    drop((waiting, lock));
    // A writer that is done but blocked on its output holds no value any more.
    let (reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&[0; 65536]).unwrap();
    let done = set(Stdio::from(full));
    let wchan = format!("/proc/{}/wchan", done.0.id());
    until("the writer is blocked on its output", || {
        fs::read_to_string(&wchan).is_ok_and(|wchan| wchan.contains("pipe_write"))
    });
    bench.etui(["get", "NEW"]).prints(&planted.new);
    assert_eq!(planted.held_by(done.0.id()), 0);
    drop((done, reader));
    // Nor does an etui that waits for the command that it runs.
    bench.etui(["use", "NAME_2_1", "--as", "A_FILE", "--as-file"]).ok();
    // A process that is just starting a program can be read at an inconsistent moment, so wait for the
    // command's first output.
    let mut command = bench.command(["run", "--", "sh", "-c", "echo; read _"]);
    let mut runs = Running(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    BufReader::new(runs.0.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    let children = format!("/proc/{0}/task/{0}/children", runs.0.id());
    let child = fs::read_to_string(children).unwrap().trim().parse().unwrap();
    assert_eq!(planted.held_by(child), 76, "the effective values, and the one that was just set");
    // The command may print before etui has wiped its copies.
    until("etui wipes its copies", || planted.held_by(runs.0.id()) == 0);
}

/// Run as the same user: prints one line per process about what can be read of it.
const PROBE: &str = r#"
import ctypes, fcntl, os, resource, signal, subprocess, sys

etui, home = sys.argv[1:]
# A shell's background job ignores it.
signal.signal(signal.SIGQUIT, signal.SIG_DFL)
libc = ctypes.CDLL(None, use_errno=True)
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
lock = open(home + "/acme.age.lock")

def opens(path):
    try:
        open(path, "rb").read(1)
        return "open"
    except PermissionError:
        return "closed"

def look(name, program):
    pid = program.pid
    said = ["environ " + opens(f"/proc/{pid}/environ"), "memory " + opens(f"/proc/{pid}/maps")]
    attached = libc.ptrace(16, pid, 0, 0) == 0
    if attached:
        os.waitpid(pid, 0)
        libc.ptrace(17, pid, 0, 0)
    said.append("traced" if attached else os.strerror(ctypes.get_errno()))
    os.kill(pid, signal.SIGQUIT)
    # Consumer was traced while it started is left stopped.
    os.kill(pid, signal.SIGCONT)
    said.append("core" if os.WCOREDUMP(os.waitpid(pid, 0)[1]) else "no core")
    print(name + ":", ", ".join(said), flush=True)

look("another program", subprocess.Popen(["sleep", "600"]))
fcntl.flock(lock, fcntl.LOCK_EX)
command = [etui, "-l", "debug", "set", "A", "-g", "--value", "c4n4ry"]
waiting = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
for line in waiting.stderr:
    if "changing" in line:
        break
else:
    sys.exit("etui changed nothing")
look("etui", waiting)
fcntl.flock(lock, fcntl.LOCK_UN)
pipe = subprocess.PIPE
runs = subprocess.Popen([etui, "run", "-g", "--", "sh", "-c", "echo; read _"], stdin=pipe, stdout=pipe)
runs.stdout.readline()
look("what etui runs", runs)
"#;

#[test]
#[ignore = "needs python3, coreutils and util-linux"]
#[cfg(target_os = "linux")]
fn other_processes_of_the_user_cannot_read_etui_but_can_read_its_command() {
    let bench = Bench::acme();
    let key = fs::read_to_string(bench.key()).unwrap();
    // Copied to where that user can reach it.
    let etui = bench.work().join("etui");
    fs::copy(env!("CARGO_BIN_EXE_etui"), &etui).unwrap();
    fs::set_permissions(&etui, fs::Permissions::from_mode(0o755)).unwrap();
    let mut look =
        vec!["timeout".into(), "60".into(), "/usr/bin/python3".into(), "-c".into(), PROBE.into(), etui, bench.home()];
    // Root may read everything, so run as nobody.
    if rustix::process::geteuid().is_root() {
        let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(bench.work().parent().unwrap()).status();
        assert!(chown.unwrap().success());
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        look.splice(0..0, nobody.map(Into::into));
    }
    let mut command = Command::new(&look[0]);
    let looked = Outcome::from(bench.as_user(&mut command).args(&look[1..]).env("ETUI_KEY", key).output().unwrap());
    looked.prints(
        "another program: environ open, memory open, traced, core\n\
         etui: environ closed, memory closed, Operation not permitted, no core\n\
         what etui runs: environ open, memory open, traced, core\n",
    );
}
