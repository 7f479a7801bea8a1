//! What GDB's operations cost: packets that the server answers for each, as upper bounds.
//!
//! Decides the bounds; docs/gdb.md tells them. Neighbours: `debugger` counts by `monitor stats`; tests/bench has the instructions.

use super::debugger::Debugger;
use std::path::Path;

/// A program in C under GDB.
fn program(name: &str, arguments: &[&str]) -> Debugger {
    let programs = std::env::var_os("PROCTOR_C_BIN_DIR").expect("programs in C are built by ./build.sh test");
    let image = format!("/bin/{name}");
    Debugger::with(&Path::new(&programs).join(name), &[&[image.as_str()], arguments].concat())
}

/// Counts each command's packets after those of `before`; each may take so many at most.
#[track_caller]
fn bound(debugger: &Debugger, before: &str, bounds: &[(&str, u64)]) {
    let commands: Vec<&str> = bounds.iter().map(|bound| bound.0).collect();
    let counts = debugger.packets(before, &commands);
    for ((command, most), count) in bounds.iter().zip(&counts) {
        assert!(count <= most, "{command} took {count} packets, at most {most}: {counts:?}");
    }
}

#[test]
fn a_false_condition_costs_no_packet() {
    let counts = program("account", &["10000"]).packets("break twice if value == 9999", &["continue", "print value"]);
    assert!(counts[0] <= 8, "9999 false hits took {} packets", counts[0]);
}

#[test]
fn operations_cost_few_packets() {
    const BOUNDS: [(&str, u64); 8] = [
        ("stepi", 3),
        ("stepi", 3),
        ("next", 10),
        ("info registers", 1),
        ("print counter", 1),
        ("print twice(3)", 22),
        ("print twice(4)", 21),
        ("info proc mappings", 5),
    ];
    bound(&program("account", &[]), "tbreak count\ncontinue", &BOUNDS);
}

#[test]
fn leaving_a_breakpoint_costs_one_packet_more() {
    // GDB wants to hear of every signal while it steps off a breakpoint, and says so: QPassSignals.
    bound(&program("account", &[]), "break twice\ncontinue", &[("stepi", 4)]);
    bound(&program("account", &[]), "break twice\ncontinue", &[("continue", 9), ("continue", 9)]);
}

#[test]
fn a_backtrace_of_twenty_frames_costs_at_most_fifteen_packets() {
    bound(&program("factorial", &["20"]), "break factorial if n == 1\ncontinue", &[("bt 20", 15), ("bt 20", 0)]);
}

#[test]
fn a_hundred_threads_are_listed_with_two_packets_each() {
    // GDB 13 selects a thread (Hg) before it reads its registers (g); a stop reply can carry those of one thread only.
    let debugger = Debugger::target(&["/bin/targets/threads", "100"]);
    bound(&debugger, "tbreak *work\ncontinue", &[("info threads", 206), ("info threads", 5), ("stepi", 10)]);
}

#[test]
fn connecting_and_reaching_main_takes_at_most_forty_packets() {
    let text = program("account", &[]).transcript("tbreak main\ncontinue\nmonitor stats");
    let count: Option<u64> = text.lines().find_map(|line| line.strip_prefix("packets: ")?.parse().ok());
    assert!(count.is_some_and(|count| count <= 40), "{text}");
}
