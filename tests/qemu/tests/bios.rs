//! The disk image, booted by BIOS through GRUB: in QEMU, and in Bochs, which models what TCG does not.
//!
//! Decides that the same image comes up to a program on both and tells its status. build/test.sh writes the image, which
//! runs `sh -c 'exit 7'`, and names it in `PROCTOR_DISK`. Neighbours: `build.sh image`, tests/machine (entry tests).

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What the log holds when the program has run.
const VERDICT: &str = "exit status 7";

fn disk() -> PathBuf {
    let disk = std::env::var_os("PROCTOR_DISK");
    disk.map(PathBuf::from).expect("PROCTOR_DISK names the disk image; ./build.sh test sets it")
}

/// Runs a command that ends by itself, at most `seconds` long; its output.
fn output(seconds: u32, program: &str, arguments: &[&str]) -> String {
    let limit = seconds.to_string();
    let output = Command::new("timeout")
        .args(["--kill-after=5", &limit, program])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("timeout is part of every Debian");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_image_boots_by_bios_in_qemu() {
    let drive = format!("format=raw,snapshot=on,file={}", disk().display());
    let fixed = "-nodefaults -no-user-config -M pc -cpu max -m 256 -accel tcg -display none -no-reboot -serial null \
                 -debugcon file:/dev/stdout -device isa-debug-exit,iobase=0xf4,iosize=0x04 -drive";
    let mut arguments: Vec<&str> = fixed.split_whitespace().collect();
    arguments.push(&drive);
    let log = output(60, "qemu-system-x86_64", &arguments);
    assert!(log.lines().any(|line| line == VERDICT), "{log}");
}

#[test]
fn the_image_boots_in_bochs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let settings = format!(
        "megs: 256\nromimage: file=/usr/share/bochs/BIOS-bochs-latest\nvgaromimage: file=/usr/share/vgabios/vgabios.bin\n\
         cpu: model=corei7_skylake_x, ips=50000000, reset_on_triple_fault=0\nboot: disk\nata0: enabled=1\n\
         ata0-master: type=disk, path={}, mode=volatile\ndisplay_library: term\nport_e9_hack: enabled=1\n\
         com1: enabled=1, mode=file, dev={}\nlog: {}\npanic: action=fatal\nerror: action=ignore\ninfo: action=ignore\n\
         debug: action=ignore\nsound: waveoutdrv=dummy, waveindrv=dummy, midioutdrv=dummy\n",
        disk().display(),
        path("com1"),
        path("log"),
    );
    fs::write(path("settings"), settings).expect("the folder is writable");
    // Debian's Bochs has its debugger built in, which waits for a command: continue.
    fs::write(path("commands"), "c\n").expect("the folder is writable");
    let bochs = format!("bochs -q -f {} -rc {}", path("settings"), path("commands"));
    // Its display wants a terminal, which `script` makes.
    let typescript = path("typescript");
    let screen = output(120, "script", &["-qfc", &bochs, &typescript]);
    let lines = screen.split(['\r', '\n']);
    assert!(lines.into_iter().any(|line| line.ends_with(VERDICT)), "no {VERDICT:?} in what Bochs showed:\n{screen}");
}
