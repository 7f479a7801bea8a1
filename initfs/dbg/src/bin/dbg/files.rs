//! Opening and reading files, with errors as the debugger tells them.
//!
//! Decides nothing but the wording. Main functions: [`open`], [`read_file`], [`find_program`]. Neighbours: `process` opens
//! the files under `proc:` by [`open`].

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use dbg::Error;
use dbg::target::{TargetError, TargetResult};
use proc_abi::id::Pid;
use proc_abi::path::{PROCESS_FILES, ProcessFile, THREAD_FILES, THREADS_DIRECTORY, ThreadFile};
use runtime::file::{File, OpenFlags};
use runtime::process::command;

/// Words an error of the runtime's.
pub(crate) fn refused(action: &'static str) -> impl Fn(runtime::Error) -> TargetError {
    move |error| TargetError::new(action, error.number())
}

/// Opens a file of a process.
pub(crate) fn open(pid: Pid, file: ProcessFile, flags: OpenFlags) -> runtime::Result<File> {
    let name = PROCESS_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
    File::open(format!("proc:{}/{name}", pid.raw()), flags | OpenFlags::CLOSE_ON_EXEC)
}

/// Opens a file of a thread.
pub(crate) fn open_thread(pid: Pid, tid: i32, file: ThreadFile, flags: OpenFlags) -> runtime::Result<File> {
    let name = THREAD_FILES.iter().find(|row| row.0 == file).map_or("", |row| row.1);
    File::open(format!("proc:{}/{THREADS_DIRECTORY}/{tid}/{name}", pid.raw()), flags | OpenFlags::CLOSE_ON_EXEC)
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
