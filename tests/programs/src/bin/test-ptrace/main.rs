//! Tests of ptrace(2) inside the system: what a tracer sees, in which order, and what it is refused.
//!
//! Each case forks its own targets and follows them stop by stop. Started with a number it exits with that: exec tests run
//! it so; as `victim` it is a target that has been through exec; as `chance` it plays more random histories; with another
//! word it runs the cases whose names contain it.
//! Neighbours: one module for each theme, docs/ptrace.md and docs/scenarios.md name the cases; schemes/ptrace has the same
//! scenarios on the host, over a model of the kernel.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod bonds;
mod calls;
mod causes;
mod chance;
mod combined;
mod control;
mod delegate;
mod descriptors;
mod errors;
mod files;
mod forks;
mod handles;
mod kills;
mod leaving;
mod maps;
mod memory;
mod opened;
mod programs;
mod refusals;
mod registers;
mod remote;
mod rights;
mod runs;
mod sets;
mod shapes;
mod sharing;
mod signals;
mod states;
mod stuck;
mod threads;
mod tokens;
mod traps;
mod victim;

use alloc::vec::Vec;
use runtime::environment;
use test_programs::suite::{self, Case};

runtime::entry!(main);

/// Where this program is in the image; exec tests execute it.
const PATH: &str = "/test/test-ptrace";

fn main() -> i32 {
    let argument = environment::arguments().nth(1);
    match argument {
        None => suite::run(&cases()),
        Some(victim::NAME) => victim::main(),
        Some(text) => with_argument(core::str::from_utf8(text).unwrap_or_default()),
    }
}

fn with_argument(text: &str) -> i32 {
    if text == "chance" {
        return suite::run(chance::LONG);
    }
    if let Ok(status) = text.parse() {
        return status;
    }
    let chosen: Vec<Case> = cases().into_iter().filter(|case| case.name.contains(text)).collect();
    suite::run(&chosen)
}

fn cases() -> Vec<Case> {
    let themes = [
        control::CASES,
        forks::CASES,
        calls::CASES,
        programs::CASES,
        signals::CASES,
        traps::CASES,
        kills::CASES,
        threads::CASES,
        memory::CASES,
        maps::CASES,
        descriptors::CASES,
        shapes::CASES,
        registers::CASES,
        remote::CASES,
        refusals::CASES,
        errors::CASES,
        states::CASES,
        stuck::CASES,
        files::CASES,
        combined::CASES,
        causes::CASES,
        leaving::CASES,
        handles::CASES,
        rights::CASES,
        sets::CASES,
        delegate::CASES,
        delegate::threads::CASES,
        runs::CASES,
        sharing::CASES,
        tokens::CASES,
        bonds::CASES,
        chance::CASES,
    ];
    themes.concat()
}
