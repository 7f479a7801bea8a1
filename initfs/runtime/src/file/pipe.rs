//! Pipes: two connected descriptors.
//!
//! Decides nothing: the kernel's `pipe:` scheme gives one end, duplicating it by the name `peer` gives the other; both ends
//! read and write (FreeBSD's pipes are full-duplex). Main function: [`pair`]. Neighbours: `file`, shells.

use crate::error::Result;
use crate::file::{File, OpenFlags};

/// Two ends: what is written to one is read from the other.
///
/// # Errors
/// EMFILE, ENOMEM.
pub fn pair() -> Result<(File, File)> {
    let one = File::open_absolute(b"pipe:", OpenFlags::READ_WRITE)?;
    let other = one.duplicate_named(b"peer")?;
    Ok((one, other))
}
