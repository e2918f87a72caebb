//! What etui costs, compared with stock age on the same file. Whole processes are measured, in turns.
//!
//! `cargo bench > tests/bench/RESULTS.md` replaces the committed table. The bench never fails for being slow:
//! the table says which budgets are met.

#![allow(clippy::disallowed_methods, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

mod machine;
mod memory;
mod merged;
mod programs;
mod race;
mod table;
mod team;
mod tree;
mod unlocked;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use merged::Merged;
use programs::Programs;
use race::race;
use table::Table;
use team::{Spread, Team};
use tree::Tree;
use unlocked::Unlocked;

const ETUI: &str = env!("CARGO_BIN_EXE_etui");

/// How long each race takes. Everything together takes less than a minute.
const RACE: Duration = Duration::from_secs(5);

/// The budgets of a read: for this many secrets, at most this ratio to `age -d`.
const BUDGETS: [(usize, f64); 4] = [(10, 0.6), (100, 0.7), (1_000, 0.9), (10_000, 1.5)];

/// The budget of merging two vaults of 1,000 secrets, as a ratio to `age -d` of one of them.
const MERGE: f64 = 6.0;

/// The memory budget of a read of the largest vault, in KiB.
const MEMORY: u64 = 32 * 1024;

/// The memory budget of a search, in KiB.
const SEARCH_MEMORY: u64 = 200 * 1024;
/// The least amount of log to redact per second, in MB.
const RATE: f64 = 300.0;

fn main() -> ExitCode {
    // `cargo test --all-targets` runs benches too, but without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by: cargo bench");
        return ExitCode::SUCCESS;
    }
    if let Err(missing) = programs::installed() {
        eprintln!("error: {missing}");
        return ExitCode::FAILURE;
    }
    programs::build();
    // Not in /tmp, which may be in memory: the cost of fsync is part of the measurement.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory to work in");
    let machine = machine::describe(directory.path());
    let table = measure(directory.path());
    println!("{machine}\n{table}");
    ExitCode::SUCCESS
}

fn measure(directory: &Path) -> Table {
    let mut table = Table::default();
    for (secrets, budget) in BUDGETS {
        eprintln!("{secrets} secrets");
        let team = Team::create(&directory.join(secrets.to_string()), secrets, Spread::Even);
        team.check();
        let programs = Programs::new(&team);
        let title = format!("{secrets} secrets, {} bytes", team.size());
        table.section(&title);
        let mut runners = vec![programs.decrypt(), programs.resolve()];
        let mut budgets = vec![Some(budget)];
        if secrets == 1_000 {
            runners.extend([programs.get(), programs.run()]);
            budgets.extend([None, None]);
        }
        let times = race(&mut runners, RACE);
        for (timed, budget) in times[1..].iter().zip(budgets) {
            table.ratio(timed, &times[0], budget);
        }
        if secrets == 1_000 {
            let times = race(&mut [programs.rewrite(), programs.set()], RACE);
            programs.check_writes();
            table.ratio(&times[1], &times[0], Some(1.0));
            match Unlocked::new(&team) {
                Ok(unlocked) => {
                    let times = race(&mut [programs.get(), unlocked.get()], RACE);
                    table.ratio(&times[1], &times[0], Some(1.2));
                }
                Err(why) => table.section(&format!("not measured, a key that is kept unlocked: {why}")),
            }
            let merged = Merged::new(&team);
            let times = race(&mut [programs.decrypt(), merged.merge()], RACE);
            merged.check();
            table.ratio(&times[1], &times[0], Some(MERGE));
        }
        if secrets == 10_000 {
            let peak = |runner| memory::peak(runner, directory);
            table.memory("`etui resolve`", peak(programs.resolve()), "`age -d`", peak(programs.decrypt()), MEMORY);
        }
    }
    eprintln!("1000 secrets in one project");
    let team = Team::create(&directory.join("one"), 1_000, Spread::OneProject);
    team.check();
    let programs = Programs::new(&team);
    table.section("1000 secrets in one project, all of them given");
    let times = race(&mut [programs.resolve(), programs.run()], RACE);
    table.ratio(&times[1], &times[0], Some(1.3));
    eprintln!("a tree of sources");
    let tree = Tree::make(directory);
    table.section(&format!("1000 secrets looked for in {} files, {} MB", tree.files, tree.bytes / 1_000_000));
    let times = race(&mut [tree.ripgrep(), tree.scan()], 3 * RACE);
    table.ratio(&times[1], &times[0], Some(0.7));
    let peak = |runner| memory::peak(runner, directory);
    table.memory("`etui scan`", peak(tree.scan()), "`rg -F -f`", peak(tree.ripgrep()), SEARCH_MEMORY);
    eprintln!("a log that flows through");
    let log = directory.join("log");
    let size = team.write_log(&log);
    team.check_redacted(&log);
    table.section(&format!("a log of {} MB, 1000 secrets in all their forms", size / 1_000_000));
    let times = race(&mut [programs.cat(&log), programs.redact(&log)], RACE);
    table.rate(&times[1], &times[0], size, RATE);
    eprintln!("nothing to do");
    table.section("nothing to do");
    let times = race(&mut [programs::empty(directory), programs::version()], RACE);
    table.ratio(&times[1], &times[0], Some(1.2));
    table
}
