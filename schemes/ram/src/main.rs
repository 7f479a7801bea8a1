//! The server of the scheme `tmp`: writable files in memory, gone with the machine.
//!
//! Decides how much they may take. Neighbours: `serve` (requests), `handles` (open files), `snapshot` (mapped files), the
//! library (the tree itself), init (starts this with its socket as descriptor 0).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

mod handles;
mod serve;
mod snapshot;

use ram::limits::Limits;
use ram::tree::Tree;
use runtime::Error;
use runtime::server;
use runtime::socket::Socket;

/// 64 MiB in at most 4,096 files.
const LIMITS: Limits = Limits { pages: 16 << 10, nodes: 4096 };

runtime::entry!(main);

fn main() -> runtime::Result<core::convert::Infallible> {
    let tree = Tree::new(LIMITS).map_err(|_| Error::ENOMEM)?;
    server::serve(&Socket::inherited(), &mut serve::RamFiles::new(tree))
}
