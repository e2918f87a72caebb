//! The clipboard, through the program that each system has for it, or through the terminal.
//!
//! A text goes to a program through a pipe, never as an argument or a variable, which other processes could read.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::process::{ChildStdout, Command, Stdio};

use base64::prelude::{BASE64_STANDARD, Engine as _};
use zeroize::Zeroizing;

use crate::report::{Command as EtuiCommand, Explain, Kind, Report, plain_io};

/// The longest text that terminals take: xterm and tmux stop at 100,000 bytes, in base64.
const TERMINAL_LIMIT: usize = 74_994;

/// Prints the clipboard of Windows exactly, in UTF-8.
const WINDOWS_PASTE: &str = "[Console]::OutputEncoding = [Text.UTF8Encoding]::new($false); \
                             [Console]::Out.Write((Get-Clipboard -Raw))";

/// A way to a clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clipboard {
    MacOs,
    /// From inside of WSL.
    Windows,
    Wayland,
    Xclip,
    Xsel,
    /// The terminal passes the text on to the machine in front of which a person sits (OSC 52), also over ssh.
    Terminal,
}

/// Why nothing was put on a clipboard.
#[derive(Debug)]
pub enum ClipboardError {
    /// There is neither a program nor a terminal for it. The packages have one for this display.
    Missing { packages: Option<&'static str> },
    /// The program of the clipboard failed.
    Failed { program: &'static str, error: io::Error },
    /// The terminal takes no text of this length.
    TooLong,
}

impl Explain for ClipboardError {
    fn explain(&self) -> Report {
        let report = |code, message: String| Report::new(Kind::Failed, code, message);
        match self {
            ClipboardError::Missing { packages: Some(packages) } => {
                report("clipboard_missing", "no program here can reach the clipboard".to_owned())
                    .hint(format!("install {packages}"))
            }
            ClipboardError::Missing { packages: None } => {
                let message = "there is no clipboard here: no display, and no terminal that passes a text on";
                report("clipboard_missing", message.to_owned())
            }
            ClipboardError::Failed { program, error } => {
                report("clipboard_failed", format!("`{program}` cannot set the clipboard: {}", plain_io(error)))
            }
            ClipboardError::TooLong => {
                let message = format!("a terminal takes at most {TERMINAL_LIMIT} bytes for the clipboard");
                report("clipboard_limit", message).hint(EtuiCommand::new("get").arg("NAME > FILE"))
            }
        }
    }
}

explained!(ClipboardError);

/// Puts a text on the clipboard, and returns which one that was.
///
/// # Errors
/// If there is none, or the last one that was tried failed.
pub fn copy(text: &[u8]) -> Result<Clipboard, ClipboardError> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let mut result = Err(ClipboardError::Missing { packages: packages(variable) });
    for clipboard in candidates(cfg!(target_os = "macos"), variable) {
        match clipboard.put(text) {
            Ok(()) => return Ok(clipboard),
            // It is not installed, or there is no terminal.
            Err(ClipboardError::Failed { error, .. }) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => result = Err(error),
        }
    }
    result
}

/// Returns the ways to a clipboard, the best first.
fn candidates(is_macos: bool, variable: impl Fn(&str) -> Option<OsString>) -> Vec<Clipboard> {
    let is_set = |names: &[&str]| names.iter().any(|name| variable(name).is_some());
    // A text console would show the text instead.
    let is_terminal = variable("TERM").is_some_and(|term| term != "dumb" && term != "linux");
    [
        (Clipboard::MacOs, is_macos),
        (Clipboard::Windows, is_set(&["WSL_DISTRO_NAME", "WSL_INTEROP"])),
        (Clipboard::Wayland, is_set(&["WAYLAND_DISPLAY"])),
        (Clipboard::Xclip, is_set(&["DISPLAY"])),
        (Clipboard::Xsel, is_set(&["DISPLAY"])),
        (Clipboard::Terminal, is_terminal),
    ]
    .into_iter()
    .filter_map(|(clipboard, is_here)| is_here.then_some(clipboard))
    .collect()
}

/// Returns the packages that have a program for the display.
fn packages(variable: impl Fn(&str) -> Option<OsString>) -> Option<&'static str> {
    if variable("WAYLAND_DISPLAY").is_some() {
        Some("`wl-clipboard`")
    } else {
        variable("DISPLAY").map(|_| "`xclip` or `xsel`")
    }
}

impl Clipboard {
    const ALL: [Clipboard; 6] = [
        Clipboard::MacOs,
        Clipboard::Windows,
        Clipboard::Wayland,
        Clipboard::Xclip,
        Clipboard::Xsel,
        Clipboard::Terminal,
    ];

    /// Finds a clipboard by its [`program`](Clipboard::program).
    pub fn find(program: &str) -> Option<Clipboard> {
        Clipboard::ALL.into_iter().find(|clipboard| clipboard.program() == program)
    }

    /// The program that sets it.
    pub fn program(self) -> &'static str {
        self.copying()[0]
    }

    /// Whether it can be read, and so cleared only if it still holds a text.
    pub fn can_paste(self) -> bool {
        !self.pasting().is_empty()
    }

    fn copying(self) -> &'static [&'static str] {
        match self {
            Clipboard::MacOs => &["pbcopy"],
            Clipboard::Windows => &["clip.exe"],
            // Without a type it guesses one, with more programs that see the text.
            Clipboard::Wayland => &["wl-copy", "--type", "text/plain"],
            Clipboard::Xclip => &["xclip", "-selection", "clipboard", "-in"],
            Clipboard::Xsel => &["xsel", "--clipboard", "--input"],
            Clipboard::Terminal => &["terminal"],
        }
    }

    fn pasting(self) -> &'static [&'static str] {
        match self {
            Clipboard::MacOs => &["pbpaste"],
            Clipboard::Windows => &["powershell.exe", "-NoProfile", "-NonInteractive", "-Command", WINDOWS_PASTE],
            Clipboard::Wayland => &["wl-paste", "--no-newline"],
            Clipboard::Xclip => &["xclip", "-selection", "clipboard", "-out"],
            Clipboard::Xsel => &["xsel", "--clipboard", "--output"],
            Clipboard::Terminal => &[],
        }
    }

    fn put(self, text: &[u8]) -> Result<(), ClipboardError> {
        let put = match self {
            Clipboard::Terminal if text.len() > TERMINAL_LIMIT => return Err(ClipboardError::TooLong),
            Clipboard::Terminal => through_terminal(text),
            Clipboard::Windows => feed(command(self.copying()), &for_windows(text)),
            Clipboard::Wayland => {
                let mut copy = command(self.copying());
                // Managers then keep it out of their histories. Versions before 2.3 refuse the option.
                if offers_sensitive() {
                    copy.arg("--sensitive");
                }
                feed(copy, text)
            }
            _ => feed(command(self.copying()), text),
        };
        put.map_err(|error| ClipboardError::Failed { program: self.program(), error })
    }

    /// Lets `read` read what it holds.
    pub fn paste<T>(self, read: impl FnOnce(ChildStdout) -> io::Result<T>) -> io::Result<T> {
        let mut child = command(self.pasting()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take();
        let text = output.ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe)).and_then(read);
        child.wait()?;
        text
    }

    /// Empties it.
    pub fn clear(self) -> io::Result<()> {
        match self {
            Clipboard::Wayland => feed(command(&["wl-copy", "--clear"]), b""),
            Clipboard::Xsel => feed(command(&["xsel", "--clipboard", "--clear"]), b""),
            _ => feed(command(self.copying()), b""),
        }
    }
}

/// Prepares a program: without etui's variables, since some of them stay and serve the clipboard, and without output,
/// which would keep open whatever reads etui's.
fn command(words: &[&str]) -> Command {
    let (program, arguments) = words.split_first().unwrap_or((&"", &[]));
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    without_own_variables(&mut command);
    // A relative directory would lead to a program that whoever wrote the files here wants to have the value.
    command.env("PATH", absolute(std::env::var_os("PATH")));
    // pbcopy takes the encoding from here, and other programs of macOS do not matter.
    if cfg!(target_os = "macos") {
        command.env_remove("LC_ALL").env("LC_CTYPE", "UTF-8");
    }
    // wl-copy keeps the text in a file. This directory is in memory, and this user's alone.
    if let Some(memory) = std::env::var_os("XDG_RUNTIME_DIR").filter(|directory| !directory.is_empty()) {
        command.env("TMPDIR", memory);
    }
    command
}

/// Returns the absolute directories of a `PATH`.
fn absolute(path: Option<OsString>) -> OsString {
    let directories = path.iter().flat_map(std::env::split_paths).filter(|directory| directory.is_absolute());
    // A text without directories would mean the one at hand.
    std::env::join_paths(directories).ok().filter(|path| !path.is_empty()).unwrap_or_else(|| "/usr/bin:/bin".into())
}

/// Removes the variables of etui, some of which are keys.
pub fn without_own_variables(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"ETUI_") {
            command.env_remove(name);
        }
    }
}

/// Runs a program that reads a text.
fn feed(mut command: Command, text: &[u8]) -> io::Result<()> {
    let mut child = command.stdin(Stdio::piped()).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // A program that ended early says more by its status.
        let _ = input.write_all(text);
    }
    let status = child.wait()?;
    if status.success() { Ok(()) } else { Err(io::Error::other(status.to_string())) }
}

fn offers_sensitive() -> bool {
    let help = command(&["wl-copy", "--help"]).stdin(Stdio::null()).stdout(Stdio::piped()).output();
    help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("--sensitive"))
}

/// The text as clip.exe reads it: UTF-16, or ASCII, which every code page has.
fn for_windows(text: &[u8]) -> Zeroizing<Vec<u8>> {
    match std::str::from_utf8(text) {
        Ok(text) if !text.is_ascii() => {
            let mut units = Zeroizing::new(Vec::with_capacity(2 * text.len()));
            units.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
            units
        }
        _ => Zeroizing::new(text.to_vec()),
    }
}

/// Asks the terminal to set its clipboard (XTerm Control Sequences, OSC 52). It gives no answer.
fn through_terminal(text: &[u8]) -> io::Result<()> {
    let no_terminal = |_| io::Error::from(io::ErrorKind::NotFound);
    let mut terminal = File::options().write(true).open("/dev/tty").map_err(no_terminal)?;
    let text = Zeroizing::new(BASE64_STANDARD.encode(text));
    terminal.write_all(Zeroizing::new(format!("\x1b]52;c;{}\x07", *text)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chooses_by_the_display() {
        use Clipboard::{MacOs, Terminal, Wayland, Windows, Xclip, Xsel};
        for (is_macos, variables, expected) in [
            (true, "TERM=xterm", &[MacOs, Terminal][..]),
            (false, "WAYLAND_DISPLAY=wayland-0 DISPLAY=:0 TERM=xterm", &[Wayland, Xclip, Xsel, Terminal]),
            (false, "DISPLAY=:0 TERM=xterm", &[Xclip, Xsel, Terminal]),
            (false, "WSL_DISTRO_NAME=Debian DISPLAY=:0", &[Windows, Xclip, Xsel]),
            (false, "WSL_INTEROP=/run/WSL/8_interop", &[Windows]),
            (false, "TERM=screen-256color", &[Terminal]),
            (false, "TERM=linux", &[]),
            (false, "TERM=dumb", &[]),
            (false, "", &[]),
        ] {
            let variable = |name: &str| {
                let mut all = variables.split(' ').filter_map(|variable| variable.split_once('='));
                all.find(|(other, _)| *other == name).map(|(_, value)| value.into())
            };
            assert_eq!(candidates(is_macos, variable), expected, "{variables}");
        }
    }

    #[test]
    fn looks_for_programs_in_absolute_directories() {
        for (path, expected) in [
            ("/a:/b c", "/a:/b c"),
            (":/a", "/a"),
            ("/a::.:bin:../b:/c:", "/a:/c"),
            (".", "/usr/bin:/bin"),
            ("", "/usr/bin:/bin"),
        ] {
            assert_eq!(absolute(Some(path.into())), expected, "{path}");
        }
        assert_eq!(absolute(None), "/usr/bin:/bin");
    }

    #[test]
    fn each_is_found_by_its_program_and_windows_gets_utf_16() {
        for clipboard in Clipboard::ALL {
            assert_eq!(Clipboard::find(clipboard.program()), Some(clipboard));
        }
        assert_eq!(for_windows(b"a\n")[..], *b"a\n");
        assert_eq!(for_windows("aé".as_bytes())[..], *b"a\0\xe9\0");
    }
}
