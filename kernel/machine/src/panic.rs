//! How the kernel dies: a report on every line out, then the end with a status that the harness knows.
//!
//! Decides the format that tests/qemu reads: `panic: MESSAGE at FILE:LINE`, then one line `  at 0xADDRESS` per frame. A panic
//! inside the report ends at once. Main type: [`Report`]. Neighbours: `trap/fault.rs` (faults), the kernel's panic handler.
#![expect(unsafe_code, reason = "walks the stack")]

use core::fmt::{self, Write};
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::device::{log::write_log, power, serial};
use crate::instructions::frame_pointer;
use crate::trap::stacks;

/// Longest backtrace.
const MAX_FRAMES: usize = 32;
/// Status of a panic at the emulator's exit port.
const PANIC_STATUS: u8 = 1;

static REPORTING: AtomicBool = AtomicBool::new(false);

/// For the kernel's panic handler.
pub fn report(information: &PanicInfo<'_>) -> ! {
    let mut report = Report::begin();
    // The report's writer cannot fail.
    let _ = match information.location() {
        Some(place) => writeln!(report, "panic: {} at {}:{}", information.message(), place.file(), place.line()),
        None => writeln!(report, "panic: {}", information.message()),
    };
    report.backtrace(0, frame_pointer());
    end()
}

/// Ends the machine after a report.
pub(crate) fn end() -> ! {
    power::power_off(PANIC_STATUS)
}

/// Writes to the log device and to COM1.
#[derive(Debug)]
pub(crate) struct Report(());

impl Report {
    /// Starts the one report of this run; a second one would be about the first and is not written.
    pub(crate) fn begin() -> Self {
        if REPORTING.swap(true, Ordering::Relaxed) {
            end();
        }
        Self(())
    }

    /// Writes the place `rip` (0: none), then the return addresses along the frame pointers, as long as those stay on
    /// one of the kernel's stacks and rise.
    pub(crate) fn backtrace(&mut self, rip: u64, frame_pointer: u64) {
        if rip != 0 {
            let _ = writeln!(self, "  at {rip:#x}");
        }
        let mut frame = frame_pointer;
        for _ in 0..MAX_FRAMES {
            let [Some(next), Some(address)] = [frame, frame.wrapping_add(8)].map(stack_word) else { return };
            if address == 0 {
                return;
            }
            let _ = writeln!(self, "  at {address:#x}");
            if next <= frame {
                return;
            }
            frame = next;
        }
    }
}

impl Write for Report {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        write_log(text.as_bytes());
        serial::write_blocking(text.as_bytes());
        Ok(())
    }
}

fn stack_word(address: u64) -> Option<u64> {
    let on_stack = stacks::all().iter().any(|stack| stack.holds_word(address));
    // SAFETY: eight aligned bytes on a stack of the kernel, which are mapped and which nobody else writes now.
    on_stack.then(|| unsafe { core::ptr::with_exposed_provenance::<u64>(address as usize).read_volatile() })
}
