//! What the kernel has in use, for finding what a test left behind.
//!
//! Decides that everything in `sys:counts` is compared but the serial lines' lost bytes. Main type: [`Counts`]. Neighbours:
//! `suite` compares before and after each case.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::Result;
use runtime::file::{File, OpenFlags};

/// A line that counts events, not things.
const IGNORED: &str = "overruns";

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
        Ok(Self::from_text(&String::from_utf8_lossy(&text)))
    }

    fn from_text(text: &str) -> Self {
        Self(text.lines().filter(|line| !line.starts_with(IGNORED)).map(|line| format!("{line}\n")).collect())
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
        let before = Counts::from_text("frames 9 free 5\nthreads 3\noverruns 0\n");
        let after = Counts::from_text("frames 9 free 5\nthreads 4\noverruns 2\n");
        assert_eq!(before.difference(&before), None);
        assert_eq!(before.difference(&after).as_deref(), Some("counts: threads 3 became threads 4"));
        let lost = Counts::from_text("frames 9 free 5\nthreads 3\noverruns 9\n");
        assert_eq!(before.difference(&lost), None);
    }
}
