//! What the core needs of the hardware, as small traits: the machine implements them, host tests have a fake.
//!
//! Decides the border between decisions (this crate) and hardware (`kernel-machine`). Main types: [`Frame`], [`Page`],
//! [`Mapping`], [`Context`], [`Exit`] and the trait [`Machine`]. Neighbours: `memory` (uses [`PhysicalMemory`] and
//! [`PageTables`]), `kernel/src/main.rs` (the loop that hands a [`Context`] to the machine and an [`Exit`] to the core).
//!
//! The core never holds a reference into physical memory: it copies in and out by frame and offset, so nothing here can
//! alias what user space writes.

use bitflags::bitflags;
use kernel_abi::registers::{DebugRegisters, Registers};

/// Bytes in a page and in a frame.
pub const PAGE_SIZE: usize = 1 << PAGE_SHIFT;

/// Bits of an address that say where in the page it is.
const PAGE_SHIFT: u32 = 12;

/// First address user space can never have: the page below 2^47 is not mappable, so that neither SYSRET nor a fetch that
/// runs off its end can meet a non-canonical address (SDM vol. 2, SYSRET; CVE-2012-0217).
pub const USER_END: u64 = 0x0000_7fff_ffff_f000;

/// Lowest address user space may map: the first 64 KiB stay unmapped so that null dereferences fault.
pub const USER_START: u64 = 0x1_0000;

/// A physical page frame, by number (physical address / 4096).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Frame(pub u32);

/// A virtual page, by number (address / 4096).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Page(pub u64);

impl Page {
    /// The page that holds `address`.
    #[must_use]
    pub const fn containing(address: u64) -> Self {
        Self(address >> PAGE_SHIFT)
    }

    /// First address of the page.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.0.wrapping_mul(PAGE_SIZE as u64)
    }

    /// The page after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

/// The root table of one address space (the frame that CR3 names).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Root(pub Frame);

/// Physical frames in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameRange {
    /// Number of the first frame.
    pub first: u32,
    /// How many.
    pub count: u32,
}

bitflags! {
    /// What may be done with a page; the bits of `RegionInformation::protection` (FreeBSD's VM_PROT_*).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Protection: u32 {
        /// Loads. Without it a page cannot be touched at all: x86 has no write-only or execute-only pages without
        /// protection keys.
        const READ = 1;
        /// Stores.
        const WRITE = 2;
        /// Instruction fetches.
        const EXECUTE = 4;
    }
}

/// One user page-table entry that holds a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The frame that is mapped.
    pub frame: Frame,
    /// What user code may do. Empty for a page whose region lost read permission: the entry keeps the frame, but every user
    /// access faults (a leaf entry with U/S clear does both; SDM vol. 3, section 4.6). WRITE and EXECUTE come with READ.
    pub protection: Protection,
}

/// Where page-table frames come from and go to; implemented by the core's frame allocator.
pub trait FrameSource {
    /// A frame of unknown content, or `None` when memory is used up.
    fn allocate(&mut self) -> Option<Frame>;
    /// Takes back a frame that [`FrameSource::allocate`] gave.
    fn free(&mut self, frame: Frame);
}

/// Bytes of physical frames. `offset + length` never exceeds [`PAGE_SIZE`]; callers keep that, implementations clamp.
pub trait PhysicalMemory {
    /// Copies out of a frame.
    fn read(&self, frame: Frame, offset: usize, into: &mut [u8]);
    /// Copies into a frame.
    fn write(&mut self, frame: Frame, offset: usize, from: &[u8]);
    /// Copies between frames. Ranges in the same frame may overlap: the bytes arrive as they were before.
    fn copy(&mut self, from: (Frame, usize), to: (Frame, usize), length: usize);
    /// Clears a frame.
    fn zero(&mut self, frame: Frame);
}

/// Edits of page tables. Translation-cache maintenance is the implementation's: an edit of the active root takes effect
/// before the next user instruction.
pub trait PageTables {
    /// A new root with the kernel half shared and the user half empty; `None` when `frames` is used up.
    fn new_root(&mut self, frames: &mut impl FrameSource) -> Option<Root>;
    /// Sets the entry of `page`, replacing what was there; `false` when a table could not be allocated (nothing changed).
    fn map(&mut self, root: Root, page: Page, mapping: Mapping, frames: &mut impl FrameSource) -> bool;
    /// Clears the entry of `page` and returns what was there. Table pages stay until the root is freed.
    fn unmap(&mut self, root: Root, page: Page) -> Option<Mapping>;
    /// How often another root than before was made active: each time the processor forgot its translations.
    fn switches(&self) -> u64;
    /// The entry of `page`.
    fn lookup(&self, root: Root, page: Page) -> Option<Mapping>;
    /// The first entry with a frame at or after `from` and before `end`; skips missing tables.
    fn next_mapped(&self, root: Root, from: Page, end: Page) -> Option<(Page, Mapping)>;
    /// Frees at most `limit` table pages of a root that is not active and whose user entries have all been unmapped;
    /// `true` once the root itself is free. Called again until then, so that freeing many tables is never one long step.
    fn free_tables(&mut self, root: Root, limit: usize, frames: &mut impl FrameSource) -> bool;
}

/// What a thread is to the machine while it does not run; `&mut` to it is lent for the time of one `run`.
///
/// Aligned to 16 because the processor pushes an exception frame straight onto the end of `registers`.
#[derive(Clone, Debug)]
#[repr(C, align(16))]
pub struct Context {
    /// General registers in FreeBSD's `struct reg` layout; the tail (rip, cs, rflags, rsp, ss) is an IRETQ frame.
    pub registers: Registers,
    /// FS base.
    pub fs_base: u64,
    /// GS base of user space.
    pub gs_base: u64,
    /// Frame that holds the XSAVE image.
    pub extended: Frame,
    /// Address space to run in.
    pub root: Root,
    /// Debug registers; loaded only if any is enabled.
    pub debug: DebugRegisters,
    /// The return must use IRETQ: the frame was edited or did not come from SYSCALL.
    pub full_restore: bool,
}

/// Why user code stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// SYSCALL: number and arguments are in the registers.
    SystemCall,
    /// A processor exception raised by user code other than #DB (SDM vol. 3, table 6-1).
    Exception {
        /// Vector number.
        vector: u8,
        /// Error code, 0 where the vector has none.
        code: u32,
        /// CR2 for #PF, else 0.
        address: u64,
    },
    /// #DB, from user code or owed to it from ring 0 (MOV SS before SYSCALL): DR6 as it was.
    Debug {
        /// DR6 with the reserved bits removed.
        dr6: u64,
        /// The trap hit inside the kernel's first instructions: the thread is also at the given system call.
        system_call: bool,
    },
    /// A device wants attention.
    Interrupt(Interrupt),
}

/// The devices the kernel itself drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// The timer deadline passed.
    Timer,
    /// A serial port has input or room for output.
    Serial(SerialPort),
    /// Nothing the core must handle.
    Spurious,
}

/// The two serial ports: the console and the debugger's line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SerialPort {
    /// COM1.
    Console,
    /// COM2.
    Debugger,
}

/// Extended (x87, SSE, AVX) state of threads, kept in one frame each in the standard XSAVE format.
pub trait ExtendedState {
    /// Bytes of the XSAVE image with every enabled component.
    fn extended_length(&self) -> usize;
    /// Enabled components (XCR0), 0b11 when the processor has no XSAVE.
    fn extended_mask(&self) -> u64;
    /// MXCSR bits that may be set.
    fn mxcsr_mask(&self) -> u32;
    /// Writes the initial image (FCW 0x37f, MXCSR 0x1f80) into `frame`.
    fn reset_extended(&mut self, frame: Frame);
    /// Makes the image in `frame` current if its owner's registers are still live; called before it is read.
    fn save_extended(&mut self, frame: Frame);
    /// Forgets live registers of `frame`'s owner, so that an image written to memory is loaded at the next run.
    fn forget_extended(&mut self, frame: Frame);
}

/// Time and the serial lines.
pub trait Devices {
    /// Nanoseconds since boot, never decreasing.
    fn now(&self) -> u64;
    /// Asks for [`Interrupt::Timer`] at `deadline` (nanoseconds since boot), replacing an earlier request.
    fn set_timer(&mut self, deadline: Option<u64>);
    /// Seconds since 1970 at boot.
    fn boot_time(&self) -> u64;
    /// Takes one received byte.
    fn serial_read(&mut self, port: SerialPort) -> Option<u8>;
    /// Sends as many bytes as the port takes now; returns how many.
    fn serial_write(&mut self, port: SerialPort, bytes: &[u8]) -> usize;
    /// Asks for [`Interrupt::Serial`] when the port can send again.
    fn serial_notify_writable(&mut self, port: SerialPort);
    /// Appends to the kernel's log device (never blocks, never fails).
    fn log(&mut self, bytes: &[u8]);
    /// Makes the n-th allocation of the kernel's heap from now fail, once; `None` makes none fail.
    fn fail_allocation(&mut self, nth: Option<u64>);
    /// Allocations until the one that fails; `None` once it has, or if none is to.
    fn allocations_left(&self) -> Option<u64>;
    /// Ends the machine: `status` goes to the emulator's exit port where there is one.
    fn power_off(&mut self, status: u8);
}

/// Everything the core asks of a machine.
pub trait Machine: PhysicalMemory + PageTables + ExtendedState + Devices {}

impl<T: PhysicalMemory + PageTables + ExtendedState + Devices> Machine for T {}
