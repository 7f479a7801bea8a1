//! Signal frames: where they lie, what they hold, and that the way back leads where the way in began.
//!
//! Decides nothing. Neighbours: `frame`; FreeBSD amd64/exec_machdep.c for the layout.

use kernel_abi::registers::{Registers, SegmentBases};
use proc_abi::sigaction::{ActionFlags, SigAction, SignalStack};
use proc_abi::siginfo::{SI_USER, SigInfo};
use proc_abi::signal::{SIGUSR1, SigSet};
use proc_abi::signal_frame::{MC_HASFPXSTATE, RED_ZONE, SIGNAL_TRAMPOLINE, SignalFrame};
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::{Config, RngSeed};

use crate::Errno;
use crate::frame::{Handler, Interrupted, enter, leave};

fn interrupted(registers: Registers, extended: &[u8], stack: SignalStack) -> Interrupted<'_> {
    let bases = SegmentBases { fs: 7, gs: 8 };
    Interrupted { registers, bases, extended, mask: SigSet::of(SIGUSR1), stack }
}

fn handler(flags: ActionFlags) -> Handler {
    let action = SigAction { handler: 0x5000, flags: flags.bits(), ..SigAction::default() };
    Handler { action, info: SigInfo { addr: 99, ..SigInfo::new(SIGUSR1, SI_USER) } }
}

#[test]
fn a_handler_gets_its_arguments_as_it_asked_for_them() {
    let registers = Registers { rip: 0x1000, rsp: 0x8000, rflags: 0x700, ..Registers::default() };
    let state = interrupted(registers, &[1; 512], SignalStack::DISABLED);
    let plain = enter(&state, &handler(ActionFlags::empty())).expect("room");
    assert_eq!((plain.registers.rdi, plain.registers.rsi), (30, SI_USER as u64));
    let told = enter(&state, &handler(ActionFlags::SIGINFO)).expect("room");
    assert_eq!(told.registers.rsi, told.address + 896);
    assert_eq!((told.registers.rdx, told.registers.rcx), (told.address + 16, 99));
    assert_eq!((told.registers.rip, told.registers.rsp), (SIGNAL_TRAMPOLINE, told.address));
    assert_eq!(told.registers.rflags, 0x200, "no trap flag, no direction flag");
    assert_eq!(told.frame.context.mcontext.rflags, 0x700, "kept for the way back");
    assert_eq!((told.frame.handler, told.frame.info.addr), (0x5000, 99));
    assert_eq!(told.frame.context.mcontext.fpstate, [0x0101_0101_0101_0101; 64]);
    assert_eq!(told.frame.context.mcontext.flags & MC_HASFPXSTATE, 0);
}

#[test]
fn the_alternate_stack_is_used_if_wanted_and_not_twice() {
    let stack = SignalStack { base: 0x2_0000, size: 0x4000, flags: 0, pad: 0 };
    let registers = Registers { rsp: 0x8000, ..Registers::default() };
    let image = [0; 832];
    let first = enter(&interrupted(registers, &image, stack), &handler(ActionFlags::ONSTACK)).expect("room");
    assert!(stack.contains(first.address) && stack.contains(first.extended_address));
    assert_eq!(first.frame.context.mcontext.onstack, 1);
    assert_eq!(first.frame.context.mcontext.xfpustate_length, 320);
    let nested = enter(&interrupted(first.registers, &image, stack), &handler(ActionFlags::ONSTACK)).expect("room");
    assert!(nested.address < first.address && stack.contains(nested.address), "below, not from the top again");
    let unwanted = enter(&interrupted(registers, &image, stack), &handler(ActionFlags::empty())).expect("room");
    assert!(unwanted.address < 0x8000);
}

#[test]
fn a_context_of_another_size_is_none() {
    let state = interrupted(Registers { rsp: 0x8000, ..Registers::default() }, &[0; 512], SignalStack::DISABLED);
    let mut entry = enter(&state, &handler(ActionFlags::empty())).expect("room");
    entry.frame.context.mcontext.length = 799;
    assert_eq!(leave(&entry.frame.context.mcontext, &Registers::default()), Err(Errno::EINVAL));
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, rng_seed: RngSeed::Fixed(5), ..Config::default() })]

    #[test]
    fn frames_lie_below_the_red_zone_and_lead_back(
        rsp in any::<u64>(), values in any::<[u64; 4]>(), tail in 0_usize..400,
    ) {
        let [rax, rip, rflags, r15] = values;
        let registers = Registers { rsp, rax, rip, rflags, r15, ..Registers::default() };
        let image = vec![0; 512 + tail];
        let state = interrupted(registers, &image, SignalStack::DISABLED);
        let Some(entry) = enter(&state, &handler(ActionFlags::SIGINFO)) else {
            prop_assert!(rsp < RED_ZONE + 512 + 1024 + 400, "there is room");
            return Ok(());
        };
        let end = entry.address + size_of::<SignalFrame>() as u64;
        prop_assert!(end <= entry.extended_address);
        prop_assert!(entry.extended_address + tail as u64 + RED_ZONE <= rsp);
        prop_assert_eq!(entry.address % 16, 0);
        prop_assert_eq!(entry.extended_address % 64, 0);
        prop_assert_eq!(leave(&entry.frame.context.mcontext, &Registers::default()), Ok(registers));
    }
}
