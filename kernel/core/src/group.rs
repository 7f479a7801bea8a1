//! Groups of threads: what a server calls a process, with one address space, one table of descriptors, one badge.
//!
//! Decides nothing by itself. Main types: [`Group`], [`GroupKey`]. Neighbours: `thread`, `suspend` (reasons and epochs),
//! `session` (who may use handles on it), `teardown` (its end).

use alloc::vec::Vec;

use kernel_abi::call_set::{CallSet, CallStops};
use kernel_abi::stop::{Causes, Reasons};

use crate::file::DescriptorTable;
use crate::inbox::Node;
use crate::memory::SpaceKey;
use crate::namespace::View;
use crate::run::Run;
use crate::scheme::SchemeKey;
use crate::slab::Key;
use crate::thread::ThreadKey;

/// Names a group; its raw value is the kernel id that servers see.
pub type GroupKey = Key<Group>;

/// One group.
#[derive(Debug)]
pub struct Group {
    /// `None` once the space was given away by exec: a loader's group.
    pub(crate) space: Option<SpaceKey>,
    pub(crate) table: DescriptorTable,
    /// The names it sees; its children see the same.
    pub(crate) view: View,
    /// Where its reports go: its process server, or for native groups whoever made it.
    pub(crate) server: SchemeKey,
    /// Process calls go to `server`; native groups have none.
    pub(crate) process: bool,
    /// Opaque to the kernel; stamped on every message.
    pub(crate) badge: u64,
    /// `GROUP_*` bits of `kernel_abi::effect`.
    pub(crate) flags: u64,
    /// Answer to getpid, 0 = ask the server.
    pub(crate) pid: u32,
    /// Answer to getppid, 0 = ask the server.
    pub(crate) parent_pid: u32,
    pub(crate) threads: Vec<ThreadKey>,
    pub(crate) reasons: Reasons,
    /// Long changes of its map, and passes of exec over its table, that are under way; CHANGING while there are any.
    pub(crate) changes: u32,
    pub(crate) armed: Causes,
    /// Which calls CALL_ENTRY and CALL_EXIT are for; looked at only where one of them is armed.
    pub(crate) calls: CallStops,
    /// Calls whose entry or exit is reported.
    pub(crate) seen: CallSet,
    /// Rises at every completed trace stop, re-report and resume.
    pub(crate) stop_epoch: u64,
    /// Rises at every exec; handles on the old image die with it.
    pub(crate) image: u64,
    /// The server raises it when the group becomes somebody else; handles from before die.
    pub(crate) incarnation: u64,
    /// What a native group gave to exit, or 1 << 32 | vector after a fault.
    pub(crate) status: u64,
    /// Nanoseconds that its threads ran, in ticks.
    pub(crate) run_time: u64,
    pub(crate) priority: u8,
    /// Counts a debugger's and the servers' writes to its memory.
    pub(crate) writes: u64,
    /// Its release has begun: it gets no more threads, and those that it has do not run (reason DYING).
    pub(crate) dying: bool,
    pub(crate) run: Run,
    pub(crate) nodes: GroupNodes,
}

impl Group {
    /// From now on these causes are reported, those of system calls for these calls.
    pub(crate) fn arm(&mut self, causes: Causes, calls: CallStops) {
        (self.armed, self.calls, self.seen) = (causes, calls, CallSet::EMPTY);
        for (cause, set) in [(Causes::CALL_ENTRY, calls.entry), (Causes::CALL_EXIT, calls.exit)] {
            if causes.contains(cause) {
                self.seen = self.seen.union(set);
            }
        }
    }

    /// Its server wants to know of the entry of this call.
    #[inline]
    pub(crate) fn stops_at_entry(&self, number: usize) -> bool {
        self.armed.contains(Causes::CALL_ENTRY) && self.calls.entry.contains_number(number)
    }

    /// Its server wants to know of the exit of this call.
    #[inline]
    pub(crate) fn stops_at_exit(&self, number: usize) -> bool {
        self.armed.contains(Causes::CALL_EXIT) && self.calls.exit.contains_number(number)
    }
}

/// The inbox nodes that a group owns.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GroupNodes {
    pub(crate) stopped: Node,
    pub(crate) run: Node,
    pub(crate) death: Node,
}
