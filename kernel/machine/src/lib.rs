//! All of x86_64: boot, traps, page tables, registers, devices; the kernel's only unsafe code.
//!
//! The machine implements the core's traits and owns the way into user mode and back.
//! Neighbours: the core above it decides, the kernel binary puts the two together.
#![cfg_attr(not(test), no_std)]
