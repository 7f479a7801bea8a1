//! What a case says.
//!
//! Decides that a failure names what was expected and what came: [`Verdict`], [`equal`], [`holds`]. Neighbours: `cases`.

use alloc::format;
use alloc::string::String;
use core::fmt::Debug;

/// Nothing, or why not.
pub(crate) type Verdict = Result<(), String>;

/// The values are the same.
pub(crate) fn equal<T: PartialEq + Debug>(what: &str, actual: T, expected: T) -> Verdict {
    if actual == expected { Ok(()) } else { Err(format!("{what}: {actual:x?}, expected {expected:x?}")) }
}

/// The condition is true.
pub(crate) fn holds(what: &str, condition: bool) -> Verdict {
    if condition { Ok(()) } else { Err(format!("it does not hold that {what}")) }
}
