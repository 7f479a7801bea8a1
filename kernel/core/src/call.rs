//! System calls by number: which function runs for which value in rax.
//!
//! Decides dispatch and nothing else; unknown numbers get ENOSYS. Main types: [`Done`], [`Served`]. Neighbours: one file for
//! each family of calls (`file/*`, `map`, `futex`, `clock`, `request`, `socket`), `exit` (latching), `kernel_abi::calls`.

use kernel_abi::calls::{GETPID, GETPPID, PROCESS_CALL, SYS_GETDENTS};
use kernel_abi::redox::number as n;
use kernel_abi::registers::RFLAGS_TF;

use crate::Core;
use crate::errno::Errno;
use crate::group::Group;
use crate::inbox::Item;
use crate::pending::{After, Ask, Direction, SchemeWait};
use crate::request::begin_request;
use crate::seam::Machine;
use crate::thread::{Latched, Thread, ThreadKey};

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

/// Bits of rax that number a process call.
const PROCESS_CALL_NUMBERS: usize = 0x0fff_ffff;

/// getpid as rax has it.
const CALL_GETPID: usize = PROCESS_CALL | GETPID as usize;
/// getppid as rax has it.
const CALL_GETPPID: usize = PROCESS_CALL | GETPPID as usize;
/// exit as rax has it: native groups have nobody else to ask.
const CALL_EXIT: usize = PROCESS_CALL | 1;

impl<M: Machine> Core<M> {
    /// Runs the body of a call.
    #[inline]
    pub(crate) fn dispatch(&mut self, key: ThreadKey, call: &Latched) -> Served {
        if call.number & !PROCESS_CALL_NUMBERS == PROCESS_CALL {
            self.process_call(key, call)
        } else {
            self.kernel_call(key, call)
        }
    }

    /// A call that the kernel serves, or whoever is behind its descriptor.
    fn kernel_call(&mut self, key: ThreadKey, call: &Latched) -> Served {
        let [a, b, c, d, e, _] = call.arguments;
        match call.number {
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
            _ => Err(Errno::ENOSYS),
        }
    }

    /// A call of the process class: a message to the thread's process server, unless the kernel keeps the answer.
    fn process_call(&mut self, key: ThreadKey, call: &Latched) -> Served {
        let Self { threads, groups, schemes, last_tag, .. } = self;
        let thread = threads.get_mut(key).ok_or(Errno::ESRCH)?;
        let group_key = thread.group;
        let group = groups.get_mut(group_key).ok_or(Errno::ESRCH)?;
        match call.number {
            CALL_GETPID if group.pid != 0 => Ok(Done::Value(group.pid as usize)),
            CALL_GETPPID if group.parent_pid != 0 => Ok(Done::Value(group.parent_pid as usize)),
            number if group.process => {
                let ask = Ask::Process { number: (number & PROCESS_CALL_NUMBERS) as u32 };
                let (scheme, direction, after) = (group.server, Direction::Anywhere, After::Plain);
                let wait = SchemeWait { scheme, taken: false, ask, buffer: (0, 0), direction, after };
                let node = begin_request((key, thread), group, schemes, last_tag, wait)?;
                self.deliver(scheme, node, Item::Call(key));
                Ok(Done::Wait)
            }
            CALL_EXIT => {
                group.status = call.arguments[0] & 0xff;
                self.kill_group(group_key);
                Ok(Done::Wait)
            }
            _ => Err(Errno::ENOSYS),
        }
    }
}

impl Thread {
    /// Answers a call whose result the kernel keeps, if nobody wants to see it and nothing is owed to the thread. False leaves
    /// everything to the ordinary way.
    #[inline]
    pub(crate) fn takes_kept_answer(&mut self, group: &Group) -> bool {
        let registers = &mut self.context.registers;
        let number = registers.rax as usize;
        if number != CALL_GETPID && number != CALL_GETPPID {
            return false;
        }
        if !group.armed.is_empty() && group.seen.contains_number(number) {
            return false;
        }
        let known = if number == CALL_GETPID { group.pid } else { group.parent_pid };
        if known == 0 || registers.rflags & RFLAGS_TF != 0 || !self.due.is_empty() || self.note.is_some() {
            return false;
        }
        registers.rax = u64::from(known);
        self.result = known as usize;
        true
    }
}
