//! Doing what users can do, for the explorer and for random histories.
//!
//! Decides when an act is possible, what it does, and how a world is brought to its end. Main methods: [`World::act`],
//! [`World::end_of_the_world`]. Neighbours: `alphabet` (the acts), `ledger` (what is remembered of them).

use kernel_abi::calls::{DUMP_DONE, EXEC_READY};
use kernel_abi::stop::Cause;
use proc_abi::core_dump::CoreDump;
use proc_abi::id::Pid;
use proc_abi::remote::RemoteCall;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGKILL, Signal};
use proc_abi::text::TextVerb;
use zerocopy::IntoBytes;

use super::alphabet::{Act, Order, Setting, Whom};
use super::world::{BUFFER, World};
use crate::KernelThread;

/// Who plays which part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cast {
    pub(super) debugger: i32,
    pub(super) target: i32,
}

impl World {
    pub(super) fn nth(&self, pid: i32, index: usize) -> Option<u64> {
        let process = self.table.get(Pid::new(pid)?)?;
        process.threads.get(index).map(|thread| thread.kernel.0)
    }

    /// A quick look at whether an act can be done, so that worlds need not be copied for nothing.
    pub(super) fn may_act(&self, cast: Cast, act: Act) -> bool {
        let in_user = |pid: i32, index: usize| self.nth(pid, index).is_some_and(|thread| self.model.in_user(thread));
        let files =
            || self.table.sessions.find(pid(cast.debugger), pid(cast.target)).map_or(0, |session| session.files);
        match act {
            Act::Message => !self.model.inbox.is_empty(),
            Act::Ask(..) | Act::Set(_) | Act::Wait | Act::DebuggerExits => in_user(cast.debugger, 0),
            Act::Call(index, number) => in_user(cast.target, index) && self.has_room(cast, number),
            Act::Break(index) | Act::Fault(index) | Act::Catch(index) => in_user(cast.target, index),
            Act::Child(_) => self.newest_child(cast).is_some_and(|child| in_user(child, 0)),
            Act::TraceMe => in_user(cast.target, 0),
            Act::Return(index) => self.nth(cast.target, index).is_some_and(|thread| self.sleeps(thread)),
            Act::Load(_) | Act::LoadSetId => self.loader_at_work().is_some(),
            Act::DumpDone => self.dumper_at_work().is_some(),
            Act::OpenControl => files() == 0,
            Act::CloseControl | Act::Text(_) => files() != 0,
            Act::Causes(Order::GoOn(_)) => files() != 0 && self.is_standing(cast.target),
            Act::Causes(_) => files() != 0,
            Act::Reuse => self.gone(cast.target),
            Act::Settle(index) => self.nth(cast.target, index).is_some(),
            Act::SettleDebugger | Act::ReadEvent | Act::OpenRun | Act::Run(_) | Act::Observe | Act::Signal(_) => true,
        }
    }

    /// Few threads, few processes: more of them show nothing new.
    fn has_room(&self, cast: Cast, number: u32) -> bool {
        let threads = self.table.get(pid(cast.target)).map_or(0, |process| process.threads.len());
        match number {
            455 => threads < 3,
            2 | 66 => self.table.count() < 6,
            _ => true,
        }
    }

    /// Does an act if it is possible; true if it was.
    pub(super) fn act(&mut self, cast: Cast, act: Act) -> bool {
        if !self.may_act(cast, act) {
            return false;
        }
        let (debugger, target) = (pid(cast.debugger), pid(cast.target));
        match act {
            Act::Message => self.step(),
            Act::Settle(index) => self.nth(cast.target, index).is_some_and(|thread| self.model.prepare(thread)),
            Act::SettleDebugger => self.nth(cast.debugger, 0).is_some_and(|thread| self.model.prepare(thread)),
            Act::Ask(request, whom, data) => self.ask(cast, request, whom, data),
            Act::Set(setting) => self.set(cast, setting),
            Act::Wait => self.begin(cast.debugger, 0, 7, [cast.target as u64, BUFFER, 1, 0, 0, 0]),
            Act::ReadEvent => self.read_event(cast),
            Act::OpenControl => {
                self.is_alive(debugger)
                    && self.turn(|turn| turn.open_control(debugger, target, crate::Sharing::Shared)).is_ok()
            }
            Act::CloseControl => {
                self.turn(|turn| turn.close_control(debugger, target));
                self.close_last(cast.target);
                true
            }
            Act::Text(verb) => self.turn(|turn| turn.text(debugger, target, verb)).is_ok(),
            Act::DebuggerExits => self.begin(cast.debugger, 0, 1, [0; 6]),
            Act::Signal(signal) => self.send(cast, signal),
            Act::Call(index, 455) => self.begin(cast.target, index, 455, [BUFFER, 104, 0, 0, 0, 0]),
            Act::Call(index, number) => self.begin(cast.target, index, number, [0; 6]),
            Act::Child(number) => self.newest_child(cast).is_some_and(|child| self.begin(child, 0, number, [0; 6])),
            Act::TraceMe => self.begin(cast.target, 0, 26, [0; 6]),
            Act::Return(index) => self.return_from_sleep(cast, index),
            Act::Load(number) => self.load(number, None),
            Act::LoadSetId => self.load(EXEC_READY, Some(0)),
            Act::DumpDone => self.finish_dump(),
            Act::Reuse => self.reuse(cast),
            Act::OpenRun => self.open_run(cast.debugger, cast.target),
            Act::Run(end) => self.run_delegated(cast.target, end),
            Act::Observe => {
                self.plain_turn(|turn| turn.judge_runs(|_| true));
                true
            }
            Act::Causes(order) => self.order_causes(cast, order),
            Act::Fault(index) => self.fault(cast, index),
            Act::Catch(index) => self.catch(cast, index),
            Act::Break(index) => {
                let Some(thread) = self.nth(cast.target, index) else { return false };
                self.model.trap(thread, Cause::Breakpoint, [0x4000, 0, 0, 0, 0, 0, 0, 0]);
                true
            }
        }
    }

    fn newest_child(&self, cast: Cast) -> Option<i32> {
        let is_its = |child: &&Pid| {
            self.table.get(**child).is_some_and(|child| child.real_parent == Some(pid(cast.target)) && child.is_alive())
        };
        self.table.pids().iter().rfind(is_its).map(|child| child.raw())
    }

    fn is_alive(&self, pid: Pid) -> bool {
        self.table.get(pid).is_some_and(crate::Process::is_alive)
    }

    /// It waits in a call that the kernel serves.
    fn sleeps(&self, thread: u64) -> bool {
        let state = self.model.threads.get(&thread);
        state.is_some_and(|thread| {
            thread.call.is_some_and(|call| call.number == 240) && thread.outcome.is_none() && thread.report.is_none()
        })
    }

    fn return_from_sleep(&mut self, cast: Cast, index: usize) -> bool {
        let Some(thread) = self.nth(cast.target, index) else { return false };
        self.model.finish(thread, super::model::Outcome::Result(0));
        true
    }

    /// A thread that is no process's and is in user code.
    fn helper(&self, dumps: bool) -> Option<u64> {
        let mut free =
            self.model.threads.keys().copied().filter(|thread| {
                self.table.find_thread(KernelThread(*thread)).is_none() && self.model.in_user(*thread)
            });
        free.find(|thread| self.model.dumpers.iter().any(|dumper| dumper.0 == *thread) == dumps)
    }

    fn loader_at_work(&self) -> Option<u64> {
        self.helper(false)
    }

    fn dumper_at_work(&self) -> Option<u64> {
        self.helper(true)
    }

    fn load(&mut self, number: u32, set_user: Option<u32>) -> bool {
        let Some(loader) = self.loader_at_work() else { return false };
        self.model.image = crate::Image { set_user, ..crate::Image::default() };
        self.model.enter(loader, number, [3, 0x1000, 0x2000, 0, 0, 0]);
        true
    }

    fn finish_dump(&mut self) -> bool {
        let Some(dumper) = self.dumper_at_work() else { return false };
        self.model.enter(dumper, DUMP_DONE, [0; 6]);
        true
    }

    /// Somebody else gets the id of a target that is gone.
    fn reuse(&mut self, cast: Cast) -> bool {
        self.run();
        if !self.gone(cast.target) || !self.model.in_user(self.main(1)) {
            return false;
        }
        self.table.reuse_next(pid(cast.target));
        assert_eq!(self.fork(1), cast.target);
        self.ledger.forget(cast.target);
        true
    }

    pub(super) fn begin(&mut self, pid: i32, index: usize, number: u32, arguments: [u64; 6]) -> bool {
        let Some(thread) = self.nth(pid, index).filter(|thread| self.model.in_user(*thread)) else { return false };
        self.model.enter(thread, number, arguments);
        true
    }

    /// The id that a request of the debugger names.
    pub(super) fn whom(&self, cast: Cast, whom: Whom) -> Option<i32> {
        let process = self.table.get(pid(cast.target));
        let thread = match whom {
            Whom::Process => return Some(cast.target),
            Whom::SecondThread => process?.threads.get(1),
            Whom::Newest => process?.threads.last(),
        };
        thread.map(|thread| thread.tid.raw())
    }

    fn ask(&mut self, cast: Cast, request: Request, whom: Whom, data: i32) -> bool {
        let Some(id) = self.whom(cast, whom) else { return false };
        let arguments = [request.raw() as u64, id as u64, 1, data as u64, 0, 0];
        self.begin(cast.debugger, 0, 26, arguments)
    }

    fn set(&mut self, cast: Cast, setting: Setting) -> bool {
        let remote = RemoteCall { number: 20, ..RemoteCall::default() };
        let core = CoreDump { descriptor: 5, ..CoreDump::default() };
        let (request, bytes) = match setting {
            Setting::Events(mask) => (Request::SetEventMask, mask.as_bytes().to_vec()),
            Setting::NoCalls => (Request::SetCallSet, vec![0; 32]),
            Setting::NoSignals => (Request::SetSignalSet, vec![0; 16]),
            Setting::NoFaults => (Request::SetFaultSet, vec![0; 8]),
            Setting::Result => (Request::SetScRet, vec![0; 24]),
            Setting::Remote => (Request::ScRemote, remote.as_bytes().to_vec()),
            Setting::Core => (Request::CoreDump, core.as_bytes().to_vec()),
        };
        self.poke(cast.debugger, BUFFER, &bytes);
        let arguments = [request.raw() as u64, cast.target as u64, BUFFER, bytes.len() as u64, 0, 0];
        self.begin(cast.debugger, 0, 26, arguments)
    }

    fn read_event(&mut self, cast: Cast) -> bool {
        let (debugger, target) = (pid(cast.debugger), pid(cast.target));
        let alive = self.is_alive(debugger);
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

    /// Everything ends: helpers, the debugger, the target and all its children; everyone is reaped exactly once.
    pub(super) fn end_of_the_world(&mut self) {
        self.finish_helpers();
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
            for pid in self.table.pids().to_vec() {
                while self.pass_cause(1, pid.raw()) {}
            }
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

    /// Loaders and core dumpers that have not answered do so; whatever an operator holds is let go.
    pub(super) fn finish_helpers(&mut self) {
        self.run();
        while let Some(loader) = self.loader_at_work() {
            self.model.image = crate::Image::default();
            self.loaded(loader);
        }
        while self.finish_dump() {
            self.run();
        }
        for pid in self.table.pids().to_vec() {
            if self.table.get(pid).is_some_and(|process| process.is(crate::Flags::OPERATOR_STOP)) {
                let _refused = self.turn(|turn| turn.text(Pid::INIT, pid, TextVerb::Continue(None)));
            }
        }
        let sessions = (0..).map_while(|index| self.table.sessions.at(index));
        let holders: Vec<_> = sessions.filter(|session| session.holds).copied().collect();
        for session in holders {
            self.turn(|turn| turn.text(session.opener, session.target, TextVerb::Release)).expect("its own token");
        }
        self.run();
    }
}

fn pid(raw: i32) -> Pid {
    Pid::new(raw).expect("a pid")
}
