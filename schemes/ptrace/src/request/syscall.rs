//! GET_SC_ARGS, GET_SC_RET and SET_SC_RET: the system call a thread is stopped in.
//!
//! Decides which stops have one, how results are told, and which may be given in place of the call's own. Neighbours: `report` latches the call, the kernel keeps the
//! arguments. FreeBSD: sys_process.c (PT_GET_SC_ARGS, PT_GET_SC_RET); specification section 4.

use proc_abi::syscall::{ARGUMENTS_SIZE, EJUSTRETURN, ERESTART, SyscallReturn};
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::thread::{DebugFlags, Point, Stage, Stop};
use crate::turn::Turn;

/// "Made again" and "the frame was set" as the kernel reports them in a raw result.
const RAW_RESTART: u32 = 4095;
const RAW_JUST_RETURN: u32 = 4094;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn syscall_arguments(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let thread = self.thread(at).ok_or(Errno::ESRCH)?;
        if !thread.flags.intersects(DebugFlags::SCE | DebugFlags::SCX) {
            return Err(Errno::EINVAL);
        }
        let count = usize::try_from(thread.call.arguments).unwrap_or(0);
        let kernel = thread.kernel;
        let latched = self.kernel.thread_information(kernel)?.arguments;
        let mut told = [0_u64; ARGUMENTS_SIZE / size_of::<u64>()];
        for (into, from) in told.iter_mut().zip(latched).take(count) {
            *into = from;
        }
        let bytes = told.as_bytes();
        self.give(arguments, asked.address, prefix(bytes, asked.data))?;
        Ok(0)
    }

    pub(super) fn syscall_return(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let thread = self.thread(at).ok_or(Errno::ESRCH)?;
        if !thread.flags.contains(DebugFlags::SCX) {
            return Err(Errno::EINVAL);
        }
        let told = describe(thread.call.result);
        self.give(arguments, asked.address, prefix(told.as_bytes(), asked.data))?;
        Ok(0)
    }

    pub(super) fn set_syscall_return(&mut self, asked: &Asked, arguments: &Arguments<'_>) -> Result<i32> {
        // As for every structure whose size `data` names, that belongs to the copy-in, so it comes before the target.
        if usize::try_from(asked.data) != Ok(size_of::<SyscallReturn>()) {
            return Err(Errno::EINVAL);
        }
        let mut told = SyscallReturn::default();
        self.argument(arguments, asked.address, told.as_mut_bytes())?;
        let at = self.admitted(asked)?;
        let thread = self.thread_mut(at).ok_or(Errno::ESRCH)?;
        if !matches!(thread.stage, Stage::Stopped(Stop::Event(Point::CallEntry), _)) {
            return Err(Errno::EINVAL);
        }
        thread.given_result = Some(encode(&told).ok_or(Errno::EINVAL)?);
        Ok(0)
    }
}

/// The raw result that stands for this one; none for results that no call can have.
fn encode(told: &SyscallReturn) -> Option<usize> {
    let value = usize::try_from(told.retval[0]).ok()?;
    match u32::try_from(told.error).ok()? {
        0 => kernel_abi::decode_result(value).ok(),
        RAW_RESTART | RAW_JUST_RETURN => None,
        errno => Errno::new(errno).map(|errno| kernel_abi::encode_result(Err(errno.number()))),
    }
}

/// As much as `data` asks for; a negative count is a huge one, as FreeBSD's comparison makes it.
fn prefix(bytes: &[u8], data: i32) -> &[u8] {
    let length = usize::try_from(data).unwrap_or(usize::MAX).min(bytes.len());
    bytes.get(..length).unwrap_or(bytes)
}

/// A raw result as debuggers are told it.
pub(super) fn describe(raw: u64) -> SyscallReturn {
    match kernel_abi::decode_result(raw as usize) {
        Ok(value) => SyscallReturn { retval: [value as u64, 0], ..SyscallReturn::default() },
        Err(RAW_RESTART) => SyscallReturn { error: ERESTART, ..SyscallReturn::default() },
        Err(RAW_JUST_RETURN) => SyscallReturn { error: EJUSTRETURN, ..SyscallReturn::default() },
        Err(errno) => SyscallReturn { error: errno.cast_signed(), ..SyscallReturn::default() },
    }
}
