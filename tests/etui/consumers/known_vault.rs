//! Round trips through the binary: values are set, resolved, and read by the consumer.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use etui::formats::{Dialect, Format};

use super::check::names_consumer;
use super::corpus::KNOWN;
use super::programs::Consumer;
use crate::bench::Bench;

/// A vault with every seventh of [`KNOWN`].
pub struct KnownVault {
    bench: Bench,
    values: BTreeMap<String, &'static str>,
}

impl KnownVault {
    pub fn new() -> KnownVault {
        let bench = Bench::acme();
        let value = |(at, value): (usize, &&'static str)| (format!("V{at}"), *value);
        let values: BTreeMap<_, _> = KNOWN.iter().enumerate().step_by(7).map(value).collect();
        for (name, value) in &values {
            bench.set(name, value, &["-g"]);
        }
        KnownVault { bench, values }
    }

    /// Excludes the values that are refused or have a warning for this consumer; all others must come back.
    pub fn check_round_trip(&self, by: &dyn Consumer, format: Format, dialect: Option<Dialect>) {
        let mut arguments = vec![
            "resolve".to_owned(),
            "-g".to_owned(),
            format!("--format={}", format.name()),
            "--log-level=debug".to_owned(),
        ];
        arguments.extend(dialect.map(|dialect| format!("--reader={dialect:?}").to_lowercase()));
        arguments.extend((format == Format::K8s).then(|| "--name=web".to_owned()));
        let mut names: BTreeSet<_> = self.values.keys().cloned().collect();
        let text = loop {
            let only = format!("--only={}", names.iter().cloned().collect::<Vec<_>>().join(","));
            let outcome = self.bench.etui(arguments.iter().chain([&only]));
            let refused =
                outcome.err.lines().find_map(|line| line.strip_prefix("error: ")?.split_once(" cannot hold "));
            if let Some((_, line)) = refused {
                assert!(names.remove(line.split(':').next().unwrap()), "{line}");
                continue;
            }
            let outcome = outcome.ok();
            let warnings = outcome.err.lines().filter_map(|line| Some(line.strip_prefix("debug: ")?.to_owned()));
            let warnings: Vec<_> = warnings.collect();
            let before = names.len();
            names.retain(|name| !names_consumer(&warnings, name, by.called()));
            if names.len() == before {
                break outcome.out;
            }
        };
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("file"), text).unwrap();
        let read = by.read(directory.path(), &["file".to_owned()]);
        assert!(names.len() > 10, "{}: too few values are left: {names:?}", by.called());
        for name in names {
            assert_eq!(read.get(&name).map(String::as_str), Some(self.values[&name]), "{} of {format:?}", by.called());
        }
    }
}
