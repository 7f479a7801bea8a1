//! Files of the boot image that not everybody may read or run.
//!
//! The files are added by tests/qemu/tests/system.rs: owner 7, group 8, and modes as their names say. Neighbours: `boot`.

use proc_abi::wait::WaitStatus;
use runtime::Error;
use runtime::file::{File, OpenFlags};
use runtime::process::execute::{Strings, execute};
use runtime::process::identity;
use test_programs::children::run;
use test_programs::ensure_equal;
use test_programs::failure::{Failure, Verdict};
use test_programs::suite::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "reading needs a permission", run: reading_needs_a_permission },
    Case { name: "running needs a permission, but not to read", run: running_needs_a_permission },
    Case { name: "root runs what somebody may run", run: root_runs_what_somebody_may_run },
    Case { name: "anybody may ask for a status", run: anybody_may_ask_for_a_status },
];

const OWNER: u32 = 7;
const GROUP: u32 = 8;
const STRANGER: u32 = 1000;

/// What `body` gives when it is run as this user, of this group and supplementary groups.
fn run_as(user: u32, group: u32, more: &[u32], body: impl FnOnce() -> i32) -> Result<i32, Failure> {
    let status = run(|| {
        let changed = identity::set_supplementary_groups(more)
            .and_then(|()| identity::set_group(group))
            .and_then(|()| identity::set_user(user));
        if changed.is_ok() { body() } else { 255 }
    })?;
    match status {
        WaitStatus::Exited(status) => Ok(status),
        other => Err(Failure::new(format_args!("the child ended with {other:?}"))),
    }
}

/// The error of opening, 0 for none.
fn read_error(path: &str) -> i32 {
    File::open(path, OpenFlags::READ).err().map_or(0, |error| error.number() as i32)
}

/// Runs a script, which exits with 0, or gives the error.
fn run_error(path: &str) -> i32 {
    let Err(error) = Strings::from_strings([path]).and_then(|arguments| execute(path, &arguments, &Strings::new()));
    error.number() as i32
}

const REFUSED: i32 = Error::EACCES.number() as i32;

fn reading_needs_a_permission() -> Verdict {
    for (path, owner, member, stranger) in [
        ("/test/owned/400", 0, REFUSED, REFUSED),
        ("/test/owned/040", REFUSED, 0, REFUSED),
        ("/test/owned/004", REFUSED, REFUSED, 0),
        ("/test/owned/711", 0, REFUSED, REFUSED),
    ] {
        ensure_equal!((path, run_as(OWNER, GROUP, &[], || read_error(path))?), (path, owner));
        ensure_equal!((path, run_as(STRANGER, GROUP, &[], || read_error(path))?), (path, member));
        ensure_equal!((path, run_as(STRANGER, STRANGER, &[1, GROUP], || read_error(path))?), (path, member));
        ensure_equal!((path, run_as(STRANGER, STRANGER, &[1], || read_error(path))?), (path, stranger));
        ensure_equal!((path, read_error(path)), (path, 0));
    }
    Ok(())
}

fn running_needs_a_permission() -> Verdict {
    for (path, owner, member, stranger) in [
        ("/test/owned/711", 0, 0, 0),
        ("/test/owned/710", 0, 0, REFUSED),
        ("/test/owned/605", REFUSED, REFUSED, 0),
        ("/test/owned/004", REFUSED, REFUSED, REFUSED),
    ] {
        ensure_equal!((path, run_as(OWNER, STRANGER, &[], || run_error(path))?), (path, owner));
        ensure_equal!((path, run_as(STRANGER, GROUP, &[], || run_error(path))?), (path, member));
        ensure_equal!((path, run_as(STRANGER, STRANGER, &[], || run_error(path))?), (path, stranger));
    }
    Ok(())
}

fn root_runs_what_somebody_may_run() -> Verdict {
    ensure_equal!(run_as(0, 0, &[], || run_error("/test/owned/605"))?, 0);
    ensure_equal!(run_as(0, 0, &[], || run_error("/test/owned/004"))?, REFUSED);
    Ok(())
}

fn anybody_may_ask_for_a_status() -> Verdict {
    let status = run_as(STRANGER, STRANGER, &[], || {
        let file = File::open("/test/owned/400", OpenFlags::empty());
        let told = file.as_ref().is_ok_and(|file| file.status().is_ok_and(|status| status.uid == OWNER));
        let read = file.is_ok_and(|file| file.read(&mut [0; 4]) == Err(Error::EBADF));
        i32::from(!(told && read))
    })?;
    ensure_equal!(status, 0);
    Ok(())
}
