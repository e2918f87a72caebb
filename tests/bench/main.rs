//! What etui costs, beside stock age that does the same to the same file: whole processes, side by side.
//!
//! `cargo bench > tests/bench/RESULTS.md` replaces the committed table. Nothing here fails for being
//! slow: the table says which budgets are met.

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

/// How long each race takes; with what is made before them, less than a minute for all.
const RACE: Duration = Duration::from_secs(5);

/// Most of what a read may cost, as a ratio to `age -d`, for a vault of so many secrets.
const BUDGETS: [(usize, f64); 4] = [(10, 0.6), (100, 0.7), (1_000, 0.9), (10_000, 1.5)];

/// Most of what merging two vaults of 1,000 secrets may cost, as a ratio to `age -d` of one of them.
const MERGE: f64 = 6.0;

/// The most memory that a read of the largest vault may take, in KiB.
const MEMORY: u64 = 32 * 1024;

/// The most memory that a search may take, in KiB.
const SEARCH_MEMORY: u64 = 200 * 1024;
/// How much of a log is to be redacted in a second, at least, in MB.
const RATE: f64 = 300.0;

fn main() -> ExitCode {
    // Cargo runs benches for `cargo test --all-targets` too, without this argument.
    if !std::env::args().any(|argument| argument == "--bench") {
        println!("measured by: cargo bench");
        return ExitCode::SUCCESS;
    }
    if let Err(missing) = programs::installed() {
        eprintln!("error: {missing}");
        return ExitCode::FAILURE;
    }
    programs::build();
    // Not in /tmp, which may be memory: what fsync costs is part of what is measured.
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
        let team = Team::found(&directory.join(secrets.to_string()), secrets, Spread::Even);
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
    let team = Team::found(&directory.join("one"), 1_000, Spread::OneProject);
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
