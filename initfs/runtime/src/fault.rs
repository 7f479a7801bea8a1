//! Instructions that trap on purpose: what debug targets and tests of signals are made of.
//!
//! Decides nothing: each function is one instruction that faults, or one system call whose buffer is none. All are safe:
//! they change nothing but what the kernel makes of the trap. Main items: [`breakpoint`] and its like, [`BadAddress`].
//! Neighbours: `memory::probe` (memory of any protection), tests/programs.

use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call;
use core::arch::asm;
use kernel_abi::redox::number::{SYS_READ, SYS_WRITE};

/// INT3: a breakpoint (#BP), after which the program goes on.
pub fn breakpoint() {
    // SAFETY: INT3 changes no register and no memory; whoever takes the trap decides what comes next.
    unsafe { asm!("int3", options(nomem, nostack)) }
}

/// UD2: an invalid instruction (#UD).
pub fn invalid_instruction() -> ! {
    crate::start::abort()
}

/// HLT, which user code may not run (#GP).
pub fn privileged_instruction() -> ! {
    // SAFETY: the instruction faults and does nothing else; should the kernel go on behind it, the next one faults.
    unsafe { asm!("hlt", "ud2", options(noreturn, nomem, nostack)) }
}

/// Divides by zero (#DE).
pub fn divide_by_zero() -> ! {
    // SAFETY: the instruction faults before it writes its registers; should the kernel go on behind it, the next one faults.
    unsafe { asm!("xor ecx, ecx", "xor edx, edx", "mov eax, 1", "div ecx", "ud2", options(noreturn, nomem, nostack)) }
}

/// Reads at address 0, where nothing can be mapped (#PF).
pub fn read_null() -> ! {
    // SAFETY: as for `divide_by_zero`: nothing is mapped in the lowest page, so the read faults.
    unsafe { asm!("xor eax, eax", "mov al, [rax]", "ud2", options(noreturn, readonly, nostack)) }
}

/// Pushes until the stack is used up (#PF below it).
pub fn overflow_stack() -> ! {
    // SAFETY: the thread never returns, so nobody misses what lies on its stack; what is below belongs to the stack up to
    // the guard below it, where a push faults.
    unsafe { asm!("2: push rax", "jmp 2b", options(noreturn)) }
}

/// Addresses that no program can have memory at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadAddress {
    /// The lowest page.
    Null,
    /// The kernel's half.
    Kernel,
    /// In no half: bits 47 to 63 differ.
    NonCanonical,
    /// So high that address and length overflow.
    Wrapping,
}

impl BadAddress {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Null, Self::Kernel, Self::NonCanonical, Self::Wrapping];

    /// The number.
    #[must_use]
    pub const fn address(self) -> usize {
        match self {
            Self::Null => 8,
            Self::Kernel => 0xffff_8000_0000_0000,
            Self::NonCanonical => 0x0000_8000_0000_1000,
            Self::Wrapping => usize::MAX - 15,
        }
    }
}

/// Reads from `file` into a buffer that is none.
///
/// # Errors
/// EFAULT, unless the file is at its end or refuses first.
pub fn read_to_bad_address(file: &File, address: BadAddress, length: usize) -> Result<usize> {
    // SAFETY: the kernel cannot write there: no program has memory at such an address.
    unsafe { system_call::call(SYS_READ, [file.descriptor(), address.address(), length, 0, 0, 0]) }
}

/// Writes to `file` from a buffer that is none.
///
/// # Errors
/// EFAULT, unless the file refuses first.
pub fn write_from_bad_address(file: &File, address: BadAddress, length: usize) -> Result<usize> {
    // SAFETY: the kernel at most reads.
    unsafe { system_call::call(SYS_WRITE, [file.descriptor(), address.address(), length, 0, 0, 0]) }
}

/// Makes a system call that does not exist.
///
/// # Errors
/// ENOSYS, or EINVAL if the number does exist: then no call is made.
pub fn call_unknown_number(number: usize) -> Result<usize> {
    if kernel_abi::calls::by_number(number).is_some() {
        return Err(Error::EINVAL);
    }
    // SAFETY: the table of calls has no such number, so nothing is done.
    unsafe { system_call::call(number, [0; 6]) }
}

/// Gives functions plain symbols, the C calling convention and a call of their own, so that a debugger finds them by name
/// and their arguments in registers: `exported!(NAME(ARGUMENT: TYPE) -> TYPE = FUNCTION);` makes `NAME`, which does what
/// `FUNCTION` does.
#[macro_export]
macro_rules! exported {
    ($name:ident($($argument:ident: $kind:ty),*) -> $result:ty = $function:path) => {
        #[doc = concat!("`", stringify!($function), "` under a plain symbol.")]
        #[unsafe(no_mangle)]
        #[inline(never)]
        pub extern "C" fn $name($($argument: $kind),*) -> $result {
            $function($($argument),*)
        }
    };
}
