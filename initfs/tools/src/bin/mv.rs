//! `mv`: gives a file or directory another name, within its scheme.
//!
//! Decides that a directory as the new name means a place in it. Neighbours: `rm`, `runtime::file::names`.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::file::names::rename;
use runtime::file::status::Kind;
use runtime::file::{File, OpenFlags};
use tools::{Tool, join};

runtime::entry!(main);

const TOOL: Tool = Tool {
    name: "mv",
    usage: "FROM TO",
    summary: "Gives FROM the name TO, or its own name in the directory TO.",
    options: "",
};

fn main() -> i32 {
    let line = TOOL.line();
    let [from, to] = line.operands.as_slice() else { TOOL.misuse("it needs two names") };
    let into = File::open(to, OpenFlags::empty()).and_then(|file| file.status());
    let result = if into.is_ok_and(|status| status.kind() == Kind::Directory) {
        rename(from, join(to, last_name(from)))
    } else {
        rename(from, to)
    };
    match result {
        Ok(()) => 0,
        Err(error) => {
            TOOL.complain(from, error);
            1
        }
    }
}

/// The part of a path behind its last slash, or behind its scheme.
fn last_name(path: &[u8]) -> &[u8] {
    let end = path.iter().rposition(|&byte| byte != b'/').map_or(0, |last| last.saturating_add(1));
    let path = path.get(..end).unwrap_or_default();
    path.rsplit(|&byte| byte == b'/' || byte == b':').next().unwrap_or_default()
}
