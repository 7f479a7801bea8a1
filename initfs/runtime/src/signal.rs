//! Signals: handlers, masks, alternate stacks, waiting.
//!
//! Decides that a handler is an ordinary safe function of the program: it runs on a frame that the process server made and
//! returns through the trampoline page. It may interrupt anything, so locks and the heap are out of its bounds (they would
//! wait for ever, not break). Main functions: [`set_action`], [`set_mask`]. Neighbours: `proc_abi::{signal, sigaction}`.

use crate::error::Result;
use crate::memory::Memory;
use crate::process::process_call;
use crate::system_call;
use core::time::Duration;
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::sigaction::{ActionFlags, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK, SigAction, SignalStack};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIG_DFL, SIG_IGN, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use proc_abi::time::TimeSpec;
use zerocopy::{FromZeros, IntoBytes};

const SIGALTSTACK: usize = 53;
const SIGPROCMASK: usize = 340;
const SIGSUSPEND: usize = 341;
const SIGPENDING: usize = 343;
const SIGTIMEDWAIT: usize = 345;
const SIGACTION: usize = 416;
const SIGQUEUE: usize = 456;

/// A handler: the signal's number, what came with it, and the registers that it interrupted.
pub type Handler = extern "C" fn(signal: i32, information: &SigInfo, context: &UserContext);

/// What a signal does to the process.
#[derive(Clone, Copy, Debug)]
pub enum SignalAction {
    /// Its default.
    Default,
    /// Nothing.
    Ignore,
    /// Runs a handler, other signals being blocked meanwhile.
    Handle(Handler, ActionFlags, SigSet),
}

impl SignalAction {
    /// Runs `handler`; interrupted calls are made again.
    #[must_use]
    pub const fn handler(handler: Handler) -> Self {
        Self::Handle(handler, ActionFlags::RESTART, SigSet::EMPTY)
    }

    fn encode(self) -> SigAction {
        match self {
            Self::Default => SigAction { handler: SIG_DFL, ..SigAction::default() },
            Self::Ignore => SigAction { handler: SIG_IGN, ..SigAction::default() },
            Self::Handle(handler, flags, mask) => SigAction {
                handler: (handler as *const ()).expose_provenance() as u64,
                flags: (flags | ActionFlags::SIGINFO).bits(),
                mask,
                pad: 0,
            },
        }
    }
}

/// Chooses what `signal` does; gives what it did.
///
/// # Errors
/// EINVAL for SIGKILL and SIGSTOP.
pub fn set_action(signal: Signal, action: SignalAction) -> Result<SigAction> {
    let action = action.encode();
    exchange_action(signal, Some(&action))
}

/// What `signal` does.
///
/// # Errors
/// None for a valid signal.
pub fn action(signal: Signal) -> Result<SigAction> {
    exchange_action(signal, None)
}

fn exchange_action(signal: Signal, action: Option<&SigAction>) -> Result<SigAction> {
    let mut old = SigAction::new_zeroed();
    let number = usize::try_from(signal.number()).unwrap_or(0);
    let new = action.map_or(0, |action| system_call::address_of(action.as_bytes()));
    let arguments = [number, new, system_call::address_of_mut(old.as_mut_bytes()), 0, 0, 0];
    // SAFETY: the server reads the action and writes the old one, both lent. A handler is a function of the type that the
    // frame's arguments have, so running it is sound; the trampoline restores every register afterwards.
    unsafe { system_call::call(PROCESS_CALL | SIGACTION, arguments) }?;
    Ok(old)
}

/// Replaces the mask of blocked signals; gives the old one.
///
/// # Errors
/// None.
pub fn set_mask(mask: SigSet) -> Result<SigSet> {
    exchange_mask(SIG_SETMASK, Some(&mask))
}

/// Blocks more signals; gives the old mask.
///
/// # Errors
/// None.
pub fn block(signals: SigSet) -> Result<SigSet> {
    exchange_mask(SIG_BLOCK, Some(&signals))
}

/// Unblocks signals; gives the old mask.
///
/// # Errors
/// None.
pub fn unblock(signals: SigSet) -> Result<SigSet> {
    exchange_mask(SIG_UNBLOCK, Some(&signals))
}

/// The mask of blocked signals.
///
/// # Errors
/// None.
pub fn mask() -> Result<SigSet> {
    exchange_mask(SIG_BLOCK, None)
}

fn exchange_mask(how: i32, set: Option<&SigSet>) -> Result<SigSet> {
    let mut old = SigSet::EMPTY;
    let new = set.map_or(0, |set| system_call::address_of(set.as_bytes()));
    let how = usize::try_from(how).unwrap_or(0);
    let arguments = [how, new, system_call::address_of_mut(old.as_mut_bytes()), 0, 0, 0];
    // SAFETY: the server reads the set and writes the old one, both lent.
    unsafe { system_call::call(PROCESS_CALL | SIGPROCMASK, arguments) }?;
    Ok(old)
}

/// Waits with `mask` in place of the present one until a signal has been handled.
pub fn suspend(mask: SigSet) {
    let address = system_call::address_of(mask.as_bytes());
    // SAFETY: the server reads the mask, which is borrowed. The call always ends with EINTR.
    let _: Result<usize> = unsafe { system_call::call(PROCESS_CALL | SIGSUSPEND, [address, 0, 0, 0, 0, 0]) };
}

/// Signals that are pending.
///
/// # Errors
/// None.
pub fn pending() -> Result<SigSet> {
    let mut set = SigSet::EMPTY;
    let address = system_call::address_of_mut(set.as_mut_bytes());
    // SAFETY: the server writes the set, which is lent.
    unsafe { system_call::call(PROCESS_CALL | SIGPENDING, [address, 0, 0, 0, 0, 0]) }?;
    Ok(set)
}

/// Takes one of `signals` that is or becomes pending, without running its handler; `timeout` bounds the wait.
///
/// # Errors
/// EAGAIN after the timeout, EINTR after another signal was handled.
pub fn wait(signals: SigSet, timeout: Option<Duration>) -> Result<SigInfo> {
    let mut information = SigInfo::new_zeroed();
    let limit = timeout.map(|limit| TimeSpec {
        sec: i64::try_from(limit.as_secs()).unwrap_or(i64::MAX),
        nsec: i64::from(limit.subsec_nanos()),
    });
    let arguments = [
        system_call::address_of(signals.as_bytes()),
        system_call::address_of_mut(information.as_mut_bytes()),
        limit.as_ref().map_or(0, |limit| system_call::address_of(limit.as_bytes())),
        0,
        0,
        0,
    ];
    // SAFETY: the server reads the set and the limit and writes the information, all lent.
    unsafe { system_call::call(PROCESS_CALL | SIGTIMEDWAIT, arguments) }?;
    Ok(information)
}

/// Sends a signal with a value.
///
/// # Errors
/// ESRCH, EPERM, EAGAIN when the target's queue is full.
pub fn queue(pid: i32, signal: Signal, value: u64) -> Result<()> {
    let pid = i64::from(pid).cast_unsigned() as usize;
    let number = usize::try_from(signal.number()).unwrap_or(0);
    process_call(SIGQUEUE, [pid, number, value as usize, 0, 0, 0]).map(drop)
}

/// Has handlers with `ActionFlags::ONSTACK` run on `stack`, for the rest of the thread's life.
///
/// # Errors
/// ENOMEM for less than MINSIGSTKSZ, EPERM while one runs there.
pub fn set_alternate_stack(stack: Memory) -> Result<()> {
    let stack = stack.leak();
    let new =
        SignalStack { base: stack.as_ptr().expose_provenance() as u64, size: stack.len() as u64, flags: 0, pad: 0 };
    let address = system_call::address_of(new.as_bytes());
    // SAFETY: the server reads the description; the memory was given up, so frames there overwrite nothing.
    unsafe { system_call::call(PROCESS_CALL | SIGALTSTACK, [address, 0, 0, 0, 0, 0]) }.map(drop)
}

/// The alternate stack of this thread.
///
/// # Errors
/// None.
pub fn alternate_stack() -> Result<SignalStack> {
    let mut old = SignalStack::DISABLED;
    let address = system_call::address_of_mut(old.as_mut_bytes());
    // SAFETY: the server writes the description, which is lent.
    unsafe { system_call::call(PROCESS_CALL | SIGALTSTACK, [0, address, 0, 0, 0, 0]) }?;
    Ok(old)
}
