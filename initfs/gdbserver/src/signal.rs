//! Signal numbers: the system's are FreeBSD's, the protocol has its own, and siginfo is told in Linux's.
//!
//! Decides both translations. Main functions: [`to_client`], [`from_client`], [`to_linux`]. Neighbours: `report` (stop
//! replies), `run` (signals to deliver), `linux::siginfo`. The protocol's numbers are those of GDB's include/gdb/signals.def;
//! up to 31 they are FreeBSD's but for SIGEMT's neighbours, which are the same too.

use proc_abi::signal::{SIGINFO, SIGTHR, Signal};

/// GDB's numbers of signals that have others than FreeBSD's.
const CLIENT_INFO: u8 = 142;
const CLIENT_REALTIME_32: u8 = 77;
const CLIENT_REALTIME_33: u8 = 45;
const CLIENT_REALTIME_65: u8 = 79;
const CLIENT_REALTIME_126: u8 = 140;
const CLIENT_UNKNOWN: u8 = 143;

/// FreeBSD's first real-time signal, its last, and SIGLIBRT.
const REALTIME_FIRST: u8 = 65;
const REALTIME_LAST: u8 = 126;
const LIBRT: u8 = 33;

/// What a stop reply says for a signal.
pub(crate) fn to_client(signal: Signal) -> u8 {
    let number = u8::try_from(signal.number()).unwrap_or(0);
    if signal == SIGINFO {
        return CLIENT_INFO;
    }
    if signal == SIGTHR {
        return CLIENT_REALTIME_32;
    }
    match number {
        1..=31 => number,
        LIBRT => CLIENT_REALTIME_33,
        REALTIME_FIRST..=REALTIME_LAST => number.wrapping_sub(REALTIME_FIRST).wrapping_add(CLIENT_REALTIME_65),
        _ => CLIENT_UNKNOWN,
    }
}

/// The signal that the client means; none for zero, and for what this system does not have.
pub(crate) fn from_client(number: u8) -> Option<Signal> {
    let own = match number {
        CLIENT_INFO => SIGINFO.number(),
        CLIENT_REALTIME_32 => SIGTHR.number(),
        CLIENT_REALTIME_33 => i32::from(LIBRT),
        CLIENT_REALTIME_65..=CLIENT_REALTIME_126 => {
            i32::from(number.wrapping_sub(CLIENT_REALTIME_65).wrapping_add(REALTIME_FIRST))
        }
        // 29 is SIGLOST to GDB.
        1..=28 | 30 | 31 => i32::from(number),
        _ => return None,
    };
    Signal::new(own)
}

/// Linux's numbers (asm-generic/signal.h) of FreeBSD's signals 1 to 31; 0 where Linux has none.
const LINUX: [i32; 31] =
    [1, 2, 3, 4, 5, 6, 0, 8, 9, 7, 11, 31, 13, 14, 15, 23, 19, 20, 18, 17, 21, 22, 29, 24, 25, 26, 27, 28, 0, 10, 12];

/// The signal's number on Linux, for layouts that GDB reads as Linux's. Signals that Linux lacks keep their number.
pub(crate) fn to_linux(number: i32) -> i32 {
    let index = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
    match index.and_then(|index| LINUX.get(index)) {
        Some(0) | None => number,
        Some(linux) => *linux,
    }
}

#[cfg(test)]
mod tests {
    use super::{from_client, to_client, to_linux};
    use proc_abi::signal::{SIGBUS, SIGCHLD, SIGUSR1, Signal};

    #[test]
    fn every_signal_but_the_last_two_survives_the_way_to_the_client_and_back() {
        for number in (1..=33).chain(65..=126) {
            let signal = Signal::new(number).unwrap();
            assert_eq!(from_client(to_client(signal)), Some(signal), "{number}");
        }
        assert_eq!(to_client(Signal::new(127).unwrap()), 143);
        assert_eq!((from_client(0), from_client(29), from_client(143)), (None, None, None));
    }

    #[test]
    fn linux_has_other_numbers() {
        assert_eq!([SIGBUS, SIGUSR1, SIGCHLD].map(|signal| to_linux(signal.number())), [7, 10, 17]);
        assert_eq!((to_linux(65), to_linux(0)), (65, 0));
    }
}
