//! `run` with `file:` entries: which files the command gets, that none is left behind, and how signals are
//! passed on.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use tempfile::TempDir;

use crate::bench::{Bench, Outcome, SCRATCH, bytes, feed, names, scratch};
use crate::terminal::driver::Terminal;
use crate::update;

/// A machine with a directory of its own for private files, and a vault with the secret KEY and the entry KEY_FILE =
/// file:KEY.
struct Machine {
    bench: Bench,
    runtime: TempDir,
}

impl Machine {
    fn new() -> Machine {
        Machine::with(Bench::acme())
    }

    fn with(bench: Bench) -> Machine {
        bench.set("KEY", "pem\n", &["-g"]);
        bench.etui(["env", "set", "KEY_FILE", "file:KEY", "-g"]).ok();
        Machine { bench, runtime: scratch() }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.bench.command(arguments);
        command.env(SCRATCH, self.runtime.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        Outcome::from(self.command(&[&["run"], arguments].concat()).output().unwrap())
    }

    /// Runs a shell script with the environment and the files.
    fn sh(&self, script: &str) -> Outcome {
        self.run(&["sh", "-c", script])
    }

    /// Runs a shell script in which `$0` is etui.
    fn shell(&self, script: &str) -> Output {
        before(&["sh", "-c", script], &self.command(&[])).output().unwrap()
    }

    /// Starts a script that prints a line and then waits for [`Running::ends`].
    fn start(&self, script: &str) -> Running {
        let mut command = self.command(&["run", "sh", "-c", script]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (stdin, mut stdout) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let mut first_line = String::new();
        stdout.read_line(&mut first_line).unwrap();
        Running { child, stdin, stdout, first_line: first_line.trim_end().to_owned() }
    }

    /// The names in the runtime directory.
    fn left(&self) -> Vec<String> {
        names(self.runtime.path())
    }
}

/// The same command line with other words before it, such as `nohup`.
fn before(begin: &[&str], etui: &Command) -> Command {
    let mut command = Command::new(begin[0]);
    command.args(&begin[1..]).arg(etui.get_program()).args(etui.get_args()).env_clear();
    command.envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(etui.get_current_dir().unwrap());
    command
}

struct Running {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    first_line: String,
}

impl Running {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Reads the next line of its output.
    fn says(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Lets the script end. Returns its status and the rest of its output.
    fn ends(mut self) -> (i32, String) {
        drop(self.stdin.take());
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.stdout, &mut rest).unwrap();
        let status = self.child.wait().unwrap();
        (status.code().unwrap_or_else(|| -status.signal().unwrap()), rest)
    }
}

/// Waits until a condition holds.
#[track_caller]
fn until(what: &str, condition: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < end, "timed out: {what}");
        thread::sleep(Duration::from_millis(5));
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

// What the command gets.

#[test]
fn the_file_is_private_in_memory_and_gone_afterwards() {
    let machine = Machine::new();
    // Whatever the umask is.
    for mask in ["000", "022", "077"] {
        let etui = machine.command(&["run", "sh", "-c", "echo $KEY_FILE; read wait"]);
        let script = format!("umask {mask}; exec \"$@\"");
        let mut command = before(&["sh", "-c", &script, "sh"], &etui);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut path = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut path).unwrap();
        let path = PathBuf::from(path.trim_end());
        assert!(path.starts_with(machine.runtime.path()), "{path:?}");
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700), "{mask}");
        assert_eq!(path.file_name().unwrap(), "KEY_FILE");
        assert_eq!(bytes(&path), b"pem\n");
        drop(child.stdin.take());
        child.wait().unwrap();
        assert_eq!(machine.left(), [""; 0]);
    }
}

#[test]
fn the_file_contains_the_exact_bytes() {
    let machine = Machine::new();
    let large: Vec<u8> = (0..1_u64 << 20).map(|at| ((at * 7919) >> 3) as u8).collect();
    for value in
        [&b"x"[..], b"", b"line\n", b"\n\n", b"\r\n", b"\xff\xfe\0\0", b"\0", "🦀".as_bytes(), b"secret:KEY", &large]
    {
        fs::write(machine.bench.work().join("value"), value).unwrap();
        machine.bench.etui(["set", "KEY", "-g", "--file", "value"]).ok();
        let outcome = machine.run(&["--only", "KEY_FILE", "sh", "-c", "cat \"$KEY_FILE\""]).ok();
        assert!(outcome.out == value, "{} bytes", value.len());
    }
}

#[test]
fn several_files_work_beside_plain_variables() {
    let machine = Machine::new();
    let bench = &machine.bench;
    bench.set("CERT", "cert", &["-p", "web"]);
    bench.etui(["use", "CERT", "--as", "CERT_PATH", "--as-file", "-p", "web"]).ok();
    bench.etui(["use", "KEY", "--as", "KEY_TOO", "--as-file", "-p", "web"]).ok();
    let script = "cat $KEY_FILE $CERT_PATH $KEY_TOO; dirname $KEY_FILE $CERT_PATH $KEY_TOO | uniq | wc -l | tr -d ' '; echo $CERT";
    machine.run(&["-p", "web", "sh", "-c", script]).prints("pem\ncertpem\n1\ncert\n");
    // It refers to the effective secret, like secret:NAME.
    bench.set("KEY", "web's own", &["-p", "web"]);
    machine.run(&["-p", "web", "sh", "-c", "cat $KEY_FILE"]).prints("web's own");
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn only_the_needed_files_are_created() {
    let machine = Machine::new();
    let bench = &machine.bench;
    bench.etui(["use", "KEY", "--as", "OTHER_FILE", "--as-file", "-g"]).ok();
    let list = "for f in $KEY_FILE $OTHER_FILE; do ls $(dirname $f); done | sort -u; echo $KEY_FILE$OTHER_FILE";
    let files = |options: &[&str], script: &str| {
        let outcome = machine.run(&[options, &["sh", "-c", script]].concat()).ok();
        outcome.text().replace(machine.runtime.path().to_str().unwrap(), "MEMORY")
    };
    assert!(files(&["--only", "KEY_FILE"], list).starts_with("KEY_FILE\nMEMORY/etui-scratch-"));
    assert!(files(&["--except", "KEY_FILE"], list).starts_with("OTHER_FILE\nMEMORY/etui-scratch-"));
    assert_eq!(files(&["--only", "KEY"], &format!("echo $KEY$KEY_FILE; ls ${SCRATCH}")), "pem\n");
    assert_eq!(files(&["--clean-env"], "cat $KEY_FILE $OTHER_FILE; echo $XDG_RUNTIME_DIR"), "pem\npem\n\n");
    let mut command =
        machine.command(&["run", "--preserve-env", "sh", "-c", "echo $KEY_FILE; ls $(dirname $OTHER_FILE)"]);
    Outcome::from(command.env("KEY_FILE", "mine").output().unwrap()).prints("mine\nOTHER_FILE\n");
}

#[test]
fn the_command_keeps_its_directory_and_streams() {
    let machine = Machine::new();
    let bench = &machine.bench;
    fs::create_dir(bench.work().join("sub")).unwrap();
    let sub = bench.work().join("sub").canonicalize().unwrap();
    machine.run(&["--cwd", "sub", "pwd", "-P"]).prints(&format!("{}\n", sub.display()));
    let outcome = feed(&mut machine.command(&["run", "sh", "-c", "cat; echo err >&2"]), b"in\xff");
    assert_eq!((outcome.code, &outcome.out[..], &outcome.err[..]), (0, &b"in\xff"[..], "err\n"));
    // A closed output ends the command, not only etui.
    let script = "exec \"$0\" run sh -c 'while :; do echo y; done; echo no > survived' | head -n 1";
    Outcome::from(machine.shell(script)).prints("y\n");
    assert!(!bench.work().join("survived").exists());
}

#[test]
fn a_hostile_name_in_a_spec_creates_no_file_elsewhere() {
    let machine = Machine::new();
    let bench = &machine.bench;
    let victim = bench.work().join("victim");
    fs::write(&victim, "kept").unwrap();
    let absolute = victim.display().to_string();
    let up = format!("../../../..{absolute}");
    for name in [&absolute[..], &up, "..", ".", ".lock", "a/b", "../x", "a\nb", "_0", &"x".repeat(300)] {
        let spec = serde_json::json!({ "env": [{ "name": name, "value": "file:KEY" }, { "name": "PLAIN_FILE", "value": "file:KEY" }] });
        fs::write(bench.work().join("spec.yaml"), spec.to_string()).unwrap();
        // A shell would drop such a variable, but env keeps it.
        let outcome = machine.run(&["--spec", "spec.yaml", "env", "-0"]).ok();
        let given =
            outcome.text().split('\0').find_map(|pair| pair.strip_prefix(&format!("{name}=")).map(PathBuf::from));
        let given = given.unwrap_or_else(|| panic!("{name:?} is not given: {outcome:?}"));
        assert_eq!(given.parent().unwrap().parent().unwrap(), machine.runtime.path(), "{name:?}: {given:?}");
        assert!(!given.ends_with(".lock") && !given.ends_with(".."), "{given:?}");
        assert_eq!((bytes(&victim), machine.left()), (b"kept".to_vec(), vec![]), "{name:?}");
    }
    assert_eq!(names(bench.work()), ["spec.yaml", "victim"]);
}

// How the command ends.

#[test]
fn exits_with_the_status_of_the_command_and_leaves_nothing() {
    let machine = Machine::new();
    for status in [0, 1, 2, 3, 5, 64, 77, 100, 125, 126, 127, 128, 130, 137, 143, 254, 255] {
        let outcome = machine.sh(&format!("exit {status}"));
        assert_eq!((outcome.code, outcome.text(), &outcome.err[..]), (status, "", ""));
        assert_eq!(machine.left(), [""; 0], "{status}");
    }
}

#[test]
fn etui_dies_of_the_same_signal_without_a_core_dump() {
    let machine = Machine::new();
    for signal in [1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 31] {
        for options in ["", "--except KEY_FILE"] {
            // The limit would allow a core dump of etui itself.
            let script = format!(
                "ulimit -c unlimited; exec \"$0\" run {options} sh -c 'ulimit -Sc 0; kill -{signal} $$; echo survived'"
            );
            let output = machine.shell(&script);
            assert_eq!(output.status.signal(), Some(signal), "{options} {output:?}");
            assert_eq!((&output.stdout[..], &output.stderr[..]), (&b""[..], &b""[..]), "{signal}");
        }
        assert_eq!(machine.left(), [""; 0], "{signal}");
    }
    assert_eq!(names(machine.bench.work()), [""; 0], "a core dump or another file");
}

#[test]
fn a_command_that_cannot_be_run_is_an_error_and_leaves_nothing() {
    let machine = Machine::new();
    let work = machine.bench.work();
    fs::write(work.join("plain"), "").unwrap();
    fs::write(work.join("odd"), "#!/no/such/interpreter\n").unwrap();
    fs::set_permissions(work.join("odd"), fs::Permissions::from_mode(0o755)).unwrap();
    machine.run(&["no-such-command"]).fails(127, "error: no-such-command: command not found");
    machine.run(&["--olny", "A", "--", "true"]).fails(
        2,
        "error: there is no option `--olny`\n \
         hint: `etui run --help`",
    );
    machine.run(&["./none"]).fails(127, "error: ./none: command not found");
    machine.run(&["./plain"]).fails(126, "error: ./plain: permission denied");
    machine.run(&["./odd"]).fails(127, "error: ./odd: its interpreter /no/such/interpreter does not exist");
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn a_process_that_outlives_the_command_keeps_neither_etui_nor_the_file() {
    let machine = Machine::new();
    let script = "(while ! [ -e go ]; do sleep 0.02; done; cat $KEY_FILE > out 2>&1; echo done > done) >/dev/null 2>&1 & \
                  cat $KEY_FILE";
    machine.sh(script).prints("pem\n");
    assert_eq!(machine.left(), [""; 0]);
    let work = machine.bench.work();
    fs::write(work.join("go"), "").unwrap();
    until("the grandchild ends", || work.join("done").exists());
    assert!(fs::read_to_string(work.join("out")).unwrap().contains("No such file"));
    // While it runs it holds the lock of a directory that is gone, which blocks nothing.
    machine.sh("cat $KEY_FILE").prints("pem\n");
}

// Signals.

/// A script that counts how often it gets a signal and prints the count when it ends.
fn counting(signal: &str) -> String {
    format!(
        "n=0; trap 'n=$((n+1)); echo got' {signal}; echo ready; \
         while ! [ -e go ]; do sleep 0.01; done; echo $n; exit 7"
    )
}

#[test]
fn a_signal_to_etui_reaches_the_command_once() {
    for (name, signal) in [
        ("TERM", Signal::TERM),
        ("HUP", Signal::HUP),
        ("USR1", Signal::USR1),
        ("USR2", Signal::USR2),
        ("INT", Signal::INT),
        ("QUIT", Signal::QUIT),
        ("WINCH", Signal::WINCH),
        ("CONT", Signal::CONT),
    ] {
        let machine = Machine::new();
        let mut running = machine.start(&counting(name));
        assert_eq!(running.first_line, "ready");
        running.signal(signal);
        assert_eq!(running.says(), "got", "{name}");
        // Leave time for a second signal to arrive.
        thread::sleep(Duration::from_millis(100));
        fs::write(machine.bench.work().join("go"), "").unwrap();
        assert_eq!(running.ends(), (7, "1\n".to_owned()), "{name}");
        assert_eq!(machine.left(), [""; 0], "{name}");
    }
}

#[test]
fn a_command_that_dies_of_the_signal_takes_etui_with_it() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::USR1, 10), (Signal::INT, 2)] {
        let machine = Machine::new();
        let running = machine.start("echo ready; exec sleep 1000");
        running.signal(signal);
        assert_eq!(running.ends(), (-number, String::new()));
        assert_eq!(machine.left(), [""; 0], "{number}");
    }
}

#[test]
fn nohup_still_works() {
    let machine = Machine::new();
    let etui = machine.command(&["run", "-g", "sh", "-c", "echo ready; kill -HUP $$ $PPID; read wait; cat $KEY_FILE"]);
    let outcome = feed(&mut before(&["nohup"], &etui), b"go\n");
    assert_eq!((outcome.code, outcome.text()), (0, "ready\npem\n"), "{}", outcome.err);
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn ctrl_c_reaches_the_command_once_and_etui_waits_for_its_end() {
    let machine = Machine::new();
    let mut command = machine.command(&["run", "-g", "sh", "-c", &counting("INT")]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("ready").types("\x03").sees("got");
    thread::sleep(Duration::from_millis(100));
    assert_eq!(machine.left().len(), 1, "the command still has its file");
    fs::write(machine.bench.work().join("go"), "").unwrap();
    let left = terminal.ends();
    assert_eq!((left.code, left.screen.as_str()), (7, "ready\n^Cgot\n1\n"));
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn ctrl_c_ends_a_command_that_does_not_handle_it() {
    let machine = Machine::new();
    let mut command = machine.command(&["run", "-g", "sh", "-c", "echo ready; exec sleep 1000"]);
    let mut terminal = Terminal::script(r#""$@""#, command.env("TERM", "dumb"));
    terminal.sees("ready").types("\x03");
    let left = terminal.ends();
    assert_eq!((left.code, left.screen.as_str()), (130, "ready\n^C"));
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn ctrl_z_stops_it_and_fg_continues_it() {
    let machine = Machine::new();
    let script = "echo ready; while ! [ -e go ]; do sleep 0.01; done; cat $KEY_FILE; exit 7";
    let mut command = machine.command(&["run", "-g", "sh", "-c", script]);
    let shell = r#"set -m; "$@"; echo stopped $?; : > go; fg >/dev/null"#;
    let mut terminal = Terminal::script(shell, command.env("TERM", "dumb"));
    terminal.sees("ready").types("\x1a").sees("stopped 148").sees("pem");
    assert_eq!(terminal.ends().code, 7);
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn a_hangup_of_the_terminal_reaches_the_command() {
    let machine = Machine::new();
    for options in [&["run", "-g"][..], &["run", "-g", "--except", "KEY_FILE"]] {
        let script = "trap 'echo hup > hup; exit' HUP; echo ready; while :; do sleep 0.01; done";
        let etui = machine.command(&[options, &["sh", "-c", script]].concat());
        let (pty, inside) = pty_process::blocking::open().unwrap();
        // Like `ssh -t` and a terminal window: etui leads the session, without a shell.
        let mut command = pty_process::blocking::Command::new(etui.get_program());
        command = command.args(etui.get_args()).current_dir(machine.bench.work()).env_clear();
        command = command.envs(etui.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut child = command.spawn(inside).unwrap();
        let mut line = String::new();
        BufReader::new(&pty).read_line(&mut line).unwrap();
        assert_eq!(line.trim_end(), "ready");
        drop(pty);
        child.wait().unwrap();
        until("the command is told", || machine.bench.work().join("hup").exists());
        fs::remove_file(machine.bench.work().join("hup")).unwrap();
        assert_eq!(machine.left(), [""; 0]);
    }
}

// Killed processes, and several at once.

#[test]
fn the_files_of_a_killed_etui_are_swept_after_its_command_has_ended() {
    let machine = Machine::new();
    let mut running = machine.start("echo $KEY_FILE; read wait; cat $KEY_FILE; echo $$");
    let path = PathBuf::from(&running.first_line);
    running.signal(Signal::KILL);
    assert_eq!(running.child.wait().unwrap().signal(), Some(9));
    machine.sh("cat $KEY_FILE").prints("pem\n");
    assert_eq!(bytes(&path), b"pem\n", "the command and its file are still there");
    drop(running.stdin.take());
    assert_eq!(running.says(), "pem");
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut running.stdout, &mut rest).unwrap();
    let command = Pid::from_raw(rest.trim().parse().unwrap()).unwrap();
    until("its end", || test_kill_process(command).is_err());
    machine.sh(&format!("ls ${SCRATCH} | wc -l | tr -d ' '")).prints("1\n");
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
#[cfg(target_os = "linux")]
fn leftovers_in_another_runtime_directory_are_swept_too() {
    let machine = Machine::new();
    let mut command = machine.command(&["run", "sh", "-c", "echo $KEY_FILE; kill -9 $PPID"]);
    let output = command.env_remove("XDG_RUNTIME_DIR").output().unwrap();
    assert_eq!(output.status.signal(), Some(9));
    let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end());
    assert!(path.starts_with("/dev/shm"), "{path:?}");
    until("it is swept", || {
        machine.sh("true").ok();
        !path.exists()
    });
}

#[test]
fn concurrent_runs_do_not_sweep_each_other() {
    let machine = Machine::new();
    thread::scope(|threads| {
        for _ in 0..50 {
            threads.spawn(|| {
                let outcome = machine.sh("cat $KEY_FILE; sleep 0.05; cat $KEY_FILE");
                outcome.prints("pem\npem\n").says("");
            });
        }
    });
    assert_eq!(machine.left(), [""; 0]);
}

/// Kills etui at moments spread over its whole start, while other runs sweep.
fn kill(times: u32) {
    let machine = Machine::new();
    let start = Instant::now();
    machine.sh("true").ok();
    let whole = start.elapsed();
    let mut at_work = 0;
    for time in 0..times {
        let signal = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP][time as usize % 4];
        let mut command = machine.command(&["run", "sh", "-c", "cat $KEY_FILE > out; exec sleep 0.2"]);
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(whole * time / times);
        at_work += u32::from(!machine.left().is_empty());
        kill_process(Pid::from_child(&child), signal).unwrap();
        child.wait().unwrap();
        if time % 10 == 0 {
            machine.sh("cat $KEY_FILE").prints("pem\n").says("");
        }
    }
    // The last commands still run for a while, and keep their files until they end.
    until("nothing is left", || {
        machine.sh("cat $KEY_FILE").prints("pem\n").says("");
        machine.left().is_empty()
    });
    assert!(at_work > 0, "no kill hit while a directory existed");
}

#[test]
fn the_next_run_sweeps_leftovers_of_a_kill_at_any_instant() {
    kill(20);
}

#[test]
#[ignore = "long: 200 kills"]
fn the_next_run_sweeps_leftovers_of_200_kills() {
    kill(200);
}

#[test]
fn planted_files_and_links_are_neither_followed_nor_removed() {
    let machine = Machine::new();
    let (work, runtime) = (machine.bench.work(), machine.runtime.path());
    fs::create_dir(work.join("victim")).unwrap();
    fs::write(work.join("victim/file"), "kept").unwrap();
    symlink(work.join("victim"), runtime.join("etui-scratch-link")).unwrap();
    fs::write(runtime.join("etui-scratch-file"), "kept").unwrap();
    fs::create_dir(runtime.join("other")).unwrap();
    // In a directory that looks like a leftover, links are not followed.
    let leftover = runtime.join("etui-scratch-leftover");
    fs::create_dir(&leftover).unwrap();
    symlink(work.join("victim/file"), leftover.join(".lock")).unwrap();
    symlink(work.join("victim"), leftover.join("down")).unwrap();
    machine.sh("cat $KEY_FILE").prints("pem\n");
    assert_eq!(machine.left(), ["etui-scratch-file", "etui-scratch-link", "other"]);
    assert_eq!((names(work.join("victim")), bytes(work.join("victim/file"))), (vec!["file".into()], b"kept".to_vec()));
    // A directory that cannot be entered blocks nothing.
    fs::create_dir(&leftover).unwrap();
    fs::create_dir(leftover.join(".lock")).unwrap();
    machine.sh("cat $KEY_FILE").prints("pem\n");
}

#[test]
#[cfg(target_os = "linux")]
fn directories_that_are_not_in_memory_are_skipped() {
    let machine = Machine::new();
    for elsewhere in ["/sys", "/nowhere", "/dev/null", "", "."] {
        let mut command = machine.command(&["run", "sh", "-c", "echo $KEY_FILE"]);
        let outcome = Outcome::from(command.env("XDG_RUNTIME_DIR", elsewhere).output().unwrap()).ok();
        assert!(outcome.text().starts_with("/dev/shm/etui-scratch-"), "{elsewhere:?}: {outcome:?}");
    }
}

#[test]
#[ignore = "needs unshare"]
fn a_full_tmpfs_is_an_error_and_leaves_nothing() {
    // The directory in memory is hidden by others.
    let machine = Machine::with(Bench::on_disk().with_acme());
    machine.bench.set("KEY", vec![b'x'; 200_000], &["-g"]);
    let etui = machine.command(&["run", "--only", "KEY_FILE", "sh", "-c", "wc -c < $KEY_FILE"]);
    let script = r#"
        mount -t tmpfs -o size=64k none "$XDG_RUNTIME_DIR"
        "$@"; echo $?
        ls -A "$XDG_RUNTIME_DIR"
        umount "$XDG_RUNTIME_DIR"
        mount -t tmpfs -o ro none /dev/shm
        "$@"; echo $?
        mount --bind /proc /dev/shm
        "$@"; echo $?
    "#;
    let outcome = Outcome::from(before(&["unshare", "-rm", "sh", "-c", script, "sh"], &etui).output().unwrap());
    assert_eq!(outcome.text(), "1\n1\n1\n", "{}", outcome.err);
    let lines: Vec<&str> = outcome.err.lines().collect();
    let path = format!("error: cannot write {}/etui-scratch-", machine.runtime.path().display());
    assert!(lines[0].starts_with(&path) && lines[0].ends_with("/KEY_FILE: no space left on device"), "{lines:?}");
    update::text(
        &lines[1..].join("\n"),
        "error: cannot write /dev/shm: read-only file system\n\
         error: this needs a directory in memory, and this system has none\n \
         hint: mount a tmpfs, and name it in `XDG_RUNTIME_DIR`",
        "",
    );
}

// Size limits.

#[test]
fn a_variable_that_is_too_large_is_an_error_before_the_command_starts() {
    let machine = Machine::new();
    let bench = &machine.bench;
    bench.set("LARGE", vec![b'x'; 131_065], &["-p", "web"]);
    machine.run(&["-p", "web", "sh", "-c", "echo ${#LARGE}"]).prints("131065\n");
    bench.set("LARGE", vec![b'x'; 131_066], &["-p", "web"]);
    machine.run(&["-p", "web", "touch", "ran"]).fails(
        1,
        "error: LARGE has 131072 bytes with its name; this system accepts 131071 for one variable\n \
         hint: leave it out with `--except LARGE`, and give it as a file: `etui use LARGE --as LARGE_FILE --as-file`",
    );
    // As the hint suggests.
    bench.etui(["use", "LARGE", "--as", "LARGE_FILE", "--as-file", "-p", "web"]).ok();
    machine.run(&["-p", "web", "--except", "LARGE", "sh", "-c", "wc -c < $LARGE_FILE | tr -d ' '"]).prints("131066\n");
    assert_eq!((names(bench.work()), machine.left()), (vec![], vec![]));
}

#[test]
#[cfg(target_os = "linux")] // which alone says how much it accepts
fn an_environment_that_is_too_large_is_an_error_that_names_the_largest_variables() {
    let machine = Machine::new();
    for (name, size) in [("A", 100_000), ("B", 90_000), ("C", 80_000), ("D", 70_000)] {
        machine.bench.set(name, vec![b'x'; size], &["-p", "web"]);
    }
    // Linux limits the environment to a quarter of the stack: 256 KiB here.
    for options in ["", "--except KEY_FILE"] {
        let script = format!("ulimit -s 1024; exec \"$0\" run -p web {options} touch ran");
        let outcome = Outcome::from(machine.shell(&script));
        let size: usize = outcome.err.split(' ').find_map(|word| word.parse().ok()).unwrap();
        assert!((340_000..341_500).contains(&size), "{}", outcome.err);
        outcome.fails(
            1,
            &format!(
                "error: the environment and the arguments have {size} bytes; this system accepts 262144\n \
                 hint: leave out the largest with `--except NAME`: A (100000), B (90000) and C (80000); or raise the limit with `ulimit -s`"
            ),
        );
    }
    assert_eq!((names(machine.bench.work()), machine.left()), (vec![], vec![]));
    machine.run(&["-p", "web", "sh", "-c", "echo ${#A}"]).prints("100000\n");
}

#[test]
#[cfg(target_os = "linux")] // which alone says how much it accepts
fn arguments_count_too() {
    let machine = Machine::new();
    machine.bench.set("LARGE", vec![b'x'; 100_000], &["-p", "web"]);
    let run = |many: usize, scope: &str| {
        let script = format!("ulimit -s 1024; \"$0\" run {scope} true $(yes xxxxxxxxxxxxxxx | head -n {many})");
        Outcome::from(machine.shell(&script))
    };
    run(6000, "-p web").ok();
    let outcome = run(8000, "-p web");
    assert!(
        outcome.code == 1
            && outcome.err.contains(
                "bytes; this system accepts 262144\n hint: leave out the largest with `--except NAME`: LARGE (100000)"
            )
    );
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
#[cfg(target_os = "linux")] // which alone says how much it accepts
fn no_variable_is_named_if_the_arguments_are_too_large() {
    let machine = Machine::new();
    // Long file names, so that the command gets more than etui has.
    let spec: String = (0..20).map(|at| format!("{}{at}: file:KEY\n", "X".repeat(100))).collect();
    fs::write(machine.bench.work().join("spec.yaml"), spec).unwrap();
    let run = |many: usize| {
        let list = format!("$(yes xxxxxxxxxxxxxxx | head -n {many})");
        Outcome::from(machine.shell(&format!("ulimit -s 1024; \"$0\" run --spec spec.yaml true {list}")))
    };
    run(10_000).ok();
    let outcome = run(10_800);
    let size: usize = outcome.err.split(' ').find_map(|word| word.parse().ok()).unwrap();
    outcome.fails(
        1,
        &format!(
            "error: the environment and the arguments have {size} bytes; this system accepts 262144\n \
             hint: raise the limit with `ulimit -s`"
        ),
    );
    assert_eq!(machine.left(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    // The closest to a full disk that needs no privileges: no file may grow.
    let machine = Machine::new();
    machine.bench.set("KEY", vec![b'x'; 100_000], &["-g"]);
    let script = "trap '' XFSZ; ulimit -f 16; exec \"$0\" run --only KEY_FILE touch ran";
    let outcome = Outcome::from(machine.shell(script));
    assert_eq!((outcome.code, outcome.text()), (1, ""), "{}", outcome.err);
    assert!(outcome.err.contains("/KEY_FILE: file too large"), "{}", outcome.err);
    assert_eq!((names(machine.bench.work()), machine.left()), (vec![], vec![]));
}
