//! GETREGS, SETREGS and their floating point and debug relatives.
//!
//! Decides sizes and phases; the kernel validates what is written, as a whole. Neighbours: `kernel_abi::registers` (layouts),
//! `kernel-core::frame` (rules). FreeBSD: sys_process.c (proc_read_regs), amd64/machdep.c (set_regs, set_dbregs);
//! specification section 4.

use kernel_abi::registers::{DebugRegisters, FloatRegisters, RegisterSet, Registers};
use proc_abi::request::Request;
use zerocopy::{FromZeros, IntoBytes};

use super::Asked;
use crate::argument::Arguments;
use crate::errno::{Errno, Result};
use crate::kernel::Kernel;
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    pub(super) fn get_registers(&mut self, asked: &Asked, arguments: &mut Arguments<'_>) -> Result<i32> {
        let at = self.admitted(asked)?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        match asked.request {
            Request::GetRegs => {
                let mut registers = Registers::default();
                self.kernel.get_registers(kernel, RegisterSet::General, registers.as_mut_bytes())?;
                // FreeBSD's fill_frame_regs leaves these two out.
                (registers.trapno, registers.err) = (0, 0);
                self.give(arguments, asked.address, registers.as_bytes())?;
            }
            Request::GetFpRegs => {
                let mut registers = FloatRegisters::new_zeroed();
                self.kernel.get_registers(kernel, RegisterSet::Float, registers.as_mut_bytes())?;
                self.give(arguments, asked.address, registers.as_bytes())?;
            }
            _ => {
                let mut registers = DebugRegisters::default();
                self.kernel.get_registers(kernel, RegisterSet::Debug, registers.as_mut_bytes())?;
                self.give(arguments, asked.address, registers.as_bytes())?;
            }
        }
        Ok(0)
    }

    pub(super) fn set_registers(&mut self, asked: &Asked, arguments: &Arguments<'_>) -> Result<i32> {
        match asked.request {
            Request::SetRegs => {
                let mut registers = Registers::default();
                self.argument(arguments, asked.address, registers.as_mut_bytes())?;
                self.set_admitted(asked, RegisterSet::General, registers.as_bytes())
            }
            Request::SetFpRegs => {
                let mut registers = FloatRegisters::new_zeroed();
                self.argument(arguments, asked.address, registers.as_mut_bytes())?;
                self.set_admitted(asked, RegisterSet::Float, registers.as_bytes())
            }
            _ => {
                let mut registers = DebugRegisters::default();
                self.argument(arguments, asked.address, registers.as_mut_bytes())?;
                self.set_admitted(asked, RegisterSet::Debug, registers.as_bytes())
            }
        }
    }

    fn set_admitted(&mut self, asked: &Asked, set: RegisterSet, bytes: &[u8]) -> Result<i32> {
        let at = self.admitted(asked)?;
        let kernel = self.thread(at).ok_or(Errno::ESRCH)?.kernel;
        self.kernel.set_registers(kernel, set, bytes)?;
        Ok(0)
    }
}
