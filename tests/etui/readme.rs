//! The README is true: its transcripts are run, and so is its first command.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bench::{Bench, Outcome};
use crate::update;

fn readme() -> String {
    fs::read_to_string(path()).unwrap()
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")
}

/// The code blocks of one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Whether a line matches the README, where `…` stands for anything.
fn matches_line(line: &str, shown: &str) -> bool {
    let mut pieces = shown.split('…');
    let first = pieces.next().unwrap();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let pieces: Vec<&str> = pieces.collect();
    for (at, piece) in pieces.iter().enumerate() {
        let is_last = at + 1 == pieces.len();
        let found = if is_last { rest.ends_with(piece).then(|| rest.len() - piece.len()) } else { rest.find(piece) };
        let Some(found) = found else { return false };
        rest = &rest[found + piece.len()..];
    }
    rest.is_empty()
}

#[test]
fn its_transcripts_are_true() {
    let bench = Bench::new();
    let bin = Path::new(env!("CARGO_BIN_EXE_etui")).parent().unwrap();
    let mut run = 0;
    let mut rewritten = readme();
    for block in blocks(&readme(), "console") {
        for step in block.split("$ ").filter(|step| !step.is_empty()) {
            let (command, shown) = step.split_once('\n').unwrap();
            // A build without the console has no `etui ui`.
            if command.starts_with("etui ui ") && cfg!(not(feature = "ui")) {
                continue;
            }
            // The reader of the README has the files that it shows.
            if let Some(file) = command.strip_prefix("cat ") {
                fs::write(bench.work().join(file), shown).unwrap();
            }
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
            // Both streams in one, as in a terminal.
            let mut shell = Command::new("sh");
            shell.args(["-c", &format!("exec 2>&1; {command}")]);
            bench.as_user(&mut shell).env("PATH", path);
            let outcome = Outcome::from(shell.output().unwrap());
            let printed: Vec<&str> = outcome.text().lines().collect();
            let shown: Vec<&str> = shown.lines().collect();
            let same = printed.len() == shown.len()
                && printed.iter().zip(&shown).all(|(line, shown)| matches_line(line, shown));
            if !same && update::is_on() {
                // A line that still matches keeps its `…`.
                let lines =
                    printed.iter().map(|line| shown.iter().find(|shown| matches_line(line, shown)).unwrap_or(line));
                let text: String = lines.map(|line| format!("{line}\n")).collect();
                rewritten = rewritten.replace(step, &format!("{command}\n{text}"));
            } else {
                assert!(same, "$ {command}\nprinted {printed:#?}\nbut the README shows {shown:#?}");
            }
            run += 1;
        }
    }
    if rewritten != readme() {
        fs::write(path(), rewritten).unwrap();
    }
    assert!(run > 15, "only {run} commands were found in the README");
}

#[test]
fn the_demo_vault_opens_with_its_published_key() {
    let bench = Bench::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo");
    let key = fs::read_to_string(fixtures.join("identity.txt")).unwrap();
    let resolve = |scope: &[&str]| {
        let vault = fixtures.join("demo.age");
        let arguments = ["resolve", "--vault", vault.to_str().unwrap()].into_iter().chain(scope.iter().copied());
        Outcome::from(bench.command(arguments).env("ETUI_KEY", &key).output().unwrap())
    };
    resolve(&["-g"]).prints(
        "DATABASE_URL=postgres://demo@db.internal:5432/shared\nLOG_LEVEL=info\nSTRIPE_KEY=sk_test_not_a_real_key\n",
    );
    let merged = "DATABASE_URL=postgres://web@db.web.internal:5432/web\n\
         GREETING=\"it's a demo\"\n\
         LOG_LEVEL=info\n\
         MODEL_DIR=/mnt/models\n\
         STRIPE_KEY=sk_test_not_a_real_key\n\
         TLS_KEY=MC4CAQAwBQYDK2VwBCIEIJn44gZ1KD2SV3SLifRWxAOdn6+TDryYOVMEvGtlTRTH\n";
    // A newcomer's first output has no warning.
    resolve(&["-p", "web", "-c", "gpu"]).prints(merged).says("");
}

#[test]
#[ignore = "long: builds the release"]
fn its_first_command_prints_a_merged_environment() {
    let commands = blocks(&readme(), "sh").remove(0);
    let first = commands.lines().next().unwrap();
    let mut shell = Command::new("sh");
    let home = tempfile::tempdir().unwrap();
    // Its pins are those of a machine on which etui has never run.
    shell.args(["-c", first]).current_dir(env!("CARGO_MANIFEST_DIR")).env("ETUI_HOME", home.path());
    let outcome = Outcome::from(shell.output().unwrap());
    assert_eq!(outcome.code, 0, "{}", outcome.err);
    assert!(!outcome.err.contains("warning: "), "{}", outcome.err);
    assert!(outcome.text().starts_with("DATABASE_URL=postgres://web@db.web.internal:5432/web\n"), "{}", outcome.text());
}
