//! Sessions of a client with gdbserver, the whole of it.
//!
//! Decides how bytes are a session: the first line is what happens in the program, each further line a packet; one that begins
//! with a bell (0x07) goes over the line as it is. And that the next client is served whatever came before. Main type:
//! [`Server`]. Neighbours: `machine`, `condition`; `gdb` has the packet reader by itself.

pub mod machine;

use gdbserver::Engine;
use machine::{Small, pid};

const RAW: u8 = 7;

/// A server with a program that is stopped at its start.
#[derive(Debug)]
pub struct Server(Engine<Small>);

impl Server {
    /// With what happens in the program, once it runs.
    #[must_use]
    pub fn new(happenings: &[u8]) -> Self {
        let mut engine = Engine::new(Small::new(happenings), Vec::new());
        let started = engine.start(vec![b"/bin/program".to_vec()]);
        assert!(started.is_ok(), "the program starts");
        Self(engine)
    }

    /// Bytes as they go over the line; what comes back.
    pub fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.0.receive(bytes);
        while let (Some(pid), Some(change)) = (pid(), self.0.system().take_change()) {
            self.0.changed(pid, change);
        }
        core::mem::take(self.0.output())
    }

    /// A packet; what comes back.
    pub fn packet(&mut self, packet: &[u8]) -> Vec<u8> {
        let sum = packet.iter().copied().fold(0_u8, u8::wrapping_add);
        self.send(&[b"$", packet, format!("#{sum:02x}").as_bytes()].concat())
    }
}

/// Plays a session.
///
/// # Panics
/// If the next client is not served.
pub fn check(bytes: &[u8]) {
    let mut lines = bytes.split(|&byte| byte == b'\n');
    let mut server = Server::new(lines.next().unwrap_or_default());
    for line in lines {
        match line.split_first() {
            Some((&RAW, raw)) => server.send(raw),
            _ => server.packet(line),
        };
    }
    // The end of whatever packet was begun; a client begins with an acknowledgement.
    server.send(b"#00+");
    let greeting = server.packet(b"qSupported:multiprocess+");
    let found = greeting.windows(11).any(|part| part == b"PacketSize=");
    assert!(found, "the next client is greeted: {}", greeting.escape_ascii());
    let reply = server.packet(b"!");
    assert!(reply.windows(4).any(|part| part == b"$OK#"), "and served: {}", reply.escape_ascii());
}
