//! Measures the system from inside, in ticks of the processor's counter.
//!
//! Every operation is timed singly; what it returns is checked, and one wrong answer fails the run. Under QEMU's
//! `-icount shift=0,sleep=off` a tick is an instruction. Neighbours: `bench` (timing), one module for each family of
//! operations, tests/bench (reads what this prints), docs/performance.md (method and figures).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod attaching;
mod bench;
mod bulk;
mod calibration;
mod debugger;
mod failure;
mod forking;
mod gdb;
mod many;
mod remote;
mod requests;
mod rounds;
mod statistics;
mod stops;
mod switches;
mod target;
mod watched;

use bench::Bench;
use failure::Verdict;
use runtime::{environment, eprintln};

runtime::entry!(main);

/// Measures one family of operations.
type Family = fn(&mut Bench) -> Verdict;

/// The families, in the order in which they are measured: forks first, while this program is small.
const FAMILIES: [(&str, Family); 9] = [
    ("forking", forking::measure),
    ("switches", switches::measure),
    ("watched", watched::measure),
    ("requests", requests::measure),
    ("stops", stops::measure),
    ("bulk", bulk::measure),
    ("attaching", attaching::measure),
    ("many", many::measure),
    ("gdb", gdb::measure),
];

/// Measures these families as far as nothing fails, and prints the figures.
fn measure_families(chosen: impl Fn(&str) -> bool) -> Verdict {
    let mut bench = Bench::new()?;
    let mut outcome = calibration::check(&mut bench);
    for (name, measure) in FAMILIES {
        if outcome.is_ok() && chosen(name) {
            outcome = measure(&mut bench);
        }
    }
    bench.print();
    outcome
}

/// Measures the families named as arguments, or all of them.
fn main() -> i32 {
    let named = environment::arguments().skip(1);
    let chosen = |name: &str| named.len() == 0 || named.clone().any(|argument| argument == name.as_bytes());
    if let Some(unknown) = named.clone().find(|argument| FAMILIES.iter().all(|family| family.0.as_bytes() != *argument))
    {
        eprintln!("bench: expected families of operations, not '{}'", unknown.escape_ascii());
        return 2;
    }
    match measure_families(chosen) {
        Ok(()) => 0,
        Err(failure) => {
            eprintln!("bench: {failure}");
            1
        }
    }
}
