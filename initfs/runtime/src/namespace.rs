//! Which schemes this program sees by name.
//!
//! Decides nothing: `sys:namespace` takes names away and gives none back; children see what their parent sees. Main
//! functions: [`restrict`]. Neighbours: `file` (opening by name), the tool `only`.

use crate::error::Result;
use crate::file::{File, OpenFlags};
use alloc::string::String;

/// From now on this process and its children to come see only these schemes; the others are ENODEV. Files that are open stay so.
///
/// # Errors
/// EPERM without privilege, and for a name that is not seen now; EINVAL for what is no name, E2BIG for more than 16.
pub fn restrict(names: &[&str]) -> Result<()> {
    let mut text = String::new();
    for name in names {
        text.try_reserve(name.len().saturating_add(1))?;
        text.push_str(name);
        text.push(' ');
    }
    File::open_absolute(b"sys:namespace", OpenFlags::WRITE)?.write(text.as_bytes()).map(drop)
}
