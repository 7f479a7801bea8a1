//! The first process: it has no parent, and everything else comes from it.
//!
//! Decides how init enters the table. Main method: [`Turn::first_process`]. Neighbours: `exec` loads its image, `fork` makes
//! all other processes.

use alloc::vec::Vec;

use proc_abi::id::Pid;

use crate::errno::{Errno, Result};
use crate::id::{KernelGroup, KernelThread, ThreadRef};
use crate::kernel::{Kernel, Loader};
use crate::process::{Flags, Process};
use crate::thread::{Point, Stage, Thread};
use crate::turn::Turn;

impl<K: Kernel> Turn<'_, K> {
    /// Makes process 1 of a group with one thread that has not been started, and lets the loader build its image. It runs
    /// as the superuser, leads its own group and session, and nobody may trace, stop or kill it.
    ///
    /// # Errors
    /// ENOMEM; EBUSY if there is one already.
    pub fn first_process(&mut self, group: KernelGroup, thread: KernelThread, loader: Loader) -> Result<Pid> {
        if self.table.count() != 0 {
            return Err(Errno::EBUSY);
        }
        let at = ThreadRef { pid: Pid::INIT, tid: self.table.free_tid()? };
        self.table.reserve_process(at.pid)?;
        self.table.reserve_loader()?;
        let mut threads = Vec::new();
        threads.try_reserve_exact(1).map_err(|_| Errno::ENOMEM)?;
        let place = self.table.next_place();
        threads.push(Thread { stage: Stage::Pending(Point::Start, place), ..Thread::new(at.tid, thread) });
        let process = Process { flags: Flags::PROTECTED, ..Process::bare(at.pid, group, None, threads)? };
        self.table.insert(process);
        self.identify(at.pid);
        self.begin_exec(at, None, loader);
        Ok(at.pid)
    }
}
