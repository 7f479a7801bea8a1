//! A debug target: a program that traps in a chosen way.
//!
//! `crash KIND` runs one faulting instruction in the function `crash_here`, which has a plain symbol. Neighbours:
//! `runtime::fault` has the instructions.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use runtime::{environment, eprintln, exported, fault, println};

runtime::entry!(main);

exported!(crash_here(kind: usize) -> i32 = crash);

/// Kinds by name, in the order of their numbers.
const KINDS: [&str; 7] = ["null", "divide", "int3", "ud2", "gp", "stack", "exit"];

fn crash(kind: usize) -> i32 {
    match kind {
        0 => fault::read_null(),
        1 => fault::divide_by_zero(),
        2 => fault::breakpoint(),
        3 => fault::invalid_instruction(),
        4 => fault::privileged_instruction(),
        5 => fault::overflow_stack(),
        _ => return 3,
    }
    println!("crash: still alive");
    0
}

fn main() -> i32 {
    let wanted = environment::arguments().nth(1);
    let kind = KINDS.iter().position(|kind| wanted == Some(kind.as_bytes()));
    let Some(kind) = kind else {
        eprintln!("crash: expected one of {}", KINDS.join(" "));
        return 2;
    };
    println!("crash: {}", KINDS.get(kind).copied().unwrap_or_default());
    crash_here(kind)
}
