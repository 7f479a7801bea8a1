//! A debug target: a program that sleeps most of the time and notices when a sleep is cut short.
//!
//! `sleeper [COUNT [MILLISECONDS]]` sleeps COUNT times (5 times 20 ms unless given; 0 is without end), prints each tick, and at the
//! end how many sleeps were interrupted or too short. Attach and detach may not change that. Neighbours: debuggers
//! attach to it while it sleeps.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::time::Duration;
use runtime::{environment, eprintln, exported, println, time};

runtime::entry!(main);

exported!(tick(number: u64) -> u64 = say);

fn say(number: u64) -> u64 {
    println!("sleeper: tick {number}");
    number.wrapping_add(1)
}

fn argument(index: usize, usual: u64) -> Option<u64> {
    match environment::arguments().nth(index) {
        None => Some(usual),
        Some(text) => core::str::from_utf8(text).ok()?.parse().ok(),
    }
}

fn main() -> i32 {
    let (Some(count), Some(milliseconds)) = (argument(1, 5), argument(2, 20)) else {
        eprintln!("sleeper: expected a count of sleeps and their milliseconds");
        return 2;
    };
    let length = Duration::from_millis(milliseconds);
    let (mut disturbed, mut number) = (0_u64, 1);
    while count == 0 || number <= count {
        let before = time::now();
        let interrupted = time::sleep(length).is_err();
        let short = time::now().saturating_sub(before) < length;
        disturbed = disturbed.wrapping_add(u64::from(interrupted || short));
        number = tick(number);
    }
    println!("sleeper: {disturbed} sleeps were disturbed");
    i32::from(disturbed != 0)
}
