//! Time: what is to happen when, and the one hardware timer behind all of it.
//!
//! Decides which deadline the hardware is set to, and the order of what expires: by deadline, then by age. Main types:
//! [`Timers`], [`TimerTarget`]. Neighbours: `clock/call` (sleeping, reading clocks), `clock/server` (timers of servers),
//! `clock/watchdog` (servers that hang), `futex` (timeouts), `file/timer` (timers as files), `scheduler` (slices).
//!
//! An entry is never taken out before its time: what ended earlier or was armed anew leaves one behind that means nothing.
//! When the heap is full, such entries are dropped before it grows.

use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::Core;
use crate::errno::Errno;
use crate::file::{Description, DescriptionKey, Waiter};
use crate::hash::Map;
use crate::inbox::Node;
use crate::memory::OutOfMemory;
use crate::pending::{Outcome, Wait};
use crate::scheduler::SLICE;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::slab::Slab;
use crate::thread::Thread;

mod call;
mod server;
mod time;
pub(crate) mod watchdog;

pub(crate) use time::{Clock, TIME_BYTES, decode_time, encode_time};

use server::ServerTimer;
use watchdog::Watchdog;

/// Entries that one interrupt lets expire at most; the rest follows with the next, at once.
const EXPIRIES: usize = 64;

/// Nanoseconds that user code runs at most while a job of the kernel waits for its next step: about what a step takes.
const JOB_PAUSE: u64 = 250_000;

/// What expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimerTarget {
    /// A call that waits: a sleep is over, a futex wait timed out.
    Call(Waiter),
    /// A timer file.
    File(DescriptionKey),
    /// A timer of a server, by its cookie.
    Server(SchemeKey, u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    deadline: u64,
    /// Order among equal deadlines.
    number: u64,
    target: TimerTarget,
}

impl Ord for Entry {
    /// Reversed: the heap's greatest entry is the one that expires first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.deadline, other.number).cmp(&(self.deadline, self.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// All deadlines.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    entries: BinaryHeap<Entry>,
    /// Number of the latest entry.
    last_number: u64,
    /// Timers of servers that have not expired, by scheme and cookie.
    servers: Map<(SchemeKey, u64), ServerTimer>,
    /// Nodes for timers that a batch is about to set.
    spare: Vec<Node>,
    /// What the hardware is set to.
    programmed: Option<u64>,
    /// The end of the running slice; none while nothing runs.
    tick: Option<u64>,
    /// When a job of the kernel has its next step, at the latest; none while there is no job.
    step: Option<u64>,
    /// At the latest tick somebody waited for the running thread's turn to end.
    contended: bool,
    /// Who kept the processor at the latest ticks.
    watchdog: Watchdog,
}

/// What decides whether an entry still means something.
struct Subjects<'a> {
    threads: &'a Slab<Thread>,
    descriptions: &'a Slab<Description>,
    servers: &'a Map<(SchemeKey, u64), ServerTimer>,
}

impl Subjects<'_> {
    fn is_live(&self, entry: &Entry) -> bool {
        match entry.target {
            TimerTarget::Call(waiter) => waiter.is_live(self.threads),
            TimerTarget::File(description) => {
                let armed = self.descriptions.get(description).and_then(Description::deadline);
                armed == Some(entry.deadline)
            }
            TimerTarget::Server(scheme, cookie) => {
                self.servers.get(&(scheme, cookie)).is_some_and(|timer| timer.deadline == entry.deadline)
            }
        }
    }
}

impl<M: Machine> Core<M> {
    /// Makes room for one more deadline.
    ///
    /// # Errors
    /// ENOMEM.
    pub(crate) fn reserve_timer(&mut self) -> Result<(), Errno> {
        Ok(self.reserve_timers(1)?)
    }

    fn reserve_timers(&mut self, count: usize) -> Result<(), OutOfMemory> {
        let Timers { entries, servers, .. } = &mut self.timers;
        if entries.capacity().saturating_sub(entries.len()) < count {
            let subjects = Subjects { threads: &self.threads, descriptions: &self.descriptions, servers };
            entries.retain(|entry| subjects.is_live(entry));
        }
        entries.try_reserve(count).map_err(|_| OutOfMemory)
    }

    /// Adds a deadline in room that was reserved.
    pub(crate) fn start_timer(&mut self, deadline: u64, target: TimerTarget) {
        self.timers.last_number = self.timers.last_number.wrapping_add(1);
        let number = self.timers.last_number;
        self.timers.entries.push(Entry { deadline, number, target });
        if self.timers.programmed.is_none_or(|programmed| deadline < programmed) {
            self.program_timer();
        }
    }

    /// The hardware timer fired.
    pub(crate) fn timer_interrupt(&mut self) {
        self.timers.programmed = None;
        let now = self.machine.now();
        for _ in 0..EXPIRIES {
            let Some(entry) = self.timers.entries.peek().copied().filter(|entry| entry.deadline <= now) else {
                break;
            };
            self.timers.entries.pop();
            self.expire(entry);
        }
        self.tick(now);
        self.timers.step = None;
        self.program_timer();
    }

    fn expire(&mut self, entry: Entry) {
        match entry.target {
            TimerTarget::Call(waiter) if waiter.is_live(&self.threads) => {
                let wait = self.threads.get(waiter.thread).and_then(|thread| thread.pending.as_ref());
                let result = match wait.map(|pending| pending.wait) {
                    Some(Wait::Sleep { .. }) => Ok(0),
                    _ => Err(Errno::ETIMEDOUT.0),
                };
                self.complete(waiter.thread, Outcome::Result(kernel_abi::encode_result(result)));
            }
            TimerTarget::Call(_) => {}
            TimerTarget::File(description) => self.timer_passed(description, entry.deadline),
            TimerTarget::Server(scheme, cookie) => self.expire_server_timer(scheme, cookie, entry.deadline),
        }
    }

    /// The end of a slice. Switches set no timer: whoever runs when others have waited for two ticks makes room for its
    /// equals. That counts for threads that wake each other in turn, too: they go before their equals, but not for ever.
    fn tick(&mut self, now: u64) {
        if self.timers.tick.is_none_or(|tick| now < tick) {
            return;
        }
        self.timers.tick = Some(now.saturating_add(SLICE));
        if let Some(thread) = self.scheduler.current.and_then(|current| self.threads.get_mut(current)) {
            thread.run_time = thread.run_time.saturating_add(SLICE);
            if let Some(group) = self.groups.get_mut(thread.group) {
                group.run_time = group.run_time.saturating_add(SLICE);
            }
        }
        let contended = self.scheduler.has_rivals();
        if contended && self.timers.contended {
            self.end_slice();
        }
        self.timers.contended = contended && !self.timers.contended;
        self.watch_servers();
    }

    /// A thread is about to run: slices are counted. On the way back of every system call.
    #[inline]
    pub(crate) fn clock_running(&mut self) {
        if self.timers.tick.is_none() {
            self.timers.tick = Some(self.machine.now().saturating_add(SLICE));
            self.program_timer();
        }
        if self.jobs.is_pending() && self.timers.step.is_none() {
            self.timers.step = Some(self.machine.now().saturating_add(JOB_PAUSE));
            self.program_timer();
        }
    }

    /// Nothing is to be run: only deadlines matter.
    pub(crate) fn clock_idle(&mut self) {
        let (tick, step) = (self.timers.tick.take(), self.timers.step.take());
        if tick.is_some() || step.is_some() {
            self.timers.contended = false;
            self.program_timer();
        }
    }

    /// Sets the hardware to the next deadline or tick.
    fn program_timer(&mut self) {
        let next = self.timers.entries.peek().map(|entry| entry.deadline);
        let wanted = [next, self.timers.tick, self.timers.step].into_iter().flatten().min();
        if wanted != self.timers.programmed {
            self.timers.programmed = wanted;
            self.machine.set_timer(wanted);
        }
    }
}

#[cfg(test)]
impl Timers {
    /// Entries in the heap, those without a meaning included.
    pub(crate) fn entry_count(&self) -> usize {
        self.entries.len()
    }

    /// Inbox nodes that servers' timers have, set or not.
    pub(crate) fn node_count(&self) -> usize {
        self.spare.len().saturating_add(self.servers.len())
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BinaryHeap;

    use super::{Entry, TimerTarget};
    use crate::slab::Key;

    #[test]
    fn entries_come_by_deadline_and_then_by_age() {
        let entry = |deadline, number| Entry { deadline, number, target: TimerTarget::File(Key::from_raw(number)) };
        let mut heap: BinaryHeap<_> = [entry(5, 1), entry(3, 2), entry(5, 3), entry(3, 4)].into();
        let order: Vec<_> = core::iter::from_fn(|| heap.pop()).map(|entry| entry.number).collect();
        assert_eq!(order, [2, 4, 1, 3]);
    }
}
