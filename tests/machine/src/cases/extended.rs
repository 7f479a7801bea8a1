//! Extended state and segment bases: each thread has its own.
//!
//! Decides nothing. Neighbours: kernel/machine/src/extended.rs, run.rs.

use kernel_core::seam::{Exit, ExtendedState, PhysicalMemory};

use crate::bench::{Bench, DATA, Thread};
use crate::programs::{KEEP_XMM0, KEEP_YMM7, LOAD_FS_GS, LOAD_SELECTORS, READ_INITIAL};
use crate::verdict::{Verdict, equal, holds};

const AVX: u64 = 1 << 2;
/// Where XMM0 is in the image.
const XMM0_OFFSET: usize = 160;
/// Where the header of the image starts.
const HEADER: usize = 512;

fn word(bench: &Bench, thread: &Thread, offset: usize) -> u64 {
    let mut bytes = [0; 8];
    bench.machine.read(thread.data, offset, &mut bytes);
    u64::from_le_bytes(bytes)
}

/// A new thread sees reset values, not those of the thread before.
pub(crate) fn state_starts_initial(bench: &mut Bench) -> Verdict {
    let (dirty, exit) = bench.run_code(&KEEP_XMM0)?;
    equal("exit", exit, Exit::SystemCall)?;
    let (thread, exit) = bench.run_code(&READ_INITIAL)?;
    equal("exit", exit, Exit::SystemCall)?;
    equal("xmm0", thread.context.registers.rax, 0)?;
    equal("control word", word(bench, &thread, 0), 0x37f)?;
    equal("MXCSR", word(bench, &thread, 8), 0x1f80)?;
    bench.end(&dirty);
    bench.end(&thread);
    Ok(())
}

/// Two threads that alternate keep their own XMM0 and x87 stack.
pub(crate) fn state_is_private(bench: &mut Bench) -> Verdict {
    let mut threads = [bench.thread(&KEEP_XMM0)?, bench.thread(&KEEP_XMM0)?];
    for round in 0..50_u64 {
        for (thread, value) in threads.iter_mut().zip([0x1111, 0x2222]) {
            thread.context.registers.rip = crate::bench::CODE;
            thread.context.registers.rax = value ^ round;
            bench.expect(thread, Exit::SystemCall)?;
            thread.context.registers.rax = 0;
        }
        for (thread, value) in threads.iter_mut().zip([0x1111, 0x2222]) {
            bench.expect(thread, Exit::SystemCall)?;
            equal("xmm0", thread.context.registers.rax, value ^ round)?;
            equal("top of the x87 stack", word(bench, thread, 0) >> 11 & 7, 7)?;
        }
    }
    threads.iter().for_each(|thread| bench.end(thread));
    Ok(())
}

/// The upper halves of the YMM registers too, where they exist.
pub(crate) fn wide_vectors_are_private(bench: &mut Bench) -> Verdict {
    if bench.machine.extended_mask() & AVX == 0 {
        bench.say("no AVX on this processor");
        return Ok(());
    }
    let mut ones = bench.thread(&KEEP_YMM7)?;
    let mut zeros = bench.thread(&KEEP_YMM7)?;
    bench.expect(&mut ones, Exit::SystemCall)?;
    zeros.context.registers.rip = zeros.context.registers.rip.wrapping_add(6);
    bench.expect(&mut zeros, Exit::SystemCall)?;
    bench.expect(&mut ones, Exit::SystemCall)?;
    for offset in [0, 8, 16, 24] {
        equal("a quarter of ymm7", word(bench, &ones, offset), u64::MAX)?;
        equal("a quarter of the other ymm7", word(bench, &zeros, offset), 0)?;
    }
    bench.end(&ones);
    bench.end(&zeros);
    Ok(())
}

/// `save_extended` makes the image current; after `forget_extended` the image is what the thread gets.
pub(crate) fn state_is_read_and_written_in_memory(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&KEEP_XMM0)?;
    let image = thread.context.extended;
    thread.context.registers.rax = 0xabcd;
    bench.expect(&mut thread, Exit::SystemCall)?;
    bench.machine.save_extended(image);
    let mut bytes = [0; 8];
    bench.machine.read(image, XMM0_OFFSET, &mut bytes);
    equal("saved xmm0", u64::from_le_bytes(bytes), 0xabcd)?;
    bench.machine.forget_extended(image);
    bench.machine.write(image, XMM0_OFFSET, &0x4321_u64.to_le_bytes());
    bench.expect(&mut thread, Exit::SystemCall)?;
    equal("xmm0", thread.context.registers.rax, 0x4321)?;
    let length = bench.machine.extended_length();
    holds("the image fits its frame", (512..=4096).contains(&length))?;
    holds("x87 and SSE are enabled", bench.machine.extended_mask() & 3 == 3)?;
    holds("MXCSR's ordinary bits may be set", bench.machine.mxcsr_mask() & 0xffbf == 0xffbf)?;
    bench.end(&thread);
    Ok(())
}

/// An image that XRSTOR refuses is the thread's fault; the next thread sees neither it nor the one before.
pub(crate) fn refused_state_leaks_nothing(bench: &mut Bench) -> Verdict {
    let mut owner = bench.thread(&KEEP_XMM0)?;
    owner.context.registers.rax = 0x5ec2e7;
    bench.expect(&mut owner, Exit::SystemCall)?;
    let mut bad = bench.thread(&READ_INITIAL)?;
    bench.machine.write(bad.context.extended, HEADER, &(1_u64 << 62).to_le_bytes());
    if bench.machine.extended_length() > HEADER + 64 {
        bench.expect(&mut bad, Exit::Exception { vector: 13, code: 0, address: 0 })?;
    }
    bench.machine.reset_extended(bad.context.extended);
    bench.expect(&mut bad, Exit::SystemCall)?;
    equal("xmm0", bad.context.registers.rax, 0)?;
    bench.expect(&mut owner, Exit::SystemCall)?;
    equal("the owner's xmm0", owner.context.registers.rax, 0x5ec2e7)?;
    bench.end(&owner);
    bench.end(&bad);
    Ok(())
}

/// Bases follow their thread, also when another one has loaded selectors, which changes its bases behind the kernel's
/// back.
pub(crate) fn segment_bases_are_private(bench: &mut Bench) -> Verdict {
    let mut reader = bench.thread(&LOAD_FS_GS)?;
    let mut vandal = bench.thread(&LOAD_SELECTORS)?;
    bench.machine.write(reader.data, 0, &0xf5_u64.to_le_bytes());
    bench.machine.write(reader.data, 64, &0x65_u64.to_le_bytes());
    for thread in [&mut reader, &mut vandal] {
        thread.context.fs_base = DATA;
        thread.context.gs_base = DATA.wrapping_add(64);
    }
    for _ in 0..10 {
        vandal.context.registers.rip = crate::bench::CODE;
        bench.expect(&mut vandal, Exit::SystemCall)?;
        bench.expect(&mut reader, Exit::SystemCall)?;
        equal("words", (reader.context.registers.rax, reader.context.registers.rdx), (0xf5, 0x65))?;
    }
    reader.context.fs_base = DATA.wrapping_add(64);
    bench.expect(&mut reader, Exit::SystemCall)?;
    equal("words", (reader.context.registers.rax, reader.context.registers.rdx), (0x65, 0x65))?;
    bench.end(&reader);
    bench.end(&vandal);
    Ok(())
}

/// WRMSR would fault in the kernel.
pub(crate) fn bad_segment_bases_come_back(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&LOAD_FS_GS)?;
    for base in [1 << 47, 1 << 63, 0x0000_8000_0000_0000, 0xffff_ffff_8000_0000] {
        thread.context.fs_base = base;
        bench.expect(&mut thread, Exit::Exception { vector: 13, code: 0, address: 0 })?;
        thread.context.fs_base = 0;
        thread.context.gs_base = base;
        bench.expect(&mut thread, Exit::Exception { vector: 13, code: 0, address: 0 })?;
        thread.context.gs_base = 0;
    }
    bench.end(&thread);
    Ok(())
}
