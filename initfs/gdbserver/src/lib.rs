//! GDB's remote protocol as a library without input and output: bytes in, bytes out, and a [`System`] to ask.
//!
//! Decides what each packet means and what the client is told of stops. Main types: [`Engine`] (a server with its processes),
//! [`System`] (what it needs of the operating system). Neighbours: the binary implements [`System`] over `proc:` and moves
//! the bytes; the tests implement it over a small machine; tests/fuzz feeds [`check`].
//!
//! A map: `link` makes packets of bytes; `packets` finds the handler of each, one file a family; `process` is one process
//! under control with what is cached of it; `run` lets processes go on; `judge` tells their stops apart; `report` words them;
//! `linux` has the layouts that Debian's GDB expects of a system it knows. docs/gdb.md is the manual.
#![cfg_attr(not(test), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod engine;
pub mod instruction;
mod judge;
mod link;
mod linux;
mod packets;
mod process;
mod report;
mod run;
mod signal;
pub mod system;
mod text;
mod thread_id;

pub use engine::Engine;
pub use system::System;

/// Feeds arbitrary bytes to the packet reader and to the readers of what is in packets; it must return.
pub fn check(bytes: &[u8]) {
    let mut decoder = link::decode::Decoder::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        // Only the absence of a panic matters here.
        let _input = decoder.take(&mut rest);
    }
    let _thread = thread_id::ThreadId::parse(&mut text::Reader::new(bytes));
    let _bytes = text::hex_bytes(bytes);
}

#[cfg(test)]
mod tests;
