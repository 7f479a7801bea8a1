//! The files of the boot image as a server gives them out: numbers for open files, bytes, names, places to map.
//!
//! Decides everything that does not need the kernel, so that it is tested on the host. Main types: [`Tree`], [`access`]. Neighbours:
//! `main.rs` and `serve` (the server), `initfs_format` (the image), `schemes/proc`, which reads the numbers.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod access;
mod tree;

pub use tree::Tree;
