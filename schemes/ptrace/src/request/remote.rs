//! SC_REMOTE: a system call for a stopped thread, made here and now.
//!
//! Decides which calls this server makes itself, and that no number reaches one outside of the closed table. Neighbours:
//! `kernel_abi::calls::REMOTE` (the table), `kernel-core::socket::remote` (calls that the kernel serves), `calls` (bodies).
//! FreeBSD: sys_process.c (PT_SC_REMOTE), kern_sig.c (ptrace_syscallreq). There the thread runs the call itself and stops
//! again; here nothing of the thread moves, so the stop stays collected, and a call that would have to wait is EAGAIN.

use kernel_abi::calls::{self, Call, Served};
use proc_abi::remote::{ARGUMENTS_MAX, RemoteCall};
use zerocopy::IntoBytes;

use super::Asked;
use super::syscall::describe;
use crate::argument::Arguments;
use crate::calls::number;
use crate::errno::{Errno, Result};
use crate::id::{Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::turn::{ProcessCall, Turn};

/// `ThreadInformation::state`: it waits in a call.
const WAITS: u32 = 1;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn remote_request(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        if usize::try_from(asked.data) != Ok(size_of::<RemoteCall>()) {
            return Err(Errno::EINVAL);
        }
        let mut call = RemoteCall::default();
        self.argument(arguments, asked.address, call.as_mut_bytes())?;
        let mut words = [0_u64; ARGUMENTS_MAX];
        let count = usize::try_from(call.count).map_err(|_| Errno::EINVAL)?;
        let given = words.get_mut(..count).ok_or(Errno::EINVAL)?;
        if !given.is_empty() {
            self.argument(arguments, call.arguments, given.as_mut_bytes())?;
        }
        let at = self.admitted(asked)?;
        let [first, second, third, fourth, fifth, sixth, ..] = words;
        let raw = self.make_remote_call(at, call.number, [first, second, third, fourth, fifth, sixth])?;
        // The result lies first in the structure.
        self.give(arguments, asked.address, describe(raw).as_bytes())?;
        Ok(0)
    }

    fn make_remote_call(&mut self, at: ThreadRef, shown: u32, arguments: [u64; 6]) -> Result<u64> {
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        // In a call it would have to come out of it first, as FreeBSD's does at a stop that is no boundary.
        if self.kernel.thread_information(kernel)?.state == WAITS {
            return Err(Errno::EBUSY);
        }
        let Some(row) = calls::by_shown(shown) else { return Ok(raw(Err(Errno::ENOSYS))) };
        if !calls::is_remote(row) {
            return Err(Errno::EINVAL);
        }
        match row.served {
            Served::Kernel => self.kernel.remote_call(kernel, row.number, arguments),
            Served::ProcessServer => Ok(raw(self.answer_remote(at, row, arguments))),
        }
    }

    /// The calls of the table that a process server answers exchange no memory, so they need no pending call.
    fn answer_remote(&mut self, at: ThreadRef, row: &Call, arguments: [u64; 6]) -> Result<u64> {
        match row.shown {
            number::GETPGRP | number::GETPGID | number::GETSID => {
                let thread = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
                self.process_groups(at, &ProcessCall { tag: Tag(0), thread, number: row.shown, arguments })
            }
            called => self.identity(at, called),
        }
    }
}

fn raw(result: Result<u64>) -> u64 {
    let result = result.map(|value| value as usize).map_err(Errno::number);
    kernel_abi::encode_result(result) as u64
}
