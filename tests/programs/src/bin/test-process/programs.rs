//! Exec: what the new program gets, and what stays when it fails.
//!
//! FreeBSD: kern_exec.c. Neighbours: `helper` is the program that is executed.

use crate::PATH;
use alloc::vec::Vec;
use proc_abi::signal::{SIGTERM, SIGUSR1, SIGUSR2};
use proc_abi::wait::WaitStatus;
use runtime::Error;
use runtime::file::{CloseOnExec, File, OpenFlags};
use runtime::process::execute::{Strings, execute};
use runtime::signal::{SignalAction, set_action};
use test_programs::children::run;
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "exec hands over arguments and environment", run: exec_hands_over_arguments_and_environment },
    Case { name: "exec that fails leaves the program", run: exec_that_fails_leaves_the_program },
    Case { name: "exec refuses too many arguments", run: exec_refuses_too_many_arguments },
    Case { name: "exec closes what it is told to", run: exec_closes_what_it_is_told_to },
    Case { name: "exec resets handlers and keeps ignored signals", run: exec_resets_handlers },
    Case { name: "exec runs scripts", run: exec_runs_scripts },
];

/// Executes the helper in a child; gives how it ended. A failing exec is status 200.
fn helper(words: &[&str], variables: &[&str]) -> Result<WaitStatus, Failure> {
    run(|| {
        let list = |texts: &[&str]| Strings::from_strings(texts);
        let arguments: Vec<&str> = [PATH].iter().chain(words).copied().collect();
        let Err(_) = list(&arguments)
            .and_then(|arguments| list(variables).and_then(|variables| execute(PATH, &arguments, &variables)));
        200
    })
}

fn exec_hands_over_arguments_and_environment() -> Verdict {
    ensure_equal!(helper(&["exit", "42"], &[])?, WaitStatus::Exited(42));
    ensure_equal!(helper(&["count"], &[])?, WaitStatus::Exited(0));
    ensure_equal!(helper(&["count", "", "a b"], &["A=1", "B=", "C=3"])?, WaitStatus::Exited(23));
    Ok(())
}

fn failing(path: &str) -> Error {
    let none = Strings::new();
    let Err(error) = execute(path, &none, &none);
    error
}

fn exec_that_fails_leaves_the_program() -> Verdict {
    ensure_equal!(failing("/no/such/file"), Error::ENOENT);
    ensure_equal!(failing("nobody:here"), Error::ENODEV);
    ensure_equal!(failing("/etc/boot.args"), Error::EACCES);
    ensure_equal!(failing("/bin"), Error::EACCES);
    let file = File::open("tmp:text", OpenFlags::READ_WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE)?;
    file.write_all(b"no program")?;
    ensure_equal!(failing("tmp:text"), Error::ENOEXEC);
    file.write_all(b"\x7fELF and then nothing")?;
    ensure_equal!(failing("tmp:text"), Error::ENOEXEC);
    Ok(())
}

fn exec_refuses_too_many_arguments() -> Verdict {
    let long = [b'x'; 4096];
    let arguments = Strings::from_strings(core::iter::repeat_n(&long[..], 80))?;
    let Err(error) = execute(PATH, &arguments, &Strings::new());
    ensure_equal!(error, Error::E2BIG);
    Ok(())
}

fn exec_closes_what_it_is_told_to() -> Verdict {
    let file = File::open(PATH, OpenFlags::READ)?.duplicate_to(9)?;
    ensure_equal!(helper(&["inherit", "9"], &[])?, WaitStatus::Exited(1));
    file.set_close_on_exec(CloseOnExec::Yes)?;
    ensure_equal!(helper(&["inherit", "9"], &[])?, WaitStatus::Exited(0));
    let closing = File::open(PATH, OpenFlags::READ | OpenFlags::CLOSE_ON_EXEC)?;
    let number = alloc::format!("{}", closing.descriptor());
    ensure_equal!(helper(&["inherit", &number], &[])?, WaitStatus::Exited(0));
    Ok(())
}

extern "C" fn handle(_: i32, _: &proc_abi::siginfo::SigInfo, _: &proc_abi::signal_frame::UserContext) {}

fn exec_resets_handlers() -> Verdict {
    set_action(SIGUSR1, SignalAction::handler(handle))?;
    set_action(SIGUSR2, SignalAction::Ignore)?;
    for (signal, expected) in [(SIGUSR1, 0), (SIGUSR2, 1), (SIGTERM, 0)] {
        let number = alloc::format!("{}", signal.number());
        ensure_equal!(helper(&["ignored", &number], &[])?, WaitStatus::Exited(expected));
    }
    Ok(())
}

fn exec_runs_scripts() -> Verdict {
    let file = File::open("tmp:script", OpenFlags::WRITE | OpenFlags::CREATE | OpenFlags::TRUNCATE)?;
    file.write_all(b"#!/test/test-process exit\n")?;
    drop(file);
    // The interpreter gets `exit tmp:script`, whose second word is no number.
    let none = Strings::new();
    let status = run(|| {
        let Err(_) = execute("tmp:script", &none, &none);
        200
    })?;
    ensure_equal!(status, WaitStatus::Exited(99));
    Ok(())
}
