//! Sessions that are damaged: each byte cut, doubled and flipped, and bytes that no client sends.
//!
//! Decides that whatever came before, the next client is served. Neighbours: `session`; tests/fuzz has the packet reader.

use super::client::{Client, FEATURES, framed};
use super::fake::Happening;
use proptest::prelude::*;

/// A session with a packet of every family.
const PACKETS: [&str; 26] = [
    "qXfer:features:read:target.xml:0,1000",
    "?",
    "Hgp0.0",
    "qC",
    "g",
    "p10",
    "P5=0300000000000000",
    "m1000,40",
    "M1000,2:9090",
    "X1000,2:ab",
    "Z0,1010,1;X3,220127",
    "Z2,1100,4",
    "z2,1100,4",
    "QPassSignals:e;14",
    "QCatchSyscalls:1;1",
    "QEnvironmentHexEncoded:413d31",
    "vCont?",
    "vCont;r1000,1002:p7.186a7;c:p7.-1",
    "vCont;c:p7.-1",
    "qSearch:memory:1000;100;ab",
    "qCRC:1000,10",
    "vFile:open:2f70726f632f372f6d617073,0,0",
    "vFile:pread:0,20,0",
    "vFile:fstat:0",
    "qRcmd,68656c70",
    "vKill;7",
];

/// What GDB 13 sends to run a program to a breakpoint, call a function of it and look around, as the debug log has it.
const GDB: [&str; 27] = [
    "qSupported:multiprocess+;swbreak+;hwbreak+;qRelocInsn+;fork-events+;vfork-events+;exec-events+;vContSupported+;QThreadEvents+;\
     no-resumed+;memory-tagging+;xmlRegisters=i386",
    "vMustReplyEmpty",
    "QStartNoAckMode",
    "!",
    "Hgp0.0",
    "?",
    "qXfer:threads:read::0,1000",
    "qAttached:7",
    "qXfer:exec-file:read:7:0,1000",
    "Z0,1010,1",
    "QPassSignals:e;10;14;17;1a;1b;1c;21;24;25;2c;4c;97;",
    "vCont?",
    "vCont;c:p7.-1",
    "qXfer:threads:read::0,1000",
    "z0,1010,1",
    "m1040,40",
    "g",
    "qXfer:siginfo:read::0,80",
    "P10=0810000000000000",
    "Z0,1020,1",
    "QPassSignals:",
    "vCont;s:p7.186a7",
    "z0,1020,1",
    "vFile:setfs:0",
    "vFile:open:2f70726f632f372f61757876,0,1c0",
    "vFile:close:0",
    "D;7",
];

/// What LLDB 14 sends to connect, to reach a breakpoint, to step and to leave.
const LLDB: [&str; 27] = [
    "QStartNoAckMode",
    "qSupported:xmlRegisters=i386,arm,mips,arc;multiprocess+;fork-events+;vfork-events+",
    "QThreadSuffixSupported",
    "QListThreadsInStopReply",
    "qHostInfo",
    "vCont?",
    "qVAttachOrWaitSupported",
    "QEnableErrorStrings",
    "qProcessInfo",
    "qC",
    "qfThreadInfo",
    "qsThreadInfo",
    "?",
    "qXfer:features:read:target.xml:0,47ff",
    "Hg186a7",
    "p0",
    "qOffsets",
    "qSymbol::",
    "jThreadsInfo",
    "x0,0",
    "m1000,200",
    "Z0,1010,1",
    "c",
    "p12",
    "vCont;s:186a7",
    "z0,1010,1",
    "D",
];

fn framed_all(packets: &[&str]) -> Vec<u8> {
    packets.iter().flat_map(|packet| framed(packet)).collect()
}

fn recorded() -> [Vec<u8>; 3] {
    [framed_all(&PACKETS), framed_all(&GDB), framed_all(&LLDB)]
}

/// After any bytes, a client that comes gets all the answers.
fn serves_the_next(bytes: &[u8]) {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010), Happening::Runs]);
    client.send(bytes);
    let greeting = client.ask(FEATURES);
    assert!(greeting.starts_with("PacketSize="), "{greeting}");
    assert_eq!(client.ask("!"), "OK");
    let why = client.ask("?");
    assert!(why.starts_with('T') || why.starts_with('W') || why.starts_with('X'), "{why}");
    let started = client.ask("vRun;2f62696e2f70");
    assert!(started.starts_with("T05"), "{started}");
    assert!(client.engine.system().memory.iter().all(|&byte| byte != 0xcc), "a new program has no breakpoints");
}

#[test]
fn the_recorded_session_is_answered() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010)]);
    for packet in PACKETS {
        let reply = client.ask(packet);
        assert!(!reply.is_empty() && !reply.starts_with('E') && !reply.starts_with("F-"), "{packet}: {reply}");
    }
}

#[test]
fn real_clients_are_answered_where_they_must_be() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010), Happening::Reaches(0x1010)]);
    for packet in GDB {
        let reply = client.ask(packet);
        let unknown = ["vMustReplyEmpty"].contains(&packet);
        assert!(reply.is_empty() == unknown && !reply.starts_with('E'), "{packet}: {reply}");
    }
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010)]);
    for packet in LLDB {
        let reply = client.ask(packet);
        let optional =
            ["QT", "QL", "QE", "qH", "qV", "qP", "qO", "qSy", "j", "x"].iter().any(|start| packet.starts_with(start));
        assert!(reply.is_empty() == optional && !reply.starts_with('E'), "{packet}: {reply}");
    }
}

#[test]
fn each_byte_can_be_missing() {
    for whole in recorded() {
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes.remove(index);
            serves_the_next(&bytes);
        }
    }
}

#[test]
fn each_byte_can_come_twice() {
    for whole in recorded() {
        for index in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes.insert(index, whole[index]);
            serves_the_next(&bytes);
        }
    }
}

#[test]
fn each_byte_can_be_another() {
    for whole in recorded() {
        for index in 0..whole.len() {
            for bit in [0, 4, 6] {
                let mut bytes = whole.clone();
                bytes[index] ^= 1 << bit;
                serves_the_next(&bytes);
            }
        }
    }
}

#[test]
fn the_session_can_end_anywhere() {
    for whole in recorded() {
        for length in 0..whole.len() {
            serves_the_next(&whole[..length]);
        }
    }
}

proptest! {
    #[test]
    fn packets_of_any_text_are_answered(letter in "[a-zA-Z!?]", rest in "[ -\"%-)+-|]{0,40}") {
        serves_the_next(&framed(&format!("{letter}{rest}")));
    }

    #[test]
    fn known_packets_with_any_arguments_are_answered(
        name in proptest::sample::select(&PACKETS[..]),
        cut in 0_usize..40,
        rest in "[0-9a-f,;:.p-]{0,30}",
    ) {
        serves_the_next(&framed(&format!("{}{rest}", &name[..cut.min(name.len())])));
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        serves_the_next(&bytes);
    }
}
