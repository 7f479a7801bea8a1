//! Running dbg in a boot and comparing what the console shows with a transcript.
//!
//! Decides what of a transcript may differ between compilers and boots, and writes that in one form: see [`normalise`].
//! Everything else is compared to the byte. Neighbours: all tests of dbg.

use initfs_format::BootMode;
use initfs_pack::PackedFile;
use qemu_tests::{Boot, Ending, Report};

pub(crate) fn text_file(text: &str) -> PackedFile {
    PackedFile::new(text.as_bytes().to_vec(), 0o644).expect("a mode")
}

pub(crate) fn run(boot: Boot) -> Report {
    let report = boot.mode(BootMode::Execute).run().expect("the boot is tried");
    assert_eq!(report.ending, Ending::PoweredOff, "{}", report.explain("the machine failed"));
    report
}

/// Runs dbg with the commands of `transcript` (the lines behind a prompt) and these arguments, and compares what the
/// console shows.
#[track_caller]
pub(crate) fn check(arguments: &[&str], transcript: &str) {
    let expected = transcript.trim_start();
    let script: Vec<&str> = expected.lines().filter_map(|line| line.strip_prefix("(dbg) ")).collect();
    let boot = Boot::new("/bin/dbg").file("/script", text_file(&script.join("\n"))).argument("-x").argument("/script");
    let report = run(arguments.iter().fold(boot, |boot, argument| boot.argument(argument)));
    assert_same(&normalise(&report.console_text()), expected, &report);
}

#[track_caller]
pub(crate) fn assert_same(actual: &str, expected: &str, report: &Report) {
    assert!(actual == expected, "--- actual ---\n{actual}--- expected ---\n{expected}{}", report.explain("differs"));
}

/// Writes addresses as ADDRESS, process and thread ids as PID and TID, offsets in functions as `+N` (but none where
/// a prologue ends: whether there is one is for the compiler), and instructions of compiled code as three dots. Frames
/// and places in functions of the runtime, which may be inlined, are left out.
pub(crate) fn normalise(text: &str) -> String {
    let mut normal = String::new();
    for line in text.lines().map(str::trim_end) {
        let line = words(line);
        let runtime = line.contains("::");
        let (label, instruction) = line.split_once(">: ").unwrap_or((&line, ""));
        if line.starts_with('#') {
            let frame = line.split_once("  ").map_or("", |(_, frame)| frame);
            if !runtime {
                normal.push_str(&format!("# {frame}\n"));
            }
        } else if line.starts_with("=>") && runtime {
            normal.push_str("=> ...\n");
        } else if line.starts_with("=>") && !instruction.is_empty() {
            let shown = if label.contains("<_start") { instruction } else { "..." };
            normal.push_str(&format!("{label}>: {shown}\n"));
        } else {
            normal.push_str(&format!("{line}\n"));
        }
    }
    normal
}

/// One line with its numbers in one form.
fn words(line: &str) -> String {
    let mut normal = String::new();
    let mut rest = line;
    while let Some(first) = rest.chars().next() {
        let (length, replacement) = token(rest, normal.chars().last());
        let length = length.max(first.len_utf8());
        normal.push_str(replacement.unwrap_or_else(|| rest.get(..length).unwrap_or_default()));
        rest = rest.get(length..).unwrap_or_default();
    }
    normal
}

fn digits(text: &str, radix: u32) -> usize {
    text.chars().take_while(|digit| digit.is_digit(radix)).count()
}

/// The length of the token that `text` starts with, and what stands for it if it may differ.
fn token(text: &str, before: Option<char>) -> (usize, Option<&'static str>) {
    let inside = before.is_some_and(|before| before.is_ascii_alphanumeric() || matches!(before, '_' | '}' | '>'));
    if let Some(rest) = text.strip_prefix("0x").filter(|_| !inside) {
        let count = digits(rest, 16);
        let significant = rest.get(..count).unwrap_or_default().trim_start_matches('0').len();
        return (count + 2, (significant > 4).then_some("ADDRESS"));
    }
    if let Some(rest) = text.strip_prefix('+').filter(|_| inside) {
        let count = digits(rest, 10);
        let prologue = matches!(rest.get(..count), Some("4" | "8"));
        return (count + 1, (count > 0).then_some(if prologue { "" } else { "+N" }));
    }
    for (word, replacement) in [("process ", "process PID"), ("tid ", "tid TID")] {
        if let Some(rest) = text.strip_prefix(word).filter(|_| !inside) {
            let count = digits(rest, 10);
            return (word.len() + count, (count > 0).then_some(replacement));
        }
    }
    (1, None)
}
