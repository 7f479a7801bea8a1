//! Which thread runs next: preemptive round-robin within a priority, lower numbers first.
//!
//! Decides the order and nothing about why a thread can run. Main type: [`ReadyQueues`]. Neighbours: `due` (what a picked
//! thread owes before user code), `suspend` and `complete` (what makes threads runnable), `clock` (the slice's end).

use alloc::collections::VecDeque;

use crate::Core;
use crate::group::Group;
use crate::memory::OutOfMemory;
use crate::seam::{Context, Machine};
use crate::slab::Slab;
use crate::thread::{Resume, State, Thread, ThreadKey};

/// Number of priorities; 0 is the most important.
pub(crate) const PRIORITIES: usize = 8;

/// Priority of the process server.
pub(crate) const SERVER_PRIORITY: u8 = 0;

/// Nanoseconds a thread runs before its equals get their turn.
pub(crate) const SLICE: u64 = 10_000_000;

/// One queue for each priority; room for every thread is reserved when the thread is made.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueues {
    queues: [VecDeque<ThreadKey>; PRIORITIES],
}

impl ReadyQueues {
    /// Makes room at a priority for all threads and one more. A thread that died while it was queued leaves its entry
    /// behind: such entries are dropped here before they take anybody's room.
    ///
    /// # Errors
    /// [`OutOfMemory`].
    pub(crate) fn reserve(&mut self, priority: u8, threads: &Slab<Thread>) -> Result<(), OutOfMemory> {
        let Some(queue) = self.queues.get_mut(usize::from(priority)) else {
            return Ok(());
        };
        let wanted = threads.len().saturating_add(1);
        if queue.capacity().saturating_sub(queue.len()) < wanted {
            queue.retain(|key| threads.get(*key).is_some());
        }
        queue.try_reserve(wanted).map_err(|_| OutOfMemory)
    }

    fn push(&mut self, thread: ThreadKey, priority: u8, place: Place) {
        if let Some(queue) = self.queues.get_mut(usize::from(priority)) {
            match place {
                Place::Front => queue.push_front(thread),
                Place::Back => queue.push_back(thread),
            }
        }
    }

    fn pop(&mut self) -> Option<ThreadKey> {
        self.queues.iter_mut().find_map(VecDeque::pop_front)
    }

    /// Someone of this priority or a more important one waits.
    fn has_equal(&self, priority: u8) -> bool {
        self.queues.iter().take(usize::from(priority).saturating_add(1)).any(|queue| !queue.is_empty())
    }
}

/// End of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Runs before its equals: woken by a message, or preempted with time left.
    Front,
    /// Runs after its equals.
    Back,
}

impl<M: Machine> Core<M> {
    /// The next thread to run, with the machine to run it on; `None` when every thread waits. A step of a job comes first.
    pub fn schedule(&mut self) -> Option<(&mut M, &mut Context)> {
        let straight = core::mem::take(&mut self.straight) && !self.reschedule && !self.jobs.is_pending();
        if let (true, Some(current)) = (straight, self.current) {
            return Some((&mut self.machine, &mut self.threads.get_mut(current)?.context));
        }
        let key = loop {
            if self.jobs.is_pending() {
                self.run_job();
            }
            let Some(key) = self.pick() else {
                if !self.jobs.is_pending() {
                    self.clock_idle();
                }
                return None;
            };
            if self.prepare(key) {
                break key;
            }
        };
        self.clock_running();
        let thread = self.threads.get_mut(key)?;
        Some((&mut self.machine, &mut thread.context))
    }

    /// There is more to do although no thread can run: interrupts are looked at, not waited for, and then a decision is due.
    #[must_use]
    pub fn has_work(&self) -> bool {
        self.jobs.is_pending()
    }

    /// The current thread if nothing speaks against it, else the first of the queues.
    fn pick(&mut self) -> Option<ThreadKey> {
        if let Some(current) = self.current {
            if !self.reschedule && self.is_runnable(current) {
                return Some(current);
            }
            self.current = None;
            self.enqueue(current, Place::Front);
        }
        self.reschedule = false;
        loop {
            let key = self.ready.pop()?;
            let Some(thread) = self.threads.get_mut(key) else {
                continue;
            };
            thread.queued = false;
            if may_run(thread, &self.groups) {
                self.current = Some(key);
                return Some(key);
            }
        }
    }

    /// Neither the thread nor its group has a reason not to run.
    pub(crate) fn is_runnable(&self, key: ThreadKey) -> bool {
        self.threads.get(key).is_some_and(|thread| may_run(thread, &self.groups))
    }

    /// Puts a runnable thread into its queue; does nothing for others and for the current one.
    pub(crate) fn enqueue(&mut self, key: ThreadKey, place: Place) {
        let current_priority = match self.current {
            Some(current) if current == key => return,
            Some(current) => self.threads.get(current).map(|thread| thread.priority),
            None => None,
        };
        let Some(thread) = self.threads.get_mut(key).filter(|thread| may_run(thread, &self.groups)) else {
            return;
        };
        if current_priority.is_none_or(|current| thread.priority < current) {
            self.reschedule = true;
        }
        if !thread.queued {
            thread.queued = true;
            self.ready.push(key, thread.priority, place);
        }
    }

    /// The thread's wait is over: it runs when nothing else holds it.
    pub(crate) fn make_ready(&mut self, key: ThreadKey, resume: Resume) {
        if let Some(thread) = self.threads.get_mut(key) {
            thread.state = State::Ready;
            thread.resume = resume;
        }
        self.enqueue(key, Place::Front);
    }

    /// Somebody waits for the current thread's turn to end.
    pub(crate) fn has_rivals(&self) -> bool {
        let priority = self.current.and_then(|current| self.threads.get(current)).map(|thread| thread.priority);
        priority.is_some_and(|priority| self.ready.has_equal(priority))
    }

    /// The current thread's slice is over: its equals run first.
    pub(crate) fn end_slice(&mut self) {
        if self.has_rivals()
            && let Some(current) = self.current.take()
        {
            self.enqueue(current, Place::Back);
            self.reschedule = true;
        }
    }
}

/// Neither the thread nor its group has a reason not to run.
fn may_run(thread: &Thread, groups: &Slab<Group>) -> bool {
    thread.may_run() && groups.get(thread.group).is_some_and(|group| group.reasons.is_empty())
}

#[cfg(test)]
impl ReadyQueues {
    /// Takes a thread out of turn.
    pub(crate) fn remove(&mut self, thread: ThreadKey) {
        self.queues.iter_mut().for_each(|queue| queue.retain(|key| *key != thread));
    }

    /// What is queued, by priority.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (usize, ThreadKey)> {
        self.queues.iter().enumerate().flat_map(|(priority, queue)| queue.iter().map(move |key| (priority, *key)))
    }
}
