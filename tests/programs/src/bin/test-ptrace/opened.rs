//! Open files under `proc:` of one target, each with the way in which it is tried.
//!
//! Decides which files are opened: those for which the debug right is asked, for reading and, where that is possible, for
//! control. Main types: [`Handle`], [`Attempt`]. Neighbours: `handles` tries them after everything that may end them.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use kernel_abi::registers::Registers;
use proc_abi::path::{PROCESS_FILES, ProcessFile, THREAD_FILES, ThreadFile};
use runtime::file::{File, OpenFlags};
use runtime::{Error, Result};
use test_programs::ensure;
use test_programs::failure::{Failure, Verdict};
use zerocopy::IntoBytes;

use crate::PATH;
use crate::victim::Victim;

/// How a handle is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// By a read of this place.
    Read(u64),
    /// By a read where it is.
    Stream,
    /// By the text verb `cont`, which a process that nobody holds does not notice.
    Order,
    /// By a write of zeros.
    Write(u64),
}

/// An open file.
pub(crate) struct Handle {
    pub(crate) name: String,
    pub(crate) file: File,
    pub(crate) attempt: Attempt,
}

impl Handle {
    /// What trying it gives.
    pub(crate) fn try_it(&self) -> Result<usize> {
        match self.attempt {
            Attempt::Read(offset) => self.file.read_at(&mut [0; 176], offset),
            Attempt::Stream => self.file.read(&mut [0; 176]),
            Attempt::Order => self.file.write(b"cont"),
            Attempt::Write(offset) => self.file.write_at(Registers::default().as_bytes(), offset),
        }
    }
}

/// An address that is mapped in this program and in the victim.
pub(crate) fn text() -> u64 {
    PATH.as_ptr().addr() as u64
}

/// Every file for which the debug right was asked, opened for reading and, where that is possible, for control.
pub(crate) fn open_all(victim: &Victim) -> core::result::Result<Vec<Handle>, Failure> {
    let mut handles = Vec::new();
    let mut open = |path: String, flags: OpenFlags, attempt: Attempt| -> Verdict {
        let file = File::open(format!("proc:{}/{path}", victim.pid.raw()), flags | OpenFlags::NONBLOCK)?;
        handles.push(Handle { name: format!("{path} {flags:?}"), file, attempt });
        Ok(())
    };
    open("ctl".to_string(), OpenFlags::READ_WRITE, Attempt::Order)?;
    for (file, name) in PROCESS_FILES {
        match file {
            ProcessFile::Memory => {
                open(name.to_string(), OpenFlags::READ, Attempt::Read(text()))?;
                open(name.to_string(), OpenFlags::READ_WRITE, Attempt::Write(text()))?;
            }
            ProcessFile::Event => {
                open(name.to_string(), OpenFlags::READ, Attempt::Stream)?;
                open(name.to_string(), OpenFlags::READ_WRITE, Attempt::Stream)?;
            }
            _ if file.tells_secrets() => {
                open(name.to_string(), OpenFlags::READ, Attempt::Read(0))?;
            }
            _ => {}
        }
    }
    let tid = victim.tid()?.raw();
    for (file, name) in THREAD_FILES {
        let path = format!("lwp/{tid}/{name}");
        match file {
            ThreadFile::Name => {}
            ThreadFile::Information | ThreadFile::SignalInformation | ThreadFile::SystemCall => {
                open(path, OpenFlags::READ, Attempt::Read(0))?;
            }
            // Without XSAVE there is no such set.
            ThreadFile::ExtendedState => {
                open(path.clone(), OpenFlags::READ, Attempt::Read(0))?;
            }
            _ => {
                open(path.clone(), OpenFlags::READ, Attempt::Read(0))?;
                open(path, OpenFlags::READ_WRITE, Attempt::Write(0))?;
            }
        }
    }
    Ok(handles)
}

/// What was opened for reading gives something while the victim stands still.
pub(crate) fn all_read(handles: &[Handle]) -> Verdict {
    for handle in handles {
        let found = handle.try_it();
        let fine = match handle.attempt {
            Attempt::Read(_) | Attempt::Stream => {
                found.is_ok() || found == Err(Error::EAGAIN) || found == Err(Error::EOPNOTSUPP)
            }
            Attempt::Order => found.is_ok(),
            Attempt::Write(_) => found == Err(Error::EBUSY),
        };
        ensure!(fine, "{} gave {found:?}", handle.name);
    }
    Ok(())
}

/// Each gives this error.
pub(crate) fn all_give(handles: &[Handle], who: &str, error: Error) -> Verdict {
    for handle in handles {
        let found = handle.try_it();
        ensure!(found == Err(error), "{who}: {} gave {found:?}", handle.name);
    }
    Ok(())
}
