//! The form of a core file, byte by byte where it matters.
//!
//! Decides nothing. Neighbours: tests/qemu/tests/core.rs has Debian's GDB open a real one.

use kernel_abi::registers::{FloatRegisters, Registers, SegmentBases};
use proc_abi::siginfo::{SI_USER, SigInfo};
use proc_abi::signal::{SIGBUS, SIGCHLD, SIGSEGV, SIGUSR1, Signal};
use zerocopy::FromZeros;

use crate::image::{Image, Process, Region, Thread};
use crate::layout::head;
use crate::linux::{SignalInformation, number};
use crate::note::notes;
use crate::snapshot::paths;

fn thread(tid: i32) -> Thread {
    let registers = Registers { rip: 0x40_1000, rsp: 0x7000, r15: 15, rdi: 7, ..Registers::default() };
    let bases = SegmentBases { fs: 0xf5, gs: 0 };
    Thread { tid, registers, bases, float: FloatRegisters::new_zeroed(), extended: Some(vec![0; 832]) }
}

fn region(start: u64, end: u64, protection: u32, path: Option<&str>) -> Region {
    Region { start, end, offset: 0x2000, protection, path: path.map(str::to_owned) }
}

fn image() -> Image {
    let signal = SigInfo::new(SIGSEGV, 1);
    let auxiliary = [15_u64, 0x7f00, 3, 0x40].iter().flat_map(|word| word.to_le_bytes()).collect();
    let process = Process { signal, auxiliary, arguments: b"sleeper\x0010\0".to_vec(), ..Process::default() };
    let regions = vec![region(0x40_0000, 0x40_2000, 5, Some("/bin/x")), region(0x7000, 0x8000, 3, None)];
    Image { process, threads: vec![thread(100_005), thread(100_004)], regions, components: 7 }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"))
}

fn half(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("4 bytes"))
}

/// Name, type and content of each note.
fn parse(mut rest: &[u8]) -> Vec<(Vec<u8>, u32, Vec<u8>)> {
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (name, length) = (half(rest, 0) as usize, half(rest, 4) as usize);
        let at = 12 + name.next_multiple_of(4);
        found.push((rest[12..12 + name].to_vec(), half(rest, 8), rest[at..at + length].to_vec()));
        rest = &rest[at + length.next_multiple_of(4)..];
    }
    found
}

#[test]
fn the_head_says_where_everything_lies() {
    let image = image();
    let (head, length) = head(&image).expect("a head");
    assert_eq!(&head[..7], b"\x7fELF\x02\x01\x01");
    assert_eq!((head[16], head[18], half(&head, 56) & 0xffff), (4, 62, 3));
    assert_eq!(head.len() % 4096, 0);
    assert_eq!(length, head.len() as u64 + 0x2000 + 0x1000);
    let (note, first, second) = (64, 64 + 56, 64 + 2 * 56);
    assert_eq!((half(&head, note), word(&head, note + 8)), (4, 64 + 3 * 56));
    assert_eq!(word(&head, note + 32), notes(&image).len() as u64);
    assert_eq!((half(&head, first), half(&head, first + 4)), (1, 5), "PF_R and PF_X");
    assert_eq!((word(&head, first + 8), word(&head, first + 16)), (head.len() as u64, 0x40_0000));
    assert_eq!((half(&head, second + 4), word(&head, second + 8)), (6, head.len() as u64 + 0x2000));
    assert_eq!((word(&head, second + 32), word(&head, second + 40)), (0x1000, 0x1000));
}

#[test]
fn each_thread_has_its_notes_and_the_first_those_of_the_process() {
    let found = parse(&notes(&image()));
    let kinds: Vec<u32> = found.iter().map(|note| note.1).collect();
    assert_eq!(kinds, [1, 3, 0x5349_4749, 6, 0x4649_4c45, 2, 0x202, 1, 2, 0x202]);
    assert!(found.iter().all(|note| note.0 == if note.1 == 0x202 { &b"LINUX\0"[..] } else { b"CORE\0" }));
    let status = &found[0].2;
    assert_eq!((status.len(), half(status, 0), half(status, 12) & 0xffff, half(status, 32)), (336, 11, 11, 100_005));
    assert_eq!((word(status, 112), word(status, 112 + 14 * 8)), (15, 7), "r15 and rdi");
    assert_eq!((word(status, 112 + 16 * 8), word(status, 112 + 19 * 8)), (0x40_1000, 0x7000), "rip and rsp");
    assert_eq!(word(status, 112 + 21 * 8), 0xf5, "the base of FS");
    assert_eq!(half(&found[7].2, 32), 100_004);
    assert!(found[1].2[56..].starts_with(b"sleeper 10 \0"));
    assert_eq!((word(&found[6].2, 464), found[6].2.len()), (7, 832));
    assert_eq!([0, 8, 16, 24].map(|at| word(&found[3].2, at)), [31, 0x7f00, 3, 0x40], "AT_EXECFN");
    let files = &found[4].2;
    assert_eq!([0, 8, 16, 24, 32].map(|at| word(files, at)), [1, 4096, 0x40_0000, 0x40_2000, 2]);
    assert_eq!(&files[40..], b"/bin/x\0");
}

#[test]
fn signals_get_the_numbers_of_linux() {
    for (own, theirs) in [(SIGSEGV, 11), (SIGBUS, 7), (SIGUSR1, 10), (SIGCHLD, 17)] {
        assert_eq!(number(own.number()), theirs, "{own:?}");
    }
    assert_eq!((number(0), number(-1), number(70)), (0, 0, 70));
    for own in (1..=31).filter_map(Signal::new) {
        assert!((1..=31).contains(&number(own.number())), "{own:?}");
    }
    let sent = SigInfo { pid: 5, uid: 6, ..SigInfo::new(SIGUSR1, SI_USER) };
    let told = SignalInformation::new(&sent);
    assert_eq!((told.signal, told.code, told.first), (10, 0, 5 | 6 << 32));
    let fault = SigInfo { addr: 0x1234, ..SigInfo::new(SIGSEGV, 1) };
    assert_eq!(SignalInformation::new(&fault).first, 0x1234);
}

#[test]
fn paths_are_found_in_the_lines_of_map() {
    let lines = "000000400000-000000402000 r-xp 00001000 /bin/a b\n\
                 000000500000-000000501000 rw-p 00000000\n\
                 000000600000-000000601000 rw-p 00000000 file 3 of scheme 0x5\nnonsense\n";
    assert_eq!(paths(lines), [(0x40_0000, "/bin/a b".to_owned())]);
}
