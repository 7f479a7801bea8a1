//! A debug target: several threads with names.
//!
//! `threads [N]` starts N threads (3 unless given); each adds up its share in `work`, which has a plain symbol, and main prints the
//! results in order. Between start and end the threads wait for each other, so that all exist at once. Neighbours:
//! debuggers list them.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::format;
use alloc::vec::Vec;
use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};
use runtime::{Result, environment, eprintln, exported, println, sync, thread};

runtime::entry!(main);

exported!(work(share: u64) -> u64 = add_up);

/// Most threads.
const LIMIT: u32 = 128;

/// Threads that have arrived.
static ARRIVED: AtomicU32 = AtomicU32::new(0);

fn add_up(share: u64) -> u64 {
    (0..1000).fold(0, |sum, number| black_box(sum).wrapping_add(share.wrapping_mul(number)))
}

/// Waits until `count` threads have come here.
fn meet(count: u32) {
    let arrived = ARRIVED.fetch_add(1, Ordering::AcqRel).wrapping_add(1);
    if arrived == count {
        sync::wake(&ARRIVED, usize::MAX >> 1);
    }
    loop {
        let arrived = ARRIVED.load(Ordering::Acquire);
        if arrived >= count {
            return;
        }
        sync::wait(&ARRIVED, arrived);
    }
}

fn run(count: u32) -> Result<()> {
    let mut handles = Vec::new();
    for index in 1..=count {
        handles.push(thread::spawn(move || {
            if let Ok(tid) = thread::current() {
                // A thread without a name works as well.
                let _ = thread::set_name(tid, &format!("worker-{index}"));
            }
            meet(count);
            work(u64::from(index))
        })?);
    }
    for (index, handle) in (1..).zip(handles) {
        let sum: u64 = handle.join()?;
        println!("threads: worker-{index} gives {sum}");
    }
    println!("threads: all joined");
    Ok(())
}

fn main() -> i32 {
    let argument = environment::arguments().nth(1).unwrap_or(b"3");
    let count = core::str::from_utf8(argument).ok().and_then(|text| text.parse::<u32>().ok());
    let Some(count) = count.filter(|count| (1..=LIMIT).contains(count)) else {
        eprintln!("threads: expected a count from 1 to {LIMIT}");
        return 2;
    };
    match run(count) {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("threads: {error}");
            1
        }
    }
}
