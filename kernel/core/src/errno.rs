//! Error numbers as a type, so that a value is never mistaken for an error. The numbers are Redox's (Linux's).
//!
//! Decides the names used in this crate. Main type: [`Errno`]. Neighbours: every call; `kernel_abi::encode_result`.

use kernel_abi::redox::error;

use crate::memory::OutOfMemory;

/// A positive error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub u32);

macro_rules! errnos {
    ($($name:ident),*) => {
        impl Errno {
            $(
                #[doc = concat!("The error number ", stringify!($name), ".")]
                pub const $name: Self = Self(error::$name.unsigned_abs());
            )*
        }
    };
}

errnos!(
    EPERM,
    ENOENT,
    ESRCH,
    EINTR,
    EIO,
    ENXIO,
    E2BIG,
    ENOEXEC,
    EBADF,
    EAGAIN,
    ENOMEM,
    EACCES,
    EFAULT,
    EBUSY,
    EEXIST,
    EXDEV,
    ENODEV,
    ENOTDIR,
    EISDIR,
    EINVAL,
    ENFILE,
    EMFILE,
    ENOSPC,
    ESPIPE,
    EROFS,
    EPIPE,
    ENAMETOOLONG,
    ENOSYS,
    EOPNOTSUPP,
    ETIMEDOUT,
    ESTALE,
    EOVERFLOW,
    EDEADLK,
    EINPROGRESS
);

impl From<OutOfMemory> for Errno {
    fn from(_: OutOfMemory) -> Self {
        Self::ENOMEM
    }
}
