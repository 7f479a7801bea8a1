//! The serial lines as raw files, one open file for each at a time.
//!
//! Decides buffering: received bytes wait in a ring while the line is open; what does not fit, or comes while nobody has the
//! line open, stays in the port, which holds the sender back. Bytes to be sent wait in another ring that the line's
//! interrupts empty. Main type: [`Line`]. Neighbours: `ring`, `wait`, `event`,
//! `exit` (interrupts), the terminal server and the debugger's server (who open lines).

use kernel_abi::redox::flag::EventFlags;

use super::buffer::{add_bytes, clamp, take_bytes};
use super::event::{READ, WRITE};
use super::ring::Ring;
use super::wait::{WaitList, WaitPlace};
use super::{DescriptionKey, Object};
use crate::Core;
use crate::call::{Done, Served};
use crate::errno::Errno;
use crate::seam::{Machine, SerialPort};
use crate::thread::ThreadKey;

/// Bytes of each ring.
const RING: usize = 4096;

/// Received bytes that are taken at once at most; a real port holds 16.
const BURST: usize = 4096;

/// Attempts at a line that takes nothing before it is given up; a port sends a byte in far fewer, but a busy host may keep
/// the reader at the other end waiting for seconds.
const FLUSH_ATTEMPTS: u32 = 20_000_000;

/// One line.
#[derive(Debug, Default)]
pub(super) struct Line {
    open: bool,
    input: Ring,
    output: Ring,
    pub(super) readers: WaitList,
    pub(super) writers: WaitList,
    pub(super) description: Option<DescriptionKey>,
}

impl<M: Machine> Core<M> {
    /// A line for a new open file.
    ///
    /// # Errors
    /// EBUSY if it is open already; ENOMEM.
    pub(super) fn make_serial(&mut self, port: SerialPort) -> Result<Object, Errno> {
        let line = self.files.line_mut(port);
        if line.open {
            return Err(Errno::EBUSY);
        }
        line.input.reserve(RING)?;
        line.output.reserve(RING)?;
        line.open = true;
        self.take_received(port);
        Ok(Object::Serial(port))
    }

    /// Takes bytes from the port as long as there is room for them; whether any came.
    fn take_received(&mut self, port: SerialPort) -> bool {
        let mut received = false;
        for _ in 0..BURST {
            let line = self.files.line_mut(port);
            if !line.open || line.input.room() == 0 {
                break;
            }
            let Some(byte) = self.machine.serial_read(port) else {
                break;
            };
            received |= line.input.push(&[byte]) == 1;
        }
        received
    }

    pub(super) fn read_serial(
        &mut self,
        key: ThreadKey,
        port: SerialPort,
        buffer: (u64, u64),
        nonblocking: bool,
    ) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let length = clamp(buffer.1);
        if length == 0 {
            return Ok(Done::Value(0));
        }
        self.take_received(port);
        let ring = &mut self.files.line_mut(port).input;
        if ring.is_empty() {
            return if nonblocking { Err(Errno::EAGAIN) } else { self.wait_at(key, WaitPlace::SerialData(port)) };
        }
        take_bytes(&mut self.memory, &mut self.machine, ring, space, (buffer.0, length)).map(Done::Value)
    }

    pub(super) fn write_serial(
        &mut self,
        key: ThreadKey,
        port: SerialPort,
        buffer: (u64, u64),
        nonblocking: bool,
    ) -> Served {
        let space = self.space_of(key).ok_or(Errno::ESRCH)?;
        let ring = &mut self.files.line_mut(port).output;
        let count = clamp(buffer.1).min(ring.room());
        if buffer.1 == 0 {
            return Ok(Done::Value(0));
        }
        if count == 0 {
            return if nonblocking { Err(Errno::EAGAIN) } else { self.wait_at(key, WaitPlace::SerialRoom(port)) };
        }
        add_bytes(&mut self.memory, &mut self.machine, ring, space, (buffer.0, count))?;
        self.drain_output(port);
        Ok(Done::Value(count))
    }

    /// The port has received bytes or can send again.
    pub(crate) fn serial_interrupt(&mut self, port: SerialPort) {
        if self.take_received(port) {
            self.wake_all(WaitPlace::SerialData(port));
            self.serial_ready(port, READ);
        }
        let sent = self.drain_output(port);
        if sent > 0 {
            self.wake_all(WaitPlace::SerialRoom(port));
            self.serial_ready(port, WRITE);
        }
    }

    /// Gives the port what it takes now and asks for an interrupt if something is left; how much was sent.
    fn drain_output(&mut self, port: SerialPort) -> usize {
        let mut sent = 0_usize;
        let ring = &mut self.files.line_mut(port).output;
        while !ring.is_empty() {
            let count = self.machine.serial_write(port, ring.readable());
            if count == 0 {
                self.machine.serial_notify_writable(port);
                break;
            }
            ring.consume(count);
            sent = sent.saturating_add(count);
        }
        sent
    }

    /// Sends what waits on every line before the machine is switched off. A line that takes nothing for long has nobody at
    /// its other end and loses the rest.
    pub(super) fn flush_lines(&mut self) {
        for port in [SerialPort::Console, SerialPort::Debugger] {
            let mut idle = 0_u32;
            while idle < FLUSH_ATTEMPTS && !self.files.line_mut(port).output.is_empty() {
                idle = if self.drain_output(port) > 0 { 0 } else { idle.saturating_add(1) };
            }
        }
    }

    /// The last reference is gone: what was not read is lost, what was written is still sent.
    pub(super) fn close_serial(&mut self, port: SerialPort) {
        let line = self.files.line_mut(port);
        line.open = false;
        line.description = None;
        line.input = Ring::default();
        self.wake_all(WaitPlace::SerialData(port));
        self.wake_all(WaitPlace::SerialRoom(port));
    }

    pub(super) fn serial_readiness(&self, port: SerialPort) -> EventFlags {
        let line = self.files.line(port);
        let mut flags = EventFlags::empty();
        flags.set(READ, !line.input.is_empty());
        flags.set(WRITE, line.output.room() > 0);
        flags
    }

    fn serial_ready(&mut self, port: SerialPort, flags: EventFlags) {
        if let Some(description) = self.files.line(port).description {
            self.ready(description, flags);
        }
    }
}
