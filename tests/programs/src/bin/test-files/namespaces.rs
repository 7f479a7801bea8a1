//! Names that a process is not to see, and neither are its children.
//!
//! Neighbours: `boot` (paths and their errors), `passing` (open files need no name).

use proc_abi::wait::WaitStatus;
use runtime::file::{File, OpenFlags, pipe};
use runtime::process::execute::{Strings, execute};
use runtime::process::identity;
use runtime::{Error, namespace};
use test_programs::children::run;
use test_programs::ensure_equal;
use test_programs::failure::Verdict;
use test_programs::suite::Case;

pub(crate) const CASES: &[Case] = &[
    Case { name: "a restricted process sees no other names", run: a_restricted_process_sees_no_other_names },
    Case { name: "children and programs see no more", run: children_and_programs_see_no_more },
    Case { name: "names never come back, and need privilege", run: names_never_come_back },
];

/// Whether opening fails with this error; no error for 0.
fn opens(path: &str) -> Option<Error> {
    File::open(path, OpenFlags::READ).err()
}

fn a_restricted_process_sees_no_other_names() -> Verdict {
    let status = run(|| {
        let open = File::open("tmp:seen", OpenFlags::READ_WRITE | OpenFlags::CREATE);
        let restricted = namespace::restrict(&["file", "sys"]);
        let gone = ["proc:self/status", "tmp:", "/scheme/null", "pipe:", "event:", "nobody:"];
        let refused = gone.into_iter().all(|path| opens(path) == Some(Error::ENODEV));
        let seen = opens("/bin/sh").is_none() && opens("sys:counts").is_none();
        let kept = open.is_ok_and(|file| file.write(b"open files stay").is_ok());
        let mut names = [0; 64];
        let told = File::open("sys:namespace", OpenFlags::READ).and_then(|file| file.read(&mut names));
        let told = told.is_ok_and(|length| names.get(..length) == Some(b"file\nsys\n"));
        i32::from(!(restricted.is_ok() && refused && seen && kept && told))
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    runtime::file::names::remove("tmp:seen")?;
    Ok(())
}

fn children_and_programs_see_no_more() -> Verdict {
    let status = run(|| {
        if namespace::restrict(&["file"]).is_err() {
            return 2;
        }
        let child = run(|| i32::from(opens("proc:") != Some(Error::ENODEV) || pipe::pair().is_ok()));
        let other = run(|| failing("tmp:program"));
        let program = run(|| failing("/bin/true"));
        let expected = [0, Error::ENODEV.number() as i32, 0].map(WaitStatus::Exited);
        i32::from([child, other, program].into_iter().zip(expected).any(|(status, expected)| status != Ok(expected)))
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    ensure_equal!(opens("proc:"), None);
    Ok(())
}

/// Executes a program, which exits with 0, or gives the error.
fn failing(path: &str) -> i32 {
    let none = Strings::new();
    let Err(error) = execute(path, &none, &none);
    error.number() as i32
}

fn names_never_come_back() -> Verdict {
    ensure_equal!(namespace::restrict(&["a:b"]), Err(Error::EINVAL));
    let status = run(|| {
        let narrowed = namespace::restrict(&["file", "sys"]).and_then(|()| namespace::restrict(&["sys"]));
        let widened = namespace::restrict(&["sys", "file"]);
        let unprivileged = identity::set_user(5).and_then(|()| namespace::restrict(&["sys"]));
        i32::from([narrowed, widened, unprivileged] != [Ok(()), Err(Error::EPERM), Err(Error::EPERM)])
    })?;
    ensure_equal!(status, WaitStatus::Exited(0));
    Ok(())
}
