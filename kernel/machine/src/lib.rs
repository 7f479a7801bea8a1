//! All of x86_64: boot, traps, page tables, extended state, devices; the kernel's only unsafe code.
//!
//! The machine implements the core's traits (`kernel_core::seam`) on one [`Machine`] and owns the way into user mode and
//! back, [`Machine::run`]. It decides nothing about threads: the core above it does, and the kernel binary puts the two
//! together with [`entry!`]. README.md lists what the unsafe code relies on and who keeps it.
//!
//! Host tests see only the modules that touch no hardware.
#![cfg_attr(not(test), no_std)]

#[cfg(not(test))]
extern crate alloc;

pub mod boot;
#[cfg(not(test))]
mod cell;
#[cfg(not(test))]
mod debug;
mod device;
#[cfg(not(test))]
mod extended;
#[cfg(not(test))]
mod heap;
#[cfg(not(test))]
mod instructions;
#[cfg(not(test))]
mod machine;
#[cfg(not(test))]
mod memory;
#[cfg(not(test))]
mod paging;
#[cfg(not(test))]
mod panic;
#[cfg(not(test))]
mod run;
#[cfg(not(test))]
mod trap;

#[cfg(not(test))]
pub use heap::fail_allocation;
#[cfg(not(test))]
pub use machine::Machine;
#[cfg(not(test))]
pub use panic::report as report_panic;
