//! The loader: builds the image of a new program around itself, then hands over to the process server.
//!
//! Decides where the stack and the signal trampoline lie and in which order an exec fails. It runs in a group of one thread
//! whose space holds nothing else, uses no heap, and maps nothing of its own outside its range, which the commit unmaps.
//! Neighbours: `runtime::loader_arguments` (how it is started), `image` (mapping), the process server (EXEC_READY).
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

mod image;
mod source;

use image::{Executable, STACK_LENGTH, STACK_TOP};
use loader::script::Script;
use loader::stack::{Counts, Facts, STRINGS, build, put_path, split};
use loader::strings::{Area, read_path};
use proc_abi::signal_frame::{SIGNAL_TRAMPOLINE, TRAMPOLINE_CODE};
use runtime::loader_arguments::{LoaderArguments, copy_own};
use runtime::memory::PAGE_SIZE;
use runtime::memory::Protection;
use runtime::memory::place::Placed;
use runtime::process::execute;
use runtime::{Error, Result};
use source::Strings;
use zerocopy::{FromZeros, IntoBytes};

runtime::native_entry!(main);

/// A path and the rest that a list counts beside it.
type PathBuffer = [u8; runtime::path::MAXIMUM + 17];

fn main(block: usize) -> i32 {
    let Err(error) = run(block as u64);
    execute::fail(error);
    1
}

/// Does everything; on success the thread goes on in the new program and this returns only if the server refuses it.
fn run(block: u64) -> Result<core::convert::Infallible> {
    let mut arguments = LoaderArguments::new_zeroed();
    copy_own(block, arguments.as_mut_bytes())?;
    let source = Strings::new(&arguments);
    let mut path_buffer: PathBuffer = [0; _];
    let path = read_path(&source, arguments.path, &mut path_buffer)?;
    let mut file = Executable::open(path)?;
    let mut line = [0; PAGE_SIZE];
    line.copy_from_slice(file.head_page());
    let script = Script::parse(line.get(..file.head_length()).unwrap_or_default())?;
    let mut executed = path;
    if let Some(script) = script {
        file = Executable::open(script.interpreter)?;
        executed = script.interpreter;
    }
    let stack = Placed::anonymous_bytes(STACK_TOP.saturating_sub(STACK_LENGTH), STACK_LENGTH)?;
    let (below, strings, path_place) = split(stack)?;
    let mut area = Area::new(strings);
    let counts = gather(&mut area, &source, &arguments, script, path)?;
    put_path(path_place, executed)?;
    let plan = file.load()?;
    let facts = Facts {
        entry: plan.entry,
        program_headers: plan.program_headers,
        program_header_size: plan.program_header_size(),
        program_header_count: plan.program_header_count,
        path: executed,
    };
    let top = STACK_TOP.saturating_sub(STRINGS as u64);
    let pointer = build(below, top, &area, counts, &facts)?;
    place_trampoline()?;
    execute::ready(file.file(), plan.entry, pointer)
}

/// Reads arguments and environment. A script's interpreter gets its own name, the argument of the line and the script's
/// path in place of the first argument (FreeBSD imgact_shell.c).
fn gather(
    area: &mut Area<'_>,
    source: &Strings,
    arguments: &LoaderArguments,
    script: Option<Script<'_>>,
    path: &[u8],
) -> Result<Counts> {
    let mut skip = 0;
    if let Some(script) = script {
        area.push(script.interpreter)?;
        if let Some(argument) = script.argument {
            area.push(argument)?;
        }
        area.push(path)?;
        skip = 1;
    }
    area.push_list(source, arguments.arguments, skip)?;
    let count = area.count();
    area.push_list(source, arguments.variables, 0)?;
    Ok(Counts { arguments: count, variables: area.count().saturating_sub(count) })
}

/// The page that signal handlers start through, at the same place in every program.
fn place_trampoline() -> Result<()> {
    let mut page = Placed::anonymous(SIGNAL_TRAMPOLINE, PAGE_SIZE as u64, Protection::ReadWrite).map_err(occupied)?;
    page.write(SIGNAL_TRAMPOLINE, &TRAMPOLINE_CODE)?;
    page.protect(Protection::ReadExecute)
}

/// A program whose own segments take a place that every program needs cannot be run.
fn occupied(error: Error) -> Error {
    if error == Error::EEXIST { Error::ENOEXEC } else { error }
}
