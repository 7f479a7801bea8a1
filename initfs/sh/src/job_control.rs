//! The terminal, process groups and waiting.
//!
//! Decides who has the terminal at which time, and what a person is told about jobs that end or stop (XCU 2.11, and the
//! initialisation in the GNU C library's manual, "Implementing a Job Control Shell"). Main type: [`JobControl`].
//! Neighbours: `child` starts processes, `sh::jobs` keeps them.

use crate::redirect::duplicate_above;
use crate::shell::Shell;
use core::sync::atomic::{AtomicI32, Ordering};
use proc_abi::sigaction::ActionFlags;
use proc_abi::siginfo::SigInfo;
use proc_abi::signal::{SIGCONT, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SigSet, Signal};
use proc_abi::signal_frame::UserContext;
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::file::File;
use runtime::io::STANDARD_INPUT;
use runtime::process::wait::{Who, wait};
use runtime::process::{self, identity};
use runtime::signal::{self, SignalAction, set_action};
use runtime::terminal::Terminal;
use runtime::terminal::settings::Settings;
use runtime::{Error, eprintln};
use sh::jobs::{JobState, ending};
use sh::status;
use sh::syntax::Place;

/// Where the shell keeps the terminal: above the descriptors that scripts name.
const TERMINAL_FROM: usize = 20;

/// The signal by which a person ended or stopped what the shell runs; 0 for none. It ends the rest of the command too.
static INTERRUPTED: AtomicI32 = AtomicI32::new(0);

/// Signals that a shell with a person takes otherwise than its programs do.
const CHANGED: [Signal; 5] = [SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU];

pub(crate) fn was_interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed) != 0
}

/// The status of a command that was interrupted.
pub(crate) fn interrupted_status() -> i32 {
    status::SIGNALLED.saturating_add(INTERRUPTED.load(Ordering::Relaxed))
}

pub(crate) fn forget_interrupt() {
    INTERRUPTED.store(0, Ordering::Relaxed);
}

extern "C" fn note_interrupt(signal: i32, _: &SigInfo, _: &UserContext) {
    INTERRUPTED.store(signal, Ordering::Relaxed);
}

/// Keeps SIGINT away while a child is made: what is pressed meanwhile is meant for its job.
pub(crate) fn hold_interrupt() {
    // Fails for no valid set; so does release_interrupt.
    let _ = signal::block(SigSet::of(SIGINT));
}

/// Lets SIGINT through, at once if it came meanwhile.
pub(crate) fn release_interrupt() {
    let _ = signal::unblock(SigSet::of(SIGINT));
}

fn choose(signal: Signal, action: SignalAction) {
    // Fails for no signal that is named here.
    let _ = set_action(signal, action);
}

/// A background process of a shell without job control is not meant by the keyboard's signals.
pub(crate) fn ignore_keyboard() {
    choose(SIGINT, SignalAction::Ignore);
    choose(SIGQUIT, SignalAction::Ignore);
}

/// The terminal and the shell's own group.
#[derive(Debug)]
pub(crate) struct JobControl {
    terminal: File,
    group: i32,
    settings: Settings,
}

impl JobControl {
    /// Takes the terminal at standard input; none if it cannot be had.
    pub(crate) fn begin() -> Option<Self> {
        let terminal = duplicate_above(STANDARD_INPUT, TERMINAL_FROM).ok()?;
        // Whoever started this shell may have done any of these already; what counts is the last.
        let _ = identity::start_session();
        let _ = identity::set_process_group(0, 0);
        let handle = Terminal::new(&terminal).ok()?;
        let _ = handle.make_controlling();
        let group = identity::process_group(0).ok()?;
        for signal in CHANGED {
            choose(signal, SignalAction::Ignore);
        }
        choose(SIGINT, SignalAction::Handle(note_interrupt, ActionFlags::empty(), SigSet::EMPTY));
        let settings = handle.settings().ok()?;
        handle.set_foreground(group).ok()?;
        release_interrupt();
        Some(Self { terminal, group, settings })
    }

    /// Makes a job's group the one that the keyboard's signals go to.
    pub(crate) fn give(&self, group: i32) {
        if let Ok(terminal) = Terminal::new(&self.terminal) {
            // A group that has died meanwhile needs no terminal.
            let _ = terminal.set_foreground(group);
        }
    }

    /// In a child: enters its job's group (0: founds it) and takes signals as programs do, those too that came meanwhile.
    pub(crate) fn enter_group(self, group: i32, place: Place) {
        // The parent does the same.
        let _ = identity::set_process_group(0, group);
        if place == Place::Foreground {
            self.give(if group == 0 { process::id() } else { group });
        }
        for signal in CHANGED {
            choose(signal, SignalAction::Default);
        }
        release_interrupt();
    }

    /// Takes the terminal back; a job that did not end by itself may have left it in any mode.
    fn take_back(&self, change: WaitStatus) {
        self.give(self.group);
        if let (Ok(terminal), false) = (Terminal::new(&self.terminal), matches!(change, WaitStatus::Exited(_))) {
            let _ = terminal.set_settings(self.settings);
        }
    }
}

impl Shell {
    /// Waits until a job has ended or stopped; gives its status.
    pub(crate) fn wait_for_job(&mut self, number: usize) -> i32 {
        if let (true, Some(job)) = (was_interrupted(), self.jobs.get(number)) {
            // It was pressed before the job had the terminal. A job that has ended by itself does not need it.
            let _ = process::kill(job.group.saturating_neg(), Some(SIGINT));
        }
        let change = loop {
            if let Some(change) = self.wait_for_change(number) {
                break change;
            }
        };
        if let Some(control) = &self.control {
            control.take_back(change);
            if let WaitStatus::Stopped(signal) | WaitStatus::Killed(signal @ SIGINT) = change {
                INTERRUPTED.store(signal.number(), Ordering::Relaxed);
            }
        }
        if matches!(change, WaitStatus::Stopped(_)) {
            eprintln!();
            self.tell_news();
        } else if let Some(job) = self.jobs.get(number) {
            let number = job.number;
            self.jobs.remove(number);
            if self.control.is_some() {
                tell_end(change);
            }
        }
        status::of(change)
    }

    /// How a job ended or stopped; `None` if the shell was interrupted before.
    pub(crate) fn wait_for_change(&mut self, number: usize) -> Option<WaitStatus> {
        let options = if self.control.is_some() { WaitOptions::STOPPED } else { WaitOptions::empty() };
        loop {
            match self.jobs.get(number).map(sh::jobs::Job::state) {
                Some(JobState::Running) => {}
                Some(JobState::Stopped(change) | JobState::Done(change)) => return Some(change),
                None => return Some(WaitStatus::Exited(status::NOT_FOUND)),
            }
            match wait(Who::Any, options) {
                Ok(Some(waited)) => {
                    self.jobs.update(waited.pid.raw(), waited.status);
                }
                Ok(None) => {}
                Err(Error::EINTR) if was_interrupted() => return None,
                Err(Error::EINTR) => {}
                Err(_) => self.jobs.give_up(number),
            }
        }
    }

    /// Takes note of everything that has happened to children, without waiting.
    pub(crate) fn reap(&mut self) {
        let options = WaitOptions::NOHANG | WaitOptions::STOPPED | WaitOptions::CONTINUED;
        while let Ok(Some(waited)) = wait(Who::Any, options) {
            self.jobs.update(waited.pid.raw(), waited.status);
        }
    }

    /// Tells about jobs that ended or stopped since the last time.
    pub(crate) fn tell_news(&mut self) {
        self.reap();
        for line in self.jobs.news() {
            eprintln!("{line}");
        }
    }

    /// Continues a job here or behind.
    pub(crate) fn continue_job(&mut self, number: usize, place: Place) -> i32 {
        let Some(group) = self.jobs.get(number).map(|job| job.group) else { return 1 };
        self.jobs.make_current(number);
        self.jobs.mark_running(number);
        if let (Some(control), Place::Foreground) = (&self.control, place) {
            control.give(group);
        }
        // A job that died meanwhile is told of by wait.
        let _ = process::kill(group.saturating_neg(), Some(SIGCONT));
        match place {
            Place::Foreground => self.wait_for_job(number),
            Place::Background => 0,
        }
    }
}

/// Says which signal it was; who pressed ^C knows.
fn tell_end(change: WaitStatus) {
    match ending(change) {
        Some(text) if change != WaitStatus::Killed(SIGINT) => eprintln!("{text}"),
        Some(_) | None => {}
    }
}
