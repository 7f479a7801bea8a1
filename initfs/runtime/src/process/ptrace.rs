//! ptrace(2), process call 26, with buffers in place of addresses.
//!
//! Decides which of FreeBSD's requests take `addr` as memory of the caller's and how many bytes of it, so that safe code can
//! make any request without handing the server an address of its own. Main functions: [`request`], [`transfer`],
//! [`map_entry`]; main type: [`Address`]. Neighbours: `process::trace`, `proc_abi::request`; debuggers use the files under
//! `proc:` instead, the other face of the same server.

use crate::error::{Error, Result};
use crate::file::File;
use crate::system_call::{self, address_of, address_of_mut};
use kernel_abi::calls::PROCESS_CALL;
use proc_abi::core_dump::{CoreDump, CoreDumpFlags};
use proc_abi::io::{IoDescriptor, IoOperation};
use proc_abi::register_set::IoVector;
use proc_abi::registers::{DebugRegisters, FloatRegisters, Registers};
use proc_abi::remote::{ARGUMENTS_MAX, RemoteCall};
use proc_abi::request::Request;
use proc_abi::syscall::SyscallReturn;
use proc_abi::vm_entry::VmEntry;
use zerocopy::IntoBytes;

const PTRACE: usize = 26;

/// Addresses below and from here on are never memory of a program's: the server can only fault on them.
const LOWEST_MEMORY: u64 = 0x1_0000;
const END_OF_MEMORY: u64 = 0x0000_7fff_ffff_f000;

/// The `addr` of a request.
#[derive(Debug)]
pub enum Address<'a> {
    /// A number: an address in the target, 1 for "where it stopped", an event mask's size.
    Number(u64),
    /// Memory that the request reads.
    Read(&'a [u8]),
    /// Memory that the request fills.
    Fill(&'a mut [u8]),
}

impl Address<'_> {
    fn word(&mut self) -> usize {
        match self {
            Self::Number(number) => usize::try_from(*number).unwrap_or(usize::MAX),
            Self::Read(bytes) => address_of(bytes),
            Self::Fill(bytes) => address_of_mut(bytes),
        }
    }
}

/// What a request does with the caller's memory at `addr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    /// Nothing: `addr` is a number.
    None,
    /// Reads so many bytes.
    Reads(usize),
    /// Writes so many bytes.
    Writes(usize),
    /// Follows addresses in what it reads: it has a function of its own here.
    Indirect,
}

/// What `number` with `data` does with the caller's memory (spec: sys_process.c, the copy-in and copy-out phases).
#[expect(clippy::too_many_lines, reason = "a table: each request stands in one arm")]
fn use_of(number: i32, data: i32) -> Use {
    let length = usize::try_from(data).unwrap_or(0);
    let Some(request) = Request::from_raw(number) else { return Use::Indirect };
    match request {
        Request::TraceMe
        | Request::ReadI
        | Request::ReadD
        | Request::WriteI
        | Request::WriteD
        | Request::Continue
        | Request::Kill
        | Request::Step
        | Request::Attach
        | Request::Detach
        | Request::GetNumLwps
        | Request::ClearStep
        | Request::SetStep
        | Request::Suspend
        | Request::Resume
        | Request::ToSce
        | Request::ToScx
        | Request::Syscall
        | Request::FollowFork
        | Request::LwpEvents
        | Request::VmTimestamp
        | Request::Hold
        | Request::Release
        | Request::OnClose
        | Request::OperatorStop
        | Request::OperatorContinue => Use::None,
        Request::Io
        | Request::VmEntry
        | Request::GetRegSet
        | Request::SetRegSet
        | Request::ScRemote
        | Request::CoreDump => Use::Indirect,
        Request::GetLwpList => Use::Writes(length.saturating_mul(size_of::<i32>())),
        Request::LwpInfo
        | Request::GetEventMask
        | Request::GetScArgs
        | Request::GetScRet
        | Request::GetXstateInfo
        | Request::GetXstate
        | Request::GetChildren
        | Request::GetCallSet
        | Request::GetSignalSet
        | Request::GetFaultSet => Use::Writes(length),
        Request::SetEventMask
        | Request::SetXstate
        | Request::SetScRet
        | Request::SetCallSet
        | Request::SetSignalSet
        | Request::SetFaultSet => Use::Reads(length),
        Request::GetRegs => Use::Writes(size_of::<Registers>()),
        Request::SetRegs => Use::Reads(size_of::<Registers>()),
        Request::GetFpRegs => Use::Writes(size_of::<FloatRegisters>()),
        Request::SetFpRegs => Use::Reads(size_of::<FloatRegisters>()),
        Request::GetDbRegs => Use::Writes(size_of::<DebugRegisters>()),
        Request::SetDbRegs => Use::Reads(size_of::<DebugRegisters>()),
        Request::GetFsBase | Request::GetGsBase => Use::Writes(size_of::<u64>()),
        Request::SetFsBase | Request::SetGsBase => Use::Reads(size_of::<u64>()),
    }
}

fn is_inert(number: u64) -> bool {
    !(LOWEST_MEMORY..END_OF_MEMORY).contains(&number)
}

/// Makes the request with this number of the process or thread `id`.
///
/// # Errors
/// As the server refuses it. Without asking it: E2BIG for a buffer that is shorter than the request uses, EOPNOTSUPP for a
/// number in place of a buffer unless no memory can be there, and for the requests that have functions of their own.
pub fn request(number: i32, id: i32, mut address: Address<'_>, data: i32) -> Result<usize> {
    let allowed = match (use_of(number, data), &address) {
        (Use::None, _) => Ok(()),
        (_, Address::Number(number)) if is_inert(*number) => Ok(()),
        (Use::Reads(length), Address::Read(bytes)) if bytes.len() >= length => Ok(()),
        (Use::Reads(length) | Use::Writes(length), Address::Fill(bytes)) if bytes.len() >= length => Ok(()),
        (Use::Reads(_) | Use::Writes(_), Address::Read(_) | Address::Fill(_)) => Err(Error::E2BIG),
        (Use::Reads(_) | Use::Writes(_), Address::Number(_)) | (Use::Indirect, _) => Err(Error::EOPNOTSUPP),
    };
    allowed?;
    let address = address.word();
    // SAFETY: the server reads or writes at `addr` no more than the bytes just checked, which are lent, or finds no memory.
    unsafe { raw(number, id, address, i64::from(data)) }
}

/// PT_IO: moves bytes between the target's memory at `offset` and `buffer`; gives the count.
///
/// # Errors
/// As the server refuses it.
pub fn transfer(operation: IoOperation, id: i32, offset: u64, buffer: &mut [u8]) -> Result<usize> {
    let mut descriptor = IoDescriptor {
        op: operation as i32,
        pad: 0,
        offs: offset,
        addr: address_of_mut(buffer) as u64,
        len: buffer.len() as u64,
    };
    let address = address_of_mut(descriptor.as_mut_bytes());
    // SAFETY: the descriptor names `buffer` and its length, and both are lent.
    unsafe { raw(Request::Io.raw(), id, address, 0) }?;
    usize::try_from(descriptor.len).map_err(|_| Error::EPROTO)
}

/// PT_VM_ENTRY: the entry after `entry.entry`, and its path in `path`.
///
/// # Errors
/// ENOENT at the end, ENAMETOOLONG, and as the server refuses it.
pub fn map_entry(id: i32, entry: &mut VmEntry, path: &mut [u8]) -> Result<()> {
    entry.path = address_of_mut(path) as u64;
    entry.pathlen = u32::try_from(path.len()).map_err(|_| Error::EINVAL)?;
    let address = address_of_mut(entry.as_mut_bytes());
    // SAFETY: the entry names `path` and its length, and both are lent.
    unsafe { raw(Request::VmEntry.raw(), id, address, 0) }.map(drop)
}

/// The size of a register set, named by the type of its note.
///
/// # Errors
/// As the server refuses it.
pub fn register_set_size(id: i32, note: i32) -> Result<usize> {
    let told = regset(Request::GetRegSet, id, note, IoVector::default())?;
    usize::try_from(told.length).map_err(|_| Error::EPROTO)
}

/// GETREGSET: fills `into`, which has the set's size.
///
/// # Errors
/// EINVAL for another size, and as the server refuses it.
pub fn get_register_set(id: i32, note: i32, into: &mut [u8]) -> Result<()> {
    let vector = IoVector { base: address_of_mut(into) as u64, length: into.len() as u64 };
    regset(Request::GetRegSet, id, note, vector).map(drop)
}

/// SETREGSET: sets all of `from`, or nothing.
///
/// # Errors
/// As [`get_register_set`], and EINVAL for values that no thread may have.
pub fn set_register_set(id: i32, note: i32, from: &[u8]) -> Result<()> {
    let vector = IoVector { base: address_of(from) as u64, length: from.len() as u64 };
    regset(Request::SetRegSet, id, note, vector).map(drop)
}

/// SC_REMOTE: a system call made for a stopped thread, by the number that debuggers see; what came of it. Addresses among the
/// arguments are the thread's.
///
/// # Errors
/// EINVAL for a call that cannot be made so, and as the server refuses it.
pub fn remote_call(id: i32, number: u32, arguments: &[u64]) -> Result<SyscallReturn> {
    // The server reads no more than it allows.
    let given = arguments.get(..arguments.len().min(ARGUMENTS_MAX)).unwrap_or_default();
    let count = u32::try_from(arguments.len()).map_err(|_| Error::EINVAL)?;
    let address = address_of(given.as_bytes()) as u64;
    let mut call = RemoteCall { result: SyscallReturn::default(), number, count, arguments: address };
    let address = address_of_mut(call.as_mut_bytes());
    // SAFETY: the structure names `arguments`, of which at most ARGUMENTS_MAX are read, and both are lent.
    unsafe { raw(Request::ScRemote.raw(), id, address, size_of::<RemoteCall>() as i64) }?;
    Ok(call.result)
}

/// COREDUMP: writes the core of a stopped process onto an open regular file, of at most `limit` bytes unless that is 0.
///
/// # Errors
/// EPIPE for another kind of file, EFBIG for a longer core, and as the server or the file refuses it.
pub fn core_dump(id: i32, file: &File, flags: CoreDumpFlags, limit: i64) -> Result<()> {
    let descriptor = i32::try_from(file.descriptor()).map_err(|_| Error::EBADF)?;
    let mut dump = CoreDump { descriptor, flags: flags.bits(), limit };
    let address = address_of_mut(dump.as_mut_bytes());
    // SAFETY: the server reads the structure, which is lent; it holds no address.
    unsafe { raw(Request::CoreDump.raw(), id, address, size_of::<CoreDump>() as i64) }.map(drop)
}

/// The vector as the server left it. Private, for its base and length must name what is lent, or nothing.
fn regset(request: Request, id: i32, note: i32, mut vector: IoVector) -> Result<IoVector> {
    let address = address_of_mut(vector.as_mut_bytes());
    // SAFETY: both callers lend what the vector names, mutably where GETREGSET fills it, and the vector itself is lent.
    unsafe { raw(request.raw(), id, address, i64::from(note)) }?;
    Ok(vector)
}

/// # Safety
/// What the request reads and writes at `address` must be lent to it.
unsafe fn raw(number: i32, id: i32, address: usize, data: i64) -> Result<usize> {
    let word = |number: i32| i64::from(number).cast_unsigned() as usize;
    let arguments = [word(number), word(id), address, data.cast_unsigned() as usize, 0, 0];
    // SAFETY: passed on to the caller.
    unsafe { system_call::call(PROCESS_CALL | PTRACE, arguments) }
}

#[cfg(test)]
mod tests {
    use super::{Address, request};
    use crate::error::Error;
    use proc_abi::request::Request;

    #[test]
    fn no_request_gets_an_address_that_could_be_memory() {
        let get = Request::GetRegs.raw();
        assert_eq!(request(get, 5, Address::Number(0x40_0000), 0), Err(Error::EOPNOTSUPP));
        assert_eq!(request(get, 5, Address::Fill(&mut [0; 175]), 0), Err(Error::E2BIG));
        assert_eq!(request(get, 5, Address::Read(&[0; 176]), 0), Err(Error::E2BIG), "it would be written");
        assert_eq!(request(Request::LwpInfo.raw(), 5, Address::Fill(&mut [0; 8]), 9), Err(Error::E2BIG));
        assert_eq!(request(Request::Io.raw(), 5, Address::Read(&[0; 32]), 0), Err(Error::EOPNOTSUPP));
        assert_eq!(request(9999, 5, Address::Number(0x40_0000), 0), Err(Error::EOPNOTSUPP), "an unknown request");
    }
}
