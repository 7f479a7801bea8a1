//! `echo`: writes its arguments, one space between them.
//!
//! Decides that only a first argument `-n` is an option: no newline at the end. Everything else is text. Neighbours: the
//! shell has the same as a builtin.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::environment;
use runtime::io::{STANDARD_OUTPUT, borrow};

runtime::entry!(main);

fn main() -> runtime::Result<()> {
    let mut arguments = environment::arguments().skip(1).peekable();
    let newline = arguments.next_if_eq(&&b"-n"[..]).is_none();
    let words: Vec<&[u8]> = arguments.collect();
    let mut text = words.join(&b' ');
    if newline {
        text.push(b'\n');
    }
    borrow(STANDARD_OUTPUT).write_all(&text)
}
