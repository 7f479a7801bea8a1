//! The process server: it keeps the processes, serves the scheme `proc`, and answers process calls and the kernel's reports.
//!
//! Decides how messages become turns of the state machine and what the files under `proc:` give; what a process may do and
//! what a request of ptrace means is decided by the crate `ptrace`. Main types: [`Server`], [`Verbs`]. Neighbours: the
//! binary connects it to its socket; `proc-abi` has the layouts; docs/architecture.md is the manual of the files.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod duplicate;
mod errno;
mod files;
mod first;
mod gate;
mod image;
mod initial_stack;
mod judge;
mod node;
mod open;
mod outbox;
mod request;
mod ring;
mod serve;
mod server;
mod stacks;
mod text;
mod verbs;

pub use first::{End, InitEnd};
pub use image::Sealed;
pub use server::Server;
pub use verbs::{LoaderInput, Refusal, Verbs, Wait};

#[cfg(test)]
mod tests;
