//! What a debugger reads and writes of a stopped target: registers, and single words of memory.
//!
//! Decides that the ordinary row is the file, and that `_call` is the same by ptrace(2). Main function: [`measure`].
//! Neighbours: `debugger`, `target`, `bulk` (more memory).

use crate::bench::Bench;
use crate::debugger::{open_memory, open_of_thread, read_exactly, read_registers, write_exactly};
use crate::failure::{Failure, Verdict, expect};
use crate::rounds::ORDINARY;
use crate::target::{Target, spin};
use core::hint::black_box;
use core::sync::atomic::{AtomicU64, Ordering};
use proc_abi::registers::{FloatRegisters, Registers};
use proc_abi::request::Request;
use runtime::file::File;
use zerocopy::{FromZeros, IntoBytes};

/// Room for the extended state, of which there are some 800 bytes with AVX.
const EXTENDED: usize = 4096;

/// The word that is read and written in the target: at the same address as here, which the target was copied from.
static WORD: AtomicU64 = AtomicU64::new(CONTENTS);
const CONTENTS: u64 = 0x1122_3344_5566_7788;
const WRITTEN: u64 = 0x55;

/// All of this family.
pub(crate) fn measure(bench: &mut Bench) -> Verdict {
    let target = Target::traced(spin)?;
    measure_general(bench, &target)?;
    measure_float(bench, &target)?;
    measure_extended(bench, &target)?;
    measure_words(bench, &target)?;
    target.finish()
}

fn measure_general(bench: &mut Bench, target: &Target) -> Verdict {
    let file = open_of_thread(target, "regs")?;
    let mut registers = Registers::default();
    bench.measure("ptrace_getregs", ORDINARY, || read_registers(&file, &mut registers))?;
    let mut called = Registers::default();
    bench
        .measure("ptrace_getregs_call", ORDINARY, || target.request_filling(Request::GetRegs, called.as_mut_bytes()))?;
    if registers != called || registers.rip == 0 {
        return Err(Failure::new("the instruction pointer", registers.rip));
    }
    registers.r15 = CONTENTS;
    bench.measure("ptrace_setregs", ORDINARY, || write_exactly(&file, registers.as_bytes(), 0))?;
    read_registers(&file, &mut called)?;
    expect("the register that was set", called.r15, CONTENTS)?;
    bench.measure("ptrace_setregs_call", ORDINARY, || target.request_reading(Request::SetRegs, registers.as_bytes()))
}

fn measure_float(bench: &mut Bench, target: &Target) -> Verdict {
    let file = open_of_thread(target, "fpregs")?;
    let mut registers = FloatRegisters::new_zeroed();
    bench.measure("ptrace_getfpregs", ORDINARY, || read_exactly(&file, registers.as_mut_bytes(), 0))?;
    bench.measure("ptrace_setfpregs", ORDINARY, || write_exactly(&file, registers.as_bytes(), 0))
}

fn measure_extended(bench: &mut Bench, target: &Target) -> Verdict {
    let file = open_of_thread(target, "xstate")?;
    let mut state = [0_u8; EXTENDED];
    let mut length = 0;
    bench.measure("ptrace_getregset_xstate", ORDINARY, || {
        length = file.read_at(&mut state, 0)?;
        Ok(())
    })?;
    bench.count("getregset_xstate_bytes", length as u64);
    if length < size_of::<FloatRegisters>() {
        Err(Failure::new("bytes of extended state", length as u64))
    } else {
        Ok(())
    }
}

fn measure_words(bench: &mut Bench, target: &Target) -> Verdict {
    let file = open_memory(target)?;
    let address = WORD.as_ptr().expose_provenance() as u64;
    let mut word = 0_u64;
    bench.measure("ptrace_peekdata", ORDINARY, || read_exactly(&file, word.as_mut_bytes(), address))?;
    expect("the word", word, CONTENTS)?;
    bench.measure("ptrace_pokedata", ORDINARY, || write_exactly(&file, WRITTEN.as_bytes(), address))?;
    check_written(&file, address)?;
    bench.measure("ptrace_peekdata_call", ORDINARY, || {
        expect("the word by a call", target.request(Request::ReadD, address, 0)? as u64, WRITTEN)
    })?;
    bench.measure("ptrace_pokedata_call", ORDINARY, || {
        target.request(Request::WriteD, address, black_box(WRITTEN) as i32).map(drop)
    })?;
    check_written(&file, address)
}

/// The target has what was written, and this program still has its own.
fn check_written(file: &File, address: u64) -> Verdict {
    let mut word = 0_u64;
    read_exactly(file, word.as_mut_bytes(), address)?;
    expect("the word that was written", word, WRITTEN)?;
    expect("the word at home", WORD.load(Ordering::Relaxed), CONTENTS)
}
