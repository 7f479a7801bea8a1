//! Futex identity: which words of memory are the same word.
//!
//! Decides who is woken by whom. Main type: [`FutexKey`]. Neighbours: the futex call; `region` (sharing).

use kernel_abi::stop::FaultKind;

use super::{Memory, ObjectKey, Protection, Sharing, SpaceKey};
use crate::seam::Page;

/// Names a word: by its place in the object if it is shared, else by its address in its space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FutexKey {
    /// Seen by this space only. A vfork child has the same space and the same words.
    Private {
        /// The space.
        space: SpaceKey,
        /// The address in it.
        address: u64,
    },
    /// Seen by every space that maps the object.
    Shared {
        /// The object.
        object: ObjectKey,
        /// The byte in it.
        offset: u64,
    },
}

impl Memory {
    /// The identity of the word at `address`. It lasts as long as the mapping; the caller checks the alignment.
    ///
    /// # Errors
    /// Unmapped or Protection if a program cannot read there.
    pub fn futex_key(&self, space: SpaceKey, address: u64) -> Result<FutexKey, FaultKind> {
        let page = Page::containing(address);
        let regions = &self.spaces.get(space).ok_or(FaultKind::Unmapped)?.regions;
        let region = regions.find(page).ok_or(FaultKind::Unmapped)?;
        if !region.protection.contains(Protection::READ) {
            return Err(FaultKind::Protection);
        }
        match (region.sharing, region.object_page(page)) {
            (Sharing::Shared, Some((object, index))) => {
                let offset = Page(index).start().saturating_add(super::walk::offset_of(address) as u64);
                Ok(FutexKey::Shared { object, offset })
            }
            (Sharing::Shared, None) | (Sharing::Private, _) => Ok(FutexKey::Private { space, address }),
        }
    }
}
