//! Exceptions of user code.
//!
//! Decides nothing. Neighbours: kernel/machine/src/trap/exit.rs, trap/idt.rs.

use kernel_abi::registers::USER_CS;
use kernel_core::seam::{Exit, PhysicalMemory, Protection};

use crate::bench::{Bench, CODE, DATA};
use crate::programs::{
    CLI, DIVIDE_BY_ZERO, FAR_JUMP, HLT, IN, INT_3, INT_4, INT3, LOAD, RDFSBASE, SGDT, STORE, SYSENTER, UD2,
};
use crate::verdict::{Verdict, equal, holds};

fn exception(vector: u8, code: u32) -> Exit {
    Exit::Exception { vector, code, address: 0 }
}

/// Faults leave rip at the instruction, traps behind it.
pub(crate) fn exceptions_are_reported(bench: &mut Bench) -> Verdict {
    let table: [(&[u8], Exit, u64); 5] = [
        (&INT3, exception(3, 0), 1),
        (&INT_3, exception(3, 0), 2),
        (&INT_4, exception(4, 0), 2),
        (&UD2, exception(6, 0), 0),
        (&DIVIDE_BY_ZERO, exception(0, 0), 2),
    ];
    for (code, expected, offset) in table {
        let registers = bench.expect_exit(code, expected)?;
        equal("rip", registers.rip, CODE.wrapping_add(offset))?;
    }
    Ok(())
}

/// Nothing that needs privilege works, SGDT (UMIP) and RDFSBASE (off) included.
pub(crate) fn privileged_instructions_fault(bench: &mut Bench) -> Verdict {
    for code in [&HLT[..], &CLI, &IN] {
        bench.expect_exit(code, exception(13, 0))?;
    }
    bench.expect_exit(&RDFSBASE, exception(6, 0))?;
    // AMD's processors have no SYSENTER in long mode; one without UMIP stores the table's address and goes on to UD2.
    for code in [SYSENTER.to_vec(), [&SGDT[..], &UD2].concat()] {
        let (thread, exit) = bench.run_code(&code)?;
        bench.end(&thread);
        holds("the instruction faults", exit == exception(13, 0) || exit == exception(6, 0))?;
    }
    Ok(())
}

/// INT n for all n: #GP with the gate's selector for all but 3 and 4.
pub(crate) fn only_two_gates_are_open(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&[])?;
    for vector in 0..=255_u8 {
        bench.write_code(&thread, &[0xcd, vector])?;
        thread.context.registers.rip = CODE;
        let exit = bench.run(&mut thread);
        match vector {
            3 | 4 => equal("exit", exit, exception(vector, 0))?,
            // QEMU counts gates of 16 bytes in the error code, the processor counts selectors.
            _ if exit == exception(13, u32::from(vector).wrapping_mul(16) | 2) => {}
            _ => equal("exit", exit, exception(13, u32::from(vector).wrapping_mul(8) | 2))?,
        }
    }
    bench.end(&thread);
    Ok(())
}

/// A far jump by each of the 65,536 selectors: only user code's own leads anywhere. No 32-bit segment, no gate, no LDT.
pub(crate) fn no_selector_leads_elsewhere(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&FAR_JUMP)?;
    let target = (CODE as u32).wrapping_add(2);
    bench.machine.write(thread.data, 0, &target.to_le_bytes());
    for selector in 0..=u16::MAX {
        bench.machine.write(thread.data, 4, &selector.to_le_bytes());
        thread.context.registers.rip = CODE;
        let exit = bench.run(&mut thread);
        let selector = u32::from(selector) & !3;
        let is_own = selector == (USER_CS as u32) & !3;
        equal("exit", exit, if is_own { Exit::SystemCall } else { exception(13, selector) })?;
    }
    bench.end(&thread);
    Ok(())
}

/// Load, store and fetch where there is nothing, where it is forbidden, and in the kernel's half.
pub(crate) fn page_faults_are_reported(bench: &mut Bench) -> Verdict {
    const USER: u32 = 4;
    const WRITE: u32 = 2;
    const PRESENT: u32 = 1;
    const FETCH: u32 = 16;
    let read_only = DATA.wrapping_add(0x1000);
    let kernel: u64 = 0xffff_ffff_8020_0000;
    let table: [(&[u8], u64, u32); 6] = [
        (&LOAD, 0x1234_5678, USER),
        (&STORE, 0x1234_5678, USER | WRITE),
        (&STORE, read_only, USER | WRITE | PRESENT),
        (&LOAD, kernel, USER | PRESENT),
        (&STORE, kernel, USER | WRITE | PRESENT),
        (&LOAD, 0xffff_8000_0010_0000, USER | PRESENT),
    ];
    for (code, address, error) in table {
        let mut thread = bench.thread(code)?;
        bench.map_new(thread.context.root, read_only, Protection::READ)?;
        thread.context.registers.rbx = address;
        bench.expect(&mut thread, Exit::Exception { vector: 14, code: error, address })?;
        equal("rip", thread.context.registers.rip, CODE)?;
        bench.end(&thread);
    }
    let mut thread = bench.thread(&UD2)?;
    thread.context.registers.rip = DATA;
    bench.expect(&mut thread, Exit::Exception { vector: 14, code: USER | PRESENT | FETCH, address: DATA })?;
    bench.end(&thread);
    Ok(())
}
