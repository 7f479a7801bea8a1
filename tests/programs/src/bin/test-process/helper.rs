//! What this program does when a test executes it.
//!
//! Decides the words that tests use as arguments; the answer is the exit status. Neighbours: `programs`.

use runtime::environment;
use runtime::io;

/// The status for words that are none.
const UNKNOWN: i32 = 99;

pub(crate) fn run(arguments: &[&[u8]]) -> i32 {
    match arguments {
        [b"exit", status] => number(status).unwrap_or(UNKNOWN),
        [b"count", rest @ ..] => {
            let variables = environment::variables().count();
            i32::try_from(rest.len().saturating_mul(10).saturating_add(variables)).unwrap_or(UNKNOWN)
        }
        [b"inherit", descriptor] => match number(descriptor).and_then(|number| usize::try_from(number).ok()) {
            Some(descriptor) => i32::from(io::borrow(descriptor).status().is_ok()),
            None => UNKNOWN,
        },
        [b"ignored", signal] => {
            let signal = number(signal).and_then(proc_abi::signal::Signal::new);
            let action = signal.and_then(|signal| runtime::signal::action(signal).ok());
            action.map_or(UNKNOWN, |action| if action.is_ignored() { 1 } else { i32::from(action.is_caught()) << 1 })
        }
        _ => UNKNOWN,
    }
}

fn number(text: &[u8]) -> Option<i32> {
    core::str::from_utf8(text).ok()?.parse().ok()
}
