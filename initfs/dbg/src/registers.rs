//! The registers by their names, also their lower parts and the debuggers' aliases.
//!
//! Decides spelling, order and what a write to a part does to the whole. Main functions: [`value`], [`assign`], [`table`],
//! [`flags`], [`float_table`]. Neighbours: `expression` reads `$NAME`, `command::registers` prints and sets.

mod float;

use alloc::format;
use alloc::string::String;
use core::fmt::Write;
pub(crate) use float::table as float_table;
use proc_abi::registers::Registers;

type Field = fn(&mut Registers) -> &mut u64;

/// The 64-bit registers in the order in which they are printed: as instructions number them.
const REGISTERS: [(&str, Field); 18] = [
    ("rax", |set| &mut set.rax),
    ("rcx", |set| &mut set.rcx),
    ("rdx", |set| &mut set.rdx),
    ("rbx", |set| &mut set.rbx),
    ("rsp", |set| &mut set.rsp),
    ("rbp", |set| &mut set.rbp),
    ("rsi", |set| &mut set.rsi),
    ("rdi", |set| &mut set.rdi),
    ("r8", |set| &mut set.r8),
    ("r9", |set| &mut set.r9),
    ("r10", |set| &mut set.r10),
    ("r11", |set| &mut set.r11),
    ("r12", |set| &mut set.r12),
    ("r13", |set| &mut set.r13),
    ("r14", |set| &mut set.r14),
    ("r15", |set| &mut set.r15),
    ("rip", |set| &mut set.rip),
    ("rflags", |set| &mut set.rflags),
];

/// The segment selectors, which are only read.
const SELECTORS: [(&str, Field); 2] = [("cs", |set| &mut set.cs), ("ss", |set| &mut set.ss)];

/// Names that stand for another.
const ALIASES: [(&str, &str); 4] = [("pc", "rip"), ("sp", "rsp"), ("fp", "rbp"), ("eflags", "rflags")];

/// A register, or the lowest bits of one.
#[derive(Clone, Copy)]
struct Part {
    field: Field,
    bits: u32,
}

fn part(name: &str) -> Option<Part> {
    let name = ALIASES.iter().find(|row| row.0 == name).map_or(name, |row| row.1);
    let whole =
        |wanted: &str, bits| REGISTERS.iter().find(|row| row.0 == wanted).map(|row| Part { field: row.1, bits });
    if let Some(found) = whole(name, 64) {
        return Some(found);
    }
    // r8d, r8w, r8b; eax; ax and al. The high bytes (ah) are no prefix of bits and not worth their own rule.
    if let Some((stem, bits)) = numbered(name) {
        return whole(stem, bits);
    }
    if let Some(stem) = name.strip_prefix('e') {
        return whole(&format!("r{stem}"), 32);
    }
    if let Some(found) = whole(&format!("r{name}"), 16) {
        return Some(found);
    }
    let stem = name.strip_suffix('l')?;
    whole(&format!("r{stem}x"), 8).or_else(|| whole(&format!("r{stem}"), 8))
}

fn numbered(name: &str) -> Option<(&str, u32)> {
    let digits = name.strip_prefix('r')?;
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let bits = match name.chars().last()? {
        'd' => 32,
        'w' => 16,
        'b' => 8,
        _ => return None,
    };
    Some((name.get(..name.len().saturating_sub(1))?, bits))
}

/// The value of the register called `name`.
pub(crate) fn value(registers: &Registers, name: &str) -> Option<u64> {
    let mut copy = *registers;
    if let Some((_, field)) = SELECTORS.iter().find(|row| row.0 == name) {
        return Some(*field(&mut copy));
    }
    let part = part(name)?;
    let whole = *(part.field)(&mut copy);
    Some(if part.bits == 64 { whole } else { whole & mask(part.bits) })
}

/// Sets the register called `name`; false if there is none that can be set.
///
/// As the processor does it: a write of 32 bits clears the upper half, shorter ones leave the rest alone.
#[must_use]
pub(crate) fn assign(registers: &mut Registers, name: &str, value: u64) -> bool {
    let Some(part) = part(name) else { return false };
    let field = (part.field)(registers);
    *field = match part.bits {
        64 => value,
        32 => value & mask(32),
        bits => (*field & !mask(bits)) | (value & mask(bits)),
    };
    true
}

fn mask(bits: u32) -> u64 {
    1_u64.checked_shl(bits).map_or(u64::MAX, |above| above.wrapping_sub(1))
}

/// All general registers, three to a line, RIP and the flags on their own; `place` words an address.
pub(crate) fn table(registers: &Registers, place: &dyn Fn(u64) -> String) -> String {
    let mut copy = *registers;
    let mut text = String::new();
    for row in REGISTERS.chunks(3) {
        let mut separator = "";
        for (name, field) in row {
            match *name {
                "rip" => append(&mut text, format_args!("\n{name:<4}{}", place(copy.rip))),
                "rflags" => append(&mut text, format_args!("\n{name} {}", flags(copy.rflags))),
                _ => append(&mut text, format_args!("{separator}{name:<4}{:016x}", *field(&mut copy))),
            }
            separator = "  ";
        }
        text.push('\n');
    }
    text
}

fn append(text: &mut String, arguments: core::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(arguments);
}

/// The flags register as a number and the names of the flags that are set (SDM vol. 1, section 3.4.3).
pub(crate) fn flags(value: u64) -> String {
    const NAMES: [(u32, &str); 11] = [
        (0, "CF"),
        (2, "PF"),
        (4, "AF"),
        (6, "ZF"),
        (7, "SF"),
        (8, "TF"),
        (9, "IF"),
        (10, "DF"),
        (11, "OF"),
        (18, "AC"),
        (21, "ID"),
    ];
    let mut text = format!("{value:016x} [");
    let mut separator = "";
    for (_, name) in NAMES.iter().filter(|(bit, _)| value.checked_shr(*bit).unwrap_or(0) & 1 != 0) {
        append(&mut text, format_args!("{separator}{name}"));
        separator = " ";
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::{assign, flags, table, value};
    use alloc::format;
    use proc_abi::registers::Registers;

    #[test]
    fn parts_and_aliases_read_the_whole() {
        let registers = Registers {
            rax: 0x1122_3344_5566_7788,
            r8: u64::MAX,
            rdi: 0x5ff,
            rip: 9,
            cs: 0x2b,
            ..Registers::default()
        };
        let read = |name| value(&registers, name);
        assert_eq!(read("rax"), Some(0x1122_3344_5566_7788));
        assert_eq!(read("eax"), Some(0x5566_7788));
        assert_eq!(read("ax"), Some(0x7788));
        assert_eq!(read("al"), Some(0x88));
        assert_eq!(read("dil"), Some(0xff));
        assert_eq!(read("r8d"), Some(0xffff_ffff));
        assert_eq!(read("r8b"), Some(0xff));
        assert_eq!(read("pc"), Some(9));
        assert_eq!(read("cs"), Some(0x2b));
        for nothing in ["rzx", "", "l", "r16", "ex", "r", "r8x", "\u{e9}l"] {
            assert_eq!(read(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn parts_are_written_as_the_processor_does() {
        let mut registers = Registers { rbx: u64::MAX, ..Registers::default() };
        assert!(assign(&mut registers, "bl", 0x1_00));
        assert_eq!(registers.rbx, 0xffff_ffff_ffff_ff00);
        assert!(assign(&mut registers, "ebx", 5));
        assert_eq!(registers.rbx, 5);
        assert!(!assign(&mut registers, "cs", 5));
    }

    #[test]
    fn the_table_fits_eighty_columns() {
        let registers = Registers { rflags: 0x246, rip: 0x40_1234, ..Registers::default() };
        let text = table(&registers, &|address| format!("{address:016x} <main+4>"));
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert!(text.ends_with("rip 0000000000401234 <main+4>\nrflags 0000000000000246 [PF ZF IF]\n"), "{text}");
        assert_eq!(flags(0x202), "0000000000000202 [IF]");
    }
}
