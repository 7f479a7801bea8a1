//! Errors of system calls: a number that the kernel or a server returned, with its name and its message.
//!
//! The numbers are Redox's (docs/abi.md), the names POSIX's. Main type: [`Error`]. Neighbours: `system_call` makes errors
//! out of results, `server` turns them into answers, tools print them.

use core::fmt;
use kernel_abi::redox::error as redox;

/// What a call returns.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// An error number.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Error(u32);

impl Error {
    /// The error with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// The error's number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// POSIX's name of the error; `EUNKNOWN` for a number that has none here.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(error, _)| *error == self).map_or("EUNKNOWN", |(_, name)| name)
    }

    /// What a person reads (strerror).
    #[must_use]
    pub fn message(self) -> &'static str {
        i32::try_from(self.0).map_or("Unknown Error", |number| redox::Error::new(number).text())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.name(), self.0)
    }
}

impl core::error::Error for Error {}

impl From<core::str::Utf8Error> for Error {
    fn from(_: core::str::Utf8Error) -> Self {
        Self::EINVAL
    }
}

impl From<alloc::collections::TryReserveError> for Error {
    fn from(_: alloc::collections::TryReserveError) -> Self {
        Self::ENOMEM
    }
}

macro_rules! errors {
    ($($name:ident)*) => {
        #[expect(missing_docs, reason = "POSIX's names; the message of each says what it means")]
        impl Error {
            $(pub const $name: Self = Self(redox::$name.unsigned_abs());)*
        }

        const NAMES: &[(Error, &str)] = &[$((Error::$name, stringify!($name))),*];
    };
}

errors! {
    EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT EBUSY EEXIST EXDEV ENODEV
    ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLK
    ENAMETOOLONG ENOSYS ENOTEMPTY ELOOP EPROTO EOVERFLOW EOPNOTSUPP ECONNRESET ETIMEDOUT EALREADY EINPROGRESS ESTALE
    ECANCELED EBADMSG ENODATA
}

#[cfg(test)]
mod tests {
    use super::{Error, NAMES};

    #[test]
    fn programs_in_c_have_the_same_numbers() {
        let header = include_str!("../../c/include/sys/errno.h");
        for (error, name) in NAMES {
            let line = format!("#define {name} {}", error.number());
            assert!(header.lines().any(|found| found == line), "{line}");
        }
    }

    #[test]
    fn errors_know_their_name_and_message() {
        assert_eq!(Error::ENOENT.name(), "ENOENT");
        assert_eq!(Error::ENOENT.number(), 2);
        assert_eq!(Error::ENOENT.message(), "No such file or directory");
        assert_eq!(Error::from_number(4000).name(), "EUNKNOWN");
        assert_eq!(Error::from_number(u32::MAX).message(), "Unknown Error");
    }
}
