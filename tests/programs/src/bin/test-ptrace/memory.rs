//! The target's memory: words and PT_IO, at every kind of place.
//!
//! FreeBSD: sys_process.c (PT_READ_I, PT_WRITE_I, PT_IO, proc_rwmem). Neighbours: `maps`, `traps` (text that is written).

use proc_abi::io::{IoDescriptor, IoOperation};
use proc_abi::request::Request;
use proc_abi::wait::WaitStatus;
use runtime::Error;
use runtime::memory::{Memory, PAGE_SIZE};
use runtime::process::ptrace::{Address, request, transfer};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::tracee::{SAME_PLACE, Tracee};
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "words are read and written", run: words_are_read_and_written },
    Case { name: "words where nothing is are enomem", run: words_where_nothing_is_are_enomem },
    Case { name: "io crosses pages", run: io_crosses_pages },
    Case { name: "io into a hole is efault", run: io_into_a_hole_is_efault },
    Case { name: "io of nothing needs its page", run: io_of_nothing_needs_its_page },
    Case { name: "unknown operations are einval", run: unknown_operations_are_einval },
    Case { name: "writes are the target's alone", run: writes_are_the_targets_alone },
];

/// Four pages at the same address in this process and in the target, with a hole behind them.
struct Shared {
    memory: Memory,
    tracee: Tracee,
}

const LENGTH: usize = 4 * PAGE_SIZE;

/// The target exits with the first byte of these pages.
fn target() -> Result<Shared, Failure> {
    let mut memory = Memory::anonymous(LENGTH)?;
    for (index, byte) in memory.bytes_mut().iter_mut().enumerate() {
        *byte = index.to_le_bytes().first().copied().unwrap_or(0);
    }
    let tracee = Tracee::start(|| i32::from(memory.bytes().first().copied().unwrap_or(0)))?;
    Ok(Shared { memory, tracee })
}

impl Shared {
    fn at(&self, offset: usize) -> u64 {
        self.memory.address().saturating_add(offset) as u64
    }
}

fn words_are_read_and_written() -> Verdict {
    let shared = target()?;
    let tracee = shared.tracee;
    for offset in [0, 1, PAGE_SIZE - 2, LENGTH - 4] {
        for (read, write) in [(Request::ReadI, Request::WriteI), (Request::ReadD, Request::WriteD)] {
            for word in [-1_i32, 0x0403_0205, i32::MIN] {
                tracee.ask(write, shared.at(offset), word)?;
                let found = tracee.ask(read, shared.at(offset), 0)?;
                ensure_equal!(found as u32, word.cast_unsigned());
            }
        }
    }
    tracee.ask(Request::WriteD, shared.at(0), 42)?;
    tracee.finishes(42)
}

fn words_where_nothing_is_are_enomem() -> Verdict {
    let shared = target()?;
    for address in [8, 0xffff_8000_0000_0000, 0x0000_8000_0000_1000, u64::MAX - 1] {
        ensure_equal!(shared.tracee.ask(Request::ReadD, address, 0), Err(Error::ENOMEM));
        ensure_equal!(shared.tracee.ask(Request::WriteD, address, 0), Err(Error::ENOMEM));
    }
    shared.tracee.finishes(0)
}

fn io_crosses_pages() -> Verdict {
    let shared = target()?;
    let offset = PAGE_SIZE - 3;
    let mut buffer = [0_u8; PAGE_SIZE + 9];
    for operation in [IoOperation::ReadD, IoOperation::ReadI] {
        ensure_equal!(transfer(operation, shared.tracee.id(), shared.at(offset), &mut buffer)?, buffer.len());
        ensure_equal!(Some(&buffer[..]), shared.memory.bytes().get(offset..).and_then(|rest| rest.get(..buffer.len())));
    }
    buffer.fill(7);
    for operation in [IoOperation::WriteD, IoOperation::WriteI] {
        ensure_equal!(transfer(operation, shared.tracee.id(), shared.at(0), &mut buffer)?, buffer.len());
    }
    shared.tracee.finishes(7)
}

fn io_into_a_hole_is_efault() -> Verdict {
    let shared = target()?;
    for address in [8, 0xffff_8000_0000_0000, u64::MAX - 8] {
        for operation in [IoOperation::ReadD, IoOperation::WriteD] {
            ensure_equal!(transfer(operation, shared.tracee.id(), address, &mut [0; 64]), Err(Error::EFAULT));
        }
    }
    shared.tracee.finishes(0)
}

fn io_of_nothing_needs_its_page() -> Verdict {
    let shared = target()?;
    ensure_equal!(transfer(IoOperation::ReadD, shared.tracee.id(), shared.at(0), &mut []), Ok(0));
    ensure_equal!(transfer(IoOperation::ReadD, shared.tracee.id(), 8, &mut []), Err(Error::EFAULT));
    shared.tracee.finishes(0)
}

/// Through `ctl`, where a descriptor is bytes of the record: the operations that exist have an interface of their own.
fn unknown_operations_are_einval() -> Verdict {
    let shared = target()?;
    let control = runtime::proc::Control::open(shared.tracee.0)?;
    for op in [0, 5, -1] {
        let descriptor = IoDescriptor { op, ..IoDescriptor::default() };
        let bytes = zerocopy::IntoBytes::as_bytes(&descriptor);
        ensure_equal!(control.exchange(Request::Io, 0, (0, 0), bytes, &mut []), Err(Error::EINVAL));
    }
    // The descriptor itself is where nothing is.
    ensure_equal!(request(Request::Io.raw(), shared.tracee.id(), Address::Number(8), 0), Err(Error::EFAULT));
    shared.tracee.go()?;
    shared.tracee.ends(WaitStatus::Exited(0))
}

fn writes_are_the_targets_alone() -> Verdict {
    let shared = target()?;
    transfer(IoOperation::WriteD, shared.tracee.id(), shared.at(0), &mut [99; 8])?;
    ensure!(shared.memory.bytes().first() == Some(&0), "the write shows in the tracer, whose pages were shared");
    shared.tracee.ask(Request::Continue, SAME_PLACE, 0)?;
    shared.tracee.ends(WaitStatus::Exited(99))
}
