//! The end: stopping the machine.
//!
//! Decides the statuses that tell the host of a failure: 0 is a session that ended well, 1 the kernel's panic. Main type:
//! [`Failed`]. Neighbours: the kernel's `sys:` scheme; init stops the machine by
//! the same file when a session ends well.

use runtime::file::{File, OpenFlags};

/// What failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Failed {
    /// A server without which nothing goes on, or the start of one.
    System = 2,
    /// Init: it cannot be run, or it ended and left the machine on.
    Init = 3,
}

/// Stops the machine, telling what failed; returns only if the kernel refuses.
pub(crate) fn stop_machine(failed: Failed) {
    if let Ok(file) = File::open_absolute(b"sys:shutdown", OpenFlags::WRITE) {
        let _ = file.write(&[failed as u8]);
    }
}
