//! What every program links: start, heap, panic, system calls, files, processes, threads, scheme servers.
//!
//! User space's only unsafe code lives here, so that programs and servers can forbid it: every function that programs see
//! is safe with any argument. Main modules: [`mod@file`], [`process`], [`thread`], [`socket`] and [`server`]. Neighbours:
//! the kernel's ABI below, every program and server above; docs/programs.md shows how a program starts from here.
//!
//! The parts that only an image can have (entry point, panic handler, global allocator) are compiled for the programs'
//! target alone; on the host the rest builds as a plain library, so that pure parts of it and of servers can be tested.
#![cfg_attr(not(test), no_std)]
#![expect(unsafe_code, reason = "the one user-space crate that makes system calls")]

extern crate alloc;

pub mod elf;
pub mod environment;
pub mod error;
pub mod event;
pub mod fault;
pub mod file;
pub mod io;
pub mod line_editor;
pub mod loader_arguments;
pub mod memory;
pub mod namespace;
pub mod native;
pub mod path;
pub mod proc;
pub mod process;
pub mod processor;
pub mod server;
pub mod signal;
pub mod socket;
pub mod start;
pub mod sync;
pub mod terminal;
pub mod thread;
pub mod time;

#[cfg(any(test, target_os = "redox"))]
mod bytes;
#[cfg(target_os = "redox")]
mod heap;
#[cfg(target_os = "redox")]
mod panic;
mod system_call;

pub use error::{Error, Result};
pub use kernel_abi as abi;
pub use proc_abi;
