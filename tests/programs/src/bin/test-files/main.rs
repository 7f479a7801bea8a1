//! Tests of files: the boot image, files in memory, descriptors, devices, errors.
//!
//! Neighbours: one module for each theme.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod access;
mod boot;
mod descriptors;
mod devices;
mod namespaces;
mod passing;
mod ram;

use alloc::vec::Vec;
use test_programs::suite::{self, Case};

runtime::entry!(main);

fn main() -> i32 {
    let cases: Vec<Case> =
        [boot::CASES, access::CASES, ram::CASES, descriptors::CASES, devices::CASES, passing::CASES, namespaces::CASES]
            .concat();
    suite::run(&cases)
}
