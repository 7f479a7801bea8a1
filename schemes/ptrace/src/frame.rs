//! Signal frames: the bytes a handler finds on its stack, the registers it starts with, and the way back.
//!
//! Decides both as pure functions. Main types: [`Interrupted`], [`Handler`], [`Entry`]. Neighbours: `deliver` reads and
//! writes the thread, `proc_abi::signal_frame` is the layout. FreeBSD: amd64/exec_machdep.c (sendsig, sys_sigreturn).
//!
//! The extended state beyond the FXSAVE image lies below the interrupted stack on 64 bytes, the frame below it on 16.

use kernel_abi::registers::{RFLAGS_TF, Registers, SegmentBases};
use proc_abi::sigaction::{ActionFlags, SS_DISABLE, SigAction, SignalStack};
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::SigSet;
use proc_abi::signal_frame::{
    FPFORMAT_XMM, FPOWNED_FPU, MC_HASBASES, MC_HASFPXSTATE, MC_HASSEGS, MachineContext, RED_ZONE, SIGNAL_TRAMPOLINE,
    SignalFrame, UserContext,
};
use proc_abi::xstate::LEGACY_SIZE;
use zerocopy::FromZeros;

use crate::errno::{Errno, Result};

const DIRECTION_FLAG: u64 = 0x400;
const EXTENDED_ALIGNMENT: u64 = 64;
const FRAME_ALIGNMENT: u64 = 16;

/// A thread as a signal found it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Interrupted<'a> {
    pub(crate) registers: Registers,
    pub(crate) bases: SegmentBases,
    /// XSAVE image, at least its FXSAVE part.
    pub(crate) extended: &'a [u8],
    /// Mask to restore when the handler returns.
    pub(crate) mask: SigSet,
    pub(crate) stack: SignalStack,
}

/// What is to run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Handler {
    pub(crate) action: SigAction,
    pub(crate) info: SigInfo,
}

/// How the handler starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Where the frame goes.
    pub(crate) address: u64,
    pub(crate) frame: SignalFrame,
    /// Where the extended state beyond the FXSAVE image goes.
    pub(crate) extended_address: u64,
    pub(crate) registers: Registers,
}

/// The frame and registers for a handler; none if the stack has no room below it.
pub(crate) fn enter(interrupted: &Interrupted<'_>, handler: &Handler) -> Option<Entry> {
    let flags = handler.action.flags();
    let on_stack = interrupted.stack.contains(interrupted.registers.rsp);
    let switches = flags.contains(ActionFlags::ONSTACK) && !on_stack && interrupted.stack.flags & SS_DISABLE == 0;
    let top = if switches {
        interrupted.stack.base.checked_add(interrupted.stack.size)?
    } else {
        interrupted.registers.rsp.checked_sub(RED_ZONE)?
    };
    let tail = interrupted.extended.get(LEGACY_SIZE..).unwrap_or_default();
    let tail_length = u64::try_from(tail.len()).ok()?;
    let extended_address = align_down(top.checked_sub(tail_length)?, EXTENDED_ALIGNMENT);
    let address = align_down(extended_address.checked_sub(size_of::<SignalFrame>() as u64)?, FRAME_ALIGNMENT);

    let mut frame = SignalFrame::new_zeroed();
    frame.handler = handler.action.handler;
    frame.info = handler.info;
    frame.context = context(interrupted, on_stack || switches)?;
    if tail_length > 0 {
        frame.context.mcontext.flags |= MC_HASFPXSTATE;
        frame.context.mcontext.xfpustate = extended_address;
        frame.context.mcontext.xfpustate_length = tail_length;
    }
    let registers = handler_registers(&interrupted.registers, address, handler);
    Some(Entry { address, frame, extended_address, registers })
}

fn handler_registers(interrupted: &Registers, frame: u64, handler: &Handler) -> Registers {
    let context_offset = core::mem::offset_of!(SignalFrame, context) as u64;
    let info_offset = core::mem::offset_of!(SignalFrame, info) as u64;
    let with_info = handler.action.flags().contains(ActionFlags::SIGINFO);
    Registers {
        rdi: u64::from(handler.info.signo.cast_unsigned()),
        rsi: if with_info { frame.wrapping_add(info_offset) } else { u64::from(handler.info.code.cast_unsigned()) },
        rdx: frame.wrapping_add(context_offset),
        rcx: handler.info.addr,
        rip: SIGNAL_TRAMPOLINE,
        rsp: frame,
        rflags: interrupted.rflags & !(RFLAGS_TF | DIRECTION_FLAG),
        ..*interrupted
    }
}

fn context(interrupted: &Interrupted<'_>, on_stack: bool) -> Option<UserContext> {
    let registers = &interrupted.registers;
    let mut context = UserContext::new_zeroed();
    context.sigmask = interrupted.mask;
    context.stack = interrupted.stack;
    context.mcontext = MachineContext {
        onstack: u64::from(on_stack),
        rdi: registers.rdi,
        rsi: registers.rsi,
        rdx: registers.rdx,
        rcx: registers.rcx,
        r8: registers.r8,
        r9: registers.r9,
        rax: registers.rax,
        rbx: registers.rbx,
        rbp: registers.rbp,
        r10: registers.r10,
        r11: registers.r11,
        r12: registers.r12,
        r13: registers.r13,
        r14: registers.r14,
        r15: registers.r15,
        fs: registers.fs,
        gs: registers.gs,
        es: registers.es,
        ds: registers.ds,
        flags: MC_HASSEGS | MC_HASBASES,
        rip: registers.rip,
        cs: registers.cs,
        rflags: registers.rflags,
        rsp: registers.rsp,
        ss: registers.ss,
        length: size_of::<MachineContext>() as u64,
        fpformat: FPFORMAT_XMM,
        ownedfp: FPOWNED_FPU,
        fsbase: interrupted.bases.fs,
        gsbase: interrupted.bases.gs,
        ..MachineContext::new_zeroed()
    };
    let legacy = interrupted.extended.get(..LEGACY_SIZE)?;
    for (word, bytes) in context.mcontext.fpstate.iter_mut().zip(legacy.as_chunks::<8>().0) {
        *word = u64::from_le_bytes(*bytes);
    }
    Some(context)
}

/// The registers that a context asks for; the kernel validates their values.
///
/// # Errors
/// EINVAL if it is not a context at all.
pub(crate) fn leave(context: &MachineContext, current: &Registers) -> Result<Registers> {
    if context.length != size_of::<MachineContext>() as u64 {
        return Err(Errno::EINVAL);
    }
    Ok(Registers {
        r15: context.r15,
        r14: context.r14,
        r13: context.r13,
        r12: context.r12,
        r11: context.r11,
        r10: context.r10,
        r9: context.r9,
        r8: context.r8,
        rdi: context.rdi,
        rsi: context.rsi,
        rbp: context.rbp,
        rbx: context.rbx,
        rdx: context.rdx,
        rcx: context.rcx,
        rax: context.rax,
        rip: context.rip,
        cs: context.cs,
        rflags: context.rflags,
        rsp: context.rsp,
        ss: context.ss,
        ..*current
    })
}

const fn align_down(address: u64, alignment: u64) -> u64 {
    address & !alignment.wrapping_sub(1)
}
