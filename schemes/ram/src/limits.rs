//! How much the files may hold, and how much they hold.
//!
//! Decides when there is no space: programs cannot take all memory by writing files. Main type: [`Limits`]. Neighbours:
//! `contents` takes pages, `tree` takes nodes.

use crate::tree::TreeError;

/// Counts with their limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pages that may still be taken.
    pub pages: usize,
    /// Files and directories that may still be made.
    pub nodes: usize,
}

impl Limits {
    /// Takes one page.
    ///
    /// # Errors
    /// [`TreeError::NoSpace`].
    pub fn take_page(&mut self) -> Result<(), TreeError> {
        self.pages = self.pages.checked_sub(1).ok_or(TreeError::NoSpace)?;
        Ok(())
    }

    /// Takes one node.
    ///
    /// # Errors
    /// [`TreeError::NoSpace`].
    pub fn take_node(&mut self) -> Result<(), TreeError> {
        self.nodes = self.nodes.checked_sub(1).ok_or(TreeError::NoSpace)?;
        Ok(())
    }

    /// Gives pages back.
    pub fn give_pages(&mut self, count: usize) {
        self.pages = self.pages.saturating_add(count);
    }

    /// Gives a node back.
    pub fn give_node(&mut self) {
        self.nodes = self.nodes.saturating_add(1);
    }
}
