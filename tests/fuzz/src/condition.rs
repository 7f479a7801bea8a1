//! Conditions of breakpoints: bytecode that the client sends and the server runs at each hit.
//!
//! Decides that any bytecode ends, and that its breakpoint is hit or passed. Neighbours: `session` (the server),
//! initfs/gdbserver's `agent`.

use crate::session::Server;
use crate::session::machine::BASE;

/// Sets a breakpoint with the bytes as its condition, and runs to it.
///
/// # Panics
/// If the server does not take it, or has no answer to the stop that follows.
pub fn check(bytes: &[u8]) {
    const PLACE: u8 = 0x10;
    // Longer ones do not fit in a packet.
    let code = bytes.get(..1024).unwrap_or(bytes);
    if code.is_empty() {
        return;
    }
    // It comes to the breakpoint, then exits.
    let mut server = Server::new(&[PLACE, 0xc5]);
    server.packet(b"qSupported:multiprocess+");
    let address = BASE.saturating_add(u64::from(PLACE));
    let digits: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    let reply = server.packet(format!("Z0,{address:x},1;X{:x},{digits}", code.len()).as_bytes());
    assert!(reply.windows(4).any(|part| part == b"$OK#"), "it is set: {}", reply.escape_ascii());
    let stop = server.packet(b"vCont;c");
    let told = stop.iter().skip_while(|&&byte| byte != b'$').nth(1).copied();
    assert!(matches!(told, Some(b'T' | b'W')), "hit or passed: {}", stop.escape_ascii());
}
