//! The kernel behind the server's socket: [`Verbs`] by system calls.
//!
//! Decides nothing but the translation of errors, and that a new process has the priority of programs. Main type:
//! [`Kernel`]. Neighbours: `runtime::socket` makes the calls, `runtime::loader_arguments` places the loader.

use core::fmt;

use kernel_abi::descriptor::DescriptorInformation;
use kernel_abi::message::Slot;
use kernel_abi::registers::RegisterSet;
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use proc::{LoaderInput, Refusal, Verbs, Wait};
use ptrace::{Errno, Result};
use runtime::loader_arguments::{self, LoaderArguments};
use runtime::native::{self, Program};
use runtime::process::execute::Strings;
use runtime::socket::{self, Orders, Socket};
use runtime::{Error, eprintln};

/// Priority of processes; servers are above them.
const PRIORITY: u64 = 4;

/// The socket, the loader's program and the one that writes cores.
#[derive(Debug)]
pub(crate) struct Kernel<'a> {
    pub(crate) socket: Socket,
    pub(crate) loader: Program<'a>,
    pub(crate) dumper: Program<'a>,
}

fn errno(error: Error) -> Errno {
    Errno::new(error.number()).unwrap_or(Errno::EINVAL)
}

impl Verbs for Kernel<'_> {
    fn batch(&mut self, orders: &Orders<'_>, inbox: &mut [Slot], wait: Wait) -> core::result::Result<usize, Refusal> {
        let wait = match wait {
            Wait::Yes => socket::Wait::Yes,
            Wait::No => socket::Wait::No,
        };
        let refused = |refusal: socket::Refusal| Refusal { errno: errno(refusal.error), effect: refusal.effect };
        self.socket.batch(orders, inbox, wait, 0).map_err(refused)
    }

    fn copy_in(&mut self, tag: u64, offset: u64, into: &mut [u8]) -> Result<usize> {
        self.socket.copy_in(tag, offset, into).map_err(errno)
    }

    fn copy_out(&mut self, tag: u64, offset: u64, from: &[u8]) -> Result<()> {
        self.socket.copy_out(tag, offset, from).map(drop).map_err(errno)
    }

    fn read_memory(&mut self, group: u64, address: u64, into: &mut [u8]) -> Result<usize> {
        self.socket.read_memory(group, address, into).map_err(errno)
    }

    fn write_memory(&mut self, group: u64, address: u64, from: &[u8]) -> Result<usize> {
        self.socket.write_memory(group, address, from).map_err(errno)
    }

    fn get_registers(&mut self, thread: u64, set: RegisterSet, into: &mut [u8]) -> Result<usize> {
        self.socket.registers(thread, set, into).map_err(errno)
    }

    fn set_registers(&mut self, thread: u64, set: RegisterSet, from: &[u8]) -> Result<()> {
        self.socket.set_registers(thread, set, from).map_err(errno)
    }

    fn remote_call(&mut self, thread: u64, number: usize, arguments: [u64; 6]) -> Result<u64> {
        self.socket.remote_call(thread, number, arguments).map_err(errno)
    }

    fn extended_mask(&mut self) -> u64 {
        runtime::processor::extended_components()
    }

    fn fork(&mut self, parent: u64, flags: ForkFlags, cookie: u32) -> Result<Forked> {
        self.socket.fork(parent, flags, cookie).map_err(errno)
    }

    fn create_group(&mut self, namesake: Option<u64>) -> Result<u64> {
        self.socket.create_group(namesake, PRIORITY).map_err(errno)
    }

    fn create_thread(&mut self, group: u64, start: &ThreadStart) -> Result<u64> {
        self.socket.create_thread(group, start).map_err(errno)
    }

    fn load_loader(&mut self, group: u64, what: &LoaderInput<'_>) -> Result<u64> {
        let made = match what {
            LoaderInput::Path(path) => {
                let name = path.rsplit('/').next().unwrap_or_default();
                Strings::from_strings([name]).and_then(|arguments| {
                    let (path, none) = (path.as_bytes(), Strings::new());
                    loader_arguments::start_with_strings(&self.socket, group, &self.loader, path, &arguments, &none)
                })
            }
            LoaderInput::Memory { descriptor, addresses: [path, arguments, variables] } => {
                let block = LoaderArguments {
                    path: *path,
                    arguments: *arguments,
                    variables: *variables,
                    source: u64::from(*descriptor),
                    ..LoaderArguments::default()
                };
                loader_arguments::start(&self.socket, group, &self.loader, &block)
            }
        };
        made.map_err(errno)
    }

    fn lend(&mut self, group: u64, source: u64, descriptor: u64, target: u64) -> Result<()> {
        self.socket.lend(group, source, descriptor, target).map_err(errno)
    }

    fn load_dumper(&mut self, group: u64, target: u64) -> Result<u64> {
        native::start(&self.socket, group, &self.dumper, target).map_err(errno)
    }

    fn thread_information(&mut self, thread: u64) -> Result<ThreadInformation> {
        self.socket.thread_information(thread).map_err(errno)
    }

    fn group_information(&mut self, group: u64) -> Result<GroupInformation> {
        self.socket.group_information(group).map_err(errno)
    }

    fn region(&mut self, group: u64, index: u64) -> Result<RegionInformation> {
        self.socket.region(group, index).map_err(errno)
    }

    fn descriptor(&mut self, group: u64, from: u64) -> Result<DescriptorInformation> {
        self.socket.descriptor(group, from).map_err(errno)
    }

    fn grant_object(&mut self, group: u64, object: [u64; 4], descriptor: u32) -> Result<()> {
        self.socket.grant_object(group, object, descriptor).map_err(errno)
    }

    fn identify(&mut self, group: u64, descriptor: u64) -> Result<(u64, u64)> {
        self.socket.identify(group, descriptor).map_err(errno)
    }

    fn now(&mut self) -> u64 {
        u64::try_from(runtime::time::now().as_nanos()).unwrap_or(u64::MAX)
    }

    fn log(&mut self, line: fmt::Arguments<'_>) {
        eprintln!("{line}");
    }
}
