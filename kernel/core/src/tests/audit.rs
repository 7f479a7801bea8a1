//! The rules of the core as a check that tests run after every step, and the counts that must come back.
//!
//! Decides nothing. Main entries: [`World::audit`], [`World::counts`]. Neighbours: `memory::audit` (the same for memory), every
//! test of `tests`.

use std::collections::{HashMap, HashSet};

use kernel_abi::stop::Reasons;

use super::world::World;
use crate::inbox::{Item, Node};
use crate::memory::audit::InUse;
use crate::pending::Wait;
use crate::scheme::SchemeKey;
use crate::thread::{Resume, State, Thread, ThreadKey};

/// What exists; equal before and after whatever cleans up behind itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    memory: InUse,
    threads: usize,
    groups: usize,
    schemes: usize,
    descriptions: usize,
    pipes: usize,
    queues: usize,
    sessions: usize,
    watched: usize,
    nodes: usize,
}

impl World {
    /// Counts everything that can leak. Nodes that are kept ready for servers' timers are no leak.
    pub(super) fn counts(&self) -> Counts {
        let core = &self.core;
        Counts {
            memory: core.memory.in_use(&core.machine),
            threads: core.threads.len(),
            groups: core.groups.len(),
            schemes: core.schemes.len(),
            descriptions: core.descriptions.len(),
            pipes: core.pipes.len(),
            queues: core.queues.len(),
            sessions: core.sessions.len(),
            watched: core.files.watched_count(),
            nodes: core.nodes.used() - core.timers.node_count(),
        }
    }

    /// Runs the kernel's jobs to their end.
    pub(super) fn finish_jobs(&mut self) {
        for _ in 0..10_000 {
            if !self.core.jobs.is_pending() {
                return;
            }
            self.core.run_job();
        }
        panic!("the jobs do not end");
    }

    /// Fails the test if a rule of the core is broken.
    pub(super) fn audit(&self) {
        let core = &self.core;
        let extended: Vec<_> = core.threads.iter().map(|(_, thread)| thread.context.extended).collect();
        core.memory.audit(&core.machine, &extended);
        let linked = self.audit_queues();
        let mut tags = HashSet::new();
        for (key, thread) in core.threads.iter() {
            self.audit_thread(key, thread, &linked);
            let tag = thread.pending.map(|pending| pending.tag);
            assert!(tag.is_none_or(|tag| tags.insert(tag)), "{key:?} shares its tag");
        }
        for (key, group) in core.groups.iter() {
            let members: HashSet<u64> = group.threads.iter().map(|thread| thread.raw()).collect();
            assert_eq!(members.len(), group.threads.len(), "{key:?} lists a thread twice");
            assert!(group.threads.iter().all(|thread| core.threads.get(*thread).is_some()), "{key:?} lists the dead");
            let stands = group.reasons.contains(Reasons::DYING);
            assert!(!group.dying || stands || group.threads.is_empty(), "{key:?} is released with threads that run");
        }
        for (key, receiver) in core.schemes.iter().filter_map(|(key, scheme)| Some((key, scheme.receiver?))) {
            let thread = core.threads.get(receiver.waiter.thread).expect("a receiver lives");
            let pending = thread.pending.expect("a receiver waits");
            assert!(pending.tag == receiver.waiter.tag && matches!(pending.wait, Wait::Inbox), "{key:?}");
            assert_eq!(thread.receiving.map(|receiving| receiving.scheme), Some(key), "another scheme's");
            assert_eq!(core.space_of(receiver.waiter.thread), Some(receiver.space), "{key:?}");
        }
        self.audit_ready();
        self.audit_nodes();
    }

    /// Every inbox is a list; what is linked where.
    fn audit_queues(&self) -> HashMap<u64, Vec<(Node, Item, bool)>> {
        let queues = self.core.schemes.iter();
        queues.map(|(key, scheme)| (key.raw(), self.core.nodes.items(&scheme.queue))).collect()
    }

    fn audit_thread(&self, key: ThreadKey, thread: &Thread, linked: &HashMap<u64, Vec<(Node, Item, bool)>>) {
        let group = self.core.groups.get(thread.group).unwrap_or_else(|| panic!("{key:?} has no group"));
        assert!(group.threads.contains(&key), "{key:?} is in no list");
        assert_eq!(thread.state == State::Waiting, thread.pending.is_some(), "{key:?} waits for nothing or runs");
        assert!(thread.pending.is_none() || thread.outcome.is_none(), "{key:?} waits for what it has");
        if thread.resume == Resume::Retry {
            assert!(thread.pending.is_none() && thread.outcome.is_none(), "{key:?} would make its call twice");
        }
        let in_inbox = |scheme: SchemeKey| {
            let items = linked.get(&scheme.raw()).map(Vec::as_slice).unwrap_or_default();
            items.iter().filter(|(node, ..)| *node == thread.nodes.call).count()
        };
        if let Some(Wait::Scheme(wait)) = thread.pending.map(|pending| pending.wait) {
            assert!(self.core.schemes.get(wait.scheme).is_some(), "{key:?} waits for a server that is gone");
            assert_eq!(in_inbox(wait.scheme), usize::from(!wait.taken), "{key:?}: taken {}", wait.taken);
        } else {
            let calls = linked.values().flatten().filter(|(node, ..)| *node == thread.nodes.call).count();
            assert_eq!(calls, 0, "{key:?} has no call, but it is queued");
        }
        if thread.report.is_some() {
            assert!(!self.core.is_runnable(key), "{key:?} runs with a report");
        }
    }

    /// Who can run will run, once; who is queued knows it.
    fn audit_ready(&self) {
        let core = &self.core;
        let mut queued = HashSet::new();
        for (priority, key) in core.scheduler.ready.entries() {
            if let Some(thread) = core.threads.get(key) {
                assert!(queued.insert(key.raw()), "{key:?} is queued twice");
                assert!(thread.queued && usize::from(thread.priority) == priority, "{key:?}: {thread:?}");
            }
        }
        for (key, thread) in core.threads.iter() {
            assert_eq!(thread.queued, queued.contains(&key.raw()), "{key:?}");
            let will_run = thread.queued || core.scheduler.current == Some(key);
            assert!(!thread.queued || core.scheduler.current != Some(key), "{key:?} runs and is queued");
            assert!(will_run || !core.is_runnable(key), "{key:?} was forgotten: {thread:?}");
        }
    }

    /// Every node belongs to something that exists or waits in an inbox that will free it.
    fn audit_nodes(&self) {
        let core = &self.core;
        let owned = |(_, scheme): (SchemeKey, &crate::scheme::Scheme)| {
            core.nodes.items(&scheme.queue).iter().filter(|(.., owned)| *owned).count() + scheme.watches.len()
        };
        let closed = core.descriptions.iter().filter(|(_, description)| description.closed.is_some()).count();
        let expected = 4 * core.threads.len()
            + 3 * core.groups.len()
            + core.sessions.len()
            + core.timers.node_count()
            + core.jobs.copies()
            + closed
            + core.schemes.iter().map(owned).sum::<usize>();
        assert_eq!(core.nodes.used(), expected, "inbox nodes in use");
    }
}
