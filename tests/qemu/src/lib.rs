//! Boots the image in QEMU and judges the outcome.
//!
//! [`Boot`] is what a test writes: a program of the image, its input, its limits; [`Boot::run`] gives a [`Report`] that
//! passes only on the right exit code *and* a complete plan in the log. [`Session`] is a running machine, for those
//! that talk to it. Neighbours: `initfs-pack` writes the image, build.sh names the artifacts in the environment, the
//! `boot` tool beside this library serves `./build.sh run` and `exec`.
#![forbid(unsafe_code)]

mod artifacts;
mod boot;
mod capture;
mod ending;
mod input;
mod log;
mod machine;
mod report;
mod session;
mod symbols;

pub use artifacts::Artifacts;
pub use boot::Boot;
pub use capture::Capture;
pub use ending::Ending;
pub use input::{InputEncoder, LITERAL_NEXT};
pub use log::{Case, Log, ProgramEnd};
pub use machine::{Debugger, Machine, Timing};
pub use report::Report;
pub use session::{Keyboard, Session, Sinks};
pub use symbols::{SymbolWriter, Symbols};
