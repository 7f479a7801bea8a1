//! Watchpoints: up to four places whose change stops the program, kept by the processor's debug registers.
//!
//! Decides slots, lengths and DR7's bits (SDM vol. 3, section 17.2). Main types: [`Watchpoints`], [`Watchpoint`].
//! Neighbours: `control` gives every thread the registers before it runs and asks DR6 what was hit.

use crate::error::{Error, Result};
use alloc::format;
use proc_abi::registers::DebugRegisters;

/// How many the processor has.
const SLOTS: usize = 4;

/// One watched place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Watchpoint {
    /// Its number.
    pub(crate) number: u32,
    /// Where.
    pub(crate) address: u64,
    /// Bytes: 1, 2, 4 or 8.
    pub(crate) length: u64,
    /// What was there when somebody last looked; nothing before the program runs.
    pub(crate) value: Option<u64>,
    /// How often it was hit.
    pub(crate) hits: u32,
}

/// The watchpoints, by slot.
#[derive(Clone, Debug, Default)]
pub(crate) struct Watchpoints {
    slots: [Option<Watchpoint>; SLOTS],
}

/// A length and an address that the processor can watch.
pub(crate) fn check(address: u64, length: u64) -> Result<()> {
    if !matches!(length, 1 | 2 | 4 | 8) {
        return Err(Error::expected("a LENGTH of 1, 2, 4 or 8", &format!("{length}")));
    }
    if !address.is_multiple_of(length) {
        return Err(Error::new(format!("expected an address aligned to {length}, or a shorter LENGTH")));
    }
    Ok(())
}

impl Watchpoints {
    /// There is room for one more.
    pub(crate) fn check_room(&self) -> Result<()> {
        if self.slots.iter().any(Option::is_none) {
            return Ok(());
        }
        Err(Error::new(format!("the processor watches at most {SLOTS} places; 'delete' frees one")))
    }

    /// Adds one that was checked.
    pub(crate) fn add(&mut self, watchpoint: Watchpoint) {
        if let Some(slot) = self.slots.iter_mut().find(|slot| slot.is_none()) {
            *slot = Some(watchpoint);
        }
    }

    /// Takes out the one with this number; false if there is none.
    #[must_use]
    pub(crate) fn remove(&mut self, number: u32) -> bool {
        let found = self.slots.iter_mut().find(|slot| slot.is_some_and(|watchpoint| watchpoint.number == number));
        found.is_some_and(|slot| slot.take().is_some())
    }

    /// Takes out all.
    pub(crate) fn clear(&mut self) {
        self.slots = [None; SLOTS];
    }

    /// All, by slot.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Watchpoint> {
        self.slots.iter().flatten()
    }

    /// All, by slot.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Watchpoint> {
        self.slots.iter_mut().flatten()
    }

    /// Remembers what one of them holds.
    pub(crate) fn note(&mut self, number: u32, value: Option<u64>) {
        if let Some(watchpoint) = self.iter_mut().find(|watchpoint| watchpoint.number == number) {
            watchpoint.value = value;
        }
    }

    /// None.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// The debug registers that watch these places: local enable bits, writes only.
    pub(crate) fn registers(&self) -> DebugRegisters {
        const ON_WRITE: u64 = 1;
        let mut registers = DebugRegisters::default();
        let mut control = 0_u64;
        for (slot, (place, watchpoint)) in registers.dr.iter_mut().zip(&self.slots).enumerate() {
            let Some(watchpoint) = watchpoint else { continue };
            *place = watchpoint.address;
            let length = match watchpoint.length {
                1 => 0,
                2 => 1,
                4 => 3,
                _ => 2,
            };
            let slot = u32::try_from(slot).unwrap_or(0);
            let enable = 1_u64.wrapping_shl(slot.wrapping_mul(2));
            let condition: u64 = ON_WRITE | length << 2;
            control |= enable | condition.wrapping_shl(slot.wrapping_mul(4).wrapping_add(16));
        }
        if let Some(place) = registers.dr.get_mut(7) {
            *place = control;
        }
        registers
    }
}

#[cfg(test)]
mod tests {
    use super::{Watchpoint, Watchpoints, check};
    use alloc::string::ToString;

    fn watchpoint(number: u32, address: u64, length: u64) -> Watchpoint {
        Watchpoint { number, address, length, value: None, hits: 0 }
    }

    #[test]
    fn the_control_register_is_encoded_as_the_manual_says() {
        let mut watchpoints = Watchpoints::default();
        watchpoints.add(watchpoint(1, 0x1000, 8));
        watchpoints.add(watchpoint(2, 0x2001, 1));
        watchpoints.add(watchpoint(3, 0x3002, 2));
        watchpoints.add(watchpoint(4, 0x4004, 4));
        let registers = watchpoints.registers();
        assert_eq!(registers.dr[..4], [0x1000, 0x2001, 0x3002, 0x4004]);
        assert_eq!(registers.dr[7], 0xd519_0055);
        assert_eq!(
            watchpoints.check_room().unwrap_err().to_string(),
            "the processor watches at most 4 places; 'delete' frees one"
        );
        assert!(watchpoints.remove(2));
        assert!(!watchpoints.remove(2));
        assert_eq!(watchpoints.registers().dr[7], 0xd509_0051);
    }

    #[test]
    fn lengths_and_alignment_are_the_processors() {
        assert!(check(0x1000, 8).is_ok());
        assert!(check(0x1001, 1).is_ok());
        assert_eq!(check(0x1000, 3).unwrap_err().to_string(), "expected a LENGTH of 1, 2, 4 or 8, not '3'");
        assert_eq!(check(0x1004, 8).unwrap_err().to_string(), "expected an address aligned to 8, or a shorter LENGTH");
    }
}
