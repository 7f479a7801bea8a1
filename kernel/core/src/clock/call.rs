//! NANOSLEEP and CLOCK_GETTIME.
//!
//! Decides what an interrupted sleep leaves behind: EINTR and the time that was left (POSIX nanosleep). Neighbours: `clock`
//! (expiry), `suspend` (interruption).

use super::{Clock, TIME_BYTES, TimerTarget, decode_time, encode_time};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::file::Waiter;
use crate::pending::{Outcome, Wait};
use crate::seam::Machine;
use crate::thread::ThreadKey;

use kernel_abi::redox::flag::{CLOCK_MONOTONIC, CLOCK_REALTIME};

impl<M: Machine> Core<M> {
    /// NANOSLEEP(request, remainder).
    pub(crate) fn sleep_call(&mut self, key: ThreadKey, request: u64, _remainder: u64) -> Served {
        let length = self.read_time(key, request)?;
        if length == 0 {
            return Ok(Done::Value(0));
        }
        self.reserve_timer()?;
        let deadline = self.machine.now().saturating_add(length);
        let tag = self.begin_wait(key, Wait::Sleep { deadline });
        self.start_timer(deadline, TimerTarget::Call(Waiter { thread: key, tag }));
        Ok(Done::Wait)
    }

    /// CLOCK_GETTIME(clock, time).
    pub(crate) fn time_call(&mut self, key: ThreadKey, clock: usize, address: u64) -> Served {
        let clock = match clock {
            CLOCK_REALTIME => Clock::Realtime,
            CLOCK_MONOTONIC => Clock::Monotonic,
            _ => return Err(Errno::EINVAL),
        };
        let time = encode_time(self.clock_time(clock));
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_out(space, address, &time)?;
        Ok(Done::Value(0))
    }

    /// A time in a program's memory.
    ///
    /// # Errors
    /// EFAULT, EINVAL.
    pub(crate) fn read_time(&mut self, key: ThreadKey, address: u64) -> Result<u64, Errno> {
        let mut bytes = [0; TIME_BYTES];
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_in(space, address, &mut bytes)?;
        decode_time(bytes)
    }

    /// A sleep ends before its time; what is left of it goes where its second argument says.
    pub(crate) fn interrupt_sleep(&mut self, key: ThreadKey, deadline: u64) {
        let outcome = self.write_remainder(key, deadline).err().unwrap_or(Errno::EINTR);
        self.complete(key, Outcome::Result(kernel_abi::encode_result(Err(outcome.0))));
    }

    fn write_remainder(&mut self, key: ThreadKey, deadline: u64) -> Result<(), Errno> {
        let [_, remainder, ..] = self.threads.get(key).ok_or(Errno::ESRCH)?.latched.arguments;
        if remainder == 0 {
            return Ok(());
        }
        let left = deadline.saturating_sub(self.machine.now());
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        self.copy_out(space, remainder, &encode_time(left))
    }
}
