//! gdbserver at a pipe, and packets to it.
//!
//! Decides that packets are framed and replies taken whole, without acknowledgements, as GDB does after its greeting. Main
//! type: [`Remote`]. Neighbours: `gdb` measures; docs/gdb.md.

use crate::failure::{Failure, Verdict};
use alloc::format;
use alloc::vec::Vec;
use proc_abi::id::Pid;
use proc_abi::wait::WaitStatus;
use runtime::file::{CloseOnExec, File, pipe};
use runtime::process::command::{Child, Command};

/// The server's end of the pipe, as it finds it.
const DESCRIPTOR: usize = 3;

/// Room for a reply.
const REPLY: usize = 0x1000;

/// What a stop by SIGTRAP starts with.
pub(crate) const STOP: &[u8] = b"$T05";

/// A server, and this program as its client.
#[derive(Debug)]
pub(crate) struct Remote {
    line: File,
    server: Child,
}

impl Remote {
    /// Starts a server that attaches to a process, and greets it.
    pub(crate) fn attached(pid: Pid) -> Verdict<Self> {
        let (line, end) = pipe::pair()?;
        line.set_close_on_exec(CloseOnExec::Yes)?;
        end.set_close_on_exec(CloseOnExec::Yes)?;
        let mut command = Command::new("/bin/gdbserver")?;
        command.argument("--descriptor")?.argument("3")?.argument("--attach")?.argument(format!("{}", pid.raw()))?;
        let server = command.descriptor(DESCRIPTOR, &end)?.spawn()?;
        let remote = Self { line, server };
        remote.greet()?;
        Ok(remote)
    }

    fn greet(&self) -> Verdict {
        let mut reply = [0; REPLY];
        // Each of the first two is acknowledged, which the replies then begin with.
        self.exchange(&framed(b"qSupported:multiprocess+;swbreak+;hwbreak+"), &mut reply)?;
        self.exchange(&framed(b"QStartNoAckMode"), &mut reply)?;
        self.ask(&framed(b"?"), b"$T")
    }

    /// Sends a packet whose reply begins with `start`.
    #[inline(always)]
    pub(crate) fn ask(&self, packet: &[u8], start: &[u8]) -> Verdict {
        let mut reply = [0; REPLY];
        let length = self.exchange(packet, &mut reply)?;
        if reply.get(..length).is_some_and(|reply| reply.starts_with(start)) {
            return Ok(());
        }
        Err(Failure::new("the start of a reply", reply.first_chunk().map_or(0, |start| u64::from_be_bytes(*start))))
    }

    /// Sends a packet and takes the reply, to its checksum.
    #[inline(always)]
    fn exchange(&self, packet: &[u8], reply: &mut [u8; REPLY]) -> Verdict<usize> {
        let sent = self.line.write(packet)?;
        let mut length = 0_usize;
        while sent == packet.len() {
            let room = reply.get_mut(length..).unwrap_or_default();
            let count = self.line.read(room)?;
            length = length.saturating_add(count);
            let body = length.checked_sub(3).and_then(|end| reply.get(end));
            if body == Some(&b'#') {
                return Ok(length);
            }
            if count == 0 {
                break;
            }
        }
        Err(Failure::new("bytes of a reply", length as u64))
    }

    /// The thread that the process stopped in.
    pub(crate) fn first_thread(&self) -> Verdict<u64> {
        let mut reply = [0; REPLY];
        let length = self.exchange(&framed(b"qC"), &mut reply)?;
        let text = reply.get(..length.saturating_sub(3)).unwrap_or_default();
        let digits = text.rsplit(|&byte| byte == b'.').next().unwrap_or_default();
        let number = core::str::from_utf8(digits).ok().and_then(|digits| u64::from_str_radix(digits, 16).ok());
        number.ok_or(Failure::new("bytes of a thread's name", length as u64))
    }

    /// Kills the process, which is the server's last, and waits for the server's end.
    pub(crate) fn finish(self, pid: Pid) -> Verdict {
        self.ask(&framed(format!("vKill;{:x}", pid.raw()).as_bytes()), b"$OK")?;
        match self.server.wait()? {
            WaitStatus::Exited(_) => Ok(()),
            other => Err(Failure::new("the server's end", u64::from(other.encode().unsigned_abs()))),
        }
    }
}

/// A packet with its frame.
pub(crate) fn framed(packet: &[u8]) -> Vec<u8> {
    let sum = packet.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let mut frame = Vec::from(*b"$");
    frame.extend_from_slice(packet);
    frame.extend_from_slice(format!("#{sum:02x}").as_bytes());
    frame
}
