//! Builtins about jobs: `jobs`, `fg`, `bg`, `wait`, `kill`.
//!
//! Decides how jobs and signals are named on a command line. Neighbours: `job_control`, `sh::jobs`.

use super::{Misuse, Outcome, parse_number};
use crate::shell::Shell;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::signal::{SIGCONT, SIGHUP, SIGINT, SIGTERM, Signal};
use proc_abi::wait::WaitStatus;
use runtime::{eprintln, println, process};
use sh::jobs::{JobState, NoJob};
use sh::status;
use sh::syntax::Place;

impl Shell {
    pub(super) fn list_jobs(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        if !arguments.is_empty() {
            return Err(Misuse);
        }
        self.reap();
        let numbers: Vec<usize> = self.jobs.iter().map(|job| job.number).collect();
        for line in numbers.iter().filter_map(|number| self.jobs.line(*number)) {
            println!("{line}");
        }
        // Dead ones have been told of now.
        drop(self.jobs.news());
        Ok(0)
    }

    pub(super) fn resume(&mut self, arguments: &[Vec<u8>], place: Place) -> Outcome {
        let name = match arguments {
            [] => &b""[..],
            [name] => name,
            _ => return Err(Misuse),
        };
        if self.control.is_none() {
            eprintln!("sh: no job control: no person is at the terminal");
            return Ok(1);
        }
        let Some(number) = self.find_job(name) else { return Ok(1) };
        if let Some(job) = self.jobs.get(number) {
            let mark = if place == Place::Background { " &" } else { "" };
            println!("{}{mark}", String::from_utf8_lossy(&job.text));
        }
        Ok(self.continue_job(number, place))
    }

    fn find_job(&self, name: &[u8]) -> Option<usize> {
        let text = if name.is_empty() { "%+".into() } else { String::from_utf8_lossy(name) };
        match self.jobs.find(name) {
            Ok(number) => return Some(number),
            Err(NoJob::None) => eprintln!("sh: {text}: no such job"),
            Err(NoJob::Ambiguous) => eprintln!("sh: {text}: several jobs begin so"),
        }
        None
    }

    pub(super) fn wait(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        if arguments.is_empty() {
            let numbers: Vec<usize> = self.jobs.iter().map(|job| job.number).collect();
            numbers.iter().for_each(|number| {
                self.wait_for_one(*number);
            });
            return Ok(0);
        }
        let mut last = 0;
        for name in arguments {
            let by_pid = parse_number(name).and_then(|pid| self.jobs.iter().find(|job| job.last_process() == pid));
            let found = match by_pid.map(|job| job.number) {
                Some(number) => Some(number),
                None if name.starts_with(b"%") => self.find_job(name),
                None => None,
            };
            last = found.map_or(status::NOT_FOUND, |number| self.wait_for_one(number));
        }
        Ok(last)
    }

    fn wait_for_one(&mut self, number: usize) -> i32 {
        let change = self.wait_for_change(number).unwrap_or(WaitStatus::Killed(SIGINT));
        if self.jobs.get(number).is_some_and(|job| matches!(job.state(), JobState::Done(_))) {
            self.jobs.remove(number);
        }
        status::of(change)
    }

    pub(super) fn kill(&mut self, arguments: &[Vec<u8>]) -> Outcome {
        let (signal, targets) = match arguments.split_first() {
            Some((option, targets)) if option.starts_with(b"-") && option.len() > 1 => {
                let name = core::str::from_utf8(option.get(1..).unwrap_or_default()).map_err(|_| Misuse)?;
                (if name == "0" { None } else { Some(Signal::from_name(name).ok_or(Misuse)?) }, targets)
            }
            _ => (Some(SIGTERM), arguments),
        };
        if targets.is_empty() {
            return Err(Misuse);
        }
        let mut status = 0;
        for target in targets {
            if !self.kill_one(target, signal)? {
                status = 1;
            }
        }
        Ok(status)
    }

    /// Sends a signal to one job or process; whether that succeeded.
    fn kill_one(&self, target: &[u8], signal: Option<Signal>) -> Result<bool, Misuse> {
        let pid = if target.starts_with(b"%") {
            let Some(job) = self.find_job(target).and_then(|number| self.jobs.get(number)) else { return Ok(false) };
            // Without job control jobs have no group of their own.
            if job.group == 0 { job.last_process() } else { job.group.saturating_neg() }
        } else {
            parse_number(target).ok_or(Misuse)?
        };
        if let Err(error) = process::kill(pid, signal) {
            eprintln!("sh: kill: {}: {error}", String::from_utf8_lossy(target));
            return Ok(false);
        }
        if target.starts_with(b"%") && signal.is_some_and(|signal| signal == SIGTERM || signal == SIGHUP) {
            // A stopped job would not notice.
            let _ = process::kill(pid, Some(SIGCONT));
        }
        Ok(true)
    }
}
