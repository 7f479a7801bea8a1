//! Fork, exit and wait.
//!
//! FreeBSD: kern_fork.c, kern_exit.c (exit1, kern_wait6). Neighbours: `main` has the table of tables.

use core::sync::atomic::{AtomicU32, Ordering};
use proc_abi::signal::SIGKILL;
use proc_abi::wait::{IdType, WaitOptions, WaitStatus};
use runtime::process::wait::{Waited, Who, wait, wait6};
use runtime::process::{self, Fork, Pid, vfork};
use runtime::{Error, proc, thread, time};
use test_programs::children::{next_change, run, start};
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;
use test_programs::{ensure, ensure_equal};

pub(crate) const CASES: &[Case] = &[
    Case { name: "exit statuses reach the parent", run: exit_statuses_reach_the_parent },
    Case { name: "a child knows itself and its parent", run: a_child_knows_itself_and_its_parent },
    Case { name: "memory is copied by fork", run: memory_is_copied_by_fork },
    Case { name: "vfork lends memory", run: vfork_lends_memory },
    Case { name: "wait without children fails", run: wait_without_children_fails },
    Case { name: "wait that does not wait", run: wait_that_does_not_wait },
    Case { name: "wait leaves a zombie if asked", run: wait_leaves_a_zombie_if_asked },
    Case { name: "wait takes children in any order", run: wait_takes_children_in_any_order },
    Case { name: "orphans go to init", run: orphans_go_to_init },
    Case { name: "kill reaches every state", run: kill_reaches_every_state },
    Case { name: "many children come and go", run: many_children_come_and_go },
    Case { name: "time that a process ran is counted", run: time_is_counted },
];

fn exit_statuses_reach_the_parent() -> Verdict {
    for status in [0, 1, 7, 127, 255] {
        ensure_equal!(run(|| status)?, WaitStatus::Exited(status));
    }
    ensure_equal!(run(|| 256 + 3)?, WaitStatus::Exited(3));
    Ok(())
}

fn a_child_knows_itself_and_its_parent() -> Verdict {
    let parent = process::id();
    let child = start(|| i32::from(process::parent_id() == parent && process::id() != parent))?;
    ensure!(child.raw() != parent, "parent and child have one pid");
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(1));
    Ok(())
}

fn memory_is_copied_by_fork() -> Verdict {
    let mut page = runtime::memory::Memory::anonymous(8192)?;
    page.bytes_mut().fill(1);
    let status = run(|| {
        let seen = page.bytes().iter().all(|&byte| byte == 1);
        page.bytes_mut().fill(2);
        i32::from(seen && page.bytes().iter().all(|&byte| byte == 2))
    })?;
    ensure_equal!(status, WaitStatus::Exited(1));
    ensure!(page.bytes().iter().all(|&byte| byte == 1), "the child's writes show in the parent");
    Ok(())
}

fn vfork_lends_memory() -> Verdict {
    let word = AtomicU32::new(1);
    let child = vfork(&mut || {
        word.store(2, Ordering::Relaxed);
        5
    })?;
    ensure_equal!(word.load(Ordering::Relaxed), 2);
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Exited(5));
    Ok(())
}

fn wait_without_children_fails() -> Verdict {
    ensure_equal!(wait(Who::Any, WaitOptions::empty()), Err(Error::ECHILD));
    ensure_equal!(wait(Who::OwnGroup, WaitOptions::NOHANG), Err(Error::ECHILD));
    let child = start(|| 0)?;
    let other = Pid::INIT;
    ensure_equal!(wait(Who::Process(other), WaitOptions::empty()), Err(Error::ECHILD));
    next_change(child, WaitOptions::empty())?;
    ensure_equal!(wait(Who::Process(child), WaitOptions::empty()), Err(Error::ECHILD));
    Ok(())
}

fn wait_that_does_not_wait() -> Verdict {
    let child = start(|| {
        time::sleep_fully(core::time::Duration::from_secs(60));
        0
    })?;
    ensure_equal!(wait(Who::Process(child), WaitOptions::NOHANG), Ok(None));
    process::kill(child.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(child, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    Ok(())
}

fn wait_leaves_a_zombie_if_asked() -> Verdict {
    let child = start(|| 9)?;
    let options = WaitOptions::EXITED | WaitOptions::NOWAIT;
    let expected = Waited { pid: child, status: WaitStatus::Exited(9) };
    for options in [options, options, WaitOptions::EXITED] {
        let (waited, information) = wait6(IdType::Pid, child.raw(), options)?;
        ensure_equal!(waited, Some(expected));
        ensure_equal!(information.pid, child.raw());
    }
    ensure_equal!(wait(Who::Process(child), WaitOptions::empty()), Err(Error::ECHILD));
    Ok(())
}

fn wait_takes_children_in_any_order() -> Verdict {
    let first = start(|| 1)?;
    let second = start(|| 2)?;
    ensure_equal!(next_change(second, WaitOptions::empty())?, WaitStatus::Exited(2));
    ensure_equal!(wait(Who::Any, WaitOptions::empty())?, Some(Waited { pid: first, status: WaitStatus::Exited(1) }));
    Ok(())
}

/// The middle process dies first; its child then belongs to init, which reaps it.
fn orphans_go_to_init() -> Verdict {
    let (reader, writer) = runtime::file::pipe::pair()?;
    let middle = start(|| {
        if let Ok(Fork::Child) = process::fork() {
            while process::parent_id() != 1 {
                time::yield_now();
            }
            return i32::from(writer.write_all(b"i").is_err());
        }
        0
    })?;
    drop(writer);
    ensure_equal!(next_change(middle, WaitOptions::empty())?, WaitStatus::Exited(0));
    let mut byte = [0];
    ensure_equal!(reader.read(&mut byte), Ok(1));
    // The end of the pipe says that the orphan is gone, too.
    ensure_equal!(reader.read(&mut byte), Ok(0));
    Ok(())
}

fn kill_reaches_every_state() -> Verdict {
    let endless = || {
        loop {
            core::hint::spin_loop();
        }
    };
    let running = start(endless)?;
    process::kill(running.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(running, WaitOptions::empty())?, WaitStatus::Killed(SIGKILL));
    let zombie = start(|| 4)?;
    while wait6(IdType::Pid, zombie.raw(), WaitOptions::EXITED | WaitOptions::NOWAIT)?.0.is_none() {}
    process::kill(zombie.raw(), Some(SIGKILL))?;
    ensure_equal!(next_change(zombie, WaitOptions::empty())?, WaitStatus::Exited(4));
    ensure_equal!(process::kill(zombie.raw(), None), Err(Error::ESRCH));
    Ok(())
}

fn many_children_come_and_go() -> Verdict {
    for round in 0..20 {
        let children = [start(|| round)?, start(|| round)?, start(|| round)?];
        for child in children {
            let status = next_change(child, WaitOptions::empty())?;
            if status != WaitStatus::Exited(round) {
                return Err(Failure::new(format_args!("round {round} ended with {status:?}")));
            }
        }
    }
    Ok(())
}

/// A child computes until its own time is seen to rise, in one thread and then in another.
fn time_is_counted() -> Verdict {
    let status = run(|| {
        let first = compute_beyond(0);
        let second = thread::spawn(move || compute_beyond(first)).and_then(thread::JoinHandle::join);
        i32::from(second.is_err())
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}

/// Computes until this process has run longer than `before`; gives how long.
fn compute_beyond(before: u64) -> u64 {
    loop {
        // Most of the time is this process's own, not the server's that is asked.
        for round in 0..100_000_u32 {
            core::hint::black_box(round);
        }
        let status = Pid::new(process::id()).and_then(|pid| proc::status(pid).ok());
        if let Some(time) = status.map(|status| status.run_time).filter(|time| *time > before) {
            return time;
        }
    }
}
