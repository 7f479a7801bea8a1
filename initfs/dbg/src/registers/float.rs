//! The floating-point registers, from the FXSAVE image.
//!
//! Decides how x87 and SSE registers are printed: control words, the stack registers that hold something with their
//! value, all sixteen XMM registers with their two doubles. Main function: [`table`]. Neighbour: `command::registers`.
//! The image's layout is that of SDM vol. 1, table 10-2.

use alloc::format;
use alloc::string::String;
use core::fmt::Write;
use proc_abi::registers::FloatRegisters;
use zerocopy::IntoBytes;

/// The registers whose name starts with `filter`, one a line.
pub(crate) fn table(set: &FloatRegisters, filter: &str) -> String {
    let mut text = String::new();
    let environment = set.environment.as_bytes();
    let tags = byte(environment, 4);
    let control = [
        ("fcw", format!("{:04x}", word(environment, 0))),
        ("fsw", format!("{:04x}", word(environment, 2))),
        ("ftw", format!("{tags:02x}")),
        ("mxcsr", format!("{:08x}", u32::from(word(environment, 24)) | u32::from(word(environment, 26)) << 16)),
    ];
    for (name, value) in control.iter().filter(|row| row.0.starts_with(filter)) {
        append(&mut text, format_args!("{name:<6} {value}\n"));
    }
    // The tag byte counts by physical register, the image by distance from the top of the stack.
    let top = (word(environment, 2) >> 11) & 7;
    for (index, register) in set.accumulators.chunks_exact(16).enumerate() {
        let physical = (u16::try_from(index).unwrap_or(0).wrapping_add(top)) & 7;
        let name = format!("st{index}");
        if name.starts_with(filter) && tags.checked_shr(u32::from(physical)).unwrap_or(0) & 1 != 0 {
            let (mantissa, exponent) = (long(register, 0), word(register, 8));
            let value = extended(mantissa, exponent);
            append(&mut text, format_args!("{name:<6} {exponent:04x}{mantissa:016x}  {value:?}\n"));
        }
    }
    for (index, register) in set.xmm.chunks_exact(16).enumerate() {
        let name = format!("xmm{index}");
        if name.starts_with(filter) {
            let (low, high) = (long(register, 0), long(register, 8));
            let (first, second) = (f64::from_bits(low), f64::from_bits(high));
            append(&mut text, format_args!("{name:<6} {high:016x}{low:016x}  {first:e} {second:e}\n"));
        }
    }
    text
}

fn append(text: &mut String, arguments: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(arguments);
}

fn byte(bytes: &[u8], offset: usize) -> u8 {
    bytes.get(offset).copied().unwrap_or(0)
}

fn word(bytes: &[u8], offset: usize) -> u16 {
    u16::from_le_bytes([byte(bytes, offset), byte(bytes, offset.saturating_add(1))])
}

fn long(bytes: &[u8], offset: usize) -> u64 {
    let slice = bytes.get(offset..).and_then(|rest| rest.first_chunk::<8>());
    slice.map_or(0, |chunk| u64::from_le_bytes(*chunk))
}

/// A double-extended value (SDM vol. 1, section 4.2.2), rounded towards zero to a double.
fn extended(mantissa: u64, exponent: u16) -> f64 {
    let sign = u64::from(exponent >> 15) << 63;
    let biased = i32::from(exponent & 0x7fff);
    if biased == 0x7fff {
        let infinite = mantissa << 1 == 0;
        return f64::from_bits(sign | if infinite { 0x7ff << 52 } else { 0xfff << 51 });
    }
    // Biases: 16383 there, 1023 in a double. What is too small for a normal double prints as zero.
    let rebased = biased.wrapping_sub(16383 - 1023);
    let bits = match u64::try_from(rebased) {
        _ if mantissa >> 63 == 0 => 0,
        Err(_) | Ok(0) => 0,
        Ok(large) if large >= 0x7ff => 0x7ff << 52,
        Ok(exponent) => exponent << 52 | (mantissa << 1) >> 12,
    };
    f64::from_bits(sign | bits)
}

#[cfg(test)]
mod tests {
    use super::{extended, table};
    use proc_abi::registers::FloatRegisters;

    fn image() -> FloatRegisters {
        let mut accumulators = [0; 128];
        // 2.5 at the top of the stack, which is physical register 7.
        accumulators[7] = 0xa0;
        accumulators[8..10].copy_from_slice(&0x4000_u16.to_le_bytes());
        let mut xmm = [0; 256];
        xmm[16..24].copy_from_slice(&1.5_f64.to_le_bytes());
        let environment = [0x80_3800_037f, 0, 0, 0x1f80];
        FloatRegisters { environment, accumulators, xmm, spare: [0; 12] }
    }

    #[test]
    fn extended_values_become_doubles() {
        assert_eq!(extended(0xa000_0000_0000_0000, 0x4000).to_bits(), 2.5_f64.to_bits());
        assert_eq!(extended(0xa000_0000_0000_0000, 0xc000).to_bits(), (-2.5_f64).to_bits());
        assert_eq!(extended(0, 0).to_bits(), 0);
        assert!(extended(1 << 63, 0x7fff).is_infinite());
        assert!(extended(3 << 62, 0x7fff).is_nan());
        assert!(extended(1 << 63, 0x7ffe).is_infinite());
    }

    #[test]
    fn only_stack_registers_in_use_are_shown() {
        let text = table(&image(), "");
        assert!(text.starts_with("fcw    037f\nfsw    3800\nftw    80\nmxcsr  00001f80\n"), "{text}");
        assert!(text.contains("st0    4000a000000000000000  2.5\n"), "{text}");
        assert!(!text.contains("st1"));
        assert_eq!(table(&image(), "xmm1").lines().count(), 7);
        assert!(table(&image(), "xmm1").starts_with("xmm1   00000000000000003ff8000000000000  1.5e0 0e0\n"));
        assert!(text.lines().all(|line| line.len() <= 80));
    }
}
