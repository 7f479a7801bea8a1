//! Core files: what a process was, as an ELF file that debuggers on other systems open.
//!
//! Everything that is known of a process is gathered first ([`snapshot`]), then laid out ([`layout`], [`note`]), then written
//! with its memory ([`write`]). The layouts are Linux's for x86-64: Debian's GDB knows no FreeBSD target, and the numbers of
//! signals and the registers are turned into Linux's ([`linux`]). Neighbours: src/bin/gcore.rs, the files under `proc:`.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod image;
pub mod layout;
pub mod linux;
pub mod note;
pub mod snapshot;
pub mod write;

#[cfg(test)]
mod tests;
