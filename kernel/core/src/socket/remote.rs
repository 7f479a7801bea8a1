//! A system call made for a stopped thread by its server: it has the thread's files and memory and changes nothing else of it.
//!
//! Decides which calls can be made so (a closed table, looked up by the full number, so that no call reaches another through
//! it) and that one which would have to wait is taken back and fails with EAGAIN. Neighbours: `call` (bodies),
//! `kernel_abi::calls` (the table), `authority` (SocketVerb::Remote). FreeBSD: sys_process.c (PT_SC_REMOTE), whose
//! first version let syscall(2) carry any number past its check.

use kernel_abi::calls::{self, Served as AnsweredBy};
use kernel_abi::verb::RemoteCall;
use zerocopy::IntoBytes;

use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::scheme::SchemeKey;
use crate::seam::Machine;
use crate::thread::{Latched, Resume, ThreadKey};

impl<M: Machine> Core<M> {
    pub(super) fn remote(&mut self, key: ThreadKey, scheme: SchemeKey, thread: u64, payload: (u64, u64)) -> Served {
        let thread = self.own_thread(scheme, thread)?;
        let mut call: RemoteCall = self.hand_in(key, payload)?;
        call.result = self.remote_call(thread, &call)? as u64;
        self.hand_out(key, payload, call.as_bytes())
    }

    /// Makes the call; its raw result. Nothing of the thread's own call, its report or its registers is touched.
    ///
    /// # Errors
    /// EINVAL for a call that is not in the table or not the kernel's, EBUSY for a thread that can run or is in a call.
    fn remote_call(&mut self, key: ThreadKey, asked: &RemoteCall) -> Result<usize, Errno> {
        let number = usize::try_from(asked.number).map_err(|_| Errno::EINVAL)?;
        let row = calls::by_number(number).filter(|row| row.served == AnsweredBy::Kernel && calls::is_remote(row));
        row.ok_or(Errno::EINVAL)?;
        let thread = self.threads.get(key).ok_or(Errno::ESRCH)?;
        if self.is_runnable(key) || thread.pending.is_some() || thread.resume == Resume::Retry {
            return Err(Errno::EBUSY);
        }
        match self.dispatch(key, &Latched { number, arguments: asked.arguments }) {
            Ok(Done::Value(value)) => Ok(value),
            Ok(Done::Wait) => {
                self.abandon(key);
                self.make_ready(key, Resume::User);
                Ok(kernel_abi::encode_result(Err(Errno::EAGAIN.0)))
            }
            Err(errno) => Ok(kernel_abi::encode_result(Err(errno.0))),
        }
    }
}
