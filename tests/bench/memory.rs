//! The peak memory of a program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::race::Runner;

/// The highest peak of several runs, in KiB, as GNU time gets it from the kernel.
///
/// The children of this process cannot be measured directly: until a child executes its program it counts as
/// large as its parent, and this process holds vaults.
pub fn peak(mut runner: Runner<'_>, directory: &Path) -> u64 {
    let report = directory.join("peak");
    let mut one = |round| {
        let plain = (runner.command)(round);
        let mut timed = Command::new("time");
        timed.args(["-f", "%M", "-o"]).arg(&report).arg(plain.get_program()).args(plain.get_args());
        for (name, value) in plain.get_envs() {
            if let Some(value) = value {
                timed.env(name, value);
            }
        }
        let status = timed.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("time was there");
        assert!(status.success(), "{} failed", runner.name);
        let text = fs::read_to_string(&report).expect("what time reports");
        text.trim().parse::<u64>().expect("a number of KiB")
    };
    (0..5).map(&mut one).max().unwrap_or_default()
}
