//! What is pending in the queues of a process and its threads, and who takes it.
//!
//! Decides which thread a signal is for and which signals a thread can take now. Main methods: [`Process::choose`],
//! [`Process::deliverable`]. Neighbours: `queue` is one queue, `send` fills them, `scan` empties them.

use proc_abi::id::Tid;
use proc_abi::signal::{SigSet, Signal};

use crate::process::Process;
use crate::thread::Thread;

impl Process {
    /// Signals queued with information in all its queues.
    #[must_use]
    pub fn counted_signals(&self) -> usize {
        let of_threads: usize = self.threads.iter().map(|thread| thread.queue.counted()).sum();
        self.queue.counted().saturating_add(of_threads)
    }

    /// Some signal is pending, for it or for one of its threads.
    #[must_use]
    pub fn has_pending_signals(&self) -> bool {
        let of_threads = self.threads.iter().any(|thread| !thread.queue.pending().is_empty());
        of_threads || !self.queue.pending().is_empty()
    }

    /// Signals that the thread could take now.
    #[must_use]
    pub fn deliverable(&self, thread: &Thread) -> SigSet {
        thread.queue.pending().union(self.queue.pending()).difference(thread.mask)
    }

    /// FreeBSD sigtd: the preferred thread if it does not block the signal, else the oldest that does not, else the oldest.
    #[must_use]
    pub fn choose(&self, signal: Signal, preferred: Option<Tid>) -> Option<Tid> {
        let takes = |thread: &&Thread| !thread.mask.contains(signal);
        let own = preferred.and_then(|tid| self.thread(tid)).filter(|thread| !thread.is_dying());
        own.filter(takes).or_else(|| self.live_threads().find(takes)).map(|thread| thread.tid).or_else(|| self.oldest())
    }
}
