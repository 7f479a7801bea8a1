//! Offsets and look-ups of open files.
//!
//! Decides how a file offset moves. Main entries: [`Core::file_of`], [`Core::advance`]. Neighbours: `user` (descriptors),
//! `file::call` and `seek` (who move offsets), `reply` (answers that move them).

use super::{Description, DescriptionKey, Transfer};
use crate::Core;
use crate::errno::Errno;
use crate::seam::Machine;
use crate::thread::ThreadKey;

impl<M: Machine> Core<M> {
    /// The open file that a descriptor of the thread's group names.
    ///
    /// # Errors
    /// EBADF.
    pub(crate) fn file_of(&self, key: ThreadKey, descriptor: usize) -> Result<(DescriptionKey, &Description), Errno> {
        let description = self.description_of(key, descriptor)?;
        Ok((description, self.descriptions.get(description).ok_or(Errno::EBADF)?))
    }

    /// As [`Self::file_of`], for a read or a write.
    ///
    /// # Errors
    /// EBADF, also if the file was not opened for that.
    pub(super) fn file_for(
        &self,
        key: ThreadKey,
        descriptor: usize,
        transfer: Transfer,
    ) -> Result<(DescriptionKey, &Description), Errno> {
        let (description, entry) = self.file_of(key, descriptor)?;
        entry.check(transfer)?;
        Ok((description, entry))
    }

    /// The file offset moves by `count` bytes.
    pub(crate) fn advance(&mut self, description: DescriptionKey, count: u64) {
        if let Some(entry) = self.descriptions.get_mut(description) {
            entry.offset = entry.offset.saturating_add(count);
        }
    }
}
