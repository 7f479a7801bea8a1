//! Servers that hang: a native thread of the most important priority that keeps the processor and never waits.
//!
//! Decides when such a thread counts as hung; its group is ended then, and whoever made the group hears of it. While it
//! runs nobody can ask it anything, so a server that works comes to the end of its inbox and waits. Main type:
//! [`Watchdog`]. Neighbours: `clock` (ticks), `scheduler` (priorities), `initfs/boot` (what the end of a server means).
//!
//! Ticks are counted, not time: a host that stops the machine for a while hangs no server.

use kernel_abi::message::NATIVE_HUNG;

use crate::Core;
use crate::group::GroupKey;
use crate::scheduler::SERVER_PRIORITY;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// Ticks in a row, of 10 ms each, after which a thread that never waited is hung.
pub(crate) const HUNG_TICKS: u32 = 300;

/// The thread that ran at the latest tick, and for how many ticks it has done so without anybody having begun to wait.
#[derive(Debug, Default)]
pub(super) struct Watchdog {
    thread: Option<ThreadKey>,
    /// Tag of the latest call that waited: while it stays, nobody else has run.
    last_tag: u64,
    ticks: u32,
}

impl Watchdog {
    /// Notes that `thread` runs at a tick; for how many ticks in a row it has done so.
    fn note(&mut self, thread: ThreadKey, last_tag: u64) -> u32 {
        if self.thread != Some(thread) || self.last_tag != last_tag {
            *self = Self { thread: Some(thread), last_tag, ticks: 0 };
        }
        self.ticks = self.ticks.saturating_add(1);
        self.ticks
    }
}

impl<M: Machine> Core<M> {
    /// At a tick: ends the group of a server that hangs.
    pub(super) fn watch_servers(&mut self) {
        let Some((thread, group)) = self.running_server() else {
            return;
        };
        if self.timers.watchdog.note(thread, self.last_tag) < HUNG_TICKS {
            return;
        }
        let rip = self.threads.get(thread).map_or(0, |thread| thread.context.registers.rip);
        log::error!("native group {:#x} hangs at {rip:#x}", group.raw());
        if let Some(group) = self.groups.get_mut(group) {
            group.status = NATIVE_HUNG;
        }
        self.kill_group(group);
    }

    /// The running thread, if it is one that everybody waits for.
    fn running_server(&self) -> Option<(ThreadKey, GroupKey)> {
        let current = self.scheduler.current?;
        let thread = self.threads.get(current).filter(|thread| thread.priority == SERVER_PRIORITY)?;
        let group = self.groups.get(thread.group).filter(|group| !group.process)?;
        Some((current, thread.group)).filter(|_| !group.dying)
    }
}
