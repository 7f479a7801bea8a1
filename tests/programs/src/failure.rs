//! Why a case failed, in one line.
//!
//! Decides how checks are written: `ensure!(condition, "what was expected")`, `ensure_equal!(found, expected)`. Main type:
//! [`Failure`]. Neighbours: `suite` reports it.

use alloc::format;
use alloc::string::{String, ToString};
use core::fmt::{self, Debug};
use runtime::Error;

/// What a case gives.
pub type Verdict = Result<(), Failure>;

/// The reason, without line ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(String);

impl Failure {
    /// A failure for this reason.
    #[must_use]
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string().replace('\n', " "))
    }

    /// A comparison that did not hold.
    #[must_use]
    pub fn unequal(what: &str, found: &impl Debug, expected: &impl Debug) -> Self {
        Self::new(format!("{what} is {found:?}, expected {expected:?}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::new(format!("unexpected {error:?}"))
    }
}

/// Fails the case unless the condition holds.
#[macro_export]
macro_rules! ensure {
    ($condition:expr, $($reason:tt)+) => {
        if !$condition {
            return Err($crate::failure::Failure::new(::core::format_args!($($reason)+)));
        }
    };
}

/// Fails the case unless both values are equal.
#[macro_export]
macro_rules! ensure_equal {
    ($found:expr, $expected:expr) => {
        match (&$found, &$expected) {
            (found, expected) => {
                if *found != *expected {
                    return Err($crate::failure::Failure::unequal(stringify!($found), found, expected));
                }
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::Verdict;

    fn compare(left: i32, right: i32) -> Verdict {
        ensure_equal!(left, right);
        ensure!(left > 0, "{left}\nis not positive");
        Ok(())
    }

    #[test]
    fn reasons_are_one_line() {
        assert_eq!(compare(1, 1), Ok(()));
        assert_eq!(compare(1, 2).map_err(|failure| failure.to_string()), Err("left is 1, expected 2".to_owned()));
        assert_eq!(compare(0, 0).map_err(|failure| failure.to_string()), Err("0 is not positive".to_owned()));
    }
}
