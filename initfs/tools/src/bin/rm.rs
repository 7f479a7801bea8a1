//! `rm`: removes files, and with -r directories with all they hold.
//!
//! Decides that -f takes a missing name for removed. Neighbours: `rmdir`, the server of the scheme `tmp`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::file::directory::Directory;
use runtime::file::names::{remove, remove_directory};
use runtime::file::status::Kind;
use runtime::file::{File, OpenFlags};
use runtime::{Error, Result};
use tools::{Tool, join};

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "rm",
    usage: "[-fr] FILE...",
    summary: "Removes files; -r directories with what they hold, -f is silent on missing ones.",
    options: "fr",
};

fn main() -> i32 {
    let line = TOOL.line_with_names();
    TOOL.each(line.operands.iter().copied(), |name| {
        let removed = if line.has(b'r') { remove_all(name) } else { remove(name) };
        match removed {
            Err(Error::ENOENT) if line.has(b'f') => Ok(()),
            other => other,
        }
    })
}

/// Removes a directory after what is in it; the directories that are left to look into are on a list, not on the stack.
fn remove_all(name: &[u8]) -> Result<()> {
    let mut left: Vec<Vec<u8>> = alloc::vec![name.to_vec()];
    while let Some(path) = left.last() {
        if File::open(path, OpenFlags::empty())?.status()?.kind() != Kind::Directory {
            remove(path)?;
            left.pop();
            continue;
        }
        let below: Vec<Vec<u8>> = Directory::open(path)?.names()?.iter().map(|entry| join(path, &entry.name)).collect();
        if below.is_empty() {
            remove_directory(path)?;
            left.pop();
        } else {
            left.extend(below);
        }
    }
    Ok(())
}
