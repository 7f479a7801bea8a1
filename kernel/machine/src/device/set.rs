//! All devices together, as the core sees them.
//!
//! Decides which interrupt line means what. Main type: [`DeviceSet`]. Neighbours: `kernel_core::seam::Devices`, the
//! modules of the single devices.

use kernel_core::seam::{Devices, Interrupt, SerialPort};

use super::pic::{self, Line};
use super::rtc;
use super::serial::Serial;
use super::timer::Timer;
use super::{log, power};
use crate::machine::Machine;
use crate::trap::supervisor::take_wait_vector;
use crate::{heap, instructions};

/// The devices of the machine.
#[derive(Debug)]
pub(crate) struct DeviceSet {
    timer: Timer,
    console: Serial,
    debugger: Serial,
    boot_time: u64,
}

impl DeviceSet {
    /// Finds and sets up all devices; interrupts stay off until user code runs or the kernel waits.
    pub(crate) fn initialize() -> Self {
        pic::initialize(&[Line::Timer, Line::Com1, Line::Com2]);
        let timer = Timer::calibrate();
        let (console, debugger) = (Serial::open(SerialPort::Console), Serial::open(SerialPort::Debugger));
        Self { boot_time: rtc::read().saturating_sub(timer.now() / 1_000_000_000), timer, console, debugger }
    }

    fn serial(&mut self, port: SerialPort) -> &mut Serial {
        match port {
            SerialPort::Console => &mut self.console,
            SerialPort::Debugger => &mut self.debugger,
        }
    }
}

impl Machine {
    /// Stops until an interrupt comes, with nothing to run.
    pub fn wait(&mut self) -> Interrupt {
        instructions::wait_for_interrupt();
        self.waited()
    }

    /// Takes an interrupt that is there already, with no thread to run but work of the kernel's own.
    pub fn poll(&mut self) -> Interrupt {
        instructions::let_interrupts_in();
        self.waited()
    }

    fn waited(&mut self) -> Interrupt {
        match take_wait_vector() {
            Some(vector) => self.interrupt(vector),
            None => Interrupt::Spurious,
        }
    }

    /// Acknowledges the interrupt and says what it means.
    pub(crate) fn interrupt(&mut self, vector: u32) -> Interrupt {
        match pic::acknowledge(vector) {
            Some(Line::Timer) if self.devices.timer.expired() => Interrupt::Timer,
            Some(Line::Com1) => self.serial_interrupt(SerialPort::Console),
            Some(Line::Com2) => self.serial_interrupt(SerialPort::Debugger),
            Some(Line::Timer) | None => Interrupt::Spurious,
        }
    }

    fn serial_interrupt(&mut self, port: SerialPort) -> Interrupt {
        self.devices.serial(port).quiet();
        Interrupt::Serial(port)
    }
}

impl Devices for Machine {
    #[inline]
    fn now(&self) -> u64 {
        self.devices.timer.now()
    }

    fn set_timer(&mut self, deadline: Option<u64>) {
        self.devices.timer.set(deadline);
    }

    fn boot_time(&self) -> u64 {
        self.devices.boot_time
    }

    fn serial_read(&mut self, port: SerialPort) -> Option<u8> {
        self.devices.serial(port).read()
    }

    fn serial_write(&mut self, port: SerialPort, bytes: &[u8]) -> usize {
        self.devices.serial(port).write(bytes)
    }

    fn serial_notify_writable(&mut self, port: SerialPort) {
        self.devices.serial(port).notify_writable();
    }

    fn log(&mut self, bytes: &[u8]) {
        log::write_log(bytes);
    }

    fn fail_allocation(&mut self, nth: Option<u64>) {
        heap::fail_allocation(nth);
    }

    fn allocations_left(&self) -> Option<u64> {
        heap::allocations_left()
    }

    fn power_off(&mut self, status: u8) {
        power::power_off(status);
    }
}
