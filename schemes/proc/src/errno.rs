//! The error numbers that only a file server needs, beside those of the state machine.
//!
//! Decides nothing; the values are Redox's. Neighbours: `ptrace::errno` has the type and the others, `open` and `serve` use
//! these.

use kernel_abi::redox::error;
use ptrace::Errno;

const fn from(number: i32) -> Errno {
    match Errno::new(number.unsigned_abs()) {
        Some(errno) => errno,
        None => Errno::EINVAL,
    }
}

/// No such open file, or one that was not opened for this.
pub(crate) const EBADF: Errno = Errno::EBADF;
/// The file is there already.
pub(crate) const EEXIST: Errno = from(error::EEXIST);
/// Not a directory.
pub(crate) const ENOTDIR: Errno = from(error::ENOTDIR);
/// A directory.
pub(crate) const EISDIR: Errno = from(error::EISDIR);
/// Too much waits to be read.
pub(crate) const ENOBUFS: Errno = from(error::ENOBUFS);
/// No such request on this file.
pub(crate) const ENOTTY: Errno = from(error::ENOTTY);
/// The file has no length to seek by.
pub(crate) const ESPIPE: Errno = from(error::ESPIPE);
/// Names under proc: cannot be made or removed.
pub(crate) const EROFS: Errno = from(error::EROFS);
/// What the handle was opened on, or who opened it, is not what it was.
pub(crate) const ESTALE: Errno = from(error::ESTALE);
