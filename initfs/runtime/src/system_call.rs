//! The one instruction by which user space asks for anything: SYSCALL, and how its results are read.
//!
//! Decides the register convention: number in rax; rdi rsi rdx r10 r8 r9; the result in rax; rcx and r11 are lost (SDM
//! vol. 2, SYSCALL), rdx holds a second result of fork. Main functions: [`call`], [`raw`]. Neighbours: every module that
//! wraps a call and says why its arguments are sound; `kernel_abi::calls` has the numbers.

use crate::error::{Error, Result};
use core::arch::asm;

/// Makes a system call and gives the raw result register.
///
/// # Safety
/// What the kernel does for these arguments must be sound for the whole program: memory that the call writes must be
/// lent for that, memory that it reads must be initialised, memory that it unmaps or protects must not be in use.
#[inline]
pub(crate) unsafe fn raw(number: usize, arguments: [usize; 6]) -> usize {
    let [first, second, third, fourth, fifth, sixth] = arguments;
    let result;
    // SAFETY: the instruction changes rax, rcx, r11 and rdx alone; the caller vouches for what the kernel does.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") first,
            in("rsi") second,
            inlateout("rdx") third => _,
            in("r10") fourth,
            in("r8") fifth,
            in("r9") sixth,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Makes a system call without arguments: what stands in the argument registers is not looked at.
///
/// # Safety
/// As for [`raw`].
#[inline]
pub(crate) unsafe fn raw_without_arguments(number: usize) -> usize {
    let result;
    // SAFETY: as in `raw`.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number => result,
            lateout("rdx") _,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    result
}

/// Makes a system call and splits the result into a value or an error.
///
/// # Safety
/// As for [`raw`].
#[inline]
pub(crate) unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize> {
    // SAFETY: passed on to the caller.
    let result = unsafe { raw(number, arguments) };
    decode(result)
}

/// Reads a raw result.
#[inline]
pub(crate) fn decode(result: usize) -> Result<usize> {
    kernel_abi::decode_result(result).map_err(Error::from_number)
}

/// The address of a buffer that the call reads.
#[inline]
pub(crate) fn address_of(bytes: &[u8]) -> usize {
    bytes.as_ptr().expose_provenance()
}

/// The address of a buffer that the call fills.
#[inline]
pub(crate) fn address_of_mut(bytes: &mut [u8]) -> usize {
    bytes.as_mut_ptr().expose_provenance()
}
