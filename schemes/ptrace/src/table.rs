//! The table of processes: finding, adding and forgetting them, and giving out ids.
//!
//! Decides ids and lookups. Main type: [`Processes`]. Neighbours: `turn` is how the server works on it, `family` keeps
//! relations. Room for everything that a process can need later on a path that may not fail is reserved when it is made.

use alloc::vec::Vec;
use core::hash::BuildHasherDefault;

use hashbrown::HashMap;
use proc_abi::id::{PID_MAX, Pid, TID_MIN, Tid};
use proc_abi::xstate::XSTATE_MAX;

use crate::by_pid::ByPid;
use crate::core_dump::Dumps;
use crate::effect::Effects;
use crate::errno::{Errno, Result};
use crate::hash::IdHasher;
use crate::id::{KernelGroup, KernelThread, ThreadRef};
use crate::kernel::Loader;
use crate::process::{Flags, Process};
use crate::session::Sessions;
use crate::thread::Thread;

pub(crate) type Map<K, V> = HashMap<K, V, BuildHasherDefault<IdHasher>>;

/// Every process of the system, and what was ordered in the present turn.
#[derive(Clone, Debug)]
pub struct Processes {
    processes: ByPid<Process>,
    /// In order of pid: whoever goes over all processes does so in this order.
    order: Vec<Pid>,
    threads: Map<KernelThread, ThreadRef>,
    tids: Map<Tid, Pid>,
    groups: Map<KernelGroup, Pid>,
    last_pid: i32,
    last_tid: i32,
    last_place: u64,
    /// How many processes carry the mark DOOMED.
    doomed: usize,
    /// No other message waits while this one is worked off.
    pub(crate) is_alone: bool,
    pub(crate) loaders: Vec<(Loader, Pid)>,
    pub(crate) dumps: Dumps,
    pub(crate) sessions: Sessions,
    pub(crate) effects: Effects,
    /// Room for one extended register set.
    pub(crate) scratch: Vec<u8>,
}

impl Processes {
    /// No process yet.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn new() -> Result<Self> {
        let mut scratch = Vec::new();
        scratch.try_reserve_exact(XSTATE_MAX).map_err(|_| Errno::ENOMEM)?;
        scratch.resize(XSTATE_MAX, 0);
        let mut effects = Effects::default();
        effects.reserve_for(0, 0)?;
        Ok(Self {
            processes: ByPid::default(),
            order: Vec::new(),
            threads: Map::default(),
            tids: Map::default(),
            groups: Map::default(),
            last_pid: 0,
            last_tid: TID_MIN.wrapping_sub(1),
            last_place: 0,
            doomed: 0,
            is_alone: false,
            loaders: Vec::new(),
            dumps: Dumps::default(),
            sessions: Sessions::default(),
            effects,
            scratch,
        })
    }

    /// What turns ordered and told since it was last performed.
    #[must_use]
    pub const fn effects(&self) -> &Effects {
        &self.effects
    }

    /// The same, to be performed and cleared.
    pub const fn effects_mut(&mut self) -> &mut Effects {
        &mut self.effects
    }

    /// Process ids in use, ascending.
    #[must_use]
    pub fn pids(&self) -> &[Pid] {
        &self.order
    }

    /// How many processes there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.order.len()
    }

    /// How many threads there are.
    #[must_use]
    pub fn thread_count(&self) -> usize {
        self.threads.len()
    }

    /// A process in any state.
    #[must_use]
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.processes.get(pid)
    }

    pub(crate) fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.processes.get_mut(pid)
    }

    /// A thread.
    #[must_use]
    pub fn thread(&self, at: ThreadRef) -> Option<&Thread> {
        self.get(at.pid)?.thread(at.tid)
    }

    pub(crate) fn thread_mut(&mut self, at: ThreadRef) -> Option<&mut Thread> {
        self.get_mut(at.pid)?.thread_mut(at.tid)
    }

    /// The thread that the kernel calls so.
    #[must_use]
    pub fn find_thread(&self, thread: KernelThread) -> Option<ThreadRef> {
        self.threads.get(&thread).copied()
    }

    /// The thread with this id, wherever it is.
    #[must_use]
    pub fn find_tid(&self, tid: Tid) -> Option<ThreadRef> {
        self.tids.get(&tid).map(|pid| ThreadRef { pid: *pid, tid })
    }

    /// The process that the kernel's group is.
    #[must_use]
    pub fn find_group(&self, group: KernelGroup) -> Option<Pid> {
        self.groups.get(&group).copied()
    }

    /// The number of the next report to wait for its turn.
    pub(crate) const fn next_place(&mut self) -> u64 {
        self.last_place = self.last_place.saturating_add(1);
        self.last_place
    }

    /// A process id that names neither a process nor a process group nor a session.
    pub(crate) fn free_pid(&self) -> Result<Pid> {
        let mut candidate = self.last_pid;
        for _ in 0..PID_MAX {
            candidate = if candidate >= PID_MAX { 1 } else { candidate.wrapping_add(1) };
            if !self.is_pid_used(candidate) {
                return Pid::new(candidate).ok_or(Errno::EAGAIN);
            }
        }
        Err(Errno::EAGAIN)
    }

    fn is_pid_used(&self, raw: i32) -> bool {
        let Some(pid) = Pid::new(raw) else { return true };
        if self.processes.get(pid).is_some() {
            return true;
        }
        let mut others = self.order.iter().filter_map(|pid| self.get(*pid));
        others.any(|process| process.process_group == raw || process.session == raw)
    }

    /// A thread id that names no thread.
    pub(crate) fn free_tid(&self) -> Result<Tid> {
        let mut candidate = self.last_tid;
        for _ in 0..=self.tids.len() {
            candidate = if candidate == i32::MAX { TID_MIN } else { candidate.wrapping_add(1) };
            if let Some(tid) = Tid::new(candidate).filter(|tid| !self.tids.contains_key(tid)) {
                return Ok(tid);
            }
        }
        Err(Errno::EAGAIN)
    }

    /// Room for one more process of this id with one thread, so that [`Processes::insert`] cannot fail.
    pub(crate) fn reserve_process(&mut self, pid: Pid) -> Result<()> {
        self.processes.reserve(pid)?;
        self.groups.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.order.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.reserve_thread()
    }

    /// Room for one more thread in the maps.
    pub(crate) fn reserve_thread(&mut self) -> Result<()> {
        self.threads.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.tids.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        self.effects.reserve_for(self.threads.len().saturating_add(1), self.order.len().saturating_add(1))
    }

    /// Adds a process whose room was reserved, under ids that are free.
    pub(crate) fn insert(&mut self, process: Process) {
        let pid = process.pid;
        for thread in &process.threads {
            let at = ThreadRef { pid, tid: thread.tid };
            self.threads.insert(thread.kernel, at);
            self.tids.insert(thread.tid, pid);
            self.last_tid = thread.tid.raw();
        }
        self.groups.insert(process.group, pid);
        self.last_pid = pid.raw();
        if let Err(position) = self.order.binary_search(&pid) {
            self.order.insert(position, pid);
        }
        let (parent, real) = (process.parent, process.real_parent);
        self.processes.insert(pid, process);
        if real.is_some() || parent.is_some() {
            self.reparent(pid, parent);
        }
    }

    /// Adds a thread whose room was reserved.
    pub(crate) fn insert_thread(&mut self, pid: Pid, thread: Thread) {
        let at = ThreadRef { pid, tid: thread.tid };
        self.threads.insert(thread.kernel, at);
        self.tids.insert(thread.tid, pid);
        self.last_tid = thread.tid.raw();
        if let Some(process) = self.get_mut(pid) {
            process.threads.push(thread);
        }
    }

    /// Forgets a thread.
    pub(crate) fn remove_thread(&mut self, at: ThreadRef) {
        let Some(process) = self.processes.get_mut(at.pid) else { return };
        let Some(index) = process.threads.iter().position(|thread| thread.tid == at.tid) else { return };
        let thread = process.threads.remove(index);
        self.threads.remove(&thread.kernel);
        self.tids.remove(&at.tid);
    }

    /// Forgets the group of a dead process: the kernel has forgotten it too.
    pub(crate) fn remove_group(&mut self, group: KernelGroup) {
        self.groups.remove(&group);
    }

    /// Forgets a process that nobody waits for any more.
    pub(crate) fn remove(&mut self, pid: Pid) {
        self.unlink(pid, crate::family::List::Children);
        self.unlink(pid, crate::family::List::Orphans);
        let Some(process) = self.processes.remove(pid) else { return };
        for thread in &process.threads {
            self.threads.remove(&thread.kernel);
            self.tids.remove(&thread.tid);
        }
        self.groups.remove(&process.group);
        if let Ok(position) = self.order.binary_search(&pid) {
            self.order.remove(position);
        }
    }

    /// Says whether anybody reads the events of a process: nobody is told of the others.
    pub fn set_watched(&mut self, pid: Pid, watched: bool) {
        if let Some(process) = self.get_mut(pid) {
            process.flags.set(Flags::WATCHED, watched);
        }
    }

    /// Marks a process to be killed before the turn ends.
    pub(crate) fn doom(&mut self, pid: Pid) {
        if let Some(process) = self.get_mut(pid) {
            process.flags.insert(Flags::DOOMED);
            self.doomed = self.doomed.saturating_add(1);
        }
    }

    /// The next process that is marked so; its mark is taken off.
    pub(crate) fn take_doomed(&mut self) -> Option<Pid> {
        if self.doomed == 0 {
            return None;
        }
        self.doomed = self.doomed.saturating_sub(1);
        let marked = |pid: &Pid| self.get(*pid).is_some_and(|process| process.is(Flags::DOOMED));
        let pid = self.order.iter().copied().find(marked)?;
        self.get_mut(pid)?.flags.remove(Flags::DOOMED);
        Some(pid)
    }
}

#[cfg(test)]
impl Processes {
    /// The next new process gets this id, as if all between had been used.
    pub(crate) fn reuse_next(&mut self, pid: Pid) {
        self.last_pid = pid.raw().wrapping_sub(1);
    }
}
