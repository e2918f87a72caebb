//! The committed corpora of the fuzz targets, replayed: see `tests/fuzz`.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

fn inputs(target: &str) -> Vec<PathBuf> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    let entries = fs::read_dir(corpus).unwrap();
    let mut inputs: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    inputs
}

#[test]
fn every_target_holds_for_its_whole_corpus() {
    for (name, target) in targets::ALL {
        let inputs = inputs(name);
        assert!(inputs.len() >= 3, "the corpus of {name} has {} inputs", inputs.len());
        for input in inputs {
            // Printed only if the target panics, to name the input.
            println!("{}", input.display());
            target(&fs::read(input).unwrap());
        }
    }
}
