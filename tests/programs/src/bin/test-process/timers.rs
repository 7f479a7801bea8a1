//! Sleeping and timers.
//!
//! Times are only compared with each other: how long anything takes is the machine's business. Neighbours: `main`.

use core::time::Duration;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::SIGUSR1;
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::signal::{SignalAction, set_action};
use runtime::{process, time};
use test_programs::children::{next_change, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "a sleep lasts as long as it should", run: a_sleep_lasts },
    Case { name: "a handler ends a sleep, which tells the rest", run: a_handler_ends_a_sleep },
];

extern "C" fn nothing(_: i32, _: &SigInfo, _: &UserContext) {}

fn a_sleep_lasts() -> Verdict {
    for milliseconds in [0, 1, 15] {
        let length = Duration::from_millis(milliseconds);
        let before = time::now();
        ensure_equal!(time::sleep(length), Ok(()));
        let slept = time::now().saturating_sub(before);
        ensure!(slept >= length, "slept {slept:?} instead of {length:?}");
    }
    Ok(())
}

fn a_handler_ends_a_sleep() -> Verdict {
    let length = Duration::from_secs(1000);
    set_action(SIGUSR1, SignalAction::handler(nothing))?;
    let parent = process::id();
    let child = start(|| {
        time::sleep_fully(Duration::from_millis(10));
        i32::from(process::kill(parent, Some(SIGUSR1)).is_err())
    })?;
    match time::sleep(length) {
        Err(rest) if rest > Duration::ZERO && rest < length => {}
        other => return Err(Failure::new(format_args!("the sleep gave {other:?}"))),
    }
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}
