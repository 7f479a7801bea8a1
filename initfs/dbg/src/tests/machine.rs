//! A processor of a few instructions, so that sessions in tests run real machine code.
//!
//! Decides what each instruction does to registers and memory, and which system calls there are. Main types: [`Memory`],
//! [`Effect`]; main function: [`execute`]. Neighbours: `fake` schedules threads over it, `programs` are what it runs.

use crate::registers::{assign, value};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use iced_x86::{Decoder, DecoderOptions, Instruction, MemorySize, Mnemonic, OpKind, Register};
use proc_abi::registers::Registers;

/// Numbers of system calls in rax; the argument is in rdi.
pub(super) mod call {
    pub(in crate::tests) const EXIT: u32 = 1;
    pub(in crate::tests) const FORK: u32 = 2;
    pub(in crate::tests) const KILL: u32 = 37;
    pub(in crate::tests) const EXEC: u32 = 59;
    pub(in crate::tests) const VFORK: u32 = 66;
    pub(in crate::tests) const THREAD_EXIT: u32 = 431;
    pub(in crate::tests) const THREAD: u32 = 455;
    /// Waits for ever: RIP stays.
    pub(in crate::tests) const PAUSE: u32 = 1000;
}

const ZERO: u64 = 0x40;
const CARRY: u64 = 0x01;

/// Memory in pieces.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    pub(super) pieces: Vec<(u64, Vec<u8>)>,
}

impl Memory {
    pub(super) fn get(&mut self, address: u64) -> Option<&mut u8> {
        self.pieces.iter_mut().find_map(|(start, bytes)| {
            let offset = usize::try_from(address.checked_sub(*start)?).ok()?;
            bytes.get_mut(offset)
        })
    }

    fn load(&mut self, address: u64, size: usize) -> Result<u64, Effect> {
        let mut value = 0;
        for index in (0..size as u64).rev() {
            let byte = *self.get(address + index).ok_or(Effect::Fault(address))?;
            value = value << 8 | u64::from(byte);
        }
        Ok(value)
    }

    pub(super) fn store(&mut self, address: u64, size: usize, value: u64) -> Result<(), Effect> {
        for (index, byte) in value.to_le_bytes().iter().take(size).enumerate() {
            *self.get(address + index as u64).ok_or(Effect::Fault(address))? = *byte;
        }
        Ok(())
    }
}

/// What an instruction did besides changing registers and memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Nothing,
    Breakpoint,
    Fault(u64),
    SystemCall,
}

/// Runs the instruction at RIP.
pub(super) fn execute(registers: &mut Registers, memory: &mut Memory) -> Effect {
    let bytes: Vec<u8> = (0..15).map_while(|index| memory.get(registers.rip + index).copied()).collect();
    let instruction = Decoder::with_ip(64, &bytes, registers.rip, DecoderOptions::NONE).decode();
    if bytes.is_empty() || instruction.is_invalid() {
        return Effect::Fault(registers.rip);
    }
    let before = *registers;
    registers.rip = instruction.next_ip();
    match perform(&instruction, registers, memory) {
        Ok(effect) => effect,
        Err(fault) => {
            *registers = before;
            fault
        }
    }
}

fn perform(instruction: &Instruction, registers: &mut Registers, memory: &mut Memory) -> Result<Effect, Effect> {
    let mut cpu = Cpu { instruction, registers, memory };
    let taken = match instruction.mnemonic() {
        Mnemonic::Int3 => return Ok(Effect::Breakpoint),
        Mnemonic::Syscall => return Ok(Effect::SystemCall),
        Mnemonic::Nop => false,
        Mnemonic::Push => cpu.push(cpu.registers.rsp).map(|()| false)?,
        Mnemonic::Pop => {
            let value = cpu.pull()?;
            cpu.write(value)?;
            false
        }
        Mnemonic::Leave => {
            cpu.registers.rsp = cpu.registers.rbp;
            cpu.registers.rbp = cpu.pull()?;
            false
        }
        Mnemonic::Call => {
            let (from, sp) = (cpu.registers.rip, cpu.registers.rsp.wrapping_sub(8));
            cpu.memory.store(sp, 8, from)?;
            cpu.registers.rsp = sp;
            true
        }
        Mnemonic::Ret => {
            cpu.registers.rip = cpu.pull()?;
            false
        }
        Mnemonic::Jmp => true,
        Mnemonic::Je => cpu.registers.rflags & ZERO != 0,
        Mnemonic::Jne => cpu.registers.rflags & ZERO == 0,
        Mnemonic::Jbe => cpu.registers.rflags & (ZERO | CARRY) != 0,
        mnemonic => cpu.compute(mnemonic).map(|()| false)?,
    };
    if taken {
        cpu.registers.rip = instruction.near_branch_target();
    }
    Ok(Effect::Nothing)
}

struct Cpu<'a> {
    instruction: &'a Instruction,
    registers: &'a mut Registers,
    memory: &'a mut Memory,
}

impl Cpu<'_> {
    fn compute(&mut self, mnemonic: Mnemonic) -> Result<(), Effect> {
        let right = if self.instruction.op_count() > 1 { self.read(1)? } else { 1 };
        if mnemonic == Mnemonic::Mov {
            return self.write(right);
        }
        let left = self.read(0)?;
        let result = match mnemonic {
            Mnemonic::Inc => left.wrapping_add(right),
            Mnemonic::Dec | Mnemonic::Cmp => left.wrapping_sub(right),
            Mnemonic::Xor => left ^ right,
            Mnemonic::Imul => left.wrapping_mul(right),
            other => panic!("the machine cannot {other:?}"),
        };
        let carry = mnemonic == Mnemonic::Cmp && left < right;
        self.registers.rflags &= !(ZERO | CARRY);
        self.registers.rflags |= if result == 0 { ZERO } else { 0 } | u64::from(carry);
        if mnemonic == Mnemonic::Cmp { Ok(()) } else { self.write(result) }
    }

    fn push(&mut self, sp: u64) -> Result<(), Effect> {
        let value = self.read(0)?;
        self.memory.store(sp - 8, 8, value)?;
        self.registers.rsp = sp - 8;
        Ok(())
    }

    fn pull(&mut self) -> Result<u64, Effect> {
        let value = self.memory.load(self.registers.rsp, 8)?;
        self.registers.rsp += 8;
        Ok(value)
    }

    fn read(&mut self, operand: u32) -> Result<u64, Effect> {
        match self.instruction.op_kind(operand) {
            OpKind::Register => Ok(self.register(self.instruction.op_register(operand))),
            OpKind::Memory => {
                let address = self.address();
                self.memory.load(address, self.size())
            }
            _ => Ok(self.instruction.immediate(operand)),
        }
    }

    fn write(&mut self, new: u64) -> Result<(), Effect> {
        if self.instruction.op0_kind() == OpKind::Register {
            let name = name(self.instruction.op0_register());
            assert!(assign(self.registers, &name, new), "{name}");
            return Ok(());
        }
        let address = self.address();
        self.memory.store(address, self.size(), new)
    }

    fn register(&self, register: Register) -> u64 {
        value(self.registers, &name(register)).expect("a general register")
    }

    fn address(&self) -> u64 {
        if self.instruction.is_ip_rel_memory_operand() {
            return self.instruction.ip_rel_memory_address();
        }
        let base = match self.instruction.memory_base() {
            Register::None => 0,
            base => self.register(base),
        };
        base.wrapping_add(self.instruction.memory_displacement64())
    }

    fn size(&self) -> usize {
        if self.instruction.memory_size() == MemorySize::UInt8 { 1 } else { 8 }
    }
}

fn name(register: Register) -> String {
    format!("{register:?}").to_lowercase()
}

/// Where the instruction at RIP writes, if it writes to memory: what the debug registers look at.
pub(super) fn written(registers: &Registers, memory: &mut Memory) -> Option<u64> {
    let mut copy = *registers;
    let bytes: Vec<u8> = (0..15).map_while(|index| memory.get(registers.rip + index).copied()).collect();
    let instruction = Decoder::with_ip(64, &bytes, registers.rip, DecoderOptions::NONE).decode();
    let writes = matches!(instruction.mnemonic(), Mnemonic::Mov | Mnemonic::Inc | Mnemonic::Dec);
    let cpu = Cpu { instruction: &instruction, registers: &mut copy, memory };
    (writes && instruction.op0_kind() == OpKind::Memory).then(|| cpu.address())
}
