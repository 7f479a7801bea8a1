//! A target of a plain user's with clean credentials: it has been through exec, and may execute the set-id program next.
//!
//! Decides its course: it tells that it runs, and for each byte that it is sent goes one step on: exec, then exit. Main
//! type: [`Victim`]. Neighbours: `handles`, `rights`; tests/programs/src/bin/set-id.rs is what it becomes.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use proc_abi::signal::{SIGCONT, SIGSTOP};
use proc_abi::wait::{WaitOptions, WaitStatus};
use runtime::environment;
use runtime::file::File;
use runtime::process::execute::{Strings, execute};
use runtime::process::{self, Pid};
use runtime::thread;
use test_programs::children::{next_change, start};
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::tracee::Gate;

use crate::PATH;

/// First argument of the victim.
pub(crate) const NAME: &[u8] = b"victim";
/// The set-id program; its owner.
const SET_ID: &str = "/test/set-id";
pub(crate) const OWNER: i32 = 77;

/// What the victim executes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// The set-id program.
    SetId,
    /// Itself: nothing changes but the image.
    Plain,
}

/// A victim that runs; one who has its two gates.
#[derive(Debug)]
pub(crate) struct Victim {
    pub(crate) pid: Pid,
    go: Gate,
    inside: Gate,
}

fn become_program(path: &str, words: &[String]) -> i32 {
    let program = || {
        let arguments = Strings::from_strings(core::iter::once(path).chain(words.iter().map(String::as_str)))?;
        execute(path, &arguments, &Strings::new())
    };
    let Err(_) = program();
    250
}

impl Victim {
    /// A child of the caller, of its users, that has been through exec.
    pub(crate) fn start(next: Next) -> Result<Self, Failure> {
        Self::start_after(next, || true)
    }

    /// The same, which prepares itself before exec.
    pub(crate) fn start_after(next: Next, prepare: impl FnOnce() -> bool) -> Result<Self, Failure> {
        let (go, inside) = (Gate::new()?, Gate::new()?);
        let pid = start(|| {
            if !prepare() {
                return 251;
            }
            let [tell, wait] = [inside.writer(), go.reader()].map(|end| format!("{}", end.descriptor()));
            let next = if next == Next::SetId { "set-id" } else { "plain" };
            become_program(PATH, &["victim".into(), tell, wait, next.into()])
        })?;
        inside.pass()?;
        Ok(Self { pid, go, inside })
    }

    /// It executes the next program, and is in it.
    pub(crate) fn execute(&self) -> Verdict {
        self.go.open()?;
        Ok(self.inside.pass()?)
    }

    /// It stops by job control, so that its registers stand still.
    pub(crate) fn pause(&self) -> Verdict {
        process::kill(self.pid.raw(), Some(SIGSTOP))?;
        ensure_equal!(next_change(self.pid, WaitOptions::STOPPED)?, WaitStatus::Stopped(SIGSTOP));
        Ok(())
    }

    /// It goes on.
    pub(crate) fn resume(&self) -> Verdict {
        Ok(process::kill(self.pid.raw(), Some(SIGCONT))?)
    }

    /// The last program exits; its status tells its effective user.
    pub(crate) fn finish(&self) -> Verdict {
        self.go.open()?;
        Ok(())
    }

    /// The tid of its thread.
    pub(crate) fn tid(&self) -> Result<proc_abi::id::Tid, Failure> {
        Self::tid_of(self.pid)
    }

    /// The tid of any process's oldest thread.
    pub(crate) fn tid_of(pid: Pid) -> Result<proc_abi::id::Tid, Failure> {
        let path = format!("proc:{}/threads.bin", pid.raw());
        let mut status = proc_abi::status::ThreadStatus::default();
        let bytes = zerocopy::IntoBytes::as_mut_bytes(&mut status);
        File::open(path, runtime::file::OpenFlags::READ)?.read(bytes)?;
        proc_abi::id::Tid::new(status.tid).ok_or_else(|| Failure::new("it has no thread"))
    }
}

fn argument(index: usize) -> Option<Vec<u8>> {
    environment::arguments().nth(index).map(<[u8]>::to_vec)
}

fn descriptor(index: usize) -> Option<File> {
    core::str::from_utf8(&argument(index)?).ok()?.parse().ok().map(File::from_descriptor)
}

/// The program: tells, waits for the next step, executes.
pub(crate) fn main() -> i32 {
    let (Some(tell), Some(wait)) = (descriptor(2), descriptor(3)) else { return 249 };
    if thread::current().is_err() || tell.write_all(&[1]).is_err() || wait.read(&mut [0]).is_err() {
        return 248;
    }
    let words = [&tell, &wait].map(|end| format!("{}", end.descriptor()));
    match argument(4).as_deref() {
        Some(b"set-id") => become_program(SET_ID, &words),
        Some(b"plain") => {
            let [tell, wait] = words;
            become_program(PATH, &["victim".into(), tell, wait, "end".into()])
        }
        _ => 0,
    }
}

/// The caller becomes the set-id program, which tells and waits on these descriptors.
pub(crate) fn become_set_id(words: &[String]) -> i32 {
    become_program(SET_ID, words)
}
