//! `cat`: writes files to its output, one after the other.
//!
//! Decides that `-` and no operands mean standard input, and that a file which fails does not keep the next ones from
//! being written. Neighbours: `runtime::file`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::mem::ManuallyDrop;
use runtime::file::{File, OpenFlags};
use runtime::io::{STANDARD_INPUT, STANDARD_OUTPUT, borrow};
use runtime::{Error, Result};
use tools::Tool;

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "cat",
    usage: "[FILE]...",
    summary: "Writes the files, or standard input, to standard output.",
    options: "",
};

/// Bytes moved at a time.
const BUFFER: usize = 16 << 10;

fn main() -> i32 {
    let mut line = TOOL.line();
    if line.operands.is_empty() {
        line.operands.push(b"-");
    }
    TOOL.each(line.operands, |name| if name == b"-" { copy(&borrow(STANDARD_INPUT)) } else { copy_file(name) })
}

fn copy_file(name: &[u8]) -> Result<()> {
    copy(&File::open(name, OpenFlags::READ)?)
}

fn copy(file: &File) -> Result<()> {
    let output: ManuallyDrop<File> = borrow(STANDARD_OUTPUT);
    let mut buffer = [0; BUFFER];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(count) => output.write_all(buffer.get(..count).unwrap_or_default())?,
            Err(Error::EINTR) => {}
            Err(error) => return Err(error),
        }
    }
}
