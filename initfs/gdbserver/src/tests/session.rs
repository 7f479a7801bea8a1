//! Sessions that go well: what each packet is answered, and what it costs below.
//!
//! Decides nothing. Neighbours: `damage` has those that do not go well.

use super::client::{Client, FEATURES};
use super::fake::Happening;
use proc_abi::signal::{SIGALRM, SIGUSR1};

const START: &str = "T05";

#[test]
fn a_client_finds_the_program_at_its_start() {
    let mut client = Client::new();
    assert!(client.ask("?").starts_with(START));
    assert_eq!(client.ask("qC"), "QCp7.186a7");
    assert_eq!(client.ask("qfThreadInfo"), "mp7.186a7");
    assert_eq!(client.ask("qsThreadInfo"), "l");
    assert_eq!(client.ask("qAttached:7"), "0");
    assert_eq!(client.ask("vMustReplyEmpty"), "");
    assert_eq!(client.ask("Hgp7.1"), "E16", "1 is no thread's number");
    assert_eq!(client.ask("Hgp7.186a8"), "E03");
    assert_eq!(client.ask("Tp7.186a7"), "OK");
}

#[test]
fn a_breakpoint_is_hit_and_never_seen_in_memory() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010)]);
    assert_eq!(client.ask("Z0,1010,1"), "OK");
    assert_eq!(client.engine.system().memory[0x10], 0x90, "not yet in memory");
    let stop = client.ask("vCont;c:p7.-1");
    assert!(stop.starts_with("T05swbreak:;"), "{stop}");
    assert!(stop.contains("10:1010000000000000;"), "the program counter is at the breakpoint: {stop}");
    assert_eq!(client.engine.system().memory[0x10], 0xcc);
    assert_eq!(client.ask("m100f,3"), "909090");
    assert_eq!(client.ask("M1010,1:55"), "OK");
    assert_eq!((client.ask("m1010,1").as_str(), client.engine.system().memory[0x10]), ("55", 0xcc));
    assert_eq!(client.ask("D;7"), "OK");
    assert_eq!(client.engine.system().memory[0x10], 0x55);
}

#[test]
fn taking_breakpoints_out_and_in_again_costs_nothing() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010), Happening::Reaches(0x1010)]);
    client.ask("Z0,1010,1");
    client.ask("vCont;c:p7.-1");
    let writes = client.engine.system().count("write_memory");
    client.ask("z0,1010,1");
    client.ask("Z0,1010,1");
    assert!(client.ask("vCont;c:p7.-1").starts_with("T05swbreak"));
    assert_eq!(client.engine.system().count("write_memory"), writes);
    assert_eq!(client.engine.system().count("threads"), 0, "no thread was looked at");
}

#[test]
fn a_stop_reads_the_registers_once_and_a_step_writes_nothing() {
    let mut client = Client::new();
    client.ask("?");
    let mut calls = client.engine.system().calls.len();
    for _ in 0..3 {
        assert!(client.ask("vCont;s:p7.186a7;c:p7.-1").starts_with(START));
        let system = client.engine.system();
        let new: Vec<_> = system.calls[calls..].iter().copied().filter(|call| *call != "choose").collect();
        assert_eq!(new, ["resume", "registers"]);
        calls = system.calls.len();
    }
}

#[test]
fn memory_is_read_a_page_at_a_time_and_once_a_stop() {
    let mut client = Client::new();
    for address in [0x1000, 0x1100, 0x1ff0] {
        client.ask(&format!("m{address:x},10"));
    }
    assert_eq!(client.engine.system().count("read_memory"), 1);
    assert_eq!(client.ask("m1ff8,10").len(), 16, "short at the end");
    assert_eq!(client.ask("m3000,1"), "E0e");
    assert_eq!(client.ask("mffffffffffffffff,2"), "E0e");
}

#[test]
fn a_register_is_written_alone() {
    let mut client = Client::new();
    assert_eq!(client.ask("P5=0300000000000000"), "OK");
    assert_eq!(client.engine.system().registers.rdi, 3);
    assert_eq!(client.ask("p5"), "0300000000000000");
    let sets = client.engine.system().count("set_registers");
    assert_eq!(client.ask("P5=0300000000000000"), "OK");
    assert_eq!(client.engine.system().count("set_registers"), sets, "nothing changed");
    let all = client.ask("g");
    assert_eq!(client.ask(&format!("G{all}")), "OK");
    assert_eq!(client.engine.system().count("set_registers"), sets);
    for wrong in ["P5=03", "P99=00", "P5", "pfffff", "G00"] {
        assert_eq!(client.ask(wrong), "E16", "{wrong}");
    }
}

#[test]
fn a_client_that_moves_the_program_counter_is_told_all_registers_at_the_next_stop() {
    let mut client = Client::new();
    assert_eq!(client.ask("P10=0810000000000000"), "OK");
    let stop = client.ask("vCont;s:p7.186a7;c:p7.-1");
    assert!(stop.contains(";38:00000000;") && stop.contains(";3b:0000000000000000;"), "{stop}");
    let stop = client.ask("vCont;s:p7.186a7;c:p7.-1");
    assert!(stop.contains(";10:0a10000000000000;11:") && !stop.contains(";38:"), "{stop}");
}

#[test]
fn a_range_is_stepped_here() {
    let mut client = Client::new();
    let stop = client.ask("vCont;r1000,1005:p7.186a7;c:p7.-1");
    assert!(stop.contains("10:0510000000000000;"), "{stop}");
    assert_eq!(client.engine.system().count("resume"), 5);
}

#[test]
fn conditions_are_tried_here() {
    let mut client = Client::new();
    let script = std::iter::repeat_n(Happening::Reaches(0x1010), 100);
    client.engine.system().script.extend(script);
    // The condition is a constant: 0.
    assert_eq!(client.ask("Z0,1010,1;X3,220027"), "OK");
    assert_eq!(client.ask("vCont;c:p7.-1"), "W00;process:7");
    let system = client.engine.system();
    assert_eq!((system.count("resume"), system.count("step_alone")), (101, 100));
    assert_eq!(system.count("threads"), 0, "no thread was looked at");
    assert_eq!(system.count("read_memory"), 1, "when the breakpoint was set");
    assert_eq!(system.count("write_memory"), 201, "out and in again at each hit");
    assert_eq!(client.ask("Z0,1010,1;X9,2200"), "E16", "the condition is cut");
    assert_eq!(client.ask("Z0,1010,1"), "E03", "there is no process any more");
}

#[test]
fn other_threads_are_held_while_one_leaves_a_breakpoint() {
    let mut client = Client::new();
    client.engine.system().threads = 3;
    client.engine.system().script.extend([Happening::Reaches(0x1010); 2]);
    client.ask("Z0,1010,1;X3,220027");
    assert_eq!(client.ask("vCont;c:p7.-1"), "W00;process:7");
    let system = client.engine.system();
    // At once, each time.
    assert_eq!((system.count("hold"), system.count("release")), (2, 2));
    assert_eq!(system.count("threads"), 2, "once a hit");
    assert_eq!(system.held, []);
}

#[test]
fn a_step_asks_for_as_little_with_many_threads_as_with_one() {
    let calls = |threads| {
        let mut client = Client::new();
        client.engine.system().threads = threads;
        client.ask("vCont;s:p7.186a7;c:p7.-1");
        let before = client.engine.system().calls.len();
        client.ask("vCont;s:p7.186a7;c:p7.-1");
        let reply = client.ask("qXfer:threads:read::0,4000");
        assert_eq!(reply.matches("<thread ").count(), threads as usize);
        client.engine.system().calls[before..].to_vec()
    };
    assert_eq!(calls(1), ["resume", "registers", "threads"]);
    assert_eq!(calls(100), calls(1));
}

#[test]
fn signals_pass_or_stop_as_the_client_wants() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Gets(SIGALRM), Happening::Gets(SIGUSR1), Happening::Exits(3)]);
    assert_eq!(client.ask("QPassSignals:e;14"), "OK");
    assert!(client.ask("vCont;c").starts_with("T1e"));
    assert_eq!(client.ask("vCont;C1e:p7.186a7;c"), "W03;process:7");
    assert_eq!(client.ask("vCont;c"), "N");
}

#[test]
fn signals_that_pass_stop_once() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Gets(SIGALRM); 100]);
    client.ask("QPassSignals:e");
    assert_eq!(client.ask("vCont;c"), "W00;process:7");
    assert_eq!(client.engine.system().count("resume"), 2, "the first, and the one after the first signal");
}

#[test]
fn a_signal_that_no_longer_passes_stops_again() {
    let mut client = Client::new();
    let signals = [SIGALRM, SIGALRM, SIGUSR1, SIGALRM].map(Happening::Gets);
    client.engine.system().script.extend(signals);
    client.ask("QPassSignals:e");
    assert!(client.ask("vCont;c").starts_with("T1e"));
    client.ask("QPassSignals:");
    assert!(client.ask("vCont;c").starts_with("T0e"));
}

#[test]
fn calls_that_nobody_catches_do_not_stop() {
    const WRITE: u32 = 4;
    const GETPPID: u32 = 39;
    let mut client = Client::new();
    let system = client.engine.system();
    system.script.extend([Happening::Calls(WRITE); 10]);
    system.script.extend([Happening::Calls(GETPPID); 100]);
    system.script.extend([Happening::Calls(WRITE), Happening::Exits(0)]);
    assert_eq!(client.ask("QCatchSyscalls:1;1"), "OK");
    for _ in 0..11 {
        assert!(client.ask("vCont;c").starts_with("T05syscall_entry:1;"));
    }
    assert_eq!(client.ask("vCont;c"), "W00;process:7");
    assert_eq!(client.engine.system().count("resume"), 12);
}

#[test]
fn a_trap_that_nobody_ordered_is_the_programs() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Traps, Happening::Traps, Happening::Exits(0)]);
    assert!(client.ask("vCont;c").starts_with(START));
    assert!(client.ask("vCont;C05:p7.186a7;c").starts_with(START));
    client.ask("QPassSignals:5");
    client.engine.system().script.push_front(Happening::Traps);
    assert_eq!(client.ask("vCont;C05:p7.186a7;c"), "W00;process:7");
}

#[test]
fn control_c_stops_what_runs() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Runs]);
    assert_eq!(client.ask("vCont;c"), "");
    let stop = super::client::reply(&client.send(b"\x03"));
    assert!(stop.starts_with("T02"), "{stop}");
    assert_eq!(client.send(b"\x03"), b"", "nothing runs");
}

#[test]
fn a_program_is_killed_and_started_again() {
    let mut client = Client::new();
    assert_eq!(client.ask("vKill;7"), "OK");
    assert_eq!(client.ask("?"), "W00");
    assert_eq!(client.ask("m1000,1"), "E03");
    assert!(client.ask("vRun;2f62696e2f70726f6772616d;61").starts_with(START));
    assert_eq!(client.ask("qXfer:exec-file:read::0,100"), "l/bin/program");
    assert_eq!(client.ask("qXfer:exec-file:read:7:1,3"), "mbin");
}

#[test]
fn lldb_begins_without_acknowledgements_and_keeps_them_off() {
    let mut client = Client::new();
    assert_eq!(client.send(&super::client::framed("QStartNoAckMode")), b"+$OK#9a");
    assert!(client.send(&super::client::framed("qSupported:multiprocess+")).starts_with(b"$PacketSize="));
    assert!(
        client.send(&super::client::framed("qSupported:multiprocess+")).starts_with(b"+$PacketSize="),
        "a new client"
    );
}

#[test]
fn a_client_that_comes_back_finds_no_breakpoints_of_the_one_before() {
    let mut client = Client::new();
    client.engine.system().script.extend([Happening::Reaches(0x1010), Happening::Runs]);
    client.ask("Z0,1010,1");
    client.ask("vCont;c");
    client.ask("vCont;c");
    // It is gone in the middle of a packet; the next one knows nothing of it.
    client.send(b"$m10");
    client.ask(FEATURES);
    assert!(client.ask("?").starts_with("T02") || client.ask("?").starts_with(START), "it is stopped");
    client.engine.system().script.extend([Happening::Reaches(0x1010), Happening::Exits(0)]);
    assert_eq!(client.ask("vCont;c"), "W00;process:7");
}

#[test]
fn regions_and_holes_are_told_to_lldb() {
    let mut client = Client::new();
    assert_eq!(client.ask("qMemoryRegionInfo:1fff"), "start:1000;size:1000;permissions:rwx;");
    assert_eq!(client.ask("qMemoryRegionInfo:fff"), "start:0;size:1000;");
    assert_eq!(client.ask("qMemoryRegionInfo:2000"), "start:2000;size:ffffffffffffdfff;");
    assert!(client.ask("qMemoryRegionInfo:").starts_with('E'));
}
