//! GDB's agent expressions: a stack machine for conditions.
//!
//! Decides what each bytecode does, that a stack has [`DEPTH`] places and that a run has [`STEPS`] steps, so that any bytes
//! end. Main function: [`run`]. Neighbours: `condition` gives registers and memory. GDB manual, appendix F (The GDB Agent
//! Expression Mechanism); tracing is not for conditions, so its bytecodes are errors.

use alloc::vec::Vec;

/// Values on the stack, and bytecodes a run may take.
const DEPTH: usize = 256;
const STEPS: usize = 10_000;

/// It makes no sense, or its registers or memory cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure;

/// What bytecode can look at.
pub(super) trait Machine {
    /// A register by the protocol's number.
    fn register(&mut self, number: u16) -> Option<u64>;
    /// Fills `bytes` from memory.
    fn memory(&mut self, address: u64, bytes: &mut [u8]) -> Option<()>;
}

struct Run<'a> {
    code: &'a [u8],
    at: usize,
    stack: Vec<u64>,
}

impl Run<'_> {
    fn operand(&mut self, length: usize) -> Option<u64> {
        let end = self.at.checked_add(length)?;
        let bytes = self.code.get(self.at..end)?;
        self.at = end;
        Some(bytes.iter().fold(0, |value, &byte| value << 8 | u64::from(byte)))
    }

    fn push(&mut self, value: u64) -> Option<()> {
        if self.stack.len() >= DEPTH {
            return None;
        }
        self.stack.push(value);
        Some(())
    }

    fn pop(&mut self) -> Option<u64> {
        self.stack.pop()
    }

    fn binary(&mut self, work: impl Fn(u64, u64) -> Option<u64>) -> Option<()> {
        let (right, left) = (self.pop()?, self.pop()?);
        self.push(work(left, right)?)
    }

    fn jump(&mut self) -> Option<()> {
        self.at = usize::try_from(self.operand(2)?).ok()?;
        Some(())
    }

    /// The value at a depth, 0 for the top.
    fn depth(&self, depth: usize) -> Option<usize> {
        self.stack.len().checked_sub(depth)?.checked_sub(1)
    }
}

/// The value that `code` leaves.
pub(super) fn run(code: &[u8], machine: &mut impl Machine) -> Result<u64, Failure> {
    let mut run = Run { code, at: 0, stack: Vec::new() };
    for _ in 0..STEPS {
        match step(&mut run, machine) {
            Some(true) => {}
            Some(false) => return run.pop().ok_or(Failure),
            None => return Err(Failure),
        }
    }
    Err(Failure)
}

/// One bytecode; false at the end.
fn step(run: &mut Run<'_>, machine: &mut impl Machine) -> Option<bool> {
    const END: u64 = 0x27;
    let code = run.operand(1)?;
    match code {
        END => return Some(false),
        0x02..=0x08 | 0x0f..=0x11 | 0x13..=0x15 => arithmetic(code, run)?,
        0x09 | 0x0a | 0x0b | 0x0e | 0x12 | 0x16 | 0x2a => unary(code, run)?,
        0x17..=0x1a => {
            let mut bytes = [0; 8];
            let length = 1_usize << code.wrapping_sub(0x17);
            machine.memory(run.pop()?, bytes.get_mut(..length)?)?;
            run.push(u64::from_le_bytes(bytes))?;
        }
        0x20 => {
            let target = usize::try_from(run.operand(2)?).ok()?;
            if run.pop()? != 0 {
                run.at = target;
            }
        }
        0x21 => run.jump()?,
        0x22..=0x25 => {
            let length = 1_usize << code.wrapping_sub(0x22);
            let value = run.operand(length)?;
            run.push(value)?;
        }
        0x26 => {
            let number = u16::try_from(run.operand(2)?).ok()?;
            run.push(machine.register(number)?)?;
        }
        0x28..=0x2b | 0x32 | 0x33 => shuffle(code, run)?,
        _ => return None,
    }
    Some(true)
}

/// Two values make one.
fn arithmetic(code: u64, run: &mut Run<'_>) -> Option<()> {
    let signed = u64::cast_signed;
    run.binary(|left, right| {
        Some(match code {
            0x02 => left.wrapping_add(right),
            0x03 => left.wrapping_sub(right),
            0x04 => left.wrapping_mul(right),
            0x05 => signed(left).checked_div(signed(right))?.cast_unsigned(),
            0x06 => left.checked_div(right)?,
            0x07 => signed(left).checked_rem(signed(right))?.cast_unsigned(),
            0x08 => left.checked_rem(right)?,
            0x0f => left & right,
            0x10 => left | right,
            0x11 => left ^ right,
            0x13 => u64::from(left == right),
            0x14 => u64::from(signed(left) < signed(right)),
            _ => u64::from(left < right),
        })
    })
}

/// One value, or a shift by another.
fn unary(code: u64, run: &mut Run<'_>) -> Option<()> {
    let shift = |right: u64| u32::try_from(right).unwrap_or(64);
    match code {
        0x09 => run.binary(|left, right| Some(left.checked_shl(shift(right)).unwrap_or(0))),
        0x0a => run.binary(|left, right| Some(left.cast_signed().wrapping_shr(shift(right).min(63)).cast_unsigned())),
        0x0b => run.binary(|left, right| Some(left.checked_shr(shift(right)).unwrap_or(0))),
        0x0e => {
            let value = run.pop()?;
            run.push(u64::from(value == 0))
        }
        0x12 => {
            let value = run.pop()?;
            run.push(!value)
        }
        _ => {
            let unused = 64_u32.checked_sub(u32::try_from(run.operand(1)?).ok()?)?;
            let value = run.pop()?;
            let shifted = value.checked_shl(unused).unwrap_or(0);
            run.push(if code == 0x16 {
                shifted.cast_signed().checked_shr(unused).unwrap_or(0).cast_unsigned()
            } else {
                shifted.checked_shr(unused).unwrap_or(0)
            })
        }
    }
}

/// Values change places.
fn shuffle(code: u64, run: &mut Run<'_>) -> Option<()> {
    match code {
        0x28 => {
            let top = *run.stack.last()?;
            run.push(top)
        }
        0x29 => run.pop().map(drop),
        0x2b => {
            let (top, next) = (run.depth(0)?, run.depth(1)?);
            run.stack.swap(top, next);
            Some(())
        }
        0x32 => {
            let depth = usize::try_from(run.operand(1)?).ok()?;
            let value = *run.stack.get(run.depth(depth)?)?;
            run.push(value)
        }
        // rot: the third becomes the top.
        _ => {
            let third = run.depth(2)?;
            let value = run.stack.remove(third);
            run.push(value)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, Machine, run};
    use proptest::prelude::*;

    /// Register N is N tens; memory holds its addresses' low bytes.
    struct Fake;

    impl Machine for Fake {
        fn register(&mut self, number: u16) -> Option<u64> {
            (number < 16).then(|| u64::from(number) * 10)
        }

        fn memory(&mut self, address: u64, bytes: &mut [u8]) -> Option<()> {
            (address < 0x1000).then(|| bytes.iter_mut().zip(address..).for_each(|(byte, at)| *byte = at as u8))
        }
    }

    fn value(code: &[u8]) -> Result<u64, Failure> {
        run(code, &mut Fake)
    }

    #[test]
    fn a_condition_of_gdbs_is_evaluated() {
        // 20000 < *(int *) ($rbp + 16 - 20), as GDB compiles it.
        let code = [
            0x26, 0, 6, 0x22, 0x10, 0x02, 0x22, 0xec, 0x16, 8, 0x02, 0x19, 0x16, 0x20, 0x23, 0x4e, 0x20, 0x2b, 0x14,
            0x27,
        ];
        assert_eq!(value(&code), Ok(1), "56 holds 0x3b3a3938");
    }

    #[test]
    fn jumps_and_the_stack_do_as_the_manual_says() {
        assert_eq!(value(&[0x22, 0, 0x20, 0, 8, 0x22, 7, 0x27, 0x22, 9, 0x27]), Ok(7));
        assert_eq!(value(&[0x22, 1, 0x20, 0, 8, 0x22, 7, 0x27, 0x22, 9, 0x27]), Ok(9));
        assert_eq!(value(&[0x22, 1, 0x22, 2, 0x22, 3, 0x33, 0x27]), Ok(1));
        assert_eq!(value(&[0x22, 1, 0x22, 2, 0x32, 1, 0x27]), Ok(1));
        assert_eq!(value(&[0x22, 0xff, 0x16, 8, 0x22, 1, 0x0a, 0x27]), Ok(u64::MAX));
        assert_eq!(value(&[0x22, 0xff, 0x2a, 4, 0x0e, 0x27]), Ok(0));
    }

    #[test]
    fn nonsense_ends_in_a_failure() {
        for code in [&[][..], &[0x27], &[0x02], &[0x21, 0, 0], &[0x28], &[0x22, 1, 0x22, 0, 0x05, 0x27], &[0x26, 1, 0]]
        {
            assert_eq!(value(code), Err(Failure), "{code:?}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_end(code in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _result = value(&code);
        }
    }
}
