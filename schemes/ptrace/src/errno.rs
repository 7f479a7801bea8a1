//! Error numbers as this crate returns them.
//!
//! Decides nothing; the values are Redox's, the names are the field's. Main type: [`Errno`]. Neighbours: everything that
//! can be refused. FreeBSD's numbers differ for some of them; the specification is followed by name.

use kernel_abi::redox::error;

/// An error number, never 0.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Errno(u32);

/// A result whose failure is what the caller sees.
pub type Result<T> = core::result::Result<T, Errno>;

const fn from(number: i32) -> Errno {
    Errno(number.unsigned_abs())
}

impl Errno {
    /// Not permitted.
    pub const EPERM: Self = from(error::EPERM);
    /// No such file or entry.
    pub const ENOENT: Self = from(error::ENOENT);
    /// No such process.
    pub const ESRCH: Self = from(error::ESRCH);
    /// Interrupted by a signal.
    pub const EINTR: Self = from(error::EINTR);
    /// Argument list too long.
    pub const E2BIG: Self = from(error::E2BIG);
    /// Not an executable.
    pub const ENOEXEC: Self = from(error::ENOEXEC);
    /// No such open file.
    pub const EBADF: Self = from(error::EBADF);
    /// Input or output failed.
    pub const EIO: Self = from(error::EIO);
    /// No child.
    pub const ECHILD: Self = from(error::ECHILD);
    /// Try again.
    pub const EAGAIN: Self = from(error::EAGAIN);
    /// Out of memory.
    pub const ENOMEM: Self = from(error::ENOMEM);
    /// Permission denied.
    pub const EACCES: Self = from(error::EACCES);
    /// Bad address.
    pub const EFAULT: Self = from(error::EFAULT);
    /// Busy.
    pub const EBUSY: Self = from(error::EBUSY);
    /// Invalid argument.
    pub const EINVAL: Self = from(error::EINVAL);
    /// Name too long.
    pub const ENAMETOOLONG: Self = from(error::ENAMETOOLONG);
    /// No such call.
    pub const ENOSYS: Self = from(error::ENOSYS);
    /// Not supported.
    pub const EOPNOTSUPP: Self = from(error::EOPNOTSUPP);
    /// Timed out.
    pub const ETIMEDOUT: Self = from(error::ETIMEDOUT);

    /// The error with this number, if it is one.
    #[must_use]
    pub const fn new(number: u32) -> Option<Self> {
        if number == 0 || number as usize > kernel_abi::MAX_ERRNO { None } else { Some(Self(number)) }
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl core::fmt::Debug for Errno {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let name = NAMES.iter().find(|row| row.0 == *self).map_or("errno", |row| row.1);
        write!(formatter, "{name}({})", self.0)
    }
}

const NAMES: [(Errno, &str); 17] = [
    (Errno::EPERM, "EPERM"),
    (Errno::ENOENT, "ENOENT"),
    (Errno::ESRCH, "ESRCH"),
    (Errno::EINTR, "EINTR"),
    (Errno::E2BIG, "E2BIG"),
    (Errno::ENOEXEC, "ENOEXEC"),
    (Errno::ECHILD, "ECHILD"),
    (Errno::EAGAIN, "EAGAIN"),
    (Errno::ENOMEM, "ENOMEM"),
    (Errno::EACCES, "EACCES"),
    (Errno::EFAULT, "EFAULT"),
    (Errno::EBUSY, "EBUSY"),
    (Errno::EINVAL, "EINVAL"),
    (Errno::ENAMETOOLONG, "ENAMETOOLONG"),
    (Errno::ENOSYS, "ENOSYS"),
    (Errno::EOPNOTSUPP, "EOPNOTSUPP"),
    (Errno::ETIMEDOUT, "ETIMEDOUT"),
];
