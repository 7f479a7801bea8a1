//! What came of a system call.
//!
//! Decides how results are shown: numbers, addresses, errors by name. Main function: [`describe`]. Neighbours: `call`,
//! `proc_abi::syscall`.

use alloc::format;
use alloc::string::{String, ToString};
use proc_abi::syscall::{EJUSTRETURN, ERESTART, SyscallReturn};
use runtime::Error;

/// A result with its equals sign.
#[must_use]
pub fn describe(call: &str, result: &SyscallReturn) -> String {
    let [value, _] = result.retval;
    match result.error {
        0 => format!("= {}", number(value)),
        ERESTART if call == "sigsuspend" => "= ? (made again unless a handler runs)".to_string(),
        ERESTART => "= ? (made again)".to_string(),
        EJUSTRETURN => "= 0".to_string(),
        error => {
            let error = Error::from_number(error.unsigned_abs());
            format!("= -1 {} ({error})", error.name())
        }
    }
}

/// The count that a transfer gives; none if it failed.
#[must_use]
pub fn count(result: &SyscallReturn) -> Option<u64> {
    let [value, _] = result.retval;
    (result.error == 0).then_some(value)
}

/// Small numbers as such, others as addresses.
fn number(value: u64) -> String {
    const LARGEST: u64 = 1 << 31;
    if value < LARGEST { value.to_string() } else { format!("{value:#x}") }
}
