//! Children of test cases: code that runs in a process of its own.
//!
//! Decides that a child runs a closure and exits with what it gives, so that a case can have it fault, stop or be killed.
//! Main functions: [`start`], [`run`]. Neighbours: the suites.

use crate::failure::Failure;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::process::wait::{Who, wait};
use runtime::process::{self, Fork, Pid};

/// Starts a child that runs `body` and exits with its result.
///
/// # Errors
/// As fork fails.
pub fn start(body: impl FnOnce() -> i32) -> Result<Pid, Failure> {
    match process::fork()? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => process::exit(body()),
    }
}

/// The next change of a child that wait tells with these options.
///
/// # Errors
/// As wait fails, or if it tells nothing.
pub fn next_change(pid: Pid, options: WaitOptions) -> Result<WaitStatus, Failure> {
    match wait(Who::Process(pid), options)? {
        Some(waited) if waited.pid == pid => Ok(waited.status),
        other => Err(Failure::new(format_args!("wait gave {other:?}"))),
    }
}

/// Runs `body` in a child; gives how it ended.
///
/// # Errors
/// As fork and wait fail.
pub fn run(body: impl FnOnce() -> i32) -> Result<WaitStatus, Failure> {
    next_change(start(body)?, WaitOptions::empty())
}
