//! The verb gdb as build.sh calls it: the tool that boots and starts GDB, and GDB's status.
//!
//! Decides nothing. Neighbours: tests/qemu/src/bin/boot/debug.rs; build/gdb.sh reads the user's command line.

use super::debugger::{contains, normalise};
use std::process::{Command, Output, Stdio};

/// Runs the tool with GDB's commands in order.
fn tool(options: &[&str], commands: &[&str], program: &[&str]) -> Output {
    let mut tool = Command::new("timeout");
    tool.args(["--foreground", "100", env!("CARGO_BIN_EXE_boot"), "gdb"]).args(options);
    tool.args(["--argument=-nx", "--argument=-batch", "--argument=-ex", "--argument=set width 0"]);
    for command in commands {
        tool.arg("--argument=-ex").arg(format!("--argument={command}"));
    }
    tool.arg("--").args(program).stdin(Stdio::null()).output().expect("the tool runs")
}

fn text(output: &Output) -> String {
    normalise(&String::from_utf8_lossy(&output.stdout))
}

#[test]
fn a_program_is_left_at_its_start_with_its_symbols() {
    let output =
        tool(&[], &["break *factorial", "continue", "print $rdi", "kill", "quit 3"], &["/bin/targets/recurse"]);
    contains(&text(&output), &["ADDRESS in _start ()", "Breakpoint 1, recurse::factorial ()", "$1 = 5", "killed]"]);
    assert_eq!(output.status.code(), Some(3), "the status is GDB's");
}

#[test]
fn a_program_that_runs_is_attached_to_by_its_name() {
    let commands = ["info symbol $pc", "break *round", "continue", "detach"];
    let output = tool(&["--attach", "compute"], &commands, &["/bin/targets/compute"]);
    let [out, error] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    contains(&text(&output), &["in section .text", "Breakpoint 1, compute::round ()", "detached]"]);
    assert!(output.status.success(), "{out}{error}");
}

#[test]
fn a_program_is_attached_to_by_its_number() {
    let listed = tool(
        &["--attach", "compute"],
        &["python print('pid', gdb.selected_inferior().pid)", "kill"],
        &["/bin/targets/compute"],
    );
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let number = listed.lines().find_map(|line| line.strip_prefix("pid ")).expect("a number");
    let output = tool(&["--attach", number], &["kill"], &["/bin/targets/compute"]);
    contains(&text(&output), &["[Inferior 1 (process PID) killed]"]);
}
