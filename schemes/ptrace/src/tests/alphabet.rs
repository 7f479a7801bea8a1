//! What users can do, one small act at a time: the alphabet of the explorer and of the random histories.
//!
//! Decides which acts there are; main types: [`Act`], [`Setting`], [`Whom`]. Neighbours: `script` does them, `explorer` tries
//! all of [`ACTS`], `random` adds [`MORE_ACTS`], `probes` asks in each state what only looks.

use kernel_abi::calls::{EXEC_FAILED, EXEC_READY};
use kernel_abi::stop::LastClose;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGUSR1, Signal};
use proc_abi::stop_event::{StopCauses, StopFlags};
use proc_abi::text::TextVerb;

use super::delegate::End;

/// One act. The processes are a debugger, its target and a bystander that sends signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// The server takes one message.
    Message,
    /// The target's n-th thread settles what it owes.
    Settle(usize),
    /// The debugger's thread does.
    SettleDebugger,
    /// The debugger makes a request, of the target or of one of its threads.
    Ask(Request, Whom, i32),
    /// The debugger makes a request whose argument is in memory.
    Set(Setting),
    /// The debugger waits without blocking.
    Wait,
    /// The debugger reads `event`.
    ReadEvent,
    /// The debugger opens `ctl`, once.
    OpenControl,
    /// It closes it.
    CloseControl,
    /// It writes a line to it.
    Text(TextVerb),
    /// The debugger exits.
    DebuggerExits,
    /// Somebody sends the target a signal.
    Signal(Signal),
    /// The target's n-th thread makes a call.
    Call(usize, u32),
    /// The newest child of the target makes a call.
    Child(u32),
    /// The target asks its parent to trace it.
    TraceMe,
    /// A call of the target's n-th thread that the kernel serves comes to its end.
    Return(usize),
    /// The target's n-th thread meets a breakpoint.
    Break(usize),
    /// A loader is done with a plain image, or gives up.
    Load(u32),
    /// A loader is done with a set-id image of the superuser's.
    LoadSetId,
    /// The helper that writes a core is done.
    DumpDone,
    /// The target is gone; init makes another process, which gets its id.
    Reuse,
    /// The debugger opens `run`.
    OpenRun,
    /// The debugger runs the target without the server.
    Run(End),
    /// Somebody looks at the target's events, so leave to run it is taken back for now.
    Observe,
    /// The debugger orders something of stops by cause.
    Causes(Order),
    /// The target's n-th thread meets a page fault.
    Fault(usize),
    /// The target's n-th thread sets a handler for that.
    Catch(usize),
}

/// What is ordered of stops by cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Add(StopCauses),
    Remove(StopCauses),
    Flags(StopFlags),
    /// The thread that stands goes on, after the process was sent a signal unless this is 0.
    GoOn(i32),
}

/// An argument in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// The event mask.
    Events(u32),
    /// No call stops.
    NoCalls,
    /// No signal stops.
    NoSignals,
    /// No fault stops.
    NoFaults,
    /// The body is skipped.
    Result,
    /// The target makes a call for its debugger.
    Remote,
    /// A core is written.
    Core,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whom {
    Process,
    SecondThread,
    Newest,
}

const fn ask(request: Request, data: i32) -> Act {
    Act::Ask(request, Whom::Process, data)
}

const fn second(request: Request) -> Act {
    Act::Ask(request, Whom::SecondThread, 0)
}

const CALLS: StopCauses = StopCauses::SCE.union(StopCauses::SCX);
const ENDS: StopCauses = StopCauses::EXEC.union(StopCauses::CORE).union(StopCauses::EXIT);
const KEPT: StopFlags = StopFlags::LINGER.union(StopFlags::FORK);

pub(super) const ACTS: [Act; 84] = [
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
    ask(Request::ToSce, 0),
    ask(Request::ToScx, 30),
    ask(Request::Step, 0),
    ask(Request::Kill, 0),
    ask(Request::LwpEvents, 1),
    ask(Request::FollowFork, 1),
    second(Request::Suspend),
    second(Request::Resume),
    second(Request::Step),
    second(Request::SetStep),
    second(Request::ClearStep),
    second(Request::Continue),
    Act::Set(Setting::Events(0)),
    Act::Set(Setting::Events(0x3f)),
    Act::Set(Setting::NoCalls),
    Act::Set(Setting::NoSignals),
    Act::Set(Setting::Result),
    Act::Set(Setting::Core),
    Act::Ask(Request::Suspend, Whom::Newest, 0),
    Act::Wait,
    Act::ReadEvent,
    Act::OpenControl,
    Act::CloseControl,
    Act::Text(TextVerb::Attach),
    Act::Text(TextVerb::Detach(None)),
    Act::Text(TextVerb::Stop),
    Act::Text(TextVerb::Continue(None)),
    Act::Text(TextVerb::Kill),
    Act::Text(TextVerb::Hold),
    Act::Text(TextVerb::Release),
    Act::Text(TextVerb::OnClose(LastClose::Stop)),
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
    Act::Call(1, 1),
    Act::Call(0, 2),
    Act::Call(1, 66),
    Act::Call(0, 59),
    Act::Call(1, 59),
    Act::Call(1, 455),
    Act::Child(1),
    Act::Child(59),
    Act::TraceMe,
    Act::Return(0),
    Act::Break(0),
    Act::Break(1),
    Act::Load(EXEC_READY),
    Act::Load(EXEC_FAILED),
    Act::LoadSetId,
    Act::DumpDone,
    Act::Reuse,
    Act::OpenRun,
    Act::Run(End::Step),
    Act::Run(End::Break),
    Act::Run(End::Call(20)),
    Act::Run(End::Nothing),
    Act::Causes(Order::Add(StopCauses::SIG)),
    Act::Causes(Order::Add(CALLS)),
    Act::Causes(Order::Add(ENDS)),
    Act::Causes(Order::Remove(StopCauses::all())),
    Act::Causes(Order::Flags(KEPT)),
    Act::Causes(Order::GoOn(0)),
    Act::Causes(Order::GoOn(30)),
    Act::Set(Setting::NoFaults),
    Act::Fault(0),
    Act::Fault(1),
    Act::Catch(0),
];

/// Acts that only make histories longer, or add nothing to the states: for random histories.
pub(super) const MORE_ACTS: [Act; 10] = [
    Act::Call(0, 66),
    Act::Call(1, 2),
    Act::Call(0, 431),
    Act::Observe,
    Act::Set(Setting::Remote),
    Act::Causes(Order::Add(StopCauses::SCX)),
    Act::Causes(Order::Flags(StopFlags::empty())),
    Act::Causes(Order::GoOn(9)),
    Act::Causes(Order::GoOn(17)),
    Act::Catch(1),
];
