//! Whether others can look into a running etui: root finds nothing left that it is done with, and whoever is the same
//! user finds nothing at all. What it runs is as open as any program.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fs2::FileExt as _;
use rustix::process::{Pid, Signal};

use crate::bench::{Bench, Ran};
use crate::memory::Planted;

/// A running etui, which ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Not SIGKILL: it passes this one on to what it runs.
        let _ = rustix::process::kill_process(Pid::from_child(&self.0), Signal::TERM);
        let _ = self.0.wait();
    }
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < end, "never {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "needs root"]
#[cfg(target_os = "linux")]
fn root_finds_what_a_process_holds_and_nothing_of_what_it_is_done_with() {
    let known = Planted::new();
    let bench = &known.bench;
    let set = |stderr: Stdio| {
        let mut command = bench.command(["set", "NEW", "--file", "-"]);
        let mut child = command.stdin(Stdio::piped()).stderr(stderr).spawn().unwrap();
        child.stdin.take().unwrap().write_all(known.new.as_bytes()).unwrap();
        Running(child)
    };
    // Who waits for the lock has the value that it is to write, and nothing else.
    let lock = File::open(bench.home().join("acme.age.lock")).unwrap();
    lock.lock_exclusive().unwrap();
    let waiting = set(Stdio::null());
    until("found what a process holds", || known.held_by(waiting.0.id()) == 1);
    drop((waiting, lock));
    // Who has written, and cannot say so, has no value any more.
    let (reader, mut full) = std::io::pipe().unwrap();
    full.write_all(&[0; 65536]).unwrap();
    let done = set(Stdio::from(full));
    let wchan = format!("/proc/{}/wchan", done.0.id());
    until("written", || fs::read_to_string(&wchan).is_ok_and(|wchan| wchan.contains("pipe_write")));
    bench.etui(["get", "NEW"]).prints(&known.new);
    assert_eq!(known.held_by(done.0.id()), 0);
    drop((done, reader));
    // So has who runs a command and waits for its end.
    bench.etui(["use", "NAME_2_1", "--as", "A_FILE", "--as-file"]).ok();
    // Who starts another program is read in the middle of that.
    let mut command = bench.command(["run", "--", "sh", "-c", "echo; read _"]);
    let mut runs = Running(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap());
    BufReader::new(runs.0.stdout.take().unwrap()).read_line(&mut String::new()).unwrap();
    let children = format!("/proc/{0}/task/{0}/children", runs.0.id());
    let child = fs::read_to_string(children).unwrap().trim().parse().unwrap();
    assert_eq!(known.held_by(child), 76, "what applies, and what was set just now");
    // The command may be quicker than etui is in letting go.
    until("let go of what it gave away", || known.held_by(runs.0.id()) == 0);
}

/// As the same user: what can be had of a running program, a line for each.
const LOOK: &str = r#"
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
fn nobody_of_the_same_user_looks_into_it_but_into_what_it_runs() {
    let bench = Bench::acme();
    let key = fs::read_to_string(bench.key()).unwrap();
    // Where that user can reach it.
    let etui = bench.work().join("etui");
    fs::copy(env!("CARGO_BIN_EXE_etui"), &etui).unwrap();
    fs::set_permissions(&etui, fs::Permissions::from_mode(0o755)).unwrap();
    let mut look =
        vec!["timeout".into(), "60".into(), "/usr/bin/python3".into(), "-c".into(), LOOK.into(), etui, bench.home()];
    // Root may look into everything.
    if rustix::process::geteuid().is_root() {
        let chown = Command::new("chown").args(["-R", "65534:65534"]).arg(bench.work().parent().unwrap()).status();
        assert!(chown.unwrap().success());
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        look.splice(0..0, nobody.map(Into::into));
    }
    let mut command = Command::new(&look[0]);
    let looked = Ran::from(bench.dress(&mut command).args(&look[1..]).env("ETUI_KEY", key).output().unwrap());
    looked.prints(
        "another program: environ open, memory open, traced, core\n\
         etui: environ closed, memory closed, Operation not permitted, no core\n\
         what etui runs: environ open, memory open, traced, core\n",
    );
}
