//! What a program was started with: arguments, environment, auxiliary vector; and the directory it works in.
//!
//! Decides how the System V block on the initial stack is read, and that the current directory is a string of the
//! program's own, inherited as PWD (the kernel knows no directories). Main functions: [`arguments`], [`variable`],
//! [`current_directory`]. Neighbours: `start` hands over the block, `path` joins, `process::Command` passes both on.

use crate::error::{Error, Result};
use crate::file::{File, OpenFlags};
use crate::path;
use crate::start::InitialStack;
use crate::sync::Mutex;
use alloc::vec::Vec;
use core::ffi::CStr;
use core::sync::atomic::{AtomicPtr, Ordering};

/// The initial stack pointer of a process; null in native groups.
static BLOCK: AtomicPtr<usize> = AtomicPtr::new(core::ptr::null_mut());

/// What a native program is called; empty in processes.
static NAME: Mutex<&'static str> = Mutex::new("");

/// What [`set_current_directory`] chose; empty until then.
static DIRECTORY: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Types of auxiliary entries, as FreeBSD numbers them (sys/elf_common.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Auxiliary {
    /// Address of the program headers in memory.
    ProgramHeaders = 3,
    /// Size of one of them.
    ProgramHeaderSize = 4,
    /// Their count.
    ProgramHeaderCount = 5,
    /// Bytes in a page.
    PageSize = 6,
    /// Entry point.
    Entry = 9,
    /// Address of the path that was executed.
    ExecutablePath = 15,
}

pub(crate) fn adopt(stack: &InitialStack) {
    BLOCK.store(stack.words().cast_mut(), Ordering::Relaxed);
}

/// The arguments in order, the program's name first.
pub fn arguments() -> impl DoubleEndedIterator<Item = &'static [u8]> + ExactSizeIterator + Clone {
    let block = block();
    (0..block.map_or(0, |block| block.argument_count))
        .map(move |index| string_at(block.map_or(0, |b| b.word(index.saturating_add(1)))))
}

/// The variables of the environment as they were at the start, `NAME=VALUE` each.
pub fn variables() -> impl Iterator<Item = &'static [u8]> {
    let block = block();
    let start = block.map_or(0, |block| block.argument_count.saturating_add(2));
    (start..)
        .map(move |index| block.map_or(0, |block| block.word(index)))
        .take_while(|&address| address != 0)
        .map(string_at)
}

/// The value of a variable of the environment.
#[must_use]
pub fn variable(name: impl AsRef<[u8]>) -> Option<&'static [u8]> {
    let name = name.as_ref();
    variables().find_map(|entry| entry.strip_prefix(name)?.strip_prefix(b"="))
}

/// An entry of the auxiliary vector.
#[must_use]
pub fn auxiliary(kind: Auxiliary) -> Option<usize> {
    let block = block()?;
    let mut index = block.argument_count.saturating_add(2).saturating_add(variables().count()).saturating_add(1);
    loop {
        match block.word(index) {
            0 => return None,
            found if found == kind as usize => return Some(block.word(index.saturating_add(1))),
            _ => index = index.saturating_add(2),
        }
    }
}

/// Names a program that has no arguments.
pub fn set_program_name(name: &'static str) {
    *NAME.lock() = name;
}

/// The last name in the first argument, for messages.
#[must_use]
pub fn program_name() -> &'static str {
    // A panic may ask while the name is being set.
    if let Some(name) = NAME.try_lock().map(|name| *name).filter(|name| !name.is_empty()) {
        return name;
    }
    let name = arguments().next().unwrap_or(b"program");
    let name = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    core::str::from_utf8(name).unwrap_or("program")
}

/// The directory that relative paths start from.
#[must_use]
pub fn current_directory() -> Vec<u8> {
    let directory = DIRECTORY.lock();
    if !directory.is_empty() {
        return directory.clone();
    }
    drop(directory);
    match variable("PWD") {
        Some(value) if path::is_absolute(value) => value.to_vec(),
        _ => b"/".to_vec(),
    }
}

/// Chooses the directory that relative paths start from; it must exist.
///
/// # Errors
/// What opening it as a directory fails with.
pub fn set_current_directory(directory: impl AsRef<[u8]>) -> Result<()> {
    let chosen = absolute(directory)?;
    File::open(&chosen, OpenFlags::READ | OpenFlags::DIRECTORY)?;
    *DIRECTORY.lock() = chosen;
    Ok(())
}

/// `path` as the kernel takes it: absolute, without `.`, `..` and doubled slashes.
///
/// # Errors
/// ENOENT for an empty path, ENAMETOOLONG for one longer than [`path::MAXIMUM`], EINVAL for one with a NUL byte.
pub fn absolute(path: impl AsRef<[u8]>) -> Result<Vec<u8>> {
    let path = path.as_ref();
    if path.is_empty() {
        return Err(Error::ENOENT);
    }
    let joined =
        if path::is_absolute(path) { path::normalise(&[], path) } else { path::normalise(&current_directory(), path) }?;
    Ok(joined)
}

/// The block, read where it lies.
#[derive(Clone, Copy)]
struct Block {
    words: *const usize,
    argument_count: usize,
}

fn block() -> Option<Block> {
    let words = BLOCK.load(Ordering::Relaxed);
    if words.is_null() {
        return None;
    }
    let block = Block { words, argument_count: 0 };
    Some(Block { argument_count: block.word(0), ..block })
}

impl Block {
    fn word(&self, index: usize) -> usize {
        // SAFETY: the loader wrote argc, the pointers and the auxiliary vector one after the other, each list closed by
        // zero; callers walk them in that order and stop at the zeros. The block is never written again.
        unsafe { self.words.wrapping_add(index).read() }
    }
}

fn string_at(address: usize) -> &'static [u8] {
    if address == 0 {
        return &[];
    }
    let pointer = core::ptr::with_exposed_provenance(address);
    // SAFETY: a pointer of the block names a NUL-terminated string above it, which lives as long as the process.
    unsafe { CStr::from_ptr(pointer) }.to_bytes()
}
