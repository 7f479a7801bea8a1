//! What the frame maker accepts and what it refuses, bit by bit.
//!
//! Decides that every single flag, selector, address and breakpoint combination has the verdict that the module's rules give.
//! Neighbours: `frame` (the rules), tests/programs (the same refusals through the files of proc:).

use kernel_abi::registers::{DebugRegisters, RFLAGS_USER, Registers, SegmentBases};
use zerocopy::FromZeros;

use super::{accept_bases, accept_debug, accept_float, accept_registers, start_registers};
use crate::errno::Errno;
use crate::seam::USER_END;

fn present() -> Registers {
    start_registers(0x40_0000, 0x7000_0000, [1, 2, 3]).unwrap()
}

#[test]
fn every_flag_outside_the_changeable_ones_is_refused() {
    for bit in 0..32 {
        let mut wanted = present();
        wanted.rflags ^= 1 << bit;
        let expected = RFLAGS_USER & (1 << bit) != 0;
        assert_eq!(accept_registers(&wanted, &present()).is_ok(), expected, "bit {bit}");
    }
}

#[test]
fn only_user_addresses_and_selectors_reach_the_frame() {
    for rip in [USER_END, 1 << 47, u64::MAX, 0xffff_ffff_8000_0000, 1 << 63] {
        assert_eq!(accept_registers(&Registers { rip, ..present() }, &present()), Err(Errno::EINVAL));
        assert_eq!(start_registers(rip, 0, [0; 3]), Err(Errno::EINVAL));
    }
    assert!(accept_registers(&Registers { rip: USER_END - 1, ..present() }, &present()).is_ok());
    assert_eq!(accept_registers(&Registers { cs: 8, ..present() }, &present()), Err(Errno::EINVAL));
    let accepted = accept_registers(&Registers { cs: 3, ss: 0, ds: 7, ..present() }, &present()).unwrap();
    assert_eq!(accepted, present());
}

#[test]
fn bases_stay_below_the_user_limit() {
    assert!(accept_bases(SegmentBases { fs: USER_END - 1, gs: 0 }).is_ok());
    assert_eq!(accept_bases(SegmentBases { fs: 0, gs: USER_END }), Err(Errno::EINVAL));
}

#[test]
fn every_combination_of_one_breakpoint_is_judged() {
    for (address, user) in [(0x1000, true), (USER_END - 8, true), (USER_END, false), (1 << 63, false), (0x1001, true)] {
        for bits in 0..16_u64 {
            let (kind, length) = (bits & 3, bits >> 2);
            let mut wanted = DebugRegisters::default();
            wanted.dr[0] = address;
            wanted.dr[7] = 1 | bits << 16;
            let size = [1, 2, 8, 4][length as usize];
            let good = user && kind != 2 && address % size == 0 && (kind != 0 || length == 0);
            assert_eq!(accept_debug(&wanted).is_ok(), good, "{address:#x} kind {kind} length {length}");
            wanted.dr[7] = bits << 16;
            assert_eq!(accept_debug(&wanted).is_ok(), kind != 2, "disabled, kind {kind}");
        }
    }
}

#[test]
fn high_halves_and_general_detect_are_refused() {
    for (register, bit) in [(6, 32), (7, 32), (7, 63), (7, 13)] {
        let mut wanted = DebugRegisters::default();
        wanted.dr[register] = 1 << bit;
        assert_eq!(accept_debug(&wanted), Err(Errno::EINVAL));
    }
}

#[test]
fn mxcsr_keeps_only_what_the_processor_has() {
    let mut wanted = kernel_abi::registers::FloatRegisters::new_zeroed();
    wanted.environment[3] = u64::MAX;
    accept_float(&mut wanted, 0xffff);
    assert_eq!(wanted.environment[3], 0x0000_ffff_0000_ffff);
}
