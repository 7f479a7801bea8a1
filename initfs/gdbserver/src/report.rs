//! What the client is told when something happens, in the words of a stop reply.
//!
//! Decides the fields of T, W and X packets. Main types: [`Report`], [`Reason`]. Neighbours: `judge` makes reports, the engine
//! sends them with the registers that GDB would ask for next.

use crate::process::watch::Kind;
use crate::text::Text;
use crate::thread_id::Naming;
use alloc::vec::Vec;
use proc_abi::id::{Pid, Tid};

/// Why a process stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its signal says it all.
    Signal,
    /// A breakpoint in memory; the program counter is at it.
    SoftwareBreak,
    /// A breakpoint of the processor's.
    HardwareBreak,
    /// A watched place.
    Watch(Kind, u64),
    /// It forked: the child is stopped too.
    Fork(Pid, Tid),
    /// The same by vfork.
    Vfork(Pid, Tid),
    /// The wait of a vfork is over.
    VforkDone,
    /// It runs another program.
    Exec(Vec<u8>),
    /// It is about to make this system call, in the client's number.
    CallEntry(u32),
    /// It made it.
    CallReturn(u32),
}

/// Something to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Report {
    /// A process stopped.
    Stopped {
        /// The thread.
        thread: Tid,
        /// The signal, in the client's number.
        signal: u8,
        /// Why.
        reason: Reason,
    },
    /// A process exited.
    Exited(i32),
    /// A signal killed it, in the client's number.
    Killed(u8),
}

/// SIGTRAP to clients.
pub(crate) const TRAP: u8 = 5;

impl Report {
    /// A stop by SIGTRAP.
    pub(crate) const fn trap(thread: Tid, reason: Reason) -> Self {
        Self::Stopped { thread, signal: TRAP, reason }
    }

    /// The packet, but for registers: those go before the thread.
    pub(crate) fn write(&self, text: &mut Text, pid: Pid, naming: Naming, registers: &Text) {
        let process = pid.raw();
        match self {
            Self::Exited(status) => {
                text.add(format_args!("W{:02x}", status & 0xff));
                if naming == Naming::ProcessAndThread {
                    text.add(format_args!(";process:{process:x}"));
                }
            }
            Self::Killed(signal) => {
                text.add(format_args!("X{signal:02x}"));
                if naming == Naming::ProcessAndThread {
                    text.add(format_args!(";process:{process:x}"));
                }
            }
            Self::Stopped { thread, signal, reason } => {
                text.add_text("T").add_hex(&[*signal]);
                reason.write(text, naming);
                text.0.extend_from_slice(&registers.0);
                text.add_text("thread:");
                naming.add(text, pid, *thread);
                text.add_text(";");
            }
        }
    }
}

impl Reason {
    fn write(&self, text: &mut Text, naming: Naming) {
        match self {
            Self::Signal => {}
            Self::SoftwareBreak => drop(text.add(format_args!("swbreak:;"))),
            Self::HardwareBreak | Self::Watch(Kind::Execute, _) => drop(text.add(format_args!("hwbreak:;"))),
            Self::Watch(kind, address) => {
                let name = match kind {
                    Kind::Execute | Kind::Write => "watch",
                    Kind::Access => "awatch",
                };
                text.add(format_args!("{name}:{address:x};"));
            }
            Self::Fork(pid, tid) | Self::Vfork(pid, tid) => {
                text.add(format_args!("{}:", if matches!(self, Self::Fork(..)) { "fork" } else { "vfork" }));
                naming.add(text, *pid, *tid);
                text.add(format_args!(";"));
            }
            Self::VforkDone => drop(text.add(format_args!("vforkdone:;"))),
            Self::Exec(path) => drop(text.add(format_args!("exec:")).add_hex(path).add(format_args!(";"))),
            Self::CallEntry(number) => drop(text.add(format_args!("syscall_entry:{number:x};"))),
            Self::CallReturn(number) => drop(text.add(format_args!("syscall_return:{number:x};"))),
        }
    }
}
