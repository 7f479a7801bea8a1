//! Tests of memory: mappings, protection, sharing, faults, what fork shares.
//!
//! Neighbours: one module for each theme; `runtime::memory::probe` reaches memory of any protection.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod faults;
mod long;
mod mappings;
mod sharing;

use alloc::vec::Vec;
use test_programs::suite::{self, Case};

runtime::entry!(main);

fn main() -> i32 {
    let cases: Vec<Case> = [mappings::CASES, faults::CASES, sharing::CASES, long::CASES].concat();
    suite::run(&cases)
}
