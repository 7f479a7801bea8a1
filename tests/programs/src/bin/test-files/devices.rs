//! Devices: null, zero, timers, the kernel's own files, and who may open them.
//!
//! Neighbours: `descriptors`, `main`.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;
use proc_abi::wait::WaitStatus;
use runtime::Error;
use runtime::event::{Event, EventQueue, Readiness};
use runtime::file::{File, OpenFlags};
use runtime::process::identity;
use runtime::time::{self, Timer};
use test_programs::children::run;
use test_programs::failure::Verdict;
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "null is empty and takes everything", run: null_is_empty },
    Case { name: "zero is endless", run: zero_is_endless },
    Case { name: "counts can be read", run: counts_can_be_read },
    Case { name: "a timer tells when its time has come", run: a_timer_tells },
    Case { name: "only privileged programs open devices", run: only_privileged_programs_open_devices },
];

fn null_is_empty() -> Verdict {
    let null = File::open("null:", OpenFlags::READ_WRITE)?;
    ensure_equal!(null.read(&mut [1; 10])?, 0);
    ensure_equal!(null.write(&[1; 10_000])?, 10_000);
    ensure_equal!(File::open("null:x", OpenFlags::READ).err(), Some(Error::ENOENT));
    Ok(())
}

fn zero_is_endless() -> Verdict {
    let zero = File::open("zero:", OpenFlags::READ_WRITE)?;
    let mut buffer = [1; 100];
    ensure_equal!(zero.read(&mut buffer)?, 100);
    ensure_equal!(buffer, [0; 100]);
    ensure_equal!(zero.write(b"abc")?, 3);
    Ok(())
}

fn counts_can_be_read() -> Verdict {
    let mut text = Vec::new();
    File::open("sys:counts", OpenFlags::READ)?.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    for name in ["frames ", "threads ", "groups ", "files "] {
        ensure!(text.lines().any(|line| line.starts_with(name)), "no line begins with {name}");
    }
    Ok(())
}

fn a_timer_tells() -> Verdict {
    let timer = Timer::new()?;
    let queue = EventQueue::new()?;
    queue.subscribe(timer.file(), Readiness::READ, 5)?;
    let when = time::now().saturating_add(Duration::from_millis(5));
    timer.set(when)?;
    let mut events = [Event::default(); 2];
    let told = queue.wait(&mut events)?;
    ensure_equal!(told.first().map(|event| event.data), Some(5));
    ensure!(time::now() >= when, "the timer was early");
    Ok(())
}

fn only_privileged_programs_open_devices() -> Verdict {
    let status = run(|| {
        if identity::set_user(1000).is_err() {
            return 2;
        }
        let refused = ["log:", "serial:1", "sys:shutdown", "sys:fail", "image:"]
            .into_iter()
            .all(|path| File::open(path, OpenFlags::READ_WRITE).err() == Some(Error::EPERM));
        let free = File::open("sys:counts", OpenFlags::READ).is_ok();
        i32::from(!(refused && free))
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}
