//! The program that libFuzzer drives: one of the targets, which it is told by the environment.
//!
//! Decides nothing; build/fuzz.sh compiles it with counters in every branch and starts it. Neighbours: `fuzz::TARGETS`.
#![no_main]
#![forbid(unsafe_code)]

use fuzz::Target;
use std::sync::LazyLock;

/// The variable that names the target.
const VARIABLE: &str = "PROCTOR_FUZZ_TARGET";

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let name = std::env::var(VARIABLE).unwrap_or_default();
    fuzz::target(&name).unwrap_or_else(|| {
        eprintln!("{VARIABLE} names no target: {name:?}");
        std::process::exit(1)
    })
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| (TARGET.check)(bytes));
