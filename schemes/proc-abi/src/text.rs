//! One-line verbs for `ctl`: what a shell writes with echo.
//!
//! Decides their grammar: a verb, at most one argument, an optional newline at the end. Main type: [`TextVerb`]. Neighbours:
//! `command` (the records for programs), `ptrace::text` (what each does). Signals are named as `Signal::from_name` reads.

use kernel_abi::stop::LastClose;

use crate::id::Tid;
use crate::signal::Signal;

/// A verb and its argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextVerb {
    /// Begin to trace; ends when the handle is closed.
    Attach,
    /// Stop tracing and let it run, with a signal or none.
    Detach(Option<Signal>),
    /// Set the operator's stop token.
    Stop,
    /// Clear it, or resume a traced process with a signal or none.
    Continue(Option<Signal>),
    /// Run one instruction of the reporting thread, or of this one.
    Step(Option<Tid>),
    /// Kill.
    Kill,
    /// Hold one thread back.
    Suspend(Tid),
    /// End that.
    Resume(Tid),
    /// Send a signal, as kill(2).
    Signal(Signal),
    /// Set the stop token of whoever opened the file.
    Hold,
    /// Clear it.
    Release,
    /// What becomes of the target when its tracer leaves or dies.
    OnClose(LastClose),
}

/// Reads one line.
#[must_use]
pub fn parse(line: &str) -> Option<TextVerb> {
    let line = line.strip_suffix('\n').unwrap_or(line);
    let mut words = line.split(' ');
    let verb = words.next()?;
    let argument = words.next();
    if words.next().is_some() {
        return None;
    }
    match (verb, argument) {
        ("attach", None) => Some(TextVerb::Attach),
        ("stop", None) => Some(TextVerb::Stop),
        ("kill", None) => Some(TextVerb::Kill),
        ("detach", signal) => Some(TextVerb::Detach(optional(signal, Signal::from_name)?)),
        ("cont", signal) => Some(TextVerb::Continue(optional(signal, Signal::from_name)?)),
        ("step", tid) => Some(TextVerb::Step(optional(tid, parse_tid)?)),
        ("suspend", Some(tid)) => Some(TextVerb::Suspend(parse_tid(tid)?)),
        ("resume", Some(tid)) => Some(TextVerb::Resume(parse_tid(tid)?)),
        ("hold", None) => Some(TextVerb::Hold),
        ("release", None) => Some(TextVerb::Release),
        ("onclose", Some(policy)) => Some(TextVerb::OnClose(parse_policy(policy)?)),
        ("signal", Some(signal)) => Some(TextVerb::Signal(Signal::from_name(signal)?)),
        _ => None,
    }
}

fn optional<T>(argument: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match argument {
        None => Some(None),
        Some(word) => read(word).map(Some),
    }
}

fn parse_policy(word: &str) -> Option<LastClose> {
    match word {
        "run" => Some(LastClose::Run),
        "kill" => Some(LastClose::Kill),
        "stop" => Some(LastClose::Stop),
        _ => None,
    }
}

fn parse_tid(word: &str) -> Option<Tid> {
    Tid::new(word.parse().ok()?)
}
