//! COREDUMP: a helper group writes the core, the tracer's call waits for it.
//!
//! Decides the protocol between tracer and helper, and that whichever of the two goes first ends the other's part. Main
//! types: [`Helper`], [`Dumps`]. Neighbours: `kernel` starts helpers, initfs/gcore is their program, `exec` has loaders, which
//! are started alike. FreeBSD: sys_process.c (PT_COREDUMP), kern_sig.c (ptrace_coredumpreq); there a thread of the target
//! writes.

use alloc::vec::Vec;

use kernel_abi::calls::{DUMP_DONE, DUMP_LIMIT};
use kernel_abi::stop::{PostCall, Reasons};
use proc_abi::badge::Part;
use proc_abi::core_dump::{CoreDump, CoreDumpFlags};
use proc_abi::id::Pid;
use proc_abi::request::Request;
use zerocopy::IntoBytes;

use crate::access::Caller;
use crate::effect::Effect;
use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, KernelThread, Tag, ThreadRef};
use crate::kernel::Kernel;
use crate::notice::{badge, identity_flags};
use crate::request::RequestArguments;
use crate::turn::{ProcessCall, Turn};

/// A group that writes a core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Helper {
    /// The group.
    pub group: KernelGroup,
    /// Its thread, held by NOT_STARTED.
    pub thread: KernelThread,
}

/// A core that is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Dump {
    helper: Helper,
    /// Whose call waits.
    caller: ThreadRef,
    tag: Tag,
    limit: u64,
}

/// All cores that are being written: at most one for each thread of a tracer.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dumps {
    list: Vec<Dump>,
}

impl Dumps {
    fn of_thread(&self, thread: KernelThread) -> Option<Dump> {
        self.list.iter().copied().find(|dump| dump.helper.thread == thread)
    }

    fn of_group(&self, group: KernelGroup) -> Option<Dump> {
        self.list.iter().copied().find(|dump| dump.helper.group == group)
    }

    fn of_caller(&self, pid: Pid, thread: Option<ThreadRef>) -> Option<Dump> {
        let is_its = |dump: &&Dump| dump.caller.pid == pid && thread.is_none_or(|at| dump.caller == at);
        self.list.iter().find(is_its).copied()
    }

    fn remove(&mut self, group: KernelGroup) {
        self.list.retain(|dump| dump.helper.group != group);
    }
}

impl<K: Kernel> Turn<'_, K> {
    /// The request as a process call; its answer comes when the core is written. A record has no descriptors to name.
    pub(crate) fn core_dump(&mut self, at: ThreadRef, tag: Tag, asked: &RequestArguments) -> Result<()> {
        if usize::try_from(asked.data) != Ok(size_of::<CoreDump>()) {
            return Err(Errno::EINVAL);
        }
        let mut dump = CoreDump::default();
        self.kernel.copy_in(tag, asked.address, dump.as_mut_bytes())?;
        let caller = Caller { pid: at.pid, tid: Some(at.tid) };
        let target = self.admit(caller, asked.id, Some(Request::CoreDump))?;
        let flags = CoreDumpFlags::from_bits(dump.flags).ok_or(Errno::EINVAL)?;
        if flags.contains(CoreDumpFlags::COMPRESS) {
            return Err(Errno::EINVAL);
        }
        let limit = u64::try_from(dump.limit).map_err(|_| Errno::EINVAL)?;
        let descriptor = u32::try_from(dump.descriptor).map_err(|_| Errno::EBADF)?;
        self.table.dumps.list.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let group = self.live(at.pid)?.group;
        let helper = self.kernel.start_dumper(group, descriptor, target.pid)?;
        self.table.dumps.list.push(Dump { helper, caller: at, tag, limit });
        self.let_helper_begin(at.pid, helper);
        Ok(())
    }

    /// It opens files with the tracer's rights.
    fn let_helper_begin(&mut self, tracer: Pid, helper: Helper) {
        let Some(process) = self.process(tracer) else { return };
        let identity = Effect::Identity {
            group: helper.group,
            badge: badge(process, Part::Program),
            flags: identity_flags(process),
            pid: u64::from(tracer.raw().unsigned_abs()),
            parent: 0,
            incarnation: process.incarnation,
        };
        self.order(identity);
        self.order(Effect::Release { thread: helper.thread, reasons: Reasons::NOT_STARTED });
    }

    /// A call of a helper's thread; false if it is no helper's.
    pub(crate) fn dumper_call(&mut self, call: &ProcessCall) -> bool {
        let Some(dump) = self.table.dumps.of_thread(call.thread) else { return false };
        match call.number {
            DUMP_LIMIT => {
                let result = usize::try_from(dump.limit).unwrap_or(usize::MAX);
                self.order(Effect::Reply { tag: call.tag, result, post: PostCall::empty(), word: 0 });
            }
            DUMP_DONE => {
                let errno = u32::try_from(call.arguments[0]).ok().and_then(Errno::new);
                self.end_dump(dump, errno.map_or(Ok(0), Err));
            }
            _ => {
                let result = kernel_abi::encode_result(Err(Errno::ENOSYS.number()));
                self.order(Effect::Reply { tag: call.tag, result, post: PostCall::empty(), word: 0 });
            }
        }
        true
    }

    /// A helper's thread is parked: it faulted. False if it is no helper's.
    pub(crate) fn dumper_report(&mut self, thread: KernelThread) -> bool {
        let Some(dump) = self.table.dumps.of_thread(thread) else { return false };
        self.end_dump(dump, Err(Errno::EIO));
        true
    }

    /// A helper ended without a word. False if it is no helper.
    pub(crate) fn dumper_dead(&mut self, group: KernelGroup) -> bool {
        let Some(dump) = self.table.dumps.of_group(group) else { return false };
        self.end_dump(dump, Err(Errno::EIO));
        true
    }

    fn end_dump(&mut self, dump: Dump, result: Result<u64>) {
        self.table.dumps.remove(dump.helper.group);
        self.order(Effect::KillGroup { group: dump.helper.group });
        self.answer(dump.caller, dump.tag, result);
    }

    /// A tracer's thread, or all of them, are gone: nobody waits for their cores.
    pub(crate) fn forget_dumps(&mut self, pid: Pid, thread: Option<ThreadRef>) {
        while let Some(dump) = self.table.dumps.of_caller(pid, thread) {
            self.table.dumps.remove(dump.helper.group);
            self.order(Effect::KillGroup { group: dump.helper.group });
        }
    }
}
