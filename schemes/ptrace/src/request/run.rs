//! CONTINUE, STEP, KILL and the requests that run to a system call.
//!
//! Decides what is checked and set before a resume. Neighbours: `resume` is the shared tail, `request::events` the mask.
//! FreeBSD: sys_process.c (PT_STEP, PT_CONTINUE, PT_TO_SCE and the sendsig label); specification section 4.

use kernel_abi::registers::{RegisterSet, Registers};
use proc_abi::event::EventMask;
use proc_abi::request::Request;
use proc_abi::signal::SIGKILL;
use zerocopy::IntoBytes;

use super::{Asked, resume_signal};
use crate::effect::{Effect, Stepping};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::turn::Turn;

/// The `addr` that leaves the program counter alone; every other value, 0 too, is a new one.
const SAME_PC: u64 = 1;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn continue_request(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let signal = resume_signal(asked.data)?;
        if asked.address != SAME_PC {
            self.set_pc(at, asked.address)?;
        }
        let added = match asked.request {
            Request::ToSce => EventMask::SCE,
            Request::ToScx => EventMask::SCX,
            Request::Syscall => EventMask::SCE | EventMask::SCX,
            _ => EventMask::empty(),
        };
        if !added.is_empty() {
            self.change_events(at.pid, |events| events.union(added));
        }
        self.resume(at.pid, signal);
        Ok(0)
    }

    fn set_pc(&mut self, at: ThreadRef, address: u64) -> Result<()> {
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        let mut registers = Registers::default();
        self.kernel.get_registers(kernel, RegisterSet::General, registers.as_mut_bytes())?;
        registers.rip = address;
        self.kernel.set_registers(kernel, RegisterSet::General, registers.as_bytes())
    }

    pub(super) fn step_request(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        let signal = resume_signal(asked.data)?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        self.order(Effect::Step { thread: kernel, stepping: Stepping::Armed });
        self.resume(at.pid, signal);
        Ok(0)
    }

    pub(super) fn kill_request(&mut self, asked: &Asked) -> Result<i32> {
        let at = self.admitted(asked)?;
        self.resume(at.pid, Some(SIGKILL));
        Ok(0)
    }
}
