//! Where the initial stack of each process's image began: what `cmdline`, `auxv` and `exe` are read from.
//!
//! Decides that a child has its parent's until it executes something itself. Main type: [`Stacks`]. Neighbours: `server`
//! sees the orders of exec and the news of forks, `initial_stack` reads such a stack.

use hashbrown::HashMap;
use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::Pid;

/// Stack pointers by pid. Without memory for one, the files that need it say that they have nothing.
#[derive(Debug, Default)]
pub(crate) struct Stacks {
    pointers: HashMap<i32, u64>,
}

impl Stacks {
    /// A process begins with this stack.
    pub(crate) fn remember(&mut self, pid: i32, pointer: u64) {
        if self.pointers.try_reserve(1).is_ok() {
            self.pointers.insert(pid, pointer);
        }
    }

    /// A child has its parent's.
    pub(crate) fn inherit(&mut self, record: &EventRecord) {
        if record.kind == EventKind::Forked as u32
            && let Some(pointer) = self.pointers.get(&record.pid).copied()
        {
            self.remember(record.child_pid, pointer);
        }
    }

    /// A process is forgotten.
    pub(crate) fn forget(&mut self, pid: Pid) {
        self.pointers.remove(&pid.raw());
    }

    /// Where the initial stack of a process's image began.
    pub(crate) fn get(&self, pid: Pid) -> Option<u64> {
        self.pointers.get(&pid.raw()).copied()
    }
}
