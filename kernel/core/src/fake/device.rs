//! A clock that a test moves and serial lines whose other end the test is.
//!
//! Decides that nothing happens by itself. Main types: [`Clock`], [`Line`]. Neighbour: `fake`.

use std::collections::VecDeque;

use super::FakeMachine;
use crate::seam::{Devices, SerialPort};

/// Time as the test sets it.
#[derive(Debug, Default)]
pub(super) struct Clock {
    now: u64,
    deadline: Option<u64>,
}

/// One serial line, seen from its other end.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Bytes on their way to the kernel.
    pub(crate) input: VecDeque<u8>,
    /// Bytes the kernel sent.
    pub(crate) output: Vec<u8>,
    /// Most bytes that one write takes; `None` is any number.
    pub(crate) room: Option<usize>,
    /// The kernel wants to know when it can send again.
    pub(crate) notify: bool,
}

impl FakeMachine {
    /// Moves the clock; `true` if the deadline passed, which also clears it.
    pub(crate) fn advance(&mut self, nanoseconds: u64) -> bool {
        self.clock.now = self.clock.now.saturating_add(nanoseconds);
        let passed = self.clock.deadline.is_some_and(|deadline| deadline <= self.clock.now);
        if passed {
            self.clock.deadline = None;
        }
        passed
    }

    /// When the kernel wants to be woken.
    pub(crate) const fn deadline(&self) -> Option<u64> {
        self.clock.deadline
    }

    /// A serial line.
    pub(crate) const fn line(&mut self, port: SerialPort) -> &mut Line {
        match port {
            SerialPort::Console => &mut self.console,
            SerialPort::Debugger => &mut self.debugger,
        }
    }
}

impl Devices for FakeMachine {
    fn now(&self) -> u64 {
        self.clock.now
    }

    fn set_timer(&mut self, deadline: Option<u64>) {
        self.clock.deadline = deadline;
    }

    fn boot_time(&self) -> u64 {
        1_767_225_600
    }

    fn serial_read(&mut self, port: SerialPort) -> Option<u8> {
        self.line(port).input.pop_front()
    }

    fn serial_write(&mut self, port: SerialPort, bytes: &[u8]) -> usize {
        let line = self.line(port);
        let count = bytes.len().min(line.room.unwrap_or(usize::MAX));
        line.output.extend_from_slice(&bytes[..count]);
        count
    }

    fn serial_notify_writable(&mut self, port: SerialPort) {
        self.line(port).notify = true;
    }

    fn log(&mut self, bytes: &[u8]) {
        self.log.extend_from_slice(bytes);
    }

    fn fail_allocation(&mut self, nth: Option<u64>) {
        self.failing = nth;
    }

    fn allocations_left(&self) -> Option<u64> {
        self.failing
    }

    fn power_off(&mut self, status: u8) {
        self.powered_off = Some(status);
    }
}
