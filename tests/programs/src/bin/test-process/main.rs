//! Tests of processes: fork, exit, wait, exec, pipes, signals, job control.
//!
//! Started with arguments it is its own helper: `exit N`, `count` and `inherit N` are what exec tests run. Neighbours:
//! one module for each theme; `test_programs::suite` runs the table.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod helper;
mod jobs;
mod lifecycle;
mod pipes;
mod programs;
mod servers;
mod signals;
mod threads;
mod timers;

use alloc::vec::Vec;
use runtime::environment;
use test_programs::suite::{self, Case};

runtime::entry!(main);

/// Where this program is in the image; exec tests execute it.
const PATH: &str = "/test/test-process";

fn main() -> i32 {
    let arguments: Vec<&[u8]> = environment::arguments().skip(1).collect();
    match arguments.as_slice() {
        [] => suite::run(&cases()),
        arguments => helper::run(arguments),
    }
}

fn cases() -> Vec<Case> {
    let themes = [
        lifecycle::CASES,
        programs::CASES,
        pipes::CASES,
        signals::CASES,
        jobs::CASES,
        threads::CASES,
        timers::CASES,
        servers::CASES,
    ];
    themes.concat()
}
