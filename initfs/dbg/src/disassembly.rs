//! Instructions as text, and the few facts about them that stepping needs.
//!
//! Decides the syntax (Intel's, as the processor manuals have it) and that addresses show as symbols. Main types:
//! [`Instruction`], [`Role`]. Neighbours: `command::disassemble` and `command::examine` print, `control` and
//! `command::step` ask for the role. The decoder is the iced-x86 library.

use crate::symbols::Symbols;
use alloc::string::String;
use core::fmt::Write;
use iced_x86::{Decoder, DecoderOptions, Formatter, IntelFormatter, Mnemonic, OpKind, Register};

/// Longest instruction there is.
pub(crate) const LENGTH_MAX: usize = 15;

/// What an instruction means for a debugger that steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// It calls a function and comes back behind itself.
    Call,
    /// It returns from a function.
    Return,
    /// It enters the kernel, which may wait.
    SystemCall,
    /// Nothing special.
    Other,
}

/// What an instruction does to the frame of the function it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FrameEffect {
    /// `push rbp`.
    SavesPointer,
    /// `mov rbp, rsp`.
    SetsPointer,
    /// It moves the stack pointer down by so many bytes.
    Grows(u64),
    /// Nothing, or nothing that prologues do.
    Nothing,
}

/// One decoded instruction.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Instruction {
    decoded: iced_x86::Instruction,
}

impl Instruction {
    /// Decodes the instruction at `address`, of which `bytes` are in memory; an invalid one is one byte long.
    pub(crate) fn decode(bytes: &[u8], address: u64) -> Self {
        let mut decoder = Decoder::with_ip(64, bytes, address, DecoderOptions::NONE);
        Self { decoded: decoder.decode() }
    }

    /// Its length in bytes.
    pub(crate) fn length(&self) -> u64 {
        if self.decoded.is_invalid() { 1 } else { u64::try_from(self.decoded.len()).unwrap_or(1) }
    }

    /// What it means for stepping.
    pub(crate) fn role(&self) -> Role {
        match self.decoded.mnemonic() {
            Mnemonic::Syscall => Role::SystemCall,
            Mnemonic::Call => Role::Call,
            Mnemonic::Ret => Role::Return,
            _ => Role::Other,
        }
    }

    /// What it does to the frame.
    pub(crate) fn frame_effect(&self) -> FrameEffect {
        let (first, second) = (self.decoded.op0_register(), self.decoded.op1_register());
        match self.decoded.mnemonic() {
            Mnemonic::Push if first == Register::RBP => FrameEffect::SavesPointer,
            Mnemonic::Push => FrameEffect::Grows(8),
            Mnemonic::Mov if (first, second) == (Register::RBP, Register::RSP) => FrameEffect::SetsPointer,
            Mnemonic::Sub if first == Register::RSP && self.decoded.op1_kind() != OpKind::Register => {
                FrameEffect::Grows(self.decoded.immediate(1))
            }
            _ => FrameEffect::Nothing,
        }
    }

    /// It as text, with names for addresses.
    pub(crate) fn text(&self, symbols: &Symbols) -> String {
        let mut text = String::new();
        if self.decoded.is_invalid() {
            text.push_str("(bad)");
            return text;
        }
        let mut formatter = IntelFormatter::new();
        let options = formatter.options_mut();
        options.set_hex_prefix("0x");
        options.set_hex_suffix("");
        options.set_uppercase_hex(false);
        options.set_add_leading_zero_to_hex_numbers(false);
        options.set_show_branch_size(false);
        options.set_branch_leading_zeros(false);
        options.set_displacement_leading_zeros(false);
        formatter.format(&self.decoded, &mut text);
        if let Some(place) = self.address().and_then(|address| symbols.place(address)) {
            // Writing to a string does not fail.
            let _ = write!(text, " <{place}>");
        }
        text
    }

    /// The one address that the instruction names: where it branches to, or what it reads relative to itself.
    fn address(&self) -> Option<u64> {
        if self.decoded.op0_kind() == OpKind::NearBranch64 {
            return Some(self.decoded.near_branch_target());
        }
        if self.decoded.is_ip_rel_memory_operand() {
            return Some(self.decoded.ip_rel_memory_address());
        }
        let direct = self.decoded.memory_base() == Register::None
            && self.decoded.memory_index() == Register::None
            && self.decoded.segment_prefix() == Register::None;
        let operands = [self.decoded.op0_kind(), self.decoded.op1_kind()];
        (direct && operands.contains(&OpKind::Memory)).then(|| self.decoded.memory_displacement64())
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameEffect, Instruction, Role};
    use crate::symbols::{Kind, Symbol, Symbols};
    use alloc::string::String;
    use alloc::vec;

    fn text(bytes: &[u8]) -> String {
        let symbols = Symbols::new(vec![
            Symbol::new(0x40_1000, 0x10, Kind::Function, "main"),
            Symbol::new(0x40_2000, 8, Kind::Object, "total"),
        ]);
        Instruction::decode(bytes, 0x40_1000).text(&symbols)
    }

    #[test]
    fn instructions_read_as_in_the_manuals() {
        assert_eq!(text(&[0x55]), "push rbp");
        assert_eq!(text(&[0x48, 0x89, 0xe5]), "mov rbp,rsp");
        assert_eq!(text(&[0x48, 0x83, 0xec, 0x18]), "sub rsp,0x18");
        assert_eq!(text(&[0xe8, 0xfb, 0xff, 0xff, 0xff]), "call 0x401000 <main>");
        assert_eq!(text(&[0x75, 0x02]), "jne 0x401004 <main+4>");
        assert_eq!(text(&[0x48, 0x8b, 0x05, 0xf9, 0x0f, 0, 0]), "mov rax,[0x402000] <total>");
        assert_eq!(text(&[0x48, 0x8b, 0x04, 0x25, 0, 0x20, 0x40, 0]), "mov rax,[0x402000] <total>");
        assert_eq!(text(&[0x48, 0x8b, 0x00]), "mov rax,[rax]");
        assert_eq!(text(&[0x06]), "(bad)");
        assert_eq!(text(&[]), "(bad)");
    }

    #[test]
    fn prologues_are_understood() {
        let effect = |bytes: &[u8]| Instruction::decode(bytes, 0).frame_effect();
        assert_eq!(effect(&[0x55]), FrameEffect::SavesPointer);
        assert_eq!(effect(&[0x48, 0x89, 0xe5]), FrameEffect::SetsPointer);
        assert_eq!(effect(&[0x53]), FrameEffect::Grows(8));
        assert_eq!(effect(&[0x48, 0x83, 0xec, 0x18]), FrameEffect::Grows(0x18));
        assert_eq!(effect(&[0x90]), FrameEffect::Nothing);
    }

    #[test]
    fn roles_and_lengths_guide_stepping() {
        let decode = |bytes: &[u8]| {
            let instruction = Instruction::decode(bytes, 0);
            (instruction.role(), instruction.length())
        };
        assert_eq!(decode(&[0xe8, 0, 0, 0, 0]), (Role::Call, 5));
        assert_eq!(decode(&[0xff, 0xd0]), (Role::Call, 2));
        assert_eq!(decode(&[0xc3]), (Role::Return, 1));
        assert_eq!(decode(&[0x0f, 0x05]), (Role::SystemCall, 2));
        assert_eq!(decode(&[0x90]), (Role::Other, 1));
        assert_eq!(decode(&[0x06]), (Role::Other, 1));
    }
}
