//! What test programs inside the system share: the plan on the kernel's log, cases in processes of their own, counts.
//!
//! A test program names its cases in a table and gives it to [`suite::run`]; a case is a function that may fail with a
//! [`failure::Failure`]. Main modules: [`suite`], [`failure`], [`counts`], [`leftovers`], [`children`], [`tracee`].
//! Neighbours: `src/bin` (suites, and the targets that debuggers are tried on), tests/qemu (reads the plan).
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod children;
pub mod counts;
pub mod failure;
pub mod leftovers;
pub mod suite;
pub mod tracee;
