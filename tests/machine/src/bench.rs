//! The bench that cases work on: the machine, frames, and threads of a few pages.
//!
//! Decides where a thread's code, data and stack lie. Every case gets back all it allocated: [`Bench::run_case`] compares
//! the number of free frames. Main types: [`Bench`], [`Frames`], [`Thread`]. Neighbours: `cases`, `programs`.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use kernel_abi::registers::{DebugRegisters, RFLAGS_FIXED, Registers, USER_CS, USER_SS};
use kernel_core::seam::{
    Context, Devices, Exit, ExtendedState, Frame, FrameRange, FrameSource, Mapping, Page, PageTables, PhysicalMemory,
    Protection, Root,
};
use kernel_machine::Machine;
use kernel_machine::boot::BootInformation;

use crate::cases::Case;
use crate::verdict::{Verdict, equal};

/// Where a thread's code starts.
pub(crate) const CODE: u64 = 0x40_0000;
/// A page that may be read and written.
pub(crate) const DATA: u64 = 0x50_0000;
/// One past the stack, which is one page.
pub(crate) const STACK_TOP: u64 = 0x7000_0000;
/// One past the pages that [`Thread`]s use.
const END: u64 = 0x8000_0000;

/// Free frames.
#[derive(Debug)]
pub(crate) struct Frames {
    ranges: Vec<FrameRange>,
    returned: Vec<Frame>,
    /// Frames that may still be allocated; the rest is refused.
    pub(crate) limit: usize,
}

impl FrameSource for Frames {
    fn allocate(&mut self) -> Option<Frame> {
        self.limit = self.limit.checked_sub(1)?;
        if let Some(frame) = self.returned.pop() {
            return Some(frame);
        }
        let range = self.ranges.iter_mut().find(|range| range.count > 0)?;
        let frame = Frame(range.first);
        range.first = range.first.wrapping_add(1);
        range.count = range.count.wrapping_sub(1);
        Some(frame)
    }

    fn free(&mut self, frame: Frame) {
        self.limit = self.limit.saturating_add(1);
        self.returned.push(frame);
    }
}

impl Frames {
    /// How many frames are free.
    fn count(&self) -> usize {
        self.ranges.iter().fold(self.returned.len(), |sum, range| sum.saturating_add(range.count as usize))
    }
}

/// A thread in an address space of its own.
#[derive(Debug)]
pub(crate) struct Thread {
    /// What the machine runs.
    pub(crate) context: Context,
    /// The frame behind [`DATA`].
    pub(crate) data: Frame,
}

/// Everything a case needs.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The machine under test.
    pub(crate) machine: Machine,
    /// Memory for it.
    pub(crate) frames: Frames,
    /// What boot said about memory.
    pub(crate) usable: Vec<FrameRange>,
    /// The boot image, by frame.
    pub(crate) image: FrameRange,
    /// The boot image, as boot showed it.
    pub(crate) image_bytes: Vec<u8>,
    /// Costs count: the clock counts instructions.
    pub(crate) counts_instructions: bool,
}

impl Bench {
    /// A bench with all free memory.
    pub(crate) fn new(machine: Machine, information: &BootInformation) -> Self {
        let usable: Vec<FrameRange> = information.usable.to_vec();
        let frames = Frames { ranges: usable.clone(), returned: Vec::new(), limit: usize::MAX };
        let image = information.image.frames();
        let image_bytes = information.image_bytes().to_vec();
        Self { machine, frames, usable, image, image_bytes, counts_instructions: false }
    }

    /// Writes a line to the log.
    pub(crate) fn say(&mut self, line: &str) {
        self.machine.log(line.as_bytes());
        self.machine.log(b"\n");
    }

    /// Runs a case; it must leave as many free frames as it found.
    pub(crate) fn run_case(&mut self, case: Case) -> Verdict {
        self.frames.limit = self.frames.count();
        let before = self.frames.count();
        (case.run)(self)?;
        equal("free frames", self.frames.count(), before)
    }

    /// A free frame.
    pub(crate) fn frame(&mut self) -> Result<Frame, String> {
        self.frames.allocate().ok_or_else(|| "no frame".into())
    }

    /// Gives a frame back.
    pub(crate) fn frames_back(&mut self, frame: Frame) {
        self.frames.free(frame);
    }

    /// A thread about to execute `code`, in an address space of its own.
    pub(crate) fn thread(&mut self, code: &[u8]) -> Result<Thread, String> {
        let root = self.machine.new_root(&mut self.frames).ok_or("no root")?;
        let all = Protection::READ | Protection::WRITE;
        let code_frame = self.map_new(root, CODE, Protection::READ | Protection::EXECUTE)?;
        let data = self.map_new(root, DATA, all)?;
        self.map_new(root, STACK_TOP.wrapping_sub(4096), all)?;
        self.machine.write(code_frame, 0, code);
        let extended = self.frame()?;
        self.machine.reset_extended(extended);
        let registers = Registers {
            rip: CODE,
            cs: USER_CS,
            rflags: RFLAGS_FIXED,
            rsp: STACK_TOP,
            ss: USER_SS,
            rbx: DATA,
            ..Registers::default()
        };
        let debug = DebugRegisters::default();
        let context = Context { registers, fs_base: 0, gs_base: 0, extended, root, debug, full_restore: true };
        Ok(Thread { context, data })
    }

    /// Maps a cleared frame.
    pub(crate) fn map_new(&mut self, root: Root, address: u64, protection: Protection) -> Result<Frame, String> {
        let frame = self.frame()?;
        self.machine.zero(frame);
        self.map(root, address, frame, protection)?;
        Ok(frame)
    }

    /// Maps a frame.
    pub(crate) fn map(&mut self, root: Root, address: u64, frame: Frame, protection: Protection) -> Verdict {
        let mapping = Mapping { frame, protection };
        let mapped = self.machine.map(root, Page::containing(address), mapping, &mut self.frames);
        if mapped { Ok(()) } else { Err(format!("cannot map {address:x}")) }
    }

    /// Replaces a thread's code.
    pub(crate) fn write_code(&mut self, thread: &Thread, code: &[u8]) -> Verdict {
        let page = Page::containing(CODE);
        let mapping = self.machine.lookup(thread.context.root, page).ok_or("no code")?;
        self.machine.write(mapping.frame, 0, code);
        Ok(())
    }

    /// Frees a thread and all its memory.
    pub(crate) fn end(&mut self, thread: &Thread) {
        self.machine.forget_extended(thread.context.extended);
        self.frames.free(thread.context.extended);
        self.end_space(thread.context.root);
    }

    /// Frees an address space and all frames mapped in it.
    pub(crate) fn end_space(&mut self, root: Root) {
        let end = Page::containing(END);
        let mut from = Page(0);
        while let Some((page, mapping)) = self.machine.next_mapped(root, from, end) {
            self.machine.unmap(root, page);
            self.frames.free(mapping.frame);
            from = page.next();
        }
        while !self.machine.free_tables(root, 1, &mut self.frames) {}
    }

    /// Runs a thread until it stops for another reason than an interrupt.
    pub(crate) fn run(&mut self, thread: &mut Thread) -> Exit {
        loop {
            match self.machine.run(&mut thread.context) {
                Exit::Interrupt(_) => {}
                exit => return exit,
            }
        }
    }

    /// Runs `code` in a new thread until it stops; the thread, and why.
    pub(crate) fn run_code(&mut self, code: &[u8]) -> Result<(Thread, Exit), String> {
        let mut thread = self.thread(code)?;
        let exit = self.run(&mut thread);
        Ok((thread, exit))
    }

    /// Runs `code` and expects that exit; the registers then.
    pub(crate) fn expect_exit(&mut self, code: &[u8], expected: Exit) -> Result<Registers, String> {
        let (thread, exit) = self.run_code(code)?;
        self.end(&thread);
        equal("exit", exit, expected)?;
        Ok(thread.context.registers)
    }

    /// Runs a thread and expects that exit.
    pub(crate) fn expect(&mut self, thread: &mut Thread, expected: Exit) -> Verdict {
        let exit = self.run(thread);
        equal("exit", exit, expected)
    }
}
