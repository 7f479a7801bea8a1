//! What happens when a program cannot go on: a line on descriptor 2, then the end.
//!
//! Decides the exit status of a panic (101, as Rust's own runtime has it) and supplies the two symbols that the prebuilt
//! `alloc` refers to although nothing here ever unwinds. Neighbours: `io` writes, `start` exits.

use crate::{environment, eprintln, start};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

/// Exit status of a program that panicked.
const PANIC_STATUS: i32 = 101;

/// A panic while the first one is reported must not report again.
static PANICKING: AtomicBool = AtomicBool::new(false);

#[panic_handler]
fn panic(information: &PanicInfo<'_>) -> ! {
    if !PANICKING.swap(true, Ordering::Relaxed) {
        let program = environment::program_name();
        match information.location() {
            Some(place) => {
                eprintln!("{program}: panic at {}:{}: {}", place.file(), place.line(), information.message())
            }
            None => eprintln!("{program}: panic: {}", information.message()),
        }
    }
    start::exit(PANIC_STATUS)
}

/// Named by the prebuilt `alloc`, which was built to unwind; programs abort, so no landing pad ever runs.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// As [`rust_eh_personality`].
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    start::abort()
}
