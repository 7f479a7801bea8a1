//! The native debugger as a library: everything of `dbg` but the files under `proc:` and the terminal.
//!
//! Decides what each command does, how stops are told apart and what is printed. Main types: [`Session`] (the debugger's
//! state, one line of input at a time), [`Target`] (what it needs of a process). Neighbours: the binary implements
//! [`Target`] over `proc:` and reads the lines; the tests implement it over a machine of a few instructions.
//!
//! A map: `command` reads a line and finds its family under `command/`; those that let the program run go through
//! `control`, which steps over breakpoints, waits and judges what stopped it; `stop` words the report. `expression`,
//! `symbols`, `disassembly`, `backtrace`, `breakpoint`, `watchpoint` and `registers` are what the commands are made of.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod backtrace;
mod breakpoint;
mod code;
mod command;
mod control;
mod disassembly;
mod error;
pub mod expression;
mod format;
pub mod options;
mod program;
mod registers;
mod session;
mod stop;
mod symbols;
pub mod target;
mod watchpoint;

pub use error::Error;
pub use session::{Flow, Session};
pub use target::Target;

#[cfg(test)]
mod tests;
