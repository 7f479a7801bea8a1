//! What the process server hands to the loader: where the loader lies, and what it is to load.
//!
//! Decides the loader's place in an address space and the block that rdi points to. Main type: [`LoaderArguments`]; main
//! function: [`start`]. Neighbours: `initfs/loader` reads the block, the process server writes it, `native` maps.

use crate::error::{Error, Result};
use crate::memory::Protection;
use crate::native::{Program, load, map_anonymous};
use crate::process::execute::Strings;
use crate::socket::Socket;
use alloc::vec::Vec;
use kernel_abi::verb::ThreadStart;
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

/// Path of the loader in the boot image.
pub const LOADER_PATH: &str = "/sbin/loader";

/// First address of the loader's range. Everything of the loader's lies in it, so exec removes it by unmapping the range.
pub const LOADER_BASE: u64 = 0x7ff0_0000_0000;

/// Bytes in the loader's range.
pub const LOADER_LENGTH: u64 = 16 << 20;

/// First address after the range, and after the loader's stack, which starts below the block.
pub const LOADER_END: u64 = LOADER_BASE + LOADER_LENGTH;

/// Bytes mapped for stack, block and strings, at the end of the range.
const STACK_LENGTH: u64 = 128 << 10;

/// Most bytes of path, arguments and environment together that can be given in the loader's own range.
const OWN_STRINGS: usize = 16 << 10;

/// [`LoaderArguments::source`]: the strings lie in the loader's own range.
pub const OWN_SPACE: u64 = u64::MAX;

/// What to load, 48 bytes. The three addresses are those that execve was given, in the space behind `source`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub struct LoaderArguments {
    /// Address of the path, ended by NUL.
    pub path: u64,
    /// Address of the list of addresses of the arguments, ended by 0.
    pub arguments: u64,
    /// The same of the environment; 0 for none.
    pub variables: u64,
    /// Descriptor of a memory handle on the space that the addresses belong to (its file offset is the address), or
    /// [`OWN_SPACE`].
    pub source: u64,
    /// Reserved, 0.
    pub flags: u64,
    /// Reserved, 0.
    pub reserved: u64,
}

const _: () = assert!(size_of::<LoaderArguments>() == 48);

/// Maps the loader into an empty group, writes its block and makes its thread, held by NOT_STARTED. The descriptor that
/// the block names is the caller's to grant.
///
/// # Errors
/// As the kernel refuses a step. The group is to be killed then.
pub fn start(socket: &Socket, group: u64, loader: &Program<'_>, arguments: &LoaderArguments) -> Result<u64> {
    start_with(socket, group, loader, block_address(size_of::<LoaderArguments>()), arguments.as_bytes())
}

/// As [`start`], with the strings given here instead of an address space: for the first process.
///
/// # Errors
/// As [`start`]; E2BIG for more than 16 KiB of strings.
pub fn start_with_strings(
    socket: &Socket,
    group: u64,
    loader: &Program<'_>,
    path: &[u8],
    arguments: &Strings,
    variables: &Strings,
) -> Result<u64> {
    let (address, block) = own_block(path, arguments, variables)?;
    start_with(socket, group, loader, address, &block)
}

fn start_with(socket: &Socket, group: u64, loader: &Program<'_>, address: u64, block: &[u8]) -> Result<u64> {
    let plan = load(socket, group, loader)?;
    let inside = |address| (LOADER_BASE..LOADER_END.saturating_sub(STACK_LENGTH)).contains(&address);
    let outside = plan.segments().iter().any(|part| !inside(part.first_page()) || !inside(part.end_page()));
    if outside {
        return Err(Error::ENOEXEC);
    }
    map_anonymous(socket, group, Protection::ReadWrite, LOADER_END.saturating_sub(STACK_LENGTH), STACK_LENGTH)?;
    if socket.write_memory(group, address, block)? != block.len() {
        return Err(Error::EFAULT);
    }
    socket.create_thread(group, &ThreadStart { entry: plan.entry, stack: address, arguments: [address, 0, 0] })
}

/// Copies bytes that were written for the loader into its own range before it began.
///
/// # Errors
/// EFAULT for any other address.
pub fn copy_own(address: u64, into: &mut [u8]) -> Result<()> {
    let end = address.checked_add(into.len() as u64).ok_or(Error::EFAULT)?;
    if address < LOADER_END.saturating_sub(STACK_LENGTH) || end > LOADER_END {
        return Err(Error::EFAULT);
    }
    let start = usize::try_from(address).map_err(|_| Error::EFAULT)?;
    for (index, byte) in into.iter_mut().enumerate() {
        let place = core::ptr::with_exposed_provenance::<u8>(start.wrapping_add(index));
        // SAFETY: a volatile read of one byte of the loader's stack, which is mapped and which no other thread shares. In
        // any other program the address is free and the read faults, which ends that program.
        *byte = unsafe { place.read_volatile() };
    }
    Ok(())
}

/// Where a block of up to this length starts: at the end of the range, the stack below it.
const fn block_address(length: usize) -> u64 {
    LOADER_END.saturating_sub(length as u64) & !15
}

/// A block followed by its strings, and the address it is made for.
fn own_block(path: &[u8], arguments: &Strings, variables: &Strings) -> Result<(u64, Vec<u8>)> {
    let length = own_length(path, arguments, variables).filter(|&length| length <= OWN_STRINGS).ok_or(Error::E2BIG)?;
    let mut writer = OwnWriter { address: block_address(length), bytes: Vec::new() };
    writer.bytes.try_reserve_exact(length)?;
    writer.bytes.resize(size_of::<LoaderArguments>(), 0);
    let arguments = writer.list(arguments)?;
    let variables = writer.list(variables)?;
    let path = writer.string(path);
    let block = LoaderArguments { path, arguments, variables, source: OWN_SPACE, ..LoaderArguments::default() };
    if let Some(place) = writer.bytes.get_mut(..size_of::<LoaderArguments>()) {
        place.copy_from_slice(block.as_bytes());
    }
    Ok((writer.address, writer.bytes))
}

fn own_length(path: &[u8], arguments: &Strings, variables: &Strings) -> Option<usize> {
    let mut length = size_of::<LoaderArguments>().checked_add(path.len())?.checked_add(1)?;
    for list in [arguments, variables] {
        length = length.checked_add(size_of::<u64>())?;
        for string in list.iter() {
            length = length.checked_add(string.len())?.checked_add(1)?.checked_add(size_of::<u64>())?;
        }
        // A list of addresses starts at a multiple of 8.
        length = length.checked_add(size_of::<u64>())?;
    }
    Some(length)
}

struct OwnWriter {
    /// Where the first byte will lie.
    address: u64,
    bytes: Vec<u8>,
}

impl OwnWriter {
    fn here(&self) -> u64 {
        self.address.saturating_add(self.bytes.len() as u64)
    }

    fn string(&mut self, string: &[u8]) -> u64 {
        let address = self.here();
        self.bytes.extend_from_slice(string);
        self.bytes.push(0);
        address
    }

    /// Writes the strings, then the list of their addresses; gives the list's.
    fn list(&mut self, strings: &Strings) -> Result<u64> {
        let mut addresses = Vec::new();
        for string in strings.iter() {
            addresses.try_reserve(1)?;
            addresses.push(self.string(string));
        }
        while !self.here().is_multiple_of(8) {
            self.bytes.push(0);
        }
        let list = self.here();
        for address in addresses {
            self.bytes.extend_from_slice(&address.to_le_bytes());
        }
        self.bytes.extend_from_slice(&0_u64.to_le_bytes());
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use super::{LOADER_END, LoaderArguments, own_block};
    use crate::error::Error;
    use crate::process::execute::Strings;
    use zerocopy::FromBytes;

    #[test]
    fn own_strings_lie_where_the_block_says() {
        let arguments = Strings::from_strings(["init", "-v"]).expect("a list");
        let variables = Strings::from_strings(["PATH=/bin"]).expect("a list");
        let (base, bytes) = own_block(b"/sbin/init", &arguments, &variables).expect("a block");
        let (block, _) = LoaderArguments::read_from_prefix(&bytes).expect("a block");
        assert!(base.is_multiple_of(16) && base + bytes.len() as u64 <= LOADER_END);
        let at = |address: u64| &bytes[usize::try_from(address - base).expect("inside")..];
        let word = |address: u64| u64::from_le_bytes(at(address)[..8].try_into().expect("a word"));
        assert!(at(block.path).starts_with(b"/sbin/init\0"));
        assert!(at(word(block.arguments)).starts_with(b"init\0"));
        assert!(at(word(block.arguments + 8)).starts_with(b"-v\0"));
        assert_eq!(word(block.arguments + 16), 0);
        assert!(at(word(block.variables)).starts_with(b"PATH=/bin\0"));
    }

    #[test]
    fn too_many_own_strings_are_refused() {
        let arguments = Strings::from_strings([[b'x'; 20_000]]).expect("a list");
        assert_eq!(own_block(b"/x", &arguments, &Strings::new()), Err(Error::E2BIG));
    }
}
