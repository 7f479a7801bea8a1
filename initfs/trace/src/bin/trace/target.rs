//! Requests about one traced process or thread, and how tracing begins.
//!
//! Decides nothing of what is shown. Main types: [`Target`]. Neighbours: `tracer`, `runtime::process::ptrace`.

use alloc::string::String;
use alloc::vec::Vec;
use core::convert::Infallible;
use proc_abi::event::EventMask;
use proc_abi::io::IoOperation;
use proc_abi::lwpinfo::LwpInfo;
use proc_abi::request::Request;
use proc_abi::signal::{SIGSTOP, SigSet, Signal};
use proc_abi::syscall::SyscallReturn;
use runtime::process::command::find_program;
use runtime::process::execute::{Prepared, Strings};
use runtime::process::ptrace::{Address, request, transfer};
use runtime::process::trace::trace_me;
use runtime::process::{self, Fork, Pid, exit, fork};
use runtime::signal::{self, SignalAction};
use runtime::{Result, environment, eprintln};
use trace::call::Memory;
use zerocopy::{FromZeros, IntoBytes};

/// The `addr` that leaves the program counter alone.
const SAME_PLACE: u64 = 1;
/// The status of a program that is not there, as the shell has it.
const NOT_THERE: i32 = 127;

/// A process or thread that is stopped for this tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target(pub(crate) i32);

impl Target {
    /// What its reporting thread is stopped for.
    pub(crate) fn information(self) -> Result<LwpInfo> {
        let mut info = LwpInfo::new_zeroed();
        request(Request::LwpInfo.raw(), self.0, Address::Fill(info.as_mut_bytes()), size_of::<LwpInfo>() as i32)?;
        Ok(info)
    }

    /// Arguments of the call it is in.
    pub(crate) fn arguments(self) -> Result<[u64; 8]> {
        let mut words = [0_u64; 8];
        request(Request::GetScArgs.raw(), self.0, Address::Fill(words.as_mut_bytes()), size_of::<[u64; 8]>() as i32)?;
        Ok(words)
    }

    /// Result of the call it leaves.
    pub(crate) fn result(self) -> Result<SyscallReturn> {
        let mut told = SyscallReturn::new_zeroed();
        let size = size_of::<SyscallReturn>() as i32;
        request(Request::GetScRet.raw(), self.0, Address::Fill(told.as_mut_bytes()), size)?;
        Ok(told)
    }

    /// Which events stop it.
    pub(crate) fn set_events(self, events: EventMask) -> Result<()> {
        let bits = events.bits();
        request(Request::SetEventMask.raw(), self.0, Address::Read(bits.as_bytes()), size_of::<u32>() as i32).map(drop)
    }

    /// Lets it go on with a signal or none, traced or not as `how` says.
    pub(crate) fn resume(self, how: Request, signal: Option<Signal>) -> Result<()> {
        request(how.raw(), self.0, Address::Number(SAME_PLACE), signal.map_or(0, Signal::number)).map(drop)
    }

    /// Makes it stop for this tracer.
    pub(crate) fn attach(self) -> Result<()> {
        request(Request::Attach.raw(), self.0, Address::Number(0), 0).map(drop)
    }
}

impl Memory for Target {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        let whole = into.len();
        if whole == 0 {
            return 0;
        }
        if transfer(IoOperation::ReadD, self.0, address, into).is_ok() {
            return whole;
        }
        // Near the end of what is mapped, byte by byte.
        let mut count = 0_usize;
        for (address, byte) in (address..).zip(into.iter_mut()) {
            if transfer(IoOperation::ReadD, self.0, address, core::slice::from_mut(byte)).is_err() {
                break;
            }
            count = count.saturating_add(1);
        }
        count
    }
}

/// Starts a program in a child that stops before its exec.
pub(crate) fn start(program: &[String]) -> Result<Pid> {
    let path: Vec<u8> = find_program(program.first().map_or(&b""[..], |name| name.as_bytes()))?;
    let arguments = Strings::from_strings(program)?;
    let variables = Strings::from_strings(environment::variables())?;
    let prepared = Prepared::new(&path, &arguments, &variables)?;
    match fork()? {
        Fork::Parent(pid) => Ok(pid),
        Fork::Child => {
            let Err(error) = become_target(&prepared);
            eprintln!("trace: {}: {error}", String::from_utf8_lossy(&path));
            exit(NOT_THERE)
        }
    }
}

fn become_target(prepared: &Prepared<'_>) -> Result<Infallible> {
    for signal in crate::tracer::CAUGHT {
        signal::set_action(signal, SignalAction::Default)?;
    }
    signal::set_mask(SigSet::EMPTY)?;
    trace_me()?;
    process::kill(process::id(), Some(SIGSTOP))?;
    prepared.execute()
}
