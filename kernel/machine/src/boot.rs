//! From the loader's hand-over to a running kernel.
//!
//! Decides what the core is told about memory: [`BootInformation`]. The steps are in `start`; the two loader protocols
//! in `pvh` and `multiboot2`, both giving a [`handover::Handover`]; `layout` divides memory; `tables` builds the final
//! page tables; `processor` sets the control registers. Neighbour: the kernel binary, entered through [`entry!`](crate::entry).

pub mod handover;
mod layout;
pub mod memory_map;
mod multiboot2;
mod pvh;

#[cfg(not(test))]
pub(crate) mod processor;
#[cfg(not(test))]
mod start;
#[cfg(not(test))]
pub(crate) mod tables;

use arrayvec::ArrayVec;
use kernel_core::seam::FrameRange;
use memory_map::PhysicalRange;

/// Number of memory ranges that are kept; a loader that gives more loses the excess.
pub const MAX_RANGES: usize = 64;

/// What boot hands to the core.
#[derive(Clone, Debug)]
pub struct BootInformation {
    /// Free memory: no kernel, no image, no page tables of the kernel, nothing below 1 MiB.
    pub usable: ArrayVec<FrameRange, MAX_RANGES>,
    /// Physical bytes of the first module; the start is page-aligned.
    pub image: PhysicalRange,
    /// The kernel's command line.
    pub command_line: &'static [u8],
}

#[cfg(not(test))]
impl BootInformation {
    /// The boot image, to read. Nobody writes to its frames while this is borrowed: they are not among the usable ones.
    #[must_use]
    pub fn image_bytes(&self) -> &[u8] {
        start::image_bytes(self.image)
    }
}

/// Names the function that boot calls, of type `fn(Machine, BootInformation) -> !`.
#[macro_export]
macro_rules! entry {
    ($main:path) => {
        const _: () = {
            #[unsafe(no_mangle)]
            fn kernel_main(machine: $crate::Machine, information: $crate::boot::BootInformation) -> ! {
                let main: fn($crate::Machine, $crate::boot::BootInformation) -> ! = $main;
                main(machine, information)
            }
        };
    };
}
