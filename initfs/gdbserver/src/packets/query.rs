//! q: what the client asks about the server and the session.
//!
//! Decides what qSupported promises; a client that sends it begins anew, so what the one before set is gone. Methods of
//! [`Engine`]. Neighbours: `threads` and `transfer` have the larger questions.

use super::client::Client;
use super::{Answer, name, need, text, unknown};
use crate::engine::Engine;
use crate::link::PACKET_SIZE;
use crate::process::Origin;
use crate::process::stops::Catch;
use crate::system::System;
use crate::text::{Reader, Text};
use proc_abi::id::Pid;

/// What this server has beyond the protocol's oldest packets.
const FEATURES: &str = "QStartNoAckMode+;ConditionalBreakpoints+;multiprocess+;fork-events+;vfork-events+;exec-events+;vContSupported+;swbreak+;\
    hwbreak+;no-resumed+;QPassSignals+;QCatchSyscalls+;QStartupWithShell+;QEnvironmentHexEncoded+;QEnvironmentReset+;\
    QEnvironmentUnset+;QSetWorkingDir+;qXfer:features:read+;qXfer:threads:read+;qXfer:exec-file:read+;qXfer:auxv:read+;\
    qXfer:siginfo:read+;qXfer:osdata:read+";

impl<S: System> Engine<S> {
    /// A packet of the family q.
    pub(super) fn query(&mut self, mut reader: Reader<'_>) -> Answer {
        match name(&mut reader) {
            b"Supported" => self.greet(reader),
            b"Attached" => self.is_attached(reader),
            b"C" => self.current_thread(),
            b"fThreadInfo" => self.list_threads(),
            b"sThreadInfo" => text(Text::from("l")),
            b"ThreadExtraInfo" => self.thread_extra(reader),
            b"Xfer" => self.transfer(reader),
            b"Rcmd" => self.monitor(reader),
            b"Search" => self.search(reader),
            b"MemoryRegionInfo" => self.region(reader),
            b"CRC" => self.checksum(reader),
            _ => unknown(),
        }
    }

    /// A client begins. It knows of no breakpoints, so there are none; processes stay as they are.
    fn greet(&mut self, reader: Reader<'_>) -> Answer {
        self.client = Client::default();
        self.client.features(reader.rest());
        self.files.clear();
        self.owed = crate::engine::Owed::Nothing;
        for process in &mut self.processes {
            process.code.wanted.clear();
            process.watch.clear();
            process.catch = Catch::None;
        }
        let mut reply = Text::default();
        reply.add(format_args!("PacketSize={PACKET_SIZE:x};{FEATURES}"));
        text(reply)
    }

    fn is_attached(&mut self, mut reader: Reader<'_>) -> Answer {
        let pid = match reader.number() {
            Some(number) => need(i32::try_from(number).ok().and_then(Pid::new))?,
            None => self.selected()?.0.pid,
        };
        let (process, _) = self.process(pid)?;
        text(Text::from(match process.origin {
            Origin::Attached => "1",
            Origin::Started => "0",
        }))
    }

    fn current_thread(&mut self) -> Answer {
        let naming = self.client.naming;
        let Some((pid, tid)) = self.general else { return unknown() };
        let mut reply = Text::from("QC");
        naming.add(&mut reply, pid, tid);
        text(reply)
    }
}
