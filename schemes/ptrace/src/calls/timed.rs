//! setitimer and getitimer.
//!
//! Decides the interval timer that counts real time; the two that count processor time do not exist here. Neighbours:
//! `timer` handles the expiry. FreeBSD: kern_time.c (kern_setitimer, realitexpire).

use proc_abi::time::{ITIMER_REAL, IntervalTimer, TimeVal};
use zerocopy::IntoBytes;

use super::low;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::RealTimer;
use crate::turn::{ProcessCall, Turn};

impl<K: Kernel> Turn<'_, K> {
    /// getitimer(which, value).
    pub(super) fn getitimer(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        if low(call.arguments[0]) != ITIMER_REAL {
            return Err(Errno::EINVAL);
        }
        let shown = show(self.live(at.pid)?.timer, self.now);
        self.kernel.copy_out(call.tag, call.arguments[1], shown.as_bytes())
    }

    /// setitimer(which, new, old).
    pub(super) fn setitimer(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [which, new, old, ..] = call.arguments;
        if low(which) != ITIMER_REAL {
            return Err(Errno::EINVAL);
        }
        let mut wanted = IntervalTimer::default();
        if new != 0 {
            self.kernel.copy_in(call.tag, new, wanted.as_mut_bytes())?;
        }
        let value = wanted.value.nanoseconds().ok_or(Errno::EINVAL)?;
        let interval = wanted.interval.nanoseconds().ok_or(Errno::EINVAL)?;
        let before = show(self.live(at.pid)?.timer, self.now);
        if old != 0 {
            self.kernel.copy_out(call.tag, old, before.as_bytes())?;
        }
        if new != 0 {
            let deadline = if value == 0 { 0 } else { self.now.saturating_add(value).max(1) };
            self.set_process_timer(at.pid, RealTimer { deadline, interval });
        }
        Ok(())
    }
}

fn show(timer: RealTimer, now: u64) -> IntervalTimer {
    let left = if timer.deadline == 0 { 0 } else { timer.deadline.saturating_sub(now).max(1) };
    IntervalTimer { interval: TimeVal::from_nanoseconds(timer.interval), value: TimeVal::from_nanoseconds(left) }
}
