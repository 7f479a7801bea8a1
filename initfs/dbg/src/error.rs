//! What goes wrong in a command: one line for the person at the keyboard.
//!
//! Decides that an error is its message: nobody but a reader ever looks at it. Main type: [`Error`]. Neighbours: every
//! command returns it, `session` prints it, `target` errors become it.

use crate::target::TargetError;
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use core::fmt;

/// Why a command did nothing, or stopped half way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

/// What a command returns.
pub(crate) type Result<T, E = Error> = core::result::Result<T, E>;

impl Error {
    /// What went wrong about a file or a name.
    pub fn about(subject: &str, problem: &dyn fmt::Display) -> Self {
        Self(format!("{subject}: {problem}"))
    }

    /// An error with this message.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }

    /// Something else was expected than what was found; an empty `found` is the end of the line.
    pub(crate) fn expected(what: &str, found: &str) -> Self {
        if found.is_empty() {
            Self(format!("expected {what}"))
        } else {
            Self(format!("expected {what}, not '{found}'"))
        }
    }

    /// The command needs a process.
    pub(crate) fn no_process() -> Self {
        Self("the program is not running; 'run' starts it".to_owned())
    }

    /// Nothing can be read or written there.
    pub(crate) fn no_memory(address: u64) -> Self {
        Self(format!("there is no memory at 0x{address:x}"))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl core::error::Error for Error {}

impl From<TargetError> for Error {
    fn from(error: TargetError) -> Self {
        Self(format!("{error}"))
    }
}
