//! Registers bit by bit: which changes of flags, selectors, addresses, debug registers and extended state are refused, and
//! that a refusal changes nothing.
//!
//! FreeBSD: amd64/machdep.c (set_regs, set_dbregs), amd64/fpu.c (fpusetregs). Neighbours: `registers` (what comes and
//! goes), kernel/core/src/frame (the rules).

use alloc::vec;
use kernel_abi::registers::{DebugRegisters, Registers};
use proc_abi::request::Request;
use proc_abi::xstate::{LEGACY_SIZE, XSTATE_MAX, XstateInfo};
use runtime::process::ptrace::{Address, request};
use runtime::{Error, Result};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::Tracee;
use test_programs::{ensure, ensure_equal};
use zerocopy::{FromZeros, IntoBytes};

use crate::registers::{get, set};

pub(crate) const CASES: &[Case] = &[
    Case { name: "each flag may change or not", run: each_flag_may_change_or_not },
    Case { name: "addresses end where user space does", run: addresses_end_where_user_space_does },
    Case { name: "each bit of the debug control", run: each_bit_of_the_debug_control },
    Case { name: "each bit of the extended header", run: each_bit_of_the_extended_header },
];

/// Flags that a program may have changed (PSL_USERCHANGE): C PF AF Z N T D V NT RF AC ID.
const CHANGEABLE: u64 = 0x0025_4dd5;

fn registers_of(tracee: Tracee) -> Result<Registers> {
    let mut registers = Registers::default();
    get(Request::GetRegs, tracee, &mut registers)?;
    Ok(registers)
}

fn each_flag_may_change_or_not() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let original = registers_of(tracee)?;
    for bit in 0..32 {
        let flag = 1_u64 << bit;
        let changed = Registers { rflags: original.rflags ^ flag, ..original };
        let found = set(Request::SetRegs, tracee, &changed);
        let expected = if CHANGEABLE & flag != 0 { Ok(()) } else { Err(Error::EINVAL) };
        ensure!(found == expected, "flag {bit} gave {found:?}");
        let seen = registers_of(tracee)?.rflags;
        let wanted = if found.is_ok() { changed.rflags } else { original.rflags };
        ensure!(seen == wanted, "flag {bit}: {seen:#x}, expected {wanted:#x}");
        set(Request::SetRegs, tracee, &original)?;
    }
    tracee.finishes(0)
}

fn addresses_end_where_user_space_does() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let original = registers_of(tracee)?;
    for bit in 47..64 {
        for address in [1_u64 << bit, original.rip | 1 << bit] {
            let jump = Registers { rip: address, ..original };
            ensure_equal!(set(Request::SetRegs, tracee, &jump), Err(Error::EINVAL));
            ensure_equal!(tracee.ask(Request::Continue, address, 0), Err(Error::EINVAL));
            ensure_equal!(registers_of(tracee)?, original);
        }
    }
    for selector in 0..=0xff_u64 {
        let changed = Registers { cs: selector, ..original };
        let found = set(Request::SetRegs, tracee, &changed);
        ensure!(selector & 3 == 3 || found == Err(Error::EINVAL), "cs {selector:#x} gave {found:?}");
        ensure_equal!(registers_of(tracee)?.cs, original.cs);
    }
    set(Request::SetRegs, tracee, &original)?;
    tracee.finishes(0)
}

/// DR7: what is enabled (bits 0 to 7), exactness (8, 9), kind and length of each (16 to 31).
fn each_bit_of_the_debug_control() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut armed = DebugRegisters::default();
    armed.dr[0] = core::ptr::from_ref(&CHANGEABLE).addr() as u64 & !7;
    armed.dr[7] = 0x9_0001;
    set(Request::SetDbRegs, tracee, &armed)?;
    let mut before = DebugRegisters::default();
    get(Request::GetDbRegs, tracee, &mut before)?;
    // Place of the kind, and the two bits that enable.
    for (number, kind_at, enables) in [(0, 16, [1, 2]), (1, 20, [4, 8]), (2, 24, [16, 32]), (3, 28, [64, 128])] {
        let kinds = [(0, true), (1, true), (2, false), (3, true)];
        for (kind, allowed) in kinds {
            let mut wanted = DebugRegisters::default();
            wanted.dr[7] = kind << kind_at;
            let found = set(Request::SetDbRegs, tracee, &wanted);
            ensure!(found.is_ok() == allowed, "kind {kind} of {number} gave {found:?}");
        }
        for enable in enables {
            let mut beyond = DebugRegisters::default();
            if let Some(address) = beyond.dr.get_mut(number) {
                *address = 0xffff_8000_0000_0000;
            }
            beyond.dr[7] = enable;
            ensure_equal!(set(Request::SetDbRegs, tracee, &beyond), Err(Error::EINVAL));
        }
    }
    set(Request::SetDbRegs, tracee, &armed)?;
    for bit in 32..64 {
        for register in [6, 7] {
            let mut high = armed;
            if let Some(word) = high.dr.get_mut(register) {
                *word |= 1 << bit;
            }
            ensure_equal!(set(Request::SetDbRegs, tracee, &high), Err(Error::EINVAL));
        }
    }
    let mut after = DebugRegisters::default();
    get(Request::GetDbRegs, tracee, &mut after)?;
    ensure_equal!(after, before);
    set(Request::SetDbRegs, tracee, &DebugRegisters::default())?;
    tracee.finishes(0)
}

/// XSTATE_BV, XCOMP_BV and what is reserved behind them: the 64 bytes after the legacy area (SDM vol. 1, section 13.4.2).
fn each_bit_of_the_extended_header() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut info = XstateInfo::new_zeroed();
    match request(Request::GetXstateInfo.raw(), tracee.id(), Address::Fill(info.as_mut_bytes()), 16) {
        Err(Error::EOPNOTSUPP) => return tracee.finishes(0),
        other => other?,
    };
    let length = i32::try_from(info.len).unwrap_or(0);
    let mut original = vec![0_u8; XSTATE_MAX];
    request(Request::GetXstate.raw(), tracee.id(), Address::Fill(&mut original), length)?;
    for bit in 0..64 {
        let mut state = original.clone();
        let place = LEGACY_SIZE.saturating_add(bit / 8);
        if let Some(byte) = state.get_mut(place) {
            *byte |= 1 << (bit % 8);
        }
        let found = request(Request::SetXstate.raw(), tracee.id(), Address::Read(&state), length);
        let known = info.mask & (1 << bit) != 0;
        let expected = if known { Ok(0) } else { Err(Error::EINVAL) };
        ensure!(found == expected, "component {bit} gave {found:?}");
    }
    let mut after = vec![0_u8; XSTATE_MAX];
    request(Request::SetXstate.raw(), tracee.id(), Address::Read(&original), length)?;
    request(Request::GetXstate.raw(), tracee.id(), Address::Fill(&mut after), length)?;
    ensure!(after == original, "the state is not what it was");
    tracee.finishes(0)
}
