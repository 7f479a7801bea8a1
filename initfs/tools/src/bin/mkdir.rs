//! `mkdir`: makes directories, where the scheme has a place for them.
//!
//! Decides nothing: a directory is made by an open with the flags for it. Neighbours: the server of the scheme `tmp`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::file::{File, OpenFlags};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool =
    Tool { name: "mkdir", usage: "DIRECTORY...", summary: "Makes directories, as in mkdir tmp:work.", options: "" };

fn main() -> i32 {
    let flags = OpenFlags::READ | OpenFlags::CREATE | OpenFlags::EXCLUSIVE | OpenFlags::DIRECTORY;
    TOOL.each(TOOL.line_with_names().operands, |name| File::open(name, flags).map(drop))
}
