//! The end of the machine.
//!
//! Decides how: first the emulator's exit port, which carries a status, then the shutdown ports of QEMU and Bochs, at
//! last a halt for ever. Main function: [`power_off`]. Neighbours: `set`, `panic`.
#![expect(unsafe_code, reason = "halts for ever")]

use super::port::Port;
use super::serial;

/// QEMU's isa-debug-exit: the process ends with status 2 * value + 1.
const DEBUG_EXIT: Port = Port(0xf4);
/// Added to the status, so that no value gives an exit status that QEMU uses itself: 0 is 33, 1 (panic) is 35.
const DEBUG_EXIT_BASE: u8 = 0x10;
const STATUS_MAX: u8 = 0x6f;
/// The port for diagnostic codes: a write takes time and does nothing.
const DELAY: Port = Port(0x80);
const DEBUG_EXIT_POLLS: u32 = 200_000;
/// PM1a control of QEMU's q35 and pc, and of Bochs; the value is S5 with SLP_EN.
const ACPI_CONTROL: [Port; 2] = [Port(0x604), Port(0xb004)];
const ACPI_SOFT_OFF: u16 = 0x2000;
/// Bochs ends when this is written letter by letter.
const BOCHS_SHUTDOWN: Port = Port(0x8900);

/// Ends the machine.
pub(crate) fn power_off(status: u8) -> ! {
    serial::drain();
    DEBUG_EXIT.write(status.min(STATUS_MAX).wrapping_add(DEBUG_EXIT_BASE));
    // QEMU ends in another thread; what follows would tell it to end otherwise.
    (0..DEBUG_EXIT_POLLS).for_each(|_| DELAY.write(0));
    ACPI_CONTROL.iter().for_each(|port| port.write_word(ACPI_SOFT_OFF));
    b"Shutdown".iter().for_each(|letter| BOCHS_SHUTDOWN.write(*letter));
    loop {
        // SAFETY: interrupts are off; only an NMI or reset leads out of the halt.
        unsafe { x86::halt() };
    }
}
