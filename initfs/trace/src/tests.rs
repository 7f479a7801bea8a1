//! Tests of the texts, over a small memory.
//!
//! Neighbours: each module here; tests/qemu/tests/ptrace.rs runs the program in the system.

use crate::call::{Memory, SHOWN_BYTES, complete, describe};
use crate::change;
use crate::options::{Follow, Form, Selection, What, parse};
use crate::result;
use crate::summary::{Outcome, Summary};
use core::time::Duration;
use kernel_abi::call_set::CallStops;
use proc_abi::siginfo::{SI_LWP, SigInfo};
use proc_abi::signal::{SIGKILL, SIGUSR1};
use proc_abi::syscall::{ERESTART, SyscallReturn};
use proc_abi::wait::WaitStatus;

/// Bytes from address 0x1000.
struct Bytes(&'static [u8]);

impl Memory for Bytes {
    fn read(&self, address: u64, into: &mut [u8]) -> usize {
        let start = usize::try_from(address).ok().and_then(|address| address.checked_sub(0x1000));
        let Some(found) = start.and_then(|start| self.0.get(start..)) else { return 0 };
        let length = found.len().min(into.len());
        into[..length].copy_from_slice(&found[..length]);
        length
    }
}

fn text(name: &str, words: [u64; 6], result: Option<u64>, memory: &'static [u8]) -> String {
    let call = kernel_abi::calls::by_name(name).expect("a call");
    let [a, b, c, d, e, f] = words;
    let memory = Bytes(memory);
    complete(&describe(call.shown, &[a, b, c, d, e, f, 0, 0], &memory), result, &memory)
}

#[test]
fn strings_are_quoted_and_cut() {
    assert_eq!(text("write", [1, 0x1000, 6, 0, 0, 0], None, b"hi\n\x00\xff\"more"), r#"write(1, "hi\n\x00\xff\"", 6)"#);
    assert_eq!(text("write", [1, 0x1000, 9, 0, 0, 0], None, b"short"), r#"write(1, "short"..., 9)"#);
    assert_eq!(text("write", [1, 0x10, 9, 0, 0, 0], None, b""), "write(1, 0x10, 9)", "nothing is there");
    let long = text("write", [1, 0x1000, 100, 0, 0, 0], None, &[b'a'; 100]);
    assert_eq!(long, format!("write(1, \"{}\"..., 100)", "a".repeat(SHOWN_BYTES)));
}

#[test]
fn what_a_call_fills_is_shown_when_it_is_done() {
    assert_eq!(text("read", [0, 0x1000, 64, 0, 0, 0], Some(3), b"abcdef"), r#"read(0, "abc", 64)"#);
    assert_eq!(text("read", [0, 0x1000, 64, 0, 0, 0], Some(0), b"abcdef"), r#"read(0, "", 64)"#);
    assert_eq!(text("read", [0, 0x1000, 64, 0, 0, 0], None, b"abcdef"), "read(0, 0x1000, 64)");
}

#[test]
fn numbers_flags_and_names_are_shown_as_what_they_are() {
    assert_eq!(text("kill", [u64::from(u32::MAX), 30, 0, 0, 0, 0], None, b""), "kill(-1, SIGUSR1)");
    assert_eq!(text("wait4", [u64::MAX, 0, 3, 0, 0, 0], None, b""), "wait4(-1, 0x0, NOHANG|STOPPED, 0x0)");
    assert_eq!(text("ptrace", [0, 0, 0, 0, 0, 0], None, b""), "ptrace(PT_TRACE_ME, 0, 0x0, 0)");
    assert_eq!(text("execve", [0x1000, 16, 32, 0, 0, 0], None, b"/bin/sh\0x"), r#"execve("/bin/sh", 0x10, 0x20)"#);
    assert_eq!(text("getpid", [1; 6], None, b""), "getpid()");
}

#[test]
fn structures_and_lists_are_shown() {
    let map = b"\0\0\0\0\0\0\0\0\0\x20\0\0\0\0\0\0\x02\0\x06\0\0\0\0\0\0\0\0\0\0\0\0\0";
    let shown = "mmap(-1, {offset=0x0, size=8192, flags=PROT_WRITE|PROT_READ|MAP_PRIVATE, address=0x0}, 32)";
    assert_eq!(text("mmap", [u64::from(u32::MAX), 0x1000, 32, 0, 0, 0], Some(0), map), shown);
    assert_eq!(text("mmap", [3, 0x10, 32, 0, 0, 0], Some(0), map), "mmap(3, 0x10, 32)", "nothing is there");
    let list = b"\x18\x10\0\0\0\0\0\0\x1b\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0ls\0-l\0";
    assert_eq!(text("execve", [0x1018, 0x1000, 16, 0, 0, 0], None, list), r#"execve("ls", ["ls", "-l"], 0x10)"#);
    let half_second = b"\x01\0\0\0\0\0\0\0\0\x65\xcd\x1d\0\0\0\0";
    assert_eq!(text("nanosleep", [0x1000, 0, 0, 0, 0, 0], None, half_second), "nanosleep(1.500000000 s, 0x0)");
    let mask = b"\x02\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\0";
    assert_eq!(
        text("sigprocmask", [1, 0x1000, 0, 0, 0, 0], None, mask),
        "sigprocmask(SIG_BLOCK, [SIGINT SIGUSR1], 0x0)"
    );
    let ignored = &[[1, 0, 0, 0], [0; 4], [0; 4], [0; 4], [0; 4], [0; 4], [0; 4], [0; 4]];
    assert_eq!(
        text("sigaction", [13, 0x1000, 0, 0, 0, 0], None, ignored.as_flattened()),
        "sigaction(SIGPIPE, SIG_IGN, 0x0)"
    );
}

#[test]
fn names_stand_for_numbers() {
    assert_eq!(text("lseek", [3, 0, 2, 0, 0, 0], None, b""), "lseek(3, 0, SEEK_END)");
    assert_eq!(text("fcntl", [3, 99, 0, 0, 0, 0], None, b""), "fcntl(3, 99, 0)");
    assert_eq!(text("mprotect", [0x1000, 4096, 0x4_0000, 0, 0, 0], None, b""), "mprotect(0x1000, 4096, PROT_READ)");
    assert_eq!(text("mprotect", [0x1000, 4096, 0, 0, 0, 0], None, b""), "mprotect(0x1000, 4096, PROT_NONE)");
    let path = b"tmp:file";
    assert_eq!(text("unlinkat", [0, 0x1000, 8, 0x200, 0, 0], None, path), r#"unlinkat(0, "tmp:file", 8, 0x200)"#);
    assert_eq!(text("dup_into", [3, u64::MAX, 0x1000, 4, 0, 0], None, b"read"), r#"dup_into(3, -1, "read", 4)"#);
}

#[test]
fn what_wait_says_is_shown_when_there_is_something() {
    let exited = b"\0\x03\0\0";
    let of = |result| text("wait4", [u64::MAX, 0x1000, 0, 0, 0, 0], result, exited);
    assert_eq!(of(Some(7)), "wait4(-1, [exited with 3], 0, 0x0)");
    assert_eq!(of(Some(0)), "wait4(-1, 0x1000, 0, 0x0)");
    assert_eq!(of(None), "wait4(-1, 0x1000, 0, 0x0)");
}

#[test]
fn results_are_numbers_addresses_or_errors() {
    let of = |value: u64, error: i32| result::describe("read", &SyscallReturn { retval: [value, 0], error, pad: 0 });
    assert_eq!(of(7, 0), "= 7");
    assert_eq!(of(0x7fff_0000_0000, 0), "= 0x7fff00000000");
    assert_eq!(of(0, 2), "= -1 ENOENT (No such file or directory)");
    assert_eq!(of(0, ERESTART), "= ? (made again)");
    let waiting = SyscallReturn { retval: [0, 0], error: ERESTART, pad: 0 };
    assert_eq!(result::describe("sigsuspend", &waiting), "= ? (made again unless a handler runs)");
    assert_eq!(result::count(&SyscallReturn { retval: [7, 0], error: 2, pad: 0 }), None);
}

#[test]
fn signals_and_ends_are_lines() {
    let information = SigInfo { pid: 5, ..SigInfo::new(SIGUSR1, SI_LWP) };
    assert_eq!(change::signal(SIGUSR1, &information), "--- SIGUSR1 from 5 ---");
    assert_eq!(change::end(WaitStatus::Exited(3)), "+++ exited with 3 +++");
    assert_eq!(change::end(WaitStatus::Killed(SIGKILL)), "+++ killed by SIGKILL +++");
}

#[test]
fn options_are_read_up_to_the_program() {
    let options = parse(["-f", "-e", "!read,write", "-o", "log", "ls", "-c"]).expect("options");
    assert_eq!(options.what, What::Program(vec!["ls".into(), "-c".into()]));
    assert_eq!((options.follow, options.form, options.output.as_deref()), (Follow::Forks, Form::Lines, Some("log")));
    assert_eq!(options.selection, Selection::Except(vec!["read".into(), "write".into()]));
    assert!(!options.selection.contains("read") && options.selection.contains("open"));
    let options = parse(["-fc", "-p", "12"]).expect("options");
    assert_eq!((options.what, options.form), (What::Process(12), Form::Summary));
    assert_eq!(options.follow, Follow::Forks);
}

#[test]
fn a_selection_stops_at_its_calls_alone() {
    let of = |text| parse(["-e", text, "ls"]).expect("options").selection.stops();
    for (text, wanted) in [("read,getpid", true), ("!read,getpid", false)] {
        let stops = of(text);
        assert_eq!(stops.entry, stops.exit);
        for call in kernel_abi::calls::TABLE {
            let named = ["read", "getpid"].contains(&call.name);
            assert_eq!(stops.entry.contains_shown(call.shown), named == wanted, "{text} {}", call.name);
        }
        assert_eq!(stops.entry.contains_number(0), !wanted, "a call that the table lacks");
    }
    assert_eq!(parse(["ls"]).expect("options").selection.stops(), CallStops::ALL);
}

#[test]
fn wrong_options_say_what_is_wrong() {
    for arguments in [
        &["-x", "ls"][..],
        &["-fx", "ls"],
        &["-"],
        &[],
        &["-p"],
        &["-p", "no"],
        &["-p", "1", "ls"],
        &["-e", "nothing", "ls"],
    ] {
        assert!(parse(arguments.iter().copied()).is_err(), "{arguments:?}");
    }
}

#[test]
fn the_table_counts_and_adds_up() {
    let mut summary = Summary::default();
    summary.count("read", Outcome::Done, Duration::from_micros(5));
    summary.count("read", Outcome::Failed, Duration::from_micros(5));
    summary.count("write", Outcome::Done, Duration::from_micros(50));
    let table = summary.table();
    let lines: Vec<Vec<&str>> = table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[1], ["50", "1", "0", "write"]);
    assert_eq!(lines[2], ["10", "2", "1", "read"]);
    assert_eq!(lines[3], ["60", "3", "1", "total"]);
}
