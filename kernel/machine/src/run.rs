//! Running user code.
//!
//! Decides how little is loaded before user mode and whether SYSRET may take us there: only if the frame is exactly what
//! SYSRET would make of it (SDM vol. 2, SYSRET; CVE-2012-0217, CVE-2014-4699). Main function: [`Machine::run`].
//! Neighbours: `trap` (the way in and out), `extended`, `paging`, `debug` (what is loaded).
#![expect(unsafe_code, reason = "enters user mode")]

use core::arch::asm;
use kernel_abi::registers::{RFLAGS_FIXED, RFLAGS_RF, RFLAGS_TF, RFLAGS_USER, Registers, USER_CS, USER_SS};
use kernel_core::seam::{Context, Exit};
use x86::msr::{IA32_FS_BASE, IA32_GS_BASE, wrmsr};

use crate::machine::{Loaded, Machine};
use crate::trap::exit::GENERAL_PROTECTION;
use crate::trap::{enter_by_iretq, enter_by_sysret};
use crate::{debug, instructions};

/// Flags that may have any value when SYSRET returns; TF and RF need IRETQ, the others are fixed.
const RFLAGS_SYSRET: u64 = RFLAGS_USER & !(RFLAGS_TF | RFLAGS_RF);
/// Bits of a user address: bit 47 and above are clear, so the address is canonical.
const USER_ADDRESS_BITS: u32 = 47;

/// What a state that the processor would refuse is to its thread.
const REFUSED: Exit = Exit::Exception { vector: GENERAL_PROTECTION, code: 0, address: 0 };

/// How user mode is entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Sysret,
    Iretq,
}

/// How user mode was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Left {
    BySystemCall,
    ByTrap,
}

impl Machine {
    /// Runs user code until something needs the kernel. A thread that ran last, wants nothing loaded and came by SYSCALL
    /// goes straight back; every other case is prepared first.
    #[inline(always)]
    pub fn run(&mut self, context: &mut Context) -> Exit {
        let changed = self.loaded.difference(context) | breakpoints(context) | u64::from(context.full_restore);
        if changed == 0 && sysret_restores(&context.registers) {
            let left = enter(context, Way::Sysret);
            return self.why(left, context);
        }
        let Some(way) = self.prepare(context) else {
            return REFUSED;
        };
        let left = enter(context, way);
        if breakpoints(context) != 0 {
            debug::disarm();
        }
        self.why(left, context)
    }

    #[inline(always)]
    fn why(&mut self, left: Left, context: &mut Context) -> Exit {
        match left {
            Left::BySystemCall => Exit::SystemCall,
            Left::ByTrap => self.trap(context),
        }
    }

    /// Loads what the thread needs and is not there, and says how it is entered; `None` for a state that the processor
    /// would refuse.
    #[inline(never)]
    fn prepare(&mut self, context: &mut Context) -> Option<Way> {
        if (context.fs_base | context.gs_base) >> USER_ADDRESS_BITS != 0 {
            return None;
        }
        self.activate(context.root);
        if self.loaded.extended != context.extended {
            if !self.switch_extended(context.extended) {
                return None;
            }
            instructions::clear_data_segments();
            self.load_bases(context.fs_base, context.gs_base);
        } else if self.loaded.fs_base != context.fs_base || self.loaded.gs_base != context.gs_base {
            self.load_bases(context.fs_base, context.gs_base);
        }
        if breakpoints(context) != 0 {
            debug::arm(&context.debug);
        }
        let way = choose_way(context);
        context.full_restore = false;
        Some(way)
    }

    /// Bases are written whenever another thread's state was live: user code can change its own by loading a selector.
    fn load_bases(&mut self, fs_base: u64, gs_base: u64) {
        self.loaded = Loaded { fs_base, gs_base, ..self.loaded };
        for (register, base) in [(IA32_FS_BASE, fs_base), (IA32_GS_BASE, gs_base)] {
            // SAFETY: the caller has checked that the base is canonical; the kernel uses neither FS nor GS.
            unsafe { wrmsr(register, base) };
        }
    }
}

#[inline(always)]
fn breakpoints(context: &Context) -> u64 {
    let [.., control, _, _, _, _, _, _, _, _] = context.debug.dr;
    control & 0xff
}

/// SYSRET restores exactly this frame and cannot fault.
#[inline(always)]
fn sysret_restores(registers: &Registers) -> bool {
    registers.rip == registers.rcx
        && registers.rflags == registers.r11
        && registers.rflags & !RFLAGS_SYSRET == RFLAGS_FIXED
        && registers.rip >> USER_ADDRESS_BITS == 0
}

/// Makes the frame one that leads to user mode whatever the core put there, and says how.
fn choose_way(context: &mut Context) -> Way {
    let registers = &mut context.registers;
    registers.cs = USER_CS;
    registers.ss = USER_SS;
    registers.rflags = registers.rflags & RFLAGS_USER | RFLAGS_FIXED;
    if sysret_restores(registers) && !context.full_restore { Way::Sysret } else { Way::Iretq }
}

/// Enters user mode and says how it was left. The registers are then in the context.
#[inline(always)]
fn enter(context: &mut Context, way: Way) -> Left {
    let end = (&raw mut context.registers).wrapping_add(1);
    // For both blocks:
    // SAFETY: 1. the registers are aligned to 16, as the processor wants it (asserted in `trap`); 2. they stay borrowed
    // until this returns, and only the entry code writes to them; 3. the frame leads to ring 3: CS, SS and RFLAGS are
    // fixed by the caller or by SYSRET itself, which RIP cannot make fault; 4. the entry code keeps rbx, rbp and the
    // stack, every other register is declared lost.
    match way {
        // SAFETY: above.
        Way::Sysret => unsafe {
            asm!("call {}", "je {}", sym enter_by_sysret, label { return Left::ByTrap }, in("rdi") end,
                out("r12") _, out("r13") _, out("r14") _, out("r15") _, clobber_abi("C"));
        },
        // SAFETY: above.
        Way::Iretq => unsafe {
            asm!("call {}", "je {}", sym enter_by_iretq, label { return Left::ByTrap }, in("rdi") end,
                out("r12") _, out("r13") _, out("r14") _, out("r15") _, clobber_abi("C"));
        },
    }
    Left::BySystemCall
}
