//! System calls in the client's numbers: Linux's, where Linux has a call of that name.
//!
//! Decides the translation, so that `catch syscall write` works in a GDB that knows Linux's names only. A call that Linux lacks
//! has the number that debuggers inside see, behind [`FOREIGN`]. Main function: [`to_client`]. Neighbours:
//! `kernel_abi::calls::TABLE` has the names; Linux's numbers are those of arch/x86/entry/syscalls/syscall_64.tbl.

use kernel_abi::calls;

/// What is added to a number that is not Linux's.
const FOREIGN: u32 = 0x1_0000;

/// Names that both systems have, or that do the same by another name there.
const LINUX: [(&str, u32); 48] = [
    ("read", 0),
    ("write", 1),
    ("close", 3),
    ("fstat", 5),
    ("lseek", 8),
    ("mmap", 9),
    ("mprotect", 10),
    ("munmap", 11),
    ("sigaction", 13),
    ("sigprocmask", 14),
    ("sigreturn", 15),
    ("pread", 17),
    ("pwrite", 18),
    ("sched_yield", 24),
    ("nanosleep", 35),
    ("getitimer", 36),
    ("setitimer", 38),
    ("getpid", 39),
    ("fork", 57),
    ("vfork", 58),
    ("execve", 59),
    ("exit", 60),
    ("wait4", 61),
    ("kill", 62),
    ("fcntl", 72),
    ("getrlimit", 97),
    ("ptrace", 101),
    ("getuid", 102),
    ("getgid", 104),
    ("setuid", 105),
    ("setgid", 106),
    ("geteuid", 107),
    ("getegid", 108),
    ("setpgid", 109),
    ("getppid", 110),
    ("getpgrp", 111),
    ("setsid", 112),
    ("setreuid", 113),
    ("setregid", 114),
    ("getgroups", 115),
    ("setgroups", 116),
    ("sigaltstack", 131),
    ("setrlimit", 160),
    ("futex", 202),
    ("getdirentries", 217),
    ("clock_gettime", 228),
    ("wait6", 247),
    ("openat", 257),
];

/// The client's number of the call that debuggers inside know by `shown`.
pub(crate) fn to_client(shown: u32) -> u32 {
    let name = calls::by_shown(shown).map_or("", |call| call.name);
    match LINUX.iter().find(|row| row.0 == name) {
        Some(row) => row.1,
        None => shown.saturating_add(FOREIGN),
    }
}

#[cfg(test)]
mod tests {
    use super::{FOREIGN, LINUX, to_client};
    use kernel_abi::calls::TABLE;

    #[test]
    fn every_name_is_a_call_and_numbers_are_unique() {
        assert!(LINUX.iter().all(|row| TABLE.iter().any(|call| call.name == row.0)));
        let mut numbers: Vec<u32> = TABLE.iter().map(|call| to_client(call.shown)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), TABLE.len());
        assert_eq!((to_client(4), to_client(432)), (1, FOREIGN + 432));
    }
}
