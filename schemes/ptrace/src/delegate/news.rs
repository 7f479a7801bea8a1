//! What the server learns of runs that were made without it.
//!
//! Decides the state that such runs leave, which is the one that turns of our own would have left. Main type: [`Delegated`];
//! main method: `delegated`. Neighbours: `delegate` (who may), `stop` and `resume` (the same by turns), `report`.

use kernel_abi::stop::Cause;
use proc_abi::run::trap_information;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::SIGTRAP;

use crate::id::{KernelThread, ThreadRef};
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::queue::{Marks, Queued};
use crate::thread::{DebugFlags, Point, Stage, Stop};
use crate::turn::Turn;

/// Whether a target that its tracer ran stands still again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// In the stop that is told.
    Stopped,
    /// It runs; from now on its stops are reported.
    Running,
}

/// What happened to a process since this server's latest turn, by its tracer and the kernel alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delegated {
    /// The thread that it was run by.
    pub thread: KernelThread,
    /// The latest stop; none if it has only been resumed.
    pub stop: Option<(Cause, [u64; 8])>,
    /// Whether it has been resumed since.
    pub motion: Motion,
    /// The kernel's stop epoch.
    pub epoch: u64,
}

impl<K: Kernel> Turn<'_, K> {
    /// Learns what a tracer did without us.
    pub fn delegated(&mut self, news: &Delegated) {
        let Some(at) = self.table.find_thread(news.thread) else { return };
        if let Some((cause, words)) = &news.stop {
            self.note_resume(at);
            self.note_stop(at, *cause, words);
        }
        if news.motion == Motion::Running {
            self.note_resume(at);
        }
        if let Some(process) = self.process_mut(at.pid) {
            process.epoch = news.epoch;
        }
        self.table.refresh_news(at.pid);
    }

    /// What `resume` without a signal leaves, all orders apart.
    fn note_resume(&mut self, at: ThreadRef) {
        let Some(process) = self.process_mut(at.pid) else { return };
        process.flags.remove(Flags::STOPPED_SIG | Flags::STOPPED_TRACE | Flags::STOP_COMPLETE | Flags::WAITED);
        (process.xthread, process.xsig) = (None, None);
        let Some(thread) = process.thread_mut(at.tid) else { return };
        if let Stage::Stopped(Stop::Event(Point::CallExit), _) = thread.stage {
            thread.flags.remove(DebugFlags::SCX);
        }
        thread.flags.remove(DebugFlags::XSIG);
        (thread.xsig, thread.info) = (None, SigInfo::default());
        thread.stage = Stage::Away;
    }

    /// What a report leaves that led to a stop at once, and the collection of that stop.
    fn note_stop(&mut self, at: ThreadRef, cause: Cause, words: &[u64; 8]) {
        let place = self.table.next_place();
        let (stop, info) = match trap_information(cause, words) {
            Some(info) => {
                let queued = Queued { marks: Marks::TRAP, ..Queued::with(info, SIGTRAP) };
                (Stop::Signal(queued), info)
            }
            None if cause == Cause::CallEntry => (Stop::Event(self.at_entry(at, words)), SigInfo::default()),
            None => (Stop::Event(self.at_exit(at, words)), SigInfo::default()),
        };
        let Some(process) = self.process_mut(at.pid) else { return };
        process.flags.insert(Flags::STOPPED_SIG | Flags::STOPPED_TRACE | Flags::STOP_COMPLETE | Flags::WAITED);
        (process.xthread, process.xsig) = (Some(at.tid), Some(SIGTRAP));
        let Some(thread) = process.thread_mut(at.tid) else { return };
        thread.flags.insert(DebugFlags::XSIG);
        (thread.xsig, thread.info) = (Some(SIGTRAP), info);
        thread.stage = Stage::Stopped(stop, place);
    }
}
