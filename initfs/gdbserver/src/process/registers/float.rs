//! x87's control words: as FXSAVE has them and as GDB wants them.
//!
//! Decides the two forms of the tag word: FXSAVE keeps one bit a register, GDB wants the two of FSAVE (SDM vol. 1, table
//! 10-2 and section 10.5.1.1). Main functions: [`control`], [`set_control`]. Neighbour: `registers`. GDB's order is fctrl,
//! fstat, ftag, fiseg, fioff, foseg, fooff, fop.

use proc_abi::registers::FloatRegisters;

/// Offset of MXCSR in the image's environment.
pub(super) const MXCSR: usize = 24;

/// Where each word lies in the environment's four 64-bit words: word, shift, mask.
const PLACES: [(usize, u32, u64); 8] = [
    (0, 0, 0xffff),
    (0, 16, 0xffff),
    (0, 32, 0xff),
    (1, 32, 0xffff),
    (1, 0, 0xffff_ffff),
    (2, 32, 0xffff),
    (2, 0, 0xffff_ffff),
    (0, 48, 0x7ff),
];

/// Index of the tag word.
const TAG: usize = 2;

/// The control word with this index.
pub(super) fn control(registers: &FloatRegisters, index: usize) -> u32 {
    let Some(&(word, shift, mask)) = PLACES.get(index) else { return 0 };
    let value = registers.environment.get(word).map_or(0, |word| word.wrapping_shr(shift) & mask);
    let value = u32::try_from(value).unwrap_or(0);
    if index == TAG { full_tags(registers, value) } else { value }
}

/// Sets it.
pub(super) fn set_control(registers: &mut FloatRegisters, index: usize, value: u32) {
    let Some(&(word, shift, mask)) = PLACES.get(index) else { return };
    let value = u64::from(if index == TAG { short_tags(value) } else { value });
    if let Some(place) = registers.environment.get_mut(word) {
        *place = (*place & !mask.wrapping_shl(shift)) | (value & mask).wrapping_shl(shift);
    }
}

/// Two bits a register: 0 valid, 1 zero, 2 special, 3 empty.
fn full_tags(registers: &FloatRegisters, short: u32) -> u32 {
    let top = control(registers, 1).wrapping_shr(11) & 7;
    let tag = |physical: u32| {
        if short.wrapping_shr(physical) & 1 == 0 {
            return 3;
        }
        let index = usize::try_from(physical.wrapping_sub(top) & 7).unwrap_or(0).saturating_mul(16);
        let value = registers.accumulators.get(index..index.saturating_add(10)).unwrap_or_default();
        kind(value)
    };
    (0..8).fold(0, |tags, physical| tags | u32::wrapping_shl(tag(physical), physical.wrapping_mul(2)))
}

/// The tag of a register's content, an 80-bit number.
fn kind(value: &[u8]) -> u32 {
    const EXPONENT: u16 = 0x7fff;
    let Some((mantissa, sign)) = value.split_first_chunk::<8>() else { return 2 };
    let mantissa = u64::from_le_bytes(*mantissa);
    let exponent = sign.first_chunk::<2>().map_or(0, |sign| u16::from_le_bytes(*sign) & EXPONENT);
    match (exponent, mantissa) {
        (0, 0) => 1,
        (0 | EXPONENT, _) => 2,
        _ if mantissa & 1 << 63 == 0 => 2,
        _ => 0,
    }
}

fn short_tags(full: u32) -> u32 {
    (0..8_u32)
        .filter(|bit| full.wrapping_shr(bit.wrapping_mul(2)) & 3 != 3)
        .fold(0, |short, bit| short | 1_u32.wrapping_shl(bit))
}

#[cfg(test)]
mod tests {
    use super::{control, set_control};
    use proc_abi::registers::FloatRegisters;
    use zerocopy::FromZeros;

    #[test]
    fn words_are_set_without_touching_their_neighbours() {
        let mut registers = FloatRegisters::new_zeroed();
        for index in [0, 1, 3, 4, 5, 6, 7] {
            set_control(&mut registers, index, 0x301 + index as u32);
        }
        for index in [0, 1, 3, 4, 5, 6, 7] {
            assert_eq!(control(&registers, index), 0x301 + index as u32, "{index}");
        }
    }

    #[test]
    fn tags_are_told_from_what_the_registers_hold() {
        let mut registers = FloatRegisters::new_zeroed();
        assert_eq!(control(&registers, 2), 0xffff, "all empty");
        // Top is 7: ST0 is physical register 7, ST1 is 0.
        set_control(&mut registers, 1, 7 << 11);
        registers.accumulators[7..10].copy_from_slice(&[0x80, 0xff, 0x3f]);
        set_control(&mut registers, 2, 0x3ffc);
        assert_eq!(control(&registers, 2), 0x3ffd, "7 is valid (one), 0 is zero");
    }
}
