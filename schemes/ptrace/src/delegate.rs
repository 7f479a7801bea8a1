//! Delegated runs: when a tracer may run its target without this server.
//!
//! Decides the conditions under which a resume, and the stop of the thread that reported, involve no policy. Main type:
//! [`Leave`]; main methods: `judge_runs`, `runnable_by`. Neighbours: `session` (who was given leave), `delegate::news` (what the
//! server learns afterwards), `stop` and `resume` (the same by turns), `kernel_abi::run`; docs/decisions/0006-delegated-stops.md.

use proc_abi::event::EventMask;
use proc_abi::fault_set::{TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_TRACE};
use proc_abi::id::{Pid, Tid};
use proc_abi::signal::{SIG_IGN, SIGCHLD, SIGTRAP};

use crate::blocked::{Blocked, Waiting};
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::id::{KernelThread, SessionId};
use crate::kernel::Kernel;
use crate::process::{Flags, Process};
use crate::session::Session;
use crate::stops::Stops;
use crate::table::Processes;
use crate::thread::{DebugFlags, Point, Stage, Stop, Thread};
use crate::turn::Turn;

mod news;

pub use news::{Delegated, Motion};

/// Leave of a session to run its target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Leave {
    /// Nobody opened `run` for it.
    #[default]
    Unasked,
    /// Not now.
    Withheld,
    /// The kernel was told so; the thread that is run and stops is this one.
    Granted(Tid, KernelThread),
}

/// What a process waits for before it may be left to its tracer: a trace stop that is complete and collected.
const COLLECTED: Flags = Flags::STOPPED_TRACE.union(Flags::STOP_COMPLETE).union(Flags::WAITED);

/// Flags of a process for which a resume is more than a resume.
const INVOLVED: Flags = Flags::TOKEN_STOP
    .union(Flags::PPTRACE)
    .union(Flags::PPWAIT)
    .union(Flags::INEXEC)
    .union(Flags::WEXIT)
    .union(Flags::WKILLED)
    .union(Flags::SINGLE_EXIT)
    .union(Flags::DOOMED);

/// Flags that a thread may have in a stop that is left without us.
const PLAIN: DebugFlags = DebugFlags::XSIG.union(DebugFlags::SCE).union(DebugFlags::SCX);

impl Processes {
    /// The thread by which the session may run its target now.
    pub(crate) fn runnable_by(&self, session: &Session) -> Option<(Tid, KernelThread)> {
        let process = self.get(session.target)?;
        let thread = collected_in(process, session)?;
        let alone = !self.sessions.are_others_on(session.target, session.id);
        let unheard = self.needs_no_news(session.opener);
        (alone && unheard && takes_traps(process, thread) && is_plain(process, thread))
            .then_some((thread.tid, thread.kernel))
    }

    /// A stop that nobody tells this process of is missed by nobody: no handler, no wait.
    fn needs_no_news(&self, tracer: Pid) -> bool {
        let waits = |thread: &Thread| matches!(thread.blocked, Some(Blocked { waiting: Waiting::Child(_), .. }));
        self.get(tracer).is_some_and(|tracer| {
            tracer.is_alive() && tracer.actions.discards(SIGCHLD) && !tracer.threads.iter().any(waits)
        })
    }

    /// Somebody opened `run`.
    #[must_use]
    pub const fn has_runs(&self) -> bool {
        self.sessions.has_runs()
    }
}

/// The reporting thread of a process that is in nothing but a trace stop, which this session has collected. Every field is named,
/// so that whoever adds one has to say here whether a resume would look at it.
fn collected_in<'a>(process: &'a Process, session: &Session) -> Option<&'a Thread> {
    let Process {
        pid: _,
        group: _,
        life: _,
        flags,
        name: _,
        parent,
        real_parent: _,
        news: _,
        latest_news: _,
        links: _,
        process_group: _,
        session: _,
        credentials: _,
        incarnation: _,
        actions: _, // `takes_traps` looks at it.
        queue: _,   // So it does at this.
        threads,
        events: _, // `is_plain` does.
        xthread,
        xsig: _,
        tracing,
        tie: _,
        last_close: _,
        epoch: _,
        sequence: _,
        ending,
        vfork_parent,
        exec,
        timer: _, // Its signal is a message to the server.
        limits: _,
        stops: _, // `takes_traps` does; of calls the kernel knows.
        armed: _,
        watch,
    } = process;
    let thread = process.thread((*xthread)?)?;
    let traced = process.is_alive() && process.diverts_signals() && *tracing == Some(session.id);
    let stopped = flags.contains(COLLECTED) && *parent == Some(session.opener);
    let busy = flags.intersects(INVOLVED) || exec.is_some() || ending.is_some() || vfork_parent.is_some();
    let aside = threads.iter().all(|other| other.tid == thread.tid || stands_aside(other));
    (traced && stopped && !busy && watch.is_idle() && aside).then_some(thread)
}

/// A thread that did not report is where it was, and a resume does nothing with it but let it run, unless it is held. What it
/// waits for in a call of ours comes by a message. Every field is named, so that whoever adds one has to say here whether a
/// resume would look at it.
fn stands_aside(thread: &Thread) -> bool {
    let Thread {
        tid: _,
        kernel: _,
        stage,
        flags,
        xsig: _,
        info: _,
        mask: _, // Traps are the reporting thread's own.
        suspending,
        saved_mask: _,
        queue: _, // `takes_traps` looks at it.
        stack: _,
        name: _,
        call: _,
        given_result,
        child,
        blocked: _,
        deferred,
        asleep: _,
        woken: _,
        passed: _,
        vfork_child,
    } = thread;
    let known = PLAIN.union(DebugFlags::SUSPEND).contains(*flags);
    let owes = given_result.is_some() || child.is_some() || vfork_child.is_some() || deferred.is_some();
    matches!(stage, Stage::Away) && known && !owes && !suspending
}

/// A trap becomes a stop by SIGTRAP at once, whatever is pending.
fn takes_traps(process: &Process, thread: &Thread) -> bool {
    let Stops { calls: _, signals, faults } = &process.stops;
    let quiet = !process.has_pending_signals();
    let traps = [TRAP_NUMBER_BREAKPOINT, TRAP_NUMBER_TRACE];
    let seen = signals.contains(SIGTRAP) && traps.iter().all(|trap| faults.contains(*trap));
    quiet && seen && !thread.mask.contains(SIGTRAP) && process.actions.get(SIGTRAP).handler != SIG_IGN
}

/// The stop is left by going on, and by nothing else. Every field is named, so that whoever adds one has to say here whether
/// a resume would look at it.
fn is_plain(process: &Process, thread: &Thread) -> bool {
    let Thread {
        tid: _,
        kernel: _,
        stage,
        flags,
        xsig: _,
        info: _,
        mask: _,
        suspending,
        saved_mask,
        queue: _,
        stack: _,
        name: _,
        call: _,
        given_result,
        child,
        blocked,
        deferred,
        asleep: _,
        woken: _,
        passed: _,
        vfork_child,
    } = thread;
    // Away is the stop of an attach: the thread is where it was, and nothing of the stop's is left to be done.
    let point = matches!(
        stage,
        Stage::Away | Stage::Stopped(Stop::Signal(_) | Stop::Event(Point::CallEntry | Point::CallExit), _)
    );
    // Without traced calls no exit would take away what an entry has left.
    let calls = process.events.intersects(EventMask::SCE | EventMask::SCX);
    let known = PLAIN.contains(*flags) && (calls || !flags.contains(DebugFlags::SCE));
    let owes = given_result.is_some() || child.is_some() || vfork_child.is_some() || deferred.is_some();
    let waits = blocked.is_some() || *suspending || saved_mask.is_some();
    point && known && !owes && !waits
}

impl<K: Kernel> Turn<'_, K> {
    /// `run` of a process is opened: gives the session it belongs to.
    ///
    /// # Errors
    /// ESRCH, EPERM, EBUSY without a session.
    pub fn open_run(&mut self, opener: Pid, target: Pid) -> Result<SessionId> {
        self.may_debug(opener, target)?;
        let session = self.table.sessions.find_mut(opener, target).ok_or(Errno::EBUSY)?;
        if session.leave == Leave::Unasked {
            session.leave = Leave::Withheld;
        }
        let id = session.id;
        self.table.sessions.note_run();
        Ok(id)
    }

    /// Grants and takes leave as things are now; to be called when a turn's orders are done. `is_observed` tells whether
    /// anybody would see a record of this process.
    pub fn judge_runs(&mut self, is_observed: impl Fn(Pid) -> bool) {
        let mut index = 0;
        while let Some(session) = self.table.sessions.at(index).copied() {
            if session.leave != Leave::Unasked {
                let granted = self.table.runnable_by(&session).filter(|_| !is_observed(session.target));
                self.give_leave(
                    index,
                    &session,
                    granted.map_or(Leave::Withheld, |(tid, kernel)| Leave::Granted(tid, kernel)),
                );
            }
            index = index.saturating_add(1);
        }
        self.table.sessions.recount_runs();
    }

    fn give_leave(&mut self, index: usize, session: &Session, leave: Leave) {
        if leave == session.leave {
            return;
        }
        if let Some(session) = self.table.sessions.at_mut(index) {
            session.leave = leave;
        }
        let thread = match leave {
            Leave::Granted(tid, kernel) => Some((tid, kernel)),
            Leave::Withheld | Leave::Unasked => None,
        };
        self.order(Effect::Delegate { session: session.id, thread });
    }
}
