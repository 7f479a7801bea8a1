//! A debug target: a program that forks, executes another one in the child, and waits.
//!
//! `forker [PROGRAM [ARG]...]` runs `/bin/targets/recurse 3` unless told otherwise. `in_child` and `in_parent` have plain
//! symbols. Neighbours: debuggers that follow forks.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use proc_abi::wait::WaitStatus;
use runtime::process::execute::{Strings, execute};
use runtime::process::wait::wait_for_death;
use runtime::process::{self, Fork, Pid};
use runtime::{Error, Result, environment, eprintln, exported, println};

runtime::entry!(main);

exported!(in_child() -> i32 = be_child);
exported!(in_parent(child: i32) -> i32 = be_parent);

/// What the child runs unless told.
const USUAL: [&[u8]; 2] = [b"/bin/targets/recurse", b"3"];

fn program() -> Result<Strings> {
    let given = environment::arguments().skip(1);
    if given.len() == 0 { Strings::from_strings(USUAL) } else { Strings::from_strings(given) }
}

fn be_child() -> i32 {
    println!("child: about to execute");
    let result = program().and_then(|arguments| {
        let path = arguments.iter().next().ok_or(Error::ENOENT)?.to_vec();
        execute(path, &arguments, &Strings::from_strings(environment::variables())?)
    });
    let Err(error) = result;
    eprintln!("child: {error}");
    127
}

fn be_parent(child: i32) -> i32 {
    let ended = Pid::new(child).ok_or(Error::ECHILD).and_then(wait_for_death);
    match ended {
        Ok(WaitStatus::Exited(status)) => println!("parent: the child exited with status {status}"),
        Ok(WaitStatus::Killed(signal) | WaitStatus::Dumped(signal)) => {
            println!("parent: signal {} killed the child", signal.number());
        }
        Ok(WaitStatus::Stopped(_) | WaitStatus::Continued) => println!("parent: the child lives"),
        Err(error) => {
            eprintln!("parent: {error}");
            return 1;
        }
    }
    0
}

fn main() -> i32 {
    match process::fork() {
        Ok(Fork::Parent(child)) => in_parent(child.raw()),
        Ok(Fork::Child) => in_child(),
        Err(error) => {
            eprintln!("forker: {error}");
            1
        }
    }
}
