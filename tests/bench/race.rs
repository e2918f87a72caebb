//! Programs that take turns, so that other load on the machine affects all of them alike.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A program, with a new command for each round.
pub struct Runner<'a> {
    /// Its name, in Markdown.
    pub name: &'static str,
    pub command: Box<dyn FnMut(usize) -> Command + 'a>,
}

/// The durations of a program's runs, shortest first. Never empty.
#[derive(Clone)]
pub struct Timed {
    pub name: &'static str,
    times: Vec<Duration>,
}

impl Timed {
    pub fn median(&self) -> Duration {
        self.times[self.times.len() / 2]
    }

    /// The same durations under another name.
    pub fn named(&self, name: &'static str) -> Timed {
        Timed { name, ..self.clone() }
    }

    pub fn runs(&self) -> usize {
        self.times.len()
    }
}

/// Runs the programs in turn, round by round, for this long. The first round only fills caches.
pub fn race(runners: &mut [Runner<'_>], time: Duration) -> Vec<Timed> {
    let mut all: Vec<Timed> = runners.iter().map(|runner| Timed { name: runner.name, times: Vec::new() }).collect();
    let started = Instant::now();
    for round in 0.. {
        for (runner, timed) in runners.iter_mut().zip(&mut all) {
            let took = time_one(runner, round);
            if round > 0 {
                timed.times.push(took);
            }
        }
        if round > 0 && started.elapsed() > time {
            break;
        }
    }
    for timed in &mut all {
        timed.times.sort();
    }
    all
}

fn time_one(runner: &mut Runner<'_>, round: usize) -> Duration {
    let mut command = (runner.command)(round);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let started = Instant::now();
    let status = command.status();
    let took = started.elapsed();
    let status = status.unwrap_or_else(|error| panic!("{}: {error}", runner.name));
    assert!(status.success(), "{} failed: {status}", runner.name);
    took
}
