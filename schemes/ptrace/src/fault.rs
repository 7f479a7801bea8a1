//! Which signal an exception of the processor is.
//!
//! Decides FreeBSD's mapping for user mode (amd64/trap.c; sys/x86/include/trap.h for the numbers in si_trapno). Main
//! function: [`siginfo`]. Neighbours: `report`; the words are those of `stop::Cause::Fault`.

use kernel_abi::stop::FaultKind;
use proc_abi::siginfo::{
    BUS_ADRALN, BUS_OBJERR, BUS_OOMERR, FPE_FLTINV, FPE_FLTSUB, FPE_INTDIV, FPE_INTOVF, ILL_PRVOPC, SEGV_ACCERR,
    SEGV_MAPERR, SigInfo,
};
use proc_abi::signal::{SIGBUS, SIGFPE, SIGILL, SIGSEGV, Signal};

/// One row: vector, signal, code, FreeBSD's trap number.
type Row = (u64, Signal, i32, i32);

/// Vectors by SDM volume 3, table 6-1; all but page faults.
const ROWS: [Row; 12] = [
    (0, SIGFPE, FPE_INTDIV, 18),
    (4, SIGFPE, FPE_INTOVF, 20),
    (5, SIGFPE, FPE_FLTSUB, 21),
    (6, SIGILL, ILL_PRVOPC, 1),
    (7, SIGFPE, FPE_FLTINV, 22),
    (10, SIGBUS, BUS_OBJERR, 25),
    (11, SIGBUS, BUS_OBJERR, 26),
    (12, SIGBUS, BUS_OBJERR, 27),
    (13, SIGBUS, BUS_OBJERR, 9),
    (16, SIGFPE, FPE_FLTINV, 6),
    (17, SIGBUS, BUS_ADRALN, 14),
    (19, SIGFPE, FPE_FLTINV, 29),
];

const PAGE_FAULT: u64 = 14;
const TRAP_PAGE_FAULT: i32 = 12;

/// The signal of an exception: words are vector, error code, address, kind of page fault.
#[must_use]
pub(crate) fn siginfo(words: &[u64; 8]) -> SigInfo {
    let [vector, _error, address, kind, ..] = *words;
    let (signal, code, trap) = if vector == PAGE_FAULT {
        let (signal, code) = page_fault(kind);
        (signal, code, TRAP_PAGE_FAULT)
    } else {
        let row = ROWS.iter().find(|row| row.0 == vector);
        row.map_or((SIGBUS, BUS_OBJERR, 9), |row| (row.1, row.2, row.3))
    };
    SigInfo { addr: address, trapno: trap, ..SigInfo::new(signal, code) }
}

fn page_fault(kind: u64) -> (Signal, i32) {
    if kind == FaultKind::Protection as u64 {
        (SIGSEGV, SEGV_ACCERR)
    } else if kind == FaultKind::BeyondObject as u64 {
        (SIGBUS, BUS_OBJERR)
    } else if kind == FaultKind::NoMemory as u64 {
        (SIGBUS, BUS_OOMERR)
    } else {
        (SIGSEGV, SEGV_MAPERR)
    }
}
