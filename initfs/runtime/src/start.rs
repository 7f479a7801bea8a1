//! Where a program begins, and how it ends.
//!
//! Decides the two kinds of start. A process starts with the System V block on its stack (argc, argv, envp, auxv): the
//! macro [`entry!`](crate::entry). Native groups (boot, the process server, boot files) and the loader start with an
//! empty stack and one word in rdi: [`native_entry!`](crate::native_entry). Neighbours: `environment` keeps the block,
//! `panic` ends a program that cannot go on.

use crate::environment;
use crate::system_call;
use kernel_abi::calls::PROCESS_CALL;

/// FreeBSD's number of exit.
const EXIT: usize = PROCESS_CALL | 1;

/// Where the stack pointer was when the program began. Only the entry code makes one, so that safe code cannot have the
/// runtime read a stack that is none.
#[derive(Debug)]
#[repr(transparent)]
pub struct InitialStack(*const usize);

impl InitialStack {
    /// The address of argc.
    pub(crate) fn words(&self) -> *const usize {
        self.0
    }
}

/// What `main` may return, and the exit status it stands for.
pub trait Termination {
    /// The exit status.
    fn status(self) -> i32;
}

impl Termination for () {
    fn status(self) -> i32 {
        0
    }
}

impl Termination for i32 {
    fn status(self) -> i32 {
        self
    }
}

impl Termination for core::convert::Infallible {
    fn status(self) -> i32 {
        match self {}
    }
}

impl<T: Termination> Termination for crate::Result<T> {
    fn status(self) -> i32 {
        match self {
            Ok(value) => value.status(),
            Err(error) => {
                crate::eprintln!("{}: {error}", environment::program_name());
                1
            }
        }
    }
}

/// Makes a function the program's `main`: `runtime::entry!(main);` with `fn main() -> i32`, or any [`Termination`].
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn proctor_start(stack: $crate::start::InitialStack, _argument: usize) -> ! {
            $crate::start::program(stack, || $crate::start::Termination::status($main()))
        }
    };
}

/// As [`entry!`](crate::entry) for a program without arguments or environment: `fn main(argument: usize) -> i32`, with
/// what stood in rdi.
#[macro_export]
macro_rules! native_entry {
    ($main:path) => {
        #[unsafe(no_mangle)]
        extern "C" fn proctor_start(_stack: $crate::start::InitialStack, argument: usize) -> ! {
            $crate::environment::set_program_name(::core::env!("CARGO_PKG_NAME"));
            $crate::start::exit($crate::start::Termination::status($main(argument)))
        }
    };
}

/// Runs a program that was started by exec; [`entry!`](crate::entry) calls this with the initial stack pointer.
pub fn program(stack: InitialStack, main: impl FnOnce() -> i32) -> ! {
    environment::adopt(&stack);
    exit(main())
}

/// Ends the process with `status`, of which the low eight bits reach the parent.
pub fn exit(status: i32) -> ! {
    // SAFETY: ends the process; no memory is touched.
    unsafe { system_call::raw(EXIT, [usize::try_from(status & 0xff).unwrap_or(0), 0, 0, 0, 0, 0]) };
    // Only a group without a process server gets here (ENOSYS): its fault ends it.
    abort()
}

/// Ends the program by an invalid instruction: where even exit is refused.
pub fn abort() -> ! {
    // SAFETY: UD2 raises #UD and does nothing else.
    unsafe { core::arch::asm!("ud2", options(noreturn, nomem, nostack)) }
}

// The kernel enters with rsp at the System V block, 16-byte aligned, so the call leaves it as the C ABI wants it; a
// native group's stack is aligned here. rbp = 0 ends backtraces by frame pointers.
#[cfg(target_os = "redox")]
core::arch::global_asm!(
    ".globl _start",
    ".type _start, @function",
    "_start:",
    "    xor ebp, ebp",
    "    mov rsi, rdi",
    "    mov rdi, rsp",
    "    and rsp, -16",
    "    call {start}",
    "    ud2",
    ".size _start, . - _start",
    start = sym proctor_start,
);

#[cfg(target_os = "redox")]
unsafe extern "C" {
    fn proctor_start(stack: InitialStack, argument: usize) -> !;
}
