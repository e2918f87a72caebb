//! Checks a consumer: each value comes back exactly, or was refused, or a warning names the consumer that
//! misreads it.

use std::collections::BTreeMap;
use std::fs;

use etui::formats::{Dialect, Format, FormattedText, Options, Variable};

use super::corpus::{self, MARKER, SEED};
use super::programs::Consumer;

/// The values around the tested one, chosen so that an open quote or a comment would swallow or change them.
const NEIGHBOURS: [[&str; 3]; 3] = [["# \"a", "#x", "#y'z"], ["it's", "#y'z", "# \"a"], ["#x", "# 'a", "x #\"y"]];

/// A value in its own file, between its neighbours.
struct Case<'v> {
    value: &'v str,
    names: [String; 4],
    neighbours: [&'v str; 3],
    is_warned: bool,
}

/// Counts for people who run the tests with `--nocapture`.
#[derive(Default)]
struct Count {
    exact: usize,
    refused: usize,
    misread: usize,
    needless_warnings: usize,
}

/// Checks every value in its own file, then all in one file.
pub fn check_round_trip(by: &dyn Consumer, format: Format, dialect: Option<Dialect>) {
    let (known, random) = (corpus::known(), corpus::random());
    let every = known.iter().flat_map(|value| NEIGHBOURS.map(|neighbours| (value, neighbours)));
    let in_turn = random.iter().zip(NEIGHBOURS.into_iter().cycle());
    let directory = tempfile::tempdir().unwrap();
    let mut count = Count::default();
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    let mut cases = Vec::new();
    for (index, (value, neighbours)) in every.chain(in_turn).enumerate() {
        let names = ["B", "V", "Y", "Z"].map(|letter| format!("{letter}{index}"));
        let texts = [neighbours[0], value, neighbours[1], neighbours[2]];
        let variables: Vec<_> = names.iter().zip(texts).map(|(name, text)| variable(name, text)).collect();
        match print(format, dialect, &variables) {
            Ok(printed) => {
                files.push(format!("alone-{index}"));
                fs::write(directory.path().join(&files[files.len() - 1]), printed.text.as_bytes()).unwrap();
                let is_warned = |name: &str| names_consumer(&printed.warnings, name, by.called());
                assert!([0, 2, 3].iter().all(|at| !is_warned(&names[*at])), "{:?}", printed.warnings);
                cases.push(Case { value, is_warned: is_warned(&names[1]), names, neighbours });
            }
            Err(name) => {
                assert_eq!(name, names[1]);
                count.refused += 1;
            }
        }
    }
    // The variables that the consumer has without our file.
    let own = by.read(directory.path(), &[]);
    let mut read = by.read(directory.path(), &files);
    let mut together = Vec::new();
    for case in &cases {
        let [before, value, after, last] = case.names.each_ref().map(|name| read.remove(name));
        let neighbours = [before, after, last];
        let is_rejected = value.is_none() && neighbours.iter().all(Option::is_none);
        let is_exact = value.as_deref() == Some(case.value);
        match (is_exact, case.is_warned) {
            (true, false) => count.exact += 1,
            (true, true) => count.needless_warnings += 1,
            (false, true) => count.misread += 1,
            (false, false) => wrong.push(format!("{:?} is read as {value:?}", case.value)),
        }
        if neighbours.each_ref().map(Option::as_deref) != case.neighbours.map(Some) && !(is_rejected && case.is_warned)
        {
            wrong.push(format!("{:?} damages its neighbours: {neighbours:?}", case.value));
        } else if !is_rejected {
            together.push(case);
        }
    }
    wrong.extend(unexpected(&read, &own, &cases));

    // A value may be refused because of the value after it.
    let printed = loop {
        let variables: Vec<_> = together.iter().map(|case| variable(&case.names[1], case.value)).collect();
        match print(format, dialect, &variables) {
            Ok(printed) => break printed,
            Err(name) => together.retain(|case| case.names[1] != name),
        }
    };
    fs::write(directory.path().join("whole"), printed.text.as_bytes()).unwrap();
    let mut read = by.read(directory.path(), &["whole".to_owned()]);
    for case in &together {
        let value = read.remove(&case.names[1]);
        if value.as_deref() != Some(case.value) && !case.is_warned {
            wrong.push(format!("{:?} is read in a whole file as {value:?}", case.value));
        }
    }
    wrong.extend(unexpected(&read, &own, &cases));

    let Count { exact, refused, misread, needless_warnings } = count;
    let consumer = by.called();
    println!(
        "{consumer}: {exact} exact, {refused} refused, {misread} misread with a warning, {needless_warnings} needless warnings"
    );
    assert!(!directory.path().join(MARKER).exists(), "{consumer} ran a value");
    wrong.truncate(20);
    let format = format.name();
    assert!(wrong.is_empty(), "{consumer} of {format} {dialect:?}, seed {SEED}:\n{}", wrong.join("\n"));
}

/// Variables that nobody set, unless a line of a value with a warning sets them.
fn unexpected(read: &BTreeMap<String, String>, own: &BTreeMap<String, String>, cases: &[Case<'_>]) -> Vec<String> {
    let sets = |value: &str, name: &str| value.lines().any(|line| line.trim_start().starts_with(name));
    let is_warned_about = |name: &str| cases.iter().any(|case| case.is_warned && sets(case.value, name));
    read.keys()
        .filter(|name| !own.contains_key(*name) && !is_warned_about(name))
        .map(|name| format!("{name} was set by nobody"))
        .collect()
}

/// Prints the variables, or returns the name of the one that the format cannot hold.
fn print(format: Format, dialect: Option<Dialect>, variables: &[Variable<'_>]) -> Result<FormattedText, String> {
    let mut random = || "a-word-that-no-value-holds".to_owned();
    let options = Options { reader: dialect, name: "web", random: &mut random };
    format.print(variables, options).map_err(|cannot| cannot.name)
}

fn variable<'v>(name: &'v str, text: &'v str) -> Variable<'v> {
    Variable { name, text: text.into() }
}

/// Whether a warning about this variable names this consumer, and not only one whose name contains its name.
pub fn names_consumer(warnings: &[String], name: &str, consumer: &str) -> bool {
    let mut about = warnings.iter().filter_map(|warning| warning.strip_prefix(name)?.strip_prefix(' '));
    about.any(|warning| match warning.strip_prefix("would be misread by ") {
        Some(consumers) => consumers.split(", ").flat_map(|name| name.split(" and ")).any(|name| {
            // Debian has either version.
            name == consumer || name.strip_suffix(" 2") == Some(consumer)
        }),
        None => warning.contains(&format!("{consumer}'s ")),
    })
}
