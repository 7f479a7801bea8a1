//! Every decision of the kernel, in safe Rust and without hardware.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod seam;
