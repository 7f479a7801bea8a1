//! Names of files: removing them and giving others.
//!
//! Decides that relative paths are seen from the current directory, as in `File::open`. Main functions: [`remove`],
//! [`remove_directory`], [`rename`]. Neighbours: `file` (opening makes names), the servers, which keep them.

use super::{File, OpenFlags};
use crate::environment;
use crate::error::Result;
use crate::system_call::{self, address_of};
use kernel_abi::NAMESPACE;
use kernel_abi::redox::{flag, number};

/// Removes the name of a file; the file lives on while it is open.
///
/// # Errors
/// EPERM for a directory, EROFS where names are fixed; else as the scheme's server refuses it.
pub fn remove(path: impl AsRef<[u8]>) -> Result<()> {
    unlink(path, 0)
}

/// Removes a directory without names in it.
///
/// # Errors
/// ENOTDIR, ENOTEMPTY; else as for [`remove`].
pub fn remove_directory(path: impl AsRef<[u8]>) -> Result<()> {
    unlink(path, flag::AT_REMOVEDIR)
}

fn unlink(path: impl AsRef<[u8]>, flags: usize) -> Result<()> {
    let path = environment::absolute(path)?;
    let arguments = [NAMESPACE, address_of(&path), path.len(), flags, 0, 0];
    // SAFETY: the kernel reads the path, which is borrowed for the call.
    unsafe { system_call::call(number::SYS_UNLINKAT, arguments) }.map(drop)
}

/// Gives the file at `from` the name `to`, in place of what has it.
///
/// # Errors
/// EXDEV where another server has the new name; else as the server refuses it.
pub fn rename(from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<()> {
    let file = File::open(from, OpenFlags::empty())?;
    let path = environment::absolute(to)?;
    let arguments = [file.descriptor(), address_of(&path), path.len(), 0, 0, 0];
    // SAFETY: as for `unlink`.
    unsafe { system_call::call(number::SYS_FRENAME, arguments) }.map(drop)
}
