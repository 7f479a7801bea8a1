//! Why user code stopped running: system call, exception, debug trap, interrupt.
//!
//! Decides what each means for the thread: a call to enter, a page to fill in, a trap to report. Main entry:
//! [`Core::handle`]. Neighbours: `call` (bodies), `due` (reports), `memory` (page faults), `clock`, `file::serial`.

use kernel_abi::calls;
use kernel_abi::registers::RFLAGS_TF;
use kernel_abi::stop::{Cause, FaultKind};

use crate::Core;
use crate::call::{Done, Served};

use crate::group::Group;
use crate::memory::Access;
use crate::pending::Outcome;
use crate::seam::{Exit, Interrupt, Machine};
use crate::thread::{Latched, Phase, Resume, StopRecord, Thread, ThreadKey};

/// #DB, single step (SDM vol. 3, section 17.2.3): BS in DR6.
pub(crate) const DR6_BS: u64 = 1 << 14;
/// #DB.
pub(crate) const VECTOR_DEBUG: u8 = 1;
/// #BP.
pub(crate) const VECTOR_BREAKPOINT: u8 = 3;
/// #PF.
const VECTOR_PAGE_FAULT: u8 = 14;

impl<M: Machine> Core<M> {
    /// Takes the reason why the current thread left user code; afterwards [`Core::schedule`] says who runs.
    pub fn handle(&mut self, exit: Exit) {
        if let Exit::Interrupt(interrupt) = exit {
            self.interrupt_exit(interrupt);
            return;
        }
        let Some(key) = self.scheduler.current else {
            return;
        };
        match exit {
            Exit::SystemCall => self.straight = self.system_call(key),
            Exit::Exception { vector, code, address } => {
                self.leave_by_trap(key);
                self.exception(key, vector, code, address);
            }
            Exit::Debug { dr6, system_call } => self.debug_trap(key, dr6, system_call),
            Exit::Interrupt(_) => {}
        }
    }

    fn interrupt_exit(&mut self, interrupt: Interrupt) {
        if let Some(key) = self.scheduler.current {
            self.leave_by_trap(key);
        }
        match interrupt {
            Interrupt::Timer => self.timer_interrupt(),
            Interrupt::Serial(port) => self.serial_interrupt(port),
            Interrupt::Spurious => {}
        }
    }

    /// A frame that did not come in by SYSCALL must not go back by SYSRET, which would lose rcx and r11.
    fn leave_by_trap(&mut self, key: ThreadKey) {
        if let Some(thread) = self.threads.get_mut(key) {
            thread.context.full_restore = true;
        }
    }

    /// Latches a call and runs its body, unless its entry is to be reported first. True if the thread goes straight back:
    /// the answer is one that the kernel keeps, so nothing else can have changed.
    fn system_call(&mut self, key: ThreadKey) -> bool {
        let Some(thread) = self.threads.get_mut(key) else {
            return false;
        };
        let Some(group) = self.groups.get(thread.group) else {
            return false;
        };
        thread.context.full_restore = false;
        if thread.takes_kept_answer(group) {
            return true;
        }
        let call = Latched::from_registers(&thread.context.registers);
        thread.latched = call;
        thread.phase = Phase::Body;
        thread.receiving = None;
        thread.interrupted = None;
        if thread.context.registers.rflags & RFLAGS_TF != 0 {
            thread.owe_step();
        }
        if group.stops_at_entry(call.number) {
            thread.phase = Phase::Entry { edited: false, writes: group.writes };
            self.report(key, entry_stop(&call));
        } else {
            let served = self.dispatch(key, &call);
            self.end_body(key, served);
        }
        false
    }

    /// Runs the body of the latched call again.
    pub(crate) fn retry_call(&mut self, key: ThreadKey) {
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let call = thread.latched;
        let served = match thread.receiving.take() {
            Some(receiving) => self.receive_again(key, receiving),
            None => self.dispatch(key, &call),
        };
        let waits = served == Ok(Done::Wait);
        self.end_body(key, served);
        if waits {
            self.interrupt_as_asked(key);
        }
    }

    /// The body of a call has been run: its result goes into the frame, unless it waits.
    #[inline]
    fn end_body(&mut self, key: ThreadKey, served: Served) {
        let raw = match served {
            Ok(Done::Value(value)) => value,
            Ok(Done::Wait) => {
                self.scheduler.end_turn_of(key);
                return;
            }
            Err(errno) => kernel_abi::encode_result(Err(errno.0)),
        };
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        if thread.due.is_empty() && thread.outcome.is_none() {
            // The common end: no outcome object, no report, straight back.
            thread.context.registers.rax = raw as u64;
            thread.result = raw;
            thread.phase = self.groups.get(thread.group).map_or(Phase::User, |group| {
                if group.stops_at_exit(thread.latched.number) { Phase::Exit } else { Phase::User }
            });
        } else {
            thread.outcome = Some(Outcome::Result(raw));
        }
    }

    fn debug_trap(&mut self, key: ThreadKey, dr6: u64, system_call: bool) {
        let cause = if dr6 & 0xf != 0 { Cause::HardwareBreak } else { Cause::Step };
        if let Some(thread) = self.threads.get_mut(key) {
            thread.context.full_restore = true;
            if dr6 & DR6_BS != 0 && thread.stepping {
                thread.stepping = false;
                thread.context.registers.rflags &= !RFLAGS_TF;
            }
            // As in the processor's own DR6, a hit stays to be seen until a debugger clears it.
            if cause == Cause::HardwareBreak {
                thread.context.debug.dr[6] |= dr6;
            }
        }
        if system_call {
            self.system_call(key);
        }
        if let Some(thread) = self.threads.get_mut(key) {
            thread.due.trap = Some(StopRecord::new(cause, [dr6, thread.context.registers.rip]));
        }
    }

    fn exception(&mut self, key: ThreadKey, vector: u8, code: u32, address: u64) {
        if vector == VECTOR_PAGE_FAULT {
            self.page_fault(key, code, address);
            return;
        }
        let Some(thread) = self.threads.get_mut(key) else {
            return;
        };
        let rip = thread.context.registers.rip;
        thread.due.trap = Some(if vector == VECTOR_BREAKPOINT {
            StopRecord::new(Cause::Breakpoint, [rip])
        } else {
            StopRecord::new(Cause::Fault, [u64::from(vector), u64::from(code), rip, FaultKind::None as u64])
        });
    }

    fn page_fault(&mut self, key: ThreadKey, code: u32, address: u64) {
        let Some(space) = self.space_of(key) else {
            return;
        };
        let access = Access::from_page_fault_code(code);
        let Err(kind) = self.memory.fault(&mut self.machine, space, address, access) else {
            return;
        };
        if let Some(thread) = self.threads.get_mut(key) {
            let words = [u64::from(VECTOR_PAGE_FAULT), u64::from(code), address, kind as u64];
            thread.due.trap = Some(StopRecord::new(Cause::Fault, words));
        }
    }
}

impl Thread {
    /// RESUME of an entry stop: latch again if a debugger wrote, then run the body when the thread is next picked.
    pub(crate) fn resume_entry(&mut self, group: &Group, skip: Option<usize>) {
        let Phase::Entry { edited, writes } = self.phase else {
            return;
        };
        if edited || group.writes != writes {
            self.latched = Latched::from_registers(&self.context.registers);
        }
        self.phase = Phase::Body;
        match skip {
            Some(raw) => self.outcome = Some(Outcome::Result(raw)),
            None => self.resume = Resume::Retry,
        }
    }
}

fn entry_stop(call: &Latched) -> StopRecord {
    let row = calls::by_number(call.number);
    let shown = row.map_or(u64::from(u32::MAX), |row| u64::from(row.shown));
    let count = row.map_or(0, |row| u64::from(row.arguments));
    let [a, b, c, d, e, f] = call.arguments;
    StopRecord { cause: Cause::CallEntry, words: [shown, count, a, b, c, d, e, f] }
}
