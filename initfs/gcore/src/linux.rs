//! Signals as Linux numbers them, and what it tells of one.
//!
//! Decides the number and the 128 bytes of siginfo for each of our signals. Main function: [`number`]; main type:
//! [`SignalInformation`]. Neighbours: `note`. Linux: uapi asm/signal.h and asm-generic/siginfo.h.

use proc_abi::siginfo::{self, SigInfo};
use proc_abi::signal::Signal;
use zerocopy::{Immutable, IntoBytes};

/// Names that both systems have, with Linux's number.
const NUMBERS: [(&str, i32); 31] = [
    ("hup", 1),
    ("int", 2),
    ("quit", 3),
    ("ill", 4),
    ("trap", 5),
    ("abrt", 6),
    ("bus", 7),
    ("fpe", 8),
    ("kill", 9),
    ("usr1", 10),
    ("segv", 11),
    ("usr2", 12),
    ("pipe", 13),
    ("alrm", 14),
    ("term", 15),
    ("chld", 17),
    ("cont", 18),
    ("stop", 19),
    ("tstp", 20),
    ("ttin", 21),
    ("ttou", 22),
    ("urg", 23),
    ("xcpu", 24),
    ("xfsz", 25),
    ("vtalrm", 26),
    ("prof", 27),
    ("winch", 28),
    ("io", 29),
    ("info", 30),
    ("sys", 31),
    ("emt", 7),
];

/// Linux's number of one of our signals, 0 for none; real-time signals keep theirs.
#[must_use]
pub fn number(own: i32) -> i32 {
    let Some(name) = Signal::new(own).and_then(Signal::name) else { return own.max(0) };
    NUMBERS.iter().find(|row| row.0.eq_ignore_ascii_case(name)).map_or(own, |row| row.1)
}

/// Linux's `siginfo_t`, 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoBytes, Immutable)]
#[repr(C)]
pub struct SignalInformation {
    /// Number.
    pub signal: i32,
    /// Always 0.
    pub errno: i32,
    /// Why it was sent.
    pub code: i32,
    pad: i32,
    /// An address, or pid and uid: the union's first word.
    pub first: u64,
    rest: [u64; 13],
}

const _: () = assert!(size_of::<SignalInformation>() == 128);

impl SignalInformation {
    /// What Linux would tell of this signal.
    #[must_use]
    pub fn new(own: &SigInfo) -> Self {
        let sent = u64::from(own.pid.cast_unsigned()) | u64::from(own.uid).wrapping_shl(32);
        let (code, first) = match own.code {
            siginfo::SI_USER => (0, sent),
            siginfo::SI_QUEUE => (-1, sent),
            siginfo::SI_TIMER => (-2, 0),
            siginfo::SI_LWP => (-6, sent),
            siginfo::SI_KERNEL => (0x80, 0),
            // Faults and traps have the same codes on both systems.
            code => (code, own.addr),
        };
        Self { signal: number(own.signo), errno: 0, code, pad: 0, first, rest: [0; 13] }
    }
}
