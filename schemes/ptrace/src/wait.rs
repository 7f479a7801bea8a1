//! wait: finding a child with news, telling it, and reaping the dead on both sides.
//!
//! Decides FreeBSD's kern_wait6, proc_to_reap and proc_reap (kern_exit.c; specification section 7). Main methods: `wait`,
//! `wake_waiters`, `take_event`. Neighbours: `calls::wait` reads the arguments, `files` lets `event` collect a stop.

use proc_abi::event_record::{EventKind, EventRecord};
use proc_abi::id::Pid;
use proc_abi::siginfo::{CLD_CONTINUED, CLD_STOPPED, CLD_TRAPPED, SigInfo};
use proc_abi::signal::{SIGCONT, Signal};
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use zerocopy::IntoBytes;

use crate::blocked::{Blocked, ChildWait, WaitResults, Waiting};
use crate::effect::{Effect, Store};
use crate::errno::{Errno, Result};
use crate::exit::death_code;
use crate::family::List;
use crate::id::{Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::notice::{child_info, death_record};
use crate::process::{Flags, Life, Process};
use crate::turn::Turn;

/// What a wait found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct News {
    child: Pid,
    status: WaitStatus,
    code: i32,
    value: i32,
}

/// What a search among children came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    Found(News),
    /// There are such children, without news.
    Quiet,
    /// There are none.
    NoChild,
}

/// What one who asks for the next event of its target finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// This, collected.
    Now(EventRecord),
    /// Nothing yet.
    Later,
    /// Nothing, and nothing will come: it traces nobody there, or was told of the end.
    Never,
}

impl<K: Kernel> Turn<'_, K> {
    /// wait4 and wait6 after their arguments were checked: answers, or leaves the call waiting.
    pub(crate) fn wait(&mut self, at: ThreadRef, tag: Tag, wait: ChildWait) {
        match self.search(at.pid, &wait) {
            Search::Found(news) => self.tell_news(at, tag, &wait, &news),
            Search::Quiet if wait.options.contains(WaitOptions::NOHANG) => {
                let result = self.tell_nothing(tag, &wait.results);
                self.answer(at, tag, result);
            }
            Search::Quiet => {
                self.block(at, Blocked { tag, waiting: Waiting::Child(wait) });
            }
            Search::NoChild => self.answer(at, tag, Err(Errno::ECHILD)),
        }
    }

    /// A child of this process has news, or is gone: its waits look again.
    pub(crate) fn wake_waiters(&mut self, pid: Pid) {
        let mut index = 0_usize;
        while let Some(thread) = self.process_mut(pid).and_then(|process| process.threads.get_mut(index)) {
            index = index.saturating_add(1);
            let waits = thread.blocked.filter(|_| !thread.is_dying());
            if let Some(Blocked { tag, waiting: Waiting::Child(wait) }) = waits {
                thread.blocked = None;
                let at = ThreadRef { pid, tid: thread.tid };
                self.wait(at, tag, wait);
            }
        }
    }

    fn search(&self, pid: Pid, wait: &ChildWait) -> Search {
        self.search_quickly(pid, wait).unwrap_or_else(|| self.search_all(pid, wait))
    }

    /// One event among many children costs what it costs with one: the latest news are looked at first, and without any
    /// news nobody is looked at.
    fn search_quickly(&self, pid: Pid, wait: &ChildWait) -> Option<Search> {
        let process = self.process(pid)?;
        if wait.kind == IdType::All && process.news == 0 {
            return process.links.first(List::Children).map(|_| Search::Quiet);
        }
        let named = if wait.kind == IdType::Pid { Pid::new(wait.id) } else { process.latest_news };
        let child = named.and_then(|named| self.process(named)).filter(|child| child.parent == Some(pid))?;
        if matches(child, wait) { news_of(child, wait.options).map(Search::Found) } else { None }
    }

    fn search_all(&self, pid: Pid, wait: &ChildWait) -> Search {
        let mut found = Search::NoChild;
        let mut next = self.process(pid).and_then(|process| process.links.first(List::Children));
        while let Some(child) = next.and_then(|child| self.process(child)) {
            next = child.links.next(List::Children);
            if !matches(child, wait) {
                continue;
            }
            if let Some(news) = news_of(child, wait.options) {
                return Search::Found(news);
            }
            // A zombie that the caller did not ask for does not count as a child to wait for.
            if child.zombie().is_none() || wait.options.contains(WaitOptions::EXITED) {
                found = Search::Quiet;
            }
        }
        if found == Search::NoChild && self.has_orphan(pid, wait) { Search::Quiet } else { found }
    }

    /// Someone else traces a child of the caller: it exists, and that is all the caller learns.
    fn has_orphan(&self, pid: Pid, wait: &ChildWait) -> bool {
        let mut next = self.process(pid).and_then(|process| process.links.first(List::Orphans));
        while let Some(orphan) = next.and_then(|orphan| self.process(orphan)) {
            next = orphan.links.next(List::Orphans);
            if matches(orphan, wait) {
                return true;
            }
        }
        false
    }

    fn tell_news(&mut self, at: ThreadRef, tag: Tag, wait: &ChildWait, news: &News) {
        let keep = wait.options.contains(WaitOptions::NOWAIT);
        if !keep {
            self.collect(at.pid, news.child);
        }
        match wait.results {
            WaitResults { status, usage: 0, info: 0, .. } if status != 0 => {
                let store = Store { address: status, value: news.status.encode() };
                self.answer_storing(at, tag, u64::from(news.child.raw().unsigned_abs()), store);
            }
            results => {
                let result = self.tell_results(tag, &results, news);
                self.answer(at, tag, result);
            }
        }
        if !keep && self.process(news.child).is_some_and(|child| child.zombie().is_some()) {
            self.reap(at.pid, news.child);
        }
    }

    fn tell_results(&mut self, tag: Tag, results: &WaitResults, news: &News) -> Result<u64> {
        if results.status != 0 {
            self.kernel.copy_out(tag, results.status, news.status.encode().as_bytes())?;
        }
        self.tell_usage(tag, results)?;
        if results.info != 0 {
            let child = self.process(news.child).ok_or(Errno::ECHILD)?;
            let info = child_info(child, news.code, news.value);
            self.kernel.copy_out(tag, results.info, info.as_bytes())?;
        }
        Ok(u64::from(news.child.raw().unsigned_abs()))
    }

    fn tell_usage(&mut self, tag: Tag, results: &WaitResults) -> Result<()> {
        const ZERO: [u8; proc_abi::wait::WRUSAGE_SIZE] = [0; proc_abi::wait::WRUSAGE_SIZE];
        if results.usage == 0 {
            return Ok(());
        }
        let bytes = ZERO.get(..results.usage_size).unwrap_or(&ZERO);
        self.kernel.copy_out(tag, results.usage, bytes)
    }

    fn tell_nothing(&mut self, tag: Tag, results: &WaitResults) -> Result<u64> {
        if results.info != 0 {
            self.kernel.copy_out(tag, results.info, SigInfo::default().as_bytes())?;
        }
        Ok(0)
    }

    /// The one who waits for a child has been told: the stop is collected, the SIGCHLD is old news.
    pub(crate) fn collect(&mut self, waiter: Pid, child: Pid) {
        self.forget_child_signal(Some(waiter), child);
        let Some(process) = self.process_mut(child) else { return };
        if process.is(Flags::STOP_COMPLETE) {
            process.flags.insert(Flags::WAITED);
            if let (Some(session), true) = (process.tracing, process.is(Flags::STOPPED_TRACE)) {
                self.order(Effect::SessionCollect { session });
            }
        } else {
            process.flags.remove(Flags::CONTINUED);
        }
        self.table.refresh_news(child);
    }

    /// Reaps a zombie: a tracer's half first, then the real parent's.
    pub(crate) fn reap(&mut self, waiter: Pid, child: Pid) {
        let Some(process) = self.process(child) else { return };
        let Some(status) = process.zombie() else { return };
        let real = process.real_parent;
        if real == Some(waiter) || real.is_none() {
            self.forget_child_signal(Some(waiter), child);
            self.forget(child);
            return;
        }
        if let Some(process) = self.process_mut(child) {
            process.flags.insert(Flags::TOLD_TRACER);
        }
        self.table.reparent(child, real);
        self.tell_of_death(child, status);
    }

    /// What the tracer has not been told yet, told now: reading `event` plays the part of wait.
    ///
    /// # Errors
    /// ESRCH if there is no such process, EPERM if the reader is not its tracer.
    pub fn take_event(&mut self, tracer: Pid, target: Pid) -> Result<Option<EventRecord>> {
        let process = self.process(target).ok_or(Errno::ESRCH)?;
        if process.parent != Some(tracer) {
            return Err(Errno::EPERM);
        }
        if let Some(status) = process.zombie() {
            return Ok(self.take_death(tracer, target, status));
        }
        let fresh = process.is(Flags::STOP_COMPLETE) && !process.is(Flags::WAITED);
        if !(fresh && process.is(Flags::TRACED)) {
            return Ok(None);
        }
        let record = self.stop_record(target, EventKind::TraceStop);
        self.collect(tracer, target);
        let sequence = self.process(target).map_or(0, |process| process.sequence);
        Ok(record.map(|record| EventRecord { sequence, ..record }))
    }

    /// The same for one who waits: whether there can be anything to wait for at all.
    pub fn await_event(&mut self, tracer: Pid, target: Pid) -> Awaited {
        match self.take_event(tracer, target) {
            Ok(Some(record)) => Awaited::Now(record),
            Ok(None) if self.process(target).is_some_and(has_more_to_tell) => Awaited::Later,
            Ok(None) | Err(_) => Awaited::Never,
        }
    }

    /// The tracer's half of the reap. Who is both tracer and real parent reads the record once and still waits.
    fn take_death(&mut self, tracer: Pid, target: Pid, status: WaitStatus) -> Option<EventRecord> {
        let process = self.process_mut(target)?;
        if process.is(Flags::TOLD_TRACER) {
            return None;
        }
        process.flags.insert(Flags::TOLD_TRACER);
        let record = EventRecord { sequence: process.sequence, ..death_record(target, status) };
        if process.real_parent != Some(tracer) {
            self.collect(tracer, target);
            self.reap(tracer, target);
        }
        Some(record)
    }
}

/// A tracee stops or ends some day; one that is ending is nobody's tracee any more.
fn has_more_to_tell(process: &Process) -> bool {
    match process.life {
        Life::New | Life::Normal => process.is(Flags::TRACED),
        Life::Exiting(_) => true,
        Life::Zombie(_) => false,
    }
}

fn matches(child: &Process, wait: &ChildWait) -> bool {
    match wait.kind {
        IdType::All => true,
        IdType::Pid => child.pid.raw() == wait.id,
        IdType::ProcessGroup => child.process_group == wait.id,
    }
}

/// What this child has to tell to one who asks with these options.
fn news_of(child: &Process, options: WaitOptions) -> Option<News> {
    if let Some(status) = child.zombie() {
        let (code, value) = death_code(status);
        return options.contains(WaitOptions::EXITED).then(|| news(child, status, code, value));
    }
    let fresh = child.is(Flags::STOP_COMPLETE) && !child.is(Flags::WAITED);
    let traced = child.is(Flags::TRACED);
    if fresh && traced && options.contains(WaitOptions::TRAPPED) {
        return child.xsig.map(|signal| stopped(child, signal, CLD_TRAPPED));
    }
    if fresh && !child.is(Flags::STOPPED_TRACE) && options.contains(WaitOptions::STOPPED) {
        return child.xsig.map(|signal| stopped(child, signal, CLD_STOPPED));
    }
    let continued = child.is(Flags::CONTINUED) && options.contains(WaitOptions::CONTINUED);
    continued.then(|| news(child, WaitStatus::Continued, CLD_CONTINUED, SIGCONT.number()))
}

fn stopped(child: &Process, signal: Signal, code: i32) -> News {
    news(child, WaitStatus::Stopped(signal), code, signal.number())
}

const fn news(child: &Process, status: WaitStatus, code: i32, value: i32) -> News {
    News { child: child.pid, status, code, value }
}
