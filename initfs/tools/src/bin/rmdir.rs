//! `rmdir`: removes directories without names in them.
//!
//! Decides nothing: the server refuses what is not empty. Neighbours: `rm`, `mkdir`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::file::names::remove_directory;
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool =
    Tool { name: "rmdir", usage: "DIRECTORY...", summary: "Removes directories that are empty.", options: "" };

fn main() -> i32 {
    TOOL.each(TOOL.line_with_names().operands, remove_directory)
}
