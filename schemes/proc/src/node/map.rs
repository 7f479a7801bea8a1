//! `map` and its binary twin: the regions of an address space.
//!
//! Decides the line of a region: addresses, protection, sharing, offset, and the file's name where it is known
//! here: a path of the boot image, or a memory object of the kernel's.
//! Main functions: [`binary`], [`render`]. Neighbours: `image` (paths), `ptrace`'s PT_VM_ENTRY tells the same facts.

use alloc::vec::Vec;

use kernel_abi::verb::RegionInformation;
use proc_abi::status::MapEntry;
use ptrace::{Errno, KernelGroup, Result};
use zerocopy::IntoBytes;

use crate::gate::Gate;
use crate::text::Text;
use crate::verbs::Verbs;

const SIZE: u32 = size_of::<MapEntry>() as u32;

fn regions<V: Verbs>(
    gate: &mut Gate<V>,
    group: KernelGroup,
    mut each: impl FnMut(&Gate<V>, &RegionInformation) -> Result<()>,
) -> Result<()> {
    let mut index = 0_u64;
    loop {
        match gate.verbs.region(group.0, index) {
            Ok(region) => each(gate, &region)?,
            Err(Errno::ENOENT) => return Ok(()),
            // A dead process has no address space any more.
            Err(Errno::ESRCH) if index == 0 => return Ok(()),
            Err(errno) => return Err(errno),
        }
        index = index.saturating_add(1);
    }
}

/// `map.bin`.
pub(crate) fn binary<V: Verbs>(gate: &mut Gate<V>, group: KernelGroup) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    regions(gate, group, |_, region| {
        let is_file = region.file != 0;
        let entry = MapEntry {
            size: SIZE,
            protection: region.protection,
            start: region.start,
            end: region.end,
            offset: region.offset,
            maximum: region.maximum,
            shared: region.shared,
            file: if is_file { region.label } else { 0 },
            scheme: if is_file { region.scheme } else { 0 },
            timestamp: region.timestamp,
        };
        bytes.try_reserve(size_of::<MapEntry>()).map_err(|_| Errno::ENOMEM)?;
        bytes.extend_from_slice(entry.as_bytes());
        Ok(())
    })?;
    Ok(bytes)
}

/// `map`: one line for each region.
pub(crate) fn render<V: Verbs>(gate: &mut Gate<V>, group: KernelGroup) -> Result<Vec<u8>> {
    let mut text = Text::default();
    regions(gate, group, |gate, region| {
        let bit = |mask: u32, shown: char| if region.protection & mask != 0 { shown } else { '-' };
        let sharing = if region.shared != 0 { 's' } else { 'p' };
        text.add(format_args!(
            "{:012x}-{:012x} {}{}{}{sharing} {:08x}",
            region.start,
            region.end,
            bit(1, 'r'),
            bit(2, 'w'),
            bit(4, 'x'),
            region.offset
        ));
        if region.file != 0 {
            match gate.sealed.region_name(region) {
                Some(path) => text.add(format_args!(" {path}")),
                None => text.add(format_args!(" file {} of scheme {:#x}", region.label, region.scheme)),
            }
        }
        text.add(format_args!("\n"));
        Ok(())
    })?;
    text.finish()
}
