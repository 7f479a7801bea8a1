//! execve: a loader builds the new image elsewhere, then the process moves into it in one step.
//!
//! Decides the protocol between caller, loader and siblings. Main types: [`Exec`], [`Ready`]. Neighbours: `kernel` starts
//! loaders, `exit` ends the other threads, `calls` brings exec_ready and exec_failed. FreeBSD: kern_exec.c (do_execve,
//! execve_nosetid, pre_execve); design: siblings are parked first, a failure leaves everything as it was.
//!
//! While the loader works the process is INEXEC, so nobody may begin to debug it. Once the image is known to be good the
//! siblings are ended one by one (a tracer may watch that, so INEXEC is over), then the caller moves.

use kernel_abi::effect::StopNews;
use kernel_abi::stop::{PostCall, Reasons};
use proc_abi::badge::Part;
use proc_abi::event::EventMask;
use proc_abi::event_record::EventKind;
use proc_abi::id::{Pid, Tid};
use proc_abi::sigaction::SignalStack;
use proc_abi::signal::SIGKILL;
use proc_abi::stop_event::StopCauses;
use proc_abi::wait::WaitStatus;

use crate::blocked::{Blocked, Waiting};
use crate::effect::{Effect, Notice};
use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, KernelThread, Tag, ThreadRef};
use crate::kernel::{Image, Kernel, Loader, LoaderRequest};
use crate::notice::{badge, identity_flags};
use crate::process::{Flags, Process};
use crate::thread::DebugFlags;
use crate::turn::{ProcessCall, Turn};

/// First address that no program may have (the kernel's limit; its check of the commit is the same).
const USER_END: u64 = 0x0000_7fff_ffff_f000;

/// An execve under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exec {
    /// The caller's pending call; none for the first process, whose thread has not been started.
    pub tag: Option<Tag>,
    /// The thread that stays.
    pub tid: Tid,
    /// The loader.
    pub loader: Loader,
    /// The image, once the loader has built it.
    pub ready: Option<Ready>,
}

/// A finished image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ready {
    entry: u64,
    stack: u64,
    set_user: Option<u32>,
    set_group: Option<u32>,
    name: [u8; proc_abi::lwpinfo::NAME_SIZE],
}

impl<K: Kernel> Turn<'_, K> {
    /// execve(path, argv, envp).
    pub(crate) fn execve(&mut self, at: ThreadRef, call: &ProcessCall) -> Result<()> {
        let process = self.live(at.pid)?;
        let [path, arguments, environment, ..] = call.arguments;
        let request = LoaderRequest {
            tag: call.tag,
            group: process.group,
            thread: call.thread,
            arguments: [path, arguments, environment],
        };
        self.table.reserve_loader()?;
        let loader = self.kernel.start_loader(&request)?;
        if let Some(thread) = self.thread_mut(at) {
            thread.blocked = Some(Blocked { tag: call.tag, waiting: Waiting::Exec });
        }
        self.begin_exec(at, Some(call.tag), loader);
        Ok(())
    }

    /// The loader begins; siblings are parked until the outcome.
    pub(crate) fn begin_exec(&mut self, at: ThreadRef, tag: Option<Tag>, loader: Loader) {
        self.table.add_loader(loader, at.pid);
        let Some(process) = self.process_mut(at.pid) else { return };
        process.exec = Some(Exec { tag, tid: at.tid, loader, ready: None });
        process.flags.insert(Flags::INEXEC);
        let siblings = process.threads.len() > 1;
        let group = process.group;
        let identity = Effect::Identity {
            group: loader.group,
            badge: badge(process, Part::Loader),
            flags: identity_flags(process),
            pid: u64::from(at.pid.raw().unsigned_abs()),
            parent: 0,
            incarnation: 0,
        };
        if siblings {
            self.order(Effect::Stop { group, reasons: Reasons::SINGLE, news: StopNews::Known });
        }
        self.order(identity);
        self.order(Effect::Release { thread: loader.thread, reasons: Reasons::NOT_STARTED });
    }

    /// The loader has built the image: (descriptor of the executable, entry, stack pointer).
    pub(crate) fn exec_ready(&mut self, pid: Pid, arguments: [u64; 6]) {
        let Some(exec) = self.process(pid).and_then(|process| process.exec).filter(|exec| exec.ready.is_none()) else {
            return;
        };
        let [descriptor, entry, stack, ..] = arguments;
        match self.kernel.identify_image(exec.loader.group, descriptor) {
            Ok(_) if entry >= USER_END || stack > USER_END => self.exec_failed(pid, Errno::ENOEXEC),
            Ok(image) => self.retire_siblings(pid, exec, ready(entry, stack, &image)),
            Err(errno) => self.exec_failed(pid, errno),
        }
    }

    fn retire_siblings(&mut self, pid: Pid, exec: Exec, ready: Ready) {
        let Some(process) = self.process_mut(pid) else { return };
        process.exec = Some(Exec { ready: Some(ready), ..exec });
        if process.is(Flags::TRACED) {
            // The tracer may watch the siblings go, so its requests are no longer refused.
            process.flags.remove(Flags::INEXEC);
        }
        if process.threads.len() > 1 {
            self.end_threads(pid, Some(exec.tid));
            self.end_single(pid);
            self.heed_kill(pid);
        } else {
            self.commit_exec(pid);
        }
    }

    /// A thread is gone, or a stop is over: the last sibling may have gone. A debugger's stop keeps the image that it shows.
    pub(crate) fn exec_threads_ended(&mut self, pid: Pid) {
        let Some(process) = self.process(pid).filter(|process| !process.is(Flags::STOPPED_TRACE)) else { return };
        let ready = process.exec.is_some_and(|exec| exec.ready.is_some());
        if ready && process.threads.len() <= 1 {
            self.commit_exec(pid);
        }
    }

    fn commit_exec(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let Some(exec) = process.exec.take() else { return };
        let Some(ready) = exec.ready else { return };
        let tracing = process.tracing;
        let changed = new_identity(process, &ready);
        process.actions.reset_caught();
        process.name = ready.name;
        process.flags.insert(Flags::EXECED);
        process.flags.remove(Flags::INEXEC | Flags::PPTRACE);
        if !process.is(Flags::NOTRACE_EXEC) {
            process.flags.remove(Flags::NOTRACE);
        }
        if changed {
            process.watch = process.watch.after_set_id();
        }
        let event = process.is(Flags::TRACED) && process.events.contains(EventMask::EXEC);
        let watched = process.watch.causes.contains(StopCauses::EXEC);
        let at = ThreadRef { pid, tid: exec.tid };
        let Some(thread) = process.thread_mut(exec.tid) else { return };
        thread.blocked = None;
        thread.stack = SignalStack::DISABLED;
        thread.name = ready.name;
        thread.flags.set(DebugFlags::EXEC, event);
        thread.flags.set(DebugFlags::EXECUTED, watched);
        let kernel = thread.kernel;
        self.table.remove_loader(exec.loader.group);
        self.order(Effect::ExecCommit {
            thread: kernel,
            loader: exec.loader.group,
            entry: ready.entry,
            stack: ready.stack,
            hidden: exec.loader.range,
        });
        self.table.effects.tell(Notice::Image(pid, ready.stack));
        self.end_single(pid);
        if changed {
            self.table.end_sessions_on(pid, tracing);
            self.arm(pid);
        }
        self.identify(pid);
        self.publish_process(pid, EventKind::Executed);
        self.enter_image(at, exec.tag, event || watched);
        self.release_vfork_parent(pid);
        self.heed_kill(pid);
    }

    fn enter_image(&mut self, at: ThreadRef, tag: Option<Tag>, event: bool) {
        match tag {
            Some(tag) => {
                let report = if event { PostCall::REPORT } else { PostCall::empty() };
                let post = report.union(self.boundary(at));
                self.order(Effect::ReplyFrame { tag, post });
            }
            // The first process begins here.
            None => self.advance(at),
        }
    }

    /// The loader gives up.
    pub(crate) fn exec_failed(&mut self, pid: Pid, errno: Errno) {
        let Some(process) = self.process_mut(pid) else { return };
        let Some(exec) = process.exec.take() else { return };
        process.flags.remove(Flags::INEXEC);
        let at = ThreadRef { pid, tid: exec.tid };
        self.forget_loader(exec.loader.group);
        let Some(tag) = exec.tag else {
            self.table.effects.tell(Notice::NotRun(errno));
            self.exit_now(pid, WaitStatus::Killed(SIGKILL));
            return;
        };
        if let Some(thread) = self.thread_mut(at) {
            thread.blocked = None;
        }
        self.end_single(pid);
        self.answer(at, tag, Err(errno));
        self.run_on(pid);
    }

    /// The process ends before its exec does: nobody waits for the loader, and its siblings must be able to tell of their end.
    pub(crate) fn abandon_exec(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        let Some(exec) = process.exec.take() else { return };
        process.flags.remove(Flags::INEXEC);
        self.forget_loader(exec.loader.group);
        self.end_single(pid);
    }

    /// Siblings may run again, or tell of their end.
    fn end_single(&mut self, pid: Pid) {
        let Some(process) = self.process_mut(pid) else { return };
        process.raise_epoch();
        let group = process.group;
        self.order(Effect::Continue { group, reasons: Reasons::SINGLE });
    }

    /// A call of a loader's thread.
    pub(crate) fn loader_call(&mut self, call: &ProcessCall) {
        let Some(pid) = self.table.loader_of_thread(call.thread) else { return };
        match call.number {
            kernel_abi::calls::EXEC_READY => self.exec_ready(pid, call.arguments),
            kernel_abi::calls::EXEC_FAILED => {
                let errno = u32::try_from(call.arguments[0]).ok().and_then(Errno::new);
                self.exec_failed(pid, errno.unwrap_or(Errno::ENOEXEC));
            }
            _ => {
                let result = kernel_abi::encode_result(Err(Errno::ENOSYS.number()));
                self.order(Effect::Reply { tag: call.tag, result, post: PostCall::empty(), word: 0 });
            }
        }
    }

    /// A loader's thread is parked: it faulted, so the file is to blame.
    pub(crate) fn loader_report(&mut self, thread: KernelThread) {
        if let Some(pid) = self.table.loader_of_thread(thread) {
            self.exec_failed(pid, Errno::ENOEXEC);
        }
    }

    /// A loader ended without a word.
    pub(crate) fn loader_dead(&mut self, group: KernelGroup) {
        if let Some(pid) = self.table.loader_of_group(group) {
            self.exec_failed(pid, Errno::ENOEXEC);
        }
    }

    /// Ends a loader that nobody waits for.
    pub(crate) fn forget_loader(&mut self, group: KernelGroup) {
        if self.table.remove_loader(group) {
            self.order(Effect::KillGroup { group });
        }
    }
}

fn ready(entry: u64, stack: u64, image: &Image) -> Ready {
    Ready { entry, stack, set_user: image.set_user, set_group: image.set_group, name: image.name }
}

/// Set-id bits count unless the process is traced; true if the process is someone else now.
fn new_identity(process: &mut Process, ready: &Ready) -> bool {
    let before = (process.credentials.user.effective, process.credentials.group.effective);
    if !process.is(Flags::TRACED) {
        let credentials = &mut process.credentials;
        credentials.user.effective = ready.set_user.unwrap_or(credentials.user.effective);
        credentials.group.effective = ready.set_group.unwrap_or(credentials.group.effective);
    }
    let credentials = &mut process.credentials;
    credentials.user.saved = credentials.user.effective;
    credentials.group.saved = credentials.group.effective;
    let (user, group) = (credentials.user, credentials.group);
    let changed = before != (user.effective, group.effective);
    if changed {
        process.incarnation = process.incarnation.saturating_add(1);
        process.flags.insert(Flags::SUGID);
    } else if user.effective == user.real && group.effective == group.real {
        process.flags.remove(Flags::SUGID);
    }
    changed
}
