//! What every program links: start, heap, panic, system calls, process calls.
//!
//! User space's only unsafe code lives here. Neighbours: the kernel's ABI below, every program and server above.
//! Programs see hardware and kernel through this crate alone.
#![no_std]
