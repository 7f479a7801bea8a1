//! The notes of a core file: one for each fact about the process and its threads.
//!
//! Decides layouts and order: the reporting thread's notes, those about the process, then the other threads'. Main function:
//! [`notes`]. Neighbours: `layout` puts them into the file, `linux`. Linux: fs/binfmt_elf.c (fill_note_info),
//! uapi linux/elfcore.h, asm/elf.h; GDB takes a thread to begin at its PRSTATUS.

use alloc::vec::Vec;
use kernel_abi::registers::Registers;
use zerocopy::{FromZeros, Immutable, IntoBytes};

use crate::image::{Image, Process, Region, Thread};
use crate::linux::{self, SignalInformation};

const PRSTATUS: u32 = 1;
const FPREGSET: u32 = 2;
const PRPSINFO: u32 = 3;
const AUXV: u32 = 6;
const XSTATE: u32 = 0x202;
const FILES: u32 = 0x4649_4c45;
const SIGINFO: u32 = 0x5349_4749;

const CORE: &[u8] = b"CORE\0";
const LINUX: &[u8] = b"LINUX\0";
const PAGE: u64 = 4096;
/// Bytes of an entry of the auxiliary vector: type and value.
const ENTRY: usize = 16;
/// FreeBSD's AT_EXECPATH, which would be the name of a platform, and Linux's AT_EXECFN.
const OWN_PATH: u64 = 15;
const LINUX_PATH: u64 = 31;
/// Where debuggers look in an XSAVE image for the components that are enabled (linux: user_i387_struct, sw_reserved).
const COMPONENTS_AT: usize = 464;

/// `struct elf_prstatus`, 336 bytes.
#[derive(Clone, Copy, Debug, IntoBytes, Immutable, FromZeros)]
#[repr(C)]
struct ThreadStatus {
    information: [i32; 3],
    signal: i16,
    pad: i16,
    pending: u64,
    blocked: u64,
    tid: i32,
    parent: i32,
    group: i32,
    session: i32,
    times: [u64; 8],
    registers: [u64; 27],
    has_float: i32,
    pad_end: i32,
}

const _: () = assert!(size_of::<ThreadStatus>() == 336);

/// `struct elf_prpsinfo`, 136 bytes.
#[derive(Clone, Copy, Debug, IntoBytes, Immutable, FromZeros)]
#[repr(C)]
struct ProcessInformation {
    state: u8,
    letter: u8,
    zombie: u8,
    nice: u8,
    pad: u32,
    flags: u64,
    uid: u32,
    gid: u32,
    pid: i32,
    parent: i32,
    group: i32,
    session: i32,
    name: [u8; 16],
    arguments: [u8; 80],
}

const _: () = assert!(size_of::<ProcessInformation>() == 136);

/// All notes of a process.
#[must_use]
pub fn notes(image: &Image) -> Vec<u8> {
    let mut out = Vec::new();
    let mut threads = image.threads.iter();
    if let Some(first) = threads.next() {
        put(&mut out, CORE, PRSTATUS, status(image, first).as_bytes());
        put(&mut out, CORE, PRPSINFO, information(&image.process).as_bytes());
        put(&mut out, CORE, SIGINFO, SignalInformation::new(&image.process.signal).as_bytes());
        put(&mut out, CORE, AUXV, &auxiliary(&image.process.auxiliary));
        put(&mut out, CORE, FILES, &files(&image.regions));
        sets(&mut out, image, first);
    }
    for thread in threads {
        put(&mut out, CORE, PRSTATUS, status(image, thread).as_bytes());
        sets(&mut out, image, thread);
    }
    out
}

/// One note, padded to 4 bytes.
fn put(out: &mut Vec<u8>, name: &[u8], kind: u32, content: &[u8]) {
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(0);
    for word in [length(name), length(content), kind] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for part in [name, content] {
        out.extend_from_slice(part);
        out.resize(out.len().next_multiple_of(4), 0);
    }
}

fn status(image: &Image, thread: &Thread) -> ThreadStatus {
    let process = &image.process.status;
    let signal = linux::number(image.process.signal.signo);
    let mut status = ThreadStatus::new_zeroed();
    status.information = [signal, image.process.signal.code, 0];
    status.signal = i16::try_from(signal).unwrap_or(0);
    (status.tid, status.parent) = (thread.tid, process.parent);
    (status.group, status.session) = (process.process_group, process.session);
    status.registers = registers(thread);
    status.has_float = 1;
    status
}

/// `struct user_regs_struct`. The original rax is told as none: no call is to be made again.
fn registers(thread: &Thread) -> [u64; 27] {
    let Registers { r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, .. } = thread.registers;
    let Registers { rip, cs, rflags, rsp, ss, ds, es, fs, gs, .. } = thread.registers;
    let [ds, es, fs, gs] = [ds, es, fs, gs].map(u64::from);
    let (fs_base, gs_base) = (thread.bases.fs, thread.bases.gs);
    [
        r15,
        r14,
        r13,
        r12,
        rbp,
        rbx,
        r11,
        r10,
        r9,
        r8,
        rax,
        rcx,
        rdx,
        rsi,
        rdi,
        u64::MAX,
        rip,
        cs,
        rflags,
        rsp,
        ss,
        fs_base,
        gs_base,
        ds,
        es,
        fs,
        gs,
    ]
}

fn information(process: &Process) -> ProcessInformation {
    let mut told = ProcessInformation::new_zeroed();
    let status = &process.status;
    told.letter = b't';
    let ([uid, ..], [gid, ..]) = (status.uid, status.gid);
    (told.uid, told.gid, told.pid, told.parent) = (uid, gid, status.pid, status.parent);
    (told.group, told.session) = (status.process_group, status.session);
    let name = status.name.iter().take_while(|byte| **byte != 0).take(15);
    for (into, from) in told.name.iter_mut().zip(name) {
        *into = *from;
    }
    // The arguments as one line, its last byte a NUL.
    for (into, from) in told.arguments.iter_mut().take(79).zip(&process.arguments) {
        *into = if *from == 0 { b' ' } else { *from };
    }
    told
}

/// The register sets that follow a thread's PRSTATUS.
fn sets(out: &mut Vec<u8>, image: &Image, thread: &Thread) {
    put(out, CORE, FPREGSET, thread.float.as_bytes());
    let Some(extended) = &thread.extended else { return };
    let mut extended = extended.clone();
    let place = COMPONENTS_AT..COMPONENTS_AT.saturating_add(size_of::<u64>());
    if let Some(place) = extended.get_mut(place) {
        place.copy_from_slice(&image.components.to_le_bytes());
    }
    put(out, LINUX, XSTATE, &extended);
}

/// The auxiliary vector with the executable's path under Linux's name for it.
fn auxiliary(own: &[u8]) -> Vec<u8> {
    let mut out = own.to_vec();
    let entries = out.chunks_exact_mut(ENTRY);
    for entry in entries.filter(|entry| entry.starts_with(&OWN_PATH.to_le_bytes())) {
        if let Some(kind) = entry.first_chunk_mut() {
            *kind = LINUX_PATH.to_le_bytes();
        }
    }
    out
}

/// Which files are mapped where: counts, then ranges with offsets in pages, then the paths.
fn files(regions: &[Region]) -> Vec<u8> {
    let mapped = || regions.iter().filter_map(|region| Some((region, region.path.as_deref()?)));
    let mut out = Vec::new();
    for word in [mapped().count() as u64, PAGE] {
        out.extend_from_slice(&word.to_le_bytes());
    }
    for (region, _) in mapped() {
        for word in [region.start, region.end, region.offset.checked_div(PAGE).unwrap_or(0)] {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
    for (_, path) in mapped() {
        out.extend_from_slice(path.as_bytes());
        out.push(0);
    }
    out
}
