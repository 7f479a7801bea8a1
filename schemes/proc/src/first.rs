//! The first process: a group, a thread that waits, and a loader that brings init into it.
//!
//! Decides init's path. Neighbours: `boot` starts this server before there is any process, `gate` makes the loader,
//! `ptrace::Turn::first_process` puts process 1 into the table. Main function: [`Server::start_first`].

use kernel_abi::verb::ThreadStart;
use ptrace::{KernelGroup, KernelThread, Result};

use crate::gate::LOADER_RANGE;
use crate::server::Server;
use crate::verbs::{LoaderInput, Verbs};

/// Path of the first program.
pub(crate) const INIT: &str = "/sbin/init";

impl<V: Verbs> Server<V> {
    /// Makes process 1.
    ///
    /// # Errors
    /// ENOMEM, ENOEXEC for a loader that is none; nothing is left then.
    pub fn start_first(&mut self) -> Result<()> {
        let group = self.gate.verbs.create_group()?;
        let made = self.fill_first(group);
        if made.is_err() {
            self.gate.discard(group);
        }
        self.settle();
        made
    }

    fn fill_first(&mut self, group: u64) -> Result<()> {
        // Exec gives the thread its frame; until then it is held and any address will do.
        let start = ThreadStart { entry: LOADER_RANGE.0, stack: LOADER_RANGE.0, arguments: [0; 3] };
        let thread = self.gate.verbs.create_thread(group, &start)?;
        let loader = self.gate.make_loader(&LoaderInput::Path(INIT), None)?;
        let first = self.turn().first_process(KernelGroup(group), KernelThread(thread), loader);
        if first.is_err() {
            self.gate.discard(loader.group.0);
        }
        first.map(|_| ())
    }
}
