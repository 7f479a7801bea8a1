//! Signals, births and ends as lines.
//!
//! Decides the words for what happens beside system calls. Main functions: [`signal`], [`end`], [`signal_name`].
//! Neighbours: `call`, `proc_abi::siginfo`.

use alloc::format;
use alloc::string::{String, ToString};
use proc_abi::siginfo::{self, SigInfo};
use proc_abi::signal::Signal;
use proc_abi::wait::WaitStatus;

/// A signal by its name, or its number if it has none.
#[must_use]
pub fn signal_name(number: i32) -> String {
    let name = Signal::new(number).and_then(Signal::name);
    name.map_or_else(|| number.to_string(), |name| format!("SIG{}", name.to_ascii_uppercase()))
}

/// A signal that is about to be taken.
#[must_use]
pub fn signal(signal: Signal, information: &SigInfo) -> String {
    let name = signal_name(signal.number());
    let origin = match information.code {
        siginfo::SI_USER | siginfo::SI_QUEUE | siginfo::SI_LWP => format!(" from {}", information.pid),
        siginfo::SI_KERNEL | 0 => String::new(),
        siginfo::SI_TIMER => " from a timer".to_string(),
        code => format!(" code {code} at {:#x}", information.addr),
    };
    format!("--- {name}{origin} ---")
}

/// The end of a process.
#[must_use]
pub fn end(status: WaitStatus) -> String {
    let marks = match status {
        WaitStatus::Exited(_) | WaitStatus::Killed(_) | WaitStatus::Dumped(_) => "+++",
        WaitStatus::Stopped(_) | WaitStatus::Continued => "---",
    };
    format!("{marks} {} {marks}", ending(status))
}

/// What has become of a process.
#[must_use]
pub fn ending(status: WaitStatus) -> String {
    match status {
        WaitStatus::Exited(code) => format!("exited with {code}"),
        WaitStatus::Killed(signal) => format!("killed by {}", signal_name(signal.number())),
        WaitStatus::Dumped(signal) => format!("killed by {} (core)", signal_name(signal.number())),
        WaitStatus::Stopped(signal) => format!("stopped by {}", signal_name(signal.number())),
        WaitStatus::Continued => "continued".to_string(),
    }
}
