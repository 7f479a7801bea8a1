//! `only`: runs a program that sees no schemes but those named.
//!
//! Decides that the program's own scheme has to be among them. Neighbours: `env`, `tools::successor`,
//! `runtime::namespace`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::{Result, environment, namespace};
use tools::Tool;
use tools::successor::Successor;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "only",
    usage: "NAME[,NAME]... PROGRAM [ARGUMENT]...",
    summary: "Runs PROGRAM with only these schemes to be seen, as in only file,console sh.",
    options: "",
};

fn main() -> Result<i32> {
    // The program's own options are not this program's.
    let mut arguments = environment::arguments().skip(1).peekable();
    if arguments.next_if(|argument| *argument == b"--help").is_some() {
        TOOL.help();
    }
    let (Some(names), Some(program)) = (arguments.next(), arguments.next()) else {
        TOOL.misuse("it needs names and a program")
    };
    // Found before its own scheme may be out of sight.
    let successor = Successor::new(program, arguments, environment::variables())?;
    let names: Vec<&str> = core::str::from_utf8(names)?.split(',').collect();
    namespace::restrict(&names)?;
    Ok(successor.execute(&TOOL))
}
