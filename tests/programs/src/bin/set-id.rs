//! A program of another user's: it says that it runs, waits to be let go, and exits with its effective user.
//!
//! Decides nothing: it has the set-id bits of tests of rights, so it does nothing for whoever starts it. Arguments: the
//! descriptor on which it tells, the descriptor on which it waits. Neighbours: test-ptrace executes it.
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

extern crate alloc;

use runtime::environment;
use runtime::file::File;
use runtime::process::identity;

runtime::entry!(main);

fn descriptor(index: usize) -> Option<File> {
    let text = environment::arguments().nth(index)?;
    core::str::from_utf8(text).ok()?.parse().ok().map(File::from_descriptor)
}

fn main() -> i32 {
    let (Some(telling), Some(waiting)) = (descriptor(1), descriptor(2)) else { return 255 };
    if telling.write_all(&[1]).is_err() || waiting.read(&mut [0]).is_err() {
        return 254;
    }
    identity::users().map_or(253, |users| i32::try_from(users.effective).unwrap_or(252))
}
