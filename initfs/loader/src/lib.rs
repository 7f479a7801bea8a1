//! What the loader does apart from the kernel: reading string lists, `#!` lines, building the initial stack.
//!
//! Decides everything that can be decided without making a call, so that it is tested on the host. Main modules:
//! [`strings`], [`script`], [`stack`]. Neighbours: `main.rs` maps and calls, `runtime::elf` plans the program itself.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

pub mod script;
pub mod stack;
pub mod strings;
