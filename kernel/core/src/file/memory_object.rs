//! Memory objects as open files: `memory:anonymous/LENGTH` and `image:`.
//!
//! Decides names, lengths and what a write beyond the end is (ENOSPC: objects of this scheme do not grow). Neighbours:
//! `memory::object_file` (moves the bytes), `map` (maps the objects), `open`.

use super::buffer::clamp;
use super::{Object, TRANSFER_PAGES};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::memory::{Budget, ObjectKey};
use crate::seam::{Machine, PAGE_SIZE, Page};
use crate::thread::ThreadKey;
use crate::user::short_errno;

/// What precedes the length in the name of a new object.
const ANONYMOUS: &str = "anonymous/";

impl<M: Machine> Core<M> {
    /// A new object of the length in its name, in bytes, rounded up to pages.
    ///
    /// # Errors
    /// ENOENT for other names; EINVAL for a length that is no number or 0; ENOMEM.
    pub(super) fn make_memory(&mut self, name: &str) -> Result<Object, Errno> {
        let length = name.strip_prefix(ANONYMOUS).ok_or(Errno::ENOENT)?;
        let length = length.parse::<u64>().ok().filter(|length| *length > 0).ok_or(Errno::EINVAL)?;
        Ok(Object::Memory(self.memory.objects.create(length.div_ceil(PAGE_SIZE as u64))?))
    }

    /// The boot image.
    ///
    /// # Errors
    /// ENOENT if the machine was booted without one.
    pub(super) fn make_image(&mut self) -> Result<Object, Errno> {
        let image = self.image.ok_or(Errno::ENOENT)?;
        self.memory.objects.retain(image);
        Ok(Object::Memory(image))
    }

    /// Length in bytes.
    pub(super) fn memory_length(&self, object: ObjectKey) -> u64 {
        Page(self.memory.objects.get(object).map_or(0, |object| object.length())).start()
    }

    pub(super) fn read_memory(&mut self, key: ThreadKey, object: ObjectKey, buffer: (u64, u64), offset: u64) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let length = clamp(buffer.1) as u64;
        self.memory
            .read_object(
                &mut self.machine,
                (object, offset),
                (space, buffer.0),
                length,
                &mut Budget::pages(TRANSFER_PAGES),
            )
            .map(|count| Done::Value(count as usize))
            .map_err(short_errno)
    }

    pub(super) fn write_memory(
        &mut self,
        key: ThreadKey,
        object: ObjectKey,
        buffer: (u64, u64),
        offset: u64,
    ) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        if !self.memory.objects.get(object).is_some_and(|object| object.is_writable()) {
            return Err(Errno::EROFS);
        }
        let length = clamp(buffer.1) as u64;
        if length > 0 && offset >= self.memory_length(object) {
            return Err(Errno::ENOSPC);
        }
        self.memory
            .write_object(
                &mut self.machine,
                (object, offset),
                (space, buffer.0),
                length,
                &mut Budget::pages(TRANSFER_PAGES),
            )
            .map(|count| Done::Value(count as usize))
            .map_err(short_errno)
    }
}
