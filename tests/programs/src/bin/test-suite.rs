//! A suite that fails on purpose: its cases leave processes behind in every state, and the suite goes on all the same.
//!
//! Decides nothing about the system; the host expects exactly these verdicts (tests/qemu/tests/suite.rs). Neighbours:
//! `test_programs::suite`, `test_programs::leftovers`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use proc_abi::signal::{SIGKILL, SIGSTOP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::trace::trace_me;
use runtime::{process, signal, time};
use test_programs::children::{next_change, run, start};
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::{self, Case};

runtime::entry!(main);

const CASES: &[Case] = &[
    Case { name: "nothing is wrong", run: nothing },
    Case { name: "fails with children that compute, wait, are stopped and traced", run: fails },
    Case { name: "nothing is wrong after that", run: nothing },
    Case { name: "passes but leaves a child that has a child", run: leaves },
    Case { name: "is killed and leaves a child", run: is_killed },
    Case { name: "nothing is wrong in the end", run: nothing },
];

fn main() -> i32 {
    suite::run(CASES)
}

fn nothing() -> Verdict {
    ensure_equal!(run(|| 7)?, WaitStatus::Exited(7));
    Ok(())
}

fn compute() -> i32 {
    loop {
        core::hint::spin_loop();
    }
}

fn wait_for_ever() -> i32 {
    loop {
        signal::suspend(proc_abi::signal::SigSet::EMPTY);
    }
}

fn fails() -> Verdict {
    start(compute)?;
    start(wait_for_ever)?;
    let stopped = start(wait_for_ever)?;
    process::kill(stopped.raw(), Some(SIGSTOP))?;
    ensure_equal!(next_change(stopped, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
    let traced = start(|| {
        if trace_me().is_err() || process::kill(process::id(), Some(SIGSTOP)).is_err() {
            return 1;
        }
        wait_for_ever()
    })?;
    ensure_equal!(next_change(traced, WaitOptions::empty())?, WaitStatus::Stopped(SIGSTOP));
    Err(Failure::new("as it should"))
}

fn leaves() -> Verdict {
    start(|| start(compute).map_or(1, |_| wait_for_ever()))?;
    Ok(())
}

fn is_killed() -> Verdict {
    start(compute)?;
    process::kill(process::id(), Some(SIGKILL))?;
    time::yield_now();
    Ok(())
}
