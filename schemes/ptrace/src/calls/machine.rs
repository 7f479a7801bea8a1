//! Calls that are the machine's own: where the FS and GS segments begin.
//!
//! Decides sysarch, of which the four operations exist that a thread library in C needs for its thread-local storage; a
//! new thread's FS base comes with thr_new. Neighbours: `request::xstate` is the debugger's way to the same bases, the
//! kernel refuses those outside user space. FreeBSD: amd64/amd64/sys_machdep.c (sysarch), x86/include/sysarch.h.

use kernel_abi::registers::{RegisterSet, SegmentBases};
use zerocopy::IntoBytes;

use super::low;
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::turn::{ProcessCall, Turn};

const AMD64_GET_FSBASE: i32 = 128;
const AMD64_SET_FSBASE: i32 = 129;
const AMD64_GET_GSBASE: i32 = 130;
const AMD64_SET_GSBASE: i32 = 131;

impl<K: Kernel> Turn<'_, K> {
    /// sysarch(operation, address of an 8-byte base).
    pub(super) fn sysarch(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [operation, address, ..] = call.arguments;
        let thread = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        let mut bases = SegmentBases::default();
        self.kernel.get_registers(thread, RegisterSet::Bases, bases.as_mut_bytes())?;
        match low(operation) {
            AMD64_GET_FSBASE => return self.kernel.copy_out(call.tag, address, bases.fs.as_bytes()),
            AMD64_GET_GSBASE => return self.kernel.copy_out(call.tag, address, bases.gs.as_bytes()),
            AMD64_SET_FSBASE => self.kernel.copy_in(call.tag, address, bases.fs.as_mut_bytes())?,
            AMD64_SET_GSBASE => self.kernel.copy_in(call.tag, address, bases.gs.as_mut_bytes())?,
            _ => return Err(Errno::EINVAL),
        }
        self.kernel.set_registers(thread, RegisterSet::Bases, bases.as_bytes())
    }
}
