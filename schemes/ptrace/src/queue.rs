//! Pending signals of a process or of a thread: queued one by one, not merged.
//!
//! Decides how a signal is kept, limited and taken. Main types: [`SignalQueue`], [`Queued`], [`Marks`]. Neighbours:
//! `signals` sends and scans. FreeBSD: kern_sig.c (sigqueue_add, sigqueue_get); specification section 5.3.
//!
//! A signal that cannot be kept with its information (SIGKILL and SIGSTOP always, others over the limit or out of memory)
//! is kept as one bit; an injected one has a bit of its own, so it is never lost.

use alloc::vec::Vec;

use proc_abi::id::Pid;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{MAX_PENDING_PER_PROCESS, SigSet, Signal};

use crate::errno::{Errno, Result};

bitflags::bitflags! {
    /// What is known of a queued signal beside its information.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
    pub struct Marks: u32 {
        /// A debugger injected it, or does without faults of its kind: it does not stop (KSI_PTRACE).
        const INJECTED = 1;
        /// A trap of the thread itself (KSI_TRAP).
        const TRAP = 2;
        /// From sigqueue(2): refused rather than reduced to a bit (KSI_SIGQ).
        const REFUSABLE = 4;
    }
}

/// A signal with its information.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Queued {
    /// Which.
    pub signal: Signal,
    /// Its information.
    pub info: SigInfo,
    /// Its marks.
    pub marks: Marks,
    /// SIGCHLD of this child: one per child, outside the limit (p_ksi).
    pub child: Option<Pid>,
}

impl Queued {
    /// A signal without more to say.
    #[must_use]
    pub fn new(signal: Signal, code: i32) -> Self {
        Self::with(SigInfo::new(signal, code), signal)
    }

    /// A signal with information.
    #[must_use]
    pub const fn with(info: SigInfo, signal: Signal) -> Self {
        Self { signal, info, marks: Marks::empty(), child: None }
    }

    /// A signal that a debugger injects: nothing but the number.
    #[must_use]
    pub fn injected(signal: Signal) -> Self {
        Self { marks: Marks::INJECTED, ..Self::new(signal, 0) }
    }
}

/// At which end a signal joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Taken next.
    Head,
    /// Taken last.
    Tail,
}

/// Pending signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct SignalQueue {
    pending: SigSet,
    bare: SigSet,
    injected: SigSet,
    list: Vec<Queued>,
}

impl SignalQueue {
    /// Which signals are pending.
    #[must_use]
    pub const fn pending(&self) -> SigSet {
        self.pending
    }

    /// How many count against the process's limit.
    #[must_use]
    pub fn counted(&self) -> usize {
        self.list.iter().filter(|queued| queued.child.is_none()).count()
    }

    /// Adds a signal; `counted` is how many the whole process has queued.
    ///
    /// # Errors
    /// EAGAIN for a refusable one over the limit.
    pub fn add(&mut self, queued: Queued, end: End, counted: usize) -> Result<()> {
        let signal = queued.signal;
        if signal.is_unblockable() {
            self.bare.insert(signal);
        } else if !self.replace_child(&queued) && !self.keep(queued, end, counted) {
            if queued.marks.contains(Marks::INJECTED) {
                self.injected.insert(signal);
            } else if queued.marks.contains(Marks::REFUSABLE) {
                return Err(Errno::EAGAIN);
            } else {
                self.bare.insert(signal);
            }
        }
        self.pending.insert(signal);
        Ok(())
    }

    fn replace_child(&mut self, queued: &Queued) -> bool {
        let Some(child) = queued.child else { return false };
        match self.list.iter_mut().find(|other| other.child == Some(child)) {
            Some(other) => {
                *other = *queued;
                true
            }
            None => false,
        }
    }

    fn keep(&mut self, queued: Queued, end: End, counted: usize) -> bool {
        let over = queued.child.is_none() && counted >= MAX_PENDING_PER_PROCESS;
        if over || self.list.try_reserve(1).is_err() {
            return false;
        }
        match end {
            End::Head => self.list.insert(0, queued),
            End::Tail => self.list.push(queued),
        }
        true
    }

    /// Takes the signal that comes first under this number.
    pub fn take(&mut self, signal: Signal) -> Option<Queued> {
        if !self.pending.contains(signal) {
            return None;
        }
        if self.injected.contains(signal) {
            self.injected.remove(signal);
            self.settle(signal);
            return Some(Queued::injected(signal));
        }
        if self.bare.contains(signal) {
            self.bare.remove(signal);
            self.settle(signal);
            return Some(Queued::new(signal, 0));
        }
        let position = self.list.iter().position(|queued| queued.signal == signal);
        let queued = position.map(|index| self.list.remove(index));
        self.settle(signal);
        queued
    }

    fn settle(&mut self, signal: Signal) {
        let more = self.bare.contains(signal) || self.injected.contains(signal);
        if !more && !self.list.iter().any(|queued| queued.signal == signal) {
            self.pending.remove(signal);
        }
    }

    /// Forgets every signal of this number.
    pub fn delete(&mut self, signal: Signal) {
        self.delete_set(SigSet::of(signal));
    }

    /// Forgets every signal of this set.
    pub fn delete_set(&mut self, set: SigSet) {
        self.pending = self.pending.difference(set);
        self.bare = self.bare.difference(set);
        self.injected = self.injected.difference(set);
        self.list.retain(|queued| !set.contains(queued.signal));
    }

    /// Forgets the SIGCHLD that this child sent.
    pub fn delete_child(&mut self, child: Pid) {
        let Some(index) = self.list.iter().position(|queued| queued.child == Some(child)) else { return };
        let queued = self.list.remove(index);
        self.settle(queued.signal);
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        *self = Self::default();
    }
}
