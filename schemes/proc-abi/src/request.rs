//! The requests of ptrace(2): FreeBSD's numbers and names.
//!
//! Decides which numbers exist. Main type: [`Request`]. Neighbours: `command`, `ptrace::request` (one file per family).
//! FreeBSD: sys/ptrace.h, x86/include/ptrace.h. Numbers 3 and 6 are retired; from 64 on they are the machine's,
//! from 1000 on this system's own.

/// A request that this system knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(i32)]
#[expect(missing_docs, reason = "FreeBSD's names; docs/ptrace.md has a row for each")]
pub enum Request {
    TraceMe = 0,
    ReadI = 1,
    ReadD = 2,
    WriteI = 4,
    WriteD = 5,
    Continue = 7,
    Kill = 8,
    Step = 9,
    Attach = 10,
    Detach = 11,
    Io = 12,
    LwpInfo = 13,
    GetNumLwps = 14,
    GetLwpList = 15,
    ClearStep = 16,
    SetStep = 17,
    Suspend = 18,
    Resume = 19,
    ToSce = 20,
    ToScx = 21,
    Syscall = 22,
    FollowFork = 23,
    LwpEvents = 24,
    GetEventMask = 25,
    SetEventMask = 26,
    GetScArgs = 27,
    GetScRet = 28,
    CoreDump = 29,
    GetRegs = 33,
    SetRegs = 34,
    GetFpRegs = 35,
    SetFpRegs = 36,
    GetDbRegs = 37,
    SetDbRegs = 38,
    VmTimestamp = 40,
    VmEntry = 41,
    GetRegSet = 42,
    SetRegSet = 43,
    ScRemote = 44,
    SetScRet = 45,
    GetChildren = 46,
    GetXstateInfo = 68,
    GetXstate = 69,
    SetXstate = 70,
    GetFsBase = 71,
    SetFsBase = 72,
    GetGsBase = 73,
    SetGsBase = 74,
    GetCallSet = 1000,
    SetCallSet = 1001,
    GetSignalSet = 1002,
    SetSignalSet = 1003,
    GetFaultSet = 1004,
    SetFaultSet = 1005,
    Hold = 1006,
    Release = 1007,
    OnClose = 1008,
    OperatorStop = 1009,
    OperatorContinue = 1010,
}

use Request as R;

/// Every request with its name, without `PT_`.
pub const NAMES: [(Request, &str); 59] = [
    (R::TraceMe, "TRACE_ME"),
    (R::ReadI, "READ_I"),
    (R::ReadD, "READ_D"),
    (R::WriteI, "WRITE_I"),
    (R::WriteD, "WRITE_D"),
    (R::Continue, "CONTINUE"),
    (R::Kill, "KILL"),
    (R::Step, "STEP"),
    (R::Attach, "ATTACH"),
    (R::Detach, "DETACH"),
    (R::Io, "IO"),
    (R::LwpInfo, "LWPINFO"),
    (R::GetNumLwps, "GETNUMLWPS"),
    (R::GetLwpList, "GETLWPLIST"),
    (R::ClearStep, "CLEARSTEP"),
    (R::SetStep, "SETSTEP"),
    (R::Suspend, "SUSPEND"),
    (R::Resume, "RESUME"),
    (R::ToSce, "TO_SCE"),
    (R::ToScx, "TO_SCX"),
    (R::Syscall, "SYSCALL"),
    (R::FollowFork, "FOLLOW_FORK"),
    (R::LwpEvents, "LWP_EVENTS"),
    (R::GetEventMask, "GET_EVENT_MASK"),
    (R::SetEventMask, "SET_EVENT_MASK"),
    (R::GetScArgs, "GET_SC_ARGS"),
    (R::GetScRet, "GET_SC_RET"),
    (R::CoreDump, "COREDUMP"),
    (R::GetRegs, "GETREGS"),
    (R::SetRegs, "SETREGS"),
    (R::GetFpRegs, "GETFPREGS"),
    (R::SetFpRegs, "SETFPREGS"),
    (R::GetDbRegs, "GETDBREGS"),
    (R::SetDbRegs, "SETDBREGS"),
    (R::VmTimestamp, "VM_TIMESTAMP"),
    (R::VmEntry, "VM_ENTRY"),
    (R::GetRegSet, "GETREGSET"),
    (R::SetRegSet, "SETREGSET"),
    (R::ScRemote, "SC_REMOTE"),
    (R::SetScRet, "SET_SC_RET"),
    (R::GetChildren, "GET_CHILDREN"),
    (R::GetXstateInfo, "GETXSTATE_INFO"),
    (R::GetXstate, "GETXSTATE"),
    (R::SetXstate, "SETXSTATE"),
    (R::GetFsBase, "GETFSBASE"),
    (R::SetFsBase, "SETFSBASE"),
    (R::GetGsBase, "GETGSBASE"),
    (R::SetGsBase, "SETGSBASE"),
    (R::GetCallSet, "GET_CALL_SET"),
    (R::SetCallSet, "SET_CALL_SET"),
    (R::GetSignalSet, "GET_SIGNAL_SET"),
    (R::SetSignalSet, "SET_SIGNAL_SET"),
    (R::GetFaultSet, "GET_FAULT_SET"),
    (R::SetFaultSet, "SET_FAULT_SET"),
    (R::Hold, "HOLD"),
    (R::Release, "RELEASE"),
    (R::OnClose, "ON_CLOSE"),
    (R::OperatorStop, "OPERATOR_STOP"),
    (R::OperatorContinue, "OPERATOR_CONTINUE"),
];

/// Requests about who shares a process, not about a stop of it: they need neither tracing nor a stop.
pub const SHARING: [Request; 5] = [R::Hold, R::Release, R::OnClose, R::OperatorStop, R::OperatorContinue];

impl Request {
    /// The request with this number.
    #[must_use]
    pub fn from_raw(raw: i32) -> Option<Self> {
        NAMES.iter().map(|row| row.0).find(|request| request.raw() == raw)
    }

    /// Its number.
    #[must_use]
    pub const fn raw(self) -> i32 {
        self as i32
    }

    /// Its name, without `PT_`.
    #[must_use]
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    /// The request with this name, without `PT_`, in either case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        NAMES.iter().find(|row| row.1.eq_ignore_ascii_case(name)).map(|row| row.0)
    }
}
