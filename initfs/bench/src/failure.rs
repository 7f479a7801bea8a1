//! What went wrong in a measured operation.
//!
//! Decides that a check costs a comparison and no formatting: the reason is a fixed text and one number. Main items:
//! [`Failure`], [`expect`]. Neighbours: every family of operations, `bench` ends at the first failure.

use core::fmt;
use runtime::Error;

/// What an operation gives.
pub(crate) type Verdict<T = ()> = Result<T, Failure>;

/// The reason.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failure {
    what: &'static str,
    found: u64,
}

impl Failure {
    /// `what` was found to be something else.
    pub(crate) const fn new(what: &'static str, found: u64) -> Self {
        Self { what, found }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: found {} ({:#x})", self.what, self.found, self.found)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new("a call failed with an error number", u64::from(error.number()))
    }
}

/// Fails unless both numbers are equal.
#[inline(always)]
pub(crate) fn expect(what: &'static str, found: u64, expected: u64) -> Verdict {
    if found == expected { Ok(()) } else { Err(Failure::new(what, found)) }
}
