//! Fuzz targets: one file each with a function that takes any bytes and fails only if a promise is broken.
//!
//! Decides which readers of outside bytes are targets, and their names. Main items: [`Target`], [`TARGETS`]. Neighbours:
//! corpus/ (inputs that are replayed as tests), `bin/guided` (the search for more; README.md). The kernel's target is
//! in kernel/core/src/tests/sequence.rs, because it plays user code from inside.
#![forbid(unsafe_code)]

pub mod arguments;
pub mod command;
pub mod condition;
pub mod elf;
pub mod event;
pub mod gdb;
pub mod image;
pub mod line;
pub mod packet;
pub mod path;
pub mod session;
pub mod status;

/// One target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Name of its file and of its corpus.
    pub name: &'static str,
    /// Takes any bytes; panics if what reads them breaks a promise.
    pub check: fn(&[u8]),
}

/// Every target but the kernel's.
pub const TARGETS: [Target; 12] = [
    Target { name: "arguments", check: arguments::check },
    Target { name: "command", check: command::check },
    Target { name: "condition", check: condition::check },
    Target { name: "elf", check: elf::check },
    Target { name: "event", check: event::check },
    Target { name: "gdb", check: gdb::check },
    Target { name: "image", check: image::check },
    Target { name: "line", check: line::check },
    Target { name: "packet", check: packet::check },
    Target { name: "path", check: path::check },
    Target { name: "session", check: session::check },
    Target { name: "status", check: status::check },
];

/// The target of this name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}
