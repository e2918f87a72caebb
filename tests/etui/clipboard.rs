//! `get --copy`, with programs that keep a clipboard in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use etui::vault::Value;
use etui::vault::head::HashKey;

use crate::bench::{Bench, Outcome};
use crate::terminal::driver::Terminal;

/// A program for each clipboard. It records how it was called, what it could see, and each text that was set.
const PROGRAM: &str = r#"#!/bin/sh
printf '%s\n' "${0##*/} $*" >> "$CLIP.calls"
env | grep -e ETUI_ -e hunter2 >> "$CLIP.leaks"
case "${0##*/} $*" in
*paste*|*-out*|*--output*|*powershell*)
    (: < /dev/tty) 2> /dev/null && echo terminal >> "$CLIP.leaks"
    while [ -e "$CLIP.wait" ]; do sleep 0.05; done
    cat "$CLIP" ;;
*--help*) echo "  --sensitive  Hint that the data is sensitive" ;;
*--clear*) : > "$CLIP"; printf '|' >> "$CLIP.set" ;;
*) cat > "$CLIP"; cat "$CLIP" >> "$CLIP.set"; printf '|' >> "$CLIP.set" ;;
esac
"#;

/// A user with a clipboard, and the secret A.
struct Desk {
    bench: Bench,
}

impl Desk {
    fn new(programs: &[&str]) -> Desk {
        let bench = Bench::acme();
        bench.set("A", "hunter2", &["-g"]);
        let bin = bench.work().join("bin");
        fs::create_dir(&bin).unwrap();
        for program in programs {
            fs::write(bin.join(program), PROGRAM).unwrap();
            fs::set_permissions(bin.join(program), fs::Permissions::from_mode(0o755)).unwrap();
        }
        Desk { bench }
    }

    fn variables(&self, display: &str) -> Vec<(&'static str, String)> {
        let path = std::env::var("PATH").unwrap();
        let path = format!("{}:{path}", self.bench.work().join("bin").display());
        let mut variables = vec![("PATH", path), ("CLIP", self.file("clip").display().to_string())];
        variables.extend(match display {
            "" => None,
            "wsl" => Some(("WSL_DISTRO_NAME", "Debian".to_owned())),
            "wayland" => Some(("WAYLAND_DISPLAY", "wayland-0".to_owned())),
            _ => Some(("DISPLAY", ":0".to_owned())),
        });
        variables
    }

    fn file(&self, name: &str) -> PathBuf {
        self.bench.work().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap_or_default()
    }

    fn etui(&self, display: &str, arguments: &[&str]) -> Outcome {
        Outcome::from(self.bench.command(arguments).envs(self.variables(display)).output().unwrap())
    }

    /// Waits until the clipboard was set to exactly these texts, each followed by `|`.
    #[track_caller]
    fn was_set_to(&self, texts: &str) {
        let until = Instant::now() + Duration::from_secs(60);
        while self.read("clip.set") != texts {
            assert!(
                Instant::now() < until,
                "it was set to {:?}, called {}",
                self.read("clip.set"),
                self.read("clip.calls")
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[test]
fn a_value_is_copied_and_cleared_by_the_program_of_the_display() {
    for (display, programs, calls) in [
        (
            "x11",
            &["xclip", "xsel"][..],
            "xclip -selection clipboard -in\nxclip -selection clipboard -out\nxclip -selection clipboard -in\n",
        ),
        ("x11", &["xsel"], "xsel --clipboard --input\nxsel --clipboard --output\nxsel --clipboard --clear\n"),
        (
            "wayland",
            &["wl-copy", "wl-paste"],
            "wl-copy --help\nwl-copy --type text/plain --sensitive\nwl-paste --no-newline\nwl-copy --clear\n",
        ),
    ] {
        let desk = Desk::new(programs);
        desk.etui(display, &["get", "A", "-g", "--copy", "--clear-after", "0s"])
            .prints("")
            .says("copied A; the clipboard is cleared in 0s, if it still holds the value");
        desk.was_set_to("hunter2||");
        assert_eq!((desk.read("clip.calls"), desk.read("clip.leaks")), (calls.to_owned(), String::new()));
    }
    let desk = Desk::new(&["clip.exe", "powershell.exe"]);
    desk.etui("wsl", &["get", "A", "-g", "--copy", "--clear-after", "0s", "-j"]).prints("");
    desk.was_set_to("hunter2||");
    assert!(desk.read("clip.calls").contains("powershell.exe -NoProfile -NonInteractive -Command [Console]"));
}

#[test]
fn a_program_in_the_directory_at_hand_gets_no_value() {
    let desk = Desk::new(&["xclip"]);
    let trap = "#!/bin/sh\ncat > \"$CLIP.stolen\"\n";
    for program in ["xclip", "xsel", "wl-copy", "wl-paste", "bin/xsel"] {
        fs::write(desk.file(program), trap).unwrap();
        fs::set_permissions(desk.file(program), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let [_, (_, clip), ..] = &desk.variables("x11")[..] else { unreachable!() };
    let bin = desk.file("bin").display().to_string();
    let path = std::env::var("PATH").unwrap();
    for before in ["", ".", "./", "bin/..", "../work"] {
        let path = format!("{before}:{bin}:{path}:");
        let variables = [("PATH", path.as_str()), ("CLIP", clip.as_str()), ("DISPLAY", ":0")];
        desk.bench.with(&variables, ["get", "A", "-g", "--copy", "--clear-after", "0s"]).ok();
        desk.was_set_to("hunter2||");
        fs::remove_file(desk.file("clip.set")).unwrap();
    }
    assert!(!desk.file("clip.stolen").exists());
    let nowhere = [("PATH", "."), ("CLIP", clip), ("WAYLAND_DISPLAY", "wayland-0")];
    assert_eq!(desk.bench.with(&nowhere, ["get", "A", "-g", "--copy"]).code, 1);
    assert!(!desk.file("clip.stolen").exists());
}

#[test]
fn without_an_option_the_value_stays_for_45_seconds() {
    let desk = Desk::new(&["xclip"]);
    let outcome = desk.etui("x11", &["get", "A", "-g", "--copy"]);
    outcome.prints("").says("copied A; the clipboard is cleared in 45s, if it still holds the value");
    assert_eq!(desk.read("clip"), "hunter2");
    desk.bench
        .etui(["get", "A", "-g", "--clear-after", "1s"])
        .fails(2, "error: --copy is missing\n hint: `etui get --help`");
}

#[test]
fn only_the_value_that_was_copied_is_cleared() {
    let desk = Desk::new(&["xclip"]);
    let key = HashKey([7; 32]);
    let mark = format!("{key} {}", key.hash(&Value::text(b"old\n".to_vec().into()).unwrap()));
    for (held, left) in [("new", "new"), ("old", "old"), ("old\n", ""), ("", "")] {
        fs::write(desk.file("clip"), held).unwrap();
        let mut command = desk.bench.command(["clear-clipboard", "xclip", "0s"]);
        crate::bench::feed(command.envs(desk.variables("x11")), mark.as_bytes()).prints(".").says("");
        assert_eq!(desk.read("clip"), left, "{held:?}");
    }
    assert_eq!(desk.bench.piped("nonsense", ["clear-clipboard", "xclip", "0s"]).code, 1);
}

#[test]
fn it_is_cleared_even_if_the_terminal_is_closed_meanwhile() {
    let desk = Desk::new(&["xclip"]);
    fs::write(desk.file("clip.wait"), "").unwrap();
    let mut command = desk.bench.command(["get", "A", "-g", "--copy", "--clear-after", "0s"]);
    command.envs(desk.variables("x11")).env("TERM", "dumb");
    let mut terminal = Terminal::script(r#""$@""#, &command);
    terminal.ends().shows(0, "copied A; the clipboard is cleared in 0s, if it still holds the value\n");
    drop(terminal);
    fs::remove_file(desk.file("clip.wait")).unwrap();
    desk.was_set_to("hunter2||");
    assert_eq!(desk.read("clip.leaks"), "");
}

#[test]
fn a_terminal_without_such_a_program_passes_the_value_on() {
    let desk = Desk::new(&[]);
    let mut command = desk.bench.command(["get", "A", "-g", "--copy"]);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    Terminal::script(r#""$@""#, &command).ends().shows(
        0,
        "\u{1b}]52;c;aHVudGVyMg==\u{7}copied A through the terminal\n\
         note: the clipboard of a terminal cannot be read, so it is not cleared\n",
    );
    desk.bench.set("LONG", "x".repeat(75_000), &["-g"]);
    let mut command = desk.bench.command(["get", "LONG", "-g", "--copy"]);
    command.env("TERM", "xterm").env("NO_COLOR", "1");
    Terminal::script(r#""$@""#, &command)
        .ends()
        .shows(1, "error: a terminal takes at most 74994 bytes for the clipboard\n hint: `etui get NAME > FILE`\n");
}

#[test]
fn without_a_clipboard_nothing_is_printed() {
    let desk = Desk::new(&[]);
    let nowhere = desk.file("bin").display().to_string();
    let get = |variables: &[(&str, &str)]| {
        let all = [&[("PATH", nowhere.as_str())], variables].concat();
        desk.bench.with(&all, ["get", "A", "-g", "--copy"])
    };
    get(&[]).fails(1, "error: there is no clipboard here: no display, and no terminal that passes a text on");
    get(&[("DISPLAY", ":0")])
        .fails(1, "error: no program here can reach the clipboard\n hint: install `xclip` or `xsel`");
    get(&[("WAYLAND_DISPLAY", "wayland-0")])
        .fails(1, "error: no program here can reach the clipboard\n hint: install `wl-clipboard`");
    fs::write(desk.file("bin/xclip"), "#!/bin/sh\nexit 3\n").unwrap();
    fs::set_permissions(desk.file("bin/xclip"), fs::Permissions::from_mode(0o755)).unwrap();
    get(&[("DISPLAY", ":0")]).fails(1, "error: `xclip` cannot set the clipboard: exit status: 3");
    desk.bench.set("B", b"\xff\xfe", &["-g"]);
    desk.etui("x11", &["get", "B", "-g", "--copy"])
        .fails(1, "error: B holds bytes, which the clipboard cannot hold\n hint: `etui get B > FILE`");
}
