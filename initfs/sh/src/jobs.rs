//! Jobs: the pipelines that run or have stopped, their processes, and what people are told about them.
//!
//! Decides a job's state from its processes', which job is the current one, and how jobs are named (`%1`, `%+`, `%-`,
//! `%TEXT`; XCU 2.9.1 and jobs(1)). Main types: [`Jobs`], [`Job`], [`JobState`]. Neighbours: the program waits and reports
//! changes here.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::wait::WaitStatus;

/// A process of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Process {
    pid: i32,
    /// The last change; nothing or `Continued` while it runs.
    change: Option<WaitStatus>,
}

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// At least one process runs.
    Running,
    /// None runs, at least one is stopped; how.
    Stopped(WaitStatus),
    /// All are dead; how the last one of the pipeline ended.
    Done(WaitStatus),
}

/// Whether people know a job's present state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    No,
    Yes,
}

/// A pipeline.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its number, from 1.
    pub number: usize,
    /// Its process group; 0 if it runs in the shell's.
    pub group: i32,
    /// Its text.
    pub text: Vec<u8>,
    processes: Vec<Process>,
    told: Told,
}

impl Job {
    /// What it does.
    #[must_use]
    pub fn state(&self) -> JobState {
        let mut state = JobState::Done(WaitStatus::Exited(0));
        for process in &self.processes {
            match (process.change, state) {
                (None | Some(WaitStatus::Continued), _) => return JobState::Running,
                (Some(change @ WaitStatus::Stopped(_)), _) => state = JobState::Stopped(change),
                (Some(change), JobState::Done(_)) => state = JobState::Done(change),
                (Some(_), JobState::Running | JobState::Stopped(_)) => {}
            }
        }
        state
    }

    /// The pid of its last process, which `$!` tells.
    #[must_use]
    pub fn last_process(&self) -> i32 {
        self.processes.last().map_or(0, |process| process.pid)
    }
}

/// The jobs, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
    /// Numbers, the current job last.
    order: Vec<usize>,
}

/// Why a name names no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoJob {
    /// There is none.
    None,
    /// There are several.
    Ambiguous,
}

impl Jobs {
    /// Adds a job that runs; gives its number.
    pub fn add(&mut self, group: i32, processes: &[i32], text: &[u8]) -> usize {
        let number = self.jobs.iter().map(|job| job.number).max().unwrap_or(0).saturating_add(1);
        let processes = processes.iter().map(|&pid| Process { pid, change: None }).collect();
        self.jobs.push(Job { number, group, text: text.to_vec(), processes, told: Told::Yes });
        self.order.push(number);
        number
    }

    /// The job with this number.
    #[must_use]
    pub fn get(&self, number: usize) -> Option<&Job> {
        self.jobs.iter().find(|job| job.number == number)
    }

    /// All jobs, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.iter()
    }

    /// A process changed; `false` if it belongs to no job.
    pub fn update(&mut self, pid: i32, change: WaitStatus) -> bool {
        for job in &mut self.jobs {
            let before = job.state();
            let Some(process) = job.processes.iter_mut().find(|process| process.pid == pid) else { continue };
            process.change = Some(change);
            if job.state() != before {
                job.told = Told::No;
                let (number, stopped) = (job.number, matches!(job.state(), JobState::Stopped(_)));
                if stopped {
                    self.make_current(number);
                }
            }
            return true;
        }
        false
    }

    /// All processes of a job run again: it has been sent SIGCONT.
    pub fn mark_running(&mut self, number: usize) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.number == number) else { return };
        for process in &mut job.processes {
            if let Some(WaitStatus::Stopped(_)) = process.change {
                process.change = None;
            }
        }
        job.told = Told::Yes;
    }

    /// No process of the job can be waited for any more.
    pub fn give_up(&mut self, number: usize) {
        let Some(job) = self.jobs.iter_mut().find(|job| job.number == number) else { return };
        for process in &mut job.processes {
            process.change.get_or_insert(WaitStatus::Exited(crate::status::NOT_FOUND));
        }
    }

    /// Makes a job the current one.
    pub fn make_current(&mut self, number: usize) {
        self.order.retain(|other| *other != number);
        self.order.push(number);
    }

    /// Forgets a job.
    pub fn remove(&mut self, number: usize) {
        self.jobs.retain(|job| job.number != number);
        self.order.retain(|other| *other != number);
    }

    /// The job that `name` names; without `%`, or empty, it is the current one or a number.
    ///
    /// # Errors
    /// [`NoJob`].
    pub fn find(&self, name: &[u8]) -> Result<usize, NoJob> {
        let last = self.order.len().checked_sub(1);
        let bare = name.strip_prefix(b"%").unwrap_or(name);
        match bare {
            b"" | b"%" | b"+" => last.and_then(|last| self.order.get(last)).copied().ok_or(NoJob::None),
            b"-" => {
                let before = last.and_then(|last| self.order.get(last.saturating_sub(1)));
                before.copied().ok_or(NoJob::None)
            }
            bare => match core::str::from_utf8(bare).ok().and_then(|text| text.parse().ok()) {
                Some(number) => self.get(number).map(|job| job.number).ok_or(NoJob::None),
                None => self.find_by_text(bare),
            },
        }
    }

    fn find_by_text(&self, start: &[u8]) -> Result<usize, NoJob> {
        let mut found = self.jobs.iter().filter(|job| job.text.starts_with(start));
        match (found.next(), found.next()) {
            (Some(job), None) => Ok(job.number),
            (None, _) => Err(NoJob::None),
            (Some(_), Some(_)) => Err(NoJob::Ambiguous),
        }
    }

    /// A job's line, as `jobs` prints it.
    #[must_use]
    pub fn line(&self, number: usize) -> Option<String> {
        let job = self.get(number)?;
        let mark = match self.order.iter().rev().position(|other| *other == number) {
            Some(0) => '+',
            Some(1) => '-',
            _ => ' ',
        };
        let state = describe(job.state());
        Some(format!("[{number}]{mark} {state:<24}{}", String::from_utf8_lossy(&job.text)))
    }

    /// Lines about jobs whose state people do not know yet; dead ones are forgotten.
    pub fn news(&mut self) -> Vec<String> {
        let numbers: Vec<usize> = self.jobs.iter().filter(|job| job.told == Told::No).map(|job| job.number).collect();
        let lines = numbers.iter().filter_map(|number| self.line(*number)).collect();
        for job in &mut self.jobs {
            job.told = Told::Yes;
        }
        self.forget_dead(&numbers);
        lines
    }

    fn forget_dead(&mut self, numbers: &[usize]) {
        for number in numbers {
            if self.get(*number).is_some_and(|job| matches!(job.state(), JobState::Done(_))) {
                self.remove(*number);
            }
        }
    }
}

fn describe(state: JobState) -> String {
    match state {
        JobState::Running => "Running".into(),
        JobState::Stopped(_) => "Stopped".into(),
        JobState::Done(WaitStatus::Exited(0)) => "Done".into(),
        JobState::Done(WaitStatus::Exited(status)) => format!("Exit {status}"),
        JobState::Done(change) => ending(change).unwrap_or_else(|| "Done".into()),
    }
}

/// What people are told when a signal ended a command: its name, or nothing for an ordinary end.
#[must_use]
pub fn ending(change: WaitStatus) -> Option<String> {
    let (signal, core) = match change {
        WaitStatus::Killed(signal) => (signal, ""),
        WaitStatus::Dumped(signal) => (signal, " (core dumped)"),
        WaitStatus::Exited(_) | WaitStatus::Stopped(_) | WaitStatus::Continued => return None,
    };
    Some(match signal.name() {
        Some(name) => format!("killed by SIG{}{core}", name.to_ascii_uppercase()),
        None => format!("killed by signal {}{core}", signal.number()),
    })
}

#[cfg(test)]
mod tests;
