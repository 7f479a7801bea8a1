//! Starting a program in a child: what it gets, and what became of it.
//!
//! Decides that a child is made by vfork, after everything that can fail in the parent has been done, and that a failed
//! exec is the parent's error. Main types: [`Command`], [`Child`]. Neighbours: `process::execute`, `process::wait`; shells
//! and init start everything by this.

use crate::environment;
use crate::error::{Error, Result};
use crate::file::{CloseOnExec, File, OpenFlags};
use crate::io::{self, STANDARD_INPUT};
use crate::process::execute::{Prepared, Strings};
use crate::process::wait::wait_for_death;
use crate::process::{Pid, identity, vfork};
use crate::signal::{self, SignalAction};
use crate::terminal::Terminal;
use alloc::vec::Vec;
use core::mem::ManuallyDrop;
use proc_abi::signal::{SigSet, Signal};
use proc_abi::wait::WaitStatus;

/// Exit status of a child whose exec failed; its parent gets the error itself.
const EXEC_FAILED: i32 = 127;

/// Where programs are looked for without PATH.
const DEFAULT_PATH: &[u8] = b"/bin:/sbin";

/// Which process group a child is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChildGroup {
    /// Its parent's.
    Inherited,
    /// The one with this number; 0 for one of its own.
    Member(i32),
    /// One of its own, in a session of its own.
    Leader,
}

/// A program to start.
#[derive(Debug)]
pub struct Command {
    path: Vec<u8>,
    arguments: Strings,
    variables: Option<Strings>,
    descriptors: Vec<(usize, usize)>,
    group: ChildGroup,
    default_signals: Vec<Signal>,
}

impl Command {
    /// The program at `path`, or found along PATH if the name has no slash, with that as its first argument.
    ///
    /// # Errors
    /// ENOENT if it is nowhere along PATH; ENOMEM.
    pub fn new(path: impl AsRef<[u8]>) -> Result<Self> {
        let name = path.as_ref();
        let mut arguments = Strings::new();
        arguments.push(name)?;
        Ok(Self {
            path: find_program(name)?,
            arguments,
            variables: None,
            descriptors: Vec::new(),
            group: ChildGroup::Inherited,
            default_signals: Vec::new(),
        })
    }

    /// Adds an argument.
    ///
    /// # Errors
    /// EINVAL for one with a NUL byte, ENOMEM.
    pub fn argument(&mut self, argument: impl AsRef<[u8]>) -> Result<&mut Self> {
        self.arguments.push(argument)?;
        Ok(self)
    }

    /// Replaces the environment; without this the child gets this program's, with PWD as it is now.
    pub fn variables(&mut self, variables: Strings) -> &mut Self {
        self.variables = Some(variables);
        self
    }

    /// Gives the child `file` at the number `target`.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn descriptor(&mut self, target: usize, file: &File) -> Result<&mut Self> {
        self.descriptors.try_reserve(1)?;
        self.descriptors.push((file.descriptor(), target));
        Ok(self)
    }

    /// Puts the child into a process group; 0 for one of its own.
    pub fn process_group(&mut self, group: i32) -> &mut Self {
        self.group = ChildGroup::Member(group);
        self
    }

    /// Has the child lead a session, whose terminal is its standard input.
    pub fn session_leader(&mut self) -> &mut Self {
        self.group = ChildGroup::Leader;
        self
    }

    /// Has the child take these signals by default and block none.
    ///
    /// # Errors
    /// ENOMEM.
    pub fn default_signals(&mut self, signals: &[Signal]) -> Result<&mut Self> {
        self.default_signals.try_reserve(signals.len())?;
        self.default_signals.extend_from_slice(signals);
        Ok(self)
    }

    /// Starts the child.
    ///
    /// # Errors
    /// What exec failed with, or what making the child did.
    pub fn spawn(&self) -> Result<Child> {
        let inherited;
        let variables = match &self.variables {
            Some(variables) => variables,
            None => {
                inherited = inherited_variables()?;
                &inherited
            }
        };
        let prepared = Prepared::new(&self.path, &self.arguments, variables)?;
        let mut failure = None;
        let pid = vfork(&mut || {
            let Err(error) = self.become_child().and_then(|()| prepared.execute());
            failure = Some(error);
            EXEC_FAILED
        })?;
        match failure {
            None => Ok(Child(pid)),
            Some(error) => {
                // The child is a zombie with nothing to tell.
                let _ = wait_for_death(pid);
                Err(error)
            }
        }
    }

    /// Runs in the child, on the parent's memory: allocates nothing.
    fn become_child(&self) -> Result<()> {
        match self.group {
            ChildGroup::Inherited => {}
            ChildGroup::Member(group) => identity::set_process_group(0, group)?,
            ChildGroup::Leader => drop(identity::start_session()?),
        }
        let highest = self.descriptors.iter().map(|&(_, target)| target).max().unwrap_or(0);
        for (index, &(source, target)) in self.descriptors.iter().enumerate() {
            let source = ManuallyDrop::new(File::from_descriptor(source));
            let later = self.descriptors.iter().skip(index.saturating_add(1));
            if later.clone().any(|&(other, _)| other == target) {
                self.arrange_all(highest)?;
                break;
            }
            place(&source, target)?;
        }
        if self.group == ChildGroup::Leader {
            let terminal = io::borrow(STANDARD_INPUT);
            Terminal::new(&terminal)?.make_controlling()?;
        }
        self.reset_signals()
    }

    /// Sources that would be overwritten before their turn: all are copied beyond the targets first.
    fn arrange_all(&self, highest: usize) -> Result<()> {
        for &(source, target) in &self.descriptors {
            let source = ManuallyDrop::new(File::from_descriptor(source));
            place(&source, target.saturating_add(highest).saturating_add(1))?;
        }
        for &(_, target) in &self.descriptors {
            let copy = File::from_descriptor(target.saturating_add(highest).saturating_add(1));
            place(&copy, target)?;
        }
        Ok(())
    }

    fn reset_signals(&self) -> Result<()> {
        if self.default_signals.is_empty() {
            return Ok(());
        }
        for &signal in &self.default_signals {
            signal::set_action(signal, SignalAction::Default)?;
        }
        signal::set_mask(SigSet::EMPTY).map(drop)
    }
}

/// Has `file` at the number `target`, open after exec.
fn place(file: &File, target: usize) -> Result<()> {
    if file.descriptor() == target {
        return file.set_close_on_exec(CloseOnExec::No);
    }
    let _ = ManuallyDrop::new(file.duplicate_to(target)?);
    Ok(())
}

/// This program's environment, with PWD as it is now.
fn inherited_variables() -> Result<Strings> {
    let mut variables = Strings::new();
    for variable in environment::variables().filter(|variable| !variable.starts_with(b"PWD=")) {
        variables.push(variable)?;
    }
    let mut directory = b"PWD=".to_vec();
    directory.extend_from_slice(&environment::current_directory());
    variables.push(directory)?;
    Ok(variables)
}

/// Where the program `name` is: `name` itself if it has a slash or names a scheme, else the first executable file of that
/// name along PATH.
///
/// # Errors
/// ENOENT, or EACCES if a file of that name cannot be executed.
pub fn find_program(name: &[u8]) -> Result<Vec<u8>> {
    if name.is_empty() {
        return Err(Error::ENOENT);
    }
    if name.contains(&b'/') || crate::path::is_absolute(name) {
        return Ok(name.to_vec());
    }
    let mut failure = Error::ENOENT;
    for directory in environment::variable("PATH").unwrap_or(DEFAULT_PATH).split(|&byte| byte == b':') {
        let mut path = directory.to_vec();
        path.push(b'/');
        path.extend_from_slice(name);
        match File::open(&path, OpenFlags::READ).and_then(|file| file.status()) {
            Ok(status) if status.is_executable() => return Ok(path),
            Ok(_) => failure = Error::EACCES,
            Err(_) => {}
        }
    }
    Err(failure)
}

/// A child that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Child(Pid);

impl Child {
    /// Its pid.
    #[must_use]
    pub const fn pid(&self) -> Pid {
        self.0
    }

    /// Waits until it is dead.
    ///
    /// # Errors
    /// ECHILD if somebody else waited for it.
    pub fn wait(&self) -> Result<WaitStatus> {
        wait_for_death(self.0)
    }
}
