//! Exit statuses as the shell sees them.
//!
//! Decides XCU 2.8.2: 127 for a command that is not found, 126 for one that cannot be executed, 128 + N for one that signal
//! N ended or stopped. Neighbours: `jobs`, the program's executor.

use proc_abi::wait::WaitStatus;
use runtime::Error;

/// A mistake in the use of a builtin, or in the text.
pub const MISUSE: i32 = 2;
/// The command was found but could not be executed.
pub const NOT_EXECUTABLE: i32 = 126;
/// There is no such command.
pub const NOT_FOUND: i32 = 127;
/// A signal ended it: this and the signal's number.
pub const SIGNALLED: i32 = 128;

/// The status that `$?` has after a process changed like this.
#[must_use]
pub fn of(change: WaitStatus) -> i32 {
    match change {
        WaitStatus::Exited(status) => status,
        WaitStatus::Killed(signal) | WaitStatus::Dumped(signal) | WaitStatus::Stopped(signal) => {
            SIGNALLED.saturating_add(signal.number())
        }
        WaitStatus::Continued => 0,
    }
}

/// The status of a command that could not be started.
#[must_use]
pub fn of_failed_start(error: Error) -> i32 {
    if matches!(error, Error::ENOENT | Error::ENOTDIR | Error::ENODEV) { NOT_FOUND } else { NOT_EXECUTABLE }
}

#[cfg(test)]
mod tests {
    use super::{of, of_failed_start};
    use proc_abi::signal::{SIGSEGV, SIGTSTP};
    use proc_abi::wait::WaitStatus;
    use runtime::Error;

    #[test]
    fn statuses_are_posixs() {
        assert_eq!(of(WaitStatus::Exited(3)), 3);
        assert_eq!(of(WaitStatus::Dumped(SIGSEGV)), 139);
        assert_eq!(of(WaitStatus::Stopped(SIGTSTP)), 146);
        assert_eq!(of_failed_start(Error::ENOENT), 127);
        assert_eq!(of_failed_start(Error::EACCES), 126);
        assert_eq!(of_failed_start(Error::ENOEXEC), 126);
    }
}
