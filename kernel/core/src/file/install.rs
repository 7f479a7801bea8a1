//! How an open file comes into a table and how it ends.
//!
//! Decides that opening is all or nothing, and what the end of the last reference means for each kind of object. Main
//! entries: [`Core::install`], [`Core::release_description`]. Neighbours: `open`, `reply` (new files of schemes), `teardown`.

use super::{Description, DescriptionKey, Descriptor, Object};
use crate::Core;
use crate::errno::Errno;
use crate::group::GroupKey;
use crate::inbox::Item;
use crate::seam::Machine;

impl<M: Machine> Core<M> {
    /// Makes an open file of `object` and puts it into the group's table. On failure nothing has happened and the object
    /// is still the caller's.
    ///
    /// # Errors
    /// As `DescriptorTable::reserve`; ENOMEM.
    pub(crate) fn install(
        &mut self,
        group: GroupKey,
        target: usize,
        object: Object,
        flags: usize,
    ) -> Result<usize, Errno> {
        let index = self.groups.get_mut(group).ok_or(Errno::ESRCH)?.table.reserve(target)?;
        self.descriptions.reserve(1)?;
        let closed = match object {
            Object::Scheme { .. } => Some(self.nodes.reserve()?),
            _ => None,
        };
        let description = self.descriptions.insert(Description::new(object, flags, closed))?;
        self.bind(object, Some(description));
        let close_on_exec = flags & kernel_abi::O_CLOEXEC != 0;
        if let Some(group) = self.groups.get_mut(group) {
            group.table.fill(index, Descriptor { description, close_on_exec });
        }
        Ok(index)
    }

    /// As [`Self::install`]; on failure the object ends.
    ///
    /// # Errors
    /// As [`Self::install`].
    pub(super) fn install_new(
        &mut self,
        group: GroupKey,
        target: usize,
        object: Object,
        flags: usize,
    ) -> Result<usize, Errno> {
        let installed = self.install(group, target, object, flags);
        if installed.is_err() {
            self.end_object(object);
        }
        installed
    }

    /// Objects that report their readiness know the description they have.
    fn bind(&mut self, object: Object, description: Option<DescriptionKey>) {
        match object {
            Object::Pipe(end) => {
                if let Some(pipe) = self.pipes.get_mut(end.pipe) {
                    pipe.half_mut(end.side).description = description;
                }
            }
            Object::Events(queue) => {
                if let Some(queue) = self.queues.get_mut(queue) {
                    queue.description = description;
                }
            }
            Object::Serial(port) => self.files.line_mut(port).description = description,
            Object::Scheme { .. }
            | Object::Socket(_)
            | Object::Memory(_)
            | Object::Timer(_)
            | Object::Log
            | Object::System(_)
            | Object::Target(_) => {}
        }
    }

    /// One reference more, for a pending call.
    ///
    /// # Errors
    /// EBADF; ENFILE if there are too many.
    pub(crate) fn retain_description(&mut self, key: DescriptionKey) -> Result<(), Errno> {
        let entry = self.descriptions.get_mut(key).ok_or(Errno::EBADF)?;
        entry.references = entry.references.checked_add(1).ok_or(Errno::ENFILE)?;
        Ok(())
    }

    /// One reference less; the last one closes the file.
    pub(crate) fn release_description(&mut self, key: DescriptionKey) {
        let Some(entry) = self.descriptions.get_mut(key) else {
            return;
        };
        entry.references = entry.references.saturating_sub(1);
        if entry.references > 0 {
            return;
        }
        self.end_watching(key);
        let Some(entry) = self.descriptions.remove(key) else {
            return;
        };
        if let (Some(node), Object::Scheme { scheme, handle, .. }) = (entry.closed, entry.object) {
            self.deliver_owned(scheme, node, Item::Closed { handle });
        }
        self.end_object(entry.object);
    }

    fn end_object(&mut self, object: Object) {
        match object {
            Object::Pipe(end) => self.close_pipe(end),
            Object::Events(queue) => self.close_queue(queue),
            Object::Memory(object) => {
                self.memory.objects.release(object);
                self.reap_soon();
            }
            Object::Serial(port) => self.close_serial(port),
            Object::Socket(scheme) => self.close_scheme(scheme),
            Object::Scheme { .. } | Object::Timer(_) | Object::Log | Object::System(_) | Object::Target(_) => {}
        }
    }
}
