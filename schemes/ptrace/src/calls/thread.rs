//! Thread calls: birth, death, names, and signals to one thread.
//!
//! Decides the thr_* family. Neighbours: `exit` ends the last thread's process, `advance` makes a new thread's first stop.
//! FreeBSD: kern_thr.c (kern_thr_new, thread_create, sys_thr_exit, sys_thr_kill2, sys_thr_suspend); specification section 6.

use kernel_abi::registers::{RegisterSet, SegmentBases};
use kernel_abi::verb::ThreadStart;
use proc_abi::event::EventMask;
use proc_abi::event_record::EventKind;
use proc_abi::id::{Pid, Tid};
use proc_abi::lwpinfo::NAME_SIZE;
use proc_abi::siginfo::SI_LWP;
use proc_abi::signal::Signal;
use proc_abi::thread::{THR_SUSPENDED, ThreadParameters};
use proc_abi::wait::WaitStatus;
use zerocopy::IntoBytes;

use super::{Progress, low, number};
use crate::blocked::{Blocked, Waiting};
use crate::effect::{Effect, Farewell};
use crate::errno::{Errno, Result};
use crate::id::ThreadRef;
use crate::kernel::Kernel;
use crate::process::Flags;
use crate::queue::Queued;
use crate::send::Addressee;
use crate::thread::{DebugFlags, Latched, Point, Stage, Thread};
use crate::turn::{ProcessCall, Turn};

/// Stacks are aligned to 16 before the call that pushes the (absent) return address.
const STACK_ALIGNMENT: u64 = 16;
const RETURN_ADDRESS: u64 = 8;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn thread_call(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        let [first, second, third, ..] = call.arguments;
        let done = match call.number {
            number::THR_NEW => self.thr_new(at, call),
            number::THR_EXIT => return self.thr_exit(at, call).map(|()| Progress::Settled),
            number::THR_SUSPEND => return self.thr_suspend(at, call),
            number::THR_SELF => self.copy_tid(call, first, at.tid),
            number::THR_KILL => self.thr_kill(at, at.pid, low(first), low(second)),
            number::THR_KILL2 => {
                let pid = Pid::new(low(first)).ok_or(Errno::ESRCH)?;
                self.thr_kill(at, pid, low(second), low(third))
            }
            number::THR_WAKE => self.thr_wake(at, low(first)),
            number::THR_SET_NAME => self.thr_set_name(at, call),
            _ => Err(Errno::ENOSYS),
        };
        done.map(|()| Progress::Value(0))
    }

    fn copy_tid(&mut self, call: &ProcessCall, address: u64, tid: Tid) -> Result<()> {
        self.kernel.copy_out(call.tag, address, i64::from(tid.raw()).as_bytes())
    }

    /// thr_new(parameters, size).
    fn thr_new(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [address, size, ..] = call.arguments;
        let mut parameters = ThreadParameters::default();
        let size = usize::try_from(low(size)).map_err(|_| Errno::EINVAL)?;
        let bytes = parameters.as_mut_bytes().get_mut(..size).ok_or(Errno::EINVAL)?;
        self.kernel.copy_in(call.tag, address, bytes)?;
        let tid = self.table.free_tid()?;
        self.table.reserve_thread()?;
        let process = self.process_mut(at.pid).ok_or(Errno::ESRCH)?;
        process.threads.try_reserve(1).map_err(|_| Errno::ENOMEM)?;
        let group = process.group;
        // Told before the thread exists: a bad address refuses the call, and the thread finds its id when it starts.
        for address in [parameters.child_tid, parameters.parent_tid] {
            if address != 0 {
                self.copy_tid(call, address, tid)?;
            }
        }
        let kernel = self.kernel.create_thread(group, &start(&parameters))?;
        let bases = SegmentBases { fs: parameters.tls_base, gs: 0 };
        if let Err(errno) = self.kernel.set_registers(kernel, RegisterSet::Bases, bases.as_bytes()) {
            self.order(Effect::Kill { thread: kernel, farewell: Farewell::Silent });
            return Err(errno);
        }
        self.add_thread(at, Thread::new(tid, kernel), call);
        if parameters.flags & THR_SUSPENDED != 0 {
            self.suspend_new(ThreadRef { pid: at.pid, tid });
        }
        self.advance(ThreadRef { pid: at.pid, tid });
        Ok(())
    }

    fn add_thread(&mut self, creator: ThreadRef, thread: Thread, call: &ProcessCall) {
        let place = self.table.next_place();
        let Some(process) = self.process(creator.pid) else { return };
        let Some(parent) = process.thread(creator.tid) else { return };
        let mut flags = DebugFlags::empty();
        flags.set(DebugFlags::SCX, process.is(Flags::TRACED));
        flags.set(DebugFlags::BORN, process.is(Flags::TRACED) && process.events.contains(EventMask::LWP));
        let thread = Thread {
            mask: parent.mask,
            name: parent.name,
            flags,
            call: latched(call.number),
            stage: Stage::Pending(Point::Start, place),
            ..thread
        };
        let at = ThreadRef { pid: creator.pid, tid: thread.tid };
        self.table.insert_thread(creator.pid, thread);
        self.publish_thread(at, EventKind::ThreadBorn);
    }

    /// A thread that is born suspended waits as if it had called thr_suspend: its start is put off until thr_wake.
    fn suspend_new(&mut self, at: ThreadRef) {
        let Some(thread) = self.thread_mut(at) else { return };
        let kernel = thread.kernel;
        thread.asleep = true;
        self.order(Effect::Hold { thread: kernel, reasons: kernel_abi::stop::Reasons::SINGLE });
    }

    /// thr_exit(state): the last thread's exit is the process's.
    fn thr_exit(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let process = self.live(at.pid)?;
        if process.live_threads().any(|thread| thread.tid != at.tid) {
            let traced = process.is(Flags::TRACED);
            self.tell_joiner(at.pid, call);
            let thread = self.thread_mut(at).ok_or(Errno::ESRCH)?;
            thread.call = latched(call.number);
            thread.flags.set(DebugFlags::SCE, traced);
            let kernel = thread.kernel;
            self.order(Effect::Kill { thread: kernel, farewell: Farewell::Report });
            self.set_leaving(at);
            return Ok(());
        }
        self.begin_exit(at.pid, Some(at.tid), WaitStatus::Exited(0));
        Ok(())
    }

    /// Stores 1 where the thread library asked for it and wakes who waits for that; a bad address harms nobody but the
    /// library. FreeBSD: kern_thr.c (sys_thr_exit).
    fn tell_joiner(&mut self, pid: Pid, call: &ProcessCall) {
        let address = call.arguments[0];
        let Some(group) = self.process(pid).map(|process| process.group).filter(|_| address != 0) else { return };
        let _ignored = self.kernel.copy_out(call.tag, address, 1_i64.as_bytes());
        self.order(Effect::Wake { group, address });
    }

    /// The thread counts as gone for the choice of threads; signals for the process find another.
    fn set_leaving(&mut self, at: ThreadRef) {
        if let Some(thread) = self.thread_mut(at) {
            thread.stage = Stage::Dying;
        }
        self.reschedule(at.pid);
    }

    /// thr_kill(id, signal) and thr_kill2(pid, id, signal): -1 is every other thread of the process.
    fn thr_kill(&mut self, at: ThreadRef, pid: Pid, id: i32, number: i32) -> Result<()> {
        let signal = if number == 0 { None } else { Some(Signal::new(number).ok_or(Errno::EINVAL)?) };
        let process = self.live(pid)?;
        self.may_signal(at.pid, process, signal)?;
        if id != -1 {
            let tid = Tid::new(id).filter(|tid| process.thread(*tid).is_some()).ok_or(Errno::ESRCH)?;
            return self.send_to_thread(at, ThreadRef { pid, tid }, signal);
        }
        let mut outcome = Err(Errno::ESRCH);
        let mut last = None;
        while let Some(to) = self.next_thread(pid, last) {
            last = Some(to.tid);
            if to != at {
                outcome = Ok(());
                self.send_to_thread(at, to, signal)?;
            }
        }
        outcome
    }

    fn send_to_thread(&mut self, from: ThreadRef, to: ThreadRef, signal: Option<Signal>) -> Result<()> {
        let Some(signal) = signal else { return Ok(()) };
        let info = self.sender_info(from.pid, signal, SI_LWP);
        self.send_to(to.pid, Addressee::Thread(to.tid), Queued::with(info, signal))
    }

    /// thr_suspend(timeout): waits for thr_wake; one that came before counts.
    fn thr_suspend(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<Progress> {
        let deadline = self.deadline(call.tag, call.arguments[0])?;
        let now = self.now;
        let thread = self.thread_mut(at).ok_or(Errno::ESRCH)?;
        if thread.woken {
            thread.woken = false;
            return Ok(Progress::Value(0));
        }
        if deadline <= now {
            return Err(Errno::ETIMEDOUT);
        }
        self.set_thread_timer(at, deadline);
        self.block(at, Blocked { tag: call.tag, waiting: Waiting::Wake { deadline } });
        Ok(Progress::Settled)
    }

    /// thr_wake(id): a thread of the same process.
    fn thr_wake(&mut self, at: ThreadRef, id: i32) -> Result<()> {
        let tid = Tid::new(id).ok_or(Errno::ESRCH)?;
        let to = ThreadRef { pid: at.pid, tid };
        let thread = self.thread_mut(to).ok_or(Errno::ESRCH)?;
        let kernel = thread.kernel;
        if thread.asleep {
            thread.asleep = false;
            self.order(Effect::Release { thread: kernel, reasons: kernel_abi::stop::Reasons::SINGLE });
            return Ok(());
        }
        match thread.blocked {
            Some(Blocked { tag, waiting: Waiting::Wake { .. } }) => {
                thread.blocked = None;
                self.answer(to, tag, Ok(0));
            }
            _ => thread.woken = true,
        }
        Ok(())
    }

    /// thr_set_name(id, name).
    fn thr_set_name(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let [id, address, ..] = call.arguments;
        let name = self.read_name(call, address)?;
        let tid = Tid::new(low(id)).ok_or(Errno::ESRCH)?;
        let thread = self.thread_mut(ThreadRef { pid: at.pid, tid }).ok_or(Errno::ESRCH)?;
        thread.name = name;
        Ok(())
    }

    /// Reads a string of at most 19 bytes; a longer one is refused, as FreeBSD's copyinstr does.
    fn read_name(&mut self, call: &ProcessCall, address: u64) -> Result<[u8; NAME_SIZE]> {
        let mut name = [0; NAME_SIZE];
        if address == 0 {
            return Ok(name);
        }
        for (offset, byte) in name.iter_mut().enumerate() {
            let from = address.checked_add(offset as u64).ok_or(Errno::EFAULT)?;
            self.kernel.copy_in(call.tag, from, core::slice::from_mut(byte))?;
            if *byte == 0 {
                return Ok(name);
            }
        }
        Err(Errno::ENAMETOOLONG)
    }
}

fn start(parameters: &ThreadParameters) -> ThreadStart {
    let top = parameters.stack_base.wrapping_add(parameters.stack_size);
    let aligned = top & !STACK_ALIGNMENT.wrapping_sub(1);
    ThreadStart {
        entry: parameters.start_func,
        stack: aligned.wrapping_sub(RETURN_ADDRESS),
        arguments: [parameters.arg, 0, 0],
    }
}

fn latched(number: u32) -> Latched {
    let arguments = kernel_abi::calls::by_shown(number).map_or(0, |call| u32::from(call.arguments));
    Latched { code: number, arguments, result: 0 }
}
