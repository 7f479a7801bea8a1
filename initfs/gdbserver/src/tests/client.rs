//! A client of few words: packets in, replies out.
//!
//! Decides how the tests write packets. Main type: [`Client`]. Neighbours: the sessions.

use super::fake::Fake;
use crate::Engine;
use crate::link::frame;

/// What GDB says of itself.
pub(super) const FEATURES: &str =
    "qSupported:multiprocess+;swbreak+;hwbreak+;fork-events+;vfork-events+;exec-events+;no-resumed+";

/// An engine with a client at its line.
pub(super) struct Client {
    pub(super) engine: Engine<Fake>,
}

/// A packet as it goes over the line; escapes are the test's own.
pub(super) fn framed(packet: &str) -> Vec<u8> {
    let mut bytes = vec![b'$'];
    bytes.extend_from_slice(packet.as_bytes());
    let sum = packet.bytes().fold(0_u8, u8::wrapping_add);
    bytes.extend_from_slice(format!("#{sum:02x}").as_bytes());
    bytes
}

impl Client {
    /// A server with a program that is stopped at its start, and a client that has greeted it.
    pub(super) fn new() -> Self {
        let mut engine = Engine::new(Fake::default(), Vec::new());
        engine.start(vec![b"/bin/program".to_vec()]).expect("the program starts");
        let mut client = Self { engine };
        client.ask(FEATURES);
        assert_eq!(client.ask("QStartNoAckMode"), "OK");
        assert_eq!(client.ask("!"), "OK");
        client
    }

    /// Sends bytes; gives what comes back.
    pub(super) fn send(&mut self, bytes: &[u8]) -> Vec<u8> {
        self.engine.receive(bytes);
        self.deliver();
        std::mem::take(self.engine.output())
    }

    /// Sends a packet; gives the reply to it, without frame; empty if there is none yet.
    pub(super) fn ask(&mut self, packet: &str) -> String {
        reply(&self.send(&framed(packet)))
    }

    /// Hands over what the system has to tell, until it has nothing more.
    fn deliver(&mut self) {
        while let Some((pid, change)) = self.engine.system().take_change() {
            self.engine.changed(pid, change);
        }
    }
}

/// The text of the last reply in what was sent, with its runs written out.
pub(super) fn reply(bytes: &[u8]) -> String {
    let text: String = bytes.iter().copied().map(char::from).collect();
    let Some((_, rest)) = text.rsplit_once('$') else { return String::new() };
    let (body, _) = rest.rsplit_once('#').expect("a checksum");
    let mut whole = String::new();
    let mut characters = body.chars();
    while let Some(character) = characters.next() {
        match character {
            '*' => {
                let count = u32::from(characters.next().expect("a count")) - 29;
                let last = whole.chars().last().expect("something to repeat");
                (0..count).for_each(|_| whole.push(last));
            }
            '}' => whole.push(char::from(characters.next().expect("an escaped character") as u8 ^ 0x20)),
            other => whole.push(other),
        }
    }
    let mut again = Vec::new();
    let sent: Vec<u8> = whole.chars().map(|character| character as u8).collect();
    frame::write(&sent, &mut again);
    assert!(bytes.ends_with(&again), "the frame is the one that was sent");
    whole
}
