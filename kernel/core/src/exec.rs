//! Exec's last step: the caller's thread moves into the space that the loader built.
//!
//! Decides what a new image starts with: a clean frame, initial FPU state, no debug registers, no bases, close-on-exec done,
//! the loader itself unmapped. Checked first, then it cannot fail. Neighbours: `batch` (EXEC_COMMIT), `frame`, `teardown`.

use kernel_abi::effect::Effect;
use kernel_abi::registers::DebugRegisters;

use crate::Core;
use crate::errno::Errno;
use crate::frame::start_registers;
use crate::group::GroupKey;
use crate::memory::{PageRange, SpaceKey};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Most bytes a loader may take up.
const LOADER_LIMIT: u64 = 16 << 20;

impl<M: Machine> Core<M> {
    /// Whether EXEC_COMMIT can be done.
    ///
    /// # Errors
    /// ESRCH, EPERM; EINVAL for an entry or stack outside user space or a bad range; EBUSY while the caller runs.
    pub(crate) fn check_exec(&mut self, scheme: SchemeKey, effect: &Effect) -> Result<(), Errno> {
        let [loader, entry, stack, start, length, _] = effect.words;
        let thread = self.own_thread(scheme, effect.target)?;
        let loader = self.own_group(scheme, loader)?;
        start_registers(entry, stack, [0; 3])?;
        self.groups.get(loader).and_then(|group| group.space).ok_or(Errno::ESRCH)?;
        if self.current == Some(thread) || self.group_of(thread) == Some(loader) {
            return Err(Errno::EBUSY);
        }
        PageRange::new(start, length).filter(|_| length <= LOADER_LIMIT).map(|_| ()).ok_or(Errno::EINVAL)
    }

    /// EXEC_COMMIT.
    pub(crate) fn commit_exec(&mut self, effect: &Effect) {
        let [loader, entry, stack, start, length, _] = effect.words;
        let (key, loader) = (ThreadKey::from_raw(effect.target), GroupKey::from_raw(loader));
        let Some(space) = self.groups.get_mut(loader).and_then(|group| group.space.take()) else {
            return;
        };
        self.kill_loader(loader);
        if let Some(range) = PageRange::new(start, length) {
            // The loader's regions lie inside the range as a whole, so nothing is cut and this cannot fail.
            self.memory.discard(&mut self.machine, space, range);
        }
        self.replace_image(key, space);
        self.reset_thread(key, entry, stack);
    }

    /// The loader has given its space away; its group still has a thread, and is released as any other.
    fn kill_loader(&mut self, loader: GroupKey) {
        while let Some(thread) = self.groups.get(loader).and_then(|group| group.threads.last().copied()) {
            self.kill_thread(thread);
        }
    }

    fn replace_image(&mut self, key: ThreadKey, space: SpaceKey) {
        let Some(group_key) = self.group_of(key) else {
            return;
        };
        let Some(group) = self.groups.get_mut(group_key) else {
            return;
        };
        let old = group.space.replace(space);
        group.image = group.image.wrapping_add(1);
        while let Some(descriptor) = self.groups.get_mut(group_key).and_then(|group| group.table.take_close_on_exec()) {
            self.release_description(descriptor.description);
        }
        if let Some(old) = old {
            self.memory.release_space(old);
            self.reap_soon();
        }
    }

    fn reset_thread(&mut self, key: ThreadKey, entry: u64, stack: u64) {
        let root = self.space_of(key).and_then(|space| self.memory.spaces.get(space).map(crate::memory::Space::root));
        let (Ok(registers), Some(root)) = (start_registers(entry, stack, [0; 3]), root) else {
            return;
        };
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let context = &mut thread.context;
        context.registers = registers;
        (context.fs_base, context.gs_base, context.root) = (0, 0, root);
        context.debug = DebugRegisters::default();
        context.full_restore = true;
        thread.stepping = false;
        thread.note = None;
        let extended = context.extended;
        self.machine.reset_extended(extended);
    }
}
