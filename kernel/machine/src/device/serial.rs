//! The 16550 serial ports.
//!
//! Decides how interrupts stay alive although the controller wants edges: an interrupt turns its causes off at the port
//! until the core has drained it, or taken a FIFO's worth (receive), or asks again (send); turning a cause on makes a new
//! edge. Main type: [`Serial`]. Neighbours: `set`, `panic` (writes without interrupts).

use kernel_core::seam::SerialPort;

use super::port::Port;

const DATA: u16 = 0;
const INTERRUPT_ENABLE: u16 = 1;
const FIFO_CONTROL: u16 = 2;
const LINE_CONTROL: u16 = 3;
const MODEM_CONTROL: u16 = 4;
const LINE_STATUS: u16 = 5;
const SCRATCH: u16 = 7;

const ENABLE_RECEIVED: u8 = 1 << 0;
const ENABLE_EMPTY: u8 = 1 << 1;
const STATUS_RECEIVED: u8 = 1 << 0;
const STATUS_EMPTY: u8 = 1 << 5;
/// DTR, RTS and OUT2, which gates the interrupt.
const MODEM_READY: u8 = 0x0b;
const EIGHT_BITS: u8 = 0x03;
const DIVISOR_ACCESS: u8 = 0x80;
/// On, both sides cleared, interrupt at the first byte.
const FIFO_ON: u8 = 0x07;
const FIFO_BYTES: usize = 16;
const STATUS_IDLE: u8 = 1 << 6;
/// How long the end of the kernel waits for one byte to leave.
const PANIC_POLLS: u32 = 100_000;
/// Looks at a port before its last bytes are given up.
const DRAIN_POLLS: u32 = 20_000_000;

/// One port.
#[derive(Debug)]
pub(super) struct Serial {
    base: Port,
    present: bool,
    enabled: u8,
    /// Bytes taken since the last interrupt.
    taken: usize,
    /// Arrived before the FIFO was turned on, which throws it away.
    early: Option<u8>,
}

const fn base(port: SerialPort) -> Port {
    match port {
        SerialPort::Console => Port(0x3f8),
        SerialPort::Debugger => Port(0x2f8),
    }
}

impl Serial {
    /// Sets the port to 115,200 8N1 with receive interrupts; a port that is not there swallows all and says nothing.
    pub(super) fn open(port: SerialPort) -> Self {
        let base = base(port);
        let mut serial = Self { base, present: is_present(base), enabled: 0, taken: 0, early: None };
        if serial.present {
            serial.early = serial.receive();
            base.at(INTERRUPT_ENABLE).write(0);
            base.at(LINE_CONTROL).write(DIVISOR_ACCESS);
            base.at(DATA).write(1);
            base.at(INTERRUPT_ENABLE).write(0);
            base.at(LINE_CONTROL).write(EIGHT_BITS);
            base.at(FIFO_CONTROL).write(FIFO_ON);
            base.at(MODEM_CONTROL).write(MODEM_READY);
            serial.enable(ENABLE_RECEIVED);
        }
        serial
    }

    /// Takes a received byte. When there is none, the next one interrupts. A caller that stops before it has seen the end,
    /// but not before a FIFO's worth, is interrupted again.
    pub(super) fn read(&mut self) -> Option<u8> {
        if !self.present {
            return None;
        }
        let byte = self.early.take().or_else(|| self.receive());
        self.taken = self.taken.saturating_add(1);
        if byte.is_none() || self.taken >= FIFO_BYTES {
            self.enable(self.enabled | ENABLE_RECEIVED);
        }
        byte
    }

    /// Sends what the FIFO takes, if it is empty.
    pub(super) fn write(&mut self, bytes: &[u8]) -> usize {
        if !self.present {
            return bytes.len();
        }
        if self.status() & STATUS_EMPTY == 0 {
            return 0;
        }
        let sent = bytes.get(..FIFO_BYTES).unwrap_or(bytes);
        sent.iter().for_each(|byte| self.base.at(DATA).write(*byte));
        sent.len()
    }

    /// Interrupts as soon as the FIFO is empty.
    pub(super) fn notify_writable(&mut self) {
        if self.present {
            self.enable(self.enabled | ENABLE_EMPTY);
        }
    }

    /// Turns off what may have caused an interrupt.
    pub(super) fn quiet(&mut self) {
        self.enabled = 0;
        self.taken = 0;
        self.base.at(INTERRUPT_ENABLE).write(0);
    }

    /// Turns causes on. All go off first: a cause that holds already must make a new edge.
    fn enable(&mut self, causes: u8) {
        if self.enabled != causes {
            self.enabled = causes;
            self.base.at(INTERRUPT_ENABLE).write(0);
            self.base.at(INTERRUPT_ENABLE).write(causes);
        }
    }

    fn receive(&self) -> Option<u8> {
        (self.status() & STATUS_RECEIVED != 0).then(|| self.base.at(DATA).read())
    }

    fn status(&self) -> u8 {
        self.base.at(LINE_STATUS).read()
    }
}

/// A register without function that keeps what is written; an absent port reads as all ones.
fn is_present(base: Port) -> bool {
    [0x5a, 0xa5].into_iter().all(|probe| {
        base.at(SCRATCH).write(probe);
        base.at(SCRATCH).read() == probe
    })
}

/// Writes to COM1 without interrupts and without waiting for ever; for a kernel that dies.
pub(crate) fn write_blocking(bytes: &[u8]) {
    let port = base(SerialPort::Console);
    for byte in bytes {
        let _ = (0..PANIC_POLLS).any(|_| port.at(LINE_STATUS).read() & STATUS_EMPTY != 0);
        port.at(DATA).write(*byte);
    }
}

/// Waits until COM1 has sent all it was given; not for ever.
pub(crate) fn drain() {
    let status = base(SerialPort::Console).at(LINE_STATUS);
    let _ = (0..DRAIN_POLLS).any(|_| status.read() & STATUS_IDLE != 0);
}
