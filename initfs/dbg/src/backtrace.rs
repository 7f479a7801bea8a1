//! Walking the stack by frame pointers.
//!
//! Decides where the caller of a function is found, also where RBP is still, or again, the caller's, and when the chain is
//! not to be believed. Main types: [`Frame`], [`Base`]. Neighbours: `command::stack`
//! prints frames, `command::step` finishes one. Programs here are built with frame pointers (.cargo/config.toml).

use crate::error::Result;
use alloc::vec::Vec;

/// Most frames that are shown.
pub(crate) const FRAMES_MAX: usize = 256;

/// What the walk reads of the process.
pub(crate) trait Stack {
    /// The eight bytes at `address`.
    fn word(&mut self, address: u64) -> Result<u64>;
    /// There is memory at `address`.
    fn exists(&mut self, address: u64) -> bool;
    /// Where the function that is at `pc` has its return address.
    fn base(&mut self, pc: u64) -> Base;
}

/// From where the return address of the innermost function is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Base {
    /// Above RBP: the function has set up its frame.
    FramePointer,
    /// So many bytes above RSP: it has not yet, or it never does.
    StackPointer(u64),
}

/// One function's activation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    /// The instruction it is at; for callers, the one after the call.
    pub(crate) pc: u64,
    /// Where its return address lies.
    pub(crate) slot: u64,
}

/// The registers that a walk starts from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    /// RIP.
    pub(crate) pc: u64,
    /// RSP.
    pub(crate) sp: u64,
    /// RBP.
    pub(crate) fp: u64,
}

/// The frames from the innermost outwards, until the chain ends or stops making sense.
pub(crate) fn walk(stack: &mut impl Stack, start: Start) -> Vec<Frame> {
    let mut frames = Vec::new();
    let (mut pc, mut fp) = (start.pc, start.fp);
    // Callers' return addresses lie above all that the callee uses.
    let mut floor = start.sp;
    if let Base::StackPointer(depth) = stack.base(pc) {
        let slot = start.sp.wrapping_add(depth);
        frames.push(Frame { pc, slot });
        match stack.word(slot) {
            Ok(caller) if stack.exists(caller) => pc = caller,
            Ok(_) | Err(_) => return frames,
        }
        floor = slot;
    }
    while frames.len() < FRAMES_MAX {
        let slot = fp.wrapping_add(8);
        frames.push(Frame { pc, slot });
        if fp == 0 || !fp.is_multiple_of(8) || fp < floor {
            break;
        }
        let (Ok(caller), Ok(next)) = (stack.word(slot), stack.word(fp)) else { break };
        if !stack.exists(caller) {
            break;
        }
        floor = slot;
        (pc, fp) = (caller, next);
    }
    frames
}

#[cfg(test)]
mod tests {
    use super::{Base, Frame, Stack, Start, walk};
    use crate::error::{Error, Result};
    use alloc::vec::Vec;

    /// Code from 0x1000 to 0x4000 (where the last digit of an address says how deep the stack is), words from 0x8000 on.
    struct Memory {
        words: [u64; 6],
    }

    impl Stack for Memory {
        fn word(&mut self, address: u64) -> Result<u64> {
            let index = address.checked_sub(0x8000).map(|offset| offset as usize / 8);
            index.and_then(|index| self.words.get(index).copied()).ok_or_else(|| Error::no_memory(address))
        }

        fn exists(&mut self, address: u64) -> bool {
            (0x1000..0x4000).contains(&address)
        }

        fn base(&mut self, pc: u64) -> Base {
            if pc == 0x1004 { Base::FramePointer } else { Base::StackPointer(pc & 0xf) }
        }
    }

    fn pcs(start: Start, words: [u64; 6]) -> Vec<u64> {
        walk(&mut Memory { words }, start).iter().map(|frame| frame.pc).collect()
    }

    #[test]
    fn the_chain_is_followed_to_its_end() {
        let words = [0x8010, 0x2000, 0, 0x3000, 0, 0];
        let start = Start { pc: 0x1004, sp: 0x8000, fp: 0x8000 };
        assert_eq!(pcs(start, words), [0x1004, 0x2000, 0x3000]);
        assert_eq!(walk(&mut Memory { words }, start)[0], Frame { pc: 0x1004, slot: 0x8008 });
    }

    #[test]
    fn the_caller_is_found_while_the_frame_pointer_is_not_set() {
        let words = [0x2000, 0x8028, 0x2000, 0, 0, 0];
        assert_eq!(pcs(Start { pc: 0x1000, sp: 0x8000, fp: 0 }, words), [0x1000, 0x2000]);
        assert_eq!(pcs(Start { pc: 0x1008, sp: 0x8008, fp: 0 }, words), [0x1008, 0x2000]);
        assert_eq!(pcs(Start { pc: 0x1000, sp: 0x8008, fp: 0 }, words), [0x1000], "no code there");
    }

    #[test]
    fn senseless_chains_end() {
        let start = Start { pc: 0x1004, sp: 0x8000, fp: 0x8000 };
        assert_eq!(pcs(start, [0x8000, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "a loop");
        assert_eq!(pcs(start, [0x8003, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "not aligned");
        assert_eq!(pcs(start, [0xffff_fff0, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "no memory");
        assert_eq!(pcs(start, [0x8010, 1, 0, 0, 0, 0]), [0x1004], "no code");
        assert_eq!(pcs(Start { fp: 0x7ff8, ..start }, [0; 6]), [0x1004], "below the stack pointer");
    }
}
