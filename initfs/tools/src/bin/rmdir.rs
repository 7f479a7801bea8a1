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
    let line = TOOL.line();
    if line.operands.is_empty() {
        TOOL.misuse("it needs a name");
    }
    let mut status = 0;
    for name in line.operands {
        if let Err(error) = remove_directory(name) {
            TOOL.complain(name, error);
            status = 1;
        }
    }
    status
}
