//! Register sets: what goes in comes out, and what may not go in changes nothing.
//!
//! FreeBSD: amd64/machdep.c (set_regs, set_dbregs), amd64/ptrace_machdep.c. Neighbours: `traps` (a watchpoint at work).

use kernel_abi::registers::{DebugRegisters, FloatRegisters, Registers, SegmentBases};
use proc_abi::register_set::{Note, StatusNote};
use proc_abi::request::Request;
use proc_abi::xstate::{LEGACY_SIZE, XSTATE_MAX, XstateInfo};
use runtime::process::ptrace::{Address, get_register_set, register_set_size, request, set_register_set};
use runtime::{Error, Result};
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::tracee::Tracee;
use test_programs::{ensure, ensure_equal};
use zerocopy::{FromBytes, FromZeros, Immutable, IntoBytes};

pub(crate) const CASES: &[Case] = &[
    Case { name: "general registers come and go", run: general_registers_come_and_go },
    Case { name: "flags and selectors are refused", run: flags_and_selectors_are_refused },
    Case { name: "float registers come and go", run: float_registers_come_and_go },
    Case { name: "debug registers are checked", run: debug_registers_are_checked },
    Case { name: "extended state checks its sizes", run: extended_state_checks_its_sizes },
    Case { name: "segment bases are checked", run: segment_bases_are_checked },
    Case { name: "sets by note agree with the older requests", run: sets_by_note_agree_with_the_older_requests },
    Case { name: "sets by note are written and refused", run: sets_by_note_are_written_and_refused },
];

/// Fills a register set from the target's.
pub(crate) fn get<T: FromBytes + IntoBytes>(what: Request, tracee: Tracee, into: &mut T) -> Result<()> {
    request(what.raw(), tracee.id(), Address::Fill(into.as_mut_bytes()), 0).map(drop)
}

/// Gives the target a register set.
pub(crate) fn set<T: IntoBytes + Immutable>(what: Request, tracee: Tracee, from: &T) -> Result<()> {
    request(what.raw(), tracee.id(), Address::Read(from.as_bytes()), 0).map(drop)
}

fn general_registers_come_and_go() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut original = Registers::default();
    get(Request::GetRegs, tracee, &mut original)?;
    ensure!(original.rip != 0 && original.rsp != 0, "registers are {original:?}");
    let changed = Registers { r15: 15, r14: u64::MAX, rbx: 3, rdi: 4, ..original };
    set(Request::SetRegs, tracee, &changed)?;
    let mut seen = Registers::default();
    get(Request::GetRegs, tracee, &mut seen)?;
    ensure_equal!(seen, changed);
    set(Request::SetRegs, tracee, &original)?;
    tracee.finishes(0)
}

fn flags_and_selectors_are_refused() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut original = Registers::default();
    get(Request::GetRegs, tracee, &mut original)?;
    let interrupts = 1 << 9;
    let bad = [
        Registers { rflags: original.rflags ^ interrupts, ..original },
        Registers { rflags: original.rflags | (3 << 12), ..original },
        Registers { cs: 8, ..original },
        Registers { cs: 0, ..original },
        Registers { rip: 0xffff_8000_0000_0000, ..original },
        Registers { rip: 0x0000_8000_0000_0000, ..original },
    ];
    for registers in &bad {
        ensure_equal!(set(Request::SetRegs, tracee, registers), Err(Error::EINVAL));
    }
    let mut seen = Registers::default();
    get(Request::GetRegs, tracee, &mut seen)?;
    ensure_equal!(seen, original);
    tracee.finishes(0)
}

fn float_registers_come_and_go() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut registers = FloatRegisters::new_zeroed();
    get(Request::GetFpRegs, tracee, &mut registers)?;
    for (index, byte) in registers.xmm.iter_mut().enumerate() {
        *byte = index.to_le_bytes().first().copied().unwrap_or(0);
    }
    set(Request::SetFpRegs, tracee, &registers)?;
    let mut seen = FloatRegisters::new_zeroed();
    get(Request::GetFpRegs, tracee, &mut seen)?;
    ensure!(seen == registers, "the float registers differ");
    tracee.finishes(0)
}

fn debug_registers_are_checked() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let of = |address: u64, control: u64| {
        let mut registers = DebugRegisters::default();
        (registers.dr[0], registers.dr[7]) = (address, control);
        registers
    };
    let (input_output, general_detect, high) = (2 << 16, 1 << 13, 1 << 32);
    let kernel = 0xffff_8000_0000_0000;
    for bad in [of(0, input_output), of(0, general_detect), of(0, high), of(kernel, 0x9_0001), of(1, 0x9_0001)] {
        ensure_equal!(set(Request::SetDbRegs, tracee, &bad), Err(Error::EINVAL));
    }
    let mut seen = DebugRegisters::default();
    get(Request::GetDbRegs, tracee, &mut seen)?;
    ensure_equal!((seen.dr[0], seen.dr[7] & 0xff), (0, 0));
    set(Request::SetDbRegs, tracee, &of(kernel, 0))?;
    get(Request::GetDbRegs, tracee, &mut seen)?;
    ensure_equal!(seen.dr[0], kernel);
    tracee.finishes(0)
}

fn extended_state_checks_its_sizes() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let mut info = XstateInfo::new_zeroed();
    let get_info = |info: &mut XstateInfo, data| {
        request(Request::GetXstateInfo.raw(), tracee.id(), Address::Fill(info.as_mut_bytes()), data)
    };
    // Without XSAVE there is no extended state to tell of.
    if get_info(&mut info, 16) == Err(Error::EOPNOTSUPP) {
        ensure_equal!(get_info(&mut info, 0), Err(Error::EOPNOTSUPP));
        return tracee.finishes(0);
    }
    for wrong in [0, 15] {
        ensure_equal!(get_info(&mut info, wrong), Err(Error::EINVAL));
    }
    get_info(&mut info, 16)?;
    let length = info.len as usize;
    ensure!((LEGACY_SIZE..=XSTATE_MAX).contains(&length) && info.mask & 3 == 3, "{info:?}");
    let mut state = alloc::vec![0_u8; XSTATE_MAX];
    let data = i32::try_from(length).unwrap_or(0);
    request(Request::GetXstate.raw(), tracee.id(), Address::Fill(&mut state), data)?;
    request(Request::SetXstate.raw(), tracee.id(), Address::Read(&state), data)?;
    let short = i32::try_from(LEGACY_SIZE).unwrap_or(0).saturating_sub(1);
    for wrong in [short, data.saturating_add(1)] {
        let refused = request(Request::SetXstate.raw(), tracee.id(), Address::Read(&state), wrong);
        ensure_equal!(refused, Err(Error::EINVAL));
    }
    tracee.finishes(0)
}

fn segment_bases_are_checked() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    for (getter, setter) in [(Request::GetFsBase, Request::SetFsBase), (Request::GetGsBase, Request::SetGsBase)] {
        let (mut original, mut seen) = (0_u64, 0_u64);
        get(getter, tracee, &mut original)?;
        set(setter, tracee, &0x1234_5000_u64)?;
        get(getter, tracee, &mut seen)?;
        ensure_equal!(seen, 0x1234_5000);
        for bad in [0x0000_8000_0000_0000_u64, u64::MAX] {
            ensure_equal!(set(setter, tracee, &bad), Err(Error::EINVAL));
        }
        set(setter, tracee, &original)?;
    }
    tracee.finishes(0)
}

fn sets_by_note_agree_with_the_older_requests() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let id = tracee.id();
    let (mut status, mut registers) = (StatusNote::default(), Registers::default());
    get_register_set(id, Note::Status as i32, status.as_mut_bytes())?;
    get(Request::GetRegs, tracee, &mut registers)?;
    ensure_equal!(status, StatusNote::new(tracee.information()?.lwpid, proc_abi::signal::SIGSTOP.number(), registers));
    let (mut float, mut older) = (FloatRegisters::new_zeroed(), FloatRegisters::new_zeroed());
    get_register_set(id, Note::Float as i32, float.as_mut_bytes())?;
    get(Request::GetFpRegs, tracee, &mut older)?;
    ensure!(float == older, "the float registers differ");
    let (mut bases, mut base) = (SegmentBases::default(), 0_u64);
    get_register_set(id, Note::SegmentBases as i32, bases.as_mut_bytes())?;
    get(Request::GetFsBase, tracee, &mut base)?;
    ensure_equal!(bases.fs, base);
    let mut info = XstateInfo::new_zeroed();
    let told = request(Request::GetXstateInfo.raw(), id, Address::Fill(info.as_mut_bytes()), 16);
    let expected = told.map(|_| info.len as usize).map_err(|_| Error::EINVAL);
    ensure_equal!(register_set_size(id, Note::ExtendedState as i32), expected);
    tracee.finishes(0)
}

fn sets_by_note_are_written_and_refused() -> Verdict {
    let tracee = Tracee::start(|| 0)?;
    let (id, note) = (tracee.id(), Note::Status as i32);
    let mut original = StatusNote::default();
    get_register_set(id, note, original.as_mut_bytes())?;
    let mut changed = original;
    changed.registers.r15 = 0x1515;
    set_register_set(id, note, changed.as_bytes())?;
    let mut seen = Registers::default();
    get(Request::GetRegs, tracee, &mut seen)?;
    ensure_equal!(seen, changed.registers);
    changed.registers.cs = 8;
    ensure_equal!(set_register_set(id, note, changed.as_bytes()), Err(Error::EINVAL));
    ensure_equal!(set_register_set(id, note, &[0; 223]), Err(Error::EINVAL));
    ensure_equal!(get_register_set(id, note, &mut [0; 225]), Err(Error::EINVAL));
    ensure_equal!(register_set_size(id, 4), Err(Error::EINVAL));
    set_register_set(id, note, original.as_bytes())?;
    tracee.finishes(0)
}
