//! A server of the system that hangs, crashes or is no program: the machine says which and switches itself off.
//!
//! Decides the message for each way to fail, with programs of a few bytes in the process server's place. Neighbours:
//! `initfs/boot` (the ending), `core::clock::watchdog` (when a server hangs), `init` (an init that fails).

use initfs_pack::PackedFile;
use qemu_tests::{Boot, Ending};

/// Where the programs' memory begins.
const BASE: u64 = 0x40_0000;

/// Bytes of the file header and one program header.
const HEADERS: u64 = 64 + 56;

/// An ELF file whose one segment is the file itself, entered at `code`.
fn program(code: &[u8]) -> Vec<u8> {
    let length = HEADERS + code.len() as u64;
    let mut file = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    let halves = |file: &mut Vec<u8>, values: &[u16]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    let words = |file: &mut Vec<u8>, values: &[u32]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    let longs = |file: &mut Vec<u8>, values: &[u64]| values.iter().for_each(|value| file.extend(value.to_le_bytes()));
    // An executable for x86-64; its program header follows; no sections.
    halves(&mut file, &[2, 62]);
    words(&mut file, &[1]);
    longs(&mut file, &[BASE + HEADERS, 64, 0]);
    words(&mut file, &[0]);
    halves(&mut file, &[64, 56, 1, 64, 0, 0]);
    // PT_LOAD, readable and executable.
    words(&mut file, &[1, 5]);
    longs(&mut file, &[0, BASE, BASE, length, length, 0x1000]);
    file.extend(code);
    file
}

#[track_caller]
fn assert_system_fails(process_server: Vec<u8>, message: &str) {
    let file = PackedFile::new(process_server, 0o755).expect("a mode");
    let report = Boot::new("/bin/true").file("/sbin/proc", file).run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::SystemFailed, "{}", report.log_text);
    let expected = format!("boot: {message}\n");
    assert!(report.log_text.contains(&expected), "expected {expected:?} in {}", report.log_text);
}

#[test]
fn a_process_server_that_hangs_is_ended() {
    let endless_loop = b"\xeb\xfe";
    let message = "/sbin/proc hung and was ended; the system cannot go on without it";
    assert_system_fails(program(endless_loop), message);
}

#[test]
fn a_process_server_that_crashes_is_told() {
    let undefined_instruction = b"\x0f\x0b";
    let message = "/sbin/proc died of exception 6; the system cannot go on without it";
    assert_system_fails(program(undefined_instruction), message);
}

#[test]
fn a_process_server_that_is_no_program_is_told() {
    assert_system_fails(b"no program".to_vec(), "cannot start /sbin/proc (load): Exec format error");
}
