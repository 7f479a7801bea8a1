//! Exec's last step: the caller's thread moves into the space that the loader built.
//!
//! Decides what a new image starts with: a clean frame, initial FPU state, no debug registers, no bases, close-on-exec done,
//! the loader itself unmapped. Checked first, then it cannot fail. Neighbours: `batch` (EXEC_COMMIT), `frame`, `teardown`.

use kernel_abi::effect::Effect;
use kernel_abi::registers::DebugRegisters;
use kernel_abi::stop::Reasons;
use kernel_abi::verb::BATCH_EFFECTS;

use crate::Core;
use crate::errno::Errno;
use crate::frame::start_registers;
use crate::group::GroupKey;
use crate::memory::{PageRange, SpaceKey};
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Descriptors that one entry looks at.
const LOOKS: usize = 256;

/// A pass over the table of a group that is in exec. Nothing of the new image runs before its end (reason CHANGING).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Closing {
    group: GroupKey,
    /// The first descriptor that was not looked at.
    from: usize,
}

/// Most bytes a loader may take up.
const LOADER_LIMIT: u64 = 16 << 20;

impl<M: Machine> Core<M> {
    /// Whether EXEC_COMMIT can be done.
    ///
    /// # Errors
    /// ESRCH, EPERM; EINVAL for an entry or stack outside user space or a bad range; EBUSY while the caller runs or the
    /// loader's space is being copied or changed.
    pub(crate) fn check_exec(&mut self, scheme: SchemeKey, effect: &Effect) -> Result<(), Errno> {
        let [loader, entry, stack, start, length, _] = effect.words;
        let thread = self.own_thread(scheme, effect.target)?;
        let loader = self.own_group(scheme, loader)?;
        start_registers(entry, stack, [0; 3])?;
        let group = self.groups.get(loader).filter(|group| group.space.is_some()).ok_or(Errno::ESRCH)?;
        if group.reasons.intersects(Reasons::COPYING | Reasons::CHANGING) {
            return Err(Errno::EBUSY);
        }
        if self.scheduler.current == Some(thread) || self.group_of(thread) == Some(loader) {
            return Err(Errno::EBUSY);
        }
        // Every effect of the batch may be an exec with a table that is too long for one entry.
        self.jobs.reserve(self.groups.len().saturating_add(BATCH_EFFECTS))?;
        PageRange::new(start, length).filter(|_| length <= LOADER_LIMIT).map(|_| ()).ok_or(Errno::EINVAL)
    }

    /// EXEC_COMMIT.
    pub(crate) fn commit_exec(&mut self, effect: &Effect) {
        let [loader, entry, stack, start, length, _] = effect.words;
        let (key, loader) = (ThreadKey::from_raw(effect.target), GroupKey::from_raw(loader));
        let Some(group) = self.group_of(key) else {
            // An earlier effect of the batch killed the caller: the loader stays, for its server to kill.
            return;
        };
        let Some(space) = self.groups.get_mut(loader).and_then(|group| group.space.take()) else {
            return;
        };
        // The loader has given its space away; the rest of its group is released as any other's.
        self.kill_group(loader);
        if let Some(range) = PageRange::new(start, length) {
            // The loader's regions lie inside the range as a whole, so nothing is cut and this cannot fail.
            self.memory.discard(&mut self.machine, space, range);
        }
        self.replace_image(group, space);
        self.reset_thread(key, entry, stack);
    }

    fn replace_image(&mut self, group_key: GroupKey, space: SpaceKey) {
        let root = self.memory.spaces.get(space).map(crate::memory::Space::root);
        let Some((group, root)) = self.groups.get_mut(group_key).zip(root) else {
            return;
        };
        let old = group.space.replace(space);
        group.image = group.image.wrapping_add(1);
        // Siblings are to be retired; until then none of them may name tables that are about to be freed.
        for sibling in &group.threads {
            if let Some(thread) = self.threads.get_mut(*sibling) {
                thread.context.root = root;
            }
        }
        if let Some(old) = old {
            self.memory.release_space(old);
            self.reap_soon();
        }
        if let Some(from) = self.close_on_exec(group_key, 0) {
            self.hold_for_change(group_key);
            self.jobs.begin_closing(Closing { group: group_key, from });
        }
    }

    /// Closes what exec closes, as far as one entry looks; where the next one goes on, if there is more.
    fn close_on_exec(&mut self, key: GroupKey, from: usize) -> Option<usize> {
        let end = from.saturating_add(LOOKS);
        let rest = self.groups.get(key).is_some_and(|group| group.table.window(end, 1).is_some());
        let mut next = from;
        while let Some((index, descriptor)) =
            self.groups.get_mut(key).and_then(|group| group.table.take_close_on_exec(next..end))
        {
            next = index;
            self.release_description(descriptor.description);
        }
        rest.then_some(end)
    }

    /// One step of a pass that goes on. A group that dies closes everything.
    pub(crate) fn closing_step(&mut self, closing: Closing) {
        let Closing { group, from } = closing;
        let alive = self.groups.get(group).is_some_and(|group| !group.dying);
        match self.close_on_exec(group, from).filter(|_| alive) {
            Some(from) => self.jobs.go_on_closing(Closing { from, ..closing }),
            None => {
                self.jobs.end_change();
                self.release_from_change(group);
            }
        }
    }

    fn reset_thread(&mut self, key: ThreadKey, entry: u64, stack: u64) {
        let (Ok(registers), Some(thread)) = (start_registers(entry, stack, [0; 3]), self.threads.get_mut(key)) else {
            return;
        };
        let context = &mut thread.context;
        context.registers = registers;
        (context.fs_base, context.gs_base) = (0, 0);
        context.debug = DebugRegisters::default();
        context.full_restore = true;
        thread.stepping = false;
        thread.note = None;
        let extended = context.extended;
        self.machine.reset_extended(extended);
    }
}
