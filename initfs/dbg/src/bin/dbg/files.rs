//! Opening and reading files, with errors as the debugger tells them.
//!
//! Decides nothing but the wording. Main functions: [`read_file`], [`read_process_text`], [`find_program`]. Neighbours:
//! `process` has the files that are read or written in part.

use alloc::string::String;
use alloc::vec::Vec;
use dbg::Error;
use dbg::target::{TargetError, TargetResult};
use proc_abi::id::Pid;
use proc_abi::path::ProcessFile;
use runtime::file::{File, OpenFlags};
use runtime::proc::open;
use runtime::process::command;

/// Words an error of the runtime's.
pub(crate) fn refused(action: &'static str) -> impl Fn(runtime::Error) -> TargetError {
    move |error| TargetError::new(action, error.number())
}

/// Reads a whole file.
pub(crate) fn read_file(path: &str) -> runtime::Result<Vec<u8>> {
    let mut contents = Vec::new();
    File::open(path, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC)?.read_to_end(&mut contents)?;
    Ok(contents)
}

/// Reads a file of a process as text.
pub(crate) fn read_process_text(pid: Pid, file: ProcessFile, action: &'static str) -> TargetResult<String> {
    let mut contents = Vec::new();
    open(pid, file, OpenFlags::READ).and_then(|file| file.read_to_end(&mut contents)).map_err(refused(action))?;
    Ok(String::from_utf8_lossy(&contents).into_owned())
}

/// Reads a script.
pub(crate) fn read_text(path: &str) -> Result<String, Error> {
    let contents = read_file(path).map_err(|error| Error::about(path, &error))?;
    Ok(String::from_utf8_lossy(&contents).into_owned())
}

/// Where the program `name` is, as a shell finds it.
pub(crate) fn find_program(name: &str) -> Result<String, Error> {
    let path = command::find_program(name.as_bytes()).map_err(|error| Error::about(name, &error))?;
    String::from_utf8(path).map_err(|_| Error::about(name, &"expected a name in UTF-8"))
}
