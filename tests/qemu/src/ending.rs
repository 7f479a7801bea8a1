//! How a machine ended, told from QEMU's exit code.
//!
//! The isa-debug-exit device makes QEMU exit with (value << 1) | 1: the kernel writes 0x10 for success, 0x11 for a panic,
//! 0x12 and 0x13 where `boot` gave up. With -no-reboot a triple fault is exit code 0, so of all codes only 33 is a success. Neighbours: `session`
//! waits for QEMU, `report` and the `boot` tool judge.

use std::fmt;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// How a machine ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ending {
    /// The kernel powered off on purpose.
    PoweredOff,
    /// The kernel panicked.
    KernelPanic,
    /// A server that everything depends on died, or could not be started.
    SystemFailed,
    /// Init could not be run, or ended and left the machine on.
    InitFailed,
    /// The processor was reset: a triple fault.
    Reset,
    /// The deadline passed and the machine was stopped.
    Deadline,
    /// QEMU exited with a code that neither the kernel nor a reset gives.
    Code(i32),
    /// QEMU was ended by a signal of the host.
    HostSignal(i32),
}

impl Ending {
    /// Reads QEMU's exit status.
    #[must_use]
    pub fn classify(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(33), _) => Self::PoweredOff,
            (Some(35), _) => Self::KernelPanic,
            (Some(37), _) => Self::SystemFailed,
            (Some(39), _) => Self::InitFailed,
            (Some(0), _) => Self::Reset,
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::HostSignal(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PoweredOff => formatter.write_str("powered off"),
            Self::KernelPanic => formatter.write_str("kernel panic"),
            Self::SystemFailed => formatter.write_str("powered off because a server of the system failed"),
            Self::InitFailed => formatter.write_str("powered off because init failed"),
            Self::Reset => formatter.write_str("the processor was reset (a triple fault)"),
            Self::Deadline => formatter.write_str("stopped at its deadline"),
            Self::Code(code) => write!(formatter, "QEMU exited with code {code}, which the kernel never gives"),
            Self::HostSignal(signal) => write!(formatter, "QEMU was ended by the host's signal {signal}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Ending;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    #[test]
    fn only_33_is_a_power_off() {
        let exited = |code: i32| Ending::classify(ExitStatus::from_raw(code << 8));
        assert_eq!(exited(33), Ending::PoweredOff);
        assert_eq!(exited(35), Ending::KernelPanic);
        assert_eq!((exited(37), exited(39)), (Ending::SystemFailed, Ending::InitFailed));
        assert_eq!(exited(0), Ending::Reset);
        assert_eq!(exited(1), Ending::Code(1));
    }

    #[test]
    fn a_signal_is_named() {
        assert_eq!(Ending::classify(ExitStatus::from_raw(9)), Ending::HostSignal(9));
    }
}
