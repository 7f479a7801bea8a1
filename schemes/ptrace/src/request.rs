//! Requests of ptrace: from a number and four arguments to what is done.
//!
//! Decides which family a request belongs to; one file per family below. Main types: [`RequestArguments`]. Neighbours:
//! `access` admits, `argument` is the caller's side, `calls` and `files` are the two ways in. FreeBSD: sys_process.c
//! (kern_ptrace); specification sections 1 to 4.
//!
//! Each family keeps FreeBSD's three phases: arguments are copied in before the target is looked up, the work follows, and
//! results are copied out only if it succeeded.

mod children;
mod control;
mod events;
mod lwpinfo;
mod map;
mod memory;
mod register_set;
mod registers;
mod remote;
mod run;
mod sets;
mod sharing;
mod syscall;
mod threads;
mod xstate;

pub(crate) use lwpinfo::describe;
use proc_abi::request::Request;
use proc_abi::signal::Signal;

use crate::access::Caller;
use crate::argument::Arguments;
use crate::calls::{Progress, low};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::turn::{ProcessCall, Turn};

/// The four arguments of ptrace(2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestArguments {
    /// FreeBSD's number.
    pub number: i32,
    /// Process or thread.
    pub id: i32,
    /// The `addr` argument.
    pub address: u64,
    /// The `data` argument.
    pub data: i32,
}

/// A request on its way: who asks what of whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) caller: Caller,
    pub(crate) request: Request,
    pub(crate) id: i32,
    pub(crate) address: u64,
    pub(crate) data: i32,
}

impl<K: Kernel> Turn<'_, K> {
    /// ptrace(request, pid, addr, data) as a process call.
    pub(crate) fn ptrace_call(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        let [number, id, address, data, ..] = call.arguments;
        let asked = RequestArguments { number: low(number), id: low(id), address, data: low(data) };
        if asked.number == Request::CoreDump.raw() {
            self.core_dump(at, call.tag, &asked)?;
            return Ok(Progress::Settled);
        }
        let caller = Caller { pid: at.pid, tid: Some(at.tid) };
        let value = self.request(caller, asked, &mut Arguments::Call(call.tag))?;
        // An int in the low half, so that a peeked word is never taken for an error.
        Ok(Progress::Value(u64::from(value.cast_unsigned())))
    }

    /// Performs a request; its value is an int as ptrace(2) returns it.
    ///
    /// # Errors
    /// Those of the request, in FreeBSD's order; docs/ptrace.md lists them.
    pub fn request(&mut self, caller: Caller, asked: RequestArguments, arguments: &mut Arguments<'_>) -> Result<i32> {
        let RequestArguments { number, id, address, data } = asked;
        let Some(request) = Request::from_raw(number) else {
            // An unknown number passes the same checks as any request before it is found to be unknown.
            self.admit(caller, id, None)?;
            return Err(Errno::EINVAL);
        };
        let asked = Asked { caller, request, id, address, data };
        match request {
            Request::TraceMe => self.trace_me(&asked),
            Request::Attach => self.attach(&asked),
            Request::Detach => self.detach(&asked),
            Request::Continue | Request::ToSce | Request::ToScx | Request::Syscall => self.continue_request(&asked),
            Request::Step => self.step_request(&asked),
            Request::Kill => self.kill_request(&asked),
            Request::ReadI | Request::ReadD => self.read_word(&asked),
            Request::WriteI | Request::WriteD => self.write_word(&asked),
            Request::Io => self.transfer(&asked, arguments),
            Request::LwpInfo => self.lwp_info(&asked, arguments),
            Request::GetNumLwps | Request::GetLwpList => self.list_threads(&asked, arguments),
            Request::SetStep | Request::ClearStep | Request::Suspend | Request::Resume => self.thread_request(&asked),
            Request::FollowFork | Request::LwpEvents => self.toggle_event(&asked),
            Request::GetEventMask | Request::SetEventMask => self.event_mask(&asked, arguments),
            Request::GetScArgs => self.syscall_arguments(&asked, arguments),
            Request::GetScRet => self.syscall_return(&asked, arguments),
            Request::SetScRet => self.set_syscall_return(&asked, arguments),
            Request::GetRegs | Request::GetFpRegs | Request::GetDbRegs => self.get_registers(&asked, arguments),
            Request::SetRegs | Request::SetFpRegs | Request::SetDbRegs => self.set_registers(&asked, arguments),
            Request::GetRegSet | Request::SetRegSet => self.register_set(&asked, arguments),
            // Its file is one of the caller's descriptors, which a record has not.
            Request::CoreDump => self.admitted(&asked).and(Err(Errno::EOPNOTSUPP)),
            Request::ScRemote => self.remote_request(&asked, arguments),
            Request::GetChildren => self.list_children(&asked, arguments),
            Request::GetCallSet | Request::SetCallSet => self.call_set(&asked, arguments),
            Request::GetSignalSet | Request::SetSignalSet => self.signal_set(&asked, arguments),
            Request::GetFaultSet | Request::SetFaultSet => self.fault_set(&asked, arguments),
            Request::Hold | Request::Release | Request::OnClose | Request::OperatorStop | Request::OperatorContinue => {
                self.sharing_request(&asked)
            }
            Request::VmTimestamp => self.map_timestamp(&asked),
            Request::VmEntry => self.map_entry(&asked, arguments),
            Request::GetXstateInfo | Request::GetXstate | Request::SetXstate => self.extended_state(&asked, arguments),
            Request::GetFsBase | Request::SetFsBase | Request::GetGsBase | Request::SetGsBase => {
                self.segment_base(&asked, arguments)
            }
        }
    }

    /// Checks 2 to 8 for this request.
    pub(crate) fn admitted(&self, asked: &Asked) -> Result<ThreadRef> {
        self.admit(asked.caller, asked.id, Some(asked.request))
    }
}

/// The `data` of a request that resumes: a signal or none; anything else is EINVAL.
pub(crate) fn resume_signal(data: i32) -> Result<Option<Signal>> {
    if data == 0 {
        return Ok(None);
    }
    Signal::new(data).map(Some).ok_or(Errno::EINVAL)
}
