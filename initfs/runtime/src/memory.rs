//! Memory of a program's own: anonymous pages, and files seen as memory.
//!
//! Decides which mappings safe code may have: [`Memory`] is anonymous, private and so the program's alone; [`SharedMemory`]
//! may change at any time and is reached by copying; [`ImageMemory`] is a window on the sealed boot image, which nobody
//! can write. Neighbours: `heap` grows by anonymous pages, `thread` takes its stacks from here, `file` gives descriptors.

pub mod place;
pub mod probe;

use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call;
use core::ptr::NonNull;
use kernel_abi::redox::data::Map;
use kernel_abi::redox::flag::MapFlags;
use kernel_abi::redox::number::{SYS_FMAP, SYS_FUNMAP, SYS_MPROTECT};

/// Bytes in a page.
pub const PAGE_SIZE: usize = 4096;

/// Descriptor of FMAP that means anonymous memory.
const ANONYMOUS: usize = usize::MAX;

/// What may be done with pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Nothing: any access faults.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    ReadWrite,
    /// Reading and executing.
    ReadExecute,
    /// All three; nothing here asks for it, but an ELF file may.
    ReadWriteExecute,
}

impl Protection {
    /// The `PROT_*` bits.
    #[must_use]
    pub const fn flags(self) -> MapFlags {
        match self {
            Self::None => MapFlags::PROT_NONE,
            Self::Read => MapFlags::PROT_READ,
            Self::ReadWrite => MapFlags::PROT_READ.union(MapFlags::PROT_WRITE),
            Self::ReadExecute => MapFlags::PROT_READ.union(MapFlags::PROT_EXEC),
            Self::ReadWriteExecute => MapFlags::PROT_READ.union(MapFlags::PROT_WRITE).union(MapFlags::PROT_EXEC),
        }
    }
}

/// Pages that are unmapped when dropped.
#[derive(Debug)]
struct Pages {
    start: NonNull<u8>,
    length: usize,
}

// SAFETY: pages belong to the address space, not to a thread; who may touch them is decided by the types around.
unsafe impl Send for Pages {}
// SAFETY: as above; no method writes through a shared reference except by volatile or kernel-made copies.
unsafe impl Sync for Pages {}

impl Pages {
    fn map(descriptor: usize, offset: usize, length: usize, flags: MapFlags) -> Result<Self> {
        let length = length.checked_next_multiple_of(PAGE_SIZE).filter(|&length| length > 0).ok_or(Error::EINVAL)?;
        let map = Map { offset, size: length, flags, address: 0 };
        let arguments = [descriptor, (&raw const map).expose_provenance(), size_of::<Map>(), 0, 0, 0];
        // SAFETY: without MAP_FIXED the kernel chooses free addresses, so no memory in use changes; it reads `map` only.
        let address = unsafe { system_call::call(SYS_FMAP, arguments) }?;
        let start = NonNull::new(core::ptr::with_exposed_provenance_mut(address)).ok_or(Error::ENOMEM)?;
        Ok(Self { start, length })
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        // SAFETY: the value owned the pages and nothing borrows from it any more.
        let result = unsafe { system_call::call(SYS_FUNMAP, [self.start.addr().get(), self.length, 0, 0, 0, 0]) };
        // Only a range that is none could be refused; the value was made from one.
        debug_assert!(result.is_ok(), "pages stay mapped: {result:?}");
    }
}

/// Anonymous memory: zero at first, readable and writable, this program's alone.
#[derive(Debug)]
pub struct Memory(Pages);

impl Memory {
    /// Maps at least `length` bytes, rounded up to pages.
    ///
    /// # Errors
    /// EINVAL for none or too many, ENOMEM.
    pub fn anonymous(length: usize) -> Result<Self> {
        let flags = Protection::ReadWrite.flags() | MapFlags::MAP_PRIVATE;
        Pages::map(ANONYMOUS, 0, length, flags).map(Self)
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.start.addr().get()
    }

    /// Bytes mapped.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.length
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the pages are mapped readable and zeroed, live as long as `self`, and are written through `&mut self` only.
        unsafe { core::slice::from_raw_parts(self.0.start.as_ptr(), self.0.length) }
    }

    /// The bytes, to write.
    #[must_use]
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as for `bytes`, and the exclusive borrow makes this the only access.
        unsafe { core::slice::from_raw_parts_mut(self.0.start.as_ptr(), self.0.length) }
    }

    /// Gives the pages away for the rest of the program's life.
    #[must_use]
    pub fn leak(self) -> &'static mut [u8] {
        let pages = core::mem::ManuallyDrop::new(self.0);
        // SAFETY: as for `bytes_mut`; the pages are never unmapped now.
        unsafe { core::slice::from_raw_parts_mut(pages.start.as_ptr(), pages.length) }
    }

    /// Changes the protection of the first `length` bytes, rounded up to pages, and keeps them from being used as memory.
    ///
    /// # Errors
    /// EINVAL if that is more than there is.
    pub fn guard(self, length: usize) -> Result<GuardedMemory> {
        let guard = length.checked_next_multiple_of(PAGE_SIZE).filter(|&guard| guard < self.0.length);
        let guard = guard.ok_or(Error::EINVAL)?;
        protect(&self.0, guard, Protection::None)?;
        Ok(GuardedMemory { pages: self.0, guard })
    }

    /// Makes the memory read-only and executable: code that was just written. What its instructions do is the processor's
    /// business; safe code has no way to jump there but [`Code`]'s address given to a debugger or a signal handler.
    ///
    /// # Errors
    /// As the kernel refuses it.
    pub fn into_code(self) -> Result<Code> {
        protect(&self.0, self.0.length, Protection::ReadExecute)?;
        Ok(Code(self.0))
    }
}

/// Memory whose lowest pages fault at any access: stacks, and tests of faults.
#[derive(Debug)]
pub struct GuardedMemory {
    pages: Pages,
    guard: usize,
}

impl GuardedMemory {
    /// The first address of the guard.
    #[must_use]
    pub fn guard_address(&self) -> usize {
        self.pages.start.addr().get()
    }

    /// The first address that can be used.
    #[must_use]
    pub fn start(&self) -> usize {
        self.guard_address().saturating_add(self.guard)
    }

    /// The first address after the end.
    #[must_use]
    pub fn end(&self) -> usize {
        self.guard_address().saturating_add(self.pages.length)
    }
}

/// Executable memory.
#[derive(Debug)]
pub struct Code(Pages);

impl Code {
    /// The first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.start.addr().get()
    }
}

fn protect(pages: &Pages, length: usize, protection: Protection) -> Result<()> {
    let arguments = [pages.start.addr().get(), length, protection.flags().bits(), 0, 0, 0];
    // SAFETY: the caller holds the pages by value, so no reference into them exists.
    unsafe { system_call::call(SYS_MPROTECT, arguments) }.map(drop)
}

/// A file's memory, shared with whoever else maps it: copied in and out, never borrowed.
#[derive(Debug)]
pub struct SharedMemory(Pages);

impl SharedMemory {
    /// Maps `length` bytes of `file` from `offset` on, a multiple of the page size.
    ///
    /// # Errors
    /// As the file's server or the kernel refuses it.
    pub fn map(file: &File, offset: usize, length: usize, protection: Protection) -> Result<Self> {
        Pages::map(file.descriptor(), offset, length, protection.flags() | MapFlags::MAP_SHARED).map(Self)
    }

    /// The first address.
    #[must_use]
    pub fn address(&self) -> usize {
        self.0.start.addr().get()
    }

    /// Reads the aligned word at `offset`.
    ///
    /// # Errors
    /// EINVAL outside the mapping or off alignment. The page must be readable, else the access faults.
    pub fn read_word(&self, offset: usize) -> Result<u64> {
        let word = self.word(offset)?;
        // SAFETY: `word` lies inside the mapping and is aligned; a volatile read tolerates changes by others.
        Ok(unsafe { word.read_volatile() })
    }

    /// Writes the aligned word at `offset`.
    ///
    /// # Errors
    /// EINVAL outside the mapping or off alignment. The page must be writable, else the access faults.
    pub fn write_word(&self, offset: usize, value: u64) -> Result<()> {
        let word = self.word(offset)?;
        // SAFETY: as for `read_word`; nothing borrows from the mapping.
        unsafe { word.write_volatile(value) };
        Ok(())
    }

    fn word(&self, offset: usize) -> Result<*mut u64> {
        let end = offset.checked_add(size_of::<u64>()).ok_or(Error::EINVAL)?;
        if end > self.0.length || !offset.is_multiple_of(align_of::<u64>()) {
            return Err(Error::EINVAL);
        }
        Ok(self.0.start.as_ptr().wrapping_add(offset).cast())
    }
}

/// A window on the boot image, which is sealed: its bytes are the same for ever, so they can be borrowed.
#[derive(Debug)]
pub struct ImageMemory(Pages);

impl ImageMemory {
    /// Maps the first `length` bytes of the image behind `image`, which has to be the kernel's read-only object of it.
    ///
    /// # Errors
    /// As the kernel refuses it; EACCES if the object could be written.
    pub fn map(image: &File, length: usize) -> Result<Self> {
        // Asking for write access first shows that nobody can have it.
        let writable = Protection::ReadWrite.flags() | MapFlags::MAP_SHARED;
        if Pages::map(image.descriptor(), 0, PAGE_SIZE, writable).is_ok() {
            return Err(Error::EACCES);
        }
        Pages::map(image.descriptor(), 0, length, Protection::Read.flags() | MapFlags::MAP_SHARED).map(Self)
    }

    /// The image, for the rest of the program's life.
    #[must_use]
    pub fn leak(self) -> &'static [u8] {
        let pages = core::mem::ManuallyDrop::new(self.0);
        // SAFETY: the pages are readable and never unmapped; `map` found that they cannot be written.
        unsafe { core::slice::from_raw_parts(pages.start.as_ptr(), pages.length) }
    }
}
