//! The kernel as the state machine sees it: its questions, answered by verbs and the boot image.
//!
//! Decides how a loader is started and what an executable file is. Main type: [`Gate`]. Neighbours: `verbs` (the kernel),
//! `image` (sealed files), `initial_stack` (the path of other files), `ptrace::Kernel` (the questions).

use kernel_abi::effect::{Effect, EffectVerb, ObjectKind, RIGHT_READ};
use kernel_abi::registers::RegisterSet;
use kernel_abi::verb::{ForkFlags, Forked, GroupInformation, RegionInformation, ThreadInformation, ThreadStart};
use proc_abi::id::Pid;
use ptrace::{Errno, FileName, Helper, Image, Kernel, KernelGroup, KernelThread, Loader, LoaderRequest, Result, Tag};
use runtime::loader_arguments::{LOADER_BASE, LOADER_LENGTH};
use runtime::socket::Orders;

use crate::image::{Sealed, program_name};
use crate::initial_stack::Block;
use crate::verbs::{LoaderInput, Verbs, Wait};

/// Descriptor at which a loader finds the handle on its caller's memory.
const CALLERS_MEMORY: u32 = 0;
/// Descriptor at which the helper of a core dump finds its file.
const DUMPERS_FILE: u64 = 0;

/// The range that an exec unmaps with the loader: start and length.
pub(crate) const LOADER_RANGE: (u64, u64) = (LOADER_BASE, LOADER_LENGTH);

/// The kernel, the image, and what belongs to the message that is worked on.
#[derive(Debug)]
pub(crate) struct Gate<V> {
    /// The kernel.
    pub(crate) verbs: V,
    /// The boot image.
    pub(crate) sealed: Sealed<'static>,
    /// Stack pointer that the loader named whose call is being worked on.
    pub(crate) stack: u64,
}

impl<V: Verbs> Gate<V> {
    /// Makes a loader in a group of its own, which sees the names that its caller sees.
    ///
    /// # Errors
    /// ENOMEM, E2BIG; nothing is left then.
    pub(crate) fn make_loader(&mut self, input: &LoaderInput<'_>, memory: Option<KernelGroup>) -> Result<Loader> {
        let group = self.verbs.create_group(memory.map(|caller| caller.0))?;
        let made = self.fill_loader(group, input, memory);
        match made {
            Ok(thread) => Ok(Loader { group: KernelGroup(group), thread: KernelThread(thread), range: LOADER_RANGE }),
            Err(errno) => {
                self.discard(group);
                Err(errno)
            }
        }
    }

    fn fill_loader(&mut self, group: u64, input: &LoaderInput<'_>, memory: Option<KernelGroup>) -> Result<u64> {
        if let Some(KernelGroup(caller)) = memory {
            let object = [ObjectKind::Memory as u64, caller, 0, RIGHT_READ];
            self.verbs.grant_object(group, object, CALLERS_MEMORY)?;
        }
        self.verbs.load_loader(group, input)
    }

    /// Ends a group that nobody knows of. It is ours and exists, so the kernel refuses nothing.
    pub(crate) fn discard(&mut self, group: u64) {
        let kill = Effect { verb: EffectVerb::KillGroup as u32, target: group, ..Effect::default() };
        if self.verbs.batch(&Orders::plain(&[kill]), &mut [], Wait::No).is_err() {
            self.verbs.log(format_args!("proc: group {group:#x} could not be ended"));
        }
    }

    /// The path of the program that runs on the image with this initial stack, as its loader wrote it.
    fn name_from_stack(&mut self, group: KernelGroup) -> Option<[u8; proc_abi::lwpinfo::NAME_SIZE]> {
        let verbs = &mut self.verbs;
        let mut block = Block::new(self.stack, |address, into: &mut [u8]| verbs.read_memory(group.0, address, into));
        block.path().ok().map(|path| program_name(&path))
    }
}

fn whole(count: usize, wanted: usize) -> Result<()> {
    if count == wanted { Ok(()) } else { Err(Errno::EFAULT) }
}

impl<V: Verbs> Kernel for Gate<V> {
    fn copy_in(&mut self, tag: Tag, address: u64, into: &mut [u8]) -> Result<()> {
        let wanted = into.len();
        self.verbs.copy_in(tag.0, address, into).and_then(|count| whole(count, wanted))
    }

    fn copy_out(&mut self, tag: Tag, address: u64, from: &[u8]) -> Result<()> {
        self.verbs.copy_out(tag.0, address, from)
    }

    fn read_memory(&mut self, group: KernelGroup, address: u64, into: &mut [u8]) -> Result<usize> {
        self.verbs.read_memory(group.0, address, into)
    }

    fn write_memory(&mut self, group: KernelGroup, address: u64, from: &[u8]) -> Result<usize> {
        self.verbs.write_memory(group.0, address, from)
    }

    fn get_registers(&mut self, thread: KernelThread, set: RegisterSet, into: &mut [u8]) -> Result<usize> {
        self.verbs.get_registers(thread.0, set, into)
    }

    fn set_registers(&mut self, thread: KernelThread, set: RegisterSet, from: &[u8]) -> Result<()> {
        self.verbs.set_registers(thread.0, set, from)
    }

    fn remote_call(&mut self, thread: KernelThread, number: usize, arguments: [u64; 6]) -> Result<u64> {
        self.verbs.remote_call(thread.0, number, arguments)
    }

    fn extended_mask(&mut self) -> u64 {
        self.verbs.extended_mask()
    }

    fn fork(&mut self, parent: KernelThread, flags: ForkFlags, cookie: u32) -> Result<Forked> {
        self.verbs.fork(parent.0, flags, cookie)
    }

    fn create_thread(&mut self, group: KernelGroup, start: &ThreadStart) -> Result<KernelThread> {
        self.verbs.create_thread(group.0, start).map(KernelThread)
    }

    fn thread_information(&mut self, thread: KernelThread) -> Result<ThreadInformation> {
        self.verbs.thread_information(thread.0)
    }

    fn group_information(&mut self, group: KernelGroup) -> Result<GroupInformation> {
        self.verbs.group_information(group.0)
    }

    fn region(&mut self, group: KernelGroup, index: u64) -> Result<RegionInformation> {
        self.verbs.region(group.0, index)
    }

    fn region_file(&mut self, region: &RegionInformation, path: &mut [u8]) -> Option<FileName> {
        self.sealed.region_file(region, path)
    }

    fn start_loader(&mut self, caller: &LoaderRequest) -> Result<Loader> {
        let input = LoaderInput::Memory { descriptor: CALLERS_MEMORY, addresses: caller.arguments };
        self.make_loader(&input, Some(caller.group))
    }

    fn start_dumper(&mut self, tracer: KernelGroup, descriptor: u32, target: Pid) -> Result<Helper> {
        // It reads the target under `proc:`, which its tracer may not see by name.
        let group = self.verbs.create_group(None)?;
        let lent = self.verbs.lend(group, tracer.0, descriptor.into(), DUMPERS_FILE);
        match lent.and_then(|()| self.verbs.load_dumper(group, target.raw().unsigned_abs().into())) {
            Ok(thread) => Ok(Helper { group: KernelGroup(group), thread: KernelThread(thread) }),
            Err(errno) => {
                self.discard(group);
                Err(errno)
            }
        }
    }

    fn identify_image(&mut self, loader: KernelGroup, descriptor: u64) -> Result<Image> {
        let (scheme, number) = self.verbs.identify(loader.0, descriptor)?;
        self.sealed.learn_scheme(scheme);
        if let Some(program) = self.sealed.program(scheme, number) {
            return Ok(program);
        }
        Ok(Image { name: self.name_from_stack(loader).unwrap_or_default(), ..Image::default() })
    }
}
