//! GETNUMLWPS, GETLWPLIST, SETSTEP, CLEARSTEP, SUSPEND, RESUME: threads one by one.
//!
//! Decides the list and the two marks a debugger can set. Neighbours: `advance` leaves held threads where they are.
//! FreeBSD: sys_process.c; specification section 4.

use kernel_abi::stop::Reasons;
use proc_abi::request::Request;
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::effect::{Effect, Stepping};
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::thread::DebugFlags;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn list_threads(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let count = self.live(at.pid)?.threads.len();
        if asked.request == Request::GetNumLwps {
            return i32::try_from(count).map_err(|_| Errno::EINVAL);
        }
        if asked.data <= 0 {
            return Err(Errno::EINVAL);
        }
        let room = usize::try_from(asked.data).map_err(|_| Errno::EINVAL)?;
        let told = count.min(room);
        for index in 0..told {
            let Some(tid) = self.live(at.pid)?.threads.get(index).map(|thread| thread.tid.raw()) else { break };
            let offset = (index as u64).checked_mul(size_of::<i32>() as u64).ok_or(Errno::EFAULT)?;
            let address = asked.address.checked_add(offset).ok_or(Errno::EFAULT)?;
            self.give(arguments, address, tid.as_bytes())?;
        }
        i32::try_from(told).map_err(|_| Errno::EINVAL)
    }

    pub(super) fn thread_request(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let process = self.process_mut(at.pid).ok_or(Errno::ESRCH)?;
        let single = process.is(Flags::SINGLE_EXIT) || process.exec.is_some();
        let thread = process.thread_mut(at.tid).ok_or(Errno::ESRCH)?;
        if single && thread.flags.contains(DebugFlags::EXIT) && asked.request == Request::Suspend {
            // Exit or exec waits for its end, so a hold would be for ever (FreeBSD: ptracestop ends at SINGLE_EXIT).
            return Ok(0);
        }
        let kernel = thread.kernel;
        let effect = match asked.request {
            Request::SetStep => Effect::Step { thread: kernel, stepping: Stepping::Armed },
            Request::ClearStep => Effect::Step { thread: kernel, stepping: Stepping::Off },
            Request::Suspend => {
                thread.flags.insert(DebugFlags::SUSPEND);
                Effect::Hold { thread: kernel, reasons: Reasons::HELD }
            }
            _ => {
                thread.flags.remove(DebugFlags::SUSPEND);
                Effect::Release { thread: kernel, reasons: Reasons::HELD }
            }
        };
        self.order(effect);
        Ok(0)
    }
}
