//! Time: the TSC as clock, the 8254's channel 0 as one-shot timer.
//!
//! Decides that the timer is armed as rarely as possible: a later deadline only waits for the shot already under way,
//! which then arms the rest. Main type: [`Timer`]. Neighbours: `uptime` (arithmetic), `set`.
#![expect(unsafe_code, reason = "reads the TSC")]

use x86::time::rdtsc;

use super::port::Port;
use super::uptime::{Rate, pit_count};

const CHANNEL_0: Port = Port(0x40);
const CHANNEL_2: Port = Port(0x42);
const MODE: Port = Port(0x43);
/// Gate and output of channel 2 (and the speaker).
const SYSTEM_CONTROL: Port = Port(0x61);
const GATE_2: u8 = 1 << 0;
const SPEAKER: u8 = 1 << 1;
const OUTPUT_2: u8 = 1 << 5;
/// Mode 0 (interrupt on terminal count), low byte then high byte.
const ONE_SHOT_0: u8 = 0x30;
const ONE_SHOT_2: u8 = 0xb0;

/// Length of one calibration, 2 ms, and how many there are; a host that steals time makes one longer, so the shortest counts.
const CALIBRATION_COUNT: u16 = 2386;
const CALIBRATIONS: usize = 3;
/// A counter that never ends: some machine without channel 2.
const CALIBRATION_POLLS: u32 = 10_000_000;

/// Clock and timer.
#[derive(Debug)]
pub(super) struct Timer {
    boot: u64,
    rate: Rate,
    /// When the core wants the interrupt.
    deadline: Option<u64>,
    /// When the hardware will fire at the latest.
    armed: Option<u64>,
}

impl Timer {
    /// Measures the TSC against the 8254. Takes some milliseconds.
    pub(super) fn calibrate() -> Self {
        let boot = ticks();
        let shortest = (0..CALIBRATIONS).map(|_| ticks_of_one_shot()).min().unwrap_or(0);
        Self { boot, rate: Rate::measured(shortest, u64::from(CALIBRATION_COUNT)), deadline: None, armed: None }
    }

    /// Nanoseconds since [`Timer::calibrate`].
    #[inline]
    pub(super) fn now(&self) -> u64 {
        self.rate.nanoseconds(ticks().wrapping_sub(self.boot))
    }

    /// Asks for an interrupt at `deadline`.
    pub(super) fn set(&mut self, deadline: Option<u64>) {
        self.deadline = deadline;
        if let Some(deadline) = deadline
            && self.armed.is_none_or(|armed| deadline < armed)
        {
            self.arm(deadline);
        }
    }

    /// The hardware has fired: whether the deadline has passed. If not, the rest is armed.
    pub(super) fn expired(&mut self) -> bool {
        self.armed = None;
        let Some(deadline) = self.deadline else { return false };
        if self.now() >= deadline {
            self.deadline = None;
            return true;
        }
        self.arm(deadline);
        false
    }

    fn arm(&mut self, deadline: u64) {
        self.armed = Some(deadline);
        let [low, high] = pit_count(deadline.saturating_sub(self.now())).to_le_bytes();
        MODE.write(ONE_SHOT_0);
        CHANNEL_0.write(low);
        CHANNEL_0.write(high);
    }
}

/// TSC ticks while channel 2 counts down.
fn ticks_of_one_shot() -> u64 {
    let control = SYSTEM_CONTROL.read() & !SPEAKER;
    SYSTEM_CONTROL.write(control & !GATE_2);
    MODE.write(ONE_SHOT_2);
    let [low, high] = CALIBRATION_COUNT.to_le_bytes();
    CHANNEL_2.write(low);
    CHANNEL_2.write(high);
    let start = ticks();
    SYSTEM_CONTROL.write(control | GATE_2);
    let ended = (0..CALIBRATION_POLLS).any(|_| SYSTEM_CONTROL.read() & OUTPUT_2 != 0);
    let passed = ticks().wrapping_sub(start);
    SYSTEM_CONTROL.write(control & !GATE_2);
    if ended { passed } else { 0 }
}

#[inline]
fn ticks() -> u64 {
    // SAFETY: the instruction has no effect; CR4.TSD does not matter in ring 0.
    unsafe { rdtsc() }
}
