//! Golden values: numbers and offsets as a FreeBSD program was compiled with them.
//!
//! Decides nothing; it repeats the specification in the form of bytes. Neighbours: every layout module.

use core::mem::offset_of;

use zerocopy::IntoBytes;

use crate::event_record::{EventKind, EventRecord};
use crate::lwpinfo::LwpInfo;
use crate::request::{NAMES, Request};
use crate::sigaction::{SigAction, SignalStack};
use crate::siginfo::SigInfo;
use crate::signal::{DefaultAction, SIGKILL, SIGSTOP, SIGTERM, SIGUSR1, SIGUSR2, SigSet, Signal};
use crate::signal_frame::{MachineContext, SignalFrame, TRAMPOLINE_CODE};
use crate::status::ProcessStatus;
use crate::thread::ThreadParameters;
use crate::time::{TimeSpec, TimeVal};
use crate::wait::WaitStatus;

#[test]
fn siginfo_bytes() {
    let info = SigInfo { pid: 7, uid: 3, addr: 0x1122, ..SigInfo::new(SIGUSR1, crate::siginfo::SI_USER) };
    let bytes = info.as_bytes();
    assert_eq!(bytes[0..4], [30, 0, 0, 0]);
    assert_eq!(bytes[8..12], [1, 0, 1, 0]);
    assert_eq!(bytes[12..16], [7, 0, 0, 0]);
    assert_eq!(bytes[16..20], [3, 0, 0, 0]);
    assert_eq!(bytes[24..26], [0x22, 0x11]);
    assert!(bytes[40..].iter().all(|byte| *byte == 0));
}

#[test]
fn offsets_of_signal_structures() {
    assert_eq!(offset_of!(SigAction, flags), 8);
    assert_eq!(offset_of!(SignalStack, flags), 16);
    assert_eq!(offset_of!(MachineContext, trapno), 128);
    assert_eq!(offset_of!(MachineContext, fs), 132);
    assert_eq!(offset_of!(MachineContext, addr), 136);
    assert_eq!(offset_of!(MachineContext, es), 148);
    assert_eq!(offset_of!(MachineContext, err), 152);
    assert_eq!(offset_of!(MachineContext, ss), 192);
    assert_eq!(offset_of!(MachineContext, ownedfp), 216);
    assert_eq!(offset_of!(MachineContext, gsbase), 744);
    assert_eq!(offset_of!(MachineContext, xfpustate_length), 760);
    assert_eq!(offset_of!(SignalFrame, handler), 0);
}

#[test]
fn offsets_of_ptrace_structures() {
    assert_eq!(offset_of!(LwpInfo, sigmask), 12);
    assert_eq!(offset_of!(LwpInfo, siglist), 28);
    assert_eq!(offset_of!(LwpInfo, child_pid), 148);
    assert_eq!(offset_of!(ThreadParameters, child_tid), 48);
    assert_eq!(offset_of!(ThreadParameters, rtp), 72);
    assert_eq!(offset_of!(ProcessStatus, name), 72);
    assert_eq!(EventRecord::new(EventKind::Exited, 5).as_bytes()[..8], [160, 0, 0, 0, 4, 0, 0, 0]);
}

#[test]
fn the_trampoline_names_sigreturn() {
    let number =
        u32::from_le_bytes([TRAMPOLINE_CODE[9], TRAMPOLINE_CODE[10], TRAMPOLINE_CODE[11], TRAMPOLINE_CODE[12]]);
    let call = kernel_abi::calls::by_number(number as usize).expect("the number is in the table");
    assert_eq!(call.name, "sigreturn");
}

#[test]
fn signals_have_freebsd_names_and_numbers() {
    assert_eq!(Signal::from_name("SIGTERM"), Some(SIGTERM));
    assert_eq!(Signal::from_name("usr2"), Some(SIGUSR2));
    assert_eq!(Signal::from_name("128").map(Signal::number), Some(128));
    assert_eq!(Signal::from_name("129"), None);
    assert_eq!(Signal::from_name("sig"), None);
    assert_eq!(SIGUSR1.name(), Some("usr1"));
    assert_eq!(Signal::new(65).and_then(Signal::name), None);
    assert_eq!(Signal::new(0), None);
    assert_eq!(SIGSTOP.default_action(), DefaultAction::Stop);
    assert_eq!(Signal::new(100).map(Signal::default_action), Some(DefaultAction::Terminate));
}

#[test]
fn sets_hold_all_128_signals() {
    let mut set = SigSet::EMPTY;
    for number in (1..=128).rev() {
        let signal = Signal::new(number).expect("in range");
        set.insert(signal);
        assert!(set.contains(signal));
        assert_eq!(set.lowest(), Some(signal));
    }
    assert_eq!(set.bits, [u32::MAX; 4]);
    assert!(!set.blockable().contains(SIGKILL));
    set.remove(SIGKILL);
    assert_eq!(set.bits[0], u32::MAX ^ 0x100);
}

#[test]
fn wait_statuses_read_back() {
    let stop = WaitStatus::Stopped(SIGSTOP);
    assert_eq!(stop.encode(), 0x117f);
    assert_eq!(WaitStatus::Exited(0x1ff).encode(), 0xff00);
    assert_eq!(WaitStatus::Continued.encode(), 0x13);
    let dumped = WaitStatus::Dumped(SIGTERM);
    for status in [stop, WaitStatus::Exited(7), WaitStatus::Killed(SIGKILL), dumped, WaitStatus::Continued] {
        assert_eq!(WaitStatus::decode(status.encode()), Some(status));
    }
}

#[test]
fn requests_are_unique_and_named() {
    for (request, name) in NAMES {
        assert_eq!(Request::from_raw(request.raw()), Some(request));
        assert_eq!(request.name(), name);
        assert_eq!(Request::from_name(name), Some(request));
    }
    for retired in [3, 6, 30, 31, 32, 39, 64, 128, -1] {
        assert_eq!(Request::from_raw(retired), None);
    }
}

#[test]
fn times_that_are_not_normal_are_refused() {
    assert_eq!(TimeSpec { sec: 1, nsec: 5 }.nanoseconds(), Some(1_000_000_005));
    assert_eq!(TimeSpec { sec: 0, nsec: 1_000_000_000 }.nanoseconds(), None);
    assert_eq!(TimeSpec { sec: -1, nsec: 0 }.nanoseconds(), None);
    assert_eq!(TimeSpec { sec: i64::MAX, nsec: 0 }.nanoseconds(), Some(u64::MAX));
    assert_eq!(TimeVal { sec: 0, usec: 1_000_000 }.nanoseconds(), None);
    assert_eq!(TimeVal::from_nanoseconds(1), TimeVal { sec: 0, usec: 1 });
}
