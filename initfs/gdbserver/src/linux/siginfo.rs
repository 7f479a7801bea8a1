//! siginfo in Linux's layout, 128 bytes.
//!
//! Decides which member of Linux's union a signal has: an address for faults, a child's status for SIGCHLD, a timer, a
//! sender and a value otherwise. Main function: [`translate`]. Neighbours: `signal` for numbers; asm-generic/siginfo.h.

use crate::signal::to_linux;
use alloc::vec::Vec;
use proc_abi::siginfo::{
    BUS_OOMERR, SI_ASYNCIO, SI_KERNEL, SI_LWP, SI_MESGQ, SI_QUEUE, SI_TIMER, SI_USER, SigInfo, TRAP_BRKPT,
};
use proc_abi::signal::{SIGBUS, SIGCHLD, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};

const SIZE: usize = 128;

/// Codes that both systems have under other numbers.
const CODES: [(i32, i32); 7] =
    [(SI_USER, 0), (SI_QUEUE, -1), (SI_TIMER, -2), (SI_MESGQ, -3), (SI_ASYNCIO, -4), (SI_LWP, -6), (SI_KERNEL, 0x80)];

/// FreeBSD's codes of SIGFPE from 1 on, in Linux's numbers: the first two are the other way round.
const FLOAT_CODES: [i32; 8] = [2, 1, 3, 4, 5, 6, 7, 8];

/// What a Linux program would find in its siginfo.
pub(crate) fn translate(info: &SigInfo) -> Vec<u8> {
    let signal = info.signal();
    let mut bytes = Vec::with_capacity(SIZE);
    for word in [to_linux(info.signo), info.errno, code(info), 0] {
        bytes.extend_from_slice(&word.to_le_bytes());
    }
    if info.code == SI_TIMER {
        bytes.extend_from_slice(&info.trapno.to_le_bytes());
        bytes.extend_from_slice(&info.overrun.to_le_bytes());
        bytes.extend_from_slice(&info.value.to_le_bytes());
    } else if signal.is_some_and(|signal| [SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP].contains(&signal))
        && !is_sent(info.code)
    {
        bytes.extend_from_slice(&info.addr.to_le_bytes());
    } else {
        bytes.extend_from_slice(&info.pid.to_le_bytes());
        bytes.extend_from_slice(&info.uid.to_le_bytes());
        if signal == Some(SIGCHLD) {
            bytes.extend_from_slice(&info.status.to_le_bytes());
        } else {
            bytes.extend_from_slice(&info.value.to_le_bytes());
        }
    }
    bytes.resize(SIZE, 0);
    bytes
}

/// Somebody sent it: it is about no instruction.
fn is_sent(code: i32) -> bool {
    [SI_USER, SI_QUEUE, SI_LWP, SI_MESGQ, SI_ASYNCIO].contains(&code)
}

fn code(info: &SigInfo) -> i32 {
    if let Some(row) = CODES.iter().find(|row| row.0 == info.code) {
        return row.1;
    }
    match info.signal() {
        Some(SIGFPE) => {
            let index = usize::try_from(info.code).ok().and_then(|code| code.checked_sub(1));
            index.and_then(|index| FLOAT_CODES.get(index)).copied().unwrap_or(info.code)
        }
        // Linux tells a failed read of a page as BUS_ADRERR.
        Some(SIGBUS) if info.code == BUS_OOMERR => 2,
        Some(SIGTRAP) if info.code == TRAP_BRKPT => 0x80,
        _ => info.code,
    }
}

#[cfg(test)]
mod tests {
    use super::translate;
    use proc_abi::siginfo::{FPE_INTDIV, SEGV_MAPERR, SI_USER, SigInfo};
    use proc_abi::signal::{SIGBUS, SIGCHLD, SIGFPE, SIGSEGV, SIGUSR1};

    fn word(bytes: &[u8], index: usize) -> i32 {
        i32::from_le_bytes(*bytes[index * 4..].first_chunk().unwrap())
    }

    #[test]
    fn faults_have_their_address() {
        let bytes = translate(&SigInfo { addr: 0x1234, ..SigInfo::new(SIGSEGV, SEGV_MAPERR) });
        assert_eq!((bytes.len(), word(&bytes, 0), word(&bytes, 2), word(&bytes, 4)), (128, 11, 1, 0x1234));
        assert_eq!(word(&translate(&SigInfo::new(SIGFPE, FPE_INTDIV)), 2), 1);
        assert_eq!(word(&translate(&SigInfo::new(SIGBUS, 1)), 0), 7);
    }

    #[test]
    fn sent_signals_have_their_sender() {
        let sent = SigInfo { pid: 7, uid: 3, value: 9, status: 5, ..SigInfo::new(SIGUSR1, SI_USER) };
        let bytes = translate(&sent);
        assert_eq!([0, 2, 4, 5, 6].map(|index| word(&bytes, index)), [10, 0, 7, 3, 9]);
        assert_eq!(word(&translate(&SigInfo { signo: SIGCHLD.number(), ..sent }), 6), 5);
    }
}
