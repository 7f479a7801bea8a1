//! Which thread runs next: preemptive round-robin within a priority, lower numbers first.
//!
//! Decides who is picked and nothing about why a thread can run. Main type: [`Scheduler`]. Neighbours: `due` (what a picked
//! thread owes before user code), `suspend` and `complete` (what makes threads runnable), `clock` (the slice's end).

mod queues;

pub(crate) use queues::{Place, ReadyQueues};

use crate::Core;
use crate::group::Group;
use crate::seam::{Context, Machine};
use crate::slab::Slab;
use crate::thread::{Resume, State, Thread, ThreadKey};

/// Number of priorities; 0 is the most important.
pub(crate) const PRIORITIES: usize = 8;

/// Priority of the process server.
pub(crate) const SERVER_PRIORITY: u8 = 0;

/// Nanoseconds a thread runs before its equals get their turn.
pub(crate) const SLICE: u64 = 10_000_000;

/// Whose turn it is, and who waits for one.
#[derive(Debug, Default)]
pub(crate) struct Scheduler {
    /// The thread that ran last and may go on without a decision.
    pub(crate) current: Option<ThreadKey>,
    /// Its priority.
    priority: u8,
    /// Something happened that may make another thread the right one.
    pub(crate) reschedule: bool,
    pub(crate) ready: ReadyQueues,
}

/// How a picked thread goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// It enters user code.
    Straight,
    /// It owes something first.
    Owing,
}

impl Scheduler {
    /// It is this thread's turn.
    pub(crate) fn turn_to(&mut self, key: ThreadKey, thread: &Thread) {
        self.current = Some(key);
        self.priority = thread.priority;
    }

    /// The thread waits for something: it has no turn any more.
    #[inline]
    pub(crate) fn end_turn_of(&mut self, key: ThreadKey) {
        self.current = self.current.filter(|current| *current != key);
    }

    /// Puts a thread into its queue if nothing keeps it from running; does nothing for the current one.
    #[inline]
    pub(crate) fn enqueue(&mut self, key: ThreadKey, thread: &mut Thread, group: &Group, place: Place) {
        if self.current == Some(key) || !thread.may_run() || !group.reasons.is_empty() {
            return;
        }
        self.reschedule |= self.current.is_none() || thread.priority < self.priority;
        if !thread.queued {
            thread.queued = true;
            self.ready.push(key, thread.priority, place);
        }
    }

    /// Somebody waits for the current thread's turn to end.
    pub(crate) fn has_rivals(&self) -> bool {
        self.current.is_some() && self.ready.has_equal(self.priority)
    }
}

impl Thread {
    #[inline]
    fn way(&mut self, group: &Group) -> Way {
        if self.returns_plainly(group) { Way::Straight } else { Way::Owing }
    }
}

impl<M: Machine> Core<M> {
    /// The next thread to run, with the machine to run it on; `None` when every thread waits. A step of a job comes first.
    pub fn schedule(&mut self) -> Option<(&mut M, &mut Context)> {
        if core::mem::take(&mut self.straight)
            && !(self.scheduler.reschedule | self.jobs.is_pending())
            && let Some(current) = self.scheduler.current
        {
            return Some((&mut self.machine, &mut self.threads.get_mut(current)?.context));
        }
        let key = loop {
            if self.jobs.is_pending() {
                self.run_job();
            }
            let Some((key, way)) = self.pick() else {
                if !self.jobs.is_pending() {
                    self.clock_idle();
                }
                return None;
            };
            if way == Way::Straight || self.prepare(key) {
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
    #[inline]
    fn pick(&mut self) -> Option<(ThreadKey, Way)> {
        let Self { threads, groups, scheduler, .. } = self;
        if let Some(current) = scheduler.current {
            scheduler.current = None;
            if let Some(thread) = threads.get_mut(current)
                && thread.may_run()
                && let Some(group) = groups.get(thread.group)
            {
                if !scheduler.reschedule && group.reasons.is_empty() {
                    scheduler.current = Some(current);
                    return Some((current, thread.way(group)));
                }
                scheduler.enqueue(current, thread, group, Place::Front);
            }
        }
        scheduler.reschedule = false;
        loop {
            let key = scheduler.ready.pop()?;
            let Some(thread) = threads.get_mut(key) else {
                continue;
            };
            thread.queued = false;
            if thread.may_run()
                && let Some(group) = groups.get(thread.group).filter(|group| group.reasons.is_empty())
            {
                scheduler.turn_to(key, thread);
                return Some((key, thread.way(group)));
            }
        }
    }

    /// Neither the thread nor its group has a reason not to run.
    pub(crate) fn is_runnable(&self, key: ThreadKey) -> bool {
        self.threads.get(key).is_some_and(|thread| may_run(thread, &self.groups))
    }

    /// Puts a runnable thread into its queue; does nothing for others and for the current one.
    pub(crate) fn enqueue(&mut self, key: ThreadKey, place: Place) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(group) = self.groups.get(thread.group)
        {
            self.scheduler.enqueue(key, thread, group, place);
        }
    }

    /// The thread's wait is over: it runs when nothing else holds it.
    pub(crate) fn make_ready(&mut self, key: ThreadKey, resume: Resume) {
        if let Some(thread) = self.threads.get_mut(key)
            && let Some(group) = self.groups.get(thread.group)
        {
            thread.state = State::Ready;
            thread.resume = resume;
            self.scheduler.enqueue(key, thread, group, Place::Front);
        }
    }

    /// The current thread's slice is over: its equals run first.
    pub(crate) fn end_slice(&mut self) {
        if self.scheduler.has_rivals()
            && let Some(current) = self.scheduler.current.take()
        {
            self.enqueue(current, Place::Back);
            self.scheduler.reschedule = true;
        }
    }
}

/// Neither the thread nor its group has a reason not to run.
#[inline]
fn may_run(thread: &Thread, groups: &Slab<Group>) -> bool {
    thread.may_run() && groups.get(thread.group).is_some_and(|group| group.reasons.is_empty())
}
