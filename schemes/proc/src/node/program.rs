//! `exe`, `cmdline` and `auxv`: which program a process runs and what it was given.
//!
//! Decides where each comes from: the path from the sealed image if the program's pages are its, else from what the loader
//! left on the stack; the others always from there, so a program can change them. Neighbours: `initial_stack`, `image`.

use alloc::vec::Vec;

use proc_abi::path::ProcessFile;
use ptrace::{Errno, KernelGroup, Result};

use crate::gate::Gate;
use crate::initial_stack::Block;
use crate::verbs::Verbs;

/// PROT_EXEC in a region's protection.
const EXECUTE: u32 = 4;

/// The content of one of the three files; `stack` is where the image's initial stack began.
pub(crate) fn content<V: Verbs>(
    gate: &mut Gate<V>,
    group: KernelGroup,
    stack: u64,
    file: ProcessFile,
) -> Result<Vec<u8>> {
    if file == ProcessFile::Executable
        && let Some(path) = sealed_path(gate, group)
    {
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(path.len()).map_err(|_| Errno::ENOMEM)?;
        bytes.extend_from_slice(path.as_bytes());
        return Ok(bytes);
    }
    let verbs = &mut gate.verbs;
    let mut block = Block::new(stack, |address, into: &mut [u8]| verbs.read_memory(group.0, address, into));
    match file {
        ProcessFile::Executable => block.path(),
        ProcessFile::CommandLine => block.arguments(),
        _ => block.auxiliary(),
    }
}

/// The path of the first file of the image whose pages the process can execute.
fn sealed_path<V: Verbs>(gate: &mut Gate<V>, group: KernelGroup) -> Option<&'static str> {
    let mut index = 0_u64;
    loop {
        let region = gate.verbs.region(group.0, index).ok()?;
        if region.file != 0
            && region.protection & EXECUTE != 0
            && let Some(path) = gate.sealed.path(region.scheme, region.label)
        {
            return Some(path);
        }
        index = index.saturating_add(1);
    }
}
