//! What the process server is told of a thread or a group of its own.
//!
//! Decides in which words a thread's state and the server it waits for are told. Neighbours: `authority` (the verbs that ask),
//! `kernel_abi::verb` (the layouts).

use kernel_abi::stop::Reasons;
use kernel_abi::verb::{GroupInformation, RegionInformation, ThreadInformation};

use super::{Core, Errno, Machine};
use crate::group::GroupKey;
use crate::memory::SpaceKey;
use crate::pending::Wait;
use crate::thread::{State, ThreadKey};

impl<M: Machine> Core<M> {
    pub(super) fn thread_information(&self, key: ThreadKey) -> Result<ThreadInformation, Errno> {
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        let group_reasons = self.groups.get(thread.group).map_or(Reasons::empty(), |group| group.reasons);
        let row = kernel_abi::calls::by_number(thread.latched.number).filter(|_| thread.in_call());
        let waits_for = match thread.pending.as_ref().map(|pending| pending.wait) {
            Some(Wait::Scheme(wait)) => self.schemes.get(wait.scheme).map_or(0, |scheme| scheme.owner.raw()),
            _ => 0,
        };
        let state = match (thread.report.is_some(), thread.due.retire.is_some(), thread.state) {
            (true, _, _) => 2,
            (_, true, _) => 3,
            (_, _, State::Waiting) => 1,
            (_, _, State::Ready) => 0,
        };
        Ok(ThreadInformation {
            group: thread.group.raw(),
            reasons: (thread.reasons | group_reasons).bits(),
            state,
            call: row.map_or(u32::MAX, |call| call.shown),
            argument_count: row.map_or(0, |call| u32::from(call.arguments)),
            cause: thread.report.map_or(u32::MAX, |stop| stop.cause as u32),
            arguments: thread.latched.arguments,
            result: thread.result as u64,
            waits_for,
            run_time: thread.run_time,
            reserved: [0; 3],
        })
    }

    /// A region of a space, by its index in the order of addresses.
    pub(super) fn region_information(&self, space: SpaceKey, index: u64) -> Result<RegionInformation, Errno> {
        let index = usize::try_from(index).map_err(|_| Errno::ENOENT)?;
        let region = self.memory.spaces.get(space).and_then(|space| space.region(index));
        region.ok_or(Errno::ENOENT)
    }

    pub(super) fn group_information(&self, key: GroupKey) -> Result<GroupInformation, Errno> {
        let group = self.groups.get(key).ok_or(Errno::ESRCH)?;
        let space = group.space.and_then(|space| self.memory.spaces.get(space)).ok_or(Errno::ESRCH)?;
        Ok(GroupInformation {
            reasons: group.reasons.bits(),
            stop_epoch: group.stop_epoch,
            map_timestamp: u64::from(space.timestamp()),
            frames: space.resident(),
            threads: u32::try_from(group.threads.len()).unwrap_or(u32::MAX),
            regions: u32::try_from(space.region_count()).unwrap_or(u32::MAX),
            descriptors: u32::try_from(group.table.len()).unwrap_or(u32::MAX),
            flags: group.flags as u32,
            run_time: group.run_time,
            reserved: 0,
        })
    }
}
