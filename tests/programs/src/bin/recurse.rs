//! A debug target: recursive functions with known results.
//!
//! `recurse [N]` prints N factorial and the N-th Fibonacci number (N is 5 unless given). `factorial` and `fibonacci` have
//! plain symbols and the C calling convention, and each recursion is a call. Neighbours: docs/dbg.md uses it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::hint::black_box;
use runtime::{environment, eprintln, exported, println};

runtime::entry!(main);

exported!(factorial(n: u64) -> u64 = factorial_of);
exported!(fibonacci(n: u64) -> u64 = fibonacci_of);

/// The barrier keeps the call a call: a compiler may turn such a recursion into a loop.
fn factorial_of(n: u64) -> u64 {
    if n <= 1 {
        return 1;
    }
    let rest = black_box(factorial(n.wrapping_sub(1)));
    n.wrapping_mul(rest)
}

fn fibonacci_of(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let one = black_box(fibonacci(n.wrapping_sub(1)));
    one.wrapping_add(fibonacci(n.wrapping_sub(2)))
}

fn main() -> i32 {
    let argument = environment::arguments().nth(1).unwrap_or(b"5");
    let number = core::str::from_utf8(argument).ok().and_then(|text| text.parse::<u64>().ok());
    let Some(n) = number.filter(|n| *n <= 20) else {
        eprintln!("recurse: expected a number up to 20");
        return 2;
    };
    println!("factorial({n}) = {}", factorial(black_box(n)));
    println!("fibonacci({n}) = {}", fibonacci(black_box(n)));
    0
}
