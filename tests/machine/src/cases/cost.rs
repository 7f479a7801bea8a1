//! What the machine costs, in instructions.
//!
//! Decides the limits. They are held only when the clock counts instructions (the command line says `counted`); otherwise
//! the figures are only printed. Neighbours: kernel/machine/src/run.rs, memory.rs.

use alloc::format;
use core::hint::black_box;
use kernel_core::seam::{Devices, Exit, Mapping, PAGE_SIZE, Page, PageTables, PhysicalMemory, Protection};

use crate::bench::{Bench, CODE, DATA};
use crate::programs::{INT3, SYSCALL_FOREVER};
use crate::verdict::{Verdict, equal, holds};

const ROUNDS: u64 = 10_000;

/// Times `work`, `ROUNDS` times, less what the loop itself costs; prints and judges.
fn measure(bench: &mut Bench, what: &str, limit: u64, mut work: impl FnMut(&mut Bench)) -> Verdict {
    let start = bench.machine.now();
    for _ in 0..ROUNDS {
        work(bench);
    }
    let cost = bench.machine.now().saturating_sub(start) / ROUNDS;
    bench.say(&format!("cost: {what}: {cost}"));
    holds(&format!("{what} costs at most {limit}, not {cost}"), !bench.counts_instructions || cost <= limit)
}

/// The thread that ran last needs no CR3.
pub(crate) fn unchanged_thread_switches_nothing(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    let before = bench.machine.address_space_switches();
    for _ in 0..10 {
        bench.expect(&mut thread, Exit::SystemCall)?;
    }
    equal("switches", bench.machine.address_space_switches(), before)?;
    bench.end(&thread);
    Ok(())
}

/// `run` to `run`: SYSRET, the program's two instructions, SYSCALL.
pub(crate) fn null_system_call_is_cheap(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    let mut calls = 0_u64;
    measure(bench, "null system call", 85, |bench| {
        if bench.machine.run(&mut thread.context) == Exit::SystemCall {
            calls = calls.wrapping_add(1);
        }
    })?;
    bench.end(&thread);
    holds("nearly every run ended in a call", calls >= ROUNDS - 10)
}

/// The same with two threads in two spaces that alternate: two switches.
pub(crate) fn thread_switch_is_cheap(bench: &mut Bench) -> Verdict {
    let mut threads = [bench.thread(&SYSCALL_FOREVER)?, bench.thread(&SYSCALL_FOREVER)?];
    measure(bench, "two thread switches", 400, |bench| {
        for thread in &mut threads {
            bench.machine.run(&mut thread.context);
        }
    })?;
    threads.iter().for_each(|thread| bench.end(thread));
    Ok(())
}

/// One word in, one word out.
pub(crate) fn word_access_is_cheap(bench: &mut Bench) -> Verdict {
    let frame = bench.frame()?;
    let mut word = [0; 8];
    measure(bench, "write and read of a word", 30, |bench| {
        bench.machine.write(black_box(frame), 16, &word);
        bench.machine.read(black_box(frame), 16, &mut word);
    })?;
    bench.frames_back(frame);
    Ok(())
}

/// Four levels down.
pub(crate) fn lookup_is_cheap(bench: &mut Bench) -> Verdict {
    let thread = bench.thread(&SYSCALL_FOREVER)?;
    measure(bench, "lookup of a page", 60, |bench| {
        black_box(bench.machine.lookup(thread.context.root, black_box(Page::containing(DATA))));
    })?;
    bench.end(&thread);
    Ok(())
}

/// In a space that has the tables.
pub(crate) fn map_and_unmap_are_cheap(bench: &mut Bench) -> Verdict {
    let thread = bench.thread(&SYSCALL_FOREVER)?;
    let mapping = Mapping { frame: thread.data, protection: Protection::READ };
    let page = Page::containing(DATA.wrapping_add(0x1000));
    measure(bench, "map and unmap of a page", 140, |bench| {
        bench.machine.map(thread.context.root, black_box(page), mapping, &mut bench.frames);
        bench.machine.unmap(thread.context.root, black_box(page));
    })?;
    bench.end(&thread);
    Ok(())
}

/// And cleared: a page fault of a new page costs that.
pub(crate) fn page_clear_is_cheap(bench: &mut Bench) -> Verdict {
    let frame = bench.frame()?;
    measure(bench, "clear of a page", 530, |bench| bench.machine.zero(black_box(frame)))?;
    bench.frames_back(frame);
    Ok(())
}

/// A trap that is no call: int3 by IRETQ and back.
pub(crate) fn breakpoint_trap_is_cheap(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&INT3)?;
    measure(bench, "breakpoint trap", 170, |bench| {
        thread.context.registers.rip = CODE;
        black_box(bench.machine.run(&mut thread.context));
    })?;
    bench.end(&thread);
    Ok(())
}

/// Reading the clock.
pub(crate) fn clock_is_cheap(bench: &mut Bench) -> Verdict {
    measure(bench, "clock", 15, |bench| {
        black_box(bench.machine.now());
    })
}

/// Pushing the deadline out, as every scheduling decision does.
pub(crate) fn timer_is_cheap(bench: &mut Bench) -> Verdict {
    let deadline = bench.machine.now().saturating_add(1_000_000_000);
    let mut later = deadline;
    measure(bench, "setting a later deadline", 25, |bench| {
        later = later.wrapping_add(1);
        bench.machine.set_timer(black_box(Some(later)));
    })?;
    bench.machine.set_timer(None);
    Ok(())
}

/// 4,096 bytes, eight at a time.
pub(crate) fn page_copy_is_cheap(bench: &mut Bench) -> Verdict {
    let (one, other) = (bench.frame()?, bench.frame()?);
    measure(bench, "copy of a page", 560, |bench| bench.machine.copy((one, 0), (other, 0), PAGE_SIZE))?;
    bench.frames_back(one);
    bench.frames_back(other);
    Ok(())
}
