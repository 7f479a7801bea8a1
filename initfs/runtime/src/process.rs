//! Processes: who we are, children, signals to others.
//!
//! Decides how FreeBSD's process calls look to safe code. Main functions: [`id`], [`fork`], [`vfork`], [`kill`]; main types:
//! [`Pid`], [`Fork`]. Neighbours: `process::command` (starting programs), `process::wait`, `process::identity` (users,
//! groups, sessions), `process::trace`, `process::execute`; the numbers and layouts are `proc_abi`'s.

pub mod command;
pub mod core_dump;
pub mod execute;
pub mod identity;
pub mod ptrace;
pub mod trace;
pub mod wait;

use crate::error::{Error, Result};
use crate::memory::Memory;
use crate::system_call;
use core::arch::naked_asm;
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::procctl::PROC_PROTECT;
use proc_abi::signal::Signal;

pub use crate::start::exit;
pub use command::{Child, Command};
pub use proc_abi::id::Pid;

const FORK: usize = 2;
const GETPID: usize = 20;
const KILL: usize = 37;
const GETPPID: usize = 39;
const VFORK: usize = 66;
const PROCCTL: usize = 544;

/// procctl's idtype for one process.
const P_PID: usize = 0;

/// Bytes of stack for what a vfork child runs.
const CHILD_STACK: usize = 64 << 10;

/// Which side of a fork this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fork {
    /// The process that forked; the child's pid.
    Parent(Pid),
    /// The new process.
    Child,
}

/// This process; 0 in native groups, which are none.
#[must_use]
pub fn id() -> i32 {
    // SAFETY: takes no arguments and touches no memory.
    i32::try_from(unsafe { system_call::raw_without_arguments(PROCESS_CALL | GETPID) }).unwrap_or(0)
}

/// Its parent.
#[must_use]
pub fn parent_id() -> i32 {
    // SAFETY: as for `id`.
    i32::try_from(unsafe { system_call::raw_without_arguments(PROCESS_CALL | GETPPID) }).unwrap_or(0)
}

/// Makes a copy of this process that has the calling thread alone. Locks that other threads hold stay held in the child.
///
/// # Errors
/// EAGAIN, ENOMEM.
pub fn fork() -> Result<Fork> {
    // SAFETY: the child goes on with a copy of all memory, as sound as the original.
    let result = unsafe { system_call::raw_without_arguments(PROCESS_CALL | FORK) };
    match system_call::decode(result)? {
        0 => Ok(Fork::Child),
        pid => new_pid(pid).map(Fork::Parent),
    }
}

/// Runs `child` in a new process that borrows this one's memory; the calling thread waits until the child has executed a
/// program or exited. What `child` returns is its exit status.
///
/// # Errors
/// EAGAIN, ENOMEM.
pub fn vfork(child: &mut dyn FnMut() -> i32) -> Result<Pid> {
    let stack = Memory::anonymous(CHILD_STACK)?;
    let top = stack.address().saturating_add(stack.length());
    let mut child = child;
    let data: *mut &mut dyn FnMut() -> i32 = &raw mut child;
    // SAFETY: the child runs `run_child` on `stack`, which outlives it: this thread goes on only when the child no longer
    // uses this memory. Until then the child alone has `child`, so the exclusive borrow holds.
    let result = unsafe { vfork_on_stack(run_child, data.cast(), top) };
    new_pid(system_call::decode(result)?)
}

extern "C" fn run_child(data: *mut u8) -> ! {
    let child: *mut &mut dyn FnMut() -> i32 = data.cast();
    // SAFETY: `vfork` passes the address of such a reference, which its waiting frame keeps alive.
    let child = unsafe { &mut *child };
    exit(child())
}

/// vfork whose child calls `function(data)` on a stack of its own, so that it cannot overwrite the frames to which the
/// parent returns. The kernel keeps all registers but rax, rcx, rdx and r11.
#[unsafe(naked)]
unsafe extern "C" fn vfork_on_stack(function: extern "C" fn(*mut u8) -> !, data: *mut u8, stack: usize) -> usize {
    naked_asm!(
        "mov r8, rdi",
        "mov rdi, rsi",
        "mov r9, rdx",
        "mov eax, {vfork}",
        "syscall",
        "test rax, rax",
        "jne 2f",
        "mov rsp, r9",
        "xor ebp, ebp",
        "call r8",
        "ud2",
        "2:",
        "ret",
        vfork = const PROCESS_CALL | VFORK,
    )
}

/// Sends a signal as kill(2): to a process (above 0), to the own process group (0), to everybody allowed (-1), to the
/// process group -target (below). Without a signal it only checks.
///
/// # Errors
/// ESRCH, EPERM, EINVAL.
pub fn kill(target: i32, signal: Option<Signal>) -> Result<()> {
    let target = i64::from(target).cast_unsigned() as usize;
    let signal = usize::try_from(signal.map_or(0, Signal::number)).map_err(|_| Error::EINVAL)?;
    process_call(KILL, [target, signal, 0, 0, 0, 0]).map(drop)
}

/// From now on nobody may trace, stop or kill this process; for init, of the servers that it starts.
///
/// # Errors
/// EPERM for all but process 1, ESRCH, EBUSY for a process that is traced.
pub fn protect(pid: Pid) -> Result<()> {
    process_call(PROCCTL, [P_PID, pid.raw() as usize, PROC_PROTECT as usize, 0, 0, 0]).map(drop)
}

fn new_pid(raw: usize) -> Result<Pid> {
    i32::try_from(raw).ok().and_then(Pid::new).ok_or(Error::EPROTO)
}

/// A process call none of whose arguments is an address.
pub(crate) fn process_call(number: usize, arguments: [usize; 6]) -> Result<usize> {
    // SAFETY: callers pass numbers of calls that take no addresses, so the server neither reads nor writes memory here.
    unsafe { system_call::call(PROCESS_CALL | number, arguments) }
}
