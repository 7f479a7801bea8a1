//! What users can do, one small act at a time, for the explorer and for random sequences.
//!
//! Decides the acts, when one is possible, and how a world is brought to its end. Main type: [`Act`]. Neighbours:
//! `explorer` tries all, `random` tries long sequences.

use kernel_abi::calls::{EXEC_FAILED, EXEC_READY};
use kernel_abi::stop::Cause;
use proc_abi::id::Pid;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGUSR1, Signal};

use super::delegate::End;
use super::world::{BUFFER, World};

/// One act. The processes are a debugger, its target and a bystander that sends signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The server takes one message.
    Message,
    /// The target's n-th thread settles what it owes.
    Settle(usize),
    /// The debugger's thread does.
    SettleDebugger,
    /// The debugger makes a request, of the target or of its second thread.
    Ask(Request, Whom, i32),
    /// The debugger waits without blocking.
    Wait,
    /// The debugger reads `event`.
    ReadEvent,
    /// The debugger exits.
    DebuggerExits,
    /// Somebody sends the target a signal.
    Signal(Signal),
    /// The target's n-th thread makes a call.
    Call(usize, u32),
    /// The target's n-th thread meets a breakpoint.
    Break(usize),
    /// A loader is done, or gives up.
    Load(u32),
    /// The debugger opens `run`.
    OpenRun,
    /// The debugger runs the target without the server.
    Run(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Process,
    SecondThread,
}

/// Who plays which part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    pub(super) debugger: i32,
    pub(super) target: i32,
}

const fn ask(request: Request, data: i32) -> Act {
    Act::Ask(request, Whom::Process, data)
}

pub(super) const ACTS: [Act; 39] = [
    Act::Message,
    Act::Settle(0),
    Act::Settle(1),
    Act::SettleDebugger,
    ask(Request::Attach, 0),
    ask(Request::Detach, 0),
    ask(Request::Detach, 30),
    ask(Request::Continue, 0),
    ask(Request::Continue, 30),
    ask(Request::Syscall, 0),
    ask(Request::Kill, 0),
    ask(Request::LwpEvents, 1),
    ask(Request::FollowFork, 1),
    Act::Ask(Request::Suspend, Whom::SecondThread, 0),
    Act::Ask(Request::Resume, Whom::SecondThread, 0),
    Act::Ask(Request::Step, Whom::SecondThread, 0),
    Act::Wait,
    Act::ReadEvent,
    Act::DebuggerExits,
    Act::Signal(SIGUSR1),
    Act::Signal(SIGSTOP),
    Act::Signal(SIGCONT),
    Act::Signal(SIGKILL),
    Act::Call(0, 20),
    Act::Call(1, 20),
    Act::Call(0, 240),
    Act::Call(1, 431),
    Act::Call(0, 1),
    Act::Call(0, 59),
    Act::Call(1, 455),
    Act::Break(0),
    Act::Break(1),
    Act::Load(EXEC_READY),
    Act::Load(EXEC_FAILED),
    Act::OpenRun,
    Act::Run(End::Step),
    Act::Run(End::Break),
    Act::Run(End::Call(20)),
    Act::Run(End::Nothing),
];

/// Acts that make new processes: for random sequences, where the number of states does not matter.
pub(super) const MORE_ACTS: [Act; 4] = [Act::Call(0, 2), Act::Call(0, 66), Act::Call(1, 2), Act::Call(1, 1)];

impl World {
    fn nth(&self, pid: i32, index: usize) -> Option<u64> {
        let process = self.table.get(Pid::new(pid)?)?;
        process.threads.get(index).map(|thread| thread.kernel.0)
    }

    /// Does an act if it is possible; true if it was.
    pub(super) fn act(&mut self, cast: Cast, act: Act) -> bool {
        match act {
            Act::Message => self.step(),
            Act::Settle(index) => self.nth(cast.target, index).is_some_and(|thread| self.model.prepare(thread)),
            Act::SettleDebugger => self.nth(cast.debugger, 0).is_some_and(|thread| self.model.prepare(thread)),
            Act::Ask(request, whom, data) => self.ask(cast, request, whom, data),
            Act::Wait => {
                let arguments = [cast.target as u64, BUFFER, 1, 0, 0, 0];
                self.begin(cast.debugger, 0, 7, arguments)
            }
            Act::ReadEvent => self.read_event(cast),
            Act::DebuggerExits => self.begin(cast.debugger, 0, 1, [0; 6]),
            Act::Signal(signal) => self.send(cast, signal),
            Act::Call(index, 455) => {
                let few = self.table.get(pid(cast.target)).is_some_and(|process| process.threads.len() < 3);
                few && self.begin(cast.target, index, 455, [BUFFER, 104, 0, 0, 0, 0])
            }
            Act::Call(index, number) => self.begin(cast.target, index, number, [0; 6]),
            Act::Load(number) => self.load(number),
            Act::OpenRun => self.open_run(cast.debugger, cast.target),
            Act::Run(end) => self.run_delegated(cast.target, end),
            Act::Break(index) => {
                let Some(thread) = self.nth(cast.target, index).filter(|thread| self.model.in_user(*thread)) else {
                    return false;
                };
                self.model.trap(thread, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
                true
            }
        }
    }

    fn load(&mut self, number: u32) -> bool {
        let loaders = self.model.threads.keys().copied();
        let free = |thread: &u64| {
            self.table.find_thread(crate::KernelThread(*thread)).is_none() && self.model.in_user(*thread)
        };
        let Some(loader) = loaders.collect::<Vec<_>>().into_iter().find(free) else { return false };
        self.model.enter(loader, number, [3, 0x1000, 0x2000, 0, 0, 0]);
        true
    }

    fn begin(&mut self, pid: i32, index: usize, number: u32, arguments: [u64; 6]) -> bool {
        let Some(thread) = self.nth(pid, index).filter(|thread| self.model.in_user(*thread)) else { return false };
        self.model.enter(thread, number, arguments);
        true
    }

    fn ask(&mut self, cast: Cast, request: Request, whom: Whom, data: i32) -> bool {
        let id = match whom {
            Whom::Process => Some(cast.target),
            Whom::SecondThread => {
                let process = self.table.get(pid(cast.target));
                process.and_then(|process| process.threads.get(1)).map(|thread| thread.tid.raw())
            }
        };
        let Some(id) = id else { return false };
        let arguments = [request.raw() as u64, id as u64, 1, data as u64, 0, 0];
        self.begin(cast.debugger, 0, 26, arguments)
    }

    fn read_event(&mut self, cast: Cast) -> bool {
        let (debugger, target) = (pid(cast.debugger), pid(cast.target));
        let alive = self.table.get(debugger).is_some_and(crate::Process::is_alive);
        alive && self.turn(|turn| turn.take_event(debugger, target)).is_ok_and(|event| event.is_some())
    }

    fn send(&mut self, cast: Cast, signal: Signal) -> bool {
        let Some(process) = self.table.get(pid(cast.target)).filter(|process| process.is_alive()) else { return false };
        if process.counted_signals() >= 2 {
            return false;
        }
        let queued = crate::queue::Queued::new(signal, proc_abi::siginfo::SI_USER);
        self.turn(|turn| turn.send(pid(cast.target), queued)).is_ok()
    }

    /// Everything ends: loaders, the debugger, the target and all its children; everyone is reaped exactly once.
    pub(super) fn end_of_the_world(&mut self) {
        self.finish_loaders();
        for signal in [SIGCONT, SIGKILL] {
            let mut index = 1;
            while let Some(pid) = self.table.pids().get(index).copied() {
                index += 1;
                let queued = crate::queue::Queued::new(signal, proc_abi::siginfo::SI_USER);
                // What is traced keeps its SIGKILL until its tracer, which is in this list too, is dead.
                let _sent = self.turn(|turn| turn.send(pid, queued));
            }
            self.run();
        }
        for _ in 0..20 {
            match self.wait(1, -1, 1) {
                Ok((0, _)) => self.run(),
                Ok(_) => {}
                Err(crate::Errno::ECHILD) => break,
                Err(errno) => panic!("init cannot wait: {errno:?}"),
            }
        }
        assert_eq!(self.table.pids(), [Pid::INIT], "somebody is left");
        assert!(self.model.sessions.is_empty(), "authority is left");
        assert_eq!(self.model.threads.len(), 1, "threads are left");
    }

    /// Loaders that have not answered do so.
    fn finish_loaders(&mut self) {
        self.run();
        let known: Vec<u64> = self.model.threads.keys().copied().collect();
        for thread in known {
            let known = self.table.find_thread(crate::KernelThread(thread)).is_some();
            if !known && self.model.in_user(thread) {
                self.loaded(thread);
            }
        }
    }
}

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}
