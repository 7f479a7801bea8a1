//! Files in memory: a tree of directories and files with limits.
//!
//! Pure: no system calls; every allocation can fail and becomes "no space". Main types: [`tree::Tree`],
//! [`contents::Contents`], [`limits::Limits`]. Neighbours: `main.rs` serves it as the scheme `tmp`.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod contents;
pub mod limits;
pub mod tree;
