//! fork and vfork: a child comes to be, followed by the tracer or not.
//!
//! Decides what a child inherits and when it may run. Main methods: `fork`, `job_done`, `release_vfork_parent`. Neighbours:
//! `kernel::fork` copies, `advance` makes the child's first stop. FreeBSD: kern_fork.c (do_fork, fork_return,
//! fork_norfproc); specification section 6, Fork and Vfork.
//!
//! The child's thread is held unstarted until the copy of the space is complete and all orders for it are given, so no
//! window exists in which a followed child runs.

use alloc::vec::Vec;

use kernel_abi::stop::{LastClose, PostCall, Reasons};
use kernel_abi::verb::ForkFlags;
use proc_abi::event::{DEFAULT_EVENT_MASK, EventMask};
use proc_abi::id::{Pid, Tid};
use proc_abi::wait::WaitStatus;

use crate::blocked::{Blocked, Waiting};
use crate::effect::{Effect, Notice};
use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, KernelThread, Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::process::{Flags, Life, Process, RealTimer, Tie};
use crate::queue::SignalQueue;
use crate::stop_event::Watch;
use crate::stops::{Armed, Stops};
use crate::thread::{DebugFlags, Latched, Point, Stage, Thread};
use crate::turn::{ProcessCall, Turn};

/// Which of the two calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fork,
    Vfork,
}

/// What a child inherits of its parent's flags.
const INHERITED: Flags = Flags::SUGID.union(Flags::NOTRACE).union(Flags::NOTRACE_EXEC);

impl<K: Kernel> Turn<'_, K> {
    /// fork() or vfork().
    pub(crate) fn fork(&mut self, at: ThreadRef, call: &ProcessCall, kind: Kind) -> Result<()> {
        let pid = self.table.free_pid()?;
        let tid = self.table.free_tid()?;
        self.table.reserve_process(pid)?;
        self.table.sessions.reserve()?;
        let parent = self.live(at.pid)?;
        let thread = parent.thread(at.tid).ok_or(Errno::ESRCH)?;
        let code = Latched { code: call.number, ..Latched::default() };
        // The kernel's names come with the copy; everything that can fail for want of memory is made before it.
        let mut child = child_of(parent, pid, child_thread(thread, tid, code))?;

        let flags = match kind {
            Kind::Fork => ForkFlags::empty(),
            Kind::Vfork => ForkFlags::SHARE_SPACE,
        };
        let made = match self.kernel.fork(call.thread, flags, pid.raw().unsigned_abs()) {
            Ok(made) => made,
            Err(Errno::EBUSY) => {
                // A sibling forks; no thread of the group runs before that copy is complete, then the call is made again.
                self.order(Effect::ReplyRestart { tag: call.tag });
                return Ok(());
            }
            Err(errno) => return Err(errno),
        };
        child.group = KernelGroup(made.group);
        for thread in &mut child.threads {
            thread.kernel = KernelThread(made.thread);
        }
        if kind == Kind::Vfork {
            child.flags.insert(Flags::PPWAIT);
            child.vfork_parent = Some(at);
        }
        self.table.insert(child);
        self.identify(pid);
        if let Some(thread) = self.thread_mut(at) {
            thread.blocked = Some(Blocked { tag: call.tag, waiting: Waiting::Fork(pid) });
            thread.flags.set(DebugFlags::VFORK, kind == Kind::Vfork);
            thread.vfork_child = (kind == Kind::Vfork).then_some(pid);
        }
        if kind == Kind::Vfork {
            self.start_child(pid);
        }
        Ok(())
    }

    /// The copy of a fork is complete, or has failed.
    pub fn job_done(&mut self, cookie: u64, errno: u32) {
        let Some(pid) = i32::try_from(cookie).ok().and_then(Pid::new) else { return };
        if self.process(pid).is_none_or(|process| process.life != Life::New) {
            return;
        }
        match Errno::new(errno) {
            None => self.start_child(pid),
            Some(errno) => self.abandon_child(pid, errno),
        }
    }

    fn abandon_child(&mut self, pid: Pid, errno: Errno) {
        let Some(child) = self.process(pid) else { return };
        let (group, parent) = (child.group, child.real_parent);
        self.order(Effect::KillGroup { group });
        self.table.remove(pid);
        self.table.effects.tell(Notice::Gone(pid));
        if let Some((at, tag)) = parent.and_then(|parent| self.forker(parent, pid)) {
            self.answer(at, tag, Err(errno));
        }
    }

    /// The thread that waits for this child's copy; it waits no more.
    fn forker(&mut self, parent: Pid, child: Pid) -> Option<(ThreadRef, Tag)> {
        let process = self.process_mut(parent)?;
        let waits = |thread: &&mut Thread| matches!(thread.blocked, Some(Blocked { waiting: Waiting::Fork(pid), .. }) if pid == child);
        let thread = process.threads.iter_mut().find(waits)?;
        let tag = thread.blocked.take()?.tag;
        Some((ThreadRef { pid: parent, tid: thread.tid }, tag))
    }

    /// A complete child: followed or not, then let go; the parent is answered.
    fn start_child(&mut self, pid: Pid) {
        let Some(child) = self.process_mut(pid) else { return };
        child.life = Life::Normal;
        let Some(tid) = child.oldest() else { return };
        let parent = child.real_parent;
        let forker = parent.and_then(|parent| self.forker(parent, pid));
        let follower = forker.and_then(|(at, _)| self.follower(at.pid));
        let at = ThreadRef { pid, tid };
        if let Some(tracer) = follower {
            self.follow(at, tracer);
        }
        self.inherit_watch(pid, parent);
        if let Some((forker, tag)) = forker {
            self.answer_fork(forker, tag, pid, follower.is_some());
        }
        let place = self.table.next_place();
        if let Some(thread) = self.thread_mut(at) {
            let point = if follower.is_some() { Point::ChildStart } else { Point::Start };
            thread.stage = Stage::Pending(point, place);
        }
        self.advance(at);
    }

    /// Who follows the forks of this process.
    fn follower(&self, pid: Pid) -> Option<Pid> {
        let process = self.process(pid)?;
        let follows = process.is(Flags::TRACED) && process.events.contains(EventMask::FORK);
        process.parent.filter(|_| follows)
    }

    /// The child is traced as its parent is.
    fn follow(&mut self, at: ThreadRef, tracer: Pid) {
        self.table.reparent(at.pid, Some(tracer));
        let forker = self.process(at.pid).and_then(|child| child.real_parent);
        let forker = forker.and_then(|forker| self.process(forker));
        let (tie, last_close) = forker.map_or((Tie::Call, LastClose::Kill), |forker| (forker.tie, forker.last_close));
        let session = self.table.ensure_session(tracer, at.pid, last_close);
        let Some(child) = self.process_mut(at.pid) else { return };
        child.flags.insert(Flags::TRACED);
        child.events = DEFAULT_EVENT_MASK;
        child.tracing = session;
        (child.tie, child.last_close) = (tie, last_close);
        if let Some(thread) = child.thread_mut(at.tid) {
            thread.flags.insert(DebugFlags::CHILD | DebugFlags::SCX);
        }
    }

    fn answer_fork(&mut self, at: ThreadRef, tag: Tag, child: Pid, followed: bool) {
        self.publish_fork(at, child);
        let Some(thread) = self.thread_mut(at) else { return };
        thread.child = followed.then_some(child);
        thread.flags.set(DebugFlags::FORK, followed);
        let waits = thread.vfork_child == Some(child);
        let mut post = PostCall::empty();
        post.set(PostCall::REPORT, followed);
        if waits {
            // Both ends of the wait are always reported: the hold begins after the exit stop, and whether the tracer wants
            // to know of the wait's end is asked then, not now.
            post.insert(PostCall::REPORT | PostCall::HOLD | PostCall::POST_HOLD);
        }
        self.answer_with(at, tag, Ok(u64::from(child.raw().unsigned_abs())), post);
    }

    /// A vfork child no longer uses its parent's space: the parent goes on.
    pub(crate) fn release_vfork_parent(&mut self, pid: Pid) {
        let Some(child) = self.process_mut(pid) else { return };
        child.flags.remove(Flags::PPWAIT);
        let Some(parent) = child.vfork_parent.take() else { return };
        let Some(thread) = self.thread_mut(parent) else { return };
        thread.vfork_child = None;
        let kernel = thread.kernel;
        self.order(Effect::Release { thread: kernel, reasons: Reasons::VFORK });
        // Stop signals were left alone while the parent waited.
        self.notify_pending(pid);
    }
}

fn child_thread(parent: &Thread, tid: Tid, call: Latched) -> Thread {
    Thread { mask: parent.mask, stack: parent.stack, name: parent.name, call, ..Thread::new(tid, parent.kernel) }
}

fn child_of(parent: &Process, pid: Pid, thread: Thread) -> Result<Process> {
    let mut threads = Vec::new();
    threads.try_reserve_exact(1).map_err(|_| Errno::ENOMEM)?;
    threads.push(thread);
    Ok(Process {
        life: Life::New,
        flags: parent.flags.intersection(INHERITED),
        name: parent.name,
        process_group: parent.process_group,
        session: parent.session,
        credentials: parent.credentials.try_clone()?,
        actions: parent.actions.try_clone()?,
        limits: parent.limits,
        ..Process::bare(pid, parent.group, Some(parent.pid), threads)?
    })
}

impl Process {
    /// A process with nothing but its ids, its parent and its threads.
    pub(crate) fn bare(pid: Pid, group: KernelGroup, parent: Option<Pid>, threads: Vec<Thread>) -> Result<Self> {
        Ok(Self {
            pid,
            group,
            life: Life::Normal,
            flags: Flags::empty(),
            name: [0; proc_abi::lwpinfo::NAME_SIZE],
            parent,
            real_parent: parent,
            news: 0,
            latest_news: None,
            links: crate::family::Links::default(),
            process_group: pid.raw(),
            session: pid.raw(),
            credentials: crate::credentials::Credentials::root(),
            incarnation: 0,
            actions: crate::actions::Actions::default(),
            queue: SignalQueue::default(),
            threads,
            events: EventMask::empty(),
            xthread: None,
            xsig: None,
            tracing: None,
            tie: Tie::Call,
            last_close: LastClose::Kill,
            epoch: 0,
            sequence: 0,
            ending: None::<WaitStatus>,
            vfork_parent: None,
            exec: None,
            timer: RealTimer::default(),
            limits: [proc_abi::resource::Limit::default(); proc_abi::resource::LIMITS],
            stops: Stops::default(),
            armed: Armed::default(),
            watch: Watch::default(),
        })
    }
}
