//! Replays the corpora: every input of every target, and inputs near them.
//!
//! Decides that each target has a corpus and each corpus a target. Neighbours: `fuzz::TARGETS`, corpus/.

use fuzz::{TARGETS, Target};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

/// Where random changes begin; a failure prints the changed input that is left after shrinking.
const SEED: u64 = 0xf022_5eed;

/// The target that kernel-core's own tests replay.
const KERNEL: &str = "kernel";

fn corpus() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn inputs(target: &Target) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target.name);
    let files = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = files
        .map(|file| {
            let path = file.expect("is readable").path();
            (path.display().to_string(), fs::read(&path).expect("is readable"))
        })
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} has no corpus", target.name);
    inputs
}

#[test]
fn every_input_keeps_the_promises() {
    for target in TARGETS {
        for (path, bytes) in inputs(&target) {
            eprintln!("{path}");
            (target.check)(&bytes);
        }
    }
}

#[test]
fn inputs_with_changed_bytes_keep_the_promises() {
    for target in TARGETS {
        let inputs = inputs(&target);
        let config =
            Config { cases: 300, rng_seed: RngSeed::Fixed(SEED), failure_persistence: None, ..Config::default() };
        let changes = proptest::collection::vec((any::<Index>(), any::<u8>()), 1..8);
        let strategy = (any::<Index>(), changes, any::<Index>());
        let result = TestRunner::new(config).run(&strategy, |(which, changes, end)| {
            let mut bytes = which.get(&inputs).1.clone();
            if bytes.is_empty() {
                return Ok(());
            }
            for (place, value) in changes {
                let place = place.index(bytes.len());
                bytes[place] = value;
            }
            (target.check)(&bytes);
            (target.check)(&bytes[..end.index(bytes.len())]);
            Ok(())
        });
        assert!(result.is_ok(), "{}: {}", target.name, result.expect_err("it failed"));
    }
}

#[test]
fn corpora_and_targets_go_together() {
    let folders = fs::read_dir(corpus()).expect("the corpora are there");
    let found: BTreeSet<String> =
        folders.map(|folder| folder.expect("is readable").file_name().to_string_lossy().into_owned()).collect();
    let known: BTreeSet<String> =
        TARGETS.iter().map(|target| target.name.to_owned()).chain([KERNEL.to_owned()]).collect();
    assert_eq!(found, known);
}
