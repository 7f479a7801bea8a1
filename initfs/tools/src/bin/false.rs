//! `false`: fails.
//!
//! Decides nothing. Takes and ignores any arguments, as the shell's conditions want it. Neighbours: `true`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

runtime::entry!(main);

fn main() -> i32 {
    1
}
