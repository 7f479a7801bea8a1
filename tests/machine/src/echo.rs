//! Sends back what COM1 receives, by interrupts alone.
//!
//! Decides nothing: receive and send interrupts of kernel/machine/src/device/serial.rs must each come as often as they are
//! needed, or this hangs. Neighbours: tests/qemu/tests/machine.rs, which types.

use alloc::collections::VecDeque;
use kernel_core::seam::{Devices, Interrupt, SerialPort};

use crate::bench::Bench;

/// End of the input, as the harness types it.
const END: u8 = 0x04;

/// Echoes up to the end of the input; all that was received is sent before it returns.
pub(crate) fn run(bench: &mut Bench) {
    // The harness types once it sees a line.
    bench.say("echo");
    let mut pending = VecDeque::new();
    let mut ended = false;
    loop {
        while let Some(byte) = bench.machine.serial_read(SerialPort::Console) {
            ended |= byte == END;
            pending.push_back(byte);
        }
        let sent = bench.machine.serial_write(SerialPort::Console, pending.as_slices().0);
        pending.drain(..sent);
        if !pending.is_empty() {
            bench.machine.serial_notify_writable(SerialPort::Console);
        } else if ended {
            return;
        }
        while bench.machine.wait() != Interrupt::Serial(SerialPort::Console) {}
    }
}
