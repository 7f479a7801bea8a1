//! Deadlines: interval timers of processes and timeouts of waiting calls.
//!
//! Decides the cookies that the kernel gives back and what an expiry does. Main method: `timer_expired`. Neighbours:
//! `calls::timed`, `calls::signal`, `calls::thread` set them. FreeBSD: kern_time.c (realitexpire).

use proc_abi::id::{Pid, TID_MIN, Tid};
use proc_abi::siginfo::SI_TIMER;
use proc_abi::signal::SIGALRM;

use crate::blocked::Waiting;
use crate::effect::Effect;
use crate::errno::Errno;
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::RealTimer;
use crate::queue::Queued;
use crate::turn::Turn;

/// The cookie of a process's interval timer: its pid, which no thread id is.
pub(crate) fn process_cookie(pid: Pid) -> u64 {
    u64::from(pid.raw().unsigned_abs())
}

fn thread_cookie(tid: Tid) -> u64 {
    u64::from(tid.raw().unsigned_abs())
}

impl<K: Kernel> Turn<'_, K> {
    pub(crate) fn set_process_timer(&mut self, pid: Pid, timer: RealTimer) {
        if let Some(process) = self.process_mut(pid) {
            process.timer = timer;
        }
        self.order(Effect::Timer { cookie: process_cookie(pid), deadline: timer.deadline });
    }

    /// A timeout for the call a thread waits in; never is no timer.
    pub(crate) fn set_thread_timer(&mut self, at: ThreadRef, deadline: u64) {
        if deadline != u64::MAX {
            self.order(Effect::Timer { cookie: thread_cookie(at.tid), deadline });
        }
    }

    /// A deadline passed.
    pub fn timer_expired(&mut self, cookie: u64) {
        let Ok(raw) = i32::try_from(cookie) else { return };
        if raw >= TID_MIN {
            if let Some(at) = Tid::new(raw).and_then(|tid| self.table.find_tid(tid)) {
                self.call_expired(at);
            }
        } else if let Some(pid) = Pid::new(raw) {
            self.interval_expired(pid);
        }
    }

    fn interval_expired(&mut self, pid: Pid) {
        let now = self.now;
        let Some(process) = self.process(pid).filter(|process| process.is_alive()) else { return };
        let RealTimer { deadline, interval } = process.timer;
        if deadline == 0 || deadline > now {
            return;
        }
        // Periods that have passed meanwhile are skipped, not made up for.
        let missed = now.saturating_sub(deadline).checked_div(interval).unwrap_or(0).saturating_add(1);
        let next = if interval == 0 { 0 } else { deadline.saturating_add(interval.saturating_mul(missed)) };
        self.set_process_timer(pid, RealTimer { deadline: next, interval });
        let _never_refused = self.send(pid, Queued::new(SIGALRM, SI_TIMER));
    }

    fn call_expired(&mut self, at: ThreadRef) {
        let now = self.now;
        let Some(thread) = self.thread_mut(at) else { return };
        let Some(blocked) = thread.blocked else { return };
        let (deadline, errno) = match blocked.waiting {
            Waiting::Signal { deadline, .. } => (deadline, Errno::EAGAIN),
            Waiting::Wake { deadline } => (deadline, Errno::ETIMEDOUT),
            Waiting::Child(_) | Waiting::Suspend | Waiting::Exec | Waiting::Fork(_) | Waiting::Exit => return,
        };
        if deadline <= now {
            thread.blocked = None;
            self.answer(at, blocked.tag, Err(errno));
        }
    }
}
