//! What the helper of COREDUMP tells the process server, and is told.
//!
//! Decides nothing. Neighbours: initfs/gcore (the helper), `process::ptrace` (the tracer's side).

use super::process_call;
use crate::error::Result;
use kernel_abi::calls::{DUMP_DONE, DUMP_LIMIT};

/// Path of the helper in the boot image.
pub const DUMPER_PATH: &str = "/sbin/dumper";

/// Most bytes of the file, 0 for any number.
///
/// # Errors
/// ENOSYS for a program that is no helper.
pub fn limit() -> Result<u64> {
    process_call(DUMP_LIMIT as usize, [0; 6]).map(|limit| limit as u64)
}

/// Tells that the core is written, or why not.
pub fn done(result: Result<()>) {
    let errno = result.err().map_or(0, |error| error.number() as usize);
    // The server ends this group; should it not, the helper exits.
    let _ = process_call(DUMP_DONE as usize, [errno, 0, 0, 0, 0, 0]);
}
