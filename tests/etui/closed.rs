//! Closed sections, as the people inside and outside of them see them.

use std::fs;
use std::path::PathBuf;

use crate::bench::{Bench, Outcome, bytes};

#[cfg(feature = "ui")]
mod console;
mod diff;
mod members;
mod merging;
mod reading;
mod trust;

/// Three laptops, each with a copy of the vault as `acme.age` in its working directory. alice founded the team; all
/// three are writers.
pub struct Team {
    pub alice: Bench,
    pub bob: Bench,
    pub carol: Bench,
    /// The vault before prod was closed.
    pub open: Vec<u8>,
}

impl Team {
    /// Project web holds A, and cluster prod DB. prod is closed for alice and bob. All have seen that.
    pub fn new() -> Team {
        let mut team = Team { alice: Bench::new(), bob: Bench::new(), carol: Bench::new(), open: Vec::new() };
        team.alice.etui(["init", "acme", "--as", "alice", "--vault", "acme.age", "-p", "web", "-c", "prod"]).ok();
        for (name, bench) in [("bob", &team.bob), ("carol", &team.carol)] {
            let joined = bench.etui(["join", "--as", name]).ok();
            at(&team.alice, joined.text().trim_end().strip_prefix("etui ").unwrap()).ok();
        }
        at(&team.alice, "set A -p web --value for-all").ok();
        at(&team.alice, "set DB -c prod --value for-prod").ok();
        team.open = bytes(file(&team.alice));
        at(&team.alice, "cluster close prod --for bob -y").ok();
        team.share(&team.alice);
        team
    }

    /// Copies one laptop's vault to the others, and lets all look at it.
    pub fn share(&self, from: &Bench) {
        for bench in [&self.alice, &self.bob, &self.carol] {
            if bench.work() != from.work() {
                hand(from, bench);
            }
            at(bench, "get A -p web").ok();
        }
        at(&self.alice, "get DB -c prod").ok();
        at(&self.bob, "get DB -c prod").ok();
    }
}

/// Runs a line on a laptop's copy. Times are WHEN in its output, fingerprints `…`, and paths as seen from there.
pub fn at(bench: &Bench, line: &str) -> Outcome {
    trusting(bench, "", line)
}

/// The same with `ETUI_TRUST`, unless that is empty.
pub fn trusting(bench: &Bench, trust: &str, line: &str) -> Outcome {
    run(bench, trust, ["--vault", "acme.age"].into_iter().chain(line.split(' ')))
}

/// The same without naming the vault.
fn run<'w>(bench: &Bench, trust: &str, words: impl IntoIterator<Item = &'w str>) -> Outcome {
    let variables = [("ETUI_TRUST", trust)];
    let variables = if trust.is_empty() { &variables[..0] } else { &variables[..] };
    let outcome = bench.with(variables, words).mask_times();
    let plain = |text: &str| shorten(&text.replace(&format!("{}/", bench.work().display()), ""));
    let out = String::from_utf8(outcome.out).unwrap();
    Outcome { code: outcome.code, out: plain(&out).into_bytes(), err: plain(&outcome.err) }
}

/// A text with `…` in the place of each fingerprint.
fn shorten(text: &str) -> String {
    let mut parts = text.split_inclusive(':');
    let mut short = String::from(parts.next().unwrap_or_default());
    for part in parts {
        let is_print = short.ends_with("vault:") || short.ends_with("key:");
        match part
            .get(..43)
            .filter(|print| is_print && print.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/".contains(&b)))
        {
            Some(_) => short.extend(["…", &part[43..]]),
            None => short.push_str(part),
        }
    }
    short
}

pub fn file(bench: &Bench) -> PathBuf {
    bench.work().join("acme.age")
}

/// Copies the vault from one laptop to another.
pub fn hand(from: &Bench, to: &Bench) {
    fs::write(file(to), bytes(file(from))).unwrap();
}
