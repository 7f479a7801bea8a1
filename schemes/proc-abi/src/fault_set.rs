//! Sets of faults, by FreeBSD's trap numbers: those that siginfo carries in `si_trapno`.
//!
//! Decides the layout of GET_FAULT_SET and SET_FAULT_SET: one word, bit n is trap n. Main type: [`FaultSet`]. Neighbours:
//! `siginfo`, `ptrace::fault` (which exception has which number). FreeBSD: sys/x86/include/trap.h (T_*).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// T_BPTFLT: a breakpoint.
pub const TRAP_NUMBER_BREAKPOINT: i32 = 3;
/// T_TRCTRAP: a step, or a hit of a debug register.
pub const TRAP_NUMBER_TRACE: i32 = 10;
/// T_PAGEFLT: a page fault.
pub const TRAP_NUMBER_PAGE_FAULT: i32 = 12;
/// T_DIVIDE: a division by zero, or one with too large a result.
pub const TRAP_NUMBER_DIVIDE: i32 = 18;

/// A set of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(transparent)]
pub struct FaultSet(u64);

impl FaultSet {
    /// None.
    pub const EMPTY: Self = Self(0);
    /// All.
    pub const ALL: Self = Self(u64::MAX);

    /// All but one.
    #[must_use]
    pub const fn all_but(trap: i32) -> Self {
        Self(!Self::bit(trap))
    }

    /// The fault is in the set; a number that no fault has is in none.
    #[must_use]
    pub const fn contains(self, trap: i32) -> bool {
        self.0 & Self::bit(trap) != 0
    }

    const fn bit(trap: i32) -> u64 {
        if trap >= 0 && trap < 64 { 1 << trap } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultSet, TRAP_NUMBER_PAGE_FAULT};

    #[test]
    fn a_bit_is_a_trap_number_and_others_have_none() {
        let set = FaultSet::all_but(TRAP_NUMBER_PAGE_FAULT);
        assert!(!set.contains(12) && set.contains(11) && set.contains(0) && set.contains(63));
        for number in [-1, 64, i32::MAX, i32::MIN] {
            assert!(!FaultSet::ALL.contains(number));
            assert_eq!(FaultSet::all_but(number), FaultSet::ALL);
        }
        assert!(!FaultSet::EMPTY.contains(3));
    }
}
