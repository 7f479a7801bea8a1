//! A debug target: a computation that never waits.
//!
//! `compute N` runs N rounds and prints their sum. `compute` runs until SIGUSR1 arrives, then says whether its sum is what
//! so many rounds give: whoever stopped, read and continued it changed nothing. `round` has a plain symbol. Neighbours: debuggers
//! attach to it while it runs.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::hint::black_box;
use core::sync::atomic::{AtomicBool, Ordering};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::SIGUSR1;
use proc_abi::signal_frame::UserContext;
use runtime::signal::{SignalAction, set_action};
use runtime::{environment, eprintln, exported, println};

runtime::entry!(main);

exported!(round(sum: u64, number: u64) -> u64 = add);

static TOLD: AtomicBool = AtomicBool::new(false);

extern "C" fn note(_: i32, _: &SigInfo, _: &UserContext) {
    TOLD.store(true, Ordering::Relaxed);
}

fn add(sum: u64, number: u64) -> u64 {
    black_box(sum).wrapping_add(number)
}

/// The sum of the numbers below `rounds`.
fn expected(rounds: u64) -> u64 {
    let (even, odd) =
        if rounds.is_multiple_of(2) { (rounds, rounds.wrapping_sub(1)) } else { (rounds.wrapping_sub(1), rounds) };
    even.wrapping_div(2).wrapping_mul(odd)
}

fn main() -> i32 {
    let limit = match environment::arguments().nth(1) {
        None => None,
        Some(text) => match core::str::from_utf8(text).ok().and_then(|text| text.parse::<u64>().ok()) {
            Some(limit) => Some(limit),
            None => {
                eprintln!("compute: expected a count of rounds, or nothing");
                return 2;
            }
        },
    };
    if let Err(error) = set_action(SIGUSR1, SignalAction::handler(note)) {
        eprintln!("compute: {error}");
        return 1;
    }
    let (mut sum, mut rounds) = (0, 0);
    while limit.map_or_else(|| !TOLD.load(Ordering::Relaxed), |limit| rounds < limit) {
        sum = round(sum, rounds);
        rounds = rounds.wrapping_add(1);
    }
    let consistent = sum == expected(rounds);
    match limit {
        Some(limit) => println!("compute: {limit} rounds, sum {sum}"),
        None => println!("compute: stopped, the sum is {}", if consistent { "right" } else { "wrong" }),
    }
    i32::from(!consistent)
}
