//! Every decision of the kernel; safe Rust only, no hardware.
//!
//! The core is a library: it runs in the kernel, in host tests and in fuzzers alike. What it needs of the hardware it
//! asks of the traits in `seam`. Neighbours: the machine below implements those, the ABI names what users see.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]
