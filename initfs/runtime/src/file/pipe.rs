//! Pipes: two connected descriptors, which carry bytes and open files.
//!
//! Decides nothing: the kernel's `pipe:` scheme gives one end, duplicating it by the name `peer` gives the other; both ends
//! read and write (FreeBSD's pipes are full-duplex); open files travel as by SCM_RIGHTS. Main functions: [`pair`], [`send`], [`receive`]. Neighbours: `file`, shells.

use crate::error::Result;
use crate::file::{File, OpenFlags};
use crate::system_call::{self, address_of_mut};
use kernel_abi::redox::flag::CallFlags;
use kernel_abi::redox::number;
use zerocopy::IntoBytes;

/// Two ends: what is written to one is read from the other.
///
/// # Errors
/// EMFILE, ENOMEM.
pub fn pair() -> Result<(File, File)> {
    let one = File::open_absolute(b"pipe:", OpenFlags::READ_WRITE)?;
    let other = one.duplicate_named(b"peer")?;
    Ok((one, other))
}

/// Gives an open file away to whoever receives at the other end.
///
/// # Errors
/// EPIPE if the other end is closed, EINVAL for a pipe, EAGAIN where a call would wait.
pub fn send(end: &File, file: File) -> Result<()> {
    pass(end, file.descriptor(), CallFlags::WRITE)?;
    // The kernel has taken the descriptor away.
    let _ = file.into_descriptor();
    Ok(())
}

/// Gives a copy of an open file away, which shares its offset.
///
/// # Errors
/// As for [`send`].
pub fn send_copy(end: &File, file: &File) -> Result<()> {
    pass(end, file.descriptor(), CallFlags::WRITE | CallFlags::FD_CLONE).map(drop)
}

/// Takes the next open file that was sent to this end.
///
/// # Errors
/// EPIPE if there is none and the other end is closed, EMFILE, EAGAIN where a call would wait.
pub fn receive(end: &File) -> Result<File> {
    pass(end, 0, CallFlags::READ).map(File::from_descriptor)
}

fn pass(end: &File, descriptor: usize, flags: CallFlags) -> Result<usize> {
    let mut word = descriptor as u64;
    let payload = word.as_mut_bytes();
    let flags = (flags | CallFlags::FD).bits();
    let arguments = [end.descriptor(), address_of_mut(payload), payload.len(), flags, 0, 0];
    // SAFETY: the kernel reads the one word of the payload; the flags say that there is no metadata.
    unsafe { system_call::call(number::SYS_CALL, arguments) }
}
