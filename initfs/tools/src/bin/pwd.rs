//! `pwd`: tells the directory it was started in.
//!
//! Decides nothing: the directory is a string of the program's own (`runtime::environment`). Neighbours: the shell's `cd`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::environment;
use runtime::io::{STANDARD_OUTPUT, borrow};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool { name: "pwd", usage: "", summary: "Tells the current directory.", options: "" };

fn main() -> runtime::Result<()> {
    if !TOOL.line().operands.is_empty() {
        TOOL.misuse("it takes no arguments");
    }
    let mut directory = environment::current_directory();
    directory.push(b'\n');
    borrow(STANDARD_OUTPUT).write_all(&directory)
}
