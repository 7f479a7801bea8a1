//! Clients that are no GDB: two at once, and one that goes in the middle of a packet.
//!
//! Decides that what the second sends is answered after the first has gone, and not a byte of it before. Neighbours: `debugger`
//! boots; initfs/gdbserver/src/tests/damage.rs has every other kind of damage.

use super::debugger::{Debugger, contains};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

const RECURSE: &str = "/bin/targets/recurse";

fn packet(text: &str) -> String {
    let sum = text.bytes().fold(0_u8, u8::wrapping_add);
    format!("${text}#{sum:02x}")
}

/// The next reply, acknowledgements left out, without its frame.
fn reply(client: &mut UnixStream) -> String {
    let mut text = String::new();
    let mut byte = [0];
    while !text.contains('#') {
        client.read_exact(&mut byte).expect("an answer");
        text.push(char::from(byte[0]));
    }
    client.read_exact(&mut [0; 2]).expect("a sum");
    text.trim_start_matches('+').trim_start_matches('$').trim_end_matches('#').to_owned()
}

fn ask(client: &mut UnixStream, text: &str) -> String {
    client.write_all(packet(text).as_bytes()).expect("it is sent");
    reply(client)
}

#[test]
fn a_second_client_is_served_when_the_first_has_gone() {
    let debugger = Debugger::boot(&[RECURSE]);
    let mut first = UnixStream::connect(debugger.socket()).expect("a client");
    assert!(ask(&mut first, "qSupported:multiprocess+").starts_with("PacketSize="));
    let mut second = UnixStream::connect(debugger.socket()).expect("another");
    second.write_all(packet("qSupported:").as_bytes()).expect("it is sent");
    assert!(ask(&mut first, "?").contains("thread:p"), "the first client knows processes");
    drop(first);
    assert!(reply(&mut second).starts_with("PacketSize="));
    let stop = ask(&mut second, "?");
    assert!(stop.starts_with("T05") && !stop.contains("thread:p"), "the second does not: {stop}");
}

#[test]
fn a_client_that_goes_in_the_middle_of_a_packet_leaves_the_program_to_the_next() {
    let debugger = Debugger::target(&[RECURSE]);
    let mut first = UnixStream::connect(debugger.socket()).expect("a client");
    assert!(ask(&mut first, "qSupported:").starts_with("PacketSize="));
    first.write_all(b"$m10").expect("it is sent");
    drop(first);
    contains(&debugger.run("break *factorial\ncontinue\nprint $rdi\nkill"), &["Breakpoint 1, ", "$1 = 5", "killed]"]);
}
