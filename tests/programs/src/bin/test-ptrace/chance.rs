//! Random requests to random targets: whatever a debugger asks, nobody waits for ever and each end is told once.
//!
//! Decides the histories. All of one comes from its seed, which a failure tells: so many acts of the debugger, then everybody
//! is killed and has to be told of within so many turns, not within a time. Main types: [`History`], [`Dice`]. Neighbours:
//! `chance::course` (what targets do), schemes/ptrace/src/tests/random.rs (on the host, with every order of messages).

mod course;

use alloc::vec::Vec;
use proc_abi::request::Request;
use proc_abi::signal::{SIGCONT, SIGKILL, SIGSTOP, SIGUSR1, Signal};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::proc::Control;
use runtime::process::ptrace::{Address, request};
use runtime::process::trace::trace_me;
use runtime::process::wait::{Waited, Who, wait};
use runtime::process::{self, Pid};
use runtime::{Error, time};
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::leftovers::Present;
use test_programs::suite::Case;
use test_programs::tracee::{SAME_PLACE, ask, information};
use zerocopy::IntoBytes;

pub(crate) const CASES: &[Case] = &[
    Case { name: "random requests leave nobody behind", run: random_requests_leave_nobody_behind },
    Case { name: "a tracer may leave at any time", run: a_tracer_may_leave_at_any_time },
];

/// The same, longer.
pub(crate) const LONG: &[Case] = &[
    Case { name: "many random requests leave nobody behind", run: many_random_requests_leave_nobody_behind },
    Case { name: "many tracers may leave at any time", run: many_tracers_may_leave_at_any_time },
];

/// Histories of a plain run, and of the long one.
const SEEDS: u64 = 6;
const MANY_SEEDS: u64 = 60;
/// Targets and acts of a history.
const TARGETS: usize = 3;
const ACTS: usize = 200;
/// Turns within which all that were killed must have been told of.
const TURNS: usize = 4000;

/// What a request may be refused with.
const REFUSALS: [Error; 7] =
    [Error::ESRCH, Error::EBUSY, Error::EPERM, Error::EINVAL, Error::EFAULT, Error::ESTALE, Error::ENOMEM];

/// Numbers that look like chance (Marsaglia's xorshift).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    const fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `sides`.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 16) as usize).checked_rem(sides).unwrap_or(0)
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        of.get(self.roll(of.len())).copied()
    }
}

fn random_requests_leave_nobody_behind() -> Verdict {
    each(0..SEEDS, stay)
}

fn a_tracer_may_leave_at_any_time() -> Verdict {
    each(0..SEEDS, leave)
}

fn many_random_requests_leave_nobody_behind() -> Verdict {
    each(SEEDS..MANY_SEEDS, stay)
}

fn many_tracers_may_leave_at_any_time() -> Verdict {
    each(SEEDS..MANY_SEEDS, leave)
}

fn each(seeds: core::ops::Range<u64>, play: fn(u64) -> Verdict) -> Verdict {
    for seed in seeds {
        let before = Present::read()?;
        let verdict = play(seed).and_then(|()| await_the_end_of_all_since(&before));
        verdict.map_err(|failure| Failure::new(format_args!("seed {seed}: {failure}")))?;
    }
    Ok(())
}

/// Orphans end by themselves, and init reaps them.
fn await_the_end_of_all_since(before: &Present) -> Verdict {
    let mut left = Vec::new();
    for _ in 0..TURNS {
        left = before.newer(&Present::read()?);
        if left.is_empty() {
            return Ok(());
        }
        time::yield_now();
    }
    Err(Failure::new(format_args!("after {TURNS} turns {left:?} are left")))
}

/// The debugger waits for all that it has killed.
fn stay(seed: u64) -> Verdict {
    let mut history = History::begin(seed)?;
    history.play()?;
    history.finish()
}

/// It leaves them to init.
fn leave(seed: u64) -> Verdict {
    let tracer = start(|| {
        let played = History::begin(seed).and_then(|mut history| {
            history.play()?;
            history.kill_all();
            Ok(())
        });
        i32::from(played.is_err())
    })?;
    ensure_equal!(next_change(tracer, WaitOptions::empty())?, WaitStatus::Exited(0));
    Ok(())
}

/// Fails the case if a request was refused with what none is refused with.
fn refused_well<T>(result: Result<T, Error>) -> Verdict {
    match result {
        Err(error) if !REFUSALS.contains(&error) => Err(Failure::new(format_args!("refused with {error:?}"))),
        Ok(_) | Err(_) => Ok(()),
    }
}

/// A debugger and whom it knows.
struct History {
    dice: Dice,
    alive: Vec<Pid>,
    ended: Vec<Pid>,
    controls: Vec<Control>,
}

impl History {
    fn begin(seed: u64) -> Result<Self, Failure> {
        let mut history = Self { dice: Dice::new(seed), alive: Vec::new(), ended: Vec::new(), controls: Vec::new() };
        for target in 0..TARGETS {
            let mut dice = Dice::new(seed.wrapping_mul(8).wrapping_add(target as u64));
            let pid = start(|| {
                let asks = dice.roll(2) == 0;
                if asks && trace_me().is_err() { 99 } else { course::run(dice) }
            })?;
            history.alive.push(pid);
        }
        Ok(history)
    }

    fn play(&mut self) -> Verdict {
        for _ in 0..ACTS {
            let Some(pid) = self.dice.pick(&self.alive) else { return Ok(()) };
            match self.dice.roll(10) {
                0..=3 => self.collect()?,
                4 | 5 => self.resume(pid)?,
                6 => self.ask_of_thread(pid)?,
                7 => self.ask_of_process(pid)?,
                8 => self.order(pid)?,
                _ => self.signal(pid),
            }
            if self.dice.roll(3) == 0 {
                time::yield_now();
            }
        }
        Ok(())
    }

    /// Takes what wait has to tell, if it has.
    fn collect(&mut self) -> Verdict {
        match wait(Who::Any, WaitOptions::NOHANG | WaitOptions::STOPPED | WaitOptions::CONTINUED) {
            Ok(Some(waited)) => self.note(waited),
            Ok(None) | Err(Error::ECHILD) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn note(&mut self, waited: Waited) -> Verdict {
        let pid = waited.pid;
        if self.ended.contains(&pid) {
            return Err(Failure::new(format_args!("{pid:?} has ended twice, {:?}", waited.status)));
        }
        let known = self.alive.contains(&pid);
        match waited.status {
            WaitStatus::Stopped(_) | WaitStatus::Continued if known => {}
            WaitStatus::Stopped(_) | WaitStatus::Continued => self.alive.push(pid),
            WaitStatus::Exited(_) | WaitStatus::Killed(_) | WaitStatus::Dumped(_) => {
                self.alive.retain(|other| *other != pid);
                self.ended.push(pid);
            }
        }
        Ok(())
    }

    fn resume(&mut self, pid: Pid) -> Verdict {
        const WAYS: [Request; 8] = [
            Request::Continue,
            Request::Continue,
            Request::Continue,
            Request::Step,
            Request::Syscall,
            Request::ToSce,
            Request::ToScx,
            Request::Detach,
        ];
        let signals = [0, 0, 0, 0, SIGUSR1.number(), SIGSTOP.number(), 4242];
        let (way, signal) = (self.dice.pick(&WAYS), self.dice.pick(&signals));
        refused_well(ask(way.unwrap_or(Request::Continue), pid.raw(), SAME_PLACE, signal.unwrap_or(0)))
    }

    fn ask_of_thread(&mut self, pid: Pid) -> Verdict {
        const REQUESTS: [Request; 5] =
            [Request::Suspend, Request::Resume, Request::Resume, Request::SetStep, Request::ClearStep];
        let mut threads = [0_i32; 4];
        let count = request(Request::GetLwpList.raw(), pid.raw(), Address::Fill(threads.as_mut_bytes()), 4);
        refused_well(count)?;
        let thread = self.dice.pick(threads.get(..count.unwrap_or(0)).unwrap_or_default());
        let Some((thread, what)) = thread.zip(self.dice.pick(&REQUESTS)) else { return Ok(()) };
        refused_well(ask(what, thread, 0, 0))
    }

    fn ask_of_process(&mut self, pid: Pid) -> Verdict {
        let id = pid.raw();
        let on = i32::from(self.dice.roll(4) != 0);
        match self.dice.roll(6) {
            0 | 1 => refused_well(ask(Request::Attach, id, 0, 0)),
            2 => refused_well(ask(Request::FollowFork, id, 0, on)),
            3 => refused_well(ask(Request::LwpEvents, id, 0, on)),
            4 => refused_well(information(id)),
            _ => refused_well(ask(Request::GetNumLwps, id, 0, 0)),
        }
    }

    /// A line to the control file of a target, which may be opened or closed for it.
    fn order(&mut self, pid: Pid) -> Verdict {
        const LINES: [&[u8]; 9] =
            [b"hold", b"release", b"attach", b"detach", b"stop", b"cont", b"cont", b"onclose run", b"onclose kill"];
        if self.dice.roll(4) == 0 {
            self.controls.clear();
        }
        let opened = Control::open(pid);
        let line = self.dice.pick(&LINES).unwrap_or(b"cont");
        match opened {
            Ok(control) => {
                let written = control.file().write(line);
                self.controls.push(control);
                refused_well(written)
            }
            Err(Error::ENOENT) => Ok(()),
            Err(error) => refused_well(Err::<(), Error>(error)),
        }
    }

    fn signal(&mut self, pid: Pid) {
        let signals: [Signal; 7] = [SIGUSR1, SIGUSR1, SIGUSR1, SIGSTOP, SIGCONT, SIGCONT, SIGKILL];
        // Whoever is gone cannot be sent one.
        let _ = process::kill(pid.raw(), self.dice.pick(&signals));
    }

    fn kill_all(&mut self) {
        self.controls.clear();
        for pid in &self.alive {
            let _ = process::kill(pid.raw(), Some(SIGKILL));
        }
    }

    /// Everybody ends, and is told of.
    fn finish(mut self) -> Verdict {
        self.kill_all();
        for _ in 0..TURNS {
            match wait(Who::Any, WaitOptions::NOHANG | WaitOptions::STOPPED) {
                Err(Error::ECHILD) => return Ok(()),
                Err(error) => return Err(error.into()),
                Ok(Some(waited)) => {
                    self.note(waited)?;
                    refused_well(ask(Request::Kill, waited.pid.raw(), 0, 0))?;
                }
                Ok(None) => {
                    for pid in &self.alive {
                        refused_well(ask(Request::Kill, pid.raw(), 0, 0))?;
                    }
                    time::yield_now();
                }
            }
        }
        Err(Failure::new(format_args!("after {TURNS} turns {:?} are left", self.alive)))
    }
}
