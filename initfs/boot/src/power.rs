//! The end: stopping the machine.
//!
//! Decides the status that tells the host of a failure. Neighbours: the kernel's `sys:` scheme; init stops the machine by
//! the same file when a session ends well.

use runtime::file::{File, OpenFlags};

/// Any other value than 0 stands for failure.
const FAILED: u8 = 1;

/// Stops the machine, telling failure; returns only if the kernel refuses.
pub(crate) fn stop_machine() {
    if let Ok(file) = File::open_absolute(b"sys:shutdown", OpenFlags::WRITE) {
        let _ = file.write(&[FAILED]);
    }
}
