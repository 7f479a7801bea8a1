//! A path as the names it consists of.
//!
//! Decides that empty names and `.` mean nothing, that `..` takes the name before it away and leads nowhere from the
//! start, and how long names and paths may be. Main type: [`Names`]. Neighbours: `tree`.

use super::{NAME_LIMIT, TreeError};

/// Most names in a path.
const DEPTH: usize = 64;

#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'a> {
    names: [&'a [u8]; DEPTH],
    count: usize,
}

impl<'a> Names<'a> {
    pub(super) fn new(path: &'a [u8]) -> Result<Self, TreeError> {
        let mut names = Self { names: [&[]; DEPTH], count: 0 };
        for name in path.split(|&byte| byte == b'/') {
            match name {
                b"" | b"." => {}
                b".." => names.count = names.count.saturating_sub(1),
                name if name.len() > NAME_LIMIT => return Err(TreeError::NameTooLong),
                name => {
                    *names.names.get_mut(names.count).ok_or(TreeError::NameTooLong)? = name;
                    names.count = names.count.saturating_add(1);
                }
            }
        }
        Ok(names)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &'a [u8]> {
        self.names.into_iter().take(self.count)
    }

    /// The names before the last one, and that.
    pub(super) fn split_last(&self) -> Option<(Self, &'a [u8])> {
        let count = self.count.checked_sub(1)?;
        Some((Self { names: self.names, count }, self.names.get(count)?))
    }
}
