//! Processes of the shell: forked, put into groups, connected by pipes, turned into programs.
//!
//! Decides what a child does between fork and exec and how a program is found. Main items: [`Task`],
//! `Shell::run_processes`, `Shell::start_background`. Neighbours: `job_control` waits, `redirect`, `execute`.

use crate::execute::Flow;
use crate::job_control;
use crate::redirect::put;
use crate::shell::Shell;
use crate::source::read_file;
use alloc::string::String;
use alloc::vec::Vec;
use runtime::file::{CloseOnExec, File, pipe};
use runtime::io::{STANDARD_INPUT, STANDARD_OUTPUT};
use runtime::process::execute::{Strings, execute};
use runtime::process::{self, Fork, identity};
use runtime::{Error, Result, eprintln};
use sh::expand::all_fields;
use sh::jobs::Jobs;
use sh::status;
use sh::syntax::{Chain, Command, CommandKind, Place, Sense, Simple};

/// This very program, for scripts without a `#!` line.
const SHELL: &[u8] = b"/bin/sh";
/// Bytes in which a text has no NUL.
const TEXT_PROBE: usize = 128;

/// What a process is to do.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Task<'a> {
    /// One command.
    Command(&'a Command),
    /// Pipelines joined by `&&` and `||`.
    Chain(&'a Chain),
}

/// Processes of one job.
struct Started {
    group: i32,
    processes: Vec<i32>,
}

/// What a child's standard descriptors become.
struct Ends {
    input: Option<File>,
    output: Option<File>,
}

impl Shell {
    /// Runs commands at the same time, each reading what the one before writes, and waits; gives the last one's status.
    pub(crate) fn run_processes(&mut self, commands: &[Command], text: &[u8]) -> i32 {
        let tasks: Vec<_> = commands.iter().map(Task::Command).collect();
        match self.start(&tasks, Place::Foreground) {
            Ok(started) => {
                let number = self.jobs.add(started.group, &started.processes, text);
                self.wait_for_job(number)
            }
            Err(error) => {
                eprintln!("sh: a new process: {error}");
                status::NOT_EXECUTABLE
            }
        }
    }

    /// Starts a chain and goes on.
    pub(crate) fn start_background(&mut self, task: Task<'_>, text: &[u8]) {
        let tasks = match task {
            Task::Chain(chain) if chain.rest.is_empty() && chain.first.sense == Sense::Plain => {
                chain.first.commands.iter().map(Task::Command).collect()
            }
            task => Vec::from([task]),
        };
        self.status = match self.start(&tasks, Place::Background) {
            Ok(started) => {
                let number = self.jobs.add(started.group, &started.processes, text);
                let last = started.processes.last().copied();
                self.last_background = last;
                if let (Some(_), Some(pid)) = (&self.control, last) {
                    eprintln!("[{number}] {pid}");
                }
                0
            }
            Err(error) => {
                eprintln!("sh: a new process: {error}");
                status::NOT_EXECUTABLE
            }
        };
    }

    fn start(&mut self, tasks: &[Task<'_>], place: Place) -> Result<Started> {
        if self.control.is_none() {
            return self.start_all(tasks, place);
        }
        job_control::hold_interrupt();
        let started = self.start_all(tasks, place);
        job_control::release_interrupt();
        started
    }

    fn start_all(&mut self, tasks: &[Task<'_>], place: Place) -> Result<Started> {
        let mut started = Started { group: 0, processes: Vec::new() };
        let mut input = None;
        for (index, task) in tasks.iter().enumerate() {
            let (next, output) = if index.saturating_add(1) < tasks.len() { connect()? } else { (None, None) };
            let ends = Ends { input: input.take(), output };
            let pid = match process::fork()? {
                Fork::Parent(pid) => pid.raw(),
                Fork::Child => {
                    drop(next);
                    self.become_child(*task, started.group, place, ends)
                }
            };
            input = next;
            started.processes.push(pid);
            self.enter_job(&mut started, pid, place);
        }
        Ok(started)
    }

    /// Puts a new child into its job's group. The child does the same; whoever comes first, it is done before either goes
    /// on.
    fn enter_job(&self, started: &mut Started, pid: i32, place: Place) {
        let Some(control) = &self.control else { return };
        let founds = started.group == 0;
        started.group = if founds { pid } else { started.group };
        let _ = identity::set_process_group(pid, started.group);
        if founds && place == Place::Foreground {
            control.give(started.group);
        }
    }

    fn become_child(&mut self, task: Task<'_>, group: i32, place: Place, ends: Ends) -> ! {
        if let Some(control) = self.control.take() {
            control.enter_group(group, place);
        } else if place == Place::Background {
            job_control::ignore_keyboard();
        }
        self.jobs = Jobs::default();
        let connected = [(ends.input, STANDARD_INPUT), (ends.output, STANDARD_OUTPUT)]
            .into_iter()
            .filter_map(|(end, target)| Some((end?, target)))
            .all(|(end, target)| put(end, target).is_ok());
        if connected {
            self.perform(task);
        } else {
            self.status = status::NOT_EXECUTABLE;
        }
        process::exit(self.status)
    }

    fn perform(&mut self, task: Task<'_>) {
        match task {
            Task::Chain(chain) => {
                self.run_chain(chain, b"");
            }
            Task::Command(command) => match &command.kind {
                CommandKind::Simple(simple) => self.perform_simple(command, simple),
                kind => {
                    self.with_redirections(&command.redirections, |shell| shell.run_compound(kind));
                }
            },
        }
    }

    fn perform_simple(&mut self, command: &Command, simple: &Simple) {
        let words = all_fields(self, &simple.words);
        let is_program = words.first().is_some_and(|name| sh::builtin::Builtin::find(name).is_none());
        if is_program {
            self.replace(command, simple, &words);
        } else {
            self.run_command(command, b"");
        }
    }

    /// Becomes a program (`exec`, and every child that is to run one); comes back only if that fails, or if there is none:
    /// then the redirections stay, as `exec` without a program has it.
    pub(crate) fn replace(&mut self, command: &Command, simple: &Simple, words: &[Vec<u8>]) -> Flow {
        let words = match words.split_first() {
            Some((name, rest)) if name == b"exec" => rest,
            _ => words,
        };
        // A person's shell outlives an exec that failed.
        let failed = if self.control.is_some() { Flow::Next } else { Flow::Exit };
        if !self.redirect(&command.redirections) {
            self.status = 1;
            return failed;
        }
        self.assign(&simple.assignments);
        for (name, _) in &simple.assignments {
            self.variables.export(name);
        }
        let Some(name) = words.first() else {
            self.status = 0;
            return Flow::Next;
        };
        let Err(error) = self.find_and_execute(name, words);
        self.status = status::of_failed_start(error);
        let name = String::from_utf8_lossy(name);
        if error == Error::ENOENT && !name.contains('/') {
            eprintln!("sh: {name}: not found; help lists the shell's commands, ls /bin the programs");
        } else {
            eprintln!("sh: {name}: {error}");
        }
        failed
    }

    /// Becomes the program `name`: a path, or a name looked for along PATH.
    fn find_and_execute(&self, name: &[u8], words: &[Vec<u8>]) -> Result<core::convert::Infallible> {
        let variables = Strings::from_strings(self.variables.exported())?;
        if name.contains(&b'/') || runtime::path::is_absolute(name) {
            return execute_file(name, words, &variables);
        }
        let mut failure = Error::ENOENT;
        let path = self.variables.get(b"PATH").unwrap_or_default();
        for directory in path.split(|&byte| byte == b':').filter(|_| !name.is_empty()) {
            let directory = if directory.is_empty() { &b"."[..] } else { directory };
            let Err(error) = execute_file(&[directory, b"/", name].concat(), words, &variables);
            match error {
                Error::ENOENT | Error::ENOTDIR | Error::ENODEV => {}
                Error::EACCES => failure = error,
                error => return Err(error),
            }
        }
        Err(failure)
    }
}

/// Becomes the program at `path`, or a shell that runs it if it is a text.
fn execute_file(path: &[u8], words: &[Vec<u8>], variables: &Strings) -> Result<core::convert::Infallible> {
    let Err(error) = execute(path, &Strings::from_strings(words)?, variables);
    let is_text = || read_file(path).is_ok_and(|text| !text.iter().take(TEXT_PROBE).any(|&byte| byte == 0));
    if error != Error::ENOEXEC || !is_text() {
        return Err(error);
    }
    let mut arguments = Strings::from_strings([SHELL, path])?;
    for word in words.iter().skip(1) {
        arguments.push(word)?;
    }
    execute(SHELL, &arguments, variables)
}

/// A pipe: the end that the next process reads, and the end that this one writes.
fn connect() -> Result<(Option<File>, Option<File>)> {
    let (reader, writer) = pipe::pair()?;
    reader.set_close_on_exec(CloseOnExec::Yes)?;
    writer.set_close_on_exec(CloseOnExec::Yes)?;
    Ok((Some(reader), Some(writer)))
}
