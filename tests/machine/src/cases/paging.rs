//! Page tables.
//!
//! Decides nothing. Neighbours: kernel/machine/src/paging.rs.

use alloc::vec::Vec;
use kernel_core::seam::{Exit, Mapping, Page, PageTables, PhysicalMemory, Protection, USER_END};

use crate::bench::{Bench, CODE, DATA};
use crate::programs::{LOAD, STORE, SYSCALL_FOREVER};
use crate::verdict::{Verdict, equal, holds};

const READ_WRITE: Protection = Protection::READ.union(Protection::WRITE);

fn fault(code: u32, address: u64) -> Exit {
    Exit::Exception { vector: 14, code, address }
}

/// User code sees an edit of its own space at its next instruction, both ways.
pub(crate) fn edits_take_effect_at_once(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&LOAD)?;
    let root = thread.context.root;
    let page = Page::containing(DATA);
    let other = bench.frame()?;
    bench.machine.write(thread.data, 0, &1_u64.to_le_bytes());
    bench.machine.write(other, 0, &2_u64.to_le_bytes());
    bench.expect(&mut thread, Exit::SystemCall)?;
    equal("word", thread.context.registers.rax, 1)?;

    bench.map(root, DATA, other, READ_WRITE)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    equal("word of the new frame", thread.context.registers.rax, 2)?;

    let removed = bench.machine.unmap(root, page);
    equal("unmapped", removed, Some(Mapping { frame: other, protection: READ_WRITE }))?;
    equal("unmapped again", bench.machine.unmap(root, page), None)?;
    bench.expect(&mut thread, fault(4, DATA))?;

    bench.map(root, DATA, thread.data, Protection::READ)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    equal("word of the old frame", thread.context.registers.rax, 1)?;
    bench.frames_back(other);
    bench.end(&thread);
    Ok(())
}

/// Each protection reads back, and holds.
pub(crate) fn protections_are_kept(bench: &mut Bench) -> Verdict {
    let sets = [
        Protection::empty(),
        Protection::READ,
        READ_WRITE,
        Protection::READ | Protection::EXECUTE,
        READ_WRITE | Protection::EXECUTE,
    ];
    for protection in sets {
        let mut thread = bench.thread(&STORE)?;
        let mapping = Mapping { frame: thread.data, protection };
        bench.map(thread.context.root, DATA, thread.data, protection)?;
        equal("entry", bench.machine.lookup(thread.context.root, Page::containing(DATA)), Some(mapping))?;
        let exit = bench.run(&mut thread);
        let expected = if protection.contains(Protection::WRITE) { Exit::SystemCall } else { fault(7, DATA) };
        equal("exit of a store", exit, expected)?;
        thread.context.registers.rip = DATA;
        bench.machine.write(thread.data, 0, &SYSCALL_FOREVER);
        let exit = bench.run(&mut thread);
        let expected = if protection.contains(Protection::EXECUTE) { Exit::SystemCall } else { fault(0x15, DATA) };
        equal("exit of a fetch", exit, expected)?;
        bench.end(&thread);
    }
    Ok(())
}

/// Pages far apart, at the edges of tables, are all found, in order, within the range asked for.
pub(crate) fn next_mapped_finds_every_page(bench: &mut Bench) -> Verdict {
    let root = bench.machine.new_root(&mut bench.frames).ok_or("no root")?;
    let last = Page::containing(USER_END).0.wrapping_sub(1);
    let pages = [16, 511, 512, 513, (1 << 18) - 1, 1 << 18, (1 << 27) + 5, last].map(Page);
    for page in pages {
        bench.map_new(root, page.start(), Protection::READ)?;
    }
    let mut found = Vec::new();
    let mut from = Page(0);
    while let Some((page, _)) = bench.machine.next_mapped(root, from, Page(u64::MAX)) {
        found.push(page);
        from = page.next();
    }
    equal("pages", found.as_slice(), &pages)?;
    let next = |from, end| bench.machine.next_mapped(root, Page(from), Page(end)).map(|(page, _)| page.0);
    equal("from a mapped page", next(512, 600), Some(512))?;
    equal("up to, not including, the end", next(17, 511), None)?;
    equal("an empty range", next(511, 511), None)?;
    for page in pages {
        let mapping = bench.machine.unmap(root, page).ok_or("not mapped")?;
        bench.frames_back(mapping.frame);
    }
    equal("nothing left", bench.machine.next_mapped(root, Page(0), Page(u64::MAX)), None)?;
    while !bench.machine.free_tables(root, 3, &mut bench.frames) {}
    Ok(())
}

/// Whichever of the three tables is missing.
pub(crate) fn map_without_memory_changes_nothing(bench: &mut Bench) -> Verdict {
    let root = bench.machine.new_root(&mut bench.frames).ok_or("no root")?;
    let frame = bench.frame()?;
    let plenty = bench.frames.limit;
    let mapping = Mapping { frame, protection: Protection::READ };
    for limit in 0..=2 {
        bench.frames.limit = limit;
        holds("map fails", !bench.machine.map(root, Page(1 << 20), mapping, &mut bench.frames))?;
        equal("frames that may be allocated", bench.frames.limit, limit)?;
        equal("entry", bench.machine.lookup(root, Page(1 << 20)), None)?;
    }
    bench.frames.limit = 0;
    equal("root without memory", bench.machine.new_root(&mut bench.frames), None)?;
    bench.frames.limit = plenty;
    holds("map succeeds", bench.machine.map(root, Page(1 << 20), mapping, &mut bench.frames))?;
    bench.machine.unmap(root, Page(1 << 20));
    bench.frames_back(frame);
    bench.end_space(root);
    Ok(())
}

/// Not by any page number.
pub(crate) fn kernel_half_cannot_be_mapped(bench: &mut Bench) -> Verdict {
    let thread = bench.thread(&LOAD)?;
    let mapping = Mapping { frame: thread.data, protection: READ_WRITE };
    for address in [USER_END, 1 << 47, 0xffff_8000_0000_0000, 0xffff_ffff_8020_0000, u64::MAX] {
        let page = Page::containing(address);
        holds("map refuses", !bench.machine.map(thread.context.root, page, mapping, &mut bench.frames))?;
        equal("lookup", bench.machine.lookup(thread.context.root, page), None)?;
        equal("unmap", bench.machine.unmap(thread.context.root, page), None)?;
    }
    bench.end(&thread);
    Ok(())
}

/// The machine leaves it first.
pub(crate) fn active_root_can_be_freed(bench: &mut Bench) -> Verdict {
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    let before = bench.machine.address_space_switches();
    bench.end(&thread);
    equal("switches", bench.machine.address_space_switches(), before.wrapping_add(1))?;
    let mut thread = bench.thread(&SYSCALL_FOREVER)?;
    equal("rip", thread.context.registers.rip, CODE)?;
    bench.expect(&mut thread, Exit::SystemCall)?;
    bench.end(&thread);
    Ok(())
}
