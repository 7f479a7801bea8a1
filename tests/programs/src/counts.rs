//! What the kernel has in use, for finding what a test left behind.
//!
//! Decides nothing: every line of `sys:counts` is compared. Main type: [`Counts`]. Neighbours: `suite` compares before and
//! after each case.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::Result;
use runtime::file::{File, OpenFlags};

/// The lines of `sys:counts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts(String);

impl Counts {
    /// Reads them.
    ///
    /// # Errors
    /// As the kernel refuses it.
    pub fn read() -> Result<Self> {
        let mut text = Vec::new();
        File::open("sys:counts", OpenFlags::READ)?.read_to_end(&mut text)?;
        Ok(Self(String::from_utf8_lossy(&text).into_owned()))
    }

    /// The first line that differs, as it was and as it is.
    #[must_use]
    pub fn difference(&self, later: &Self) -> Option<String> {
        let differing = self.0.lines().zip(later.0.lines()).find(|(before, after)| before != after);
        let (before, after) = differing?;
        Some(format!("counts: {before} became {after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn differences_name_the_line() {
        let before = Counts("frames 9 free 5\nthreads 3\n".into());
        let after = Counts("frames 9 free 5\nthreads 4\n".into());
        assert_eq!(before.difference(&before), None);
        assert_eq!(before.difference(&after).as_deref(), Some("counts: threads 3 became threads 4"));
    }
}
