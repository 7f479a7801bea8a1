//! System calls by number: which function runs for which value in rax.
//!
//! Decides dispatch and nothing else; unknown numbers get ENOSYS. Main types: [`Done`], [`Served`]. Neighbours: one file for
//! each family of calls (`file/*`, `map`, `futex`, `clock`, `request`, `socket`), `exit` (latching), `kernel_abi::calls`.

use kernel_abi::calls::{GETPID, GETPPID, PROCESS_CALL, SYS_GETDENTS};
use kernel_abi::redox::number as n;
use kernel_abi::registers::RFLAGS_TF;

use crate::Core;
use crate::errno::Errno;
use crate::seam::Machine;
use crate::thread::{Latched, ThreadKey};

/// How a call's body ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Done {
    /// With this result.
    Value(usize),
    /// Not yet: the thread has a pending call now (or is gone).
    Wait,
}

/// Result of a call's body.
pub(crate) type Served = Result<Done, Errno>;

/// getpid as rax has it.
const CALL_GETPID: usize = PROCESS_CALL | GETPID as usize;
/// getppid as rax has it.
const CALL_GETPPID: usize = PROCESS_CALL | GETPPID as usize;
/// exit as rax has it: native groups have nobody else to ask.
const CALL_EXIT: usize = PROCESS_CALL | 1;

impl<M: Machine> Core<M> {
    /// Runs the body of a call.
    pub(crate) fn dispatch(&mut self, key: ThreadKey, call: Latched) -> Served {
        let [a, b, c, d, e, _] = call.arguments;
        match call.number {
            CALL_GETPID | CALL_GETPPID => self.identity_call(key, call),
            n::SYS_CALL => self.object_call(key, a as usize, (b, c), d, e),
            n::SYS_READ => self.read_call(key, a as usize, (b, c)),
            n::SYS_WRITE => self.write_call(key, a as usize, (b, c)),
            n::SYS_READ2 => self.read_at_call(key, a as usize, (b, c), d),
            n::SYS_WRITE2 => self.write_at_call(key, a as usize, (b, c), d),
            n::SYS_OPENAT_INTO2 => self.open_call(key, a as usize, (b, c), d as usize, e as usize),
            n::SYS_CLOSE => self.close_call(key, a as usize),
            n::SYS_DUP_INTO => self.dup_call(key, a as usize, b as usize, (c, d)),
            n::SYS_UNLINKAT => self.unlink_call(key, a as usize, (b, c), d as usize),
            n::SYS_FRENAME => self.rename_call(key, a as usize, (b, c)),
            n::SYS_LSEEK => self.seek_call(key, a as usize, b, c as usize),
            n::SYS_FCNTL => self.fcntl_call(key, a as usize, b as usize, c as usize),
            n::SYS_FSTAT => self.stat_call(key, a as usize, (b, c)),
            n::SYS_FPATH => self.path_call(key, a as usize, (b, c)),
            SYS_GETDENTS => self.directory_call(key, a as usize, (b, c), d),
            n::SYS_FEVENT => self.event_call(key, a as usize, b),
            n::SYS_FMAP => self.map_call(key, a as usize, (b, c)),
            n::SYS_FUNMAP => self.unmap_call(key, a, b),
            n::SYS_MPROTECT => self.protect_call(key, a, b, c as usize),
            n::SYS_FUTEX => self.futex_call(key, a, b as usize, [c, d, e]),
            n::SYS_NANOSLEEP => self.sleep_call(key, a, b),
            n::SYS_CLOCK_GETTIME => self.time_call(key, a as usize, b),
            n::SYS_YIELD => {
                self.end_slice();
                Ok(Done::Value(0))
            }
            number => self.process_call(key, number, call.arguments),
        }
    }

    /// The whole of a system call whose answer the kernel keeps, if nobody wants to see it and nothing is owed to the thread:
    /// then nothing can have changed, and the thread goes straight back. False leaves everything to the ordinary way.
    pub(crate) fn answer_kept(&mut self, key: ThreadKey) -> bool {
        let Some(thread) = self.threads.get_mut(key) else {
            return false;
        };
        let registers = &mut thread.context.registers;
        let number = registers.rax as usize;
        if number != CALL_GETPID && number != CALL_GETPPID {
            return false;
        }
        let Some(group) = self.groups.get(thread.group) else {
            return false;
        };
        if !group.armed.is_empty() && group.seen.contains_number(number) {
            return false;
        }
        let known = if number == CALL_GETPID { group.pid } else { group.parent_pid };
        if known == 0 || registers.rflags & RFLAGS_TF != 0 || !thread.due.is_empty() || thread.note.is_some() {
            return false;
        }
        registers.rax = u64::from(known);
        thread.result = known as usize;
        thread.context.full_restore = false;
        self.straight = true;
        true
    }

    /// getpid and getppid: answered here once the process server has said what they are.
    fn identity_call(&mut self, key: ThreadKey, call: Latched) -> Served {
        let group = self.threads.get(key).and_then(|thread| self.groups.get(thread.group));
        let known = group.map_or(0, |group| if call.number == CALL_GETPID { group.pid } else { group.parent_pid });
        if known != 0 {
            return Ok(Done::Value(known as usize));
        }
        self.process_call(key, call.number, call.arguments)
    }

    /// A call of the process class: a message to the thread's process server.
    fn process_call(&mut self, key: ThreadKey, number: usize, arguments: [u64; 6]) -> Served {
        let group_key = self.threads.get(key).ok_or(Errno::ESRCH)?.group;
        let group = self.groups.get_mut(group_key).ok_or(Errno::ESRCH)?;
        if number & !0xffff_ffff != 0 || number & 0xf000_0000 != PROCESS_CALL {
            return Err(Errno::ENOSYS);
        }
        if group.process {
            return self.forward_process_call(key, (number & 0x0fff_ffff) as u32, arguments);
        }
        if number == CALL_EXIT {
            group.status = arguments[0] & 0xff;
            self.kill_group(group_key);
            return Ok(Done::Wait);
        }
        Err(Errno::ENOSYS)
    }
}
