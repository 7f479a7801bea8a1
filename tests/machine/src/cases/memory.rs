//! Physical memory: what boot gives, and how bytes get in and out.
//!
//! Decides nothing. Neighbours: kernel/machine/src/memory.rs, boot/layout.rs.

use alloc::vec;
use alloc::vec::Vec;
use kernel_core::seam::{Frame, FrameRange, PAGE_SIZE, PhysicalMemory};

use crate::bench::Bench;
use crate::verdict::{Verdict, equal, holds};

const FRAMES_PER_MIB: u32 = 256;

/// First and last frame of every range hold what is written, and no two ranges share one.
pub(crate) fn given_memory_works(bench: &mut Bench) -> Verdict {
    let ranges = bench.usable.clone();
    let ends: Vec<u32> =
        ranges.iter().flat_map(|range| [range.first, range.first.wrapping_add(range.count).wrapping_sub(1)]).collect();
    for frame in &ends {
        holds("memory starts above 1 MiB", *frame >= FRAMES_PER_MIB)?;
        bench.machine.write(Frame(*frame), 8, &frame.to_le_bytes());
    }
    for frame in &ends {
        let mut bytes = [0; 4];
        bench.machine.read(Frame(*frame), 8, &mut bytes);
        equal("frame content", u32::from_le_bytes(bytes), *frame)?;
    }
    let mut starts: Vec<_> = ranges.iter().map(|range| (range.first, range.count)).collect();
    starts.sort_unstable();
    holds(
        "ranges are disjoint",
        starts.windows(2).all(|pair| match pair {
            [(first, count), (next, _)] => first.saturating_add(*count) <= *next,
            _ => true,
        }),
    )
}

/// What boot shows of the image is what its frames hold, and none of them is free.
pub(crate) fn image_is_whole(bench: &mut Bench) -> Verdict {
    let image = bench.image;
    let frames = (image.first..).take(image.count as usize).map(Frame);
    let mut bytes = vec![0; PAGE_SIZE];
    for (frame, shown) in frames.zip(bench.image_bytes.chunks(PAGE_SIZE)) {
        bench.machine.read(frame, 0, &mut bytes);
        holds("the frames hold the image", bytes.get(..shown.len()) == Some(shown))?;
    }
    let image_end = image.first.saturating_add(image.count);
    let is_free = |range: &FrameRange| range.first < image_end && image.first < range.first.saturating_add(range.count);
    holds("its frames are not free", image.count > 0 && !bench.usable.iter().any(is_free))
}

/// What goes beyond the frame is cut off.
pub(crate) fn access_is_clamped(bench: &mut Bench) -> Verdict {
    let frame = bench.frame()?;
    bench.machine.zero(frame);
    bench.machine.write(frame, PAGE_SIZE - 4, &[0x11; 64]);
    bench.machine.write(frame, PAGE_SIZE, &[0x22; 8]);
    bench.machine.write(frame, usize::MAX, &[0x22; 8]);
    let mut bytes = [0xee; 8];
    bench.machine.read(frame, PAGE_SIZE - 8, &mut bytes);
    equal("end of the frame", bytes, [0, 0, 0, 0, 0x11, 0x11, 0x11, 0x11])?;
    let mut beyond = [0xee; 8];
    bench.machine.read(frame, PAGE_SIZE - 1, &mut beyond);
    equal("read over the end", beyond, [0x11, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee, 0xee])?;
    bench.machine.copy((frame, PAGE_SIZE - 1), (frame, PAGE_SIZE - 2), 100);
    bench.machine.copy((frame, usize::MAX), (frame, 0), 100);
    bench.frames_back(frame);
    Ok(())
}

/// Lengths from 0 to 40 at all offsets from a word, and a whole frame.
pub(crate) fn every_length_copies(bench: &mut Bench) -> Verdict {
    let (one, other) = (bench.frame()?, bench.frame()?);
    let pattern: Vec<u8> = (0..PAGE_SIZE).map(|index| (index % 251) as u8).collect();
    bench.machine.write(one, 0, &pattern);
    for length in 0..=40_usize {
        for offset in 0..8_usize {
            bench.machine.zero(other);
            bench.machine.copy((one, 100), (other, offset), length);
            let mut bytes = vec![0; PAGE_SIZE];
            bench.machine.read(other, 0, &mut bytes);
            let copied = bytes.iter().skip(offset).take(length).eq(pattern.iter().skip(100).take(length));
            let rest = bytes.iter().filter(|byte| **byte != 0).count() <= length;
            holds("exactly the bytes asked for arrive", copied && rest)?;
        }
    }
    bench.machine.copy((one, 0), (other, 0), PAGE_SIZE);
    let mut bytes = vec![0; PAGE_SIZE];
    bench.machine.read(other, 0, &mut bytes);
    bench.frames_back(one);
    bench.frames_back(other);
    holds("a whole frame is copied", bytes == pattern)
}

/// Within one frame the bytes arrive as they were.
pub(crate) fn overlapping_copy_moves(bench: &mut Bench) -> Verdict {
    let frame = bench.frame()?;
    let pattern: Vec<u8> = (0..=99).collect();
    for (from, to) in [(0, 10), (10, 0), (0, 1), (3, 0)] {
        bench.machine.write(frame, from, &pattern);
        bench.machine.copy((frame, from), (frame, to), pattern.len());
        let mut bytes = vec![0; pattern.len()];
        bench.machine.read(frame, to, &mut bytes);
        holds("the bytes arrive as they were", bytes == pattern)?;
    }
    bench.frames_back(frame);
    Ok(())
}
