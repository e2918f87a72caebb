//! `resolve --format github --output "$GITHUB_ENV"`: appends to the file of the job, and masks the values in its log.

use std::fs;

use crate::bench::{Bench, bytes};

/// A vault with a secret of one line, one of two, and a plain entry.
fn bench() -> Bench {
    let bench = Bench::acme();
    bench.set("TOKEN", "50%0A off", &["-g"]);
    bench.set("KEY", "-- begin\r\nAbC\n\n-- end\n", &["-g"]);
    bench.set("EMPTY", "", &["-g"]);
    bench.etui(["env", "set", "LEVEL", "info", "-g"]).ok();
    bench.etui(["env", "set", "SAME", "secret:TOKEN", "-g"]).ok();
    bench.etui(["env", "set", "CERT", "file:KEY", "-g"]).ok();
    bench
}

const MASKS: &str = "::add-mask::-- begin\n::add-mask::AbC\n::add-mask::-- end\n::add-mask::50%250A off\n";
const LEFT_OUT: &str = "note: CERT is left out, since it is a file: `--files DIR` writes it";

/// Reads the file as the runner does.
pub fn read(text: &str) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    let mut rest = text;
    while let Some((line, after)) = rest.split_once('\n') {
        rest = after;
        let word = line.split_once("<<").filter(|(name, _)| !name.contains('='));
        variables.push(match word {
            None => line.split_once('=').map(|(name, value)| (name.into(), value.into())).unwrap(),
            Some((name, word)) => {
                let (value, after) = rest.split_once(&format!("\n{word}\n")).unwrap();
                rest = after;
                (name.into(), value.into())
            }
        });
    }
    assert_eq!(rest, "", "the last line has an end");
    variables
}

#[test]
fn appends_to_the_file_and_masks_the_secrets() {
    let bench = bench();
    let file = bench.work().join("env");
    // Another step left a line without an end.
    fs::write(&file, "OTHER=1").unwrap();
    for _ in 0..2 {
        bench.etui(["resolve", "--format", "github", "--output", "env"]).prints(MASKS).says(LEFT_OUT);
    }
    let ours = [
        ("EMPTY", ""),
        ("KEY", "-- begin\r\nAbC\n\n-- end\n"),
        ("LEVEL", "info"),
        ("SAME", "50%0A off"),
        ("TOKEN", "50%0A off"),
    ];
    let expected = [("OTHER", "1")].into_iter().chain(ours).chain(ours);
    let expected: Vec<(String, String)> = expected.map(|(name, value)| (name.into(), value.into())).collect();
    assert_eq!(read(&fs::read_to_string(&file).unwrap()), expected);
}

#[test]
fn masks_what_is_in_the_files_too() {
    let bench = bench();
    let outcome =
        bench.etui(["resolve", "--format", "github", "-o", "env", "--only", "CERT,LEVEL", "--files", "certs"]);
    outcome.prints("::add-mask::-- begin\n::add-mask::AbC\n::add-mask::-- end\n").says("");
    let path = bench.work().join("certs/CERT").display().to_string();
    assert_eq!(fs::read_to_string(bench.work().join("env")).unwrap(), format!("CERT={path}\nLEVEL=info\n"));
}

#[test]
fn says_that_nothing_is_masked_on_standard_output() {
    let bench = bench();
    let warning =
        r#"warning: the job's log may show these values: `--output "$GITHUB_ENV"` appends them, and masks them"#;
    let resolve = |more: &[&str]| bench.etui(["resolve", "--format", "github", "--only"].iter().chain(more));
    resolve(&["TOKEN"]).prints("TOKEN=50%0A off\n").says(warning);
    resolve(&["TOKEN", "-o", "-"]).prints("TOKEN=50%0A off\n").says(warning);
    resolve(&["LEVEL"]).prints("LEVEL=info\n").says("");
}

#[test]
fn a_failure_leaves_the_file_as_it_was() {
    let bench = bench();
    fs::write(bench.work().join("env"), "OTHER=1").unwrap();
    bench.set("LARGE", vec![b'x'; 100_000], &["-g"]);
    let outcome = bench.sh("trap '' XFSZ; ulimit -f 16; etui resolve --format github -o env | cat; exit 3");
    assert!(outcome.err.contains("/env: file too large"), "{outcome:?}");
    assert_eq!(bytes(bench.work().join("env")), b"OTHER=1");
    // Without its masks nothing is written. Only Linux has a disk that is always full.
    if cfg!(target_os = "linux") {
        let outcome = bench.sh("etui resolve --format github -o env >/dev/full");
        assert_eq!((outcome.code, bytes(bench.work().join("env"))), (1, b"OTHER=1".into()), "{}", outcome.err);
    }
    // A file that git tracks, or the vault.
    bench.sh("git init -q . && git add env").ok();
    assert_eq!(bench.etui(["resolve", "--format", "github", "-o", "env"]).code, 4);
    let vault = bench.vault().display().to_string();
    let before = bytes(&vault);
    assert_eq!(bench.etui(["resolve", "--format", "github", "-o", &vault]).code, 4);
    assert_eq!(bytes(&vault), before);
}
