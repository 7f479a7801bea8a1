//! Walking the stack by frame pointers.
//!
//! Decides where the caller of a function is found, also in its first and last instructions where RBP is still, or again,
//! the caller's; and when the chain is not to be believed. Main types: [`Frame`], [`Walk`]. Neighbours: `command::stack`
//! prints frames, `command::step` finishes one. Programs here are built with frame pointers (.cargo/config.toml).

use crate::error::Result;
use alloc::vec::Vec;

/// Most frames that are shown.
pub(crate) const FRAMES_MAX: usize = 256;

/// `push rbp`, the first instruction of a function with a frame pointer.
const PUSH_RBP: u8 = 0x55;
/// `ret` and `ret imm16`.
const RETURNS: [u8; 2] = [0xc3, 0xc2];

/// What the walk reads of the process.
pub(crate) trait Stack {
    /// The eight bytes at `address`.
    fn word(&mut self, address: u64) -> Result<u64>;
    /// The byte at `address`.
    fn byte(&mut self, address: u64) -> Result<u8>;
    /// How far into its function `address` is.
    fn offset(&self, address: u64) -> Option<u64>;
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
    if let Some(slot) = frameless(stack, start) {
        frames.push(Frame { pc, slot });
        match stack.word(slot) {
            Ok(0) | Err(_) => return frames,
            Ok(caller) => pc = caller,
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
        if caller == 0 {
            break;
        }
        floor = slot;
        (pc, fp) = (caller, next);
    }
    frames
}

/// Where the return address of the innermost function lies if RBP does not tell: before and after it is set.
fn frameless(stack: &mut impl Stack, start: Start) -> Option<u64> {
    let offset = stack.offset(start.pc)?;
    let returning = stack.byte(start.pc).is_ok_and(|byte| RETURNS.contains(&byte));
    if offset == 0 || returning {
        return Some(start.sp);
    }
    let pushed = offset == 1 && stack.byte(start.pc.wrapping_sub(1)).is_ok_and(|byte| byte == PUSH_RBP);
    pushed.then(|| start.sp.wrapping_add(8))
}

#[cfg(test)]
mod tests {
    use super::{Frame, Stack, Start, walk};
    use crate::error::{Error, Result};
    use alloc::vec::Vec;

    /// Code at 0x1000 (`push rbp; mov rbp, rsp; nop; ret`), words from 0x8000 on.
    struct Memory {
        words: [u64; 6],
    }

    impl Stack for Memory {
        fn word(&mut self, address: u64) -> Result<u64> {
            let index = address.checked_sub(0x8000).map(|offset| offset as usize / 8);
            index.and_then(|index| self.words.get(index).copied()).ok_or_else(|| Error::no_memory(address))
        }

        fn byte(&mut self, address: u64) -> Result<u8> {
            const CODE: [u8; 6] = [0x55, 0x48, 0x89, 0xe5, 0x90, 0xc3];
            let index = address.checked_sub(0x1000).map(|offset| offset as usize);
            index.and_then(|index| CODE.get(index).copied()).ok_or_else(|| Error::no_memory(address))
        }

        fn offset(&self, address: u64) -> Option<u64> {
            address.checked_sub(0x1000)
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
    fn the_caller_is_found_before_and_after_the_frame_pointer_is_set() {
        let words = [0x2000, 0x8028, 0x2000, 0, 0, 0];
        assert_eq!(pcs(Start { pc: 0x1000, sp: 0x8000, fp: 0 }, words), [0x1000, 0x2000]);
        assert_eq!(pcs(Start { pc: 0x1001, sp: 0x8008, fp: 0 }, words), [0x1001, 0x2000]);
        assert_eq!(pcs(Start { pc: 0x1005, sp: 0x8000, fp: 0 }, words), [0x1005, 0x2000]);
    }

    #[test]
    fn senseless_chains_end() {
        let start = Start { pc: 0x1004, sp: 0x8000, fp: 0x8000 };
        assert_eq!(pcs(start, [0x8000, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "a loop");
        assert_eq!(pcs(start, [0x8003, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "not aligned");
        assert_eq!(pcs(start, [0xffff_fff0, 0x2000, 0, 0, 0, 0]), [0x1004, 0x2000], "no memory");
        assert_eq!(pcs(Start { fp: 0x7ff8, ..start }, [0; 6]), [0x1004], "below the stack pointer");
    }
}
