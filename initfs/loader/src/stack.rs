//! The initial stack of a program: what `_start` finds.
//!
//! Decides the order of things from the top down: strings (in [`STRINGS`] bytes, filled from their low end), then, below
//! them, the auxiliary vector, the addresses of the environment and of the arguments, and argc at the stack pointer, which
//! is a multiple of 16 (System V ABI, AMD64 supplement, 3.4.1). Main types: [`Facts`], [`Counts`]. Neighbours: `strings` fills the
//! area, `runtime::environment` reads all of it.

use crate::strings::{ARGUMENTS_MAXIMUM, Area};
use runtime::environment::Auxiliary;
use runtime::path::MAXIMUM as PATH_MAXIMUM;
use runtime::{Error, Result};

/// Bytes at the top of the stack that hold strings: arguments, environment and the path that was executed.
pub const STRINGS: usize = ARGUMENTS_MAXIMUM + 4096;

const _: () = assert!(STRINGS > ARGUMENTS_MAXIMUM + PATH_MAXIMUM);

/// Type of the auxiliary entry that ends the vector.
const AT_NULL: u64 = 0;

const WORD: usize = size_of::<u64>();
const ALIGNMENT: u64 = 16;

/// What the stack tells a program about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts<'a> {
    /// First instruction.
    pub entry: u64,
    /// Address of the program headers, 0 if they are not in memory.
    pub program_headers: u64,
    /// Size of one.
    pub program_header_size: u64,
    /// Their count.
    pub program_header_count: u64,
    /// The path that was executed.
    pub path: &'a [u8],
}

/// Counts of strings in an area: arguments first, then the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Arguments.
    pub arguments: usize,
    /// Variables.
    pub variables: usize,
}

/// Splits the memory of a stack into what lies below the strings, the area for them, and the place for the path.
///
/// # Errors
/// ENOMEM for a stack that is too small.
pub fn split(stack: &mut [u8]) -> Result<(&mut [u8], &mut [u8], &mut [u8])> {
    let below = stack.len().checked_sub(STRINGS).ok_or(Error::ENOMEM)?;
    let (below, strings) = stack.split_at_mut_checked(below).ok_or(Error::ENOMEM)?;
    let (area, path) = strings.split_at_mut_checked(ARGUMENTS_MAXIMUM).ok_or(Error::ENOMEM)?;
    Ok((below, area, path))
}

/// Writes everything below the strings; gives the stack pointer. `below` ends at the address `top`, where `area` begins
/// and, [`ARGUMENTS_MAXIMUM`] bytes later, the path.
///
/// # Errors
/// E2BIG if it does not fit.
pub fn build(below: &mut [u8], top: u64, area: &Area<'_>, counts: Counts, facts: &Facts<'_>) -> Result<u64> {
    let path_address = top.saturating_add(ARGUMENTS_MAXIMUM as u64);
    let auxiliary = [
        (Auxiliary::ProgramHeaders as u64, facts.program_headers),
        (Auxiliary::ProgramHeaderSize as u64, facts.program_header_size),
        (Auxiliary::ProgramHeaderCount as u64, facts.program_header_count),
        (Auxiliary::PageSize as u64, 4096),
        (Auxiliary::Entry as u64, facts.entry),
        (Auxiliary::ExecutablePath as u64, path_address),
        (AT_NULL, 0),
    ];
    // argc, the two lists with the zeros that end them, and the vector.
    let lists = counts.arguments.saturating_add(counts.variables).saturating_add(3);
    let words = auxiliary.len().saturating_mul(2).saturating_add(lists);
    let size = words.saturating_mul(WORD) as u64;
    let pointer = top.checked_sub(size).ok_or(Error::E2BIG)? & ALIGNMENT.wrapping_neg();
    let start = below.len().checked_sub(usize::try_from(top.saturating_sub(pointer)).map_err(|_| Error::E2BIG)?);
    let mut place = below.get_mut(start.ok_or(Error::E2BIG)?..).ok_or(Error::E2BIG)?.chunks_exact_mut(WORD);
    let mut put = |word: u64| -> Result<()> {
        place.next().ok_or(Error::E2BIG)?.copy_from_slice(&word.to_le_bytes());
        Ok(())
    };
    put(counts.arguments as u64)?;
    let mut addresses = area.starts().map(|start| top.saturating_add(start as u64));
    for count in [counts.arguments, counts.variables] {
        for address in addresses.by_ref().take(count) {
            put(address)?;
        }
        put(0)?;
    }
    for (kind, value) in auxiliary {
        put(kind)?;
        put(value)?;
    }
    Ok(pointer)
}

/// Writes the path to its place.
///
/// # Errors
/// ENAMETOOLONG.
pub fn put_path(place: &mut [u8], path: &[u8]) -> Result<()> {
    if path.len() >= place.len() {
        return Err(Error::ENAMETOOLONG);
    }
    place.get_mut(..path.len()).ok_or(Error::ENAMETOOLONG)?.copy_from_slice(path);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Counts, Facts, STRINGS, build, put_path, split};
    use crate::strings::{ARGUMENTS_MAXIMUM, Area};
    use runtime::Error;

    const FACTS: Facts<'_> = Facts {
        entry: 0x40_1000,
        program_headers: 0x40_0040,
        program_header_size: 56,
        program_header_count: 4,
        path: b"/bin/x",
    };

    /// The words on the stack from the pointer on, and the whole stack, whose first byte lies at `base`.
    fn stack_of(arguments: &[&str], variables: &[&str], base: u64) -> (Vec<u64>, Vec<u8>) {
        let mut stack = vec![0; STRINGS + 4096];
        let top = base + 4096;
        let (below, area, path) = split(&mut stack).expect("room");
        let mut area = Area::new(area);
        for string in arguments.iter().chain(variables) {
            area.push(string.as_bytes()).expect("room");
        }
        put_path(path, FACTS.path).expect("room");
        let counts = Counts { arguments: arguments.len(), variables: variables.len() };
        let pointer = build(below, top, &area, counts, &FACTS).expect("room");
        assert!(pointer.is_multiple_of(16));
        let start = usize::try_from(pointer - base).expect("inside");
        let words = stack[start..4096].chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().expect("a word")));
        (words.collect(), stack)
    }

    fn text(stack: &[u8], base: u64, address: u64) -> &str {
        let rest = &stack[usize::try_from(address - base).expect("inside")..];
        let end = rest.iter().position(|&byte| byte == 0).expect("an end");
        std::str::from_utf8(&rest[..end]).expect("UTF-8")
    }

    #[test]
    fn a_program_finds_its_arguments_and_environment() {
        let base = 0x7000_0000;
        let (words, stack) = stack_of(&["x", "-l"], &["A=1", "B="], base);
        assert_eq!(words[0], 2);
        assert_eq!((text(&stack, base, words[1]), text(&stack, base, words[2])), ("x", "-l"));
        assert_eq!((words[3], words[6]), (0, 0));
        assert_eq!((text(&stack, base, words[4]), text(&stack, base, words[5])), ("A=1", "B="));
        assert_eq!(words[7..9], [3, 0x40_0040]);
        let path = words[7..].chunks(2).find(|entry| entry[0] == 15).expect("AT_EXECPATH")[1];
        assert_eq!(text(&stack, base, path), "/bin/x");
    }

    #[test]
    fn no_strings_make_empty_lists() {
        let (words, _) = stack_of(&[], &[], 0x7000_0000);
        assert_eq!(words[..3], [0, 0, 0]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut strings = vec![0; ARGUMENTS_MAXIMUM];
        let mut area = Area::new(&mut strings);
        for _ in 0..100 {
            area.push(b"").expect("room");
        }
        let counts = Counts { arguments: 100, variables: 0 };
        assert_eq!(build(&mut [0; 512], 0x1_0000, &area, counts, &FACTS), Err(Error::E2BIG));
        assert_eq!(put_path(&mut [0; 4], b"/bin"), Err(Error::ENAMETOOLONG));
        assert!(split(&mut [0; 100]).is_err());
    }
}
