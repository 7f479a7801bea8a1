//! The dense table of system calls: one row for every call a program can make, whoever answers it.
//!
//! Decides numbers, names, argument counts and the two properties that stop rules need. Main types: [`Call`], [`TABLE`].
//! Neighbours: `kernel-core::call` (dispatch), `ptrace` (syscall_code, EINTR or restart), `trace` and GDB (names).
//!
//! In rax, calls that the kernel serves carry Redox's numbers; calls that go to the thread's process server carry
//! `PROCESS_CALL | n` with FreeBSD's number n. What debuggers are shown is [`Call::shown`]: FreeBSD's number where FreeBSD
//! has the call, else a number of our own from 10,000 up; it is unique over the table.

mod index;

use index::{Column, Index};
use syscall::number;

/// Class of the calls that are messages to the process server; the low bits are FreeBSD's number.
pub const PROCESS_CALL: usize = 0x4000_0000;

/// Who answers a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// The kernel, or a scheme on its behalf.
    Kernel,
    /// The thread's process server.
    ProcessServer,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// Value in rax.
    pub number: usize,
    /// Number that debuggers see.
    pub shown: u32,
    /// Name without a prefix.
    pub name: &'static str,
    /// Count of arguments (FreeBSD's `sy_narg`).
    pub arguments: u8,
    /// Who answers.
    pub served: Served,
    /// An interrupted call may be made again with the same arguments (ERESTART); otherwise it fails with EINTR.
    pub restartable: bool,
    /// The call never waits: a stop is complete only when it has been answered (design: stops of calls).
    pub short: bool,
}

const fn kernel(number: usize, shown: u32, name: &'static str, arguments: u8, waits: Waits) -> Call {
    row(number, shown, name, arguments, Served::Kernel, waits)
}

const fn process(shown: u32, name: &'static str, arguments: u8, waits: Waits) -> Call {
    row(PROCESS_CALL | shown as usize, shown, name, arguments, Served::ProcessServer, waits)
}

const fn row(number: usize, shown: u32, name: &'static str, arguments: u8, served: Served, waits: Waits) -> Call {
    Call {
        number,
        shown,
        name,
        arguments,
        served,
        restartable: matches!(waits, Restartable),
        short: matches!(waits, Never),
    }
}

/// How a call behaves when a signal arrives while it waits.
#[derive(Clone, Copy)]
enum Waits {
    Never,
    Interruptible,
    Restartable,
}

use Waits::{Interruptible, Never, Restartable};

/// FUTEX as debuggers see it: FreeBSD's nearest relative is `_umtx_op`.
const SHOWN_FUTEX: u32 = 454;

/// Every call; look up with [`by_number`] and [`by_shown`]. Sets of calls have a bit for each row (`call_set`).
pub const TABLE: &[Call] = &[
    kernel(number::SYS_READ, 3, "read", 3, Restartable),
    kernel(number::SYS_WRITE, 4, "write", 3, Restartable),
    kernel(number::SYS_CLOSE, 6, "close", 1, Never),
    kernel(number::SYS_FUNMAP, 73, "munmap", 2, Never),
    kernel(number::SYS_MPROTECT, 74, "mprotect", 3, Never),
    kernel(number::SYS_FCNTL, 92, "fcntl", 3, Never),
    kernel(number::SYS_CLOCK_GETTIME, 232, "clock_gettime", 2, Never),
    kernel(number::SYS_NANOSLEEP, 240, "nanosleep", 2, Interruptible),
    kernel(number::SYS_YIELD, 331, "sched_yield", 0, Never),
    kernel(number::SYS_FUTEX, SHOWN_FUTEX, "futex", 5, Restartable),
    kernel(number::SYS_READ2, 475, "pread", 5, Restartable),
    kernel(number::SYS_WRITE2, 476, "pwrite", 5, Restartable),
    kernel(number::SYS_FMAP, 477, "mmap", 3, Restartable),
    kernel(number::SYS_LSEEK, 478, "lseek", 3, Restartable),
    kernel(number::SYS_OPENAT_INTO2, 499, "openat", 5, Restartable),
    kernel(number::SYS_UNLINKAT, 503, "unlinkat", 4, Restartable),
    kernel(number::SYS_FSTAT, 551, "fstat", 3, Restartable),
    kernel(number::SYS_DUP_INTO, 10_001, "dup_into", 4, Restartable),
    kernel(number::SYS_FPATH, 10_002, "fpath", 3, Restartable),
    kernel(number::SYS_FEVENT, 10_003, "fevent", 2, Never),
    kernel(number::SYS_CALL, 10_004, "call", 5, Restartable),
    kernel(number::SYS_FRENAME, 10_005, "frename", 3, Restartable),
    kernel(SYS_GETDENTS, 554, "getdirentries", 4, Restartable),
    process(1, "exit", 1, Never),
    process(2, "fork", 0, Never),
    process(7, "wait4", 4, Restartable),
    process(GETPID, "getpid", 0, Never),
    process(23, "setuid", 1, Never),
    process(24, "getuid", 0, Never),
    process(25, "geteuid", 0, Never),
    process(26, "ptrace", 4, Never),
    process(37, "kill", 2, Never),
    process(GETPPID, "getppid", 0, Never),
    process(43, "getegid", 0, Never),
    process(47, "getgid", 0, Never),
    process(53, "sigaltstack", 2, Never),
    process(59, "execve", 3, Interruptible),
    process(66, "vfork", 0, Never),
    process(79, "getgroups", 2, Never),
    process(80, "setgroups", 2, Never),
    process(81, "getpgrp", 0, Never),
    process(82, "setpgid", 2, Never),
    process(83, "setitimer", 3, Never),
    process(86, "getitimer", 2, Never),
    process(126, "setreuid", 2, Never),
    process(127, "setregid", 2, Never),
    process(147, "setsid", 0, Never),
    process(165, "sysarch", 2, Never),
    process(181, "setgid", 1, Never),
    process(182, "setegid", 1, Never),
    process(183, "seteuid", 1, Never),
    process(194, "getrlimit", 2, Never),
    process(195, "setrlimit", 2, Never),
    process(207, "getpgid", 1, Never),
    process(310, "getsid", 1, Never),
    process(311, "setresuid", 3, Never),
    process(312, "setresgid", 3, Never),
    process(340, "sigprocmask", 3, Never),
    process(341, "sigsuspend", 1, Interruptible),
    process(343, "sigpending", 1, Never),
    process(345, "sigtimedwait", 3, Interruptible),
    process(360, "getresuid", 3, Never),
    process(361, "getresgid", 3, Never),
    process(416, "sigaction", 3, Never),
    process(417, "sigreturn", 1, Never),
    process(431, "thr_exit", 1, Never),
    process(432, "thr_self", 1, Never),
    process(433, "thr_kill", 2, Never),
    process(442, "thr_suspend", 1, Interruptible),
    process(443, "thr_wake", 1, Never),
    process(455, "thr_new", 2, Never),
    process(456, "sigqueue", 3, Never),
    process(464, "thr_set_name", 2, Never),
    process(481, "thr_kill2", 3, Never),
    process(532, "wait6", 6, Restartable),
    process(544, "procctl", 4, Never),
    process(EXEC_READY, "exec_ready", 3, Never),
    process(EXEC_FAILED, "exec_failed", 1, Never),
    process(DUMP_LIMIT, "dump_limit", 0, Never),
    process(DUMP_DONE, "dump_done", 1, Never),
];

/// Directory reading: FreeBSD's getdirentries(fd, buffer, length, base); Redox's number class for a slice-filling file call.
pub const SYS_GETDENTS: usize = number::SYS_CLASS_FILE | number::SYS_ARG_MSLICE | 43;

/// getpid, answered by the kernel from the group's table once the server has filled it.
pub const GETPID: u32 = 20;
/// getppid, likewise.
pub const GETPPID: u32 = 39;
/// The loader of a new image has built it: (descriptor of the executable, entry, stack pointer).
pub const EXEC_READY: u32 = 10_100;
/// The loader gives up: (errno).
pub const EXEC_FAILED: u32 = 10_101;
/// The helper of a core dump asks how long the file may be.
pub const DUMP_LIMIT: u32 = 10_102;
/// It is done: (errno or 0).
pub const DUMP_DONE: u32 = 10_103;

/// Calls that may be made for a stopped thread (SC_REMOTE): none waits for long, makes or ends a thread or process, sets a
/// frame, or carries another call. Those of the process server exchange no memory.
pub const REMOTE: [&str; 16] = [
    "close",
    "munmap",
    "mprotect",
    "fcntl",
    "clock_gettime",
    "mmap",
    "lseek",
    "getpid",
    "getppid",
    "getuid",
    "geteuid",
    "getgid",
    "getegid",
    "getpgrp",
    "getpgid",
    "getsid",
];

/// Whether a call is in [`REMOTE`].
#[must_use]
pub fn is_remote(call: &Call) -> bool {
    REMOTE.contains(&call.name)
}

static BY_NUMBER: Index = Index::new(TABLE, Column::Number);
static BY_SHOWN: Index = Index::new(TABLE, Column::Shown);

/// Which row has this value in rax. Only the low 32 bits name a call: a number with high bits set is unknown.
#[must_use]
pub fn row_of_number(number: usize) -> Option<usize> {
    let row = BY_NUMBER.candidate(number as u32)?;
    TABLE.get(row).filter(|call| call.number == number).map(|_| row)
}

/// Which row debuggers know by this number.
#[must_use]
pub fn row_of_shown(shown: u32) -> Option<usize> {
    let row = BY_SHOWN.candidate(shown)?;
    TABLE.get(row).filter(|call| call.shown == shown).map(|_| row)
}

/// The row with this value in rax, as [`row_of_number`].
#[must_use]
pub fn by_number(number: usize) -> Option<&'static Call> {
    TABLE.get(row_of_number(number)?)
}

/// The row that debuggers know by this number.
#[must_use]
pub fn by_shown(shown: u32) -> Option<&'static Call> {
    TABLE.get(row_of_shown(shown)?)
}

/// The row with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Call> {
    TABLE.iter().find(|call| call.name == name)
}

#[cfg(test)]
mod tests {
    use super::{PROCESS_CALL, REMOTE, TABLE, by_name};

    #[test]
    fn every_remote_call_exists() {
        assert!(REMOTE.iter().all(|name| by_name(name).is_some()));
    }

    /// The value of `0x..`, a decimal, or `(PROCESS_CALL | decimal)`.
    fn value(text: &str) -> Option<usize> {
        let (class, digits) = match text.strip_prefix("(PROCESS_CALL | ") {
            Some(rest) => (PROCESS_CALL, rest.strip_suffix(')')?),
            None => (0, text),
        };
        let (digits, radix) = digits.strip_prefix("0x").map_or((digits, 10), |digits| (digits, 16));
        usize::from_str_radix(digits, radix).ok().map(|number| class | number)
    }

    #[test]
    fn programs_in_c_use_the_same_numbers() {
        let header = include_str!("../../../initfs/c/src/call.h");
        let lines = header.lines().filter_map(|line| line.strip_prefix("#define CALL_")?.split_once(' '));
        let mut count = 0;
        for (name, text) in lines.filter(|(name, _)| !name.contains('(')) {
            let call = TABLE.iter().find(|call| call.name.eq_ignore_ascii_case(name)).expect(name);
            assert_eq!(value(text), Some(call.number), "{name}");
            count += 1;
        }
        assert!(count > 50, "the header has all that C programs use");
    }

    #[test]
    fn numbers_shown_numbers_and_names_are_unique() {
        for (index, call) in TABLE.iter().enumerate() {
            for other in TABLE.iter().skip(index.saturating_add(1)) {
                assert_ne!(call.number, other.number, "{}", call.name);
                assert_ne!(call.shown, other.shown, "{}", call.name);
                assert_ne!(call.name, other.name);
            }
        }
    }
}
