//! The picture of a terminal session in the README is drawn from a real session.
//!
//! `UPDATE=1 cargo test` draws it anew.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::bench::Bench;
use crate::terminal::driver::Terminal;
use crate::update;

/// A line of the screen is this high, and the text this large, in pixels.
const LINE: usize = 21;
const SIZE: usize = 14;
const WIDTH: usize = 950;
const MARGIN: usize = 24;

/// What the person types, and the answer to the hidden prompt, if the command asks.
const SESSION: &[(&str, Option<&str>)] = &[
    ("etui link -p web -c gpu", None),
    ("etui set DATABASE_URL", Some("postgres://web@db.internal/web")),
    ("etui explain", None),
    ("etui run -- sh -c 'echo \"connecting to $DATABASE_URL\"'", None),
    ("etui get DATABASE_ULR", None),
    ("etui scan app.py", None),
];

#[test]
fn the_readme_shows_a_session_as_it_is() {
    let bench = Bench::acme();
    bench.set("DATABASE_URL", "postgres://shared@db.internal/shared", &["-g"]);
    bench.set("API_TOKEN", "7d2c9e51b8f04a63", &["-c", "gpu"]);
    fs::write(bench.work().join("app.py"), "db = connect(\"postgres://web@db.internal/web\")\n").unwrap();
    let mut screen = String::new();
    for (typed, hidden) in SESSION {
        // A function, so that the line runs as it is typed.
        let script = format!(r#"program=$1; etui() {{ "$program" "$@"; }}; {typed}"#);
        let mut terminal = Terminal::script(&script, bench.command([""; 0]).env("TERM", "xterm"));
        if let Some(hidden) = hidden {
            terminal.asks_hidden(": ").types(&format!("{hidden}\r"));
        }
        // At the prompt, the terminal marks what is pasted.
        let shown = terminal.ends().screen.replace("\x1b[?2004h", "").replace("\x1b[?2004l", "");
        let shown = shown.replace(&bench.work().display().to_string(), "~/web");
        write!(screen, "\x1b[90m$\x1b[0m {typed}\n{shown}").unwrap();
    }

    let picture = draw(&screen);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/session.svg");
    if update::is_on() {
        fs::write(&path, &picture).unwrap();
    }
    assert!(fs::read_to_string(path).unwrap_or_default() == picture, "`UPDATE=1 cargo test picture` draws it anew");
}

/// Draws a screen of lines as SVG. Of the control sequences, it knows those that set colours and weight.
fn draw(screen: &str) -> String {
    let lines: Vec<&str> = screen.lines().collect();
    let height = lines.len() * LINE + 2 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" viewBox=\"0 0 {WIDTH} {height}\">\n\
         <title>A terminal session with etui</title>\n\
         <rect width=\"{WIDTH}\" height=\"{height}\" rx=\"8\" fill=\"#16181d\"/>\n\
         <g font-family=\"ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" font-size=\"{SIZE}\" \
         fill=\"#d8dbe2\">\n"
    );
    for (at, line) in lines.iter().enumerate() {
        let y = MARGIN + at * LINE + SIZE;
        let spans: String = spans(line).iter().map(|(style, text)| span(style, text)).collect();
        writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\">{spans}</text>").unwrap();
    }
    svg + "</g>\n</svg>\n"
}

/// Splits a line into its styles, as the numbers of the control sequence, and its texts.
fn spans(line: &str) -> Vec<(String, String)> {
    let mut spans = Vec::new();
    for (at, piece) in line.split("\x1b[").enumerate() {
        let (style, text) = match piece.split_once('m') {
            Some((style, text)) if at > 0 => (style, text),
            _ => ("0", piece),
        };
        assert!(!text.contains(|c: char| c.is_control()), "a control character in {line:?}");
        spans.push((style.to_owned(), text.to_owned()));
    }
    spans
}

fn span(style: &str, text: &str) -> String {
    // Viewers differ in what they do with several spaces.
    let text = text.replace(' ', "\u{a0}").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let (color, is_bold) = match style {
        "0" | "" => return text,
        "1" => ("", true),
        "31;1" => ("#ff7b72", true),
        "33;1" => ("#e3b341", true),
        "36" => ("#76d0e0", false),
        "90" => ("#7d8590", false),
        _ => panic!("the picture has no color {style}"),
    };
    let color = if color.is_empty() { String::new() } else { format!(" fill=\"{color}\"") };
    let weight = if is_bold { " font-weight=\"bold\"" } else { "" };
    format!("<tspan{color}{weight}>{text}</tspan>")
}
