//! Memory of every shape under a debugger: lengths, holes, protections, sharing, ends of the address space; by PT_IO and
//! by the file `mem`, which must agree.
//!
//! FreeBSD: sys_process.c (proc_rwmem). Neighbours: `memory` (words, errno), kernel/core/src/tests/target.rs (the same
//! shapes on the host).

use alloc::vec;
use proc_abi::io::{IoDescriptor, IoOperation};
use proc_abi::path::ProcessFile;
use proc_abi::request::Request;
use runtime::file::{File, OpenFlags};
use runtime::memory::probe::{ProbeMemory, Sharing};
use runtime::memory::{PAGE_SIZE, Protection};
use runtime::process::ptrace::transfer;
use runtime::{Error, Result, proc};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::Tracee;
use test_programs::{ensure, ensure_equal};
use zerocopy::IntoBytes;

use crate::PATH;

pub(crate) const CASES: &[Case] = &[
    Case { name: "every length comes and goes", run: every_length_comes_and_goes },
    Case { name: "a hole ends a file's reads and fails io", run: a_hole_ends_a_files_reads_and_fails_io },
    Case { name: "protection is the debugger's too, but for writing", run: protection_is_the_debuggers_too },
    Case { name: "text is written in a copy", run: text_is_written_in_a_copy },
    Case { name: "shared memory is written for everybody", run: shared_memory_is_written_for_everybody },
    Case { name: "lengths and places beyond everything are refused", run: what_is_beyond_everything_is_refused },
];

const PAGES: usize = 4;

/// Pages that parent and target have at the same address, and the target.
struct Scene {
    memory: ProbeMemory,
    tracee: Tracee,
    /// `mem`, in the tracer's session.
    file: File,
}

impl Scene {
    /// `prepare` may change protections before the fork.
    fn new(sharing: Sharing, prepare: impl FnOnce(&ProbeMemory) -> Result<()>) -> core::result::Result<Self, Failure> {
        let memory = ProbeMemory::anonymous(PAGES * PAGE_SIZE, Protection::ReadWrite, sharing)?;
        for page in 0..PAGES {
            memory.write(page.saturating_mul(PAGE_SIZE), u8::try_from(page).unwrap_or(0))?;
        }
        prepare(&memory)?;
        let tracee = Tracee::start(|| 0)?;
        let file = proc::open(tracee.0, ProcessFile::Memory, OpenFlags::READ_WRITE)?;
        Ok(Self { memory, tracee, file })
    }

    fn at(&self, offset: usize) -> u64 {
        self.memory.address().saturating_add(offset) as u64
    }

    fn io(&self, operation: IoOperation, address: u64, buffer: &mut [u8]) -> Result<usize> {
        transfer(operation, self.tracee.id(), address, buffer)
    }
}

fn every_length_comes_and_goes() -> Verdict {
    let scene = Scene::new(Sharing::Private, |_| Ok(()))?;
    for (turn, length) in [0, 1, 63, 64, 65, 4095, 4096, 4097, 2 * PAGE_SIZE + 1].into_iter().enumerate() {
        for start in [0, 1, PAGE_SIZE - 1, PAGE_SIZE, PAGE_SIZE + 5] {
            let mark = u8::try_from(turn).unwrap_or(0) ^ 0x5a;
            let mut written = vec![mark; length];
            ensure_equal!(scene.io(IoOperation::WriteD, scene.at(start), &mut written), Ok(length));
            let (mut by_io, mut by_file) = (vec![0; length], vec![0; length]);
            ensure_equal!(scene.io(IoOperation::ReadI, scene.at(start), &mut by_io), Ok(length));
            ensure_equal!(scene.file.read_at(&mut by_file, scene.at(start)), Ok(length));
            ensure!(by_io == written && by_file == written, "{length} bytes at {start} differ");
            written.fill(!mark);
            ensure_equal!(scene.file.write_at(&written, scene.at(start)), Ok(length));
            ensure_equal!(scene.io(IoOperation::ReadD, scene.at(start), &mut by_io), Ok(length));
            ensure!(by_io == written, "{length} bytes at {start} differ after the file's write");
        }
    }
    scene.tracee.finishes(0)
}

/// The last page of the pages is followed by nothing that is known; the third is taken away.
fn a_hole_ends_a_files_reads_and_fails_io() -> Verdict {
    let scene = Scene::new(Sharing::Private, |memory| memory.protect(2 * PAGE_SIZE, PAGE_SIZE, Protection::None))?;
    let before = 2 * PAGE_SIZE - 10;
    for length in [11, 64, 100, 5000] {
        let mut buffer = vec![7; length];
        ensure_equal!(scene.io(IoOperation::ReadD, scene.at(before), &mut buffer), Err(Error::EFAULT));
        ensure_equal!(scene.file.read_at(&mut buffer, scene.at(before)), Ok(10));
        ensure_equal!(scene.file.write_at(&buffer, scene.at(before)), Ok(10));
        ensure_equal!(scene.file.read_at(&mut buffer, scene.at(2 * PAGE_SIZE)), Err(Error::EFAULT));
        ensure_equal!(scene.file.write_at(&buffer, scene.at(3 * PAGE_SIZE - 1)), Err(Error::EFAULT));
    }
    // A word needs all of its bytes.
    ensure_equal!(scene.tracee.ask(Request::ReadD, scene.at(2 * PAGE_SIZE - 2), 0), Err(Error::ENOMEM));
    ensure_equal!(scene.tracee.ask(Request::WriteD, scene.at(2 * PAGE_SIZE - 2), 1), Err(Error::ENOMEM));
    ensure!(scene.tracee.ask(Request::ReadD, scene.at(2 * PAGE_SIZE - 4), 0).is_ok(), "the last word is there");
    scene.tracee.finishes(0)
}

/// FreeBSD's newer rule: a page that the program cannot read the debugger cannot read or write; one that it cannot write
/// the debugger writes in a copy.
fn protection_is_the_debuggers_too() -> Verdict {
    let scene = Scene::new(Sharing::Private, |memory| {
        memory.protect(0, PAGE_SIZE, Protection::Read)?;
        memory.protect(PAGE_SIZE, PAGE_SIZE, Protection::None)?;
        memory.protect(2 * PAGE_SIZE, PAGE_SIZE, Protection::ReadExecute)
    })?;
    for (page, first) in [(0, 0), (2 * PAGE_SIZE, 2)] {
        ensure_equal!(scene.io(IoOperation::WriteD, scene.at(page), &mut [0xee]), Ok(1));
        let mut seen = [0];
        ensure_equal!(scene.file.read_at(&mut seen, scene.at(page)), Ok(1));
        ensure_equal!(seen, [0xee]);
        ensure_equal!(scene.memory.read(page)?, first);
    }
    for operation in [IoOperation::ReadD, IoOperation::WriteD] {
        ensure_equal!(scene.io(operation, scene.at(PAGE_SIZE), &mut [0; 4]), Err(Error::EFAULT));
    }
    ensure_equal!(scene.file.write_at(&[1], scene.at(PAGE_SIZE)), Err(Error::EFAULT));
    scene.tracee.finishes(0)
}

/// The text is mapped from the boot image, which every process of this program shares.
fn text_is_written_in_a_copy() -> Verdict {
    let scene = Scene::new(Sharing::Private, |_| Ok(()))?;
    let address = (text_is_written_in_a_copy as *const ()).addr() as u64;
    let mut original = [0; 16];
    ensure_equal!(scene.io(IoOperation::ReadI, address, &mut original), Ok(16));
    ensure_equal!(scene.io(IoOperation::WriteI, address, &mut [0xcc; 16]), Ok(16));
    let other = Tracee::start(|| 0)?;
    let mut seen = [0; 16];
    other.read(address, &mut seen)?;
    ensure_equal!(seen, original);
    let own = proc::open_own(ProcessFile::Memory, OpenFlags::READ)?;
    ensure_equal!(own.read_at(&mut seen, address), Ok(16));
    ensure_equal!(seen, original);
    let mut file = [0; 4];
    File::open(PATH, OpenFlags::READ)?.read(&mut file)?;
    ensure_equal!(&file, b"\x7fELF");
    ensure_equal!(scene.io(IoOperation::WriteI, address, &mut original), Ok(16));
    other.finishes(0)?;
    scene.tracee.finishes(0)
}

fn shared_memory_is_written_for_everybody() -> Verdict {
    let scene = Scene::new(Sharing::Shared, |_| Ok(()))?;
    ensure_equal!(scene.io(IoOperation::WriteD, scene.at(PAGE_SIZE - 1), &mut [41, 42]), Ok(2));
    ensure_equal!([scene.memory.read(PAGE_SIZE - 1)?, scene.memory.read(PAGE_SIZE)?], [41, 42]);
    scene.tracee.finishes(0)?;
    // Through a mapping that could never be written the debugger does not write either.
    let object = File::open("memory:anonymous/4096", OpenFlags::READ_WRITE)?;
    object.write_all(&[5; 8])?;
    let name = object.path()?;
    ensure!(!name.is_empty(), "the object has a name");
    let private = ProbeMemory::file(&object, 0, PAGE_SIZE, Protection::Read, Sharing::Private)?;
    let tracee = Tracee::start(|| i32::from(private.read(0).unwrap_or(0)))?;
    let at = private.address() as u64;
    ensure_equal!(transfer(IoOperation::WriteD, tracee.id(), at, &mut [9]), Ok(1));
    ensure_equal!(private.read(0)?, 5);
    tracee.finishes(9)
}

/// Through `ctl`, where a descriptor is bytes of the record, so that any length can be named.
fn what_is_beyond_everything_is_refused() -> Verdict {
    let scene = Scene::new(Sharing::Private, |_| Ok(()))?;
    let control = proc::Control::open(scene.tracee.0)?;
    let ask = |offs: u64, len: u64| {
        let addr = size_of::<IoDescriptor>() as u64;
        let descriptor = IoDescriptor { op: IoOperation::ReadD as i32, pad: 0, offs, addr, len };
        control.exchange(Request::Io, 0, (0, 0), descriptor.as_bytes(), &mut [0; 256])
    };
    ensure_equal!(ask(scene.at(0), 64), Ok(0));
    for length in [1 << 63, u64::MAX, i64::MIN.unsigned_abs()] {
        ensure_equal!(ask(scene.at(0), length), Err(Error::EINVAL));
    }
    for length in [i64::MAX.unsigned_abs(), 1 << 40, 1 << 20, 4096] {
        ensure_equal!(ask(scene.at(0), length), Err(Error::EFAULT));
    }
    for place in [u64::MAX, u64::MAX - 7, 1 << 63, 0xffff_8000_0000_0000, 0x7fff_ffff_f000, 0x0000_8000_0000_0000, 0] {
        ensure_equal!(ask(place, 16), Err(Error::EFAULT));
        for found in [scene.file.read_at(&mut [0; 16], place), scene.file.write_at(&[0; 16], place)] {
            ensure!(found.is_err(), "{place:#x} gave {found:?}");
        }
        ensure_equal!(scene.tracee.ask(Request::ReadD, place, 0), Err(Error::ENOMEM));
    }
    scene.tracee.finishes(0)
}
