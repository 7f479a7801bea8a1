//! What `trace` prints: system calls with decoded arguments, results, signals, ends, and a table of counts.
//!
//! Pure text: the program in src/bin/trace follows processes and asks these modules for lines. Main modules: [`options`]
//! (the command line), [`call`] (arguments), `value` (what they point to), [`result`], [`change`] (signals and ends), [`summary`]. Neighbours:
//! `kernel_abi::calls` (the table of calls), docs/programs.md.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod call;
pub mod change;
pub mod options;
pub mod result;
pub mod summary;
mod value;

#[cfg(test)]
mod tests;
