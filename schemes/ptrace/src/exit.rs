//! The end of a process: its threads, its family, its tracees, and what is left for wait.
//!
//! Decides FreeBSD's exit1 (kern_exit.c; specification sections 6 and 7) over several inputs: other threads tell of their
//! end if a tracer asked for it, then the kernel tears the group down, then there is a zombie. Main methods: `begin_exit`,
//! `exit_now`, `group_dead`. Neighbours: `wait` reaps, `exec` ends threads in the same way, `family` moves children.

use kernel_abi::stop::LastClose;
use kernel_abi::stop::Reasons;
use proc_abi::event::EventMask;
use proc_abi::id::{Pid, Tid};
use proc_abi::siginfo::{CLD_DUMPED, CLD_EXITED, CLD_KILLED};
use proc_abi::signal::{SIGCONT, SIGKILL, Signal};
use proc_abi::wait::WaitStatus;

use crate::effect::{Effect, Farewell, Notice};
use crate::family::List;
use crate::id::{KernelGroup, ThreadRef};
use crate::kernel::Kernel;
use crate::process::{Flags, Life};
use crate::stop_event::Watch;
use crate::thread::{DebugFlags, Stage};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Begins the end of a process by one of its threads; a tracer may want to see the others go.
    pub(crate) fn begin_exit(&mut self, pid: Pid, exiter: Option<Tid>, status: WaitStatus) {
        let Some(process) = self.process_mut(pid) else { return };
        if !process.is_alive() || process.is(Flags::SINGLE_EXIT) {
            return;
        }
        if self.stops_before_exit(pid, exiter, status) {
            return;
        }
        let Some(process) = self.process_mut(pid) else { return };
        let others = process.live_threads().any(|thread| Some(thread.tid) != exiter);
        let wanted = process.is(Flags::TRACED) && process.events.contains(EventMask::LWP);
        if !(others && wanted) {
            self.exit_now(pid, status);
            return;
        }
        self.table.begin_single_exit(pid, status);
        self.abandon_exec(pid);
        self.end_threads(pid, exiter);
    }

    /// Ends all threads of a process but one; each tells of it if that is armed.
    pub(crate) fn end_threads(&mut self, pid: Pid, survivor: Option<Tid>) {
        if let Some(process) = self.process_mut(pid) {
            process.watch.stop = None;
        }
        let mut last = None;
        while let Some(at) = self.next_thread(pid, last) {
            last = Some(at.tid);
            if Some(at.tid) == survivor {
                continue;
            }
            let Some(thread) = self.thread_mut(at) else { return };
            let unstarted = thread.stage.is_unstarted();
            // Whatever call it was in never comes to its exit, so no SCE either.
            thread.flags.remove(DebugFlags::SUSPEND | DebugFlags::XSIG | DebugFlags::SCE | DebugFlags::SCX);
            thread.flags.insert(DebugFlags::EXIT);
            thread.stage = if unstarted { Stage::Dying } else { Stage::Away };
            thread.blocked = None;
            thread.deferred = None;
            let kernel = thread.kernel;
            // A thread that has not lived has nothing to tell; the others must be able to run to tell of their end.
            let farewell = if unstarted { Farewell::Silent } else { Farewell::Report };
            let reasons = Reasons::HELD | Reasons::VFORK | Reasons::SINGLE;
            self.order(Effect::Release { thread: kernel, reasons });
            self.order(Effect::Kill { thread: kernel, farewell });
        }
    }

    /// A thread is gone: an exit or exec that waited for the last of them goes on.
    pub(crate) fn threads_ended(&mut self, pid: Pid) {
        let Some(process) = self.process(pid) else { return };
        if process.is(Flags::SINGLE_EXIT) && process.threads.len() <= 1 {
            if let Some(status) = process.ending {
                self.exit_now(pid, status);
            }
            return;
        }
        self.exec_threads_ended(pid);
    }

    /// Ends a process without further ado: no more stops, no more events. Its tracees go with it, and theirs: one after
    /// the other, for a chain of tracers may be as long as the table.
    pub(crate) fn exit_now(&mut self, pid: Pid, status: WaitStatus) {
        self.exit_one(pid, status);
        while let Some(doomed) = self.table.take_doomed() {
            self.exit_one(doomed, WaitStatus::Killed(SIGKILL));
        }
    }

    fn exit_one(&mut self, pid: Pid, status: WaitStatus) {
        let kept = self.kept_group(pid);
        let Some(process) = self.process_mut(pid) else { return };
        if !process.is_alive() {
            return;
        }
        process.life = Life::Exiting(status);
        process.flags.insert(Flags::WEXIT);
        let gone = Flags::TRACED | Flags::STOPPED_SIG | Flags::STOPPED_TRACE | Flags::STOP_COMPLETE;
        process.flags.remove(gone | Flags::WAITED | Flags::CONTINUED | Flags::PPTRACE | Flags::SINGLE_EXIT);
        process.events = EventMask::empty();
        process.xthread = None;
        process.tracing = None;
        process.watch = Watch::default();
        process.queue.clear();
        for thread in &mut process.threads {
            thread.stage = Stage::Dying;
            thread.blocked = None;
            thread.deferred = None;
            thread.queue.clear();
        }
        let group = process.group;
        let timed = process.timer.deadline != 0;
        let loader = process.exec.take().map(|exec| exec.loader.group);
        self.table.refresh_news(pid);
        if let Some(loader) = loader {
            self.forget_loader(loader);
        }
        if timed {
            self.order(Effect::Timer { cookie: crate::timer::process_cookie(pid), deadline: 0 });
        }
        self.order(Effect::KillGroup { group });
        self.table.end_sessions_of(pid);
        self.leave_family(pid);
        self.hang_up_if_orphaned(kept);
    }

    /// Whoever depended on a dying process finds someone else.
    fn leave_family(&mut self, pid: Pid) {
        let reaper = self.table.reaper().filter(|reaper| *reaper != pid);
        while let Some(child) = self.process(pid).and_then(|process| process.links.first(List::Children)) {
            self.leave_child(pid, child, reaper);
        }
        while let Some(orphan) = self.process(pid).and_then(|process| process.links.first(List::Orphans)) {
            let tracer = self.process(orphan).and_then(|process| process.parent);
            self.set_real_parent(orphan, reaper);
            self.table.reparent(orphan, tracer);
        }
    }

    /// A child, or a tracee, of a dying process.
    fn leave_child(&mut self, pid: Pid, child: Pid, reaper: Option<Pid>) {
        let Some(process) = self.process(child) else { return };
        let own = process.real_parent == Some(pid);
        let heir = if own { reaper } else { process.real_parent };
        let traced = process.is(Flags::TRACED);
        let zombie = process.zombie();
        let kept = self.kept_group(child).filter(|_| own);
        if own {
            self.set_real_parent(child, reaper);
        }
        self.table.reparent(child, heir);
        self.hang_up_if_orphaned(kept);
        if traced {
            self.tracer_died(child);
        } else if let Some(status) = zombie {
            self.tell_of_death(child, status);
        }
    }

    /// A traced process whose tracer is dead is killed (kern_exit.c; kill_on_debugger_exit), unless the tracer promised to
    /// leave it alone.
    fn tracer_died(&mut self, pid: Pid) {
        let Some(last_close) = self.process(pid).map(|process| process.last_close) else { return };
        match last_close {
            LastClose::Kill => self.table.doom(pid),
            LastClose::Run | LastClose::Stop => self.lose_tracer(pid, last_close),
        }
    }

    pub(crate) fn set_real_parent(&mut self, pid: Pid, parent: Option<Pid>) {
        if let Some(process) = self.process_mut(pid) {
            process.real_parent = parent;
        }
        self.identify(pid);
    }

    /// The last thread of a group is gone, and all it held.
    pub fn group_dead(&mut self, group: KernelGroup) {
        let Some(pid) = self.table.find_group(group) else {
            if !self.dumper_dead(group) {
                self.loader_dead(group);
            }
            return;
        };
        // A group that ends without an order of ours was ended by the kernel; SIGKILL says that best.
        self.exit_now(pid, WaitStatus::Killed(SIGKILL));
        self.forget_dumps(pid, None);
        self.table.remove_group(group);
        let Some(process) = self.process_mut(pid) else { return };
        let Life::Exiting(status) = process.life else { return };
        process.life = Life::Zombie(status);
        while let Some(tid) = self.process(pid).and_then(|process| process.threads.first()).map(|thread| thread.tid) {
            self.table.remove_thread(ThreadRef { pid, tid });
        }
        self.table.refresh_news(pid);
        self.publish_death(pid, status);
        self.release_vfork_parent(pid);
        self.tell_of_death(pid, status);
    }

    /// Tells the one who waits for a zombie; who ignores SIGCHLD leaves it to the reaper.
    pub(crate) fn tell_of_death(&mut self, pid: Pid, status: WaitStatus) {
        let Some(parent) = self.process(pid).and_then(|process| process.parent) else {
            self.forget(pid);
            return;
        };
        let reaper = self.table.reaper();
        let discards = self.process(parent).is_some_and(|process| process.actions.discards_children());
        if discards && reaper != Some(parent) {
            self.set_real_parent(pid, reaper);
            self.table.reparent(pid, reaper);
            self.wake_waiters(parent);
            self.tell_of_death(pid, status);
            return;
        }
        let (code, value) = death_code(status);
        self.tell_parent(pid, code, value);
    }

    /// Forgets a zombie for good.
    pub(crate) fn forget(&mut self, pid: Pid) {
        self.table.remove(pid);
        self.table.effects.tell(Notice::Gone(pid));
    }
}

/// si_code and si_status of a death.
pub(crate) const fn death_code(status: WaitStatus) -> (i32, i32) {
    match status {
        WaitStatus::Exited(code) => (CLD_EXITED, code),
        WaitStatus::Killed(signal) | WaitStatus::Stopped(signal) => (CLD_KILLED, Signal::number(signal)),
        WaitStatus::Dumped(signal) => (CLD_DUMPED, Signal::number(signal)),
        WaitStatus::Continued => (CLD_KILLED, SIGCONT.number()),
    }
}
