//! Hardware breakpoints and watchpoints: up to four places, kept by the processor's debug registers.
//!
//! Decides slots, DR7's bits and which places a hit is told for (SDM vol. 3, section 17.2). Main types: [`Watch`], [`Kind`].
//! Neighbours: `packets::breakpoint` adds and removes, `run` gives every thread the registers, `judge` asks what was hit.

use super::Process;
use crate::system::{Outcome, System};
use proc_abi::id::Tid;
use proc_abi::registers::DebugRegisters;

/// How many the processor has.
const SLOTS: usize = 4;

/// What the processor looks for. It has nothing for reads alone: GDB then takes accesses and compares values (Z3 is refused).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Execution, Z1.
    Execute,
    /// Writes, Z2.
    Write,
    /// Reads and writes, Z4.
    Access,
}

/// One place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// What for.
    pub(crate) kind: Kind,
    /// Where.
    pub(crate) address: u64,
    /// Bytes: 1, 2, 4 or 8.
    pub(crate) length: u64,
}

/// What a trap was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    /// No place: a step.
    None,
    /// A place that is watched.
    Place(Place),
    /// A place that was watched until a moment ago.
    Forgotten,
}

/// All places of a process, by slot.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Watch {
    slots: [Option<Place>; SLOTS],
    /// The threads do not have these registers yet.
    pub(crate) changed: bool,
}

impl Watch {
    /// None is wanted.
    pub(crate) fn is_empty(&self) -> bool {
        self.slots.iter().all(Option::is_none)
    }

    /// Adds a range, in as many aligned parts as it needs; nothing changes if there is no room.
    pub(crate) fn add(&mut self, kind: Kind, address: u64, length: u64) -> Option<()> {
        let mut slots = self.slots;
        for part in parts(kind, address, length) {
            if slots.contains(&Some(part)) {
                continue;
            }
            *slots.iter_mut().find(|slot| slot.is_none())? = Some(part);
        }
        self.changed |= slots != self.slots;
        self.slots = slots;
        Some(())
    }

    /// Takes a range out. One of more parts than there are slots was never in; a client can name one without end.
    pub(crate) fn remove(&mut self, kind: Kind, address: u64, length: u64) {
        if parts(kind, address, length).nth(SLOTS).is_some() {
            return;
        }
        for part in parts(kind, address, length) {
            for slot in self.slots.iter_mut().filter(|slot| **slot == Some(part)) {
                *slot = None;
                self.changed = true;
            }
        }
    }

    /// Takes all out.
    pub(crate) fn clear(&mut self) {
        self.changed |= !self.is_empty();
        self.slots = [None; SLOTS];
    }

    /// The place that DR6 names, the first if there are several.
    pub(crate) fn hit(&self, status: u64) -> Option<Place> {
        let matched = |slot: u32| status.wrapping_shr(slot) & 1 == 1;
        (0_u32..).zip(&self.slots).find_map(|(slot, place)| place.filter(|_| matched(slot)))
    }

    /// The debug registers for these places: local enable bits.
    pub(crate) fn registers(&self) -> DebugRegisters {
        let mut registers = DebugRegisters::default();
        let mut control = 0_u64;
        for (slot, (register, place)) in (0_u32..).zip(registers.dr.iter_mut().zip(&self.slots)) {
            let Some(place) = place else { continue };
            *register = place.address;
            let condition = match place.kind {
                Kind::Execute => 0,
                Kind::Write => 1,
                Kind::Access => 3,
            };
            let length = match place.length {
                1 => 0_u64,
                2 => 1,
                4 => 3,
                _ => 2,
            };
            control |= 1_u64.wrapping_shl(slot.wrapping_mul(2));
            control |= (condition | length << 2).wrapping_shl(slot.wrapping_mul(4).wrapping_add(16));
        }
        if let Some(register) = registers.dr.get_mut(7) {
            *register = control;
        }
        registers
    }
}

/// A range as the aligned places that the processor can watch.
fn parts(kind: Kind, address: u64, length: u64) -> impl Iterator<Item = Place> {
    let mut next = address;
    let end = if kind == Kind::Execute { address.wrapping_add(1) } else { address.saturating_add(length) };
    core::iter::from_fn(move || {
        let left = end.checked_sub(next).filter(|&left| left > 0)?;
        let length = [8, 4, 2, 1].into_iter().find(|&size| next.is_multiple_of(size) && size <= left)?;
        let place = Place { kind, address: next, length };
        next = next.checked_add(length)?;
        Some(place)
    })
}

impl Process {
    /// Gives all threads the debug registers, if those changed.
    pub(crate) fn apply_watch<S: System>(&mut self, system: &mut S) -> Outcome<()> {
        if !self.watch.changed {
            return Ok(());
        }
        let registers = self.watch.registers();
        for tid in self.thread_ids(system)? {
            system.set_debug_registers(self.pid, tid, &registers)?;
        }
        self.watch.changed = false;
        Ok(())
    }

    /// What a thread's trap was for, as DR6 has it; it is told once.
    pub(crate) fn watch_hit<S: System>(&mut self, system: &mut S, tid: Tid) -> Outcome<Hit> {
        const MATCHED: u64 = 0xf;
        let mut registers = system.debug_registers(self.pid, tid)?;
        let Some(status) = registers.dr.get_mut(6).filter(|status| **status & MATCHED != 0) else {
            return Ok(Hit::None);
        };
        let hit = self.watch.hit(*status);
        *status = 0;
        system.set_debug_registers(self.pid, tid, &registers)?;
        Ok(hit.map_or(Hit::Forgotten, Hit::Place))
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Watch};

    #[test]
    fn the_control_register_is_encoded_as_the_manual_says() {
        let mut watch = Watch::default();
        for (kind, address, length) in
            [(Kind::Write, 0x1000, 8), (Kind::Access, 0x2001, 1), (Kind::Access, 0x3002, 2), (Kind::Execute, 0x4005, 1)]
        {
            watch.add(kind, address, length).expect("room");
        }
        let registers = watch.registers();
        assert_eq!(registers.dr[..4], [0x1000, 0x2001, 0x3002, 0x4005]);
        assert_eq!(registers.dr[7], 0x0739_0055);
        assert_eq!(watch.add(Kind::Write, 0x5000, 1), None);
        assert_eq!(watch.hit(0b1010).unwrap().address, 0x2001);
        assert_eq!(watch.hit(0x4000), None);
        watch.remove(Kind::Access, 0x2001, 1);
        assert_eq!(watch.hit(0b0010), None);
    }

    #[test]
    fn ranges_take_as_many_slots_as_they_need() {
        let mut watch = Watch::default();
        assert_eq!(watch.add(Kind::Write, 0x1001, 16), None, "1, 2, 4, 8 and 1 bytes are five");
        assert!(watch.is_empty());
        assert_eq!(watch.add(Kind::Write, 0x1004, 12), Some(()));
        assert_eq!(watch.registers().dr[..3], [0x1004, 0x1008, 0]);
        watch.remove(Kind::Write, 0, u64::MAX);
        assert!(!watch.is_empty(), "that was never added, and is found out at once");
        watch.remove(Kind::Write, 0x1004, 12);
        assert!(watch.is_empty());
    }
}
