//! `ls`: lists directories and files.
//!
//! Decides the order (by name) and the two forms: names alone, or with `-l` mode, owner, size and name. Neighbours:
//! `tools::listing`, `runtime::file::directory`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::vec::Vec;
use runtime::file::directory::Directory;
use runtime::file::status::{Kind, Status};
use runtime::file::{File, OpenFlags};
use runtime::io::{STANDARD_OUTPUT, borrow};
use runtime::{Result, environment};
use tools::{Tool, join, listing};

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "ls",
    usage: "[-l] [FILE]...",
    summary: "Lists directories and files; -l tells mode, owner, group and size.",
    options: "l",
};

fn main() -> i32 {
    let line = TOOL.line();
    let here = environment::current_directory();
    let form = if line.has(b'l') { Form::Long } else { Form::Names };
    let several = line.operands.len() > 1;
    let operands = if line.operands.is_empty() { alloc::vec![here.as_slice()] } else { line.operands.clone() };
    TOOL.each(operands, |name| show(name, form, several))
}

/// What is shown of each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Names,
    Long,
}

fn show(name: &[u8], form: Form, headed: bool) -> Result<()> {
    let status = File::open(name, OpenFlags::empty())?.status()?;
    if status.kind() != Kind::Directory {
        return put(name, Some(&status).filter(|_| form == Form::Long));
    }
    if headed {
        runtime::println!("{}:", name.escape_ascii());
    }
    let mut names = Directory::open(name)?.names()?;
    names.sort_by(|one, other| one.name.cmp(&other.name));
    for entry in names {
        let mut shown = entry.name.clone();
        if form == Form::Names {
            if entry.kind == Kind::Directory {
                shown.push(b'/');
            }
            put(&shown, None)?;
            continue;
        }
        let path = join(name, &entry.name);
        // What cannot be opened is listed by its kind alone.
        let status = File::open(&path, OpenFlags::empty()).and_then(|file| file.status());
        put(&shown, Some(&status.unwrap_or_else(|_| Status::new(entry.kind, 0, 0))))?;
    }
    Ok(())
}

fn put(name: &[u8], status: Option<&Status>) -> Result<()> {
    let mut line = Vec::new();
    if let Some(status) = status {
        let mode = listing::mode(status);
        let mode = core::str::from_utf8(&mode).unwrap_or_default();
        let facts = alloc::format!("{mode} {:>5} {:>5} {:>9} ", status.uid, status.gid, status.size);
        line.extend_from_slice(facts.as_bytes());
    }
    line.extend_from_slice(name);
    line.push(b'\n');
    borrow(STANDARD_OUTPUT).write_all(&line)
}
