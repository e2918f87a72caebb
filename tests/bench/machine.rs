//! The machine and the versions that a measurement depends on.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::ETUI;
use crate::team::output;

/// What a reader of the results needs to know.
pub fn describe(directory: &Path) -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let load = read("/proc/loadavg").split(' ').next().unwrap_or_default().to_owned();
    let size = fs::metadata(ETUI).map_or(0, |file| file.len());
    let rows = [
        ("date", etui::report::now().to_string()),
        ("machine", format!("{}, {cores} cores, load {load} when it began", processor())),
        ("system", line("uname", &["-srm"])),
        ("files on", line("stat", &["-f", "-c", "%T", &directory.to_string_lossy()])),
        ("compiler", line("rustc", &["--version"])),
        ("age", line("age", &["--version"])),
        ("etui", format!("{}, {size} bytes", env!("CARGO_PKG_VERSION"))),
    ];
    let mut text = String::from(
        "# What etui costs\n\nPrinted by `cargo bench > tests/bench/RESULTS.md`. Whole processes that take turns, so that noise meets\n\
         all alike; the ratio is that of the medians.\n\n\
         - Layout A: all secrets are the team's, without earlier values, and all are printed.\n\
         - Layout B: 30 % are the team's, 60 % those of 20 projects, and 10 % those of 5 clusters, with three\n  \
           earlier values each. One project on one cluster is read.\n\n",
    );
    for (what, value) in rows {
        let _ = writeln!(text, "- {what}: {value}");
    }
    text
}

fn processor() -> String {
    let all = read("/proc/cpuinfo");
    let name = all.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.to_owned())
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn line(program: &str, arguments: &[&str]) -> String {
    String::from_utf8_lossy(&output(Command::new(program).args(arguments))).trim().to_owned()
}
