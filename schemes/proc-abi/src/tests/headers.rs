//! The headers of programs in C say what this crate says.
//!
//! Decides nothing: initfs/c/include has FreeBSD's names a second time, for another compiler. Neighbours: `golden`, docs/c.md.

use crate::event::{EventFlags, EventMask};
use crate::request::Request;
use crate::signal::{SIGNAL_MAX, Signal};

/// The `#define`s of a header that begin with `prefix` and have a number: the rest of the name, the number.
fn numbers<'a>(header: &'a str, prefix: &'a str) -> impl Iterator<Item = (&'a str, i32)> {
    header.lines().filter_map(move |line| {
        let (name, text) = line.strip_prefix("#define ")?.strip_prefix(prefix)?.split_once(' ')?;
        let number = match text.strip_prefix("0x") {
            Some(digits) => i32::from_str_radix(digits, 16).ok()?,
            None => text.parse().ok()?,
        };
        Some((name, number))
    })
}

#[test]
fn requests_are_the_same_in_c() {
    let header = include_str!("../../../../initfs/c/include/sys/ptrace.h");
    let mut count = 0;
    for (name, number) in numbers(header, "PT_") {
        let request = Request::from_raw(number).expect(name);
        assert!(name == request.name(), "{name} {number} {}", request.name());
        count += 1;
    }
    assert!(count > 40, "every request of FreeBSD's has its name in C");
}

#[test]
fn events_are_the_same_in_c() {
    let header = include_str!("../../../../initfs/c/include/sys/ptrace.h");
    for (name, number) in numbers(header, "PTRACE_") {
        let mask = EventMask::from_name(name).expect(name);
        assert_eq!(mask.bits(), number.unsigned_abs(), "{name}");
    }
    for (name, number) in numbers(header, "PL_FLAG_").filter(|(_, number)| *number > 2) {
        let flag = EventFlags::from_name(name).expect(name);
        assert_eq!(flag.bits(), number.unsigned_abs(), "{name}");
    }
}

#[test]
fn signals_are_the_same_in_c() {
    let header = include_str!("../../../../initfs/c/include/sys/signal.h");
    let mut count = 0;
    for (name, number) in numbers(header, "SIG").filter(|(name, _)| !["RTMIN", "RTMAX", "STKSZ"].contains(name)) {
        if name.starts_with('_') || number > SIGNAL_MAX {
            continue;
        }
        assert_eq!(Signal::from_name(name), Signal::new(number), "{name}");
        count += 1;
    }
    assert!(count > 30, "every signal has its name in C");
}
