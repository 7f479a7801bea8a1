//! Making groups and threads: everything they will ever need to report or die is reserved here.
//!
//! Decides that a half-made group or thread leaves nothing behind. Main types: [`NewThread`]. Neighbours: `boot`, `fork`,
//! `socket` (verbs that create), `teardown` (the reverse).

use alloc::vec::Vec;

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::registers::{DebugRegisters, Registers};
use kernel_abi::stop::{Causes, Reasons};

use crate::Core;
use crate::errno::Errno;
use crate::file::DescriptorTable;
use crate::group::{Group, GroupKey, GroupNodes};
use crate::inbox::Node;
use crate::memory::SpaceKey;
use crate::namespace::View;
use crate::run::Run;
use crate::scheduler::PRIORITIES;
use crate::scheme::SchemeKey;
use crate::seam::{Context, Machine, Root};
use crate::thread::{Due, Latched, Phase, Resume, State, Thread, ThreadKey, ThreadNodes};

/// What a new thread starts with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewThread {
    pub(crate) group: GroupKey,
    pub(crate) registers: Registers,
    pub(crate) bases: (u64, u64),
    pub(crate) reasons: Reasons,
}

impl<M: Machine> Core<M> {
    /// A group without threads. The reference on `space` passes to it; on failure it stays the caller's.
    ///
    /// # Errors
    /// ENOMEM; EINVAL for a priority that does not exist.
    pub(crate) fn create_group(
        &mut self,
        server: SchemeKey,
        space: SpaceKey,
        table: DescriptorTable,
        priority: u8,
    ) -> Result<GroupKey, Errno> {
        if usize::from(priority) >= PRIORITIES {
            return Err(Errno::EINVAL);
        }
        self.groups.reserve(1)?;
        self.jobs.reserve(self.groups.len().saturating_add(1))?;
        let [stopped, run, death] = self.reserve_nodes()?;
        let group = Group {
            space: Some(space),
            table,
            view: View::default(),
            server,
            process: false,
            badge: 0,
            flags: 0,
            pid: 0,
            parent_pid: 0,
            run_time: 0,
            threads: Vec::new(),
            reasons: Reasons::empty(),
            changes: 0,
            armed: Causes::empty(),
            calls: CallStops::ALL,
            seen: CallSet::EMPTY,
            stop_epoch: 0,
            image: 1,
            incarnation: 0,
            status: 0,
            priority,
            writes: 0,
            dying: false,
            run: Run::default(),
            nodes: GroupNodes { stopped, run, death },
        };
        Ok(self.groups.insert(group)?)
    }

    /// Reserves several nodes or none.
    pub(crate) fn reserve_nodes<const N: usize>(&mut self) -> Result<[Node; N], Errno> {
        let mut nodes = [None; N];
        for index in 0..N {
            match (self.nodes.reserve(), nodes.get_mut(index)) {
                (Ok(node), Some(place)) => *place = Some(node),
                _ => {
                    nodes.into_iter().flatten().for_each(|node| self.nodes.give(node));
                    return Err(Errno::ENOMEM);
                }
            }
        }
        let mut made = nodes.into_iter().flatten();
        let first = made.next().ok_or(Errno::ENOMEM)?;
        Ok(core::array::from_fn(|index| if index == 0 { first } else { made.next().unwrap_or(first) }))
    }

    /// A thread of a group, not queued yet.
    ///
    /// # Errors
    /// ENOMEM; ESRCH if the group is gone or going.
    pub(crate) fn create_thread(&mut self, new: NewThread) -> Result<ThreadKey, Errno> {
        let group = self.groups.get_mut(new.group).filter(|group| !group.dying).ok_or(Errno::ESRCH)?;
        let space = group.space.ok_or(Errno::ESRCH)?;
        let priority = group.priority;
        group.threads.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let root = self.memory.spaces.get(space).map(crate::memory::Space::root).ok_or(Errno::ESRCH)?;
        self.threads.reserve(1)?;
        self.scheduler.ready.reserve(priority, &self.threads)?;
        let extended = self.memory.frames.allocate()?;
        let nodes = match self.reserve_nodes() {
            Ok([call, cancel, report, death]) => ThreadNodes { call, cancel, report, death },
            Err(errno) => {
                self.memory.frames.release(extended);
                return Err(errno);
            }
        };
        self.machine.reset_extended(extended);
        let thread = Thread {
            group: new.group,
            context: fresh_context(new.registers, new.bases, extended, root),
            state: State::Ready,
            reasons: new.reasons,
            report: None,
            due: Due::default(),
            phase: Phase::User,
            latched: Latched::default(),
            pending: None,
            words: [0; 8],
            outcome: None,
            note: None,
            interrupted: None,
            stepping: false,
            result: 0,
            priority,
            queued: false,
            resume: Resume::User,
            receiving: None,
            run_time: 0,
            nodes,
        };
        let key = self.threads.insert(thread)?;
        if let Some(group) = self.groups.get_mut(new.group) {
            group.threads.push(key);
        }
        Ok(key)
    }
}

/// The context of a thread that has not run.
fn fresh_context(registers: Registers, bases: (u64, u64), extended: crate::seam::Frame, root: Root) -> Context {
    let (fs_base, gs_base) = bases;
    let debug = DebugRegisters::default();
    Context { registers, fs_base, gs_base, extended, root, debug, full_restore: true }
}
