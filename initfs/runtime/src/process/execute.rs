//! Becoming another program: execve, and the lists of strings it takes.
//!
//! Decides that a path is made absolute here, and how string lists lie in memory. Main type: [`Strings`]; main function:
//! [`execute`]. Neighbours: `process::command` executes in a child, `loader` reads these lists in the new program.

use crate::environment;
use crate::error::{Error, Result};
use crate::file::File;
use crate::process::process_call;
use crate::system_call;
use alloc::vec::Vec;
use core::convert::Infallible;
use kernel_abi::calls::{EXEC_FAILED, EXEC_READY, PROCESS_CALL};
use zerocopy::IntoBytes;

const EXECVE: usize = 59;

/// A list of strings as execve takes it: their bytes, each ended by NUL, and the addresses of them, ended by 0.
#[derive(Clone, Debug, Default)]
pub struct Strings {
    bytes: Vec<u8>,
    starts: Vec<usize>,
}

impl Strings {
    /// An empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: Vec::new(), starts: Vec::new() }
    }

    /// A list of these strings.
    ///
    /// # Errors
    /// As [`Strings::push`].
    pub fn from_strings(strings: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Self> {
        let mut list = Self::new();
        for string in strings {
            list.push(string)?;
        }
        Ok(list)
    }

    /// Adds a string.
    ///
    /// # Errors
    /// EINVAL for one with a NUL byte, ENOMEM.
    pub fn push(&mut self, string: impl AsRef<[u8]>) -> Result<()> {
        let string = string.as_ref();
        if string.contains(&0) {
            return Err(Error::EINVAL);
        }
        self.starts.try_reserve(1)?;
        self.bytes.try_reserve(string.len().saturating_add(1))?;
        self.starts.push(self.bytes.len());
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
        Ok(())
    }

    /// The strings in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.starts.iter().map(|&start| {
            let rest = self.bytes.get(start..).unwrap_or_default();
            rest.split(|&byte| byte == 0).next().unwrap_or_default()
        })
    }

    /// Addresses of the strings, then 0; good as long as the list does not change.
    fn addresses(&self) -> Result<Vec<usize>> {
        let base = self.bytes.as_ptr().expose_provenance();
        let mut addresses = Vec::new();
        addresses.try_reserve_exact(self.starts.len().saturating_add(1))?;
        addresses.extend(self.starts.iter().map(|start| base.wrapping_add(*start)));
        addresses.push(0);
        Ok(addresses)
    }
}

/// An execve with everything in place: making the call allocates nothing.
#[derive(Debug)]
pub struct Prepared<'a> {
    path: Vec<u8>,
    arguments: Vec<usize>,
    variables: Vec<usize>,
    /// The addresses point into these.
    _lists: core::marker::PhantomData<&'a Strings>,
}

impl<'a> Prepared<'a> {
    /// Prepares the program at `path` with its arguments and environment.
    ///
    /// # Errors
    /// As `environment::absolute`; ENOMEM.
    pub fn new(path: impl AsRef<[u8]>, arguments: &'a Strings, variables: &'a Strings) -> Result<Self> {
        let mut path = environment::absolute(path)?;
        path.try_reserve(1)?;
        path.push(0);
        let (arguments, variables) = (arguments.addresses()?, variables.addresses()?);
        Ok(Self { path, arguments, variables, _lists: core::marker::PhantomData })
    }

    /// Becomes the program.
    ///
    /// # Errors
    /// Always, for it returns on failure only: ENOENT, EACCES, ENOEXEC, E2BIG, ENOMEM, EFAULT and what file servers say.
    pub fn execute(&self) -> Result<Infallible> {
        let path = system_call::address_of(&self.path);
        let arguments = system_call::address_of(self.arguments.as_bytes());
        let variables = system_call::address_of(self.variables.as_bytes());
        // SAFETY: the three lists are read; on success this program is gone, on failure its memory is unchanged.
        let error = unsafe { system_call::call(PROCESS_CALL | EXECVE, [path, arguments, variables, 0, 0, 0]) };
        Err(error.err().unwrap_or(Error::EPROTO))
    }
}

/// Becomes the program at `path`.
///
/// # Errors
/// As [`Prepared::new`] and [`Prepared::execute`].
pub fn execute(path: impl AsRef<[u8]>, arguments: &Strings, variables: &Strings) -> Result<Infallible> {
    Prepared::new(path, arguments, variables)?.execute()
}

/// Tells the process server that this loader's program is ready to run.
///
/// # Errors
/// Always, for it returns only when the server refuses.
pub fn ready(file: &File, entry: u64, stack: u64) -> Result<Infallible> {
    let [entry, stack] = [entry, stack].map(|word| usize::try_from(word).unwrap_or(usize::MAX));
    let result = process_call(EXEC_READY as usize, [file.descriptor(), entry, stack, 0, 0, 0]);
    Err(result.err().unwrap_or(Error::EPROTO))
}

/// Tells the process server that this loader gives up.
pub fn fail(error: Error) {
    // The server ends this group; should it not, the loader exits.
    let _ = process_call(EXEC_FAILED as usize, [error.number() as usize, 0, 0, 0, 0, 0]);
}

#[cfg(test)]
mod tests {
    use super::Strings;
    use crate::error::Error;

    #[test]
    fn strings_are_kept_in_order() {
        let list = Strings::from_strings(["sh", "", "-c"]).expect("a list");
        assert_eq!(list.iter().collect::<Vec<_>>(), [&b"sh"[..], b"", b"-c"]);
        let addresses = list.addresses().expect("memory");
        assert_eq!((addresses.len(), addresses[3], addresses[1] - addresses[0]), (4, 0, 3));
    }

    #[test]
    fn a_string_with_a_nul_is_refused() {
        assert_eq!(Strings::new().push(b"a\0b"), Err(Error::EINVAL));
    }
}
