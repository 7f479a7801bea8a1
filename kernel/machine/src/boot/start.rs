//! The order of boot.
//!
//! Decides what happens first: descriptor tables, so that a fault is reported; control registers; the hand-over, while the
//! identity map lasts; the final page tables; the heap; the devices. Neighbours: `start.S` (calls [`start_kernel`]), the
//! kernel binary (called last).
#![expect(unsafe_code, reason = "reads physical memory, calls the binary")]

use alloc::boxed::Box;
use kernel_core::seam::Root;

use super::handover::{BootMemory, Handover, HandoverError};
use super::layout::{self, IDENTITY_END, Layout};
use super::memory_map::PhysicalRange;
use super::{BootInformation, multiboot2, processor, pvh, tables};
use crate::device::{self, DeviceSet};
use crate::extended::Extended;
use crate::heap;
use crate::machine::Machine;
use crate::paging::PHYSMAP;
use crate::trap::{self, stacks};

const PROTOCOL_PVH: u32 = 1;
const PROTOCOL_MULTIBOOT2: u32 = 2;

core::arch::global_asm!(
    include_str!("start.S"),
    KERNEL_BASE = const tables::KERNEL_BASE,
    KERNEL_STACK_BYTES = const stacks::KERNEL_STACK_BYTES,
    TRAP_STACK_BYTES = const stacks::TRAP_STACK_BYTES,
    start_kernel = sym start_kernel,
);

// The kernel binary defines it by `entry!`, with this signature.
unsafe extern "Rust" {
    fn kernel_main(machine: Machine, information: BootInformation) -> !;
}

extern "C" fn start_kernel(protocol: u32, information: u32) -> ! {
    device::log::initialize();
    trap::install();
    let (features, format) = processor::initialize();
    let (handover, layout) = match read_handover(protocol, u64::from(information)) {
        Ok(read) => read,
        Err(error) => boot_failed(error),
    };
    tables::activate(&layout);
    // SAFETY: `activate` has mapped the heap there, and the layout gave its frames to nobody else.
    unsafe { heap::give(tables::HEAP, layout.heap.length()) };
    let information = BootInformation {
        usable: layout.usable.iter().map(PhysicalRange::frames).collect(),
        image: layout.image,
        command_line: Box::leak(Box::<[u8]>::from(handover.command_line.as_slice())),
    };
    let root = Root(tables::kernel_root_frame());
    let machine = Machine::new(root, features, Extended::new(format), DeviceSet::initialize());
    // The first line of the log: whoever types on a serial port waits for it, because opening a port empties it.
    let (free, heap) = (layout.usable.total() >> 20, layout.heap.length() >> 20);
    log::info!("{free} MiB free, {heap} MiB heap");
    log::info!("{features}; {format:?}");
    // SAFETY: declared as `entry!` defines it.
    unsafe { kernel_main(machine, information) }
}

fn read_handover(protocol: u32, address: u64) -> Result<(Handover, Layout), HandoverError> {
    let handover = match protocol {
        PROTOCOL_PVH => pvh::parse(&IdentityMap, address)?,
        PROTOCOL_MULTIBOOT2 => multiboot2::parse(&IdentityMap, address)?,
        _ => return Err(HandoverError::UnknownProtocol),
    };
    let layout = layout::divide(&handover, tables::kernel_range())?;
    Ok((handover, layout))
}

#[expect(clippy::panic, reason = "without a usable hand-over there is nothing to run")]
fn boot_failed(error: HandoverError) -> ! {
    panic!("cannot boot: {error}")
}

/// The boot image in the physmap.
pub(super) fn image_bytes<'a>(image: PhysicalRange) -> &'a [u8] {
    let start = core::ptr::with_exposed_provenance(PHYSMAP.wrapping_add(image.start) as usize);
    // SAFETY: `activate` has mapped the image there. It is never part of a Rust object, and its frames are not written to
    // as long as the caller's borrow lasts (README.md, "frames").
    unsafe { core::slice::from_raw_parts(start, image.length() as usize) }
}

/// The first 4 GiB as start.S maps them; gone after `tables::activate`.
struct IdentityMap;

impl BootMemory for IdentityMap {
    fn bytes(&self, address: u64, length: u64) -> Option<&[u8]> {
        let range = PhysicalRange::new(address, length)?;
        if address == 0 || range.end > IDENTITY_END {
            return None;
        }
        let start = core::ptr::with_exposed_provenance(address as usize);
        // SAFETY: the bytes are in the identity map; what the loader wrote there nobody changes during boot, and the
        // parsers copy all they keep before the map goes.
        Some(unsafe { core::slice::from_raw_parts(start, length as usize) })
    }
}
