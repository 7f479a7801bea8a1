//! Timers as files: `time:4` counts from boot, `time:1` is the time of day.
//!
//! Decides what they read and when they are ready: a read gives the time now, a write of an absolute time arms the file,
//! and it can be read "ready" once that time has passed, until it is read or armed again. Main types: [`Timer`], [`Clock`].
//! Neighbours: `clock` (expiry), `event`.

use super::event::READ;
use super::{Description, DescriptionKey, Object};
use crate::Core;
use crate::call::{Done, Served};
use crate::clock::{Clock, TIME_BYTES, TimerTarget, decode_time, encode_time};
use crate::errno::Errno;
use crate::seam::Machine;
use crate::thread::ThreadKey;

/// A timer file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timer {
    clock: Clock,
    /// Nanoseconds since boot.
    deadline: Option<u64>,
}

impl Timer {
    pub(super) const fn new(clock: Clock) -> Self {
        Self { clock, deadline: None }
    }

    /// It was armed for a time that is over.
    pub(super) fn has_passed(self, now: u64) -> bool {
        self.deadline.is_some_and(|deadline| deadline <= now)
    }

    /// When it becomes ready.
    pub(super) const fn deadline(self) -> Option<u64> {
        self.deadline
    }
}

impl<M: Machine> Core<M> {
    pub(super) fn read_timer(
        &mut self,
        key: ThreadKey,
        description: DescriptionKey,
        timer: Timer,
        buffer: (u64, u64),
    ) -> Served {
        if buffer.1 < TIME_BYTES as u64 {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let now = encode_time(self.clock_time(timer.clock));
        self.copy_out(space, buffer.0, &now)?;
        if timer.has_passed(self.machine.now()) {
            self.set_deadline(description, None);
        }
        Ok(Done::Value(TIME_BYTES))
    }

    pub(super) fn write_timer(
        &mut self,
        key: ThreadKey,
        description: DescriptionKey,
        timer: Timer,
        buffer: (u64, u64),
    ) -> Served {
        if buffer.1 < TIME_BYTES as u64 {
            return Err(Errno::EINVAL);
        }
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let mut bytes = [0; TIME_BYTES];
        self.copy_in(space, buffer.0, &mut bytes)?;
        let time = decode_time(bytes)?;
        let deadline = match timer.clock {
            Clock::Monotonic => time,
            Clock::Realtime => time.saturating_sub(self.boot_nanoseconds()),
        };
        self.reserve_timer()?;
        self.set_deadline(description, Some(deadline));
        if deadline <= self.machine.now() {
            self.ready(description, READ);
        } else {
            self.start_timer(deadline, TimerTarget::File(description));
        }
        Ok(Done::Value(TIME_BYTES))
    }

    /// An entry of the clock for this file expired; entries of deadlines that were replaced mean nothing.
    pub(crate) fn timer_passed(&mut self, description: DescriptionKey, deadline: u64) {
        if self.descriptions.get(description).and_then(Description::deadline) == Some(deadline) {
            self.ready(description, READ);
        }
    }

    fn set_deadline(&mut self, description: DescriptionKey, deadline: Option<u64>) {
        if let Some(entry) = self.descriptions.get_mut(description)
            && let Object::Timer(timer) = &mut entry.object
        {
            timer.deadline = deadline;
        }
    }
}
