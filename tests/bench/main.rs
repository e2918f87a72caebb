//! What etui costs, compared with stock age on the same file. Whole processes are measured, in turns.
//!
//! `cargo bench > tests/bench/RESULTS.md` replaces the committed results; `cargo bench -- read hook` measures only these.
//! The bench never fails for being slow: the
//! table says which budgets are met.

#![allow(clippy::disallowed_methods, clippy::panic, clippy::print_stderr, clippy::print_stdout, clippy::unwrap_used)]

mod hook;
mod machine;
mod memory;
mod merged;
mod parts;
mod programs;
mod race;
mod table;
mod team;
mod tree;
mod unlocked;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use hook::Hook;
use merged::Merged;
use programs::Programs;
use race::race;
use table::Table;
use team::{Layout, Shape, Team};
use tree::Tree;
use unlocked::Unlocked;

const ETUI: &str = env!("CARGO_BIN_EXE_etui");

/// How long each race takes. Everything together takes about five minutes, and two more for building.
const RACE: Duration = Duration::from_secs(5);

/// The budgets for this many secrets: a read in the layouts A and B, as a ratio to `age -d`, and a write, as a ratio to
/// what age and the shell need for the same.
const BUDGETS: [(usize, [f64; 2], f64); 4] =
    [(10, [0.5, 0.5], 1.0), (100, [0.5, 0.5], 1.0), (1_000, [0.8, 0.6], 1.0), (10_000, [1.5, 0.7], 3.0)];

/// The memory budget of a read of the largest vault, in KiB.
const MEMORY: u64 = 16 * 1024;

/// The memory budget of a search, in KiB.
const SEARCH_MEMORY: u64 = 200 * 1024;

/// The least amount of log to redact per second, in MB.
const RATE: f64 = 300.0;

/// Measures some programs, in a directory of its own, and adds rows to the table.
type Measure = fn(&Path, &mut Table);

/// What is measured, by name.
const GROUPS: [(&str, Measure); 10] = [
    ("read", reads_and_writes),
    ("history", history),
    ("members", members),
    ("closed", closed),
    ("merge", merge),
    ("scan", search),
    ("redact", redact),
    ("hook", hook),
    ("start", start),
    ("parts", |_, _| ()),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // `cargo test --all-targets` runs benches too, but without this argument.
    if !arguments.iter().any(|argument| argument == "--bench") {
        println!("measured by: cargo bench");
        return ExitCode::SUCCESS;
    }
    if let Err(missing) = programs::installed() {
        eprintln!("error: {missing}");
        return ExitCode::FAILURE;
    }
    let named: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|named| *named == name);
    if let Some(unknown) = named.iter().find(|named| GROUPS.iter().all(|(name, _)| name != *named)) {
        eprintln!("error: there is no group {unknown}");
        return ExitCode::FAILURE;
    }

    let parts = wanted("parts").then(|| {
        programs::build(false);
        parts::table()
    });
    programs::build(true);
    // Not in /tmp, which may be in memory: the cost of fsync is part of the measurement.
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a directory to work in");
    std::env::set_current_dir(directory.path()).expect("a directory without a link");
    let machine = machine::describe(directory.path());
    let mut table = Table::default();
    for (_, measure) in GROUPS.iter().filter(|(name, _)| wanted(name)) {
        measure(directory.path(), &mut table);
    }
    println!("{machine}\n{table}");
    if let Some(parts) = parts {
        println!("\n{}", parts.trim_end());
    }
    ExitCode::SUCCESS
}

/// Makes a team's vault, and checks that etui and age read from it what they should.
fn team(directory: &Path, name: &str, shape: Shape) -> Team {
    eprintln!("{name}: {} secrets", shape.secrets);
    let team = Team::create(&directory.join(name), shape);
    team.check();
    team
}

fn reads_and_writes(directory: &Path, table: &mut Table) {
    for (secrets, [a, b], write) in BUDGETS {
        read_and_write(directory, Shape::new(Layout::A, secrets), a, write, table);
        read_and_write(directory, Shape::new(Layout::B, secrets), b, write, table);
    }
}

fn read_and_write(directory: &Path, shape: Shape, read: f64, write: f64, table: &mut Table) {
    let team = team(directory, &format!("{}{}", shape.layout.letter(), shape.secrets), shape);
    let programs = Programs::new(&team);
    let (printed, size) = (team.environment().len(), team.size());
    let (secrets, letter) = (shape.secrets, shape.layout.letter());
    table.section(&format!("{secrets} secrets in layout {letter}, {printed} printed, {size} bytes"));

    let times = race(&mut [programs.decrypt(), programs.resolve(), programs.get()], RACE);
    let [age, resolve, get] = &times[..] else { panic!("three programs") };
    table.ratio(resolve, age, Some(read));
    table.ratio(get, resolve, Some(1.0));
    if shape == Shape::new(Layout::A, 10_000) {
        table.ratio(get, age, Some(2.0));
        let peak = |runner| memory::peak(runner, directory);
        table.memory("`etui resolve`", peak(programs.resolve()), "`age -d`", peak(programs.decrypt()), MEMORY);
    }
    if shape == Shape::new(Layout::B, 1_000) {
        let times = race(&mut [programs.run(), programs.resolve(), programs.nothing()], RACE);
        let [run, resolve, nothing] = &times[..] else { panic!("three programs") };
        table.sum(run, resolve, nothing, 1.2);
        match Unlocked::new(&team) {
            Ok(unlocked) => {
                let times = race(&mut [programs.get(), unlocked.get()], RACE);
                table.ratio(&times[1], &times[0], Some(1.1));
            }
            Err(why) => table.section(&format!("not measured, a key that is kept unlocked: {why}")),
        }
    }

    let times = race(&mut [programs.rewrite(), programs.set()], RACE);
    programs.check_writes();
    table.ratio(&times[1], &times[0], Some(write));
}

/// A read does not look at earlier values.
fn history(directory: &Path, table: &mut Table) {
    let shape = |earlier| Shape { earlier, ..Shape::new(Layout::B, 1_000) };
    let (without, with) = (team(directory, "none", shape(0)), team(directory, "ten", shape(10)));
    table.section("1000 secrets in layout B, with ten earlier values each and with none");
    let (without, with) = (Programs::new(&without), Programs::new(&with));
    let times = race(&mut [without.resolve(), with.resolve()], RACE);
    table.ratio(&times[1].named("with ten"), &times[0].named("with none"), Some(1.1));
}

fn members(directory: &Path, table: &mut Table) {
    let shape = |members| Shape { members, ..Shape::new(Layout::B, 100) };
    let teams = [("one", 1), ("twenty", 20), ("hundred", 100)].map(|(name, count)| team(directory, name, shape(count)));
    table.section("100 secrets in layout B, for one member, for 20 and for 100");
    let [one, twenty, hundred] = teams.each_ref().map(Programs::new);
    let times = race(&mut [one.resolve(), twenty.resolve(), hundred.resolve()], RACE);
    table.ratio(&times[1].named("20 members"), &times[0].named("one member"), None);
    table.ratio(&times[2].named("100 members"), &times[0].named("one member"), Some(2.0));
    let times = race(&mut [hundred.decrypt(), hundred.resolve()], RACE);
    table.ratio(&times[1].named("100 members"), &times[0], None);
}

/// A closed section costs a read of others nothing but the decryption of its bytes.
fn closed(directory: &Path, table: &mut Table) {
    let shape = Shape { members: 4, ..Shape::new(Layout::B, 100) };
    let [open, beside, within] = ["open", "beside", "within"].map(|name| team(directory, name, shape));
    beside.close("cluster-2");
    within.close("cluster-1");
    table.section("100 secrets in layout B, for four members, with a cluster closed to all others");
    let [open, beside, within] = [&open, &beside, &within].map(Programs::new);
    let times = race(&mut [open.resolve(), beside.resolve(), within.resolve()], RACE);
    table.ratio(&times[1].named("one in another context"), &times[0].named("none"), Some(1.1));
    table.ratio(&times[2].named("one in the context"), &times[0].named("none"), Some(1.3));
}

fn merge(directory: &Path, table: &mut Table) {
    let team = team(directory, "merged", Shape::new(Layout::B, 1_000));
    table.section("1000 secrets in layout B, changed by two people");
    let (programs, merged) = (Programs::new(&team), Merged::new(&team));
    let times = race(&mut [programs.decrypt(), merged.merge()], RACE);
    merged.check();
    table.ratio(&times[1], &times[0], Some(4.0));
}

fn search(directory: &Path, table: &mut Table) {
    eprintln!("a tree of sources");
    let tree = Tree::make(directory);
    table.section(&format!("1000 secrets looked for in {} files, {} MB", tree.files, tree.bytes / 1_000_000));
    let times = race(&mut [tree.ripgrep(), tree.scan()], 3 * RACE);
    table.ratio(&times[1], &times[0], Some(0.7));
    let peak = |runner| memory::peak(runner, directory);
    table.memory("`etui scan`", peak(tree.scan()), "`rg -F -f`", peak(tree.ripgrep()), SEARCH_MEMORY);
}

fn redact(directory: &Path, table: &mut Table) {
    let team = team(directory, "logged", Shape::new(Layout::A, 1_000));
    let log = directory.join("log");
    let size = team.write_log(&log);
    team.check_redacted(&log);
    table.section(&format!("a log of {} MB, 1000 secrets in all their forms", size / 1_000_000));
    let programs = Programs::new(&team);
    let times = race(&mut [programs.cat(&log), programs.redact(&log)], RACE);
    table.rate(&times[1], &times[0], size, RATE);
}

fn hook(directory: &Path, table: &mut Table) {
    let team = team(directory, "guarded", Shape::new(Layout::A, 1_000));
    table.section("1000 secrets, guarded by a hook of git");
    let (plain, guarded) = (Hook::new(&team, false), Hook::new(&team, true));
    let times = race(&mut [plain.commit(), guarded.commit()], RACE);
    table.ratio(&times[1].named("with the hook"), &times[0], Some(2.0));
}

fn start(directory: &Path, table: &mut Table) {
    let team = team(directory, "started", Shape::new(Layout::A, 10));
    let programs = Programs::new(&team);
    table.section("starting, and Tab in a shell, with 10 secrets");
    let mut runners = vec![programs.empty(), programs.version()];
    runners.extend([programs.complete("`etui ` Tab", ""), programs.complete("`etui get ` Tab", "get ")]);
    let times = race(&mut runners, RACE);
    table.ratio(&times[1], &times[0], Some(0.8));
    table.ratio(&times[2], &times[1], Some(2.0));
    table.ratio(&times[3], &times[1], Some(3.0));
}
