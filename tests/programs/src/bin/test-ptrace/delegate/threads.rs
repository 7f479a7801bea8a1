//! Runs by `PID/run` of targets with several threads, beside runs by the server.
//!
//! Which thread reports, and where it is, must not depend on the way. Neighbours: `delegate` compares, `runs` holds a thread
//! back.

use core::time::Duration;
use proc_abi::signal::SigSet;
use runtime::proc::run::Mode;
use runtime::{fault, signal, thread, time};
use test_programs::ensure;
use test_programs::failure::Verdict;
use test_programs::suite::Case;

use super::{Pair, count_up};

pub(crate) const CASES: &[Case] = &[
    Case { name: "threads are the same both ways", run: threads_are_the_same_both_ways },
    Case { name: "one of several threads is run the same both ways", run: one_of_several_is_run_the_same_both_ways },
    Case { name: "stops of another thread are the same both ways", run: stops_of_another_are_the_same_both_ways },
];

fn threads_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        fault::breakpoint();
        let joined = thread::spawn(|| ()).map(thread::JoinHandle::join);
        fault::breakpoint();
        i32::from(joined.is_err())
    })?;
    pair.finish(&[Mode::Continue])
}

/// Beside a thread that runs, one that sleeps in the kernel and one that waits for the server.
fn one_of_several_is_run_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        let others = [
            thread::spawn(|| signal::suspend(SigSet::EMPTY)),
            thread::spawn(|| time::sleep_fully(Duration::from_secs(3_600))),
            thread::spawn(|| {
                loop {
                    time::yield_now();
                }
            }),
        ];
        (0..10).for_each(|_| time::yield_now());
        fault::breakpoint();
        let right = others.iter().all(Result::is_ok);
        count_up();
        fault::breakpoint();
        i32::from(!right)
    })?;
    ensure!(pair.go(Mode::Continue)?, "no breakpoint");
    let before = pair.short;
    // Whoever has not yet got to where it stays gets there now, and may need the server for it, once.
    for _ in 0..40 {
        ensure!(pair.go(Mode::Step)?, "it ends after {} stops", pair.stops);
    }
    ensure!(pair.go(Mode::Continue)?, "no second breakpoint");
    ensure!(pair.short >= before.saturating_add(35), "only {} of {} stops were delegated", pair.short, pair.stops);
    pair.finish(&[Mode::Continue])
}

/// Each first stop of a thread comes by the server, those after it do not.
fn stops_of_another_are_the_same_both_ways() -> Verdict {
    let mut pair = Pair::start(|| {
        fault::breakpoint();
        let other = thread::spawn(|| (0..5).for_each(|_| fault::breakpoint()));
        i32::from(other.map(thread::JoinHandle::join) != Ok(Ok(())))
    })?;
    pair.finish(&[Mode::Continue, Mode::Step])?;
    ensure!(pair.short >= 5, "only {} of {} stops were delegated", pair.short, pair.stops);
    Ok(())
}
