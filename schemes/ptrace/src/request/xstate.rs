//! The machine's own requests: extended state and segment bases.
//!
//! Decides sizes and errno of GETXSTATE_INFO, GETXSTATE, SETXSTATE and GET/SETFSBASE, GET/SETGSBASE. Neighbours: the kernel
//! validates images and bases. FreeBSD: amd64/ptrace_machdep.c (cpu_ptrace, cpu_ptrace_xstate, cpu_ptrace_setbase);
//! specification section 4. All but INFO take their arguments inside the work, after the target was admitted.

use kernel_abi::registers::{RegisterSet, SegmentBases};
use proc_abi::request::Request;
use proc_abi::xstate::{LEGACY_SIZE, XstateInfo};
use zerocopy::IntoBytes;

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::id::KernelThread;
use crate::kernel::Kernel;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn extended_state(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        // FreeBSD's use_xsave comes before every size.
        let mask = self.kernel.extended_mask();
        if mask == 0 {
            return Err(Errno::EOPNOTSUPP);
        }
        let data = usize::try_from(asked.data).map_err(|_| Errno::EINVAL)?;
        if asked.request == Request::GetXstateInfo && data != size_of::<XstateInfo>() {
            return Err(Errno::EINVAL);
        }
        let length = self.kernel.get_registers(kernel, RegisterSet::Extended, &mut self.table.scratch)?;
        match asked.request {
            Request::GetXstateInfo => {
                let info = XstateInfo { mask, len: u32::try_from(length).map_err(|_| Errno::EINVAL)?, pad: 0 };
                self.give(arguments, asked.address, info.as_bytes())?;
            }
            Request::GetXstate => self.give_scratch(arguments, asked.address, length)?,
            _ => {
                if data < LEGACY_SIZE || data > length {
                    return Err(Errno::EINVAL);
                }
                self.take_scratch(arguments, asked.address, data)?;
                let image = self.table.scratch.get(..data).ok_or(Errno::EINVAL)?;
                self.kernel.set_registers(kernel, RegisterSet::Extended, image)?;
            }
        }
        Ok(0)
    }

    pub(super) fn give_scratch(&mut self, arguments: &mut Arguments<'_>, address: u64, length: usize) -> Result<()> {
        let scratch = core::mem::take(&mut self.table.scratch);
        let result = scratch.get(..length).ok_or(Errno::EINVAL).and_then(|image| self.give(arguments, address, image));
        self.table.scratch = scratch;
        result
    }

    pub(super) fn take_scratch(&mut self, arguments: &Arguments<'_>, address: u64, length: usize) -> Result<()> {
        let mut scratch = core::mem::take(&mut self.table.scratch);
        let into = scratch.get_mut(..length).ok_or(Errno::EINVAL);
        let result = into.and_then(|image| self.argument(arguments, address, image));
        self.table.scratch = scratch;
        result
    }

    pub(super) fn segment_base(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        let mut bases = self.bases_of(kernel)?;
        let mut base = 0_u64;
        match asked.request {
            Request::GetFsBase => self.give(arguments, asked.address, bases.fs.as_bytes())?,
            Request::GetGsBase => self.give(arguments, asked.address, bases.gs.as_bytes())?,
            _ => {
                self.argument(arguments, asked.address, base.as_mut_bytes())?;
                if asked.request == Request::SetFsBase {
                    bases.fs = base;
                } else {
                    bases.gs = base;
                }
                self.kernel.set_registers(kernel, RegisterSet::Bases, bases.as_bytes())?;
            }
        }
        Ok(0)
    }

    fn bases_of(&mut self, thread: KernelThread) -> Result<SegmentBases> {
        let mut bases = SegmentBases::default();
        self.kernel.get_registers(thread, RegisterSet::Bases, bases.as_mut_bytes())?;
        Ok(bases)
    }
}
