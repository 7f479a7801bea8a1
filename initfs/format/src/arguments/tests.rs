//! Tests of the boot arguments: what is written is read back, and nothing else is read.
//!
//! The properties run over arbitrary bytes; the named cases show each refusal once.
//! Neighbours: `arguments`, whose private parts these see.

use super::{ArgumentsError, BootArguments, BootMode};
use proptest::prelude::*;

fn written(mode: BootMode, arguments: &[&[u8]]) -> Result<Vec<u8>, ArgumentsError> {
    let mut file = Vec::new();
    BootArguments::write(mode, arguments.iter().copied(), &mut file)?;
    Ok(file)
}

#[test]
fn the_file_is_a_line_and_closed_arguments() {
    let file = written(BootMode::Execute, &[b"/bin/sh", b"-c", b"", b"exit 7"]);
    assert_eq!(file.as_deref(), Ok(b"execute\n/bin/sh\0-c\0\0exit 7\0".as_slice()));
}

#[test]
fn interactive_needs_no_program() {
    let file = written(BootMode::Interactive, &[]).expect("no program is fine");
    let arguments = BootArguments::parse(&file).expect("the file reads back");
    assert_eq!((arguments.mode(), arguments.arguments().count()), (BootMode::Interactive, 0));
}

#[test]
fn a_single_empty_argument_is_kept() {
    let file = written(BootMode::Test, &[b""]).expect("an empty argument is an argument");
    let arguments = BootArguments::parse(&file).expect("the file reads back");
    assert_eq!(arguments.arguments().collect::<Vec<_>>(), [b""]);
}

#[test]
fn refusals_name_the_rule() {
    let cases: [(&[u8], ArgumentsError); 6] = [
        (b"", ArgumentsError::Mode),
        (b"execute", ArgumentsError::Mode),
        (b"run\n/bin/sh\0", ArgumentsError::Mode),
        (b"execute\n", ArgumentsError::NoProgram),
        (b"test\n", ArgumentsError::NoProgram),
        (b"execute\n/bin/sh", ArgumentsError::Unterminated),
    ];
    for (bytes, error) in cases {
        assert_eq!(BootArguments::parse(bytes), Err(error), "{bytes:?}");
    }
    assert_eq!(written(BootMode::Execute, &[]), Err(ArgumentsError::NoProgram));
    assert_eq!(written(BootMode::Execute, &[b"a\0b"]), Err(ArgumentsError::Nul));
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(list in prop::collection::vec(prop::collection::vec(1_u8.., 0..8), 1..6)) {
        let list: Vec<&[u8]> = list.iter().map(Vec::as_slice).collect();
        let file = written(BootMode::Execute, &list).expect("no NUL in any argument");
        let read = BootArguments::parse(&file).expect("the file reads back");
        prop_assert_eq!(read.arguments().collect::<Vec<_>>(), list);
    }

    #[test]
    fn arbitrary_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(read) = BootArguments::parse(&[b"test\n", bytes.as_slice()].concat()) {
            prop_assert!(read.arguments().count() > 0);
        }
    }
}
