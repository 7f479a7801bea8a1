//! The two 8259 interrupt controllers.
//!
//! Decides the vectors of the sixteen lines (32 to 47) and which lines are open. Main items: [`Line`], [`acknowledge`].
//! Neighbours: `set` (what a line means), `trap` (the vectors).

use super::port::Port;

/// Vector of line 0.
pub(crate) const FIRST_VECTOR: u32 = 32;
/// Vector of line 15.
pub(crate) const LAST_VECTOR: u32 = 47;

/// Vector of line 8.
const SECOND_VECTOR: u32 = FIRST_VECTOR + 8;

const FIRST: Controller = Controller { command: Port(0x20), data: Port(0x21) };
const SECOND: Controller = Controller { command: Port(0xa0), data: Port(0xa1) };
/// The line of the first controller that the second hangs on.
const CASCADE: u8 = 2;

/// An interrupt line that the kernel uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// 8254 channel 0.
    Timer = 0,
    /// The second serial port.
    Com2 = 3,
    /// The first serial port.
    Com1 = 4,
}

struct Controller {
    command: Port,
    data: Port,
}

impl Controller {
    /// ICW1 to ICW4: edge-triggered, cascaded, 8086 mode.
    fn initialize(&self, vector: u8, cascade: u8, mask: u8) {
        self.command.write(0x11);
        self.data.write(vector);
        self.data.write(cascade);
        self.data.write(0x01);
        self.data.write(mask);
    }

    fn end_of_interrupt(&self) {
        self.command.write(0x20);
    }

    /// OCW3, then the in-service register.
    fn in_service(&self) -> u8 {
        self.command.write(0x0b);
        self.command.read()
    }
}

/// Programs both controllers and opens `lines`, all of which are lines of the first.
pub(super) fn initialize(lines: &[Line]) {
    let open = lines.iter().fold(1 << CASCADE, |mask, line| mask | 1_u8.wrapping_shl(*line as u32));
    FIRST.initialize(FIRST_VECTOR as u8, 1 << CASCADE, !open);
    SECOND.initialize(SECOND_VECTOR as u8, CASCADE, 0xff);
}

/// Ends the interrupt at the controllers; the line, if it was one of ours. Lines 7 and 15 come without a cause when a request
/// goes away before it is taken; such a one is not in service and must not be ended.
pub(super) fn acknowledge(vector: u32) -> Option<Line> {
    let line = vector.wrapping_sub(FIRST_VECTOR);
    match line {
        7 if FIRST.in_service() & 0x80 == 0 => return None,
        15 if SECOND.in_service() & 0x80 == 0 => {}
        8..=15 => SECOND.end_of_interrupt(),
        _ => {}
    }
    FIRST.end_of_interrupt();
    [Line::Timer, Line::Com2, Line::Com1].into_iter().find(|known| *known as u32 == line)
}
